//! Watches: what is there, where that is asked for, then what happens, and bookmarks between.

use super::fault::Trouble;
use super::request::{Objects, Parameters, Selection, View, flag, text};
use super::resource::Resource;
use super::respond::{object, refuse, too_old};
use super::store::{Event, Stored};
use super::{FakeCluster, tcp::Line};
use axum::body::{Body, Bytes};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How many objects of those that are there come at once.
const INITIAL: usize = 500;
/// Between 30 and 60 minutes, says the API server, where nobody says otherwise.
const TIMEOUT: Duration = Duration::from_mins(30);

/// An open watch.
struct Watch {
    cluster: FakeCluster,
    resource: Resource,
    selection: Selection,
    view: View,
    line: Option<Line>,
    /// Everything up to here was told.
    position: u64,
    /// What was there, and is not told yet.
    initial: VecDeque<Arc<Stored>>,
    /// Whether the end of that is to be marked.
    marks_end: bool,
    bookmarks: bool,
    next_bookmark: Instant,
    ends: Instant,
    strikes: usize,
    wake: tokio::sync::watch::Receiver<()>,
    state: State,
}

/// What becomes of it.
enum State {
    Open,
    /// Trouble that was there when it was opened.
    Troubled(Trouble),
    /// Over, after an error if there is one.
    Over(Option<io::Error>),
    Silent,
}

