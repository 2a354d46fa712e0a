//! A Kubernetes API server in this process: objects with revisions, lists in pages, watches with
//! bookmarks, a history that ends; and a script of what goes wrong.
//!
//! It answers as kube-apiserver does where the tests look: see `tests/kube/server.rs`, whose
//! scenarios a real one is put through too. It is read-only on the wire: tests write by
//! [`FakeCluster::apply`] and [`FakeCluster::delete`], and whoever else tries to is written down.

mod discovery;
mod fault;
mod list;
mod request;
mod resource;
mod respond;
mod store;
mod tcp;
mod watch;

pub(crate) use fault::{Times, Trouble, Verb};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State as Of};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use fault::Faults;
use jiff::{SignedDuration, Timestamp};
use request::{Address, Objects, View, parameters};
use resource::Resource;
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use store::Store;
use tcp::Line;

/// A cluster of which only the API server exists.
#[derive(Debug, Clone)]
pub(crate) struct FakeCluster(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told whenever something changes.
    wake: tokio::sync::watch::Sender<()>,
    /// Told when sockets are to be served no longer.
    ends: tokio::sync::watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    store: Store,
    faults: Faults,
    /// What was asked for, oldest first.
    requests: Vec<Asked>,
    /// How often watches get a bookmark; none for never.
    bookmarks: Option<Duration>,
    /// Whether lists can be had as watches.
    streaming: bool,
    /// The token that is taken; none for any.
    token: Option<String>,
    /// How much the server's clock is ahead.
    skew: SignedDuration,
}

/// Returns the definition of a custom kind that the audit looks at.
pub(crate) fn definition(plural: &str) -> Value {
    Resource::definition_of(plural)
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) verb: Verb,
    /// The kind's name in addresses, where it is about a kind.
    pub(crate) plural: Option<String>,
    /// The address with its parameters.
    pub(crate) address: String,
    /// When.
    pub(crate) at: tokio::time::Instant,
}

