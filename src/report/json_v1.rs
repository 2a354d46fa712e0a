//! The report as JSON, schema version 1: structs of its own, so that a change inside does not
//! change what programs read.

use crate::api::mover::Mover;
use crate::api::volsync::Trigger;
use crate::desired::{Desired, DesiredSource};
use crate::diagnostic::Diagnostic;
use crate::edit::{Addition, Change, Edit};
use crate::manifest::Stream;
use crate::object::Location as Place;
use crate::plan::{Plan, Reference, VolumePlan};
use crate::report::text::by_verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of this format.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of one run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// Counts.
    pub summary: Summary,
    /// Every volume, in the order of the input.
    pub volumes: Vec<Volume>,
    /// What there is to say of the input itself.
    pub diagnostics: Vec<Finding>,
}

/// Counts over all volumes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The mode of the run: `strict`, `permissive` or `audit`.
    pub mode: &'static str,
    /// Whether the run failed, and nothing was written.
    pub failed: bool,
    /// How many volumes the input has.
    pub volumes: usize,
    /// How many volumes came to each verdict; every verdict is there.
    pub by_verdict: BTreeMap<&'static str, usize>,
}

/// One volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Its namespace; null where nothing says it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The conclusion.
    pub verdict: &'static str,
    /// Whether this volume fails the run.
    pub fails: bool,
    /// The mode that held for it.
    pub mode: &'static str,
    /// Why, the deciding reason first.
    pub reasons: Vec<Finding>,
    /// Its tier; null where it came to none.
    pub tier: Option<String>,
    /// The cron of its backups; null without a pair, or where backups are made on demand. Of
    /// several targets, the one that is restored from.
    pub schedule: Option<String>,
    /// The identity of its backups; null without a pair, and for restic.
    pub identity: Option<Identity>,
    /// The names of its pair; null without one.
    pub names: Option<Names>,
    /// Each of its backups; empty without a pair.
    pub targets: Vec<Target>,
    /// Its way back.
    pub restore: Restore,
    /// What is changed for it; in audit mode, what would be.
    pub edits: Vec<EditV1>,
    /// Where it stands.
    pub origin: Origin,
}

/// Something to say, and what to do about it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of thing; stable.
    pub code: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What was seen.
    pub message: String,
    /// What to type.
    pub help: Option<String>,
    /// Where it was seen.
    pub location: Option<Location>,
}

/// A place in an input.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The input: a path, or `<stdin>`.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// The name under which backups are kept.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The Secret that holds the repository.
    pub repository: String,
    /// kopia's user name.
    pub username: String,
    /// kopia's host name.
    pub hostname: String,
}

/// The names of a pair.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Names {
    /// The `ReplicationSource`.
    pub replication_source: String,
    /// The `ReplicationDestination`; null where only a backup is wanted.
    pub replication_destination: Option<String>,
}

/// One backup of a volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The target's name in `plumber.yaml`; null where none are configured.
    pub name: Option<String>,
    /// Whether the volume is restored from it.
    pub restores: bool,
    /// The mover: `kopia` or `restic`.
    pub mover: &'static str,
    /// The tier.
    pub tier: String,
    /// The cron; null where backups are made on demand.
    pub schedule: Option<String>,
    /// The Secret that holds the repository.
    pub repository: String,
    /// The identity of the backups; null for restic.
    pub identity: Option<Identity>,
    /// The `ReplicationSource`.
    pub replication_source: String,
}

/// The way back of a volume.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Restore {
    /// What became of the reference: `injected`, `already-set`, `precreated`, `not-wanted`,
    /// `elsewhere`, `in-template` or `left-alone`.
    pub reference: &'static str,
    /// The destination that the reference in the output names, where it is the volume's own.
    pub destination: Option<String>,
    /// When the destination restores: a cron, or null where it follows `token`.
    pub schedule: Option<String>,
    /// The manual trigger of the destination.
    pub token: Option<String>,
}

/// One change.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EditV1 {
    /// `set-reference`, `set-annotation`, `add` or `update`.
    pub action: &'static str,
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// The part of the input it changes or follows, from 1.
    pub document: usize,
}

/// Where a volume stands.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The input: a path, or `<stdin>`.
    pub path: String,
    /// Which document of it, from 1.
    pub document: usize,
    /// The line on which the volume starts, from 1.
    pub line: usize,
    /// The `StatefulSet` that makes it; null for a PVC of the input.
    pub stateful_set: Option<String>,
}

/// Makes the report of a plan.
pub fn report(plan: &Plan, stream: &Stream) -> Report {
    let by_verdict = by_verdict(plan).into_iter().map(|(verdict, n)| (verdict.id(), n)).collect();
    Report {
        schema_version: SCHEMA_VERSION,
        summary: Summary {
            mode: plan.mode.id(),
            failed: plan.fails(),
            volumes: plan.volumes.len(),
            by_verdict,
        },
        volumes: plan.volumes.iter().map(|volume| self::volume(volume, stream)).collect(),
        diagnostics: plan.diagnostics.iter().map(finding).collect(),
    }
}

