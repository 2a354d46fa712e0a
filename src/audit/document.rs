//! The `/audit` document, schema version 1.1: the operator's fields, unchanged, and further ones.
//!
//! Structs of their own, so that a change inside does not change what programs read. The schema
//! in `docs/schema` is written from them.

mod aged;
mod build;
mod live;

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use aged::Later;
pub use build::{Rated, document};
pub(super) use build::{assemble, rate};
pub use live::{BackupV1, HalfV1, LiveHalf, LivePvc, LiveSnapshot, LiveV1};

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("../../docs/schema/plumber-audit.schema.json");

/// The version of this format.
pub const SCHEMA_VERSION: &str = "1.1";

/// The document.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document {
    /// The version of this format: 1.1.
    pub schema_version: &'static str,
    /// When the question was asked, RFC 3339.
    pub generated_at: String,
    /// The mode of the configuration.
    pub operator_mode: &'static str,
    /// How names are made from a volume's.
    pub naming_strategy: &'static str,
    /// The Secret of the repository where nothing else is said.
    pub default_repo_secret: String,
    /// Counts, as the operator makes them.
    pub summary: Summary,
    /// Counts of what would come back.
    pub readiness: Readiness,
    /// Where the intent comes from.
    pub intent_sources: Vec<IntentSource>,
    /// What is to say of no volume in particular.
    pub findings: Vec<FindingV1>,
    /// Every volume, by namespace and name.
    pub entries: Vec<Arc<Entry>>,
}

/// Counts, as the operator makes them.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// How many volumes there are.
    pub total_pvcs: usize,
    /// By action; every action is there.
    pub by_action: BTreeMap<&'static str, usize>,
    /// By owner; every owner is there.
    pub by_owner_classification: BTreeMap<&'static str, usize>,
    /// By label source; every one is there.
    pub by_label_source: BTreeMap<&'static str, usize>,
    /// How many entries are stale.
    pub entries_stale: usize,
    /// When the oldest entry was evaluated; absent without entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_evaluated_at: Option<String>,
}

/// Counts of what would come back.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Readiness {
    /// How many volumes are to come back.
    pub protected: usize,
    /// How many of them would come back with their last backup.
    pub would_restore: PerScenario<usize>,
    /// How many of them come to each outcome; every outcome is there.
    pub by_outcome: PerScenario<BTreeMap<&'static str, usize>>,
    /// How many volumes of all come to each verdict; only those that occur.
    pub by_verdict: BTreeMap<&'static str, usize>,
    /// How many volumes are exempt, native, unprotected.
    pub not_protected: NotProtected,
}

/// One value for each scenario.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PerScenario<T> {
    /// The cluster is new.
    pub rebuild: T,
    /// The volume alone is made anew.
    pub pvc_recreate: T,
}

/// Volumes that are not to come back, by the reason.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotProtected {
    /// Exempt, with a reason.
    pub exempt: usize,
    /// CloudNativePG's.
    pub native: usize,
    /// Their owner wants no restore, or no backup.
    pub not_wanted: usize,
    /// Nobody has said anything.
    pub undecided: usize,
    /// Git does not know them.
    pub not_in_git: usize,
}

/// Where the intent comes from.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntentSource {
    /// The application; null where it is not known.
    pub app: Option<String>,
    /// The repository; null where it is not known.
    pub repo: Option<String>,
    /// The commit; null where it is not known.
    pub revision: Option<String>,
    /// The folder.
    pub path: String,
    /// When it was rendered, RFC 3339.
    pub rendered_at: String,
    /// The SHA-256 of what was rendered.
    pub digest: String,
    /// `rendered`, or `failed` where it would not render in its mode.
    pub status: &'static str,
}

/// One volume.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// Its namespace; `?` where nothing says it.
    pub namespace: String,
    /// Its name.
    pub pvc: String,
    /// The mode of the configuration.
    pub mode: &'static str,
    /// The tier's word.
    pub tier: String,
    /// Which labels opt in: `v4`, `legacy`, `both` or `none`.
    pub label_source: &'static str,
    /// The identity of its backups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_identity: Option<String>,
    /// What should exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedV1>,
    /// What exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentV1>,
    /// Whose the pair is.
    pub owner_classification: &'static str,
    /// What the operator would do.
    pub action: &'static str,
    /// What is malformed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub blockers: Vec<String>,
    /// What is worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub notes: Vec<String>,
    /// When the cluster was read, RFC 3339.
    pub evaluated_at: String,
    /// How long ago that was.
    pub age_seconds: i64,
    /// Whether that is too long ago.
    pub stale: bool,
    /// What Git intends.
    pub intent: IntentV1,
    /// What is in the cluster.
    pub live: LiveV1,
    /// Its backups.
    pub backup: BackupV1,
    /// Whether it would come back.
    pub restore_readiness: RestoreReadiness,
    /// Everything that was looked at for the findings.
    pub evidence: Vec<EvidenceV1>,
}

/// What should exist.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExpectedV1 {
    /// The source's name.
    pub rs_name: String,
    /// The destination's name.
    pub rd_name: String,
    /// The Secret of the repository.
    pub repository_secret: String,
    /// Kopia's user name.
    pub kopia_username: String,
    /// Kopia's host name.
    pub kopia_hostname: String,
    /// Both, as `hostname/username`.
    pub backup_identity: String,
}

