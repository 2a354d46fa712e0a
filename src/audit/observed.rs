//! What was seen of a cluster, reduced to what the engine reads.
//!
//! Takes objects in any order, keeps the newest of each identity, and gives look-ups. Objects are
//! kept packed, and read where they are looked at: a [`Desk`] holds what is being looked at. What
//! was not looked at is told apart from what is not there: see [`Coverage`].

mod collect;
mod kept;
mod kind;
mod object;
mod reduce;
mod trim;

use super::key::{Key, settle};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub use collect::{Collected, collect};
pub(super) use kept::Desk;
pub use kept::{Kept, keep};
pub use kind::Kind;
pub(super) use object::{
    Application, Class, ExternalSecret, ImageRef, Live, Replication, Snapshot, Status, Volume,
};
pub(super) use reduce::Reduced;

/// What can be known of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// It was listed: what is not here does not exist.
    Listed,
    /// It was not looked at, or could not be.
    Unseen,
}

/// What was seen of a cluster.
#[derive(Debug, Clone)]
pub struct Observed {
    /// When it was read.
    pub observed_at: Timestamp,
    listed: BTreeSet<Kind>,
    kept: BTreeMap<Kind, BTreeMap<Key, Kept>>,
    /// Classes of volumes, read: they are few, and every volume looks at all of them.
    pub storage_classes: BTreeMap<Key, Class>,
    /// Classes of snapshots, read.
    pub snapshot_classes: BTreeMap<Key, Class>,
}

impl Observed {
    /// Makes an observation of nothing.
    pub fn new(observed_at: Timestamp) -> Self {
        Self {
            observed_at,
            listed: BTreeSet::new(),
            kept: BTreeMap::new(),
            storage_classes: BTreeMap::new(),
            snapshot_classes: BTreeMap::new(),
        }
    }

    /// Adds an object; of two with one identity the newer stays, whatever their order.
    pub fn insert(&mut self, kind: Kind, key: Key, object: Kept) {
        let known = self.of(kind).and_then(|of| of.get(&key));
        if known.is_none_or(|known| known.is_older(&object, kind)) {
            self.put(kind, key, object);
        }
    }

    /// Leaves no room in what is kept of a kind.
    pub(super) fn settle(&mut self, kind: Kind) {
        self.kept.get_mut(&kind).into_iter().for_each(settle);
    }

    /// Adds an object in the place of any other state of it.
    pub(super) fn put(&mut self, kind: Kind, key: Key, object: Kept) {
        match object.read_if_class(kind) {
            Some(Reduced::StorageClass(class)) => {
                drop(self.storage_classes.insert(key.clone(), class));
            }
            Some(Reduced::SnapshotClass(class)) => {
                drop(self.snapshot_classes.insert(key.clone(), class));
            }
            Some(_) | None => {}
        }
        self.kept.entry(kind).or_default().insert(key, object);
    }

    /// Takes an object away.
    pub fn remove(&mut self, kind: Kind, key: &Key) {
        if let Some(of) = self.kept.get_mut(&kind) {
            of.remove(key);
        }
        match kind {
            Kind::StorageClass => drop(self.storage_classes.remove(key)),
            Kind::VolumeSnapshotClass => drop(self.snapshot_classes.remove(key)),
            Kind::PersistentVolumeClaim
            | Kind::Namespace
            | Kind::ReplicationSource
            | Kind::ReplicationDestination
            | Kind::VolumeSnapshot
            | Kind::Application
            | Kind::ExternalSecret
            | Kind::CustomResourceDefinition => {}
        }
    }

    fn of(&self, kind: Kind) -> Option<&BTreeMap<Key, Kept>> {
        self.kept.get(&kind)
    }

    /// Counts the objects of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.of(kind).map_or(0, BTreeMap::len)
    }

    /// Names every object of a kind, in order.
    pub fn keys(&self, kind: Kind) -> impl Iterator<Item = &Key> {
        self.of(kind).into_iter().flat_map(BTreeMap::keys)
    }

    /// Returns whether an object was seen.
    pub fn contains(&self, kind: Kind, key: &Key) -> bool {
        self.of(kind).is_some_and(|of| of.contains_key(key))
    }

    /// Reads an object.
    pub fn read(&self, kind: Kind, key: &Key) -> Option<Reduced> {
        Some(self.of(kind)?.get(key)?.read(kind))
    }

    /// Reads every object of a kind, one after the other.
    pub fn read_all(&self, kind: Kind) -> impl Iterator<Item = (&Key, Reduced)> {
        self.of(kind).into_iter().flatten().map(move |(key, object)| (key, object.read(kind)))
    }

    /// Says that a kind can no longer be seen: nothing is known of it.
    pub fn unlist(&mut self, kind: Kind) {
        self.listed.remove(&kind);
        let keys: Vec<Key> = self.keys(kind).cloned().collect();
        for key in &keys {
            self.remove(kind, key);
        }
    }

    /// Says that a kind was listed.
    pub fn list(&mut self, kind: Kind) {
        self.listed.insert(kind);
    }

    /// Returns what can be known of a kind.
    pub fn coverage(&self, kind: Kind) -> Coverage {
        if self.listed.contains(&kind) { Coverage::Listed } else { Coverage::Unseen }
    }

    /// Returns whether nothing was seen at all.
    pub fn is_blind(&self) -> bool {
        self.listed.is_empty()
    }
}
