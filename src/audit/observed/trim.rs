//! An object as the API gives it → the part of it that is read.

use super::Kind;
use crate::object::{Entry, Node, Value};

/// An annotation that repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A field, as the keys on the way to it.
type Path = &'static [&'static str];

/// What is read of every object.
const METADATA: &[Path] = &[
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "uid"],
    &["metadata", "resourceVersion"],
    &["metadata", "creationTimestamp"],
    &["metadata", "deletionTimestamp"],
];

/// What its owner says of it.
const WORDS: &[Path] = &[&["metadata", "labels"], &["metadata", "annotations"]];

const REPLICATION: &[Path] = &[
    &["spec"],
    &["status", "lastSyncTime"],
    &["status", "lastSyncStartTime"],
    &["status", "lastSyncDuration"],
    &["status", "nextSyncTime"],
    &["status", "lastManualSync"],
    &["status", "latestMoverStatus", "result"],
    &["status", "latestMoverStatus", "logs"],
    &["status", "latestImage"],
    &["status", "kopia", "snapshotsFound"],
    &["status", "conditions"],
];

/// What is read of the objects of a kind, beside [`METADATA`].
fn of(kind: Kind) -> &'static [&'static [Path]] {
    match kind {
        Kind::PersistentVolumeClaim => &[WORDS, &[&["spec"], &["status", "phase"]]],
        Kind::Namespace => &[WORDS],
        Kind::ReplicationSource | Kind::ReplicationDestination => &[WORDS, REPLICATION],
        // Snapshots are many, and definitions are large.
        Kind::VolumeSnapshot => &[&[
            &["status", "readyToUse"],
            &["status", "creationTime"],
            &["status", "error", "message"],
        ]],
        Kind::CustomResourceDefinition => &[],
        Kind::StorageClass => &[WORDS, &[&["provisioner"]]],
        Kind::VolumeSnapshotClass => &[WORDS, &[&["driver"]]],
        Kind::Application => &[
            WORDS,
            &[
                &["spec"],
                &["status", "sync", "status"],
                &["status", "sync", "revision"],
                &["status", "sync", "revisions"],
                &["status", "operationState", "phase"],
                &["status", "conditions"],
            ],
        ],
        Kind::ExternalSecret => &[
            WORDS,
            &[
                &["metadata", "generation"],
                &["spec"],
                &["status", "conditions"],
                &["status", "syncedResourceVersion"],
            ],
        ],
    }
}

/// Takes what is read of an object of a kind, in a version of its API.
pub(super) fn trim(kind: Kind, version: &str, node: &Node) -> Node {
    let paths: Vec<&[&str]> =
        [METADATA].iter().chain(of(kind)).flat_map(|paths| paths.iter().copied()).collect();
    let mut trimmed = kept(node, &paths);
    if let Value::Mapping(entries) = &mut trimmed.value {
        let (mark, text) = (node.mark, Value::String(version.into()));
        let version = Node { value: text, mark };
        entries.insert(0, Entry { key: "apiVersion".into(), mark, value: version });
    }
    trimmed
}

/// Keeps what is at the end of some paths, in the order of the object. What is no mapping where
/// the way goes on is kept: it is told.
fn kept(node: &Node, paths: &[&[&str]]) -> Node {
    let Value::Mapping(entries) = &node.value else { return node.clone() };
    let entries = entries.iter().filter_map(|entry| {
        let below: Vec<&[&str]> = paths
            .iter()
            .filter_map(|path| path.split_first())
            .filter(|(key, _)| entry.key == **key)
            .map(|(_, rest)| rest)
            .collect();
        let value = match below.as_slice() {
            [] => return None,
            [[], ..] if entry.key == "annotations" => without(&entry.value, LAST_APPLIED),
            [[], ..] => entry.value.clone(),
            below => kept(&entry.value, below),
        };
        Some(Entry { key: entry.key.clone(), mark: entry.mark, value })
    });
    Node { value: Value::Mapping(entries.collect()), mark: node.mark }
}

fn without(node: &Node, key: &str) -> Node {
    let Value::Mapping(entries) = &node.value else { return node.clone() };
    let entries = entries.iter().filter(|entry| entry.key != key).cloned().collect();
    Node { value: Value::Mapping(entries), mark: node.mark }
}
