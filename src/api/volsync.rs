//! VolSync's API as far as it is rendered: group, kinds, and the fields of the pair.
//!
//! A value that nobody configured is absent, never an empty text: VolSync reads `""` as a value.
//! Fields stand in the order in which people write them by hand.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// The API group.
pub const GROUP: &str = "volsync.backube";
/// The API version of both kinds.
pub const API_VERSION: &str = "volsync.backube/v1alpha1";
/// "Back this up".
pub const REPLICATION_SOURCE: &str = "ReplicationSource";
/// "Restore it".
pub const REPLICATION_DESTINATION: &str = "ReplicationDestination";

/// The trigger of a source that is backed up only on demand. A source without any trigger loops.
pub const MANUAL_BACKUP: &str = "backup-on-demand";
/// The trigger of a destination that restores once, when it is created.
pub const RESTORE_ONCE: &str = "restore-once";

/// Returns the restore reference to a destination, as it stands under `spec.dataSourceRef`.
pub fn reference_to(destination: &str) -> Value {
    json!({"apiGroup": GROUP, "kind": REPLICATION_DESTINATION, "name": destination})
}

/// Returns the username under which VolSync backs up for a source that states none: its name
/// without what is neither letter, digit, `_` nor `-`, trimmed and cut. The hostname is then its
/// namespace.
pub fn default_username(source: &str) -> String {
    let kept: String =
        source.chars().filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
    kept.trim_matches(['_', '-']).chars().take(50).collect()
}

/// `metadata` of a rendered object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metadata {
    /// `name`.
    pub name: String,
    /// `namespace`, where the volume states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `labels`.
    pub labels: Keys,
    /// `annotations`.
    pub annotations: Keys,
}

/// Labels or annotations, in order; each key stands once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(pub Box<[(&'static str, String)]>);

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// A rendered object: a source or a destination by its spec.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replication<S> {
    /// `apiVersion`.
    pub api_version: &'static str,
    /// `kind`.
    pub kind: &'static str,
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: S,
}

/// A rendered `ReplicationSource`.
pub type ReplicationSource = Replication<SourceSpec>;
/// A rendered `ReplicationDestination`.
pub type ReplicationDestination = Replication<DestinationSpec>;

/// `spec` of a `ReplicationSource`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceSpec {
    /// The volume.
    #[serde(rename = "sourcePVC")]
    pub source_pvc: String,
    /// When it is backed up.
    pub trigger: Trigger,
    /// How.
    pub kopia: SourceKopia,
}

/// `spec` of a `ReplicationDestination`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DestinationSpec {
    /// When it restores.
    pub trigger: Trigger,
    /// How.
    pub kopia: DestinationKopia,
}

/// `spec.trigger`: one of two, never both, never neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// By a cron expression.
    Schedule(String),
    /// Once for each new value.
    Manual(String),
}

/// The fields that source and destination share.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// How the point-in-time copy is made.
    pub copy_method: String,
    /// The storage class of the copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class_name: Option<String>,
    /// The class of the snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_snapshot_class_name: Option<String>,
    /// The size of the mover's cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_capacity: Option<String>,
}

/// `spec.kopia` of a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceKopia {
    /// The Secret that holds the repository.
    pub repository: String,
    /// The identity's first half.
    pub username: String,
    /// The identity's second half.
    pub hostname: String,
    /// The compression algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// How many uploads run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<i32>,
    /// How the copy is made.
    #[serde(flatten)]
    pub volume: Volume,
    /// How many backups are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain: Option<Retain>,
    /// Whom the mover runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mover_security_context: Option<MoverSecurityContext>,
}

/// `spec.kopia` of a destination.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationKopia {
    /// The Secret that holds the repository.
    pub repository: String,
    /// The identity's first half.
    pub username: String,
    /// The identity's second half.
    pub hostname: String,
    /// Where the operator looked for the source; without effect beside the explicit identity.
    pub source_identity: SourceIdentity,
    /// How the copy is made.
    #[serde(flatten)]
    pub volume: Volume,
    /// The access modes of the restored volume.
    pub access_modes: Vec<String>,
    /// The size of the restored volume: a quantity, or a plain number of bytes.
    pub capacity: Value,
    /// Whom the mover runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mover_security_context: Option<MoverSecurityContext>,
}

/// `spec.kopia.sourceIdentity` of a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceIdentity {
    /// The source's name.
    pub source_name: String,
    /// The source's namespace.
    pub source_namespace: String,
    /// The volume's name.
    #[serde(rename = "sourcePVCName")]
    pub source_pvc_name: String,
}

/// `spec.kopia.retain`: how many backups of each age are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Retain {
    /// The newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<i32>,
    /// One an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<i32>,
    /// One a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily: Option<i32>,
    /// One a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekly: Option<i32>,
    /// One a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<i32>,
    /// One a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yearly: Option<i32>,
}

/// `spec.kopia.moverSecurityContext`: whom the mover runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoverSecurityContext {
    /// The user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_user: Option<i64>,
    /// The group id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_group: Option<i64>,
    /// The file system group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fs_group: Option<i64>,
}

impl<S: Serialize> Replication<S> {
    /// Converts to the JSON value that is written.
    pub fn to_json(&self) -> Value {
        // Serialising plain structs with text keys to a value does not fail.
        serde_json::to_value(self).unwrap_or_default()
    }
}
