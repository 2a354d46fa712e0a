//! The kinds of the cluster that are looked at.

/// The kinds that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Volumes.
    PersistentVolumeClaim,
    /// Namespaces.
    Namespace,
    /// "Back this up".
    ReplicationSource,
    /// "Restore it".
    ReplicationDestination,
    /// Snapshots that destinations made.
    VolumeSnapshot,
    /// Classes of volumes.
    StorageClass,
    /// Classes of snapshots.
    VolumeSnapshotClass,
    /// Argo CD's applications.
    Application,
    /// What makes the Secrets of repositories.
    ExternalSecret,
    /// Which APIs are installed.
    CustomResourceDefinition,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::PersistentVolumeClaim,
        Self::Namespace,
        Self::ReplicationSource,
        Self::ReplicationDestination,
        Self::VolumeSnapshot,
        Self::StorageClass,
        Self::VolumeSnapshotClass,
        Self::Application,
        Self::ExternalSecret,
        Self::CustomResourceDefinition,
    ];

    /// Returns the kind of that name in an API group, if it is looked at.
    pub(super) fn of(kind: &str, group: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.id() == kind && known.group() == group)
    }

    /// The kind's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::Namespace => "Namespace",
            Self::ReplicationSource => "ReplicationSource",
            Self::ReplicationDestination => "ReplicationDestination",
            Self::VolumeSnapshot => "VolumeSnapshot",
            Self::StorageClass => "StorageClass",
            Self::VolumeSnapshotClass => "VolumeSnapshotClass",
            Self::Application => "Application",
            Self::ExternalSecret => "ExternalSecret",
            Self::CustomResourceDefinition => "CustomResourceDefinition",
        }
    }

    /// The API group it is in.
    pub fn group(self) -> &'static str {
        match self {
            Self::PersistentVolumeClaim | Self::Namespace => "",
            Self::ReplicationSource | Self::ReplicationDestination => "volsync.backube",
            Self::VolumeSnapshot | Self::VolumeSnapshotClass => "snapshot.storage.k8s.io",
            Self::StorageClass => "storage.k8s.io",
            Self::Application => "argoproj.io",
            Self::ExternalSecret => "external-secrets.io",
            Self::CustomResourceDefinition => "apiextensions.k8s.io",
        }
    }

    /// The name in addresses of the API.
    pub fn plural(self) -> &'static str {
        match self {
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::Namespace => "namespaces",
            Self::ReplicationSource => "replicationsources",
            Self::ReplicationDestination => "replicationdestinations",
            Self::VolumeSnapshot => "volumesnapshots",
            Self::StorageClass => "storageclasses",
            Self::VolumeSnapshotClass => "volumesnapshotclasses",
            Self::Application => "applications",
            Self::ExternalSecret => "externalsecrets",
            Self::CustomResourceDefinition => "customresourcedefinitions",
        }
    }

    /// Returns whether no proof hangs on it: that it was not seen is told, and decides nothing.
    pub fn is_optional(self) -> bool {
        match self {
            Self::Namespace
            | Self::Application
            | Self::ExternalSecret
            | Self::CustomResourceDefinition => true,
            Self::PersistentVolumeClaim
            | Self::ReplicationSource
            | Self::ReplicationDestination
            | Self::VolumeSnapshot
            | Self::StorageClass
            | Self::VolumeSnapshotClass => false,
        }
    }
}
