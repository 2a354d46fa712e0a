//! A cluster in which everything is well: labelled volumes in Git, and what VolSync has made of
//! them.

use jiff::{SignedDuration, Timestamp};
use plumber::config::Config;
use plumber::manifest::{Framing, Source, apply, decode, read, split};
use plumber::plan::plan;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Some volumes of one namespace.
#[derive(Debug, Clone)]
pub(crate) struct Namespace {
    pub(crate) name: String,
    pub(crate) volumes: Vec<String>,
}

impl Namespace {
    /// Makes so many volumes, named by number.
    pub(crate) fn new(name: &str, volumes: usize) -> Self {
        let volumes = (0..volumes).map(|index| format!("volume-{index}")).collect();
        Self { name: name.to_owned(), volumes }
    }

    /// Returns what Git says.
    pub(crate) fn manifests(&self) -> String {
        let Self { name, volumes } = self;
        let mut text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels:\n    \
             pvc-plumber.io/managed-namespace: 'true'\n"
        );
        for volume in volumes {
            write!(
                text,
                "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {volume}\n  \
                 namespace: {name}\n  labels:\n    pvc-plumber.io/enabled: 'true'\n    \
                 pvc-plumber.io/manage-volsync: 'true'\n    pvc-plumber.io/tier: daily\n  \
                 annotations:\n    pvc-plumber.io/snapshot-class: snapshots\n    \
                 pvc-plumber.io/restore-token: drill\nspec:\n  accessModes:\n  - ReadWriteOnce\n  \
                 storageClassName: disks\n  resources:\n    requests:\n      storage: 10Gi\n"
            )
            .unwrap();
        }
        text
    }

    /// Returns the objects of a cluster to which that was rendered and applied, in which every
    /// volume was backed up and then restored from that backup.
    pub(crate) fn objects(&self, now: Timestamp) -> Vec<Value> {
        let name = format!("{}.yaml", self.name).into();
        let source = Source { name, text: self.manifests(), framing: Framing::Stream };
        let config = Config::default();
        let mut reading = read(vec![source], config.limits);
        let plan = plan(&mut reading, &config);
        let text = apply(&reading.stream, &plan.edits()).unwrap().pieces.concat();
        let rendered = Source { name: "rendered".into(), text, framing: Framing::Stream };
        let (stream, _) = split(rendered);
        let documents = stream.documents().filter(|document| !document.is_blank());
        let mut objects = Vec::new();
        for document in documents {
            let node = decode(&document.source.name, 1, document.text).unwrap().node.unwrap();
            let mut object = node.to_json();
            let snapshot = live(&mut object, now);
            objects.push(object);
            objects.extend(snapshot);
        }
        objects
    }
}

/// Returns the classes that the volumes name.
pub(crate) fn classes() -> [Value; 2] {
    [
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {
                "name": "disks",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "driver.longhorn.io",
        }),
        json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass",
            "metadata": {"name": "snapshots"},
            "driver": "driver.longhorn.io", "deletionPolicy": "Delete",
        }),
    ]
}

/// Adds to an object what a cluster adds, and returns the snapshot that comes of it, if one does.
fn live(object: &mut Value, now: Timestamp) -> Option<Value> {
    let before = |minutes: i64| (now - SignedDuration::from_mins(minutes)).to_string();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    object["metadata"]["creationTimestamp"] = before(60 * 24 * 90).into();
    match object["kind"].as_str() {
        Some("PersistentVolumeClaim") => {
            let name = text(&object["metadata"]["name"]);
            object["spec"]["volumeName"] = format!("pvc-of-{name}").into();
            object["status"] = json!({"phase": "Bound"});
            None
        }
        Some("ReplicationSource") => {
            object["status"] = json!({
                "lastSyncTime": before(100),
                "lastSyncDuration": "3m30s",
                "nextSyncTime": before(-22 * 60),
                "conditions": [waits("WaitingForSchedule")],
                "latestMoverStatus": {
                    "result": "Successful",
                    "logs": "Snapshot created successfully\nOPERATION_RESULT: SUCCESS\nEXIT_CODE: 0\n",
                },
            });
            None
        }
        Some("ReplicationDestination") => {
            let name = text(&object["metadata"]["name"]);
            let image = format!("volsync-{name}-image");
            object["status"] = json!({
                "lastSyncTime": before(75),
                "lastSyncDuration": "5m0s",
                "lastManualSync": object["spec"]["trigger"]["manual"],
                "latestImage": {
                    "apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": image,
                },
                "conditions": [waits("WaitingForManual")],
                "latestMoverStatus": {"result": "Successful", "logs": "Snapshot restore completed\n"},
            });
            Some(json!({
                "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
                "metadata": {"name": image, "namespace": object["metadata"]["namespace"]},
                "spec": {
                    "volumeSnapshotClassName": "snapshots",
                    "source": {"persistentVolumeClaimName": format!("volsync-{name}")},
                },
                "status": {"readyToUse": true, "creationTime": before(76)},
            }))
        }
        _ => None,
    }
}

fn waits(reason: &str) -> Value {
    json!({
        "type": "Synchronizing", "status": "False", "reason": reason,
        "message": "Waiting for the next synchronization",
    })
}
