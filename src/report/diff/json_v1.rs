//! A comparison as JSON, schema version 1: structs of its own, so that a change inside does not
//! change what programs read.

use super::Objects;
use crate::compare::{
    Change, Comparison, Conclusion as Concluded, Consequence, Key, ObjectDiff, Unread, VolumeChange,
};
use crate::report::json_v1::{Finding, Location, finding, location};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of this format.
pub const SCHEMA_VERSION: u32 = 1;

/// What a change does to every volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// The name of BASE: a path, `<stdin>` or a revision.
    pub base: String,
    /// The name of HEAD: a path, `<stdin>`, a revision or `the working tree`.
    pub head: String,
    /// Counts.
    pub summary: Summary,
    /// The applications that could not be read; what is in them is unknown.
    pub unread: Vec<UnreadV1>,
    /// Every volume for which something changes, worst first.
    pub volumes: Vec<Volume>,
}

/// Counts over all volumes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Whether everything could be read and nothing changes.
    pub same: bool,
    /// How many volumes there are on both sides together.
    pub volumes: usize,
    /// For how many of them something changes.
    pub changed: usize,
    /// How many volumes have each consequence as their worst; every consequence is there.
    pub by_consequence: BTreeMap<&'static str, usize>,
}

/// An application that could not be read.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnreadV1 {
    /// `base` or `head`.
    pub side: &'static str,
    /// The application: the path that was given.
    pub application: String,
    /// Why, where it is about the content of a file.
    pub findings: Vec<Finding>,
    /// Why, where it is about the path, the configuration or a program.
    pub message: Option<String>,
    /// What to type.
    pub help: Option<String>,
}

/// What happens to one volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Its namespace; null where nothing says it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its namespace in BASE, where it moves.
    pub moved_from: Option<String>,
    /// Where it stands: in HEAD, or in BASE if it is gone.
    pub location: Option<Location>,
    /// What happens, worst first; never empty.
    pub changes: Vec<ChangeV1>,
    /// What the plan of BASE concludes; null if the volume is not in it.
    pub base: Option<Conclusion>,
    /// What the plan of HEAD concludes; null if the volume is not in it.
    pub head: Option<Conclusion>,
    /// The objects that differ.
    pub objects: Vec<Object>,
}

/// One thing that happens to a volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeV1 {
    /// What kind of thing; stable, see docs/diff.md.
    pub code: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What it is here.
    pub message: String,
    /// What was, where one value says it.
    pub old: Option<String>,
    /// What will be, where one value says it.
    pub new: Option<String>,
    /// What to do if it is not meant.
    pub fix: String,
}

/// What a plan concludes on a volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Conclusion {
    /// The verdict, see docs/report.md.
    pub verdict: &'static str,
    /// The deciding reason.
    pub reason: Option<Finding>,
}

/// An object that differs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// Its kind, or `volumeClaimTemplate`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// The unified diff; null with `--no-objects`.
    pub diff: Option<String>,
}

/// Makes the report of a comparison.
pub fn diff(comparison: &Comparison, base: &str, head: &str, objects: Objects) -> Diff {
    let counts = comparison.by_consequence();
    let count = |c: &Consequence| (c.id(), counts.get(c).copied().unwrap_or_default());
    let unread = |side, list: &[Unread]| -> Vec<UnreadV1> {
        list.iter().map(|one| self::unread(side, one)).collect()
    };
    let mut all = unread("base", &comparison.unread_base);
    all.extend(unread("head", &comparison.unread_head));
    Diff {
        schema_version: SCHEMA_VERSION,
        base: base.to_owned(),
        head: head.to_owned(),
        summary: Summary {
            same: comparison.is_same(),
            volumes: comparison.total,
            changed: comparison.volumes.len(),
            by_consequence: Consequence::ALL.iter().map(count).collect(),
        },
        unread: all,
        volumes: comparison.volumes.iter().map(|one| volume(one, objects)).collect(),
    }
}

fn unread(side: &'static str, unread: &Unread) -> UnreadV1 {
    let (message, help) = unread.problem.clone().unzip();
    UnreadV1 {
        side,
        application: unread.application.clone(),
        findings: unread.diagnostics.iter().map(finding).collect(),
        message,
        help,
    }
}

fn volume(volume: &VolumeChange, objects: Objects) -> Volume {
    let Key { namespace, name } = volume.key.clone();
    let moved = volume.moved_from.as_ref();
    Volume {
        namespace,
        name,
        moved_from: moved.map(|key| key.namespace.clone().unwrap_or_else(|| "?".into())),
        location: volume.location.as_ref().map(location),
        changes: volume.changes.iter().map(change).collect(),
        base: volume.base.as_ref().map(conclusion),
        head: volume.head.as_ref().map(conclusion),
        objects: volume.objects.iter().map(|one| object(one, objects)).collect(),
    }
}

fn change(change: &Change) -> ChangeV1 {
    ChangeV1 {
        code: change.consequence.id(),
        severity: change.consequence.severity().id(),
        message: change.message.to_string(),
        old: change.old.clone(),
        new: change.new.clone(),
        fix: change.advice().to_string(),
    }
}

fn conclusion(concluded: &Concluded) -> Conclusion {
    Conclusion { verdict: concluded.verdict.id(), reason: concluded.reason.as_ref().map(finding) }
}

fn object(object: &ObjectDiff, objects: Objects) -> Object {
    let ObjectDiff { kind, name, change, diff } = object.clone();
    Object { kind, name, change: change.id(), diff: (objects != Objects::None).then_some(diff) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_schema_is_the_code() {
        let schema = schemars::schema_for!(super::Diff);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        crate::testing::published("docs/schema/plumber-diff.schema.json", &text);
    }
}
