//! The kinds whose manifests are read, and the fields of a volume, spelled once.

/// A volume's kind.
pub const PVC: &str = "PersistentVolumeClaim";
/// The kind whose templates make volumes.
pub const STATEFUL_SET: &str = "StatefulSet";
/// The kind that carries the gate.
pub const NAMESPACE: &str = "Namespace";
/// The kind of a Secret, which may hold a repository.
pub const SECRET: &str = "Secret";
/// The kind from which an operator makes a Secret.
pub const EXTERNAL_SECRET: &str = "ExternalSecret";
/// The API group of `ExternalSecret`.
pub const EXTERNAL_SECRETS: &str = "external-secrets.io";
/// The API version of PVC and Namespace.
pub const CORE_V1: &str = "v1";
/// The API group of StatefulSet.
pub const APPS: &str = "apps";

/// `spec.dataSourceRef`: the restore reference.
pub const DATA_SOURCE_REF: &str = "dataSourceRef";
/// `spec.dataSource`: the older form of the reference.
pub const DATA_SOURCE: &str = "dataSource";
/// `spec.volumeName`: a static binding.
pub const VOLUME_NAME: &str = "volumeName";
/// `spec.volumeClaimTemplates` of a StatefulSet.
pub const VOLUME_CLAIM_TEMPLATES: &str = "volumeClaimTemplates";
/// The path to a volume's requested size.
pub const STORAGE_REQUEST: &[&str] = &["spec", "resources", "requests", "storage"];
