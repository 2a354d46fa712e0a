//! Two sides → what happens to each volume, worst first.
//!
//! Takes what leaves the applications of both sides, gives a [`Comparison`] that reports show.
//! Nothing that could not be read counts as gone or as unchanged.

mod backup;
mod claim;
mod consequence;
mod content;
mod fields;
mod identity;
mod objects;
mod owners;
mod repository;
mod restore;
mod sentence;
mod side;

pub use consequence::Consequence;
pub use objects::{ObjectChange, ObjectDiff};
pub use sentence::{Part, Sentence, visible};
pub use side::{Application, Key, Side, Unread};

use crate::diagnostic::Diagnostic;
use crate::object::Location;
use crate::plan::Verdict;
use side::Volume;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that happens to a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing.
    pub consequence: Consequence,
    /// What it is here.
    pub message: Sentence,
    /// What was, where one value says it.
    pub old: Option<String>,
    /// What will be, where one value says it.
    pub new: Option<String>,
    /// What to do, where something better can be said than the consequence's own advice.
    pub fix: Option<Sentence>,
}

impl Change {
    fn new(consequence: Consequence, message: Sentence) -> Self {
        Self { consequence, message, old: None, new: None, fix: None }
    }

    fn values(mut self, old: Option<String>, new: Option<String>) -> Self {
        self.old = old;
        self.new = new;
        self
    }

    fn fix(mut self, fix: Sentence) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Returns what to do.
    pub fn advice(&self) -> Sentence {
        self.fix.clone().unwrap_or_else(|| Sentence::plain(self.consequence.fix()))
    }

    /// Returns what to do, unless that is nothing.
    pub fn remedy(&self) -> Option<Sentence> {
        let nothing = self.fix.is_none() && self.consequence.fix() == consequence::NOTHING;
        (!nothing).then(|| self.advice())
    }
}

/// What the plan of one side concludes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: Verdict,
    /// The deciding reason.
    pub reason: Option<Diagnostic>,
}

/// What happens to one volume.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeChange {
    /// The volume; of one that moves, its new name.
    pub key: Key,
    /// Of one that moves, its old name.
    pub moved_from: Option<Key>,
    /// Where it stands: in HEAD, or in BASE if it is gone.
    pub location: Option<Location>,
    /// What happens, worst first; never empty.
    pub changes: Vec<Change>,
    /// The plan's conclusion in BASE.
    pub base: Option<Conclusion>,
    /// The plan's conclusion in HEAD.
    pub head: Option<Conclusion>,
    /// The objects that differ.
    pub objects: Vec<ObjectDiff>,
}

impl VolumeChange {
    /// Returns the worst of what happens.
    pub fn worst(&self) -> Option<Consequence> {
        self.changes.iter().map(|change| change.consequence).min()
    }
}

/// What happens to every volume.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The volumes for which something changes, worst first.
    pub volumes: Vec<VolumeChange>,
    /// How many volumes there are on both sides together.
    pub total: usize,
    /// The applications of BASE that could not be read.
    pub unread_base: Vec<Unread>,
    /// The applications of HEAD that could not be read.
    pub unread_head: Vec<Unread>,
}

impl Comparison {
    /// Returns whether everything could be read, and nothing changes.
    pub fn is_same(&self) -> bool {
        self.volumes.is_empty() && self.is_complete()
    }

    /// Returns whether every application of both sides could be read.
    pub fn is_complete(&self) -> bool {
        self.unread_base.is_empty() && self.unread_head.is_empty()
    }

    /// Counts the volumes by the worst that happens to them, worst first.
    pub fn by_consequence(&self) -> BTreeMap<Consequence, usize> {
        let mut counts = BTreeMap::new();
        for worst in self.volumes.iter().filter_map(VolumeChange::worst) {
            *counts.entry(worst).or_default() += 1;
        }
        counts
    }
}

/// Puts the comparisons of several clusters together.
impl FromIterator<Self> for Comparison {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        let mut whole = Self::default();
        for Self { volumes, total, unread_base, unread_head } in all {
            whole.volumes.extend(volumes);
            whole.total += total;
            whole.unread_base.extend(unread_base);
            whole.unread_head.extend(unread_head);
        }
        whole.volumes.sort_by(|a, b| (a.worst(), &a.key).cmp(&(b.worst(), &b.key)));
        whole
    }
}

/// Compares two sides.
pub fn compare(mut base: Side, mut head: Side) -> Comparison {
    base.settle(&head);
    head.settle(&base);
    let moves = moves(&base, &head);
    let left: BTreeSet<&Key> = moves.values().copied().collect();
    let keys: BTreeSet<&Key> = base.volumes.keys().chain(head.volumes.keys()).collect();
    let total = keys.len() - left.len();
    let mut volumes: Vec<VolumeChange> = keys
        .into_iter()
        .filter(|key| !left.contains(key))
        .filter_map(|key| {
            let moved_from = moves.get(key).copied();
            let old = base.volumes.get(moved_from.unwrap_or(key));
            let new = head.volumes.get(key);
            let compared = Pair { key, old, new, moved_from, base: &base, head: &head };
            let mut changes = compared.changes(!base.unread.is_empty(), !head.unread.is_empty());
            // Stable: what was found first of one kind stays first.
            changes.sort_by_key(|change| change.consequence);
            merge(&mut changes);
            let known = changes.iter().all(|change| change.consequence.is_known());
            (!changes.is_empty()).then(|| VolumeChange {
                key: key.clone(),
                moved_from: moved_from.cloned(),
                location: new.or(old).and_then(|volume| volume.location.clone()),
                changes,
                base: old.and_then(conclusion),
                head: new.and_then(conclusion),
                objects: if known { objects::diffs(old, new) } else { Vec::new() },
            })
        })
        .collect();
    volumes.sort_by(|a, b| (a.worst(), &a.key).cmp(&(b.worst(), &b.key)));
    Comparison { volumes, total, unread_base: base.unread, unread_head: head.unread }
}

