//! `/api/v1/audit`: volumes by filter, page by page.
//!
//! A page leaves out what changes with the clock alone: how old something is, and when something
//! unchanged was last looked at. So its entity tag is that of its bytes, and stays the same for as
//! long as nothing happens. The moment stands in the headers, also of a 304.

use super::audit::unwritten;
use super::coding::Coding;
use super::problem::Problem;
use super::query::Query;
use super::{Server, State};
use crate::api::name::hex;
use crate::audit::document::{Document, FindingV1, Rated, Readiness};
use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Which publication an answer is of.
pub(super) const REVISION: HeaderName = HeaderName::from_static("plumber-revision");

/// When its volumes were evaluated.
pub(super) const EVALUATED_AT: HeaderName = HeaderName::from_static("plumber-evaluated-at");

/// How many bytes of pages are kept.
const KEPT: usize = 4 * 1024 * 1024;

/// A page of volumes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListV1 {
    /// The version of this format: 1.1.
    pub schema_version: &'static str,
    /// How many volumes the filters take, on all pages.
    pub total: usize,
    /// The token of the next page; null on the last.
    #[serde(rename = "continue")]
    pub next: Option<String>,
    /// Counts over all volumes, whatever the filters.
    pub readiness: Readiness,
    /// What is to say of no volume in particular: what was not seen, above all.
    pub findings: Vec<Value>,
    /// The volumes, by namespace and name.
    pub entries: Vec<Value>,
}

/// The pages that were asked for, of the last document alone.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    document: Weak<Document>,
    pages: BTreeMap<(Coding, String), Written>,
    bytes: usize,
}

/// A page as it is sent.
#[derive(Debug, Clone)]
struct Written {
    tag: HeaderValue,
    body: Bytes,
}

/// Answers with a page.
pub(super) async fn get(
    Shared(server): Shared<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let state = server.evaluated()?;
    let coding = Coding::of(&headers);
    let page = server.lists.page(&state.document, &query, coding)?;
    let is_known = is_known(&headers, &page.tag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = page.body.into_response();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    };
    let headers = response.headers_mut();
    coding.tell(headers);
    if is_known {
        headers.remove(axum::http::header::CONTENT_ENCODING);
    }
    headers.insert(ETAG, page.tag);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    tell(&state, headers);
    Ok(response)
}

/// Says which publication an answer is of.
pub(super) fn tell(state: &State, headers: &mut HeaderMap) {
    headers.insert(REVISION, state.revision.into());
    if let Ok(time) = HeaderValue::from_str(&state.evaluated_at.to_string()) {
        headers.insert(EVALUATED_AT, time);
    }
}

/// Returns whether the client has the page already.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.trim_start_matches("W/").as_bytes() == tag.as_bytes())
}

impl Lists {
    fn page(
        &self,
        document: &Arc<Document>,
        query: &Query,
        coding: Coding,
    ) -> Result<Written, Problem> {
        let key = (coding, query.key());
        {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let is_current = kept.document.ptr_eq(&Arc::downgrade(document));
            if let Some(page) = kept.pages.get(&key).filter(|_| is_current) {
                return Ok(page.clone());
            }
        }
        let page = written(document, query, coding)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_current = kept.document.ptr_eq(&Arc::downgrade(document));
        if !is_current || kept.bytes + page.body.len() > KEPT {
            *kept = Kept { document: Arc::downgrade(document), ..Kept::default() };
        }
        kept.bytes += page.body.len();
        kept.pages.insert(key, page.clone());
        Ok(page)
    }
}

fn written(document: &Document, query: &Query, coding: Coding) -> Result<Written, Problem> {
    let page = page(document, query).map_err(|error| unwritten(&error))?;
    let text = serde_json::to_vec(&page).map_err(|error| unwritten(&error))?;
    let suffix = match coding {
        Coding::Identity => "",
        Coding::Gzip => "-gzip",
    };
    let tag = format!("\"{}{suffix}\"", hex(&Sha256::digest(&text)[..16]));
    let tag = HeaderValue::from_str(&tag).map_err(|error| unwritten(&error))?;
    let body = coding.apply(text).map_err(|error| unwritten(&error))?;
    Ok(Written { tag, body })
}

fn page(document: &Document, query: &Query) -> serde_json::Result<ListV1> {
    let mut total = 0;
    let mut entries: Vec<&Rated> = Vec::new();
    let mut has_more = false;
    for entry in document.entries.iter().filter(|entry| query.takes(entry)) {
        total += 1;
        if !query.is_reached(entry) {
            continue;
        }
        if entries.len() == query.limit {
            has_more = true;
        } else {
            entries.push(entry);
        }
    }
    let last = entries.last().filter(|_| has_more);
    Ok(ListV1 {
        schema_version: document.schema_version,
        total,
        next: last.map(|last| query.token(last)),
        readiness: document.readiness.clone(),
        findings: document.findings.iter().map(finding).collect::<Result<_, _>>()?,
        entries: entries.into_iter().map(timeless).collect(),
    })
}

/// The fields of an entry that change with the clock alone.
pub(super) const PASSING: &[&str] = &["evaluated_at", "age_seconds"];

/// Writes an entry without what changes with the clock alone.
fn timeless(rated: &Rated) -> Value {
    let mut entry = rated.json();
    for field in PASSING {
        remove(&mut entry, field);
    }
    remove(&mut entry["backup"], "age_seconds");
    unobserved(&mut entry["evidence"]);
    if let Some(findings) = entry["restore_readiness"]["findings"].as_array_mut() {
        for finding in findings {
            unobserved(&mut finding["evidence"]);
        }
    }
    entry
}

fn finding(finding: &FindingV1) -> serde_json::Result<Value> {
    let mut finding = serde_json::to_value(finding)?;
    unobserved(&mut finding["evidence"]);
    Ok(finding)
}

fn unobserved(evidence: &mut Value) {
    let evidence = evidence.as_array_mut().into_iter().flatten();
    evidence.for_each(|one| remove(one, "observed_at"));
}

fn remove(object: &mut Value, field: &str) {
    if let Some(object) = object.as_object_mut() {
        object.shift_remove(field);
    }
}
