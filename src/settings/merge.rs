//! Blocks over each other, filled in for one volume: the fields of one side of a mover.

use super::template::{Missing, Values, has_placeholder};
use super::{Entry, FieldPath, Place, Problem, Settings, What, Wrong, read};
use crate::api::fields::{FIELDS, position};
use crate::api::mover::{Mover, Side};
use crate::object::{Mark, Node, Value as NodeValue};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// A block, by the place it has among others.
#[derive(Debug, Clone, Copy)]
pub enum Layer<'s> {
    /// `defaults`, whose storage class is for volumes that name none themselves.
    Defaults(&'s Settings),
    /// `retain` of the tier.
    TierRetain(&'s Value),
    /// Any other.
    Block(&'s Settings),
}

impl<'s> Layer<'s> {
    /// Returns the block; a tier has none.
    pub fn block(self) -> Option<&'s Settings> {
        match self {
            Self::Defaults(block) | Self::Block(block) => Some(block),
            Self::TierRetain(_) => None,
        }
    }
}

/// The fields of one side of a mover, in their order.
#[derive(Debug, Default)]
pub struct Merged {
    /// The fields.
    pub fields: Map<String, Value>,
    /// What is wrong with them, with the place that says so.
    pub problems: Vec<(Wrong, Place)>,
    /// The placeholders that stand for nothing, with their fields' places.
    pub missing: Vec<(Missing, Place)>,
}

struct Slot<'s> {
    value: std::borrow::Cow<'s, Value>,
    place: &'s Place,
}

/// Puts blocks over each other, the weakest first, for one side of a mover.
pub fn merge(layers: &[Layer<'_>], mover: Mover, side: Side, values: &Values<'_>) -> Merged {
    let nowhere = Place::default();
    let mut slots: Vec<Option<Slot<'_>>> = FIELDS.iter().map(|_| None).collect();
    for layer in layers {
        let block = match layer {
            Layer::TierRetain(retain) => {
                if let (Side::Source, Some(at)) = (side, position("retain")) {
                    let value = std::borrow::Cow::Borrowed(*retain);
                    slots[at] = Some(Slot { value, place: &nowhere });
                }
                continue;
            }
            Layer::Defaults(block) | Layer::Block(block) => block,
        };
        for path in block.omit.iter().filter(|path| path.side.is_none_or(|of| of == side)) {
            leave_out(&mut slots[path.field], path);
        }
        for of in [None, Some(side)] {
            for entry in block.entries.iter().filter(|entry| entry.path.side == of) {
                let is_fallback = matches!(layer, Layer::Defaults(_));
                if counts(entry, mover, side, is_fallback, values) {
                    put(&mut slots[entry.path.field], entry);
                }
            }
        }
    }
    let mut merged = Merged::default();
    for (field, slot) in FIELDS.iter().zip(slots) {
        let Some(Slot { value, place }) = slot else { continue };
        let filled = match values.fill_value(&value) {
            Ok(None) => continue,
            Ok(Some(filled)) => filled,
            Err(missing) => {
                merged.missing.push((missing, place.clone()));
                continue;
            }
        };
        if filled.as_object().is_some_and(Map::is_empty) {
            continue;
        }
        if has_template(&value) {
            merged.check(field, &filled, place);
        }
        for part in field.group().iter().filter(|part| !part.is_of(mover, side)) {
            if filled.get(part.name).is_some() {
                let message = format!("{} of {} has no `{}`", field.name, mover.id(), part.name);
                let help = format!("remove it, or set another mover than {}", mover.id());
                merged.problems.push((Wrong::new(message, help), place.clone()));
            }
        }
        merged.fields.insert(field.name.to_owned(), filled);
    }
    for (key, value) in layers.iter().filter_map(|l| l.block()).flat_map(|b| b.unchecked(side)) {
        match values.fill_value(value) {
            Ok(filled) => merged.fields.extend(filled.map(|filled| (key.clone(), filled))),
            Err(missing) => {
                let place = Place(format!("unchecked.{}.{key}", side.id()).into());
                merged.missing.push((missing, place));
            }
        }
    }
    merged
}

impl Merged {
    /// Checks what placeholders came to.
    fn check(&mut self, field: &crate::api::fields::Field, filled: &Value, place: &Place) {
        let mut problems = Vec::new();
        read::field(field, &node(filled), &[field.name.to_owned()], &mut problems);
        for Problem { path, what, .. } in problems {
            let wrong = match what {
                What::Wrong(Wrong { message, help }) => {
                    Wrong { message: format!("{}: {message}", path.join(".")), help }
                }
                What::UnknownKey(_) => Wrong::new("it has an unknown key", "remove it"),
            };
            self.problems.push((wrong, place.clone()));
        }
    }
}

/// Returns whether an entry is about a side of a mover.
fn counts(entry: &Entry, mover: Mover, side: Side, is_fallback: bool, values: &Values<'_>) -> bool {
    let field = &FIELDS[entry.path.field];
    let shared = entry.path.side.is_none();
    match field.name {
        // A restore needs a snapshot, whatever backups are copied by.
        "copyMethod" if shared && side == Side::Destination => false,
        "storageClassName" if shared && is_fallback => {
            values.storage_class.is_none_or(str::is_empty)
        }
        _ => field.is_of(mover, side),
    }
}

fn put<'s>(slot: &mut Option<Slot<'s>>, entry: &'s Entry) {
    let Some(part) = entry.path.part else {
        let value = std::borrow::Cow::Borrowed(&entry.value);
        *slot = Some(Slot { value, place: &entry.place });
        return;
    };
    let mut map = match slot.take() {
        Some(Slot { value, .. }) => value.as_object().cloned().unwrap_or_default(),
        None => Map::new(),
    };
    map.insert(part.name.to_owned(), entry.value.clone());
    // In the order of the table, whatever was set first.
    let parts = FIELDS[entry.path.field].group();
    let ordered: Map<String, Value> = parts
        .iter()
        .filter_map(|part| Some((part.name.to_owned(), map.remove(part.name)?)))
        .collect();
    let value = std::borrow::Cow::Owned(Value::Object(ordered));
    *slot = Some(Slot { value, place: &entry.place });
}

