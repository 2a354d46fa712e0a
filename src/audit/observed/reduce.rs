//! One trimmed object → the fields the engine reads. Total: a field that has no meaning is absent
//! and told.

use super::{
    Application, Class, ExternalSecret, ImageRef, Key, Kind, Live, Replication, Snapshot, Status,
    Volume,
};
use crate::audit::time;
use crate::object::{Node, Value};

/// Both classes mark the default with an annotation of their own group.
const DEFAULT_CLASSES: &[&str] = &[
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
    "snapshot.storage.kubernetes.io/is-default-class",
];

/// An object of the cluster, reduced to what the engine reads.
#[derive(Debug, Clone)]
pub enum Reduced {
    /// A volume.
    Volume(Volume),
    /// A namespace.
    Namespace(Live),
    /// A source.
    Source(Replication),
    /// A destination.
    Destination(Replication),
    /// A snapshot.
    Snapshot(Snapshot),
    /// A class of volumes.
    StorageClass(Class),
    /// A class of snapshots.
    SnapshotClass(Class),
    /// An application.
    Application(Application),
    /// What makes a Secret.
    ExternalSecret(ExternalSecret),
    /// An API that is installed.
    Definition(Live),
}

impl Reduced {
    /// Returns what all have.
    pub fn live(&self) -> &Live {
        match self {
            Self::Volume(volume) => &volume.live,
            Self::Source(half) | Self::Destination(half) => &half.live,
            Self::Snapshot(snapshot) => &snapshot.live,
            Self::StorageClass(class) | Self::SnapshotClass(class) => &class.live,
            Self::Application(application) => &application.live,
            Self::ExternalSecret(secret) => &secret.live,
            Self::Namespace(live) | Self::Definition(live) => live,
        }
    }

    fn live_mut(&mut self) -> &mut Live {
        match self {
            Self::Volume(volume) => &mut volume.live,
            Self::Source(half) | Self::Destination(half) => &mut half.live,
            Self::Snapshot(snapshot) => &mut snapshot.live,
            Self::StorageClass(class) | Self::SnapshotClass(class) => &mut class.live,
            Self::Application(application) => &mut application.live,
            Self::ExternalSecret(secret) => &mut secret.live,
            Self::Namespace(live) | Self::Definition(live) => live,
        }
    }

    /// Returns its identity: namespace, empty for what is in none, and name.
    pub fn key(&self) -> Key {
        Key::new(self.live().namespace(), self.live().name())
    }
}

/// What could not be understood of an object, each a few words.
type Problems = Vec<String>;

/// Reads what is kept of an object of a kind, and tells what could not be understood of it; no
/// object where it has no name.
pub(super) fn read(
    kind: Kind,
    node: Node,
    observed_at: jiff::Timestamp,
) -> (Option<Reduced>, Vec<String>) {
    let Some(live) = live(kind, &node, observed_at) else {
        return (None, vec!["has no metadata.name".to_owned()]);
    };
    let mut problems = Problems::new();
    let mut reader = Reader { node: &node, problems: &mut problems };
    let mut reduced = match kind {
        Kind::PersistentVolumeClaim => {
            Reduced::Volume(Volume { live, phase: reader.text(&["status", "phase"]) })
        }
        Kind::Namespace => Reduced::Namespace(live),
        Kind::ReplicationSource => Reduced::Source(Replication { live, status: reader.status() }),
        Kind::ReplicationDestination => {
            Reduced::Destination(Replication { live, status: reader.status() })
        }
        Kind::VolumeSnapshot => Reduced::Snapshot(Snapshot {
            ready: reader.flag(&["status", "readyToUse"]),
            taken: reader.time(&["status", "creationTime"]),
            error: reader.text(&["status", "error", "message"]),
            live,
        }),
        Kind::StorageClass => Reduced::StorageClass(reader.class(live, "provisioner")),
        Kind::VolumeSnapshotClass => Reduced::SnapshotClass(reader.class(live, "driver")),
        Kind::Application => Reduced::Application(reader.application(live)),
        Kind::ExternalSecret => Reduced::ExternalSecret(reader.external_secret(live)),
        Kind::CustomResourceDefinition => Reduced::Definition(live),
    };
    reduced.live_mut().node = node;
    (Some(reduced), problems)
}

/// Reads what all have; the node itself is put in when it was read.
fn live(kind: Kind, node: &Node, observed_at: jiff::Timestamp) -> Option<Live> {
    let text =
        |path: &[&str]| node.text_at(path).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Live {
        kind,
        version: text(&["apiVersion"]).unwrap_or_default(),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"])?,
        node: Node { value: Value::Null, mark: node.mark },
        uid: text(&["metadata", "uid"]),
        resource_version: text(&["metadata", "resourceVersion"]),
        is_going: text(&["metadata", "deletionTimestamp"]).is_some(),
        created: text(&["metadata", "creationTimestamp"]).as_deref().and_then(time::parse),
        observed_at,
    })
}

