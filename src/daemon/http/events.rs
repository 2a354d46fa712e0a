//! `/api/v1/events`: server-sent events, one for each publication.
//!
//! Nothing is buffered for a client: it remembers what it was told last, and what came since is
//! read from the state when it is ready for more. Whoever was away for longer than the changes
//! reach back is told to read everything again.

use super::problem::{Kind, Problem};
use super::{Server, query};
use crate::daemon::{Change, State};
use axum::extract::{RawQuery, State as Shared};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

/// After what time a client that was cut off should come again.
const RETRY: Duration = Duration::from_secs(3);

/// Event `revision`: the volumes were evaluated, and no verdict changed. The first event of a
/// client that comes without `Last-Event-ID`, too.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RevisionV1 {
    /// Counts the publications of this process.
    pub revision: u64,
    /// When the volumes were evaluated, RFC 3339.
    pub evaluated_at: String,
}

/// Event `change`: verdicts changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangesV1 {
    /// The last publication that is told of.
    pub revision: u64,
    /// When the volumes were evaluated, RFC 3339.
    pub evaluated_at: String,
    /// What changed since the event before, oldest first.
    pub changes: Vec<ChangeV1>,
}

/// A verdict that changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangeV1 {
    /// The publication that told it.
    pub revision: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The namespace of the volume.
    pub namespace: String,
    /// Its name.
    pub pvc: String,
    /// The verdict before; null for a volume that is new.
    pub before: Option<&'static str>,
    /// The verdict after; null for a volume that is gone from Git and cluster.
    pub after: Option<&'static str>,
}

/// Event `reset`: what happened since the client's last event is not known any more. Read
/// everything again.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResetV1 {
    /// Counts the publications of this process.
    pub revision: u64,
    /// When the volumes were evaluated, RFC 3339.
    pub evaluated_at: String,
    /// Why, in words.
    pub reason: &'static str,
}

/// Answers with a stream that ends with the daemon.
pub(super) async fn get(
    Shared(server): Shared<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Problem> {
    query::none(query.as_deref())?;
    let Ok(permit) = server.streams.clone().try_acquire_owned() else {
        let most = server.options.streams;
        return Err(Kind::TooBusy
            .because(format!("{most} clients are following already"), "close one, or poll"));
    };
    let last = headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default());
    let mut states = server.states.clone();
    let state = states.borrow_and_update().clone();
    let first = match last {
        None => revision(&state),
        Some(id) => match resumed(id, &state) {
            Ok(sent) => since(&state, sent),
            Err(reason) => reset(&state, reason),
        },
    };
    let first = first.map(|event| event.retry(RETRY));
    let (sent, rested) = (state.revision, Instant::now());
    let follower = Follower { states, sent, first: Some(first), rested, _permit: permit };
    let stream = futures::stream::unfold(follower, Follower::next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(server.options.keep_alive)))
}

/// How long a client is left alone after an event: a daemon that evaluates many times a second
/// tells of several publications at once.
const REST: Duration = Duration::from_millis(200);

/// One client.
struct Follower {
    states: watch::Receiver<Arc<State>>,
    /// The revision that was told last.
    sent: u64,
    first: Option<Result<Event, axum::Error>>,
    /// When the next may be told.
    rested: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<Event, axum::Error>, Self)> {
        if let Some(first) = self.first.take() {
            return Some((first, self));
        }
        tokio::time::sleep_until(self.rested).await;
        self.states.changed().await.ok()?;
        let state = self.states.borrow_and_update().clone();
        let event = since(&state, self.sent);
        self.sent = state.revision;
        self.rested = Instant::now() + REST;
        Some((event, self))
    }
}

/// Names a publication. Revisions count from the start of a process, so the start belongs to it.
fn id(state: &State) -> String {
    format!("{}-{}", state.revision, state.started_at.as_millisecond())
}

/// Reads the id of the last event that a client has got.
fn resumed(id: &str, state: &State) -> Result<u64, &'static str> {
    let parts = id.split_once('-');
    let sent = parts.and_then(|(revision, _)| revision.parse::<u64>().ok());
    let started = parts.and_then(|(_, started)| started.parse::<i64>().ok());
    match (sent, started) {
        (Some(sent), Some(started)) if started == state.started_at.as_millisecond() => {
            if sent <= state.revision { Ok(sent) } else { Err("the last event is not of here") }
        }
        (Some(_), Some(_)) => Err("the daemon was started again"),
        (None, _) | (_, None) => Err("the last event is not of here"),
    }
}

/// Tells what came after a revision.
fn since(state: &State, sent: u64) -> Result<Event, axum::Error> {
    if sent < state.changes_after {
        return reset(state, "more changed than is remembered");
    }
    let later = state.changes.iter().filter(|change| change.revision > sent);
    let changes: Vec<ChangeV1> = later.map(changed).collect();
    if changes.is_empty() {
        return revision(state);
    }
    let (revision, evaluated_at) = (state.revision, state.evaluated_at.to_string());
    event(state, "change", &ChangesV1 { revision, evaluated_at, changes })
}

fn changed(change: &Change) -> ChangeV1 {
    let Change { revision, at, namespace, pvc, before, after } = change;
    ChangeV1 {
        revision: *revision,
        at: at.to_string(),
        namespace: namespace.clone(),
        pvc: pvc.clone(),
        before: *before,
        after: *after,
    }
}

fn revision(state: &State) -> Result<Event, axum::Error> {
    let (revision, evaluated_at) = (state.revision, state.evaluated_at.to_string());
    event(state, "revision", &RevisionV1 { revision, evaluated_at })
}

fn reset(state: &State, reason: &'static str) -> Result<Event, axum::Error> {
    let (revision, evaluated_at) = (state.revision, state.evaluated_at.to_string());
    event(state, "reset", &ResetV1 { revision, evaluated_at, reason })
}

fn event(state: &State, name: &str, data: &impl Serialize) -> Result<Event, axum::Error> {
    Event::default().event(name).id(id(state)).json_data(data)
}
