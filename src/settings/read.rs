//! Nodes → values of fields, with everything that is wrong and its place.

use super::rules::{absolute, compression, copy_method, identity, object_name, quantity};
use super::{FieldPath, template};
use crate::api::fields::{FIELDS, Field, Kind, position};
use crate::api::mover::Side;
use crate::api::suggest::nearest;
use crate::object::{Entry, Mark, Node, Value};
use serde_json::{Map, Value as Json};

/// The types that a key can ask for, in the words of messages.
pub const FLAG: &str = "true or false";
/// See [`FLAG`].
pub const NUMBER: &str = "a whole number";
/// See [`FLAG`].
pub const TEXT: &str = "text";
/// See [`FLAG`].
pub const LIST: &str = "a list";
/// See [`FLAG`].
pub const MAPPING: &str = "a mapping";

/// The largest user or group id.
const ID_MAX: i64 = i32::MAX as i64;
/// How much of a wrong text is quoted.
const QUOTED: usize = 60;

/// A value without a meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What was seen.
    pub message: String,
    /// What to type.
    pub help: String,
}

impl Wrong {
    /// Makes one.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A key that does not exist, with those that do.
    UnknownKey(Vec<&'static str>),
    /// A value without a meaning.
    Wrong(Wrong),
}

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// Where it stands.
    pub mark: Mark,
    /// What it is.
    pub what: What,
}

/// Names a value in a message.
pub fn seen(node: &Node) -> String {
    match &node.value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("the boolean `{flag}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => {
            let line = text.lines().next().unwrap_or_default();
            let start: String = line.chars().take(QUOTED).collect();
            let rest = if start.len() < text.trim_end().len() { "…" } else { "" };
            format!("text `{start}{rest}`")
        }
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
    }
}

/// Says that a value is of another type than expected, and how to write it.
pub fn expected(what: &str, node: &Node) -> Wrong {
    let text = node.as_str();
    let help = match (what, &node.value) {
        (FLAG, _) => "write `true` or `false`, without quotes".to_owned(),
        (NUMBER, _) => match text.filter(|text| text.parse::<i64>().is_ok()) {
            Some(digits) => format!("remove the quotes: `{digits}`"),
            None => "write digits alone, such as `2`".to_owned(),
        },
        (TEXT, Value::Bool(_) | Value::Number(_)) => "put the value in quotes".to_owned(),
        (TEXT, Value::Mapping(_)) => {
            "write one value; a text that starts with `{` needs quotes".to_owned()
        }
        (TEXT, _) => "write one value".to_owned(),
        (LIST, _) => match text {
            Some(item) => format!("write it as a list: `[\"{item}\"]`"),
            None => "write one item a line, each after `- `".to_owned(),
        },
        (MAPPING, _) => "write its keys on the lines below, indented by two blanks".to_owned(),
        _ => "write a whole number of bytes, or a size such as `512Mi`".to_owned(),
    };
    Wrong::new(format!("expected {what}, found {}", seen(node)), help)
}

/// Reads the way to a field: `retain`, `source.storageClassName`,
/// `moverSecurityContext.runAsGroup`.
///
/// # Errors
/// Says which part of it is no field.
pub fn path(text: &str) -> Result<FieldPath, Wrong> {
    let (side, rest) = match text.split_once('.') {
        Some(("source", rest)) => (Some(Side::Source), rest),
        Some(("destination", rest)) => (Some(Side::Destination), rest),
        Some(_) | None => (None, text),
    };
    let (name, part) = match rest.split_once('.') {
        Some((name, part)) => (name, Some(part)),
        None => (rest, None),
    };
    let known = |fields: &'static [Field]| fields.iter().map(|field| field.name);
    let unknown = |what: &str, name: &str, fields: &'static [Field]| {
        let help = match nearest(name, known(fields)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "docs/configuration.md lists the fields".to_owned(),
        };
        Wrong::new(format!("{what} has no field `{name}`"), help)
    };
    let Some(field) = position(name) else {
        return Err(unknown("the mover", name, FIELDS));
    };
    if let Some(side) = side
        && !FIELDS[field].is_of_side(side)
    {
        let help = format!("remove it, or write `{name}` without `{}.`", side.id());
        return Err(Wrong::new(format!("a {} has no field `{name}`", side.id()), help));
    }
    let part = match part {
        None => None,
        Some(part) => {
            let parts = FIELDS[field].group();
            let found = parts.iter().find(|known| known.name == part);
            Some(found.ok_or_else(|| unknown(&format!("`{name}`"), part, parts))?)
        }
    };
    Ok(FieldPath { side, field, part })
}

