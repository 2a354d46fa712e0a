//! Edits → the new text of one document, changed in no other line and proved.
//!
//! A key is inserted at the *start* of its mapping: that place is known from the parser, while
//! the end of a mapping hides behind comments, block scalars and missing line ends. The result is
//! decoded again and must equal the old value with the edit; where an edit in place does not
//! prove, the document is written anew from its value.

use super::decode::decode_seen;
use super::emit::{emit, scalar};
use super::syntax::{Form, Piece, Places};
use super::{Document, decode, encoding, split};
use crate::api::{labels, volsync, volume};
use crate::diagnostic::{Code, Diagnostic};
use crate::edit::Change;
use crate::object::{Location, Mark, Node, Value as Read};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A document's new text.
#[derive(Debug)]
pub(super) struct Spliced {
    pub(super) text: String,
    /// Set where the document was written anew.
    pub(super) rewritten: Option<Diagnostic>,
}

/// Applies the changes of one document. Additions are no concern of this module.
pub(super) fn splice(
    document: Document<'_>,
    changes: &[&Change],
) -> Result<Spliced, Box<Diagnostic>> {
    let Document { source, text, .. } = document;
    let mut places = Places::new(text);
    let decoded =
        decode_seen(&source.name, document.line(), text, |event, span| places.see(event, span))?;
    let mut wanted = decoded.node.map_or(Value::Null, |node| node.to_json());
    let known = changes.iter().all(|change| change_value(&mut wanted, change).is_some());
    let refusal = || {
        Box::new(
            Diagnostic::new(Code::EditNotProven, "the edit of this document cannot be proved safe")
                .at(start_of(document))
                .help("write the document in plain block YAML, without anchors and aliases"),
        )
    };
    if !known {
        return Err(refusal());
    }
    if let Some(root) = places.root()
        && let Some(text) = in_place(text, &root, changes)
        && proves(&text, &wanted)
    {
        return Ok(Spliced { text, rewritten: None });
    }
    let text = anew(document, &wanted);
    if !proves(&text, &wanted) {
        return Err(refusal());
    }
    let ours = changes.iter().all(|change| matches!(change, Change::Update { .. }));
    let rewritten = (!ours || document_has_items(&wanted))
        .then(|| rewritten(document, "write the PVC without anchors that are used elsewhere"));
    Ok(Spliced { text, rewritten })
}

/// Says that a document is written anew.
fn rewritten(document: Document<'_>, help: &str) -> Diagnostic {
    Diagnostic::new(
        Code::DocumentRewritten,
        "the document cannot be edited in place and is written anew, without its comments",
    )
    .at(start_of(document))
    .help(help)
}

pub(super) fn start_of(document: Document<'_>) -> Location {
    let mark = Mark::new(document.line(), 1);
    Location { source: Arc::clone(&document.source.name), mark }
}

/// Returns a document's text, edited or not, with a line end. A block scalar that runs to the end
/// of its input would gain a line break; such a document is written anew.
pub(super) fn ended(document: Document<'_>, text: String) -> Result<Spliced, Box<Diagnostic>> {
    if text.ends_with('\n') {
        return Ok(Spliced { text, rewritten: None });
    }
    if let Some(text) = with_line_end(&text) {
        return Ok(Spliced { text, rewritten: None });
    }
    let value = value_of(&text, &document.source.name, document.line())?;
    let rewritten = rewritten(document, "end the file with a line end");
    let text = anew(document, &value);
    if proves(&text, &value) {
        return Ok(Spliced { text, rewritten: Some(rewritten) });
    }
    Err(Box::new(Diagnostic { code: Code::EditNotProven, ..rewritten }))
}

fn document_has_items(value: &Value) -> bool {
    value.get("items").is_some()
}

/// Returns the text with a line end, in which its value is the same as before; nothing if the
/// text ends inside a block scalar that the line end would lengthen, or if that cannot be known.
fn with_line_end(text: &str) -> Option<String> {
    let ended = format!("{text}{}", eol_of(text));
    let name: Arc<str> = "".into();
    match (value_of(text, &name, 1), value_of(&ended, &name, 1)) {
        (Ok(before), Ok(after)) => (before == after).then_some(ended),
        // What cannot be read here, another reader may; a line end changes block scalars alone.
        (Err(_), _) | (_, Err(_)) => (!text.contains(['|', '>'])).then_some(ended),
    }
}

