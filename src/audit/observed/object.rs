//! The objects of a cluster as the engine reads them.

use super::Kind;
use crate::audit::finding::Evidence;
use crate::object::Node;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// What every object of the cluster has: who it is, and the part of it that is compared.
#[derive(Debug, Clone)]
pub struct Live {
    /// Its kind.
    pub kind: Kind,
    /// `apiVersion`.
    pub version: String,
    /// `metadata.namespace`; absent for what is in none.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// The object, without what nothing reads; of a snapshot or a definition the identity alone.
    pub node: Node,
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

impl Live {
    /// Returns its namespace; empty for what is in none.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.node.text_at(&["metadata", "labels", key])
    }

    /// Returns an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.node.text_at(&["metadata", "annotations", key])
    }

    /// Returns its address in the cluster's API.
    pub fn path(&self) -> String {
        let version = &self.version;
        let root = if version.contains('/') { "apis" } else { "api" };
        let plural = self.kind.plural();
        match self.namespace.as_deref() {
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
