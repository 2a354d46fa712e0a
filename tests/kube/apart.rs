//! The fake API server beside programs that have no runtime of their own.

use super::fake::FakeCluster;
use std::net::SocketAddr;

/// Serves a cluster on a thread of its own.
pub(crate) fn serve(cluster: &FakeCluster) -> SocketAddr {
    let (told, address) = std::sync::mpsc::channel();
    let cluster = cluster.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            told.send(cluster.listen().await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    address.recv().unwrap()
}
