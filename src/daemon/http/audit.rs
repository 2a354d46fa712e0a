//! `/audit`: the whole document, as the operator serves it.
//!
//! It is never kept as one text. Who accepts gzip gets a compressed body that requests share; who
//! does not gets it written piece by piece. Ages are those of the moment at which it is written.

use super::coding::{Coding, encoder};
use super::guard::Permit;
use super::problem::{Kind, Problem};
use super::{Server, State};
use crate::audit::document::{Document, Later};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use std::io::{self, Write};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How many entries are written at once.
const PIECE: usize = 16;

/// From how many entries on a body is costly to write.
const MANY: usize = 1_000;

/// How old the ages of a shared body may be.
const SHARED_FOR: Duration = Duration::from_secs(30);

/// How long a body that is costly to write may outlive the state it tells of.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// How long after it was written a costly body is given to whom would have to wait for the next one.
const BRIDGES_FOR: Duration = Duration::from_secs(15);

/// How long a client may take to read everything.
const READ_WITHIN: Duration = Duration::from_mins(1);

/// The compressed body that requests share.
#[derive(Debug, Default)]
pub(super) struct Compressed {
    ready: std::sync::Mutex<Option<Ready>>,
    /// Held by who writes the next body.
    writing: Mutex<()>,
}

#[derive(Debug, Clone)]
struct Ready {
    document: Weak<Document>,
    is_stale: bool,
    written: Instant,
    /// How long that took.
    took: Duration,
    body: Bytes,
}

impl Ready {
    /// Returns whether the body can be given to one more. A body that is costly to write is kept a
    /// little longer than the state it tells of, so that no more than a fifth of the time goes into
    /// writing it, but never for long; `generated_at` says which moment it is of.
    fn serves(&self, document: &Arc<Document>, later: Later) -> bool {
        let age = self.written.elapsed();
        let costly = document.entries.len() >= MANY;
        let is_current = self.document.ptr_eq(&Arc::downgrade(document)) && age < SHARED_FOR;
        self.is_stale == later.is_stale()
            && (is_current || costly && age < (self.took * 4).min(KEPT_FOR))
    }

    /// Returns whether the body can be given to one more while the next is written.
    fn bridges(&self, document: &Document, later: Later) -> bool {
        self.is_stale == later.is_stale()
            && document.entries.len() >= MANY
            && self.written.elapsed() < BRIDGES_FOR
    }
}

/// Answers with the whole document.
pub(super) async fn get(
    Shared(server): Shared<Arc<Server>>,
    permit: Option<Extension<Permit>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let state = server.evaluated()?;
    let coding = Coding::of(&headers);
    let body = match coding {
        Coding::Identity => streamed(&server, &state, permit.map(|permit| permit.0))?,
        Coding::Gzip => shared(server, &state).await?.into(),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    coding.tell(headers);
    Ok(response)
}

/// Returns the text before the entries.
fn opening(document: &Document, later: Later) -> Result<Vec<u8>, Problem> {
    let mut head = serde_json::to_vec(&document.head(later)).map_err(|error| unwritten(&error))?;
    // The entries stand last, and the head has none.
    if !head.ends_with(b"[]}") {
        return Err(unwritten("the entries do not stand last"));
    }
    head.truncate(head.len() - 2);
    Ok(head)
}

/// Writes some entries, from the one at an index on, and what follows the last.
fn piece(document: &Document, from: usize, later: Later, into: &mut Vec<u8>) {
    let entries = document.entries.iter().enumerate().skip(from).take(PIECE);
    for (index, entry) in entries {
        if index > 0 {
            into.push(b',');
        }
        entry.write(later, into);
    }
    if from + PIECE >= document.entries.len() {
        into.extend_from_slice(b"]}");
    }
}

/// Returns where the pieces begin; there is always one.
fn pieces(document: &Document) -> impl Iterator<Item = usize> + use<> {
    (0..document.entries.len().max(1)).step_by(PIECE)
}

fn streamed(server: &Server, state: &State, permit: Option<Permit>) -> Result<Body, Problem> {
    let later = Later::new(state.evaluated_at, server.options.clock.now());
    let document = state.document.clone();
    let mut text = opening(&document, later)?;
    let until = Instant::now() + READ_WITHIN;
    let pieces = pieces(&document).map(move |from| {
        let _lasts = &permit;
        if Instant::now() > until {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        let mut text = std::mem::take(&mut text);
        piece(&document, from, later, &mut text);
        Ok(Bytes::from(text))
    });
    Ok(Body::from_stream(futures::stream::iter(pieces)))
}

/// Returns the body that requests share. One that is about to be replaced still serves who would
/// have to wait for the next.
async fn shared(server: Arc<Server>, state: &State) -> Result<Bytes, Problem> {
    let (compressed, document) = (&server.compressed, &state.document);
    let later = Later::new(state.evaluated_at, server.options.clock.now());
    let mut bridge = None;
    if let Some(ready) = compressed.ready() {
        let is_written = compressed.writing.try_lock().is_err();
        if ready.serves(document, later) || is_written && ready.bridges(document, later) {
            return Ok(ready.body);
        }
        bridge = Some(ready).filter(|ready| ready.bridges(document, later));
    }
    // A task of its own: what was written is kept, even if the one who asked did not wait.
    let writing = tokio::spawn(async move { server.compressed.body(&server).await });
    match bridge {
        Some(ready) => Ok(ready.body),
        None => writing.await.map_err(|error| unwritten(&error))?,
    }
}

impl Compressed {
    /// Returns the last body that was written.
    fn ready(&self) -> Option<Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn body(&self, server: &Server) -> Result<Bytes, Problem> {
        // Who comes while it is written waits for it, and does not write it again.
        let _writing = self.writing.lock().await;
        let state = server.state();
        let later = Later::new(state.evaluated_at, server.options.clock.now());
        if let Some(ready) = self.ready().filter(|ready| ready.serves(&state.document, later)) {
            return Ok(ready.body);
        }
        let begun = Instant::now();
        let document = state.document.clone();
        let writing = tokio::task::spawn_blocking(move || compressed(&document, later));
        let body = writing.await.map_err(|error| unwritten(&error))??;
        let ready = Ready {
            document: Arc::downgrade(&state.document),
            is_stale: later.is_stale(),
            written: Instant::now(),
            took: begun.elapsed(),
            body: body.clone(),
        };
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
        Ok(body)
    }
}

fn compressed(document: &Document, later: Later) -> Result<Bytes, Problem> {
    let failed = |error: io::Error| unwritten(&error);
    let mut encoder = encoder(document.entries.len() * 256);
    let mut text = opening(document, later)?;
    for from in pieces(document) {
        piece(document, from, later, &mut text);
        encoder.write_all(&text).map_err(failed)?;
        text.clear();
    }
    Ok(encoder.finish().map_err(failed)?.into())
}

/// Says that a document could not be written.
pub(super) fn unwritten(error: &(impl ToString + ?Sized)) -> Problem {
    Kind::Internal.because(error.to_string(), "report this as a bug of plumber")
}
