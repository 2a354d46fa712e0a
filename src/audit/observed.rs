//! What was seen of a cluster, reduced to what the engine reads.
//!
//! Takes objects in any order, keeps the newest of each identity, and gives look-ups. What was
//! not looked at is told apart from what is not there: see [`Coverage`].

mod collect;
mod reduce;

use super::finding::Evidence;
use crate::object::Object;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub use collect::{Collected, collect};
pub use reduce::{Reduced, reduce};

/// The kinds that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Volumes.
    PersistentVolumeClaim,
    /// Namespaces.
    Namespace,
    /// "Back this up".
    ReplicationSource,
    /// "Restore it".
    ReplicationDestination,
    /// Snapshots that destinations made.
    VolumeSnapshot,
    /// Classes of volumes.
    StorageClass,
    /// Classes of snapshots.
    VolumeSnapshotClass,
    /// Argo CD's applications.
    Application,
    /// What makes the Secrets of repositories.
    ExternalSecret,
    /// Which APIs are installed.
    CustomResourceDefinition,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::PersistentVolumeClaim,
        Self::Namespace,
        Self::ReplicationSource,
        Self::ReplicationDestination,
        Self::VolumeSnapshot,
        Self::StorageClass,
        Self::VolumeSnapshotClass,
        Self::Application,
        Self::ExternalSecret,
        Self::CustomResourceDefinition,
    ];

    /// The kind's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::Namespace => "Namespace",
            Self::ReplicationSource => "ReplicationSource",
            Self::ReplicationDestination => "ReplicationDestination",
            Self::VolumeSnapshot => "VolumeSnapshot",
            Self::StorageClass => "StorageClass",
            Self::VolumeSnapshotClass => "VolumeSnapshotClass",
            Self::Application => "Application",
            Self::ExternalSecret => "ExternalSecret",
            Self::CustomResourceDefinition => "CustomResourceDefinition",
        }
    }

    /// The API group it is in.
    pub fn group(self) -> &'static str {
        match self {
            Self::PersistentVolumeClaim | Self::Namespace => "",
            Self::ReplicationSource | Self::ReplicationDestination => "volsync.backube",
            Self::VolumeSnapshot | Self::VolumeSnapshotClass => "snapshot.storage.k8s.io",
            Self::StorageClass => "storage.k8s.io",
            Self::Application => "argoproj.io",
            Self::ExternalSecret => "external-secrets.io",
            Self::CustomResourceDefinition => "apiextensions.k8s.io",
        }
    }

    /// The name in addresses of the API.
    pub fn plural(self) -> &'static str {
        match self {
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::Namespace => "namespaces",
            Self::ReplicationSource => "replicationsources",
            Self::ReplicationDestination => "replicationdestinations",
            Self::VolumeSnapshot => "volumesnapshots",
            Self::StorageClass => "storageclasses",
            Self::VolumeSnapshotClass => "volumesnapshotclasses",
            Self::Application => "applications",
            Self::ExternalSecret => "externalsecrets",
            Self::CustomResourceDefinition => "customresourcedefinitions",
        }
    }

    /// Returns whether no proof hangs on it: that it was not seen is told, and decides nothing.
    pub fn is_optional(self) -> bool {
        match self {
            Self::Namespace
            | Self::Application
            | Self::ExternalSecret
            | Self::CustomResourceDefinition => true,
            Self::PersistentVolumeClaim
            | Self::ReplicationSource
            | Self::ReplicationDestination
            | Self::VolumeSnapshot
            | Self::StorageClass
            | Self::VolumeSnapshotClass => false,
        }
    }
}

/// An identity: namespace, empty for what is in none, and name.
pub type Key = (String, String);

/// An object to which a volume may belong by another name than its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'o> {
    /// A volume.
    Volume(&'o Key, &'o Volume),
    /// A source.
    Source(&'o Key, &'o Replication),
    /// A destination.
    Destination(&'o Key, &'o Replication),
    /// What makes a Secret.
    ExternalSecret(&'o Key, &'o ExternalSecret),
    /// An application.
    Application(&'o Key),
}