/// Writes a document anew from its value, after its own `---` line.
fn anew(document: Document<'_>, value: &Value) -> String {
    let marker = &document.text[..split::marker_line_len(document.text)];
    let eol = eol_of(document.text);
    let marker_end = if marker.is_empty() || marker.ends_with('\n') { "" } else { eol };
    let body = if document.is_json() { format!("{value}{eol}") } else { emit(value, 0, eol) };
    let bom =
        if marker.is_empty() && document.text.starts_with(encoding::BOM) { "\u{feff}" } else { "" };
    format!("{marker}{marker_end}{bom}{body}")
}

/// Decodes a document's text to JSON.
pub(super) fn value_of(text: &str, name: &Arc<str>, line: usize) -> Result<Value, Box<Diagnostic>> {
    Ok(decode(name, line, text)?.node.map_or(Value::Null, |node| node.to_json()))
}

/// Returns where the nodes of a document stand; nothing if it cannot be read.
pub(super) fn syntax(text: &str) -> Option<Piece<'_>> {
    let mut places = Places::new(text);
    decode_seen(&"".into(), 1, text, |event, span| places.see(event, span)).ok()?;
    places.root()
}

/// Returns whether a text is read as the value that is wanted.
pub(super) fn proves(text: &str, wanted: &Value) -> bool {
    decode(&"".into(), 1, text).is_ok_and(|decoded| match &decoded.node {
        Some(node) => equals(node, wanted),
        None => wanted.is_null(),
    })
}

/// Returns whether a node has a value; the order of keys is no part of it.
fn equals(node: &Node, value: &Value) -> bool {
    match (&node.value, value) {
        (Read::Null, Value::Null) => true,
        (Read::Bool(a), Value::Bool(b)) => a == b,
        (Read::Number(a), Value::Number(b)) => a == b,
        (Read::String(a), Value::String(b)) => a == b,
        (Read::Sequence(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equals(a, b))
        }
        // Keys are unique on both sides, so none is missed where the numbers are the same.
        (Read::Mapping(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|a| b.get(a.key.as_str()).is_some_and(|b| equals(&a.value, b)))
        }
        (
            Read::Null
            | Read::Bool(_)
            | Read::Number(_)
            | Read::String(_)
            | Read::Sequence(_)
            | Read::Mapping(_),
            _,
        ) => false,
    }
}

/// The line end that a text uses.
pub(super) fn eol_of(text: &str) -> &'static str {
    match memchr::memchr(b'\n', text.as_bytes()) {
        Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
        Some(_) | None => "\n",
    }
}

/// A key that a change sets: the path to its mapping, its name, its value.
type Setting = (&'static [&'static str], &'static str, Value);

/// Returns the object that a change sets keys of, and the keys.
fn settings(change: &Change) -> (&[usize], Vec<Setting>) {
    match change {
        Change::Wire { route, reference, annotation } => {
            let mut settings: Vec<Setting> = Vec::new();
            if let Some(name) = annotation {
                let value = Value::String(name.clone());
                settings.push((&["metadata", "annotations"], labels::RESTORE_SOURCE, value));
            }
            if let Some(name) = reference {
                settings.push((&["spec"], volume::DATA_SOURCE_REF, volsync::reference_to(name)));
            }
            (route, settings)
        }
        Change::Update { route, .. } => (route, Vec::new()),
        Change::Add(_) => (&[], Vec::new()),
    }
}

/// Applies a change to a document's value; nothing if there is no place for it.
fn change_value(document: &mut Value, change: &Change) -> Option<()> {
    let (route, settings) = settings(change);
    let target = route.iter().try_fold(document, |node, index| {
        node.get_mut("items").and_then(|items| items.get_mut(*index))
    })?;
    if let Change::Update { object, .. } = change {
        *target = object.clone();
    }
    for (path, key, value) in settings {
        let mut mapping = &mut *target;
        for step in path {
            mapping = entries(mapping)?.entry(*step).or_insert(Value::Null);
        }
        entries(mapping)?.insert(key.to_owned(), value);
    }
    Some(())
}