/// Converts a place.
pub fn location(place: &Place) -> Location {
    Location {
        path: place.source.to_string(),
        line: place.mark.line(),
        column: place.mark.column(),
    }
}

/// Converts a diagnostic.
pub fn finding(found: &Diagnostic) -> Finding {
    Finding {
        code: found.code.id(),
        severity: found.severity().id(),
        message: found.message.clone(),
        help: found.help.clone(),
        location: found.location.as_ref().map(location),
    }
}

fn volume(volume: &VolumePlan, stream: &Stream) -> Volume {
    let desired = volume.desired.as_ref();
    let primary = desired.and_then(Desired::primary);
    let destination = desired.and_then(|desired| desired.destination.as_ref());
    let cron = |trigger: &Trigger| match trigger {
        Trigger::Schedule(cron) => Some(cron.clone()),
        Trigger::Manual(_) => None,
    };
    let token = |trigger: &Trigger| match trigger {
        Trigger::Manual(token) => Some(token.clone()),
        Trigger::Schedule(_) => None,
    };
    let restore = destination.map(|rd| &rd.spec.trigger);
    Volume {
        namespace: volume.namespace.clone(),
        name: volume.name.clone(),
        verdict: volume.verdict.id(),
        fails: volume.fails(),
        mode: volume.mode.id(),
        reasons: volume.reasons.iter().map(finding).collect(),
        tier: volume.tier.clone(),
        schedule: primary.and_then(|source| cron(&source.object.spec.trigger)),
        identity: primary.and_then(identity),
        names: primary.map(|source| Names {
            replication_source: source.object.metadata.name.clone(),
            replication_destination: destination.map(|rd| rd.metadata.name.clone()),
        }),
        targets: desired
            .iter()
            .flat_map(|desired| &desired.sources)
            .map(|source| Target {
                name: source.target.clone(),
                restores: source.restores && destination.is_some(),
                mover: source.object.spec.mover.mover.id(),
                tier: source.tier.clone(),
                schedule: cron(&source.object.spec.trigger),
                repository: source.object.spec.mover.repository().to_owned(),
                identity: identity(source),
                replication_source: source.object.metadata.name.clone(),
            })
            .collect(),
        restore: Restore {
            reference: reference(&volume.reference),
            destination: volume.reference.destination().map(str::to_owned),
            schedule: restore.and_then(cron),
            token: restore.and_then(token),
        },
        edits: volume.edits.iter().flat_map(|edit| edits(edit, volume, stream)).collect(),
        origin: Origin {
            path: volume.location.source.to_string(),
            document: stream.number(volume.document),
            line: volume.location.mark.line(),
            stateful_set: volume.template.as_ref().map(|template| template.set.clone()),
        },
    }
}

/// Names what kopia keeps the backups of a source under; restic has no such names.
fn identity(source: &DesiredSource) -> Option<Identity> {
    let DesiredSource { identity, .. } = source;
    match identity.mover {
        Mover::Kopia => Some(Identity {
            repository: identity.repository.clone(),
            username: identity.username.clone(),
            hostname: identity.hostname.clone(),
        }),
        Mover::Restic => None,
    }
}

fn reference(reference: &Reference) -> &'static str {
    match reference {
        Reference::LeftAlone => "left-alone",
        Reference::Injected(_) => "injected",
        Reference::AlreadySet(_) => "already-set",
        Reference::Precreated(_) => "precreated",
        Reference::NotWanted => "not-wanted",
        Reference::Elsewhere => "elsewhere",
        Reference::InTemplate => "in-template",
    }
}

fn edits(edit: &Edit, volume: &VolumePlan, stream: &Stream) -> Vec<EditV1> {
    let document = stream.number(edit.document);
    let one = |action, kind: &str, name: &str| EditV1 {
        action,
        kind: kind.to_owned(),
        name: name.to_owned(),
        document,
    };
    let pvc = crate::api::volume::PVC;
    match &edit.change {
        Change::Wire { reference, annotation, .. } => {
            let reference = reference.as_ref().map(|_| one("set-reference", pvc, &volume.name));
            let annotation = annotation.as_ref().map(|_| one("set-annotation", pvc, &volume.name));
            reference.into_iter().chain(annotation).collect()
        }
        Change::Update { object, .. } => {
            let text = |path: &str| object.pointer(path).and_then(serde_json::Value::as_str);
            let kind = text("/kind").unwrap_or_default();
            vec![one("update", kind, text("/metadata/name").unwrap_or_default())]
        }
        Change::Add(additions) => additions
            .iter()
            .map(|addition| match addition {
                Addition::Source(rs) => one("add", rs.kind, &rs.metadata.name),
                Addition::Destination(rd) => one("add", rd.kind, &rd.metadata.name),
                Addition::Volume(_) => one("add", pvc, &volume.name),
                Addition::Secret(secret) => {
                    let text =
                        |path: &str| secret.pointer(path).and_then(serde_json::Value::as_str);
                    let kind = text("/kind").unwrap_or_default();
                    one("add", kind, text("/metadata/name").unwrap_or_default())
                }
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_schema_is_the_code() {
        let schema = schemars::schema_for!(super::Report);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        crate::testing::published("docs/schema/plumber-report.schema.json", &text);
    }
}
