//! A settings block as it is inferred, and as it is written.

use super::subject::field;
use super::values::canonical;
use crate::api::fields::{FIELDS, Field, position};
use crate::api::mover::{Mover, Side};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Which of the two objects a setting is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Both, as far as they have the field.
    Both,
    /// The source alone.
    Source,
    /// The destination alone.
    Destination,
}

impl Scope {
    pub(super) fn of(side: Side) -> Self {
        match side {
            Side::Source => Self::Source,
            Side::Destination => Self::Destination,
        }
    }
}

/// What a field is set to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Setting {
    /// A value, which may hold placeholders.
    Value(Value),
    /// Left out, though something lower sets it.
    Omit,
}

/// One setting of one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) scope: Scope,
    pub(super) field: String,
    pub(super) setting: Setting,
}

impl Item {
    /// Returns a key by which items are compared and ordered.
    pub(super) fn key(&self) -> (Scope, &str, String) {
        let value = match &self.setting {
            Setting::Value(value) => canonical(value),
            Setting::Omit => String::new(),
        };
        (self.scope, &self.field, value)
    }

    /// Returns the path by which the configuration knows the field.
    pub(super) fn path(&self) -> String {
        path(self.scope, &self.field)
    }
}

/// The path of a field. One that VolSync's API does not have stands apart.
fn path(scope: Scope, name: &str) -> String {
    let side = match scope {
        Scope::Source => Side::Source,
        Scope::Destination => Side::Destination,
        Scope::Both => return name.to_owned(),
    };
    let known = |known: &&Field| name.split('.').next() == Some(known.name);
    let is_known = FIELDS.iter().find(known).is_some_and(|field| field.is_of_side(side));
    if is_known || matches!(name, field::LABELS | field::ANNOTATIONS) {
        format!("{}.{name}", side.id())
    } else {
        format!("unchecked.{}.{name}", side.id())
    }
}

/// Settings by field.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Block {
    entries: BTreeMap<(Scope, String), Setting>,
}

impl Block {
    pub(super) fn set(&mut self, item: Item) {
        self.entries.insert((item.scope, item.field), item.setting);
    }

    /// Converts to the value that is written.
    pub(super) fn to_value(&self) -> Map<String, Value> {
        let mut map = Map::new();
        let mut omitted = Vec::new();
        for scope in [Scope::Both, Scope::Source, Scope::Destination] {
            let mut entries: Vec<(&str, &Setting)> = self
                .entries
                .iter()
                .filter(|((of, _), _)| *of == scope)
                .map(|((_, field), setting)| (field.as_str(), setting))
                .collect();
            entries.sort_by_key(|(field, _)| (rank(field), *field));
            for (name, setting) in entries {
                let path = path(scope, name);
                match setting {
                    Setting::Omit => omitted.push(Value::String(path)),
                    Setting::Value(value) => insert(&mut map, &path, value.clone()),
                }
            }
        }
        if !omitted.is_empty() {
            map.insert("omit".into(), Value::Array(omitted));
        }
        map
    }
}

/// Sets a value at a dotted path.
fn insert(map: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            map.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = map.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

/// The order in which fields are written: what people look for first, first.
fn rank(name: &str) -> usize {
    const FIRST: &[&str] = &[
        field::MOVER,
        field::TIER,
        field::TARGETS,
        "restore",
        "repository",
        field::SOURCE_NAME,
        field::DESTINATION_NAME,
        field::IDENTITY,
        field::BACKUP_ONLY,
        field::RESTORE_TRIGGER,
    ];
    let first = FIRST.iter().position(|known| *known == name);
    first.or_else(|| position(name).map(|at| FIRST.len() + at)).unwrap_or(usize::MAX)
}

/// Returns whether a side of a mover has a field in VolSync's API. What is no field of VolSync's
/// belongs to the pair as a whole.
pub(super) fn has(mover: Mover, side: Side, name: &str) -> bool {
    FIELDS.iter().find(|known| known.name == name).is_some_and(|known| known.is_of(mover, side))
}

/// Returns whether a name is a key of a block and no field of a mover.
pub(super) fn ours(name: &str) -> bool {
    matches!(
        name,
        field::SOURCE_NAME
            | field::DESTINATION_NAME
            | field::IDENTITY
            | field::RESTORE_TRIGGER
            | field::BACKUP_ONLY
            | field::TARGETS
            | field::TIER
            | field::MOVER
    )
}

/// Returns the scope in which a field of one side is written.
pub(super) fn scope_of(mover: Mover, side: Side, name: &str) -> Scope {
    let other = match side {
        Side::Source => Side::Destination,
        Side::Destination => Side::Source,
    };
    if ours(name) || has(mover, side, name) && !has(mover, other, name) {
        return Scope::Both;
    }
    Scope::of(side)
}
