//! Labels and annotations → the text of the document that holds their object.

use super::emit::emit;
use super::splice::{Patch, eol_of, insert, proves, set, start_of, syntax, value_of};
use super::syntax::{Form, Piece};
use super::{Document, split};
use crate::diagnostic::{Code, Diagnostic};
use serde_json::{Map, Value};

/// Labels and annotations for one object of a document.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'m> {
    /// The way to the object inside the document, see [`crate::object::Object::route`].
    pub route: &'m [usize],
    /// The labels, in order.
    pub labels: &'m [(String, String)],
    /// The annotations, in order.
    pub annotations: &'m [(String, String)],
}

impl Mark<'_> {
    fn maps(&self) -> [(&'static str, &[(String, String)]); 2] {
        [("labels", self.labels), ("annotations", self.annotations)]
    }
}

/// Writes labels and annotations on objects of a document, changing no other line. Keys that are
/// there get the new value.
///
/// # Errors
/// The edit cannot be had in place, or cannot be proved.
pub fn mark(document: Document<'_>, marks: &[Mark<'_>]) -> Result<String, Box<Diagnostic>> {
    let refusal = || {
        Box::new(
            Diagnostic::new(Code::EditNotProven, "labels cannot be written on it in place")
                .at(start_of(document))
                .help("write the document in plain block YAML, without anchors and aliases"),
        )
    };
    let mut wanted = value_of(document.text, &document.source.name, document.line())?;
    for mark in marks {
        let target = mark.route.iter().try_fold(&mut wanted, |node, index| {
            node.get_mut("items").and_then(|items| items.get_mut(*index))
        });
        let metadata = target.and_then(|target| target.get_mut("metadata"));
        let metadata = metadata.and_then(Value::as_object_mut).ok_or_else(refusal)?;
        for (map, entries) in mark.maps().into_iter().filter(|(_, entries)| !entries.is_empty()) {
            let below = metadata.entry(map).or_insert(Value::Null);
            if below.is_null() {
                *below = Value::Object(Map::new());
            }
            let below = below.as_object_mut().ok_or_else(refusal)?;
            for (key, value) in entries {
                below.insert(key.clone(), Value::from(&**value));
            }
        }
    }
    let text = in_place(document.text, marks).ok_or_else(refusal)?;
    if proves(&text, &wanted) { Ok(text) } else { Err(refusal()) }
}

fn in_place(text: &str, marks: &[Mark<'_>]) -> Option<String> {
    let root = syntax(text)?;
    let mut patches: Vec<Patch> = Vec::new();
    for mark in marks {
        let object = mark
            .route
            .iter()
            .try_fold(&root, |piece, index| piece.item(*index).filter(|item| !item.shared))?;
        let (_, metadata) = object.entry("metadata")?;
        if metadata.shared {
            return None;
        }
        for (map, entries) in mark.maps().into_iter().filter(|(_, entries)| !entries.is_empty()) {
            patches.extend(entries_of(text, metadata, map, entries)?);
        }
    }
    patches.sort_by_key(|patch| patch.start);
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for patch in patches {
        out.push_str(text.get(at..patch.start)?);
        out.push_str(&patch.text);
        at = patch.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Writes entries of `labels` or `annotations`: into the mapping where there is one, else with it,
/// behind the name, where people look for it.
fn entries_of(
    text: &str,
    metadata: &Piece<'_>,
    map: &str,
    entries: &[(String, String)],
) -> Option<Vec<Patch>> {
    let whole = || {
        let below = entries.iter().map(|(key, value)| (key.clone(), Value::from(&**value)));
        Value::Object(below.collect())
    };
    let has_entries = |piece: &Piece<'_>| matches!(&piece.form, Form::Mapping { flow: false, entries } if !entries.is_empty());
    match metadata.entry(map) {
        None => {
            let name = behind_name(text, metadata);
            let patch = match name {
                Some((at, indent)) => Patch {
                    start: at,
                    end: at,
                    text: emit(&serde_json::json!({ map: whole() }), indent, eol_of(text)),
                },
                None => insert(text, metadata, map, &whole())?,
            };
            Some(vec![patch])
        }
        Some((_, below)) if has_entries(below) => {
            if below.shared {
                return None;
            }
            entries.iter().map(|(key, value)| one(text, below, key, value)).collect()
        }
        // An empty mapping, or nothing: it is filled as a whole.
        Some((_, below)) if !below.shared => match &below.form {
            Form::Mapping { flow: true, entries: old } if old.is_empty() => Some(vec![Patch {
                start: below.start,
                end: below.end,
                text: super::emit::flow(&whole()),
            }]),
            Form::Mapping { .. } => {
                entries.iter().map(|(key, value)| one(text, below, key, value)).collect()
            }
            Form::Scalar { .. } => set(text, metadata, &[], map, &whole()).map(|patch| vec![patch]),
            Form::Alias | Form::Sequence(_) => None,
        },
        Some(_) => None,
    }
}

fn one(text: &str, below: &Piece<'_>, key: &str, value: &str) -> Option<Patch> {
    set(text, below, &[], key, &Value::from(value))
}

/// The start of the line behind `name`, and its indentation, where the mapping is in block style
/// and the name stands on a line of its own.
fn behind_name(text: &str, metadata: &Piece<'_>) -> Option<(usize, usize)> {
    let Form::Mapping { flow: false, .. } = &metadata.form else { return None };
    let (key, name) = metadata.entry("name")?;
    let line = text[..key.start].rfind('\n').map_or(0, |n| n + 1);
    let before = &text[line..key.start];
    let Form::Scalar { inline: true, .. } = name.form else { return None };
    let end = name.end + text[name.end..].find('\n')? + 1;
    // `- ` and `? ` before the key are not of the mapping, but its indentation counts them.
    let blank = before.bytes().all(|b| b == b' ' || b == b'-');
    (blank && end >= split::marker_line_len(text)).then_some((end, before.len()))
}
