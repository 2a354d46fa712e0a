//! Texts as `kubectl get -o yaml` prints them → an observation. Lists included; what cannot be
//! read is told, and counts as not seen.

use super::{Kind, Observed, keep};
use crate::audit::packed::Packer;
use crate::manifest::{Source, decode, split};
use crate::object::Node;
use jiff::Timestamp;
use std::sync::Arc;

/// An observation, and what could not be read.
#[derive(Debug)]
pub struct Collected {
    /// What was seen.
    pub observed: Observed,
    /// What could not be read, each with its place.
    pub problems: Vec<String>,
    packer: Packer,
}

/// Reads an observation that was made at a time.
pub fn collect(sources: Vec<Source>, observed_at: Timestamp) -> Collected {
    let mut collected = Collected {
        observed: Observed::new(observed_at),
        problems: Vec::new(),
        packer: Packer::default(),
    };
    for source in sources {
        let (stream, refused) = split(source);
        let refused = refused.iter().map(|found| place(found.location.as_ref(), &found.message));
        collected.problems.extend(refused);
        let mut line = 1;
        for document in stream.documents() {
            let name = &document.source.name;
            // Counted on the way: from the start each time would be quadratic.
            let here = line;
            line += memchr::memchr_iter(b'\n', document.text.as_bytes()).count();
            if document.is_blank() {
                continue;
            }
            match decode(name, here, document.text) {
                Ok(decoded) => {
                    if let Some(node) = decoded.node {
                        collected.add(name, &node, None);
                    }
                }
                Err(found) => {
                    collected.problems.push(place(found.location.as_ref(), &found.message));
                }
            }
        }
    }
    collected.problems.sort();
    collected
}

fn place(location: Option<&crate::object::Location>, message: &str) -> String {
    location.map_or_else(|| message.to_owned(), |location| format!("{location}: {message}"))
}

impl Collected {
    /// Adds an object, or the items of a List. A typed List says that its kind was listed, even
    /// where it is empty.
    ///
    /// The items of a typed List say neither their kind nor their version.
    fn add(&mut self, source: &Arc<str>, node: &Node, list: Option<(Kind, &str)>) {
        let kind = node.text_at(&["kind"]);
        let version = node.text_at(&["apiVersion"]);
        let group = version.and_then(|v| v.split_once('/')).map_or("", |(group, _)| group);
        if let Some(items) = node.get("items").and_then(Node::items) {
            let typed =
                kind.and_then(|kind| kind.strip_suffix("List")).and_then(|k| Kind::of(k, group));
            if let Some(kind) = typed {
                self.observed.list(kind);
            }
            for item in items {
                self.add(source, item, typed.zip(version));
            }
            return;
        }
        let (kind, version) = match (kind, list) {
            (Some(kind), _) => (Kind::of(kind, group), version),
            (None, Some((kind, version))) => (Some(kind), Some(version)),
            (None, None) => (None, version),
        };
        let location = format!("{source}:{}:{}", node.mark.line(), node.mark.column());
        match kind {
            Some(kind) => {
                let (version, at) = (version.unwrap_or_default(), self.observed.observed_at);
                let (kept, problems) = keep(kind, version, &self.packer, node, at);
                self.observed.list(kind);
                if let Some((key, object)) = kept {
                    self.observed.insert(kind, key, object);
                }
                let name = node.text_at(&["metadata", "name"]).unwrap_or("?");
                let namespace = node.text_at(&["metadata", "namespace"]);
                let place = namespace.map_or(String::new(), |namespace| format!("{namespace}/"));
                self.problems.extend(
                    problems
                        .into_iter()
                        .map(|why| format!("{location}: {} {place}{name} {why}", kind.id())),
                );
            }
            // An object of a kind that nothing reads is no trouble; what is no object is.
            None if node.text_at(&["kind"]).is_none() && list.is_none() => {
                self.problems.push(format!("{location}: an object without a kind"));
            }
            None => {}
        }
    }
}
