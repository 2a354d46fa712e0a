//! The settings block: the one unit of configuration, wherever it is written, and how blocks are
//! put over each other.
//!
//! Takes nodes, gives checked values and what is wrong with them. A value may hold placeholders,
//! which are filled in for each volume. Knows neither files nor labels.

mod merge;
mod read;
mod rules;
pub mod template;
#[cfg(test)]
mod tests;

pub use merge::{Layer, Merged, built_in, merge};
pub use read::{
    FLAG, LIST, MAPPING, NUMBER, Problem, TEXT, What, Wrong, expected, field, omit, path, seen,
    value,
};

use crate::api::fields::{FIELDS, Field};
use crate::api::mover::{Mover, Side};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// Where a value was written, in words: `plumber.yaml:12`. All places are equal: what a
/// configuration does hangs on its values alone.
#[derive(Debug, Clone, Default)]
pub struct Place(pub Arc<str>);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The text as it was written.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// The way to a field of a mover, or to one of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The side; both where none is named.
    pub side: Option<Side>,
    /// The field: a position in [`FIELDS`].
    pub field: usize,
    /// The part.
    pub part: Option<&'static Field>,
}

impl FieldPath {
    /// Returns whether this is the other, or holds it.
    fn holds(&self, other: &Self) -> bool {
        self.side == other.side
            && self.field == other.field
            && (self.part.is_none() || self.part == other.part)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(side) = self.side {
            write!(f, "{}.", side.id())?;
        }
        f.write_str(FIELDS[self.field].name)?;
        self.part.map_or(Ok(()), |part| write!(f, ".{}", part.name))
    }
}

/// The value of a field of a mover.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which field.
    pub path: FieldPath,
    /// The value, checked except for what its placeholders will stand for.
    pub value: Value,
    /// Where it was written.
    pub place: Place,
}

/// Under which name backups are kept.
#[derive(Debug, Clone, PartialEq)]
pub enum IdentityRule {
    /// Stated on both sides: the volume's name and namespace.
    Explicit,
    /// Left to VolSync's own rule.
    Inherit,
    /// Stated on both sides.
    Named {
        /// kopia's user name.
        username: Template,
        /// kopia's host name.
        hostname: Template,
    },
}

/// A manifest with placeholders.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The manifest.
    pub value: Value,
    /// Where it was written.
    pub place: Place,
}

/// Labels and annotations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra {
    /// Labels.
    pub labels: Map<String, Value>,
    /// Annotations.
    pub annotations: Map<String, Value>,
}

impl Extra {
    fn extend(&mut self, stronger: Self) {
        let Self { labels, annotations } = stronger;
        self.labels.extend(labels);
        self.annotations.extend(annotations);
    }
}

/// A settings block: what it says, and nothing else.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// What carries the data.
    pub mover: Option<Mover>,
    /// How often, where no label says it.
    pub tier: Option<String>,
    /// The source's name.
    pub source_name: Option<Template>,
    /// The destination's name.
    pub destination_name: Option<Template>,
    /// Under which name backups are kept.
    pub identity: Option<IdentityRule>,
    /// Whether there is no way back.
    pub backup_only: Option<bool>,
    /// The manual trigger of the destination.
    pub restore_trigger: Option<Template>,
    /// Fields of the mover.
    pub entries: Vec<Entry>,
    /// Fields that are left out though a lower block sets them.
    pub omit: Vec<FieldPath>,
    /// Fields of the source that VolSync's API does not have.
    pub unchecked_source: Map<String, Value>,
    /// Fields of the destination that VolSync's API does not have.
    pub unchecked_destination: Map<String, Value>,
    /// More labels and annotations of both objects.
    pub extra: Extra,
    /// Those of the source alone.
    pub source_extra: Extra,
    /// Those of the destination alone.
    pub destination_extra: Extra,
    /// The Secret or `ExternalSecret` that is rendered with them.
    pub repository_secret: Option<Manifest>,
    /// Which targets.
    pub targets: Option<Vec<String>>,
}

impl Settings {
    /// Puts a field's value into the block, over the one it has.
    pub fn set(&mut self, entry: Entry) {
        self.entries.retain(|known| !entry.path.holds(&known.path));
        // In one order, however they were written, so that equal blocks are equal.
        let key = |entry: &Entry| {
            let FieldPath { side, field, part } = &entry.path;
            let place =
                |part: &Field| FIELDS[*field].group().iter().position(|known| known == part);
            (*field, *side, part.and_then(place))
        };
        let at = self.entries.partition_point(|known| key(known) < key(&entry));
        self.entries.insert(at, entry);
    }

    /// Returns the value of a field for both sides.
    pub fn field(&self, name: &str) -> Option<&Value> {
        let is_it = |entry: &&Entry| {
            let FieldPath { side, field, part } = &entry.path;
            side.is_none() && part.is_none() && FIELDS[*field].name == name
        };
        self.entries.iter().find(is_it).map(|entry| &entry.value)
    }

    /// Returns the fields of a side that VolSync's API does not have.
    pub fn unchecked(&self, side: Side) -> &Map<String, Value> {
        match side {
            Side::Source => &self.unchecked_source,
            Side::Destination => &self.unchecked_destination,
        }
    }

    /// Returns the labels and annotations of a side, the weaker first.
    pub fn extras(&self, side: Side) -> [&Extra; 2] {
        match side {
            Side::Source => [&self.extra, &self.source_extra],
            Side::Destination => [&self.extra, &self.destination_extra],
        }
    }

    /// Puts a stronger block over this one, key by key.
    pub fn overlay(&mut self, stronger: Self) {
        let Self {
            mover,
            tier,
            source_name,
            destination_name,
            identity,
            backup_only,
            restore_trigger,
            entries,
            omit,
            unchecked_source,
            unchecked_destination,
            extra,
            source_extra,
            destination_extra,
            repository_secret,
            targets,
        } = stronger;
        over(&mut self.mover, mover);
        over(&mut self.tier, tier);
        over(&mut self.source_name, source_name);
        over(&mut self.destination_name, destination_name);
        over(&mut self.identity, identity);
        over(&mut self.backup_only, backup_only);
        over(&mut self.restore_trigger, restore_trigger);
        for path in &omit {
            self.entries.retain(|entry| !path.holds(&entry.path));
        }
        for entry in entries {
            self.set(entry);
        }
        self.omit.extend(omit);
        self.unchecked_source.extend(unchecked_source);
        self.unchecked_destination.extend(unchecked_destination);
        self.extra.extend(extra);
        self.source_extra.extend(source_extra);
        self.destination_extra.extend(destination_extra);
        over(&mut self.repository_secret, repository_secret);
        over(&mut self.targets, targets);
    }
}

/// Returns the manifest of a Secret without its values, for people.
pub fn hidden(secret: &Value) -> Value {
    let mut secret = secret.clone();
    for key in ["data", "stringData"] {
        let values = secret.get_mut(key).and_then(Value::as_object_mut);
        for (_, value) in values.into_iter().flatten() {
            *value = Value::from("(hidden)");
        }
    }
    secret
}

/// Puts a stronger value over a weaker one.
fn over<T>(slot: &mut Option<T>, stronger: Option<T>) {
    if stronger.is_some() {
        *slot = stronger;
    }
}
