//! Whether the process lives, and whether its answers can be used.

use super::Server;
use crate::daemon::{Health, State};
use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

/// How the daemon is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Status {
    /// `ok`, or `starting`.
    pub status: &'static str,
    /// What has not been read yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub waiting_for: Vec<String>,
}

/// Returns what keeps the first answer from being one.
pub(super) fn waiting_for(state: &State) -> Vec<String> {
    let starting = state.watches.iter().filter(|watch| watch.health == Health::Starting);
    let kinds = starting.map(|watch| watch.kind.id().to_owned());
    let untried = state.sources.iter().filter(|source| source.attempted_at.is_none());
    let unread = state.sources.is_empty().then(|| "Git".to_owned());
    kinds.chain(unread).chain(untried.map(|source| format!("Git folder {}", source.path))).collect()
}

/// Answers as soon as there is a process.
pub(super) async fn alive() -> Json<Status> {
    Json(Status { status: "ok", waiting_for: Vec::new() })
}

/// Answers well once everything that can be read was read; from then on, always. That the API
/// server is away makes entries stale, and a restart would only forget them.
pub(super) async fn ready(Shared(server): Shared<Arc<Server>>) -> (StatusCode, Json<Status>) {
    let state = server.state();
    if state.is_ready() {
        return (StatusCode::OK, Json(Status { status: "ok", waiting_for: Vec::new() }));
    }
    let status = Status { status: "starting", waiting_for: waiting_for(&state) };
    (StatusCode::SERVICE_UNAVAILABLE, Json(status))
}