fn leave_out(slot: &mut Option<Slot<'_>>, path: &FieldPath) {
    match (path.part, slot.as_mut()) {
        (None, _) => *slot = None,
        (Some(part), Some(slot)) => {
            if let Value::Object(map) = slot.value.to_mut() {
                map.shift_remove(part.name);
            }
        }
        (Some(_), None) => {}
    }
}

fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => has_placeholder(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(map) => map.values().any(has_template),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as a node without a place.
fn node(value: &Value) -> Node {
    let value = match value {
        Value::Null => NodeValue::Null,
        Value::Bool(flag) => NodeValue::Bool(*flag),
        Value::Number(number) => NodeValue::Number(number.clone()),
        Value::String(text) => NodeValue::String(text.into()),
        Value::Array(items) => NodeValue::Sequence(items.iter().map(node).collect()),
        Value::Object(map) => NodeValue::Mapping(
            map.iter()
                .map(|(key, value)| crate::object::Entry {
                    key: key.into(),
                    mark: Mark::default(),
                    value: node(value),
                })
                .collect(),
        ),
    };
    Node { value, mark: Mark::default() }
}

/// Returns the shape that a mover's pair has where nothing is configured.
pub fn built_in(mover: Mover) -> &'static Settings {
    static KOPIA: LazyLock<Settings> = LazyLock::new(|| {
        let retain = json!({"hourly": 24, "daily": 7, "weekly": 4, "monthly": 2});
        let shape = [
            ("repository", json!("volsync-kopia-repository")),
            ("compression", json!("zstd-fastest")),
            ("parallelism", json!(2)),
            ("retain", retain),
        ];
        shaped(&shape)
    });
    static RESTIC: LazyLock<Settings> = LazyLock::new(|| shaped(&[]));
    match mover {
        Mover::Kopia => &KOPIA,
        Mover::Restic => &RESTIC,
    }
}

/// What both movers have, and what one has beside it.
fn shaped(own: &[(&str, Value)]) -> Settings {
    let class = "{storageClass}";
    let shared = [
        (None, "storageClassName", json!(class)),
        (None, "copyMethod", json!("Snapshot")),
        (Some(Side::Destination), "copyMethod", json!("Snapshot")),
        (Some(Side::Destination), "accessModes", json!("{accessModes}")),
        (Some(Side::Destination), "capacity", json!("{capacity}")),
    ];
    let own = own.iter().map(|(name, value)| (None, *name, value.clone()));
    let mut settings = Settings::default();
    for (side, name, value) in shared.into_iter().chain(own) {
        if let Some(field) = position(name) {
            let path = FieldPath { side, field, part: None };
            let place = Place("the built-in default".into());
            settings.set(Entry { path, value, place });
        }
    }
    settings
}
