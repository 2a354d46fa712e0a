//! A layer's keys → raw structs, with every wrong key and every wrong type reported.

use super::de::{De, Error, Problem};
use super::keys::{COMPOSITE, KEYS};
use super::layer::{Layer, Origin, invalid};
use super::raw::RawConfig;
use crate::api::suggest::nearest;
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Entry, Mark, Node, Value};
use crate::settings::{MAPPING, Wrong, expected};
use serde::Deserialize;

/// How many keys are listed where none is near.
const LISTED: usize = 12;

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
            Problem::UnknownKey { known } => unknown(layer, &path, at.key, known),
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

/// Says that a key does not exist.
pub(super) fn unknown(layer: &Layer, path: &[&str], mark: Mark, known: &[&str]) -> Diagnostic {
    let (key, parent) = match path.split_last() {
        Some((key, parent)) => (*key, parent.join(".")),
        None => ("", String::new()),
    };
    let place = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
    let message = format!("unknown key `{key}`{place}");
    let found = match &layer.origin {
        Origin::File { .. } => Diagnostic::new(Code::InvalidConfig, message),
        Origin::Flag | Origin::Environment => invalid(&layer.name(&path.join(".")), &message),
    };
    let found = found.help(suggest(key, known));
    Diagnostic { location: layer.location(mark), ..found }
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
        None if known.len() > LISTED => "docs/configuration.md lists the keys".to_owned(),
        None => format!("the keys here are {}", known.join(", ")),
    }
}

/// Says that a value is of another type than expected, and how to write it.
fn retype(what: &str, at: &Place<'_>) -> Wrong {
    let is_tier = at.path.len() == 2 && at.path.first().is_some_and(|key| key == "tiers");
    let wrong = expected(what, at.node);
    if what != MAPPING || !is_tier {
        return wrong;
    }
    let help = match at.node.as_str() {
        Some(cron) => format!("write `{{schedule: \"{cron}\"}}`"),
        None => "write `{schedule: \"{minute} 2 * * *\"}`, or remove the tier".to_owned(),
    };
    Wrong { help, ..wrong }
}