/// Opens a watch.
///
/// # Errors
/// Gives the refusal.
pub(crate) fn watch(
    cluster: &FakeCluster,
    objects: &Objects,
    parameters: &Parameters,
    view: View,
    trouble: Option<Trouble>,
    line: Option<Line>,
) -> Result<Response, Box<Response>> {
    let bad = |message: &str| Box::new(refuse(400, "BadRequest", message));
    let invalid = |message: &str| Box::new(refuse(422, "Invalid", message));
    let selection = Selection::of(objects, parameters).map_err(|why| bad(&why))?;
    let asked = match text(parameters, "resourceVersion") {
        None => 0,
        Some(value) => {
            value.parse().map_err(|_e| bad(&format!("invalid resourceVersion: {value}")))?
        }
    };
    let matching = text(parameters, "resourceVersionMatch");
    let streams = flag(parameters, "sendInitialEvents");
    let says = parameters.contains_key("sendInitialEvents");
    let wake = cluster.0.wake.subscribe();
    let state = cluster.lock();
    if says && !state.streaming {
        return Err(invalid(
            "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: \
             sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
        ));
    }
    if says && matching != Some("NotOlderThan") {
        return Err(invalid(
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
             sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
    }
    if !says && matching.is_some() {
        return Err(invalid(
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
             resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ));
    }
    let Some(storage) = state.store.storage(&objects.group, &objects.plural) else {
        return Err(Box::new(super::respond::no_page()));
    };
    // Without a revision, or from any, a watch begins with what is there.
    let tells_all = streams || (!says && asked == 0);
    let now = Instant::now();
    let mut initial = VecDeque::new();
    let mut position = asked;
    if tells_all {
        position = state.store.revision;
        let first = selection.start();
        let there = storage.at(position, Bound::Included(&first));
        let there = there.take_while(|object| !selection.is_past(object));
        initial.extend(there.filter(|object| selection.takes(object)).cloned());
    }
    let trouble = trouble.or_else(|| (position < storage.compacted).then_some(Trouble::Gone));
    let timeout = text(parameters, "timeoutSeconds").and_then(|value| value.parse().ok());
    let bookmarks = flag(parameters, "allowWatchBookmarks");
    let opened = Watch {
        cluster: cluster.clone(),
        resource: storage.resource.clone(),
        selection,
        view,
        line,
        position,
        initial,
        marks_end: streams && bookmarks,
        bookmarks,
        next_bookmark: now + state.bookmarks.unwrap_or(TIMEOUT),
        ends: now + timeout.map_or(TIMEOUT, Duration::from_secs),
        strikes: state.faults.strikes(),
        wake,
        state: trouble.map_or(State::Open, State::Troubled),
    };
    drop(state);
    let stream = futures::stream::unfold(opened, |mut watch| async move {
        let next = watch.next().await?;
        Some((next, watch))
    });
    Ok(super::respond::json_body(200, Body::from_stream(stream)))
}

impl Watch {
    /// Waits for what is told next; none when the watch is over.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match std::mem::replace(&mut self.state, State::Open) {
                State::Open => {}
                State::Troubled(trouble) => return self.suffer(&trouble).await,
                State::Over(None) => return None,
                State::Over(Some(error)) => {
                    if let Some(line) = &self.line {
                        line.reset();
                    }
                    self.state = State::Over(None);
                    return Some(Err(error));
                }
                State::Silent => std::future::pending().await,
            }
            if let Some(trouble) = self.struck() {
                return self.suffer(&trouble).await;
            }
            if let Some(told) = self.tell() {
                return Some(Ok(told));
            }
            if matches!(self.state, State::Over(_)) {
                continue;
            }
            tokio::select! {
                changed = self.wake.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                }
                () = tokio::time::sleep_until(self.next_bookmark) => {
                    if let Some(bookmark) = self.bookmark() {
                        return Some(Ok(bookmark));
                    }
                }
                () = tokio::time::sleep_until(self.ends) => return None,
            }
        }
    }

    fn struck(&mut self) -> Option<Trouble> {
        let state = self.cluster.lock();
        state.faults.of_watch(&self.resource.plural, &mut self.strikes)
    }

    async fn suffer(&mut self, trouble: &Trouble) -> Option<io::Result<Bytes>> {
        match trouble {
            Trouble::Reset => {
                self.state = State::Over(Some(io::ErrorKind::ConnectionReset.into()));
                // Something of the answer is on its way before the connection breaks.
                return Some(Ok(Bytes::from_static(b"{\"type\":\"MOD")));
            }
            Trouble::Silence => {
                self.state = State::Silent;
                return std::future::pending().await;
            }
            Trouble::Truncated => {
                self.state = State::Over(None);
                return Some(Ok(Bytes::from_static(b"{\"type\":\"ADDED\",\"object\":{\"api")));
            }
            Trouble::Gone => {
                self.state = State::Over(None);
                let oldest = self.cluster.lock().store.revision;
                return Some(Ok(line("ERROR", &too_old(self.position, oldest))));
            }
            Trouble::Close
            | Trouble::Status(_)
            | Trouble::TooMany { .. }
            | Trouble::Slow(_)
            | Trouble::LastAnswer => {}
        }
        None
    }

    /// Returns what is to be told now.
    fn tell(&mut self) -> Option<Bytes> {
        if !self.initial.is_empty() {
            let mut told = Vec::new();
            let now = self.initial.len().min(INITIAL);
            for one in self.initial.drain(..now) {
                write(&mut told, "ADDED", &object(self.view, &self.resource, &one));
            }
            return Some(told.into());
        }
        if std::mem::take(&mut self.marks_end) {
            let mut mark = self.mark(self.position);
            mark["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            return Some(line("BOOKMARK", &mark));
        }
        let cluster = self.cluster.clone();
        let state = cluster.lock();
        let Resource { group, plural, .. } = &self.resource;
        let installed = state.store.storage(group, plural);
        if installed.is_none() {
            self.state = State::Over(None);
        }
        let storage = installed.or_else(|| state.store.removed(group, plural))?;
        if self.position < storage.forgotten {
            self.state = State::Over(None);
            return Some(line("ERROR", &too_old(self.position, storage.compacted)));
        }
        let mut told = Vec::new();
        for event in storage.since(self.position) {
            if let Some((what, one)) = self.seen(event) {
                write(&mut told, what, &object(self.view, &self.resource, one));
            }
        }
        self.position = self.position.max(state.store.revision);
        (!told.is_empty()).then(|| told.into())
    }

    /// Returns what an event is for who asked for some of the objects.
    fn seen<'a>(&self, event: &'a Event) -> Option<(&'static str, &'a Stored)> {
        let takes = |object: &Option<Arc<Stored>>| {
            object.as_ref().is_some_and(|object| self.selection.takes(object))
        };
        match (takes(&event.before), takes(&event.after)) {
            (false, false) => None,
            (false, true) => Some(("ADDED", &event.last)),
            (true, true) => Some(("MODIFIED", &event.last)),
            (true, false) => Some(("DELETED", &event.last)),
        }
    }

    fn bookmark(&mut self) -> Option<Bytes> {
        let every = self.cluster.lock().bookmarks;
        self.next_bookmark = Instant::now() + every.unwrap_or(TIMEOUT);
        if every.is_none() || !self.bookmarks {
            return None;
        }
        // Nothing of this kind is untold: that was just looked up.
        Some(line("BOOKMARK", &self.mark(self.position)))
    }

    fn mark(&self, revision: u64) -> Value {
        json!({
            "kind": self.resource.kind, "apiVersion": self.resource.api_version(),
            "metadata": {"resourceVersion": revision.to_string(), "creationTimestamp": null},
        })
    }
}

fn write(told: &mut Vec<u8>, what: &str, object: &[u8]) {
    told.extend_from_slice(format!("{{\"type\":\"{what}\",\"object\":").as_bytes());
    told.extend_from_slice(object);
    told.extend_from_slice(b"}\n");
}

fn line(what: &str, object: &Value) -> Bytes {
    let mut told = Vec::new();
    write(&mut told, what, object.to_string().as_bytes());
    told.into()
}
