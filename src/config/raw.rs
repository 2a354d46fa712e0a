//! `plumber.yaml` as it is written: nothing is required, nothing but the types is checked.
//!
//! The doc comments are the descriptions that editors show, through the published schema.

use super::blocks::{RawBlock, RawBlocks, RawRetain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pattern of the schema: a cron expression with placeholders, roughly.
#[cfg(test)]
const CRON: &str = r"^(@(annually|yearly|monthly|weekly|daily|hourly)|[^ ]+( [^ ]+){4})$";
/// A name, or a text with a placeholder.
#[cfg(test)]
const NAME: &str = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$|\{[A-Za-z]+\}";
#[cfg(test)]
const TIER: &str = r"^(?!(manual|disabled|unspecified)$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$";
#[cfg(test)]
const GLOB: &str = r"^[a-z0-9*?{},\[\]!^-]+$";

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
    /// The cluster's name, for {cluster}.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<String>,
    /// What {app} stands for where a volume has no annotation pvc-plumber.io/app. Without it: the
    /// application that Argo CD renders, or --app.
    #[cfg_attr(test, schemars(extend("examples" = ["{pvc}"])))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) app: Option<String>,
    /// The Secret in the volume's namespace that holds the repository: defaults.repository in
    /// short.
    #[cfg_attr(test, schemars(regex(pattern = NAME), extend(
        "default" = "volsync-kopia-repository")))]
    pub(super) repository: Option<String>,
    /// What a volume gets that says nothing itself.
    pub(super) defaults: Option<RawBlock>,
    /// Settings that a volume picks by the label pvc-plumber.io/profile, or that volumes picks for
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profiles: Option<RawBlocks>,
    /// Settings by the storage class of the volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) classes: Option<RawBlocks>,
    /// Several backups of each volume, one ReplicationSource each, by a name of one's own. The one
    /// with restore: true, else the first, also gets the ReplicationDestination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) targets: Option<RawBlocks>,
    /// Schedules by the word that stands in the label pvc-plumber.io/tier. Built in are hourly,
    /// daily and weekly, which may be redefined, and manual and disabled, which may not.
    #[cfg_attr(test, schemars(extend(
        "propertyNames" = {"pattern": TIER, "maxLength": 63},
        "examples" = [{"nightly": {"schedule": "{minute} 3 * * *", "retain": {"daily": 14}}}])))]
    pub(super) tiers: Option<BTreeMap<String, RawTier>>,
    /// Rules by namespace, name and storage class, for volumes that cannot be labelled. For each
    /// key the first rule counts that matches and has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) volumes: Option<Vec<RawRule>>,
    /// Which namespaces are written to.
    pub(super) namespaces: Option<RawNamespaces>,
    /// How volumes find their way back.
    pub(super) restore: Option<RawRestore>,
    /// The bounds of what is read.
    pub(super) limits: Option<RawLimits>,
    /// What `plumber check` lets pass.
    pub(super) check: Option<RawCheck>,
    /// The applications of a repository, which `plumber check` looks at together. Paths are
    /// relative to this file.
    #[cfg_attr(test, schemars(extend(
        "default" = [], "examples" = [[{"path": "apps/*", "namespace": "{name}"}]])))]
    pub(super) apps: Option<Vec<RawApp>>,
}

/// What `plumber check` lets pass.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawCheck {
    /// Findings that are allowed, each with a reason. What stands in several files adds up.
    #[cfg_attr(test, schemars(extend(
        "default" = [],
        "examples" = [[{"code": "retention-missing", "reason": "the repository has a policy"}]])))]
    pub(super) allow: Option<Vec<RawAllow>>,
}

/// A finding that is allowed.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("required" = ["code", "reason"])))]
pub(super) struct RawAllow {
    /// The code of the finding.
    #[cfg_attr(test, schemars(regex(pattern = "^[a-z0-9-]+$")))]
    pub(super) code: Option<String>,
    /// Why it is allowed.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) reason: Option<String>,
    /// A glob of the namespaces in which it is allowed. Without it: all.
    #[cfg_attr(test, schemars(regex(pattern = GLOB)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    /// A glob of the names of the objects at which it is allowed. Without it: all.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// Applications of a repository.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("required" = ["path"])))]
pub(super) struct RawApp {
    /// A glob of folders, or of files that hold a stream each.
    #[cfg_attr(test, schemars(length(min = 1), extend("examples" = ["apps/*", "apps/*/*"])))]
    pub(super) path: Option<String>,
    /// The namespace of manifests that state none. {name} is the folder's name, {1} and {2} are
    /// what the first and second part of the path with a wildcard matched.
    #[cfg_attr(test, schemars(length(min = 1), extend("examples" = ["{name}"])))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    /// The application that volumes belong to which do not say it, with the same placeholders.
    #[cfg_attr(test, schemars(length(min = 1), extend("examples" = ["{name}"])))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) app: Option<String>,
    /// The cluster that the applications go to, with the same placeholders. Objects of two
    /// clusters do not collide.
    #[cfg_attr(test, schemars(length(min = 1), extend("examples" = ["{1}"])))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retain: Option<RawRetain>,
}

/// A rule about volumes.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawRule {
    /// Globs of their namespaces; any where it is left out.
    #[cfg_attr(test, schemars(inner(regex(pattern = GLOB))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespaces: Option<Vec<String>>,
    /// Globs of their names; any where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) names: Option<Vec<String>>,
    /// Globs of their storage classes; any where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_classes: Option<Vec<String>>,
    /// Whether they are backed up, as by both labels; labels on the volume come first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    /// Their profile, where no label names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<String>,
    /// Their tier, where no label names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<String>,
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
