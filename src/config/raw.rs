//! `plumber.yaml` as it is written: nothing is required, nothing but the types is checked.
//!
//! The doc comments are the descriptions that editors show, through the published schema.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pattern of the schema: a cron expression with placeholders, roughly.
#[cfg(test)]
const CRON: &str = r"^(@(annually|yearly|monthly|weekly|daily|hourly)|[^ ]+( [^ ]+){4})$";
#[cfg(test)]
const NAME: &str = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";
#[cfg(test)]
const TIER: &str = r"^(?!(manual|disabled|unspecified)$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$";
#[cfg(test)]
const QUANTITY: &str = r"^[0-9]+(\.[0-9]*)?(Ki|Mi|Gi|Ti|Pi|Ei|m|k|M|G|T|P|E|[eE][+-]?[0-9]+)?$";
#[cfg(test)]
const GLOB: &str = r"^[a-z0-9*?{},\[\]!^-]+$";
#[cfg(test)]
const ID_MAX: i64 = super::rules::ID_MAX;

/// How plumber backs up the volumes of these manifests. Every key may be left out.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "plumber.yaml", extend("required" = ["apiVersion", "kind"])))]
pub(super) struct RawConfig {
    /// The version of this format.
    #[cfg_attr(test, schemars(extend("const" = super::file::API_VERSION)))]
    pub(super) api_version: Option<String>,
    /// The kind of this document.
    #[cfg_attr(test, schemars(extend("const" = super::file::KIND)))]
    pub(super) kind: Option<String>,
    /// What happens when a volume is in trouble. strict: the run fails. permissive: that volume
    /// passes through untouched, the others are wired. audit: nothing is edited.
    #[cfg_attr(test, schemars(extend(
        "enum" = ["strict", "permissive", "audit"], "default" = "strict")))]
    pub(super) mode: Option<String>,
    /// The Secret in the volume's namespace that holds the kopia repository.
    #[cfg_attr(test, schemars(regex(pattern = NAME), length(max = 253), extend(
        "default" = "volsync-kopia-repository")))]
    pub(super) repository: Option<String>,
    /// What a volume gets that says nothing itself.
    pub(super) defaults: Option<RawDefaults>,
    /// Schedules by the word that stands in the label pvc-plumber.io/tier. Built in are hourly,
    /// daily and weekly, which may be redefined, and manual and disabled, which may not.
    #[cfg_attr(test, schemars(extend(
        "propertyNames" = {"pattern": TIER, "maxLength": 63},
        "examples" = [{"nightly": {"schedule": "{minute} 3 * * *", "retain": {"daily": 14}}}])))]
    pub(super) tiers: Option<BTreeMap<String, RawTier>>,
    /// Which namespaces are written to.
    pub(super) namespaces: Option<RawNamespaces>,
    /// How volumes find their way back.
    pub(super) restore: Option<RawRestore>,
    /// The bounds of what is read.
    pub(super) limits: Option<RawLimits>,
}

/// What a volume gets that says nothing itself.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawDefaults {
    /// The storage class of the mover's copy, for volumes that name no storage class themselves.
    #[cfg_attr(test, schemars(regex(pattern = NAME), length(max = 253), extend(
        "examples" = ["longhorn"])))]
    pub(super) storage_class_name: Option<String>,
    /// The `VolumeSnapshotClass`. Without it: the cluster's default.
    #[cfg_attr(test, schemars(regex(pattern = NAME), length(max = 253), extend(
        "examples" = ["longhorn-snapclass"])))]
    pub(super) volume_snapshot_class_name: Option<String>,
    /// The size of the mover's cache. Without it: VolSync's own.
    #[cfg_attr(test, schemars(regex(pattern = QUANTITY), extend("examples" = ["2Gi"])))]
    pub(super) cache_capacity: Option<String>,
    /// How a backup copies the volume. A restore always uses Snapshot, because nothing else can
    /// fill a recreated volume.
    #[cfg_attr(test, schemars(extend(
        "enum" = ["Snapshot", "Clone", "Direct"], "default" = "Snapshot")))]
    pub(super) copy_method: Option<String>,
    /// The compression algorithm of kopia.
    #[cfg_attr(test, schemars(regex(pattern = "^[a-z0-9-]+$"), extend(
        "default" = "zstd-fastest", "examples" = ["zstd-fastest", "zstd", "s2-default", "none"])))]
    pub(super) compression: Option<String>,
    /// How many uploads run at once.
    #[cfg_attr(test, schemars(range(min = 1, max = i32::MAX), extend("default" = 2)))]
    pub(super) parallelism: Option<i64>,
    /// How many backups are kept, as one value: counts that are left out follow the repository's
    /// own policy. An empty mapping leaves all of them to it.
    #[cfg_attr(test, schemars(extend(
        "default" = {"hourly": 24, "daily": 7, "weekly": 4, "monthly": 2})))]
    pub(super) retain: Option<RawRetain>,
    /// Whom the mover runs as: the application's own user and group, as a rule.
    pub(super) mover_security_context: Option<RawMover>,
}