/// An object of the cluster: who it is, and the part of it that is compared.
#[derive(Debug, Clone)]
pub struct Live {
    /// Its kind.
    pub kind: Kind,
    /// Identity, labels, annotations and spec; nothing else is kept, and of a snapshot or a
    /// definition its identity alone.
    pub object: Object,
    /// `metadata.uid`.
    pub uid: Option<String>,
    /// `metadata.resourceVersion`.
    pub resource_version: Option<String>,
    /// Whether it is being deleted: it is still there, and nothing can be built on it.
    pub is_going: bool,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// When it was read.
    pub observed_at: Timestamp,
}

/// What VolSync says of a source or a destination.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// When it last succeeded.
    pub last_sync: Option<Timestamp>,
    /// Since when it is running, if it is.
    pub last_sync_start: Option<Timestamp>,
    /// How long the last success took.
    pub last_sync_duration: Option<SignedDuration>,
    /// When it will run next.
    pub next_sync: Option<Timestamp>,
    /// The token of the last success by a manual trigger.
    pub last_manual_sync: Option<String>,
    /// `latestMoverStatus.result`: `Successful` or `Failed`.
    pub result: Option<String>,
    /// `latestMoverStatus.logs`: the mover's last words.
    pub logs: Option<String>,
    /// The condition `Synchronizing`: reason and message.
    pub synchronizing: Option<(String, String)>,
    /// Of a destination: what a volume would be populated from.
    pub latest_image: Option<ImageRef>,
    /// Of a kopia destination: how many snapshots it found, where it says so.
    pub snapshots_found: Option<i64>,
}

/// A reference to what a volume is populated from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// Its API group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A source or a destination.
#[derive(Debug, Clone)]
pub struct Replication {
    /// The object.
    pub live: Live,
    /// What VolSync says of it.
    pub status: Status,
}

/// A volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// The object.
    pub live: Live,
    /// `status.phase`.
    pub phase: Option<String>,
}

/// A snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The object.
    pub live: Live,
    /// `status.readyToUse`.
    pub ready: Option<bool>,
    /// `status.creationTime`.
    pub taken: Option<Timestamp>,
    /// `status.error.message`.
    pub error: Option<String>,
}

/// A class of volumes or of snapshots.
#[derive(Debug, Clone)]
pub struct Class {
    /// The object.
    pub live: Live,
    /// The driver behind it.
    pub driver: Option<String>,
    /// Whether it is meant where none is named.
    pub is_default: bool,
}

/// An application of Argo CD.
#[derive(Debug, Clone)]
pub struct Application {
    /// The object.
    pub live: Live,
    /// `status.sync.status`.
    pub sync: Option<String>,
    /// `status.sync.revision`, or `revisions` where it has several sources.
    pub revisions: Vec<String>,
    /// `status.operationState.phase`: how the last sync ended.
    pub phase: Option<String>,
    /// Conditions that are errors: type and message.
    pub errors: Vec<(String, String)>,
}

/// What makes a Secret.
#[derive(Debug, Clone)]
pub struct ExternalSecret {
    /// The object.
    pub live: Live,
    /// The Secret that it makes.
    pub target: String,
    /// The condition `Ready`: its status and message.
    pub ready: Option<(bool, String)>,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// `status.syncedResourceVersion`, which starts with the generation that was synced.
    pub synced: Option<String>,
}

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
    /// Volumes. What there is many of stands behind a pointer: the nodes of a map that was
    /// filled in order are half empty.
    pub volumes: BTreeMap<Key, Box<Volume>>,
    /// Namespaces.
    pub namespaces: BTreeMap<Key, Live>,
    /// Sources.
    pub sources: BTreeMap<Key, Box<Replication>>,
    /// Destinations.
    pub destinations: BTreeMap<Key, Box<Replication>>,
    /// Snapshots.
    pub snapshots: BTreeMap<Key, Box<Snapshot>>,
    /// Classes of volumes.
    pub storage_classes: BTreeMap<Key, Class>,
    /// Classes of snapshots.
    pub snapshot_classes: BTreeMap<Key, Class>,
    /// Applications.
    pub applications: BTreeMap<Key, Application>,
    /// What makes Secrets.
    pub external_secrets: BTreeMap<Key, ExternalSecret>,
    /// Which APIs are installed.
    pub definitions: BTreeMap<Key, Live>,
}

