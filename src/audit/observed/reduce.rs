//! One object of the cluster → the fields the engine reads. Total: a field that has no meaning is
//! absent and told.

use super::{
    Application, Class, ExternalSecret, ImageRef, Key, Kind, Live, Observed, Replication, Snapshot,
    Status, Volume,
};
use crate::audit::time;
use crate::object::{Entry, Location, Mark, Node, Object, ObjectRef, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

/// The metadata that is compared or shown, beside the identity.
const METADATA: &[&str] = &["labels", "annotations"];
/// An annotation that repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
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

    /// Returns its identity: namespace, empty for what is in none, and name.
    pub fn key(&self) -> Key {
        (self.live().namespace().to_owned(), self.live().name().to_owned())
    }
}

/// Returns the kind of an object that is looked at.
pub(super) fn kind_of(kind: &str, group: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|known| known.id() == kind && known.group() == group)
}

/// What could not be understood of an object, each a few words.
type Problems = Vec<String>;

/// Reads an object of a kind, in a version of its API, and what could not be understood of it;
/// no object where it has no name.
pub fn reduce(
    kind: Kind,
    version: &str,
    source: &Arc<str>,
    node: &Node,
    observed_at: jiff::Timestamp,
) -> (Option<Reduced>, Vec<String>) {
    let mut problems = Problems::new();
    let Some(live) = live(kind, version, source, node, observed_at) else {
        return (None, vec!["has no metadata.name".to_owned()]);
    };
    let mut reader = Reader { node, problems: &mut problems };
    let reduced = match kind {
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
        Kind::StorageClass => Reduced::StorageClass(class(live, reader.text(&["provisioner"]))),
        Kind::VolumeSnapshotClass => Reduced::SnapshotClass(class(live, reader.text(&["driver"]))),
        Kind::Application => Reduced::Application(reader.application(live)),
        Kind::ExternalSecret => Reduced::ExternalSecret(reader.external_secret(live)),
        Kind::CustomResourceDefinition => Reduced::Definition(live),
    };
    (Some(reduced), problems)
}

impl Observed {
    /// Adds an object of a kind, in a version of its API; see [`Observed::insert`].
    ///
    /// Returns what could not be understood of it.
    pub fn apply(
        &mut self,
        kind: Kind,
        version: &str,
        source: &Arc<str>,
        node: &Node,
    ) -> Vec<String> {
        self.list(kind);
        let (reduced, problems) = reduce(kind, version, source, node, self.observed_at);
        if let Some(reduced) = reduced {
            self.insert(reduced);
        }
        problems
    }

    /// Adds an object; of two with one identity the newer stays, whatever their order.
    pub fn insert(&mut self, reduced: Reduced) {
        match reduced {
            Reduced::Volume(volume) => keep(&mut self.volumes, volume.into(), |v| &v.live),
            Reduced::Namespace(live) => keep(&mut self.namespaces, live, |live| live),
            Reduced::Source(half) => keep(&mut self.sources, half.into(), |r| &r.live),
            Reduced::Destination(half) => keep(&mut self.destinations, half.into(), |r| &r.live),
            Reduced::Snapshot(snapshot) => keep(&mut self.snapshots, snapshot.into(), |s| &s.live),
            Reduced::StorageClass(class) => keep(&mut self.storage_classes, class, |c| &c.live),
            Reduced::SnapshotClass(class) => keep(&mut self.snapshot_classes, class, |c| &c.live),
            Reduced::Application(app) => keep(&mut self.applications, app, |a| &a.live),
            Reduced::ExternalSecret(secret) => {
                keep(&mut self.external_secrets, secret, |s| &s.live);
            }
            Reduced::Definition(live) => keep(&mut self.definitions, live, |live| live),
        }
    }

    /// Takes an object away.
    pub fn remove(&mut self, kind: Kind, key: &Key) {
        match kind {
            Kind::PersistentVolumeClaim => drop(self.volumes.remove(key)),
            Kind::Namespace => drop(self.namespaces.remove(key)),
            Kind::ReplicationSource => drop(self.sources.remove(key)),
            Kind::ReplicationDestination => drop(self.destinations.remove(key)),
            Kind::VolumeSnapshot => drop(self.snapshots.remove(key)),
            Kind::StorageClass => drop(self.storage_classes.remove(key)),
            Kind::VolumeSnapshotClass => drop(self.snapshot_classes.remove(key)),
            Kind::Application => drop(self.applications.remove(key)),
            Kind::ExternalSecret => drop(self.external_secrets.remove(key)),
            Kind::CustomResourceDefinition => drop(self.definitions.remove(key)),
        }
    }

