//! The objects of a volume that differ, as unified diffs.
//!
//! Only the volume's own manifest and VolSync's objects are shown; nothing else of the stream, a
//! Secret least of all.

use super::backup::name;
use super::side::Volume;
use crate::manifest::emit;
use serde_json::Value;
use similar::TextDiff;

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectChange {
    /// It is in HEAD alone.
    Added,
    /// It is in BASE alone.
    Removed,
    /// It is in both.
    Changed,
}

impl ObjectChange {
    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// An object that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectDiff {
    /// Its kind, or `volumeClaimTemplate`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How it differs.
    pub change: ObjectChange,
    /// The lines: three of context, each with its mark.
    pub diff: String,
}

/// Compares the objects of a volume.
pub(super) fn diffs(old: Option<&Volume>, new: Option<&Volume>) -> Vec<ObjectDiff> {
    let mut found = Vec::new();
    let claims = [old, new].map(|volume| volume.and_then(|volume| volume.claim.as_ref()));
    let kind = match claims[1].or(claims[0]).and_then(|claim| claim.set.as_ref()) {
        Some(_) => "volumeClaimTemplate",
        None => crate::api::volume::PVC,
    };
    let [before, after] = claims.map(|claim| claim.map(|claim| &claim.value));
    found.extend(diff(kind, before, after));
    for (kind, list) in [
        ("ReplicationSource", (|volume| &volume.sources) as fn(&Volume) -> &Vec<Value>),
        ("ReplicationDestination", |volume| &volume.destinations),
    ] {
        let [old, new] = [old, new].map(|volume| volume.map_or(&[][..], |volume| list(volume)));
        for before in old {
            let after = new.iter().find(|after| name(after) == name(before));
            found.extend(diff(kind, Some(before), after));
        }
        let added = new.iter().filter(|after| old.iter().all(|before| name(before) != name(after)));
        found.extend(added.filter_map(|after| diff(kind, None, Some(after))));
    }
    found
}

fn diff(kind: &str, old: Option<&Value>, new: Option<&Value>) -> Option<ObjectDiff> {
    let change = match (old, new) {
        (Some(old), Some(new)) if old == new => return None,
        (Some(_), Some(_)) => ObjectChange::Changed,
        (Some(_), None) => ObjectChange::Removed,
        (None, Some(_)) => ObjectChange::Added,
        (None, None) => return None,
    };
    let [before, after] =
        [old, new].map(|object| object.map_or(String::new(), |object| emit(object, 0, "\n")));
    let diff = TextDiff::from_lines(&before, &after).unified_diff().context_radius(3).to_string();
    let name = new.or(old).map_or("?", name).to_owned();
    Some(ObjectDiff { kind: kind.to_owned(), name, change, diff })
}