impl FakeCluster {
    /// Starts a cluster that has no kinds but its own.
    pub(crate) fn bare() -> Self {
        let state = State {
            store: Store::new(),
            faults: Faults::default(),
            requests: Vec::new(),
            bookmarks: Some(Duration::from_mins(1)),
            streaming: true,
            token: None,
            skew: SignedDuration::ZERO,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            wake: tokio::sync::watch::Sender::new(()),
            ends: tokio::sync::watch::Sender::new(()),
        }))
    }

    /// Starts a cluster in which all that the audit looks at is installed.
    pub(crate) fn new() -> Self {
        let cluster = Self::bare();
        for definition in Resource::definitions() {
            cluster.apply(definition);
        }
        cluster
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.0.wake.send_replace(());
        result
    }

    /// Returns a client without a network between.
    pub(crate) fn client(&self) -> kube::Client {
        kube::Client::new(self.router(), "default")
    }

    /// Serves on a port of this machine, until the runtime ends.
    pub(crate) async fn listen(&self) -> SocketAddr {
        tcp::listen(self, 0).await
    }

    /// Serves on a port of this machine that was chosen before.
    pub(crate) async fn listen_on(&self, port: u16) {
        tcp::listen(self, port).await;
    }

    /// Ends as a server ends that is replaced: idle connections are closed at once, the others with
    /// the answer that is under way, and another server takes over the port.
    pub(crate) async fn hand_over(&self, port: u16) {
        self.0.ends.send_replace(());
        for _ in 0..100 {
            if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.listen_on(port).await;
    }

    fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    /// Writes an object, and returns its revision.
    pub(crate) fn apply(&self, object: Value) -> u64 {
        self.change(|state| {
            let created = (Timestamp::now() + state.skew).strftime("%Y-%m-%dT%H:%M:%SZ");
            state.store.apply(object, &created.to_string())
        })
    }

    /// Deletes an object, where there is one; the group is empty for the core one.
    pub(crate) fn delete(&self, group: &str, plural: &str, namespace: &str, name: &str) {
        self.change(|state| state.store.delete(group, plural, namespace, name));
    }

    /// Installs one of the custom kinds that the audit looks at.
    pub(crate) fn install(&self, plural: &str) {
        self.apply(definition(plural));
    }

    /// Removes a custom kind with all its objects.
    pub(crate) fn uninstall(&self, group: &str, plural: &str) {
        let name = format!("{plural}.{group}");
        self.delete("apiextensions.k8s.io", "customresourcedefinitions", "", &name);
    }

    /// Forgets what happened so far: who comes back from before it gets 410 Gone.
    pub(crate) fn expire_history(&self) {
        self.change(|state| state.store.compact(state.store.revision));
    }

    /// Forgets what happened up to a revision.
    pub(crate) fn expire_history_to(&self, revision: u64) {
        self.change(|state| state.store.compact(revision));
    }

    /// Lets each kind remember so many events.
    pub(crate) fn remember(&self, events: usize) {
        self.change(|state| state.store.history = events);
    }

    /// Returns the last revision.
    pub(crate) fn revision(&self) -> u64 {
        self.lock().store.revision
    }

    /// Lets requests fail, those of one verb or all, of one kind or all.
    pub(crate) fn fault(
        &self,
        verb: impl Into<Option<Verb>>,
        plural: Option<&str>,
        trouble: Trouble,
        times: Times,
    ) {
        self.change(|state| state.faults.add(verb.into(), plural, trouble, times));
    }

    /// Lets every watch fail that is open now, of one kind or all.
    pub(crate) fn strike(&self, plural: Option<&str>, trouble: Trouble) {
        self.change(|state| state.faults.strike(plural, trouble));
    }

    /// Ends what [`FakeCluster::fault`] began.
    pub(crate) fn heal(&self) {
        self.change(|state| state.faults.heal());
    }

    /// Sends bookmarks so often, or never.
    pub(crate) fn bookmark(&self, every: Option<Duration>) {
        self.change(|state| state.bookmarks = every);
    }

    /// Lets lists be had as watches, or refuses to, as older servers do.
    pub(crate) fn stream_lists(&self, streaming: bool) {
        self.change(|state| state.streaming = streaming);
    }

    /// Takes this token alone.
    pub(crate) fn require_token(&self, token: &str) {
        self.change(|state| state.token = Some(token.to_owned()));
    }

    /// Puts the server's clock ahead by so much.
    pub(crate) fn skew(&self, skew: SignedDuration) {
        self.change(|state| state.skew = skew);
    }

    /// Returns the kinds that there are, by their names in addresses.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let state = self.lock();
        state.store.storages().map(|storage| storage.resource.plural.clone()).collect()
    }

    /// Returns what was asked for so far, oldest first.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.lock().requests.clone()
    }

    /// Counts what was asked for so far.
    pub(crate) fn count(&self, verb: Verb, plural: &str) -> usize {
        let requests = &self.lock().requests;
        let of = |asked: &&Asked| asked.verb == verb && asked.plural.as_deref() == Some(plural);
        requests.iter().filter(of).count()
    }
}

async fn serve(Of(cluster): Of<FakeCluster>, request: Request) -> Response {
    let (request, _body) = request.into_parts();
    let line = request.extensions.get::<ConnectInfo<Line>>().map(|info| info.0.clone());
    let mut response = respond(&cluster, line, &request).await;
    let now = Timestamp::now() + cluster.lock().skew;
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    let date = HeaderValue::try_from(date.unwrap()).unwrap();
    response.headers_mut().insert(header::DATE, date);
    response
}

