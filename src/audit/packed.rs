//! JSON that is kept and seldom read, as small as its repetitions allow.
//!
//! Objects of one kind are alike but for their names: with a mark in the place of each mention of
//! its names, an object is compressed against a sample of those that came before it. The sample takes
//! in what is unlike it, until it is full. What is packed is read back byte for byte.

use super::json::{AsJson, Json};
use super::key::Key;
use crate::object::Node;
use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};
use memchr::{memchr2, memchr2_iter, memmem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Deserializer;
use std::sync::{Arc, Mutex, PoisonError};

/// How much is kept to compress against: a few objects; more takes longer than it saves.
const SAMPLE: usize = 16 * 1024;

/// By how much a text shrinks that is like the sample.
const SHRINKS: usize = 5;

/// Stands for the name. JSON spells the character itself otherwise.
const NAME: u8 = 1;
/// Stands for the namespace.
const NAMESPACE: u8 = 2;
/// What is shorter is no longer than what finds it in the sample.
const SHORTEST: usize = 2;

/// Packs texts that are alike. Clones share their sample.
#[derive(Debug, Clone, Default)]
pub struct Packer(Arc<Mutex<Arc<Vec<u8>>>>);

/// A packed text; clones share it.
#[derive(Debug, Clone)]
pub struct Packed {
    /// What it was compressed against.
    sample: Arc<Vec<u8>>,
    /// Whose names its marks stand for; nothing where it has none.
    of: Option<Key>,
    bytes: Arc<[u8]>,
}

impl Packer {
    /// Packs a text in which some names are mentioned often.
    pub fn pack(&self, text: &[u8], of: &Key) -> Packed {
        let marked = marked(text, of);
        let (text, of) = match &marked {
            Some(marked) => (marked.as_slice(), Some(of.clone())),
            None => (text, None),
        };
        let sample = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let bytes = compress_prepend_size_with_dict(text, &sample);
        if bytes.len() * SHRINKS > text.len() {
            self.learn(text);
        }
        Packed { sample, of, bytes: bytes.into() }
    }

    /// Takes a text into the sample, as far as there is room.
    fn learn(&self, text: &[u8]) {
        let mut sample = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let more = &text[..text.len().min(SAMPLE - sample.len())];
        if !more.is_empty() {
            *sample = Arc::new([sample.as_slice(), more].concat());
        }
    }

    /// Packs a value as JSON.
    ///
    /// # Panics
    /// If the value is none that JSON can hold, as a map whose keys are no texts.
    pub fn pack_json(&self, value: &impl Serialize, of: &Key) -> Packed {
        self.pack(&serde_json::to_vec(value).expect("a value that JSON can hold"), of)
    }

    /// Packs a node, without its places.
    pub fn pack_node(&self, node: &Node, of: &Key) -> Packed {
        self.pack_json(&AsJson(node), of)
    }
}

impl Packed {
    /// Returns whether another one is a clone of it.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes)
    }

    /// Returns the text.
    ///
    /// # Panics
    /// Never: the bytes are those that [`Packer::pack`] wrote, with the sample it wrote them with.
    pub fn text(&self) -> Vec<u8> {
        let text = decompress_size_prepended_with_dict(&self.bytes, &self.sample)
            .expect("bytes that were packed with this sample");
        match &self.of {
            Some(of) => spelled(&text, of),
            None => text,
        }
    }

    /// Reads packed JSON, however deep: what was packed was bounded when it was read.
    ///
    /// # Panics
    /// If something else was packed.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        let text = self.text();
        let mut deserializer = Deserializer::from_slice(&text);
        deserializer.disable_recursion_limit();
        T::deserialize(&mut deserializer).expect("JSON that was packed")
    }

    /// Reads a packed node; its places say nothing.
    ///
    /// # Panics
    /// If something else than a node was packed.
    pub fn node(&self) -> Node {
        let Json(node) = self.json();
        node
    }
}

/// Puts marks in the place of names; nothing where the text holds a mark by itself.
fn marked(text: &[u8], of: &Key) -> Option<Vec<u8>> {
    if memchr2(NAME, NAMESPACE, text).is_some() {
        return None;
    }
    let text = replaced(text, of.name(), NAME);
    Some(replaced(&text, of.namespace(), NAMESPACE))
}

