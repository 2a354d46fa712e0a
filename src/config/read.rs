//! A layer's keys → raw structs, with every wrong key and every wrong type reported.

use super::de::{De, Error, FLAG, LIST, MAPPING, NUMBER, Problem, TEXT};
use super::keys::{COMPOSITE, KEYS};
use super::layer::{Layer, Origin, invalid};
use super::raw::RawConfig;
use super::rules::Wrong;
use crate::api::suggest::nearest;
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Entry, Mark, Node, Value};
use serde::Deserialize;

/// How much of a wrong text is quoted.
const QUOTED: usize = 60;

/// Reads a layer. What is wrong is reported and left out, so that the rest can be checked too.
pub(super) fn read(layer: &Layer, diagnostics: &mut Vec<Diagnostic>) -> RawConfig {
    let mut tree = layer.tree.clone();
    loop {
        let Error { problem, mut route } = match RawConfig::deserialize(De(&tree)) {
            Ok(raw) => return raw,
            Err(error) => error,
        };
        route.reverse();
        let at = Place::of(&tree, &route);
        let path: Vec<&str> = at.path.iter().map(String::as_str).collect();
        diagnostics.push(match problem {
            Problem::UnknownKey { known } => unknown(layer, &at, known),
            Problem::Expected(what) => layer.wrong(&path, at.node.mark, retype(&what, &at)),
            Problem::Other(why) => {
                layer.wrong(&path, at.node.mark, Wrong::new(why, "see docs/configuration.md"))
            }
        });
        // Every turn takes a node away, so that the loop ends.
        if !remove(&mut tree, &route) {
            return RawConfig::default();
        }
    }
}

/// What stands at the end of a route.
struct Place<'t> {
    path: Vec<String>,
    key: Mark,
    node: &'t Node,
}

impl<'t> Place<'t> {
    fn of(tree: &'t Node, route: &[usize]) -> Self {
        let mut place = Place { path: Vec::new(), key: tree.mark, node: tree };
        for index in route {
            if let Some(Entry { key, mark, value }) = place.node.entries().get(*index) {
                place.path.push(key.to_string());
                (place.key, place.node) = (*mark, value);
            } else if let Some(item) = place.node.items().and_then(|items| items.get(*index)) {
                (place.key, place.node) = (item.mark, item);
            }
        }
        place
    }
}

fn remove(tree: &mut Node, route: &[usize]) -> bool {
    let Some((index, rest)) = route.split_first() else { return false };
    match &mut tree.value {
        Value::Mapping(entries) if *index < entries.len() => {
            if rest.is_empty() {
                entries.remove(*index);
                true
            } else {
                remove(&mut entries[*index].value, rest)
            }
        }
        Value::Sequence(items) if *index < items.len() => {
            if rest.is_empty() {
                items.remove(*index);
                true
            } else {
                remove(&mut items[*index], rest)
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => false,
    }
}

fn unknown(layer: &Layer, at: &Place<'_>, known: &[&str]) -> Diagnostic {
    let (key, parent) = match at.path.split_last() {
        Some((key, parent)) => (key.as_str(), parent.join(".")),
        None => ("", String::new()),
    };
    let place = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
    let message = format!("unknown key `{key}`{place}");
    let found = match &layer.origin {
        Origin::File { .. } => Diagnostic::new(Code::InvalidConfig, message),
        Origin::Flag | Origin::Environment => invalid(&layer.name(&at.path.join(".")), &message),
    };
    let found = found.help(suggest(key, known));
    Diagnostic { location: layer.location(at.key), ..found }
}

/// Says where an unknown key belongs, or what it may be a slip of.
fn suggest(key: &str, known: &[&str]) -> String {
    let ends = |path: &&str| path.rsplit('.').next() == Some(key);
    if let Some(path) = KEYS.iter().map(|key| key.path).chain(COMPOSITE.iter().copied()).find(ends)
    {
        return format!("did you mean `{path}`?");
    }
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys here are {}", known.join(", ")),
    }
}

/// Names a value in a message.
pub(super) fn seen(node: &Node) -> String {
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
fn retype(expected: &str, at: &Place<'_>) -> Wrong {
    let text = at.node.as_str();
    let is_tier = at.path.len() == 2 && at.path.first().is_some_and(|key| key == "tiers");
    let help = match (expected, &at.node.value) {
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
        (MAPPING, _) if is_tier => match text {
            Some(cron) => format!("write `{{schedule: \"{cron}\"}}`"),
            None => "write `{schedule: \"{minute} 2 * * *\"}`, or remove the tier".to_owned(),
        },
        (MAPPING, _) => "write its keys on the lines below, indented by two blanks".to_owned(),
        _ => "write a whole number of bytes, or a size such as `512Mi`".to_owned(),
    };
    Wrong::new(format!("expected {expected}, found {}", seen(at.node)), help)
}
