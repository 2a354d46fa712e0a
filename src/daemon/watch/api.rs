//! Requests to the cluster's API: lists by pages, watches by lines. Reads, and cannot do anything
//! else: the one request that is made is GET.

use super::page::{self, Page};
use crate::audit::{Json, Kind};
use crate::object::Node;
use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use http::{Request, Response, StatusCode, header};
use kube::Client;
use serde::Deserialize;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};

/// A line of a watch, or a page of a list, is never longer.
const LONGEST: usize = 512 << 20;

/// Why a request has no answer that helps.
#[derive(Debug)]
pub(super) enum Failure {
    /// The API has no such kind.
    Absent,
    /// Reading it is forbidden; the server's words.
    Forbidden(String),
    /// What is asked from is no longer known.
    Expired,
    /// Anything else, and how long the server asks to wait.
    Broken(String, Option<Duration>),
}

impl Failure {
    pub(super) fn broken(why: impl Into<String>) -> Self {
        Self::Broken(why.into(), None)
    }
}

/// Returns the versions of a kind's API, the one that is looked for first.
pub(super) fn versions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::PersistentVolumeClaim
        | Kind::Namespace
        | Kind::StorageClass
        | Kind::CustomResourceDefinition => &["v1"],
        Kind::ReplicationSource | Kind::ReplicationDestination | Kind::Application => &["v1alpha1"],
        Kind::VolumeSnapshot | Kind::VolumeSnapshotClass | Kind::ExternalSecret => {
            &["v1", "v1beta1"]
        }
    }
}

/// Returns `apiVersion` as objects of the kind say it.
pub(super) fn api_version(kind: Kind, version: &str) -> String {
    match kind.group() {
        "" => version.to_owned(),
        group => format!("{group}/{version}"),
    }
}

fn address(kind: Kind, version: &str) -> String {
    let root = if kind.group().is_empty() { "api" } else { "apis" };
    format!("/{root}/{}/{}", api_version(kind, version), kind.plural())
}

/// A line of a watch.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    object: Json,
}

/// An event of a watch.
#[derive(Debug)]
pub(super) enum Event {
    /// An object is there, new or changed.
    Applied(Node),
    /// An object is gone; its last state.
    Deleted(Node),
    /// Nothing happened up to a version.
    Bookmark(Node),
}

/// Asks for a page of a list: of the newest state, or the page that a token names; takes its items
/// one after the other.
pub(super) async fn page<T: Send + 'static>(
    client: &Client,
    (kind, version): (Kind, &str),
    (limit, further): (Option<usize>, &str),
    patience: Duration,
    mut take: impl FnMut(&Node) -> T + Send + 'static,
) -> Result<Page<T>, Failure> {
    let mut query = Vec::new();
    query.extend(limit.map(|limit| format!("limit={limit}")));
    if !further.is_empty() {
        query.push(format!("continue={}", encoded(further)));
    }
    let path = format!("{}?{}", address(kind, version), query.join("&"));
    let response = get(client, &path, patience).await?;
    let bytes = whole(response.into_body().into_data_stream(), patience).await?;
    let read = move || page::read(&bytes, &mut take);
    // Others have to be answered meanwhile, above all where a server gives everything at once.
    let read = spawn_blocking(read).await;
    read.map_err(|error| Failure::broken(format!("a list that cannot be read: {error}")))?
        .map_err(|error| Failure::broken(format!("a list that is no JSON: {error}")))
}

/// An open watch.
pub(super) struct Lines {
    body: BodyDataStream,
    pending: Vec<u8>,
    /// Up to where it was searched for the end of a line.
    searched: usize,
    deadline: Instant,
}

/// Opens a watch from a version on, and asks that it be closed after some time. Silence beyond that
/// is a dead connection.
pub(super) async fn watch(
    client: &Client,
    (kind, version): (Kind, &str),
    from: &str,
    open: Duration,
    patience: Duration,
) -> Result<Lines, Failure> {
    let path = format!(
        "{}?watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}",
        address(kind, version),
        encoded(from),
        open.as_secs().max(1)
    );
    let response = get(client, &path, patience).await?;
    let deadline = Instant::now() + open.max(Duration::from_secs(1)) + patience;
    let body = response.into_body().into_data_stream();
    Ok(Lines { body, pending: Vec::new(), searched: 0, deadline })
}

