//! One volume, as the document shows it.

use super::live::{BackupV1, HalfV1, LiveV1};
use super::word::{self, Word};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// Its namespace; `?` where nothing says it.
    pub namespace: String,
    /// Its name.
    pub pvc: String,
    /// The mode of the configuration.
    #[serde(deserialize_with = "word::mode")]
    pub mode: Word,
    /// The tier's word.
    pub tier: String,
    /// Which labels opt in: `v4`, `legacy`, `both` or `none`.
    #[serde(deserialize_with = "word::label_source")]
    pub label_source: Word,
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
    #[serde(deserialize_with = "word::owner")]
    pub owner_classification: Word,
    /// What the operator would do.
    #[serde(deserialize_with = "word::action")]
    pub action: Word,
    /// What is malformed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<String>,
    /// What is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntentV1 {
    /// `git`, or `none` where Git does not know the volume.
    #[serde(deserialize_with = "word::intent_source")]
    pub source: Word,
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
    #[serde(deserialize_with = "word::standing")]
    pub standing: Word,
    /// The destination that the rendered reference names.
    pub data_source_ref: Option<String>,
    /// The rendered source.
    pub rs: Option<HalfV1>,
    /// The rendered destination.
    pub rd: Option<HalfV1>,
}

/// Whether a volume would come back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestoreReadiness {
    /// The worst that is known of it, or that it is well.
    #[serde(deserialize_with = "word::verdict")]
    pub verdict: Word,
    /// How much that matters: `info`, `medium`, `high` or `critical`.
    #[serde(deserialize_with = "word::severity")]
    pub severity: Word,
    /// What would happen if the cluster were rebuilt.
    #[serde(deserialize_with = "word::outcome")]
    pub rebuild: Word,
    /// What would happen if the volume were recreated.
    #[serde(deserialize_with = "word::outcome")]
    pub pvc_recreate: Word,
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingV1 {
    /// What kind of thing; stable.
    #[serde(deserialize_with = "word::verdict")]
    pub code: Word,
    /// `info`, `medium`, `high` or `critical`.
    #[serde(deserialize_with = "word::severity")]
    pub severity: Word,
    /// In which scenario it matters: `rebuild`, `pvc_recreate` or `both`.
    #[serde(deserialize_with = "word::scenario")]
    pub scenario: Word,
    /// What was seen.
    pub message: String,
    /// Where it was seen.
    pub evidence: Vec<EvidenceV1>,
    /// What to do.
    pub fix: FixV1,
}

/// What to do about a finding.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
