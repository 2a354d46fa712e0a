//! JSON that is kept and seldom read, as small as its repetitions allow.
//!
//! Objects of one kind are alike: each is compressed against a sample of those that came before
//! it. What is packed is read back byte for byte.

use super::json::{AsJson, Json};
use crate::object::Node;
use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};

/// How much is kept to compress against: a few objects; more takes longer than it saves.
const SAMPLE: usize = 8 * 1024;

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
        let sample = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let sample = Arc::clone(&known);
            if sample.len() < SAMPLE {
                let more = &text[..text.len().min(SAMPLE - sample.len())];
                *known = Arc::new([sample.as_slice(), more].concat());
            }
            sample
        };
        let bytes = compress_prepend_size_with_dict(text, &sample);
        Packed { sample, bytes: bytes.into() }
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

    /// Reads a packed node; its marks say nothing.
    ///
    /// # Panics
    /// If something else than a node was packed.
    pub fn node(&self) -> Node {
        let Json(node) = serde_json::from_slice(&self.text()).expect("JSON that was packed");
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
        let all: Vec<_> = texts.iter().map(|text| packer.pack(text.as_bytes())).collect();
        for (text, packed) in texts.iter().zip(&all) {
            assert_eq!(packed.text(), text.as_bytes());
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
