//! What holds for every request: limits, the time it may take, headers, measurement.

use super::problem::Kind;
use super::{Page, Server};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// The right to be answered. It lasts as long as it is kept, in a body that is streamed for
/// instance.
#[derive(Debug, Clone)]
pub(super) struct Permit(#[expect(dead_code, reason = "kept")] Arc<OwnedSemaphorePermit>);

/// The most that a request may bring along, in bytes: no page reads a body.
const MAX_BODY: u64 = 16 * 1024;

/// The headers that every response has unless it says otherwise.
const HEADERS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets a request through, or refuses it.
pub(super) async fn guard(
    State(server): State<Arc<Server>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let page = path.and_then(|path| Page::ALL.iter().find(|page| page.path() == path.as_str()));
    let begun = Instant::now();
    let mut response = limited(&server, page.copied(), request, next).await;
    let route = page.map_or("other", |page| page.path());
    server.options.meters.answered(route, response.status(), begun.elapsed());
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn limited(
    server: &Server,
    page: Option<Page>,
    mut request: Request,
    next: Next,
) -> Response {
    if length(request.headers()) > MAX_BODY {
        return Kind::TooLarge
            .because("the request has a body that nobody reads", "send no body")
            .into_response();
    }
    // Whoever looks after the process is always answered.
    if !matches!(page, Some(Page::Live | Page::Health | Page::Ready)) {
        let Ok(permit) = server.requests.clone().try_acquire_owned() else {
            let most = server.options.requests;
            return Kind::TooBusy
                .because(format!("{most} requests are being answered"), "ask again in a moment")
                .into_response();
        };
        request.extensions_mut().insert(Permit(Arc::new(permit)));
    }
    let answer = tokio::time::timeout(server.options.timeout, next.run(request));
    answer.await.unwrap_or_else(|_| {
        let seconds = server.options.timeout.as_secs();
        Kind::TimedOut
            .because(format!("no answer in {seconds} s"), "ask again, or for less: limit=")
            .into_response()
    })
}

/// Returns how long a request says that its body is.
fn length(headers: &HeaderMap) -> u64 {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or_default()
}