/// What exists.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CurrentV1 {
    /// Whether there is a source.
    pub rs_present: bool,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rs_name: Option<String>,
    /// Who manages it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rs_managed_by: Option<String>,
    /// Its repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rs_repository: Option<String>,
    /// The volume it backs up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rs_source_pvc: Option<String>,
    /// Its schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rs_schedule: Option<String>,
    /// Whether there is a destination.
    pub rd_present: bool,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rd_name: Option<String>,
    /// Who manages it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rd_managed_by: Option<String>,
    /// Its repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rd_repository: Option<String>,
}

/// What Git intends.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntentV1 {
    /// `git`, or `none` where Git does not know the volume.
    pub source: &'static str,
    /// The application that keeps it, as its objects in the cluster say.
    pub app: Option<String>,
    /// The commit; null where it is not known.
    pub revision: Option<String>,
    /// Where its manifest stands.
    pub path: Option<String>,
    /// Whether it is to come back.
    pub protected: bool,
    /// What is expected of it: `protected`, `backup-only`, `disabled`, `exempt`, `native`,
    /// `undecided` or `not-in-git`.
    pub standing: &'static str,
    /// The destination that the rendered reference names.
    pub data_source_ref: Option<String>,
    /// The rendered source.
    pub rs: Option<HalfV1>,
    /// The rendered destination.
    pub rd: Option<HalfV1>,
}

/// Whether a volume would come back.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestoreReadiness {
    /// The worst that is known of it, or that it is well.
    pub verdict: &'static str,
    /// How much that matters: `info`, `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// What would happen if the cluster were rebuilt.
    pub rebuild: &'static str,
    /// What would happen if the volume were recreated.
    pub pvc_recreate: &'static str,
    /// From when the data would be if the cluster were rebuilt: the last backup that was seen to
    /// write data.
    pub restore_point: Option<String>,
    /// From when, at the latest, the data would be if the volume were recreated.
    pub recreate_point: Option<String>,
    /// When a restore, beyond the first, was last seen to read data.
    pub last_drill: Option<String>,
    /// Everything that was found, the worst first.
    pub findings: Vec<FindingV1>,
}

/// Something that was found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingV1 {
    /// What kind of thing; stable.
    pub code: &'static str,
    /// `info`, `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// In which scenario it matters: `rebuild`, `pvc_recreate` or `both`.
    pub scenario: &'static str,
    /// What was seen.
    pub message: String,
    /// Where it was seen.
    pub evidence: Vec<EvidenceV1>,
    /// What to do.
    pub fix: FixV1,
}

/// What to do about a finding.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FixV1 {
    /// In words.
    pub text: String,
    /// What to paste.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Where it is explained.
    pub doc: String,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EvidenceV1 {
    /// The object: its path in the cluster's API, or `git:` and a place.
    #[serde(rename = "ref")]
    pub object: String,
    /// Its version, of objects in the cluster.
    pub resource_version: Option<String>,
    /// When it was read, of objects in the cluster.
    pub observed_at: Option<String>,
    /// The field.
    pub field: String,
    /// Its value; null where it is absent.
    pub value: Value,
}

#[cfg(test)]
mod tests {
    use crate::audit::code::Code;
    use crate::testing::{document, published};

    #[test]
    fn the_published_schema_is_the_code() {
        let schema = schemars::schema_for!(super::Document);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        published("docs/schema/plumber-audit.schema.json", &text);
    }

    #[test]
    fn every_code_is_in_the_runbook() {
        let text = document("docs/runbook.md");
        let mut sections = text.split("\n## ").skip(1);
        for code in Code::ALL {
            let id = code.id();
            let section = sections.next().unwrap_or_default();
            let (severity, summary) = (code.severity().id(), code.summary());
            let head = format!("{id}\n\n**{severity}** at worst. {summary}\n\n*Confirm:* ");
            assert!(section.starts_with(&head), "docs/runbook.md: expected\n## {head}");
            let (confirm, fix) = section[head.len()..].split_once("\n\n*Fix:* ").expect(id);
            assert!(!confirm.is_empty() && fix.trim_end().ends_with('.'), "{id}");
        }
        assert_eq!(sections.next(), None, "a section without a code");
    }

    #[test]
    fn every_code_is_documented() {
        let rows: Vec<String> = Code::ALL
            .iter()
            .map(|code| {
                let (id, fix) = (code.id(), code.fix().replace('|', "\\|"));
                let row = match code.row() {
                    0 => "-".to_owned(),
                    row => row.to_string(),
                };
                let severity = code.severity().id();
                let summary = code.summary();
                format!("| <a id=\"{id}\"></a>`{id}` | {severity} | {row} | {summary} | {fix} |")
            })
            .collect();
        let begin = "<!-- codes: written by UPDATE=1 cargo test -->\n";
        let end = "<!-- end of codes -->";
        let text = document("docs/audit.md");
        let (head, rest) = text.split_once(begin).expect("the table's start");
        let (_, tail) = rest.split_once(end).expect("the table's end");
        let titles =
            "| code | at worst | row | meaning | what to do |\n| --- | --- | --- | --- | --- |";
        let table = format!("{titles}\n{}\n", rows.join("\n"));
        published("docs/audit.md", &format!("{head}{begin}\n{table}\n{end}{tail}"));
    }
}
