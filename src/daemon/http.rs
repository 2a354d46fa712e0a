//! The daemon's HTTP interface: reads the last [`State`] and changes nothing.
//!
//! Every page stands in `Page::ALL`, from which the router, the metrics' labels and the OpenAPI
//! document are made. What cannot be answered is a [`Problem`].

mod audit;
mod coding;
mod dashboard;
mod events;
mod guard;
mod health;
mod list;
mod listen;
mod metrics;
mod openapi;
mod problem;
mod query;
mod volume;

use super::{Clock, State};
use axum::Router;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use problem::Kind;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

pub use events::{ChangeV1, ChangesV1, ResetV1, RevisionV1};
pub use list::ListV1;
pub use listen::{Connections, serve};
pub use metrics::Meters;
pub use problem::Problem;

/// What can be set.
#[derive(Clone)]
pub struct Options {
    /// Tells the time.
    pub clock: Clock,
    /// How many requests are answered at once; more are refused.
    pub requests: usize,
    /// How many clients may follow `/api/v1/events` at once; more are refused.
    pub streams: usize,
    /// How long an answer may take to begin.
    pub timeout: Duration,
    /// How long `/api/v1/events` may be silent.
    pub keep_alive: Duration,
    /// What is measured.
    pub meters: Meters,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::default(),
            requests: 256,
            streams: 64,
            timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(15),
            meters: Meters::default(),
        }
    }
}

/// What every request shares.
struct Server {
    states: watch::Receiver<Arc<State>>,
    options: Options,
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    compressed: audit::Compressed,
    lists: list::Lists,
}

impl Server {
    /// Returns the last publication.
    fn state(&self) -> Arc<State> {
        self.states.borrow().clone()
    }

    /// Returns the last publication, if there is one.
    fn evaluated(&self) -> Result<Arc<State>, Problem> {
        let state = self.state();
        if state.revision == 0 {
            let waiting = health::waiting_for(&state).join(", ");
            let what = if waiting.is_empty() { "the first evaluation" } else { &waiting };
            return Err(Kind::NotReady
                .because(format!("waiting for {what}"), "ask again; /readyz says when"));
        }
        Ok(state)
    }
}

/// A page of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Audit,
    List,
    Volume,
    Events,
    OpenApi,
    Metrics,
    Live,
    Health,
    Ready,
    Overview,
    Details,
    Runbook,
    Export,
    Asset,
}

impl Page {
    const ALL: &'static [Self] = &[
        Self::Audit,
        Self::List,
        Self::Volume,
        Self::Events,
        Self::OpenApi,
        Self::Metrics,
        Self::Live,
        Self::Health,
        Self::Ready,
        Self::Overview,
        Self::Details,
        Self::Runbook,
        Self::Export,
        Self::Asset,
    ];

    /// The address, with placeholders in braces.
    fn path(self) -> &'static str {
        match self {
            Self::Audit => "/audit",
            Self::List => "/api/v1/audit",
            Self::Volume => "/api/v1/audit/{namespace}/{pvc}",
            Self::Events => "/api/v1/events",
            Self::OpenApi => "/openapi.json",
            Self::Metrics => "/metrics",
            Self::Live => "/livez",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Overview => "/",
            Self::Details => "/volumes/{namespace}/{pvc}",
            Self::Runbook => "/runbook",
            Self::Export => "/export/{file}",
            Self::Asset => "/assets/{file}",
        }
    }

    fn answer(self) -> MethodRouter<Arc<Server>> {
        match self {
            Self::Audit => get(audit::get),
            Self::List => get(list::get),
            Self::Volume => get(volume::get),
            Self::Events => get(events::get),
            Self::OpenApi => get(openapi::get),
            Self::Metrics => get(metrics::get),
            Self::Live | Self::Health => get(health::alive),
            Self::Ready => get(health::ready),
            Self::Overview => get(dashboard::overview),
            Self::Details => get(dashboard::volume),
            Self::Runbook => get(dashboard::runbook),
            Self::Export => get(dashboard::export),
            Self::Asset => get(dashboard::asset),
        }
    }
}

/// Makes the router. `/api/v1/events` ends when the sender of the states is dropped: do that first
/// to shut down in time.
pub fn router(states: watch::Receiver<Arc<State>>, options: Options) -> Router {
    let server = Arc::new(Server {
        states,
        requests: Arc::new(Semaphore::new(options.requests)),
        streams: Arc::new(Semaphore::new(options.streams)),
        options,
        compressed: audit::Compressed::default(),
        lists: list::Lists::default(),
    });
    let mut router = Router::new();
    for page in Page::ALL {
        router = router.route(page.path(), page.answer());
    }
    router
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(axum::middleware::from_fn_with_state(server.clone(), guard::guard))
        .with_state(server)
}

async fn unknown(uri: Uri) -> Problem {
    let path = uri.path();
    let known = Page::ALL.iter().map(|page| page.path());
    let fix = match crate::api::suggest::nearest(path, known) {
        Some(near) => format!("did you mean {near}?"),
        None => "/openapi.json lists every page".to_owned(),
    };
    Kind::UnknownAddress.because(format!("there is nothing at {path}"), fix)
}

async fn not_allowed() -> Response {
    let problem = Kind::MethodNotAllowed
        .because("this page is read, and nothing can be changed here", "use GET or HEAD");
    let mut response = problem.into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}