/// Returns the entries of a mapping; of nothing, which becomes an empty one.
fn entries(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

/// A piece of text to put in place of a range.
pub(super) struct Patch {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

fn in_place(text: &str, root: &Piece<'_>, changes: &[&Change]) -> Option<String> {
    let mut patches = Vec::new();
    for change in changes {
        if matches!(change, Change::Update { .. }) {
            return None;
        }
        let (route, settings) = settings(change);
        let object = route
            .iter()
            .try_fold(root, |piece, index| piece.item(*index).filter(|item| !item.shared))?;
        for (path, key, value) in settings {
            patches.push(set(text, object, path, key, &value)?);
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

/// Sets a key of the mapping at a path, making the mappings that are not there.
pub(super) fn set(
    text: &str,
    object: &Piece<'_>,
    path: &[&str],
    key: &str,
    value: &Value,
) -> Option<Patch> {
    let mut mapping = object;
    for (depth, step) in path.iter().enumerate() {
        let below = || {
            path[depth + 1..]
                .iter()
                .rev()
                .fold(json!({ key: value }), |inner, outer| json!({ *outer: inner }))
        };
        let Some((name, child)) = mapping.entry(step) else {
            return insert(text, mapping, step, &below());
        };
        if child.shared {
            return None;
        }
        if let Form::Scalar { text: null, inline: true } = &child.form
            && is_null(null)
        {
            return fill(text, mapping, name, child, &below());
        }
        mapping = child;
    }
    let Some((name, old)) = mapping.entry(key) else {
        return insert(text, mapping, key, value);
    };
    match (&old.form, value) {
        _ if old.shared => None,
        (Form::Scalar { text: null, inline: true }, Value::Object(_)) if is_null(null) => {
            fill(text, mapping, name, old, value)
        }
        (Form::Scalar { inline: true, .. }, Value::String(new)) if old.end > old.start => {
            Some(Patch { start: old.start, end: old.end, text: scalar(new).into_owned() })
        }
        _ => None,
    }
}

/// Returns whether a scalar's text stands for nothing. A quoted one does not, and then the edit
/// does not prove.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Inserts a key at the start of a mapping.
pub(super) fn insert(text: &str, mapping: &Piece<'_>, key: &str, value: &Value) -> Option<Patch> {
    let Form::Mapping { flow, entries } = &mapping.form else { return None };
    if *flow {
        let at = mapping.start + 1;
        let rest = text.get(at..)?;
        let blank = &rest[..rest.len() - rest.trim_ascii_start().len()];
        let entry = format!("{}: {}", json!(key), in_flow(value));
        let patch = match (entries.is_empty(), blank.is_empty()) {
            (true, _) => entry,
            (false, true) => format!("{entry}, "),
            (false, false) => format!("{blank}{entry},"),
        };
        return Some(Patch { start: at, end: at, text: patch });
    }
    let line = text[..mapping.start].rfind('\n').map_or(0, |n| n + 1);
    let before = &text[line..mapping.start];
    let entry = json!({ key: value });
    let eol = eol_of(text);
    if before.bytes().all(|b| b == b' ') {
        let at = above_comments(text, line);
        return Some(Patch { start: at, end: at, text: emit(&entry, before.len(), eol) });
    }
    // The mapping starts behind `- `, `? ` or `: ` on the same line.
    if !before.trim_ascii_end().ends_with(['-', '?', ':']) || !before.is_ascii() {
        return None;
    }
    let block = emit(&entry, before.len(), eol);
    let patch = format!("{}{}", block.trim_ascii_start(), " ".repeat(before.len()));
    Some(Patch { start: mapping.start, end: mapping.start, text: patch })
}

/// Gives a key without a value, or with `null`, a mapping.
fn fill(
    text: &str,
    parent: &Piece<'_>,
    key: &Piece<'_>,
    null: &Piece<'_>,
    value: &Value,
) -> Option<Patch> {
    if null.end > null.start {
        return Some(Patch { start: null.start, end: null.end, text: in_flow(value) });
    }
    if matches!(parent.form, Form::Mapping { flow: true, .. }) {
        return None;
    }
    let line = text[..key.start].rfind('\n').map_or(0, |n| n + 1);
    let eol = eol_of(text);
    let block = emit(value, text[line..key.start].chars().count() + 2, eol);
    let patch = match text[key.end..].find('\n') {
        Some(end) => Patch { start: key.end + end + 1, end: key.end + end + 1, text: block },
        None => Patch { start: text.len(), end: text.len(), text: format!("{eol}{block}") },
    };
    Some(patch)
}

/// Returns the start of the comments and blank lines that stand right above a line.
fn above_comments(text: &str, line: usize) -> usize {
    let mut at = line;
    while at > 0 {
        let previous = text[..at - 1].rfind('\n').map_or(0, |n| n + 1);
        let content = text[previous..at].trim_ascii();
        if !(content.is_empty() || content.starts_with('#')) {
            break;
        }
        at = previous;
    }
    at
}

/// Writes a value in flow style, which is JSON with blanks.
fn in_flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", json!(key), in_flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests;