impl Observed {
    /// Makes an observation of nothing.
    pub fn new(observed_at: Timestamp) -> Self {
        Self {
            observed_at,
            listed: BTreeSet::new(),
            volumes: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            sources: BTreeMap::new(),
            destinations: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            storage_classes: BTreeMap::new(),
            snapshot_classes: BTreeMap::new(),
            applications: BTreeMap::new(),
            external_secrets: BTreeMap::new(),
            definitions: BTreeMap::new(),
        }
    }

    /// Returns every object to which a volume may belong by another name than its own.
    pub(super) fn relevant(&self) -> impl Iterator<Item = Seen<'_>> {
        let volumes = self.volumes.iter().map(|(key, pvc)| Seen::Volume(key, pvc));
        let sources = self.sources.iter().map(|(key, rs)| Seen::Source(key, rs));
        let destinations = self.destinations.iter().map(|(key, rd)| Seen::Destination(key, rd));
        let secrets = self.external_secrets.iter();
        let secrets = secrets.map(|(key, secret)| Seen::ExternalSecret(key, secret));
        let applications = self.applications.keys().map(Seen::Application);
        volumes.chain(sources).chain(destinations).chain(secrets).chain(applications)
    }

    /// Returns one of them.
    pub(super) fn seen(&self, kind: Kind, key: &Key) -> Option<Seen<'_>> {
        match kind {
            Kind::PersistentVolumeClaim => {
                self.volumes.get_key_value(key).map(|(key, pvc)| Seen::Volume(key, pvc))
            }
            Kind::ReplicationSource => {
                self.sources.get_key_value(key).map(|(key, rs)| Seen::Source(key, rs))
            }
            Kind::ReplicationDestination => {
                self.destinations.get_key_value(key).map(|(key, rd)| Seen::Destination(key, rd))
            }
            Kind::ExternalSecret => self
                .external_secrets
                .get_key_value(key)
                .map(|(key, secret)| Seen::ExternalSecret(key, secret)),
            Kind::Application => {
                self.applications.get_key_value(key).map(|(key, _)| Seen::Application(key))
            }
            Kind::Namespace
            | Kind::VolumeSnapshot
            | Kind::StorageClass
            | Kind::VolumeSnapshotClass
            | Kind::CustomResourceDefinition => None,
        }
    }

    /// Says that a kind can no longer be seen: nothing is known of it.
    pub fn unlist(&mut self, kind: Kind) {
        self.listed.remove(&kind);
        for key in self.keys(kind) {
            self.remove(kind, &key);
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

impl Live {
    /// Returns its namespace; empty for what is in none.
    pub fn namespace(&self) -> &str {
        self.object.id.namespace.as_deref().unwrap_or_default()
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.object.id.name
    }

    /// Returns a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.object.node.text_at(&["metadata", "labels", key])
    }

    /// Returns an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.object.node.text_at(&["metadata", "annotations", key])
    }

    /// Returns its address in the cluster's API.
    pub fn path(&self) -> String {
        let version = &self.object.id.api_version;
        let root = if version.contains('/') { "apis" } else { "api" };
        let plural = self.kind.plural();
        match self.object.id.namespace.as_deref() {
            Some(namespace) => {
                format!("{root}/{version}/namespaces/{namespace}/{plural}/{}", self.name())
            }
            None => format!("{root}/{version}/{plural}/{}", self.name()),
        }
    }

    /// Makes evidence of one of its fields.
    pub fn evidence(&self, field: &str, value: impl Into<Value>) -> Evidence {
        Evidence {
            object: self.path(),
            field: field.to_owned(),
            value: value.into(),
            resource_version: self.resource_version.clone(),
            observed_at: Some(self.observed_at),
        }
    }
}