/// Makes one of what happens alike to several objects of a volume.
fn merge(changes: &mut Vec<Change>) {
    let alike = [Consequence::ClassChanged, Consequence::SettingsChanged, Consequence::SyncChanged];
    let mut merged: Vec<Change> = Vec::new();
    for change in changes.drain(..) {
        match merged.last_mut() {
            Some(last)
                if alike.contains(&change.consequence)
                    && (last.consequence, &last.old, &last.new, &last.fix)
                        == (change.consequence, &change.old, &change.new, &change.fix) =>
            {
                last.message =
                    std::mem::take(&mut last.message).and(", and ", &[]).then(change.message);
            }
            _ => merged.push(change),
        }
    }
    *changes = merged;
}

fn conclusion(volume: &Volume) -> Option<Conclusion> {
    volume.verdict.map(|verdict| Conclusion { verdict, reason: volume.reasons.first().cloned() })
}

/// Finds the volumes that are in another namespace of the same application: new name to old name.
fn moves<'s>(base: &'s Side, head: &'s Side) -> BTreeMap<&'s Key, &'s Key> {
    let alone = |side: &'s Side, other: &Side| {
        let mut found: BTreeMap<(&'s str, &'s str), Vec<&'s Key>> = BTreeMap::new();
        for (key, volume) in &side.volumes {
            let there = other.volumes.get(key).is_some_and(|volume| volume.claim.is_some());
            if volume.claim.is_some() && !there {
                found.entry((&volume.application, &key.name)).or_default().push(key);
            }
        }
        found
    };
    let (gone, new) = (alone(base, head), alone(head, base));
    new.into_iter()
        .filter_map(|(name, new)| match (new.as_slice(), gone.get(&name)?.as_slice()) {
            ([new], [old]) => Some((*new, *old)),
            _ => None,
        })
        .collect()
}

/// A volume on both sides.
#[derive(Clone, Copy)]
struct Pair<'s> {
    key: &'s Key,
    old: Option<&'s Volume>,
    new: Option<&'s Volume>,
    moved_from: Option<&'s Key>,
    /// All of BASE, for what its volumes hang on.
    base: &'s Side,
    /// All of HEAD, for what becomes of things elsewhere.
    head: &'s Side,
}

impl<'s> Pair<'s> {
    /// Returns the volume of HEAD, other than this one, that a source backs up.
    fn elsewhere(&self, is_it: impl Fn(&Key, &serde_json::Value) -> bool) -> Option<&'s Key> {
        let others = self.head.volumes.iter().filter(|(key, _)| *key != self.key);
        let mut found = others.filter(|(key, volume)| volume.sources.iter().any(|s| is_it(key, s)));
        found.next().map(|(key, _)| key)
    }

    fn changes(&self, base_unread: bool, head_unread: bool) -> Vec<Change> {
        let unknown = |message: &str| {
            vec![Change::new(Consequence::NotCompared, Sentence::new(message, &[]))]
        };
        if let Some(new) = self.new.filter(|new| !new.failing.is_empty()) {
            return new.failing.iter().map(would_not_render).collect();
        }
        if let Some(old) = self.old.filter(|old| !old.failing.is_empty()) {
            return old.failing.iter().map(unknown_before).collect();
        }
        if self.new.is_none() && head_unread {
            return unknown(
                "it is not in what could be read of HEAD, where an application could not be read: \
                 whether it is gone is unknown",
            );
        }
        if self.old.is_none() && base_unread {
            return unknown(
                "it is not in what could be read of BASE, where an application could not be read: \
                 whether it is new is unknown",
            );
        }
        let mut changes = claim::changes(self);
        changes.extend(backup::changes(self));
        restore::changes(self, &mut changes);
        changes.extend(repository::changes(self));
        changes
    }
}

fn would_not_render(found: &Diagnostic) -> Change {
    let change = Change::new(
        Consequence::WouldNotRender,
        told(found).and(
            "; nothing of the application would be applied, and the cluster would keep what it has",
            &[],
        ),
    );
    advised(change, found)
}

fn unknown_before(found: &Diagnostic) -> Change {
    let change = Change::new(
        Consequence::NotCompared,
        Sentence::plain("BASE does not render it, so what the cluster has is unknown: ")
            .then(Sentence::plain(&found.message)),
    );
    change.fix(Sentence::new("compare with a revision that renders it", &[]))
}

fn told(found: &Diagnostic) -> Sentence {
    let told = match &found.location {
        Some(place) => Sentence::new("{}: ", &[&place.to_string()]),
        None => Sentence::default(),
    };
    let Diagnostic { code, message, .. } = found;
    told.then(Sentence::plain(&format!("{}[{}]: {message}", found.severity().id(), code.id())))
}

fn advised(change: Change, found: &Diagnostic) -> Change {
    match &found.help {
        Some(help) => change.fix(Sentence::plain(help)),
        None => change,
    }
}