/// How many backups are kept.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawRetain {
    /// The newest, whatever their age.
    #[cfg_attr(test, schemars(range(min = 0, max = i32::MAX)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latest: Option<i64>,
    /// One an hour.
    #[cfg_attr(test, schemars(range(min = 0, max = i32::MAX)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hourly: Option<i64>,
    /// One a day.
    #[cfg_attr(test, schemars(range(min = 0, max = i32::MAX)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) daily: Option<i64>,
    /// One a week.
    #[cfg_attr(test, schemars(range(min = 0, max = i32::MAX)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weekly: Option<i64>,
    /// One a month.
    #[cfg_attr(test, schemars(range(min = 0, max = i32::MAX)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) monthly: Option<i64>,
    /// One a year.
    #[cfg_attr(test, schemars(range(min = 0, max = i32::MAX)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) yearly: Option<i64>,
}

/// Whom the mover runs as.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawMover {
    /// The user id.
    #[cfg_attr(test, schemars(range(min = 0, max = ID_MAX), extend("examples" = [1000])))]
    pub(super) run_as_user: Option<i64>,
    /// The group id.
    #[cfg_attr(test, schemars(range(min = 0, max = ID_MAX), extend("examples" = [1000])))]
    pub(super) run_as_group: Option<i64>,
    /// The file system group.
    #[cfg_attr(test, schemars(range(min = 0, max = ID_MAX), extend("examples" = [1000])))]
    pub(super) fs_group: Option<i64>,
}

/// How often a volume is backed up, and how long the backups are kept.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("required" = ["schedule"])))]
pub(super) struct RawTier {
    /// When: a cron expression of five fields. {minute} and {hour} become numbers that differ
    /// from volume to volume. Quotes are needed around a text that starts with a brace or a star.
    #[cfg_attr(test, schemars(regex(pattern = CRON), extend(
        "examples" = ["{minute} * * * *", "{minute} 2 * * *", "{minute} {hour} * * 0"])))]
    pub(super) schedule: Option<String>,
    /// How many backups are kept. Without it: defaults.retain.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retain: Option<RawRetain>,
}

/// Which namespaces are written to.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawNamespaces {
    /// Globs of the namespaces in which volumes are wired without the label
    /// pvc-plumber.io/managed-namespace. Counts in a trusted file alone.
    #[cfg_attr(test, schemars(inner(regex(pattern = GLOB)), extend(
        "default" = [], "examples" = [["media", "apps-*"]])))]
    pub(super) managed: Option<Vec<String>>,
    /// Globs of the namespaces that are never written to, whatever their labels say.
    #[cfg_attr(test, schemars(inner(regex(pattern = GLOB)), extend(
        "default" = [], "examples" = [["*-staging"]])))]
    pub(super) excluded: Option<Vec<String>>,
}

/// How volumes find their way back.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawRestore {
    /// Whether spec.dataSourceRef is set. Without the reference a recreated volume is empty.
    #[cfg_attr(test, schemars(extend("default" = true)))]
    pub(super) inject: Option<bool>,
    /// Whether a volume with the reference gets the annotation pvc-plumber.io/restore-source.
    #[cfg_attr(test, schemars(extend("default" = true)))]
    pub(super) annotate: Option<bool>,
    /// When the restore image is made anew: a cron expression, which may hold {minute} and
    /// {hour}. Without it the image is made once, and a recreated volume gets data of that day.
    #[cfg_attr(test, schemars(regex(pattern = CRON), extend(
        "examples" = ["{minute} 5 * * *"])))]
    pub(super) refresh: Option<String>,
}

/// The bounds of what is read.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawLimits {
    /// The largest input, over all files: bytes, or a size such as 512Mi.
    #[cfg_attr(test, schemars(extend("default" = "1Gi")))]
    pub(super) stream_size: Option<RawSize>,
    /// The largest document that is parsed: bytes, or a size such as 16Mi.
    #[cfg_attr(test, schemars(extend("default" = "64Mi")))]
    pub(super) document_size: Option<RawSize>,
}

/// A size as it is written.
#[derive(Debug)]
pub(super) enum RawSize {
    /// A number of bytes.
    Bytes(usize),
    /// A number and a unit, or something else.
    Text(String),
}
