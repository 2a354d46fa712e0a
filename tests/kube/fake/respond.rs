//! Answers: refusals in the words of the API server, objects in the representation asked for.

use super::request::{Objects, View};
use super::resource::Resource;
use super::store::Stored;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// Makes an answer of JSON.
pub(crate) fn answer(code: u16, value: &Value) -> Response {
    json_body(code, Body::from(value.to_string()))
}

pub(crate) fn json_body(code: u16, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Makes the object in which the API server says why not.
pub(crate) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    })
}

pub(crate) fn refuse(code: u16, reason: &str, message: &str) -> Response {
    answer(code, &status(code, reason, message))
}

/// What an address gives at which nothing is served.
pub(crate) fn no_page() -> Response {
    let mut response = Response::new(Body::from("404 page not found\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// Says that the history before a revision is gone.
pub(crate) fn too_old(asked: u64, oldest: u64) -> Value {
    let message = format!("too old resource version: {asked} ({oldest})");
    status(410, "Expired", &message)
}

/// Says that a revision is none yet.
pub(crate) fn too_large(asked: u64, current: u64) -> Response {
    let message = format!("Too large resource version: {asked}, current: {current}");
    let mut body = status(504, "Timeout", &message);
    body["details"] = json!({
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    });
    answer(504, &body)
}

pub(crate) fn forbidden(verb: &str, objects: &Objects) -> Response {
    let Objects { group, plural, namespace, .. } = objects;
    let place = match namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let qualified = if group.is_empty() { plural.clone() } else { format!("{plural}.{group}") };
    let message = format!(
        "{qualified} is forbidden: User \"system:serviceaccount:plumber:plumber\" cannot {verb} \
         resource \"{plural}\" in API group \"{group}\" {place}"
    );
    refuse(403, "Forbidden", &message)
}

/// What is said of a status that has no words of its own here.
pub(crate) fn plain(code: u16) -> Response {
    let reason = match code {
        401 => "Unauthorized",
        410 => "Expired",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    };
    let known = StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
    refuse(code, reason, known.unwrap_or_default())
}

/// Writes one object.
pub(crate) fn object(view: View, resource: &Resource, object: &Stored) -> Bytes {
    match view {
        View::Whole => object.json.clone(),
        View::Metadata => metadata(object).to_string().into(),
        View::Table => table(resource, &[row(object)], &json!({})).to_string().into(),
    }
}

/// Writes a list of objects.
pub(crate) fn list(view: View, resource: &Resource, metadata: &Value, objects: &[Bytes]) -> Bytes {
    let (api_version, kind) = match view {
        View::Whole => (resource.api_version(), format!("{}List", resource.kind)),
        View::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadataList".to_owned()),
        View::Table => {
            let rows = objects.iter().map(|row| serde_json::from_slice(row).unwrap());
            return table(resource, &rows.collect::<Vec<_>>(), metadata).to_string().into();
        }
    };
    let head = format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":");
    let size: usize = objects.iter().map(|object| object.len() + 1).sum();
    let mut body = Vec::with_capacity(head.len() + size + 256);
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(metadata.to_string().as_bytes());
    body.extend_from_slice(b",\"items\":[");
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(object);
    }
    body.extend_from_slice(b"]}\n");
    body.into()
}

/// Writes an object as it stands in a list.
pub(crate) fn item(view: View, object: &Stored) -> Bytes {
    match view {
        View::Whole => object.json.clone(),
        View::Metadata => metadata(object).to_string().into(),
        View::Table => row(object).to_string().into(),
    }
}

fn metadata(object: &Stored) -> Value {
    let metadata = object.value()["metadata"].take();
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}

fn row(object: &Stored) -> Value {
    let metadata = metadata(object);
    let created = &metadata["metadata"]["creationTimestamp"];
    json!({"cells": [object.key.1, created], "object": metadata})
}

fn table(resource: &Resource, rows: &[Value], metadata: &Value) -> Value {
    let column = |name: &str, kind: &str, format: &str| {
        let description = format!("{name} of {}", resource.qualified());
        json!({"name": name, "type": kind, "format": format, "description": description, "priority": 0})
    };
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": [column("Name", "string", "name"), column("Created At", "date", "")],
        "rows": rows,
    })
}
