//! What somebody else's reader makes of a text: libyaml, with YAML 1.1's merge keys and the last
//! of duplicate keys, and a splitter of its own.

use super::scalars::{BINARIES, base64};
use serde::de::{
    Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;

/// A value as libyaml's events say it: duplicate keys, merge keys and odd keys are still there.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(Value),
    Sequence(Vec<Tree>),
    Mapping(Vec<(Tree, Tree)>),
}

struct TreeVisitor;

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf(flag.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf(number.into()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Tree, E> {
        Ok(Tree::Leaf(number.to_string().into()))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Tree, E> {
        Ok(Tree::Leaf(number.to_string().into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Mapping(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Tree, A::Error> {
        let (_tag, variant): (String, _) = access.variant()?;
        variant.newtype_variant()
    }
}

impl Tree {
    /// The value as JSON, or nothing where JSON has no place for it.
    fn resolve(&self, binary: bool) -> Option<Value> {
        Some(match self {
            Self::Leaf(Value::String(text)) if binary => {
                BINARIES.iter().find(|t| base64(t) == *text).map_or(text.as_str(), |t| t).into()
            }
            Self::Leaf(value) => value.clone(),
            Self::Sequence(items) => {
                Value::Array(items.iter().map(|item| item.resolve(binary)).collect::<Option<_>>()?)
            }
            Self::Mapping(entries) => {
                let mut own = Map::new();
                let mut merged = Vec::new();
                for (key, value) in entries {
                    match (key.resolve(binary)?, value.resolve(binary)?) {
                        (Value::String(key), Value::Object(map)) if key == "<<" => merged.push(map),
                        (Value::String(key), Value::Array(maps)) if key == "<<" => {
                            merged.extend(maps.iter().filter_map(Value::as_object).cloned());
                        }
                        (Value::String(key), value) => drop(own.insert(key, value)),
                        (key @ (Value::Number(_) | Value::Bool(_)), value) => {
                            drop(own.insert(key.to_string(), value));
                        }
                        (Value::Null | Value::Array(_) | Value::Object(_), _) => return None,
                    }
                }
                for (key, value) in merged.into_iter().flatten() {
                    own.entry(key).or_insert(value);
                }
                Value::Object(own)
            }
        })
    }
}

/// Reads a text that may hold several documents; nothing if libyaml cannot.
pub(super) fn libyaml(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    // The crate tells libyaml the encoding, which then takes the mark for text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for document in serde_yaml::Deserializer::from_str(text) {
        let tree = Tree::deserialize(document).ok()?;
        values.push(whole_numbers(&tree.resolve(text.contains("inary"))?));
    }
    Some(values)
}

/// Writes floats without a fraction as integers, as JSON in Go does.
pub(super) fn whole_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "bounded")]
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                (float as i64).into()
            }
            Some(_) | None => value.clone(),
        },
        Value::Array(items) => items.iter().map(whole_numbers).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(k, v)| (k.clone(), whole_numbers(v))).collect())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// Cuts a text before each `---` line, by lines.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}');
        let marker = bare
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if marker && at > start {
            pieces.push(&text[start..at]);
            start = at;
        }
        at += line.len();
    }
    pieces.push(&text[start..]);
    pieces
}

/// Reads every document of a stream, JSON objects that follow each other included; nothing for
/// each that nobody can read.
pub(super) fn documents(text: &str) -> Vec<Option<Value>> {
    let mut found = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    let json = text.trim_ascii_start().starts_with('{');
    for piece in pieces(text) {
        let body = match piece.strip_prefix("---") {
            Some(rest) => rest.split_once('\n').map_or("", |(_, body)| body),
            None => piece,
        };
        let values: Option<Vec<Value>> =
            serde_json::Deserializer::from_str(body).into_iter().collect::<Result<_, _>>().ok();
        match (json, values, libyaml(piece)) {
            (true, Some(values), _) if values.len() > 1 => {
                found.extend(values.iter().map(|v| Some(whole_numbers(v))));
            }
            (_, _, Some(values)) => found.extend(values.into_iter().map(Some)),
            (_, _, None) => found.push(None),
        }
    }
    found.retain(|value| value != &Some(Value::Null));
    found
}

/// An object with what it inherits from the List around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) kind: String,
    pub(super) group: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) value: Value,
}

/// Takes Lists apart and returns the objects.
pub(super) fn objects(value: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    flatten(value, None, &mut found);
    found
}

fn flatten(value: &Value, list: Option<(&str, &str)>, found: &mut Vec<Found>) {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    let kind = text("/kind").or(list.map(|(_, kind)| kind)).unwrap_or_default();
    let version = text("/apiVersion").or(list.map(|(version, _)| version)).unwrap_or_default();
    if let Some(items) = value.get("items").and_then(Value::as_array) {
        let inner = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for item in items {
            flatten(item, inner.map(|kind| (version, kind)), found);
        }
    } else if !kind.is_empty() {
        found.push(Found {
            kind: kind.into(),
            group: version.split_once('/').map_or("", |(group, _)| group).into(),
            namespace: text("/metadata/namespace").filter(|n| !n.is_empty()).map(str::to_owned),
            name: text("/metadata/name").unwrap_or_default().into(),
            value: value.clone(),
        });
    }
}
