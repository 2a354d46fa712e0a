//! Connections: how many, and how long one may take to ask.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// How many connections, and how long one may take to ask.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// How many there are at once; more wait to be accepted.
    pub most: usize,
    /// How long the head of a request may take to arrive, and a connection may be idle.
    pub head: Duration,
    /// How long answers may take to end after the shutdown began.
    pub patience: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 512, head: Duration::from_secs(30), patience: Duration::from_secs(10) }
    }
}

/// The most that the head of a request may have, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// How long to wait where the system has no more files for connections.
const NO_FILES: Duration = Duration::from_millis(200);

/// Serves until the shutdown is there and the answers that were begun have ended, or their time is
/// over.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    shutdown: impl Future<Output = ()>,
) {
    let Connections { most, head, patience } = connections;
    let permits = Arc::new(Semaphore::new(most));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MAX_HEAD);
    let graceful = GracefulShutdown::new();
    // Dropped when this function returns, and with it what is left of the connections.
    let (_open, closed) = watch::channel(());
    tokio::pin!(shutdown);
    loop {
        let accepting = async {
            let permit = permits.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepting => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, _)) = accepted else {
            // The other side gave up, or too many files are open: nothing that another try makes
            // worse.
            tokio::time::sleep(NO_FILES).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        let mut closed = closed.clone();
        tokio::spawn(async move {
            let _lasts = permit;
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                },
                _ = closed.changed() => {}
            }
        });
    }
    drop(listener);
    // Who reads for longer than that is cut off.
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut off at shutdown");
    }
}