/// Reads what is left out: like [`path`].
///
/// # Errors
/// Says which part of it is no field.
pub fn omit(text: &str) -> Result<FieldPath, Wrong> {
    path(text.trim())
}

/// Reads a value of a field, below the keys `at`; nothing where something is wrong.
pub fn field(
    field: &Field,
    node: &Node,
    at: &[String],
    problems: &mut Vec<Problem>,
) -> Option<Json> {
    let wrong = |wrong| Problem { path: at.to_vec(), mark: node.mark, what: What::Wrong(wrong) };
    if let Some(text) = node.as_str()
        && template::has_placeholder(text)
    {
        let whole = text == "{accessModes}";
        let list = matches!(field.kind, Kind::Texts(..));
        let checked = template::check(text).map_err(unknown_placeholder);
        let checked = checked.and_then(|()| match whole == list {
            true => Ok(Json::String(text.to_owned())),
            false if list => Err(expected(LIST, node)),
            false => Err(Wrong::new("`{accessModes}` is a list", "remove it, or write one value")),
        });
        return checked.map_err(|found| problems.push(wrong(found))).ok();
    }
    match plain(field, node, at, problems) {
        Ok(value) => value,
        Err(found) => {
            problems.push(wrong(found));
            None
        }
    }
}

/// Says which placeholders there are.
fn unknown_placeholder(message: String) -> Wrong {
    let known: Vec<String> = template::PLACEHOLDERS.iter().map(|p| format!("`{{{p}}}`")).collect();
    Wrong::new(message, format!("there are {}", known.join(", ")))
}

