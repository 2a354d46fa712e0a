//! HTTP on a listener, until it is to end.

use super::state::State;
use axum::Router;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch::Receiver;
use tokio::time::timeout;
use tracing::warn;

/// How long answers that have begun may take when the server is to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves until `end`, then lets answers that have begun go on for a moment.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (ending, mut ended) = tokio::sync::watch::channel(false);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        end.await;
        ending.send_replace(true);
    });
    let late = async move {
        // The sender is dropped only after it has told.
        drop(ended.wait_for(|ended| *ended).await);
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        done = serving.into_future() => done,
        () = late => {
            warn!("connections that stay open are closed");
            Ok(())
        }
    }
}

/// Returns the routes.
pub fn router(states: Receiver<Arc<State>>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/audit", get(audit))
        .with_state(states)
}

async fn ready(Extracted(states): Extracted<Receiver<Arc<State>>>) -> Response {
    if states.borrow().is_ready() {
        "ok".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not everything was read yet").into_response()
    }
}

async fn audit(Extracted(states): Extracted<Receiver<Arc<State>>>) -> Response {
    let document = Arc::clone(&states.borrow().document);
    axum::Json(&*document).into_response()
}

/// Ends everything within some seconds, whatever hangs.
pub async fn stop(daemon: super::Daemon) {
    if timeout(FAREWELL, daemon.stop()).await.is_err() {
        warn!("some work does not end, and is left");
    }
}
