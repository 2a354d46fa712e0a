//! What a person looks at: the page, a volume's page, what is taken away, and the files beside them.

use super::audit::unwritten;
use super::problem::{Kind, Problem};
use super::{Server, coding::Coding};
use crate::api::suggest::nearest;
use crate::audit::page::{self, CONTENT_SECURITY_POLICY, PageInput, Query};
use crate::daemon::page_input;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY as POLICY};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const HTML: &str = "text/html; charset=utf-8";

/// Answers with the page. It says itself that nothing was evaluated yet.
pub(super) async fn overview(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    written(server, query, &headers, HTML, |input, query| {
        (StatusCode::OK, page::page(input, query))
    })
    .await
}

/// Answers with the page of a volume.
pub(super) async fn volume(
    State(server): State<Arc<Server>>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((namespace, pvc)) = path.map_err(|error| {
        Kind::UnknownAddress.because(error.to_string(), "write /volumes/NAMESPACE/PVC")
    })?;
    written(server, query, &headers, HTML, move |input, query| {
        match page::volume(input, &namespace, &pvc, query) {
            Some(page) => (StatusCode::OK, page),
            None => (StatusCode::NOT_FOUND, page::missing(input, &namespace, &pvc, query)),
        }
    })
    .await
}

/// Answers with the runbook.
pub(super) async fn runbook(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    written(server, query, &headers, HTML, |input, query| {
        (StatusCode::OK, page::runbook(input, query))
    })
    .await
}

/// Answers with the volumes of the page as a file to take away.
pub(super) async fn export(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (media, write): (_, fn(&PageInput<'_>, &Query) -> String) = match name.as_str() {
        "volumes.csv" => ("text/csv; charset=utf-8", page::csv),
        "volumes.md" => ("text/markdown; charset=utf-8", page::markdown),
        _ => {
            let fix = "the files are /export/volumes.csv and /export/volumes.md";
            return Err(Kind::UnknownAddress.because(format!("there is no file {name}"), fix));
        }
    };
    // A file that is taken away outlives the page that says what is not known yet.
    server.evaluated()?;
    let mut response = written(server, query, &headers, media, move |input, query| {
        (StatusCode::OK, write(input, query))
    })
    .await?;
    let attachment = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let attachment = attachment.map_err(|error| unwritten(&error))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment);
    Ok(response)
}

/// Answers with a file that pages ask for. Its address changes with its text, so it is kept.
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let assets = page::assets();
    let Some(asset) = assets.iter().find(|asset| asset.name == name) else {
        let near = nearest(&name, assets.iter().map(|asset| asset.name));
        let fix = near.map_or_else(|| "see /".to_owned(), |near| format!("did you mean {near}?"));
        return Err(Kind::UnknownAddress.because(format!("there is no file {name}"), fix));
    };
    let kept = "public, max-age=31536000, immutable";
    Ok(([(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, kept)], asset.text).into_response())
}

/// Writes a page beside the thread that serves.
async fn written(
    server: Arc<Server>,
    query: Option<String>,
    headers: &HeaderMap,
    media: &'static str,
    write: impl FnOnce(&PageInput<'_>, &Query) -> (StatusCode, String) + Send + 'static,
) -> Result<Response, Problem> {
    let coding = Coding::of(headers);
    let writing = tokio::task::spawn_blocking(move || {
        let state = server.state();
        let now = server.options.clock.now().max(state.evaluated_at);
        let query = Query::parse(query.as_deref().unwrap_or_default());
        let (status, text) = write(&page_input(&state, now), &query);
        coding.apply(text.into_bytes()).map(|body| (status, body))
    });
    let written = writing.await.map_err(|error| unwritten(&error))?;
    let (status, body) = written.map_err(|error| unwritten(&error))?;
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, media), (POLICY, CONTENT_SECURITY_POLICY)];
    let mut response = (status, headers, body).into_response();
    coding.tell(response.headers_mut());
    Ok(response)
}