/// Reads a value without placeholders of its own.
fn plain(
    field: &Field,
    node: &Node,
    at: &[String],
    problems: &mut Vec<Problem>,
) -> Result<Option<Json>, Wrong> {
    let text = || node.as_str().ok_or_else(|| expected(TEXT, node));
    let checked = |check: fn(&str) -> Result<String, Wrong>| {
        text().and_then(check).map(|text| Some(Json::String(text)))
    };
    match field.kind {
        // kopia compares times as texts.
        Kind::Text if field.name == "restoreAsOf" && !text()?.ends_with('Z') => {
            let help = "write the time in UTC, such as `\"2026-01-31T00:00:00Z\"`";
            Err(Wrong::new(format!("`{}` does not end with `Z`", text()?), help))
        }
        Kind::Text => text().map(|text| Some(Json::from(text))),
        Kind::Name => checked(object_name),
        Kind::Identity => checked(identity),
        Kind::Path => checked(absolute),
        Kind::CopyMethod => checked(copy_method),
        Kind::Compression => checked(compression),
        Kind::Quantity => match &node.value {
            Value::Number(number) if number.as_u64().is_some_and(|n| n > 0) => {
                Ok(Some(Json::Number(number.clone())))
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => checked(quantity),
        },
        Kind::Flag => match node.value {
            Value::Bool(flag) => Ok(Some(Json::Bool(flag))),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => Err(expected(FLAG, node)),
        },
        Kind::Integer(least) => integer(field.name, node, i64::from(least)).map(Some),
        Kind::Id => {
            let number = whole(node)?;
            if (0..=ID_MAX).contains(&number) {
                return Ok(Some(Json::from(number)));
            }
            let help = format!("write a number from 0 to {ID_MAX}");
            Err(Wrong::new(format!("{number} is no user or group id"), help))
        }
        Kind::Texts(least, most) => {
            let items = node.items().ok_or_else(|| expected(LIST, node))?;
            if items.len() < least || items.len() > most {
                let bound = if items.len() < least {
                    format!("write at least {least}")
                } else {
                    format!("write at most {most}")
                };
                return Err(Wrong::new(format!("it has {} items", items.len()), bound));
            }
            let read = |item: &Node| value(item, at, problems).filter(Json::is_string);
            let texts: Vec<Json> = items.iter().filter_map(read).collect();
            match items.iter().find(|item| item.as_str().is_none()) {
                Some(item) => Err(expected(TEXT, item)),
                None => Ok(Some(Json::Array(texts))),
            }
        }
        Kind::Ids => {
            let items = node.items().ok_or_else(|| expected(LIST, node))?;
            let ids: Result<Vec<Json>, Wrong> =
                items.iter().map(|item| whole(item).map(Json::from)).collect();
            ids.map(|ids| Some(Json::Array(ids)))
        }
        Kind::TextMap => {
            mapping(node)?;
            match node.entries().iter().find(|entry| entry.value.as_str().is_none()) {
                Some(entry) => Err(expected(TEXT, &entry.value)),
                None => Ok(value(node, at, problems)),
            }
        }
        Kind::Objects => {
            let items = node.items().ok_or_else(|| expected(LIST, node))?;
            items.iter().try_for_each(mapping)?;
            Ok(value(node, at, problems))
        }
        Kind::Object => {
            mapping(node)?;
            Ok(value(node, at, problems))
        }
        Kind::Group(parts) => {
            mapping(node)?;
            let map = group(parts, node, at, problems);
            let counts = ["latest", "hourly", "daily", "weekly", "monthly", "yearly"];
            if field.name == "retain" && counts.iter().all(|key| map.get(*key) == Some(&0.into())) {
                let help = "set at least one count above 0";
                return Err(Wrong::new("it keeps no backup at all", help));
            }
            Ok(Some(Json::Object(map)))
        }
    }
}

fn group(
    parts: &'static [Field],
    node: &Node,
    at: &[String],
    problems: &mut Vec<Problem>,
) -> Map<String, Json> {
    let mut map = Map::new();
    for Entry { key, mark, value } in node.entries() {
        let mut path = at.to_vec();
        path.push(key.to_string());
        match parts.iter().find(|part| part.name == key) {
            None => {
                let known = parts.iter().map(|part| part.name).collect();
                problems.push(Problem { path, mark: *mark, what: What::UnknownKey(known) });
            }
            // A key without a value counts as not written.
            Some(_) if value.is_null() => {}
            Some(part) => {
                if let Some(value) = field(part, value, &path, problems) {
                    map.insert(key.to_string(), value);
                }
            }
        }
    }
    map
}

/// Reads a value of any shape; the placeholders of its texts are checked.
pub fn value(node: &Node, at: &[String], problems: &mut Vec<Problem>) -> Option<Json> {
    let mut check = |text: &str, mark| {
        if let Err(message) = template::check(text) {
            let what = What::Wrong(unknown_placeholder(message));
            problems.push(Problem { path: at.to_vec(), mark, what });
        }
    };
    match &node.value {
        Value::String(text) => {
            check(text, node.mark);
            Some(Json::from(text.as_str()))
        }
        Value::Sequence(items) => {
            Some(Json::Array(items.iter().filter_map(|item| value(item, at, problems)).collect()))
        }
        Value::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let mut path = at.to_vec();
                path.push(entry.key.to_string());
                map.insert(entry.key.to_string(), value(&entry.value, &path, problems)?);
            }
            Some(Json::Object(map))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(node.to_json()),
    }
}

fn mapping(node: &Node) -> Result<(), Wrong> {
    match node.value {
        Value::Mapping(_) => Ok(()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Sequence(_) => {
            Err(expected(MAPPING, node))
        }
    }
}

fn whole(node: &Node) -> Result<i64, Wrong> {
    let number = match &node.value {
        Value::Number(number) => number.as_i64(),
        Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => None,
    };
    number.ok_or_else(|| expected(NUMBER, node))
}

fn integer(name: &str, node: &Node, least: i64) -> Result<Json, Wrong> {
    let number = whole(node)?;
    if (least..=i64::from(i32::MAX)).contains(&number) {
        return Ok(Json::from(number));
    }
    if name == "parallelism" {
        let message = format!("{number} uploads cannot run at once");
        return Err(Wrong::new(message, "write a number from 1, such as `2`"));
    }
    let help = format!("write a number from {least} to {}", i32::MAX);
    Err(Wrong::new(format!("{number} is out of bounds"), help))
}
