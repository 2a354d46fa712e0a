//! JSON that is kept and seldom read, as small as its repetitions allow.
//!
//! Objects of one kind are alike: each is compressed against a sample of those that came before
//! it. The sample takes in what is unlike it, until it is full. What is packed is read back byte for
//! byte.

use super::json::{AsJson, Json};
use crate::object::Node;
use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Deserializer;
use std::sync::{Arc, Mutex, PoisonError};

/// How much is kept to compress against: a few objects; more takes longer than it saves.
const SAMPLE: usize = 16 * 1024;

/// By how much a text shrinks that is like the sample.
const SHRINKS: usize = 5;

/// Packs texts that are alike. Clones share their sample.
#[derive(Debug, Clone, Default)]
pub struct Packer(Arc<Mutex<Arc<Vec<u8>>>>);

/// A packed text; clones share it.
#[derive(Debug, Clone)]
pub struct Packed {
    /// What it was compressed against.
    sample: Arc<Vec<u8>>,
    bytes: Arc<[u8]>,
}

impl Packer {
    /// Packs a text.
    pub fn pack(&self, text: &[u8]) -> Packed {
        let sample = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let bytes = compress_prepend_size_with_dict(text, &sample);
        if bytes.len() * SHRINKS > text.len() {
            self.learn(text);
        }
        Packed { sample, bytes: bytes.into() }
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
    pub fn pack_json(&self, value: &impl Serialize) -> Packed {
        self.pack(&serde_json::to_vec(value).expect("a value that JSON can hold"))
    }

    /// Packs a node, without its marks.
    pub fn pack_node(&self, node: &Node) -> Packed {
        self.pack_json(&AsJson(node))
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
        decompress_size_prepended_with_dict(&self.bytes, &self.sample)
            .expect("bytes that were packed with this sample")
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

    /// Reads a packed node; its marks say nothing.
    ///
    /// # Panics
    /// If something else than a node was packed.
    pub fn node(&self) -> Node {
        let Json(node) = self.json();
        node
    }
}

#[cfg(test)]
mod tests {
    use super::{Packer, SAMPLE};
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
            .collect();
        let kept: Vec<_> = texts.iter().map(|text| packer.pack(text.as_bytes())).collect();
        for (text, kept) in texts.iter().zip(&kept) {
            assert_eq!(kept.text(), text.as_bytes());
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
        let all: Vec<_> = (0..100).map(|n| packer.pack(text(n).as_bytes())).collect();
        assert!(all[99].bytes.len() < text(99).len() / 3, "{} bytes", all[99].bytes.len());
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
        for kind in [1, 2, 3] {
            (0..20).for_each(|n| drop(packer.pack(text(kind, n).as_bytes())));
        }
        for kind in [1, 2, 3] {
            let length = packer.pack(text(kind, 77).as_bytes()).bytes.len();
            assert!(length < text(kind, 77).len() / 10, "{kind}: {length} bytes");
        }
    }

    #[test]
    fn nodes_keep_their_values_and_their_order() {
        let yaml = "b: [1, -2, 1.5, 1e300, 18446744073709551615, yes, null, '']\na: {z: |\n  x\n  y\n, y: 'é\"\\u0000'}";
        let yaml = yaml.replace("|\n  x\n  y\n", "\"x\\ny\\n\"");
        let node = decode(&"in".into(), 1, &yaml).unwrap().node.unwrap();
        let packer = Packer::default();
        let unpacked = packer.pack_node(&node).node();
        assert_eq!(unpacked, node);
        assert_eq!(unpacked.to_json().to_string(), node.to_json().to_string());
    }
}
