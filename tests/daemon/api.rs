//! An API server of fixed objects: kinds that are there are listed, and nothing ever happens.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use plumber::audit::Kind;
use plumber::daemon::{Clock, Daemon, Options, State as Published};
use plumber::manifest::{Framing, Source, decode, split};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch::Receiver;

/// The time at which every case asks.
pub(crate) const NOW: &str = "2026-11-02T04:00:00Z";

/// What the API server holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Api {
    objects: Arc<Mutex<Vec<Value>>>,
    kinds: Vec<Kind>,
    /// Told when open watches are to end and everything is to be listed anew.
    changed: tokio::sync::watch::Sender<u64>,
}

impl Api {
    pub(crate) fn new(kinds: Vec<Kind>, objects: Vec<Value>) -> Self {
        Self { objects: Arc::new(Mutex::new(objects)), kinds, ..Self::default() }
    }

    /// Puts other objects there.
    pub(crate) fn set(&self, objects: Vec<Value>) {
        *self.objects.lock().unwrap() = objects;
        self.changed.send_modify(|count| *count += 1);
    }

    /// Starts a daemon on it at the time of every case.
    pub(crate) fn serve(&self, options: Options) -> (Receiver<Arc<Published>>, Daemon) {
        let router = Router::new().fallback(answer).with_state(self.clone());
        let clock = Clock::fixed(NOW.parse().unwrap());
        let poll = Duration::from_millis(50);
        Daemon::start(kube::Client::new(router, "default"), Options { clock, poll, ..options })
    }
}

async fn answer(State(api): State<Api>, uri: Uri) -> Response<Body> {
    let plural = uri.path().rsplit('/').next().unwrap_or_default();
    let version = uri.path().rsplit('/').nth(1).unwrap_or_default();
    let kind = api.kinds.iter().find(|kind| kind.plural() == plural);
    let objects = api.objects.lock().unwrap().clone();
    let of = |kind: &Kind| {
        let all = objects.iter().filter(|object| object["kind"] == kind.id());
        all.cloned().collect::<Vec<Value>>()
    };
    let status = |code: StatusCode| {
        let body = json!({"kind": "Status", "code": code.as_u16(), "message": "no"}).to_string();
        Response::builder().status(code).body(Body::from(body)).unwrap()
    };
    // Every kind of these tests is served in the version in which it is looked for first.
    let Some(kind) = kind.filter(|_| version != "v1beta1") else {
        return status(StatusCode::NOT_FOUND);
    };
    if uri.query().unwrap_or_default().contains("watch=true") {
        let mut changed = api.changed.subscribe();
        // The history ends with each change.
        let ended = futures::stream::once(async move {
            drop(changed.changed().await);
            let gone = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410}});
            Ok::<_, std::io::Error>(format!("{gone}\n"))
        });
        return Response::new(Body::from_stream(ended));
    }
    let items = of(kind);
    let list = json!({"metadata": {"resourceVersion": "9"}, "items": items});
    Response::new(Body::from(list.to_string()))
}

/// Waits for a state.
pub(crate) async fn until(
    states: &mut Receiver<Arc<Published>>,
    is: impl Fn(&Published) -> bool,
) -> Arc<Published> {
    let found = tokio::time::timeout(Duration::from_mins(1), states.wait_for(|s| is(s))).await;
    Arc::clone(&found.expect("it is never so").unwrap())
}

/// Reads a dump as the API would give it: objects with their kinds.
pub(crate) fn dumped(folder: &Path) -> (Vec<Kind>, Vec<Value>) {
    let text = std::fs::read_to_string(folder.join("observed/cluster.yaml")).unwrap();
    let (mut kinds, mut objects) = (Vec::new(), Vec::new());
    let source = Source { name: "observed".into(), text, framing: Framing::Stream };
    let (stream, _) = split(source);
    for document in stream.documents().filter(|document| !document.is_blank()) {
        let decoded = decode(&document.source.name, 1, document.text).unwrap();
        let Some(value) = decoded.node.map(|node| node.to_json()) else { continue };
        let own = value["kind"].as_str().unwrap_or_default().to_owned();
        let Some(items) = value["items"].as_array() else {
            objects.push(value);
            continue;
        };
        let typed = own.strip_suffix("List").filter(|kind| !kind.is_empty());
        kinds.extend(Kind::ALL.iter().filter(|kind| typed == Some(kind.id())));
        for item in items {
            let mut item = item.clone();
            if let Some(kind) = typed {
                item["kind"] = kind.into();
                item["apiVersion"] = value["apiVersion"].clone();
            }
            objects.push(item);
        }
    }
    let is_there = |kind: &&Kind| objects.iter().any(|object| object["kind"] == kind.id());
    kinds.extend(Kind::ALL.iter().filter(is_there));
    kinds.sort();
    kinds.dedup();
    (kinds, objects)
}