fn replaced(text: &[u8], word: &str, mark: u8) -> Vec<u8> {
    let mut marked = Vec::with_capacity(text.len());
    let mut from = 0;
    if word.len() >= SHORTEST {
        for at in memmem::find_iter(text, word) {
            marked.extend_from_slice(&text[from..at]);
            marked.push(mark);
            from = at + word.len();
        }
    }
    marked.extend_from_slice(&text[from..]);
    marked
}

/// Puts the names in the place of their marks.
fn spelled(text: &[u8], of: &Key) -> Vec<u8> {
    let mut spelled = Vec::with_capacity(text.len() * 2);
    let mut from = 0;
    for at in memchr2_iter(NAME, NAMESPACE, text) {
        spelled.extend_from_slice(&text[from..at]);
        let word = if text[at] == NAME { of.name() } else { of.namespace() };
        spelled.extend_from_slice(word.as_bytes());
        from = at + 1;
    }
    spelled.extend_from_slice(&text[from..]);
    spelled
}

#[cfg(test)]
mod tests {
    use super::{Packer, SAMPLE};
    use crate::audit::Key;
    use crate::manifest::decode;
    use std::fmt::Write as _;

    #[test]
    fn what_is_packed_is_read_back() {
        let packer = Packer::default();
        let texts: Vec<String> = (0..200)
            .map(|n| {
                let mut text = format!("{{\"metadata\":{{\"name\":\"volume-{n}\"}},\"spec\":[");
                (0..n % 50).for_each(|m| write!(text, "\"item {m} of {n}\",").unwrap());
                text
            })
            .chain([String::new(), "x".repeat(3 * SAMPLE)])
            // A text that holds a mark, and names in each other.
            .chain(["item \u{1} of \u{2}".to_owned(), "itemitem of item 4".to_owned()])
            .collect();
        let keys = [("m", "item 1"), ("item", "item"), ("of 3", "item 4 of 3"), ("", "")];
        for key in keys.map(|(namespace, name)| Key::new(namespace, name)) {
            let kept = texts.iter().map(|text| packer.pack(text.as_bytes(), &key));
            for (text, kept) in texts.iter().zip(kept.collect::<Vec<_>>()) {
                assert_eq!(kept.text(), text.as_bytes());
            }
        }
    }

    #[test]
    fn what_is_alike_takes_little_room() {
        let packer = Packer::default();
        let text = |n: u32| {
            format!(
                "{{\"apiVersion\":\"volsync.backube/v1alpha1\",\"kind\":\"ReplicationSource\",\
                 \"metadata\":{{\"name\":\"volume-{n}\",\"namespace\":\"media\"}},\"spec\":\
                 {{\"sourcePVC\":\"volume-{n}\",\"trigger\":{{\"schedule\":\"{} 2 * * *\"}}}}}}",
                n % 60
            )
        };
        let key = |n: u32| Key::new("media", &format!("volume-{n}"));
        let all: Vec<_> = (0..100).map(|n| packer.pack(text(n).as_bytes(), &key(n))).collect();
        assert!(all[99].bytes.len() < text(99).len() / 6, "{} bytes", all[99].bytes.len());
    }

    #[test]
    fn the_sample_takes_in_each_kind() {
        let packer = Packer::default();
        let text = |kind: usize, n: usize| {
            let mut text = format!("{{\"name\":\"volume-{n}\"");
            (0..100).for_each(|m| {
                write!(text, ",\"field {} of {kind}\":\"{}\"", m * kind, m * m * kind).unwrap();
            });
            text
        };
        let key = Key::new("", "");
        for kind in [1, 2, 3] {
            (0..20).for_each(|n| drop(packer.pack(text(kind, n).as_bytes(), &key)));
        }
        for kind in [1, 2, 3] {
            let length = packer.pack(text(kind, 77).as_bytes(), &key).bytes.len();
            assert!(length < text(kind, 77).len() / 10, "{kind}: {length} bytes");
        }
    }

    #[test]
    fn nodes_keep_their_values_and_their_order() {
        let yaml = "b: [1, -2, 1.5, 1e300, 18446744073709551615, yes, null, '']\na: {z: |\n  x\n  y\n, y: 'é\"\\u0000'}";
        let yaml = yaml.replace("|\n  x\n  y\n", "\"x\\ny\\n\"");
        let node = decode(&"in".into(), 1, &yaml).unwrap().node.unwrap();
        let packer = Packer::default();
        let unpacked = packer.pack_node(&node, &Key::new("", "a")).node();
        assert_eq!(unpacked, node);
        assert_eq!(unpacked.to_json().to_string(), node.to_json().to_string());
    }
}