    /// Counts the objects of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::PersistentVolumeClaim => self.volumes.len(),
            Kind::Namespace => self.namespaces.len(),
            Kind::ReplicationSource => self.sources.len(),
            Kind::ReplicationDestination => self.destinations.len(),
            Kind::VolumeSnapshot => self.snapshots.len(),
            Kind::StorageClass => self.storage_classes.len(),
            Kind::VolumeSnapshotClass => self.snapshot_classes.len(),
            Kind::Application => self.applications.len(),
            Kind::ExternalSecret => self.external_secrets.len(),
            Kind::CustomResourceDefinition => self.definitions.len(),
        }
    }

    /// Names every object of a kind.
    pub fn keys(&self, kind: Kind) -> Vec<Key> {
        match kind {
            Kind::PersistentVolumeClaim => self.volumes.keys().cloned().collect(),
            Kind::Namespace => self.namespaces.keys().cloned().collect(),
            Kind::ReplicationSource => self.sources.keys().cloned().collect(),
            Kind::ReplicationDestination => self.destinations.keys().cloned().collect(),
            Kind::VolumeSnapshot => self.snapshots.keys().cloned().collect(),
            Kind::StorageClass => self.storage_classes.keys().cloned().collect(),
            Kind::VolumeSnapshotClass => self.snapshot_classes.keys().cloned().collect(),
            Kind::Application => self.applications.keys().cloned().collect(),
            Kind::ExternalSecret => self.external_secrets.keys().cloned().collect(),
            Kind::CustomResourceDefinition => self.definitions.keys().cloned().collect(),
        }
    }
}

/// Puts an object in, unless a newer one of its identity is there.
fn keep<T: Debug>(map: &mut BTreeMap<Key, T>, value: T, live: fn(&T) -> &Live) {
    let key = (live(&value).namespace().to_owned(), live(&value).name().to_owned());
    let is_older = |known: &T| match older(live(known), live(&value)) {
        Ordering::Less => true,
        Ordering::Greater => false,
        Ordering::Equal => format!("{known:?}") < format!("{value:?}"),
    };
    if map.get(&key).is_none_or(is_older) {
        map.insert(key, value);
    }
}

/// Compares two states of an object by age. Versions that are no numbers, and equal ones, are told
/// apart by what they hold.
fn older(known: &Live, other: &Live) -> Ordering {
    let version = |live: &Live| {
        let version = live.resource_version.clone().unwrap_or_default();
        (version.parse::<u128>().unwrap_or_default(), version)
    };
    let content = |live: &Live| live.object.node.to_json().to_string();
    version(known).cmp(&version(other)).then_with(|| content(known).cmp(&content(other)))
}

fn class(live: Live, driver: Option<String>) -> Class {
    let is_default = DEFAULT_CLASSES.iter().any(|key| live.annotation(key) == Some("true"));
    Class { live, driver, is_default }
}

fn live(
    kind: Kind,
    version: &str,
    source: &Arc<str>,
    node: &Node,
    observed_at: jiff::Timestamp,
) -> Option<Live> {
    let text =
        |path: &[&str]| node.text_at(path).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = text(&["metadata", "name"])?;
    let kept = |node: &Node, keys: &dyn Fn(&Entry) -> bool| Node {
        value: Value::Mapping(node.entries().iter().filter(|e| keys(e)).cloned().collect()),
        mark: node.mark,
    };
    // Definitions are large, snapshots are many, and only the names of both are read.
    let is_name = matches!(kind, Kind::CustomResourceDefinition | Kind::VolumeSnapshot);
    let mut trimmed = kept(node, &|entry| match entry.key.as_str() {
        "metadata" | "spec" => !is_name,
        _ => false,
    });
    if let Value::Mapping(entries) = &mut trimmed.value {
        for entry in entries.iter_mut().filter(|entry| entry.key == "metadata") {
            entry.value = kept(&entry.value, &|e| METADATA.contains(&e.key.as_str()));
            if let Value::Mapping(metadata) = &mut entry.value.value {
                for map in metadata.iter_mut().filter(|entry| entry.key == "annotations") {
                    map.value = kept(&map.value, &|e| e.key != LAST_APPLIED);
                }
            }
        }
    }
    let object = Object {
        id: ObjectRef {
            api_version: version.to_owned(),
            kind: kind.id().to_owned(),
            namespace: text(&["metadata", "namespace"]),
            name,
        },
        document: 0,
        route: Vec::new(),
        location: Location { source: Arc::clone(source), mark: Mark { ..node.mark } },
        node: trimmed,
    };
    Some(Live {
        kind,
        object,
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
