//! Objects as they are kept, and what is read of them for a while.

use super::reduce::{Reduced, read};
use super::trim::trim;
use super::{
    Application, ExternalSecret, Key, Kind, Live, Observed, Replication, Snapshot, Volume,
};
use crate::audit::intended::Wired;
use crate::audit::packed::{Packed, Packer};
use crate::object::Node;
use elsa::{FrozenMap, FrozenVec};
use jiff::Timestamp;
use std::cmp::Ordering;
use std::fmt;

/// An object of the cluster as it is kept: what is read of it, packed.
#[derive(Debug, Clone)]
pub struct Kept {
    observed_at: Timestamp,
    packed: Packed,
}

/// Takes what is read of an object of a kind, in a version of its API, and tells what could not be
/// understood of it; no object where it has no name.
pub fn keep(
    kind: Kind,
    version: &str,
    packer: &Packer,
    node: &Node,
    observed_at: Timestamp,
) -> (Option<(Key, Kept)>, Vec<String>) {
    let (reduced, problems) = read(kind, trim(kind, version, node), observed_at);
    let kept = reduced.map(|reduced| {
        let key = reduced.key();
        let of = key.of_volume();
        (key, Kept { observed_at, packed: packer.pack_node(&reduced.live().node, &of) })
    });
    (kept, problems)
}

impl Kept {
    /// Reads it.
    ///
    /// # Panics
    /// Never: only what has a name is kept.
    pub fn read(&self, kind: Kind) -> Reduced {
        let (reduced, _) = read(kind, self.packed.node(), self.observed_at);
        reduced.expect("an object that has a name")
    }

    /// Reads it where it is a class.
    pub(super) fn read_if_class(&self, kind: Kind) -> Option<Reduced> {
        matches!(kind, Kind::StorageClass | Kind::VolumeSnapshotClass).then(|| self.read(kind))
    }

    /// Returns whether it is older than another state of the object. Versions that are no numbers,
    /// and equal ones, are told apart by what they hold.
    pub(super) fn is_older(&self, other: &Self, kind: Kind) -> bool {
        let version = |kept: &Self| {
            let version = kept.read(kind).live().resource_version.clone().unwrap_or_default();
            (version.parse::<u128>().unwrap_or_default(), version)
        };
        let content = |kept: &Self| (kept.packed.text(), kept.observed_at);
        let order = version(self).cmp(&version(other));
        order.then_with(|| content(self).cmp(&content(other))) == Ordering::Less
    }
}

/// What is being looked at: objects that were read, each once, for as long as the desk is there.
#[derive(Default)]
pub struct Desk {
    live: FrozenMap<(Kind, Key), Box<Reduced>>,
    rendered: FrozenVec<Box<Wired>>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("live", &self.live.len())
            .field("rendered", &self.rendered.len())
            .finish()
    }
}

impl Desk {
    /// Lays a rendered object on it.
    pub(in crate::audit) fn lay(&self, wired: Wired) -> &Wired {
        self.rendered.push_get(Box::new(wired))
    }

    fn read(&self, observed: &Observed, kind: Kind, key: &Key) -> Option<&Reduced> {
        let of = (kind, key.clone());
        if let Some(read) = self.live.get(&of) {
            return Some(read);
        }
        Some(self.live.insert(of, Box::new(observed.read(kind, key)?)))
    }

    /// Reads a volume.
    pub fn volume(&self, observed: &Observed, key: &Key) -> Option<&Volume> {
        let Reduced::Volume(read) = self.read(observed, Kind::PersistentVolumeClaim, key)? else {
            return None;
        };
        Some(read)
    }

    /// Reads a namespace.
    pub fn namespace(&self, observed: &Observed, key: &Key) -> Option<&Live> {
        let Reduced::Namespace(read) = self.read(observed, Kind::Namespace, key)? else {
            return None;
        };
        Some(read)
    }

    /// Reads a source.
    pub fn source(&self, observed: &Observed, key: &Key) -> Option<&Replication> {
        let Reduced::Source(read) = self.read(observed, Kind::ReplicationSource, key)? else {
            return None;
        };
        Some(read)
    }

    /// Reads a destination.
    pub fn destination(&self, observed: &Observed, key: &Key) -> Option<&Replication> {
        let Reduced::Destination(read) = self.read(observed, Kind::ReplicationDestination, key)?
        else {
            return None;
        };
        Some(read)
    }

    /// Reads a snapshot.
    pub fn snapshot(&self, observed: &Observed, key: &Key) -> Option<&Snapshot> {
        let Reduced::Snapshot(read) = self.read(observed, Kind::VolumeSnapshot, key)? else {
            return None;
        };
        Some(read)
    }

    /// Reads an application.
    pub fn application(&self, observed: &Observed, key: &Key) -> Option<&Application> {
        let Reduced::Application(read) = self.read(observed, Kind::Application, key)? else {
            return None;
        };
        Some(read)
    }

    /// Reads what makes a Secret.
    pub fn external_secret(&self, observed: &Observed, key: &Key) -> Option<&ExternalSecret> {
        let Reduced::ExternalSecret(read) = self.read(observed, Kind::ExternalSecret, key)? else {
            return None;
        };
        Some(read)
    }
}
