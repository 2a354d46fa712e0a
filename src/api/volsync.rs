//! VolSync's API as far as it is rendered: group, kinds, and the fields of the pair.
//!
//! A value that nobody configured is absent, never an empty text: VolSync reads `""` as a value.
//! Fields stand in the order in which people write them by hand.

use super::compact::{Compact, Entries};
use super::mover::Mover;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

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
/// The keys of a repository's Secret that hold its whole address.
pub const REPOSITORY_KEYS: &[&str] = &["RESTIC_REPOSITORY", "KOPIA_REPOSITORY"];
/// The keys of a repository's Secret that hold its password.
pub const PASSWORD_KEYS: &[&str] = &["RESTIC_PASSWORD", "KOPIA_PASSWORD"];

/// Returns the restore reference to a destination, as it stands under `spec.dataSourceRef`.
pub fn reference_to(destination: &str) -> Value {
    json!({"apiGroup": GROUP, "kind": REPLICATION_DESTINATION, "name": destination})
}

/// Returns the identity that VolSync gives a kopia source: its own `username` and `hostname`,
/// else what follows from its name and namespace.
pub fn source_identity(
    username: Option<&str>,
    hostname: Option<&str>,
    name: &str,
    namespace: &str,
) -> (String, String) {
    (
        username.map_or_else(|| default_username(name), str::to_owned),
        hostname.unwrap_or(namespace).to_owned(),
    )
}

/// Returns the identity whose backups a kopia destination restores: its own `username` and
/// `hostname`, else that of the source it names in `sourceIdentity`, else that of a source of its
/// own name. Nothing where only one of the first two is there, which VolSync refuses.
pub fn destination_identity(
    fields: &Map<String, Value>,
    name: &str,
    namespace: &str,
) -> Option<(String, String)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let of = fields.get("sourceIdentity");
    match (text(fields.get("username")), text(fields.get("hostname"))) {
        (Some(username), Some(hostname)) => Some((username, hostname)),
        (Some(_), None) | (None, Some(_)) => None,
        (None, None) => {
            let source = text(of.and_then(|of| of.get("sourceName")));
            let place = text(of.and_then(|of| of.get("sourceNamespace")));
            let username = default_username(source.as_deref().unwrap_or(name));
            Some((username, place.unwrap_or_else(|| namespace.to_owned())))
        }
    }
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
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// `name`.
    pub name: String,
    /// `namespace`, where the volume states one.
    pub namespace: Option<String>,
    /// `labels`, in order.
    pub labels: Entries,
    /// `annotations`, in order.
    pub annotations: Entries,
}

/// A rendered object: a source or a destination by its spec.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSpec {
    /// The volume.
    pub source_pvc: String,
    /// When it is backed up.
    pub trigger: Trigger,
    /// By what, and how.
    pub mover: MoverSpec,
}

/// `spec` of a `ReplicationDestination`.
#[derive(Debug, Clone, PartialEq)]
pub struct DestinationSpec {
    /// When it restores.
    pub trigger: Trigger,
    /// By what, and how.
    pub mover: MoverSpec,
}

/// The mover's part of a spec: its fields by VolSync's names, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct MoverSpec {
    /// The mover, whose name is the key.
    pub mover: Mover,
    /// The fields.
    pub fields: Entries,
}

/// `spec.trigger`: one of two, never both, never neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// By a cron expression.
    Schedule(String),
    /// Once for each new value.
    Manual(String),
}

impl MoverSpec {
    /// Returns the text of a field; nothing where it is absent.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Compact::as_str)
    }

    /// Returns the Secret that holds the repository.
    pub fn repository(&self) -> &str {
        self.text("repository").unwrap_or_default()
    }
}

/// The spec of a rendered object.
pub trait Spec {
    /// Returns its entries, as they are written.
    fn entries(&self) -> Entries;
}

impl Spec for SourceSpec {
    fn entries(&self) -> Entries {
        let Self { source_pvc, trigger, mover } = self;
        let pvc = entry("sourcePVC", Compact::Text(source_pvc.into()));
        [pvc, trigger.entry(), mover.entry()].into_iter().collect()
    }
}

impl Spec for DestinationSpec {
    fn entries(&self) -> Entries {
        let Self { trigger, mover } = self;
        [trigger.entry(), mover.entry()].into_iter().collect()
    }
}

type Entry = (SmolStr, Compact);

fn entry(key: &'static str, value: Compact) -> Entry {
    (SmolStr::new_static(key), value)
}

fn object(entries: impl IntoIterator<Item = Entry>) -> Compact {
    Compact::Object(entries.into_iter().collect())
}

impl Trigger {
    fn entry(&self) -> Entry {
        let (key, text) = match self {
            Self::Schedule(cron) => ("schedule", cron),
            Self::Manual(token) => ("manual", token),
        };
        entry("trigger", object([entry(key, Compact::Text(text.into()))]))
    }
}

impl MoverSpec {
    fn entry(&self) -> Entry {
        entry(self.mover.id(), Compact::Object(self.fields.clone()))
    }
}

impl Metadata {
    fn entry(&self) -> Entry {
        let Self { name, namespace, labels, annotations } = self;
        let namespace = namespace.as_ref();
        let namespace = namespace.map(|home| entry("namespace", Compact::Text(home.into())));
        let maps = [
            entry("labels", Compact::Object(labels.clone())),
            entry("annotations", Compact::Object(annotations.clone())),
        ];
        let name = [entry("name", Compact::Text(name.into()))];
        entry("metadata", object(name.into_iter().chain(namespace).chain(maps)))
    }
}

impl<S: Spec> Replication<S> {
    /// Converts to the value that is written.
    pub fn to_compact(&self) -> Compact {
        let Self { api_version, kind, metadata, spec } = self;
        object([
            entry("apiVersion", Compact::Text(SmolStr::new_static(api_version))),
            entry("kind", Compact::Text(SmolStr::new_static(kind))),
            metadata.entry(),
            entry("spec", Compact::Object(spec.entries())),
        ])
    }

    /// Converts to JSON.
    pub fn to_json(&self) -> Value {
        self.to_compact().to_json()
    }
}

/// Returns whether a key of a repository's Secret says where the repository is. The fork takes an
/// address in parts, too, such as `KOPIA_S3_BUCKET`.
pub fn is_address_key(key: &str) -> bool {
    let parts = ["_BUCKET", "_ENDPOINT", "_PREFIX", "_PATH", "_CONTAINER", "_HOST", "_URL"];
    REPOSITORY_KEYS.contains(&key)
        || key.starts_with("KOPIA_") && parts.iter().any(|part| key.ends_with(part))
}