/// Reads fields, and collects what has no meaning.
struct Reader<'n, 'p> {
    node: &'n Node,
    problems: &'p mut Problems,
}

impl Reader<'_, '_> {
    fn value<T>(
        &mut self,
        path: &[&str],
        what: &str,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.node.at(path).filter(|node| !node.is_null())?;
        let value = read(node);
        if value.is_none() {
            self.problems.push(format!("has {} that is no {what}", path.join(".")));
        }
        value
    }

    fn text(&mut self, path: &[&str]) -> Option<String> {
        let text = self.value(path, "text", |node| node.as_str().map(str::to_owned));
        text.filter(|text| !text.is_empty())
    }

    fn time(&mut self, path: &[&str]) -> Option<jiff::Timestamp> {
        self.value(path, "time", |node| node.as_str().and_then(time::parse))
    }

    fn flag(&mut self, path: &[&str]) -> Option<bool> {
        self.value(path, "boolean", |node| match node.value {
            Value::Bool(flag) => Some(flag),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => None,
        })
    }

    fn whole(&mut self, path: &[&str]) -> Option<i64> {
        self.value(path, "number", |node| node.to_json().as_i64())
    }

    /// Returns the conditions: type, and the node.
    fn conditions(&self) -> Vec<(&str, &Node)> {
        let items = self.node.at(&["status", "conditions"]).and_then(Node::items);
        items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some((item.text_at(&["type"])?, item)))
            .collect()
    }

    fn status(&mut self) -> Status {
        let mover = |key| ["status", "latestMoverStatus", key];
        let synchronizing =
            self.conditions().into_iter().find(|(kind, _)| *kind == "Synchronizing").and_then(
                |(_, node)| {
                    let message = node.text_at(&["message"]).unwrap_or_default();
                    Some((node.text_at(&["reason"])?.to_owned(), message.to_owned()))
                },
            );
        let image = self.value(&["status", "latestImage"], "reference", |node| {
            Some(ImageRef {
                group: node.text_at(&["apiGroup"]).unwrap_or_default().to_owned(),
                kind: node.text_at(&["kind"])?.to_owned(),
                name: node.text_at(&["name"])?.to_owned(),
            })
        });
        Status {
            last_sync: self.time(&["status", "lastSyncTime"]),
            last_sync_start: self.time(&["status", "lastSyncStartTime"]),
            last_sync_duration: self.value(&["status", "lastSyncDuration"], "duration", |node| {
                node.as_str().and_then(time::parse_duration)
            }),
            next_sync: self.time(&["status", "nextSyncTime"]),
            last_manual_sync: self.text(&["status", "lastManualSync"]),
            result: self.text(&mover("result")),
            logs: self.text(&mover("logs")),
            synchronizing,
            latest_image: image,
            snapshots_found: self.whole(&["status", "kopia", "snapshotsFound"]),
        }
    }

    fn class(&mut self, live: Live, driver: &str) -> Class {
        let annotation = |key: &&str| self.node.text_at(&["metadata", "annotations", key]);
        let is_default = DEFAULT_CLASSES.iter().any(|key| annotation(key) == Some("true"));
        Class { live, driver: self.text(&[driver]), is_default }
    }

    fn application(&mut self, live: Live) -> Application {
        let errors = self
            .conditions()
            .into_iter()
            .filter(|(kind, _)| kind.ends_with("Error"))
            .map(|(kind, node)| {
                (kind.to_owned(), node.text_at(&["message"]).unwrap_or_default().to_owned())
            })
            .collect();
        Application {
            live,
            sync: self.text(&["status", "sync", "status"]),
            revisions: self.revisions(),
            phase: self.text(&["status", "operationState", "phase"]),
            errors,
        }
    }

    fn revisions(&mut self) -> Vec<String> {
        let several = self.node.at(&["status", "sync", "revisions"]).and_then(Node::items);
        let several = several.unwrap_or_default().iter().filter_map(Node::as_str);
        let mut revisions: Vec<String> = several.map(str::to_owned).collect();
        revisions.extend(self.text(&["status", "sync", "revision"]));
        revisions
    }

    fn external_secret(&mut self, live: Live) -> ExternalSecret {
        let ready = self.conditions().into_iter().find(|(kind, _)| *kind == "Ready").and_then(
            |(_, node)| {
                let message = node.text_at(&["message"]).unwrap_or_default();
                Some((node.text_at(&["status"])? == "True", message.to_owned()))
            },
        );
        ExternalSecret {
            target: self
                .text(&["spec", "target", "name"])
                .unwrap_or_else(|| live.name().to_owned()),
            ready,
            generation: self.whole(&["metadata", "generation"]),
            synced: self.text(&["status", "syncedResourceVersion"]),
            live,
        }
    }
}
