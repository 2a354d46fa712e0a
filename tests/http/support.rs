//! States as the daemon publishes them, and requests to the router.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use plumber::audit::document::{Document, Entry, Rated, document};
use plumber::audit::{self, Key, Kind, Origin, Packer};
use plumber::config::{Config, Flags, resolve};
use plumber::daemon::http::{Options, router};
use plumber::daemon::{Change, Clock, Health, Source, State, Tally, Watch};
use plumber::manifest::{self, Framing, apply, read};
use plumber::plan::plan;
use plumber::source::build::Build;
use plumber::source::files;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tower::ServiceExt;

/// The time at which every case asks, and every state was evaluated.
pub(crate) const NOW: &str = "2026-11-02T04:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn ten_seconds_later() -> Timestamp {
    now() + SignedDuration::from_secs(10)
}

fn sixteen_minutes_later() -> Timestamp {
    now() + SignedDuration::from_mins(16)
}

/// Answers for a case as `audit once` does.
pub(crate) fn report(case: &str) -> Document {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/audit").join(case);
    let config: Config = resolve(&[], &Flags::default()).unwrap().config;
    let intended = folder.join("intent").display().to_string();
    let inputs = files::read(&[intended], &Build::default()).unwrap();
    let mut reading = read(inputs.sources, config.limits);
    let plan = plan(&mut reading, &config);
    let text = apply(&reading.stream, &plan.edits()).unwrap().pieces.concat();
    let rendered = source("rendered", text);
    let packer = Packer::default();
    let rendered = audit::rendered(rendered, &packer).unwrap();
    let origin = Origin::default();
    let intent = audit::intent(&plan, rendered, &config, origin, Vec::new(), &packer);
    let text = std::fs::read_to_string(folder.join("observed/cluster.yaml")).unwrap();
    let collected = audit::collect(vec![source("observed", text)], now());
    let observed = &collected.observed;
    audit::report(&intent, observed, &[], now(), |report| document(report, &config))
}

fn source(name: &str, text: String) -> manifest::Source {
    manifest::Source { name: name.into(), text, framing: Framing::Stream }
}

/// A report of the volumes of several cases, as if they were of one cluster.
pub(crate) fn reports(cases: &[&str]) -> Document {
    let mut all: Vec<Document> = cases.iter().map(|case| report(case)).collect();
    let mut entries: BTreeMap<Key, _> = BTreeMap::new();
    for document in &mut all {
        for entry in document.entries.drain(..) {
            entries.insert(entry.key().clone(), entry);
        }
    }
    let mut document = all.remove(0);
    document.entries = entries.into_values().collect();
    document.summary.total_pvcs = document.entries.len();
    document
}

/// Alters what is said of a volume.
pub(crate) fn alter(rated: &mut Arc<Rated>, how: impl FnOnce(&mut Entry)) {
    let mut entry = rated.entry();
    how(&mut entry);
    *rated = Arc::new(Rated::new(&entry, &Packer::default()));
}

/// A publication of a daemon that has seen everything.
pub(crate) fn state(revision: u64, document: Document) -> State {
    let watch = |kind: &Kind| Watch {
        kind: *kind,
        health: Health::Live,
        seen_at: Some(now()),
        objects: 3,
        lists: Tally { ok: 1, failed: 0 },
        watches: Tally { ok: 4, failed: 3 },
        malformed: 0,
        error: None,
    };
    let source = Source {
        app: Some("media".to_owned()),
        repo: Some("https://git.example.com/home.git".to_owned()),
        path: "apps/\"media\"\\x".to_owned(),
        namespace: None,
        revision: Some("6d85c63".to_owned()),
        attempted_at: Some(now()),
        rendered_at: Some(now()),
        error: None,
    };
    State {
        revision,
        started_at: now() - SignedDuration::from_hours(1),
        evaluated_at: now(),
        evaluation_seconds: 0.01,
        document: Arc::new(document),
        watches: Kind::ALL.iter().map(watch).collect(),
        sources: vec![source],
        changes: Arc::new(VecDeque::new()),
        changes_after: 0,
    }
}

/// A state before the first evaluation.
pub(crate) fn starting() -> State {
    let mut document = report("nothing-was-read");
    document.entries.clear();
    let mut state = state(0, document);
    for watch in &mut state.watches[..2] {
        watch.health = Health::Starting;
    }
    state
}

pub(crate) fn change(revision: u64, pvc: &str, after: &'static str) -> Change {
    Change {
        revision,
        at: now(),
        namespace: "media".to_owned(),
        pvc: pvc.to_owned(),
        before: Some("restorable"),
        after: Some(after),
    }
}

/// The server under test, and the end from which it is told.
pub(crate) struct Served {
    pub(crate) tell: watch::Sender<Arc<State>>,
    pub(crate) router: Router,
}

/// A response that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Serves a state ten seconds after it was evaluated.
pub(crate) fn serve(state: State) -> Served {
    serve_with(state, Options { clock: Clock::new(ten_seconds_later), ..Options::default() })
}

/// Serves a state long after it was evaluated.
pub(crate) fn serve_late(state: State) -> Served {
    serve_with(state, Options { clock: Clock::new(sixteen_minutes_later), ..Options::default() })
}

pub(crate) fn serve_with(state: State, options: Options) -> Served {
    let (tell, states) = watch::channel(Arc::new(state));
    Served { tell, router: router(states, options) }
}

impl Served {
    pub(crate) async fn send(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.send(request.body(Body::empty()).unwrap()).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }
}
