//! What the daemon does when the API server fails, for every way in which it can: on each state
//! that is published `daemon.rs` holds what must always hold, and after each fault the daemon says
//! what one that is started then says.
//!
//! GOAWAY is a frame of HTTP/2, which kube's client does not speak, over TLS neither: its connector
//! offers HTTP/1.1 alone. What GOAWAY stands for over HTTP/1.1, a connection that ends with its
//! answer, and a server that closes idle ones because another takes its place, is in `sockets.rs`.

mod kinds;
mod large;
mod lists;
mod random;
mod sockets;
mod watches;

use crate::fake::FakeCluster;
use serde_json::{Value, json};

/// Changes something that matters to nobody.
fn touch(cluster: &FakeCluster, index: usize) {
    cluster.apply(json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "elsewhere", "annotations": {"index": index.to_string()}},
    }));
}

/// Deletes the snapshot from which a volume would be recreated.
fn lose_snapshot(cluster: &FakeCluster, volume: &str) {
    let name = format!("volsync-{volume}-dst-image");
    cluster.delete("snapshot.storage.k8s.io", "volumesnapshots", "media", &name);
}

/// Returns a source that cannot be understood, in place of a volume's.
fn malformed(volume: &str) -> Value {
    json!({
        "apiVersion": "volsync.backube/v1alpha1", "kind": "ReplicationSource",
        "metadata": {"namespace": "media", "name": volume, "creationTimestamp": "yesterday"},
        "spec": {"sourcePVC": volume, "kopia": "none"}, "status": {"lastSyncTime": 5},
    })
}
