//! Look-ups in metadata, and keys under our prefix that nothing reads.

use super::{Metadata, Scope};
use crate::api::labels;
use crate::api::suggest::{nearest, only_near};
use crate::diagnostic::{Code, Diagnostic, Repair};
use crate::object::{Entry, Location, Value};

/// The two maps of text in `metadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Map {
    Labels,
    Annotations,
}

impl Map {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Annotations => "annotations",
        }
    }
}

/// A value found under a key.
pub(super) struct Found<'o> {
    pub(super) text: &'o str,
    pub(super) location: Location,
}

/// The metadata of a volume, and what its values have wrong.
pub(super) struct Keys<'o, 'm> {
    layers: &'m [Metadata<'o>],
    pub(super) problems: Vec<Diagnostic>,
    pub(super) notes: Vec<Diagnostic>,
}

impl<'o, 'm> Keys<'o, 'm> {
    pub(super) fn new(layers: &'m [Metadata<'o>]) -> Self {
        Self { layers, problems: Vec::new(), notes: Vec::new() }
    }

    /// Reports maps that are none, since no edit could be made in them and Kubernetes refuses them.
    pub(super) fn check_maps(&mut self) {
        for layer in self.layers {
            for map in [Map::Labels, Map::Annotations] {
                let Some(node) = layer.node.and_then(|node| node.get(map.key())) else { continue };
                if !(node.is_null() || matches!(node.value, Value::Mapping(_))) {
                    self.problems.push(
                        Diagnostic::new(
                            Code::InvalidValue,
                            format!(
                                "metadata.{} is {}, not a mapping",
                                map.key(),
                                node.kind_name()
                            ),
                        )
                        .at(layer.object.locate(node.mark))
                        .help(format!("write {}: {{}}, or one `key: value` a line", map.key())),
                    );
                }
            }
        }
    }

    /// Returns the strongest value of a key. One that is not text is a problem and counts as
    /// absent.
    pub(super) fn find(&mut self, map: Map, key: &str) -> Option<Found<'o>> {
        let (layer, entry) = self.entry(map, key)?;
        let location = layer.object.locate(entry.value.mark);
        let Some(text) = entry.value.as_str() else {
            self.problems.push(
                Diagnostic::new(
                    Code::NotAString,
                    format!(
                        "the {} `{key}` is {}, not text",
                        singular(map),
                        entry.value.kind_name()
                    ),
                )
                .at(location)
                .help(format!("put the value in quotes: {key}: \"{}\"", spelled(entry)))
                .repair(quote(entry)),
            );
            return None;
        };
        Some(Found { text, location })
    }

    /// Returns the strongest entry of a key with the layer that holds it.
    pub(super) fn entry(&self, map: Map, key: &str) -> Option<(Metadata<'o>, &'o Entry)> {
        self.layers.iter().filter(|layer| layer.scope.includes(key)).find_map(|layer| {
            let entry = layer.node?.get(map.key())?.entry(key)?;
            Some((*layer, entry))
        })
    }

    /// Returns the annotations that start with a prefix, each once.
    pub(super) fn prefixed(&self, prefix: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for layer in self.layers {
            let map = layer.node.and_then(|node| node.get(Map::Annotations.key()));
            let keys = map.map_or(&[][..], |node| node.entries()).iter().map(|entry| &entry.key);
            for key in keys.filter(|key| key.starts_with(prefix) && layer.scope.includes(key)) {
                if !found.iter().any(|other| other == key) {
                    found.push(key.to_string());
                }
            }
        }
        found
    }

    /// Notes the keys that look like ours and that nothing reads.
    pub(super) fn note_unknown(&mut self) {
        for layer in self.layers {
            for map in [Map::Labels, Map::Annotations] {
                let entries = layer.node.and_then(|node| node.get(map.key()));
                for entry in entries.map_or(&[][..], |node| node.entries()) {
                    if let Some(help) = unknown(map, &entry.key, layer.scope) {
                        let known = match map {
                            Map::Labels => labels::PVC_LABELS,
                            Map::Annotations => labels::PVC_ANNOTATIONS,
                        };
                        self.notes.push(
                            Diagnostic::new(
                                Code::UnknownKey,
                                format!("nothing reads the {} `{}`", singular(map), entry.key),
                            )
                            .at(layer.object.locate(entry.mark))
                            .help(help)
                            .repair(rename(&entry.key, known)),
                        );
                    }
                }
            }
        }
    }
}

/// Returns what to type instead of a key that nothing reads; nothing if the key is fine.
fn unknown(map: Map, key: &str, scope: Scope) -> Option<String> {
    let (mine, other) = match map {
        Map::Labels => (labels::PVC_LABELS, labels::PVC_ANNOTATIONS),
        Map::Annotations => (labels::PVC_ANNOTATIONS, labels::PVC_LABELS),
    };
    let is_ours = key.contains("pvc-plumber") && key.contains(['/', '.']);
    if !is_ours || mine.contains(&key) || scope == Scope::Set && !key.starts_with(labels::PREFIX) {
        return None;
    }
    if map == Map::Annotations && key.starts_with(labels::SET_PREFIX) {
        return None;
    }
    if key == labels::MANAGED_NAMESPACE {
        return Some("it belongs on the Namespace, as a label".into());
    }
    if other.contains(&key) {
        return Some(match map {
            Map::Labels => "it is an annotation: move it to metadata.annotations".into(),
            Map::Annotations => "it is a label: move it to metadata.labels".into(),
        });
    }
    // Their common prefix would make all keys alike.
    let bare = |key: &'static str| key.strip_prefix(labels::PREFIX).unwrap_or(key);
    let word = key.rsplit('/').next().unwrap_or(key);
    let known: Vec<&'static str> = mine.iter().chain(other).map(|key| bare(key)).collect();
    let near = nearest(word, known.iter().copied());
    Some(near.map_or_else(
        || "remove it; docs/labels.md lists the keys".into(),
        |known| format!("did you mean `{}{known}`?", labels::PREFIX),
    ))
}

fn singular(map: Map) -> &'static str {
    match map {
        Map::Labels => "label",
        Map::Annotations => "annotation",
    }
}

/// Returns how a value that is not text is put in quotes; nothing for lists and the like.
pub fn quote(entry: &Entry) -> Option<Repair> {
    match &entry.value.value {
        Value::Bool(flag) => Some(Repair::Quote(flag.to_string())),
        Value::Number(number) => Some(Repair::Quote(number.to_string())),
        Value::Null | Value::String(_) | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// Returns how a key is spelled right, where only one of those that may stand there is meant.
pub fn rename(key: &str, known: &[&'static str]) -> Option<Repair> {
    let word = key.strip_prefix(labels::PREFIX)?;
    let words = known.iter().filter_map(|key| key.strip_prefix(labels::PREFIX));
    only_near(word, words).map(|near| Repair::Rename(format!("{}{near}", labels::PREFIX)))
}

/// The value as its owner most likely wants it in quotes.
fn spelled(entry: &Entry) -> String {
    match entry.value.to_json() {
        serde_json::Value::Null => String::new(),
        value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => value.to_string(),
        serde_json::Value::String(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => "…".into(),
    }
}