async fn respond(cluster: &FakeCluster, line: Option<Line>, request: &Parts) -> Response {
    let uri = &request.uri;
    let parameters = parameters(uri);
    let address = Address::of(uri.path());
    let verb = address.verb(&request.method, &parameters);
    let objects = address.objects();
    let plural = objects.map(|objects| objects.plural.clone());
    let trouble = {
        let mut state = cluster.lock();
        let (address, at) = (uri.to_string(), tokio::time::Instant::now());
        state.requests.push(Asked { verb, plural: plural.clone(), address, at });
        let given = request.headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if state.token.as_deref().is_some_and(|token| given != Some(token)) {
            return respond::plain(401);
        }
        state.faults.of_request(verb, plural.as_deref())
    };
    match &trouble {
        Some(Trouble::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Trouble::Status(403)) => {
            let Some(objects) = objects else { return respond::plain(403) };
            return respond::forbidden(&format!("{verb:?}").to_lowercase(), objects);
        }
        Some(Trouble::Status(code)) => return respond::plain(*code),
        Some(Trouble::TooMany { retry_after }) => return too_many(*retry_after),
        Some(Trouble::Gone) if verb != Verb::Watch => return respond::plain(410),
        _ => {}
    }
    if verb == Verb::Watch {
        let Some(objects) = objects else { return respond::no_page() };
        let view = View::of(&request.headers);
        let opened = watch::watch(cluster, objects, &parameters, view, trouble, line);
        return opened.unwrap_or_else(|refusal| *refusal);
    }
    let response = answer(cluster, verb, &address, &parameters, request);
    match trouble {
        Some(trouble) => spoil(response, trouble, line).await,
        None => response,
    }
}

fn answer(
    cluster: &FakeCluster,
    verb: Verb,
    address: &Address,
    parameters: &request::Parameters,
    request: &Parts,
) -> Response {
    let state = cluster.lock();
    if verb == Verb::Write {
        return respond::refuse(405, "MethodNotAllowed", "this server is read-only");
    }
    let Address::Objects(objects) = address else {
        return discovery::discover(address, &state.store, &request.headers);
    };
    let Objects { group, version, plural, namespace, name } = objects;
    let storage = state.store.storage(group, plural).filter(|it| it.resource.version == *version);
    let Some(storage) = storage else { return respond::no_page() };
    let view = View::of(&request.headers);
    let Some(name) = name else {
        return match list::list(&state.store, storage, objects, parameters, view) {
            Ok(body) => respond::json_body(200, Body::from(body)),
            Err(refusal) => *refusal,
        };
    };
    let Some(found) = storage.get(namespace.as_deref().unwrap_or_default(), name) else {
        let message = format!("{} \"{name}\" not found", storage.resource.qualified());
        return respond::refuse(404, "NotFound", &message);
    };
    respond::json_body(200, Body::from(respond::object(view, &storage.resource, &found)))
}

fn too_many(retry_after: u32) -> Response {
    let message = "Too many requests, please try again later.";
    let mut body = respond::status(429, "TooManyRequests", message);
    body["details"] = serde_json::json!({"retryAfterSeconds": retry_after});
    let mut response = respond::answer(429, &body);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
    response
}

/// Lets half of an answer arrive, and then what the trouble is.
async fn spoil(response: Response, trouble: Trouble, line: Option<Line>) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let half: Bytes = whole.slice(..whole.len() / 2);
    let body = match trouble {
        Trouble::Close | Trouble::Truncated => Body::from(half),
        Trouble::Silence => {
            use futures::StreamExt;
            let first = futures::stream::iter([Ok::<_, io::Error>(half)]);
            Body::from_stream(first.chain(futures::stream::pending()))
        }
        Trouble::Reset => {
            if let Some(line) = line {
                line.reset();
            }
            let error = io::Error::from(io::ErrorKind::ConnectionReset);
            Body::from_stream(futures::stream::iter([Ok(half), Err(error)]))
        }
        Trouble::LastAnswer => {
            head.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            Body::from(whole)
        }
        Trouble::Gone | Trouble::Status(_) | Trouble::TooMany { .. } | Trouble::Slow(_) => {
            Body::from(whole)
        }
    };
    Response::from_parts(head, body)
}
