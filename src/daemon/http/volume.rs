//! `/api/v1/audit/{namespace}/{pvc}`: one volume, with all its times.

use super::Server;
use super::problem::{Kind, Problem};
use super::query;
use crate::api::suggest::nearest;
use crate::audit::document::Later;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Answers with one volume.
pub(super) async fn get(
    State(server): State<Arc<Server>>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Path((namespace, pvc)) = path.map_err(|error| {
        Kind::UnknownAddress.because(error.to_string(), "write /api/v1/audit/NAMESPACE/PVC")
    })?;
    query::none(query.as_deref())?;
    let state = server.evaluated()?;
    let Some(rated) = state.document.find(&namespace, &pvc) else {
        let here = state.document.entries.iter().filter(|entry| entry.namespace() == namespace);
        let near = nearest(&pvc, here.map(|entry| entry.pvc()));
        let fix = match near {
            Some(near) => format!("did you mean {namespace}/{near}?"),
            None => "/api/v1/audit lists every volume".to_owned(),
        };
        let seen = format!("neither Git nor the cluster has a volume {namespace}/{pvc}");
        return Err(Kind::UnknownVolume.because(seen, fix));
    };
    let later = Later::new(state.evaluated_at, server.options.clock.now());
    let mut text = Vec::new();
    rated.write(later, &mut text);
    let json = HeaderValue::from_static("application/json");
    let mut response = ([(CONTENT_TYPE, json)], text).into_response();
    super::list::tell(&state, response.headers_mut());
    Ok(response)
}
