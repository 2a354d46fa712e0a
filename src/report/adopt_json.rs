//! A proposal to adopt → JSON for programs. These structs are the format; no core type is.

use super::adopt::{Row, rows};
use crate::adopt::{Adopted, Adoption, Application, Missed};
use serde::Serialize;
use serde_json::{Map, Value};

/// The version of the format.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r> {
    schema_version: u32,
    paths: Vec<Path>,
    configuration: &'r str,
    volumes: Vec<Volume<'r>>,
    missed: Vec<NotAdopted<'r>>,
    by_hand: Vec<NotAdopted<'r>>,
    applications: Vec<Files<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Path {
    #[serde(rename = "path")]
    name: String,
    volumes: usize,
    reproduced: usize,
    lines_before: usize,
    lines_after: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Volume<'r> {
    namespace: Option<&'r str>,
    name: &'r str,
    file: &'r str,
    line: usize,
    labels: Map<String, Value>,
    annotations: Map<String, Value>,
    sources: Vec<&'r str>,
    destination: Option<&'r str>,
    lines_before: usize,
    lines_after: usize,
    minutes_changed: usize,
    metadata_left_out: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotAdopted<'r> {
    what: &'r str,
    file: &'r str,
    line: usize,
    why: &'static str,
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Files<'r> {
    folder: &'r str,
    edited: Vec<&'r str>,
    removed: Vec<&'r str>,
}

/// Converts a proposal. `applications` are what was written, or would be.
pub fn report(adoption: &Adoption, applications: &[Application], paths: &[String]) -> Value {
    let report = Report {
        schema_version: SCHEMA_VERSION,
        paths: rows(adoption, paths).into_iter().map(path).collect(),
        configuration: &adoption.configuration,
        volumes: adoption.adopted.iter().map(volume).collect(),
        missed: adoption.missed.iter().map(missed).collect(),
        by_hand: adoption.by_hand.iter().map(missed).collect(),
        applications: applications.iter().map(files).collect(),
    };
    // Serialising plain structs with text keys to a value does not fail.
    serde_json::to_value(report).unwrap_or_default()
}

fn path(row: Row) -> Path {
    let Row { path, volumes, reproduced, lines_before, lines_after } = row;
    Path { name: path, volumes, reproduced, lines_before, lines_after }
}

fn volume(adopted: &Adopted) -> Volume<'_> {
    let map = |entries: &[(String, String)]| -> Map<String, Value> {
        entries.iter().map(|(key, value)| (key.clone(), Value::from(&**value))).collect()
    };
    let volume = &adopted.volume;
    Volume {
        namespace: volume.namespace.as_deref(),
        name: &volume.name,
        file: &volume.place.location.source,
        line: volume.place.location.mark.line(),
        labels: map(&adopted.knobs.labels),
        annotations: map(&adopted.knobs.annotations),
        sources: volume.sources.iter().map(|rs| &*rs.name).collect(),
        destination: volume.destination.as_ref().map(|rd| &*rd.name),
        lines_before: adopted.lines_before,
        lines_after: adopted.lines_after,
        minutes_changed: adopted.comparison.minutes.len(),
        metadata_left_out: adopted
            .comparison
            .metadata
            .iter()
            .map(|(kind, entry)| format!("{kind}: {entry}"))
            .collect(),
    }
}

fn missed(missed: &Missed) -> NotAdopted<'_> {
    NotAdopted {
        what: &missed.what,
        file: &missed.location.source,
        line: missed.location.mark.line(),
        why: missed.why.id(),
        message: &missed.message,
        help: missed.help.as_deref(),
    }
}

fn files(application: &Application) -> Files<'_> {
    let of = |removed: bool| {
        let changes = application.changes.iter();
        changes.filter(|change| change.after.is_none() == removed).map(|c| &*c.path).collect()
    };
    Files { folder: &application.name, edited: of(false), removed: of(true) }
}