impl Lines {
    /// Returns the next event; none when the server closed the watch.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.pending[self.searched..]) {
                let end = self.searched + end;
                let event = event(&self.pending[..end]);
                self.pending.drain(..=end);
                self.searched = 0;
                if let Some(event) = event? {
                    return Ok(Some(event));
                }
                continue;
            }
            self.searched = self.pending.len();
            if self.pending.len() > LONGEST {
                return Err(Failure::broken("an event that does not end"));
            }
            match timeout_at(self.deadline, self.body.next()).await {
                Err(_) => {
                    return Err(Failure::broken("the connection has been silent for too long"));
                }
                Ok(Some(Ok(bytes))) => self.pending.extend_from_slice(&bytes),
                Ok(Some(Err(error))) => {
                    return Err(Failure::broken(format!("the watch broke: {error}")));
                }
                // Half a line at the end is told again.
                Ok(None) => return Ok(None),
            }
        }
    }
}

fn event(line: &[u8]) -> Result<Option<Event>, Failure> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let Line { kind, object: Json(node) } = serde_json::from_slice(line)
        .map_err(|error| Failure::broken(format!("an event that is no JSON: {error}")))?;
    match kind.as_str() {
        "ADDED" | "MODIFIED" => Ok(Some(Event::Applied(node))),
        "DELETED" => Ok(Some(Event::Deleted(node))),
        "BOOKMARK" => Ok(Some(Event::Bookmark(node))),
        "ERROR" => {
            let code = node.get("code").and_then(|code| code.to_json().as_u64());
            let message = node.text_at(&["message"]).unwrap_or("no reason is given").to_owned();
            let code = code.and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
            Err(failure(code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), message, None))
        }
        other => Err(Failure::broken(format!("an event of the unknown type {other}"))),
    }
}

/// Makes a request, and waits for the answer to start.
async fn get(client: &Client, path: &str, patience: Duration) -> Result<Response<Body>, Failure> {
    let request = Request::get(path)
        .header(header::ACCEPT, "application/json")
        .header(header::ACCEPT_ENCODING, "identity")
        .body(kube::client::Body::empty())
        .map_err(|error| Failure::broken(format!("a request that cannot be made: {error}")))?;
    let response = match timeout(patience, client.send(request)).await {
        Err(_) => return Err(Failure::broken("the API server does not answer")),
        Ok(Err(error)) => return Err(Failure::broken(told(&error))),
        Ok(Ok(response)) => response.map(Body::new),
    };
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = after.and_then(|value| value.parse().ok()).map(Duration::from_secs);
    let words = whole(response.into_body().into_data_stream(), patience).await;
    let words = words.ok().and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok());
    let message = words.as_ref().and_then(|Json(node)| node.text_at(&["message"]));
    Err(failure(status, message.unwrap_or_default().to_owned(), after))
}

fn failure(status: StatusCode, message: String, after: Option<Duration>) -> Failure {
    match status {
        StatusCode::NOT_FOUND => Failure::Absent,
        StatusCode::FORBIDDEN => Failure::Forbidden(message),
        StatusCode::GONE => Failure::Expired,
        StatusCode::UNAUTHORIZED => {
            Failure::broken("the API server does not know who is asking (401)")
        }
        status if message.is_empty() => {
            Failure::Broken(format!("the API server answers {status}"), after)
        }
        status => Failure::Broken(format!("the API server answers {status}: {message}"), after),
    }
}

/// Words an error of the client. What a program for credentials printed is not shown.
fn told(error: &kube::Error) -> String {
    if let kube::Error::Auth(_) = error {
        return "the credentials of the kubeconfig cannot be read or renewed".to_owned();
    }
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let more = error.to_string();
        if !message.contains(&more) {
            message = format!("{message}: {more}");
        }
        source = error.source();
    }
    format!("the API server cannot be reached: {message}")
}

async fn whole(mut body: BodyDataStream, patience: Duration) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        match timeout(patience, body.next()).await {
            Err(_) => return Err(Failure::broken("the answer does not go on")),
            Ok(None) => return Ok(bytes),
            Ok(Some(Ok(part))) => bytes.extend_from_slice(&part),
            Ok(Some(Err(error))) => {
                return Err(Failure::broken(format!("the answer broke off: {error}")));
            }
        }
        if bytes.len() > LONGEST {
            return Err(Failure::broken("an answer that does not end"));
        }
    }
}

/// Writes a value for a query.
fn encoded(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend([format!("%{byte:02X}")]);
        }
    }
    out
}
