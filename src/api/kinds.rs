//! The kinds beside volumes and VolSync's pair that bear on whether a backup comes back. A check
//! reads them; nothing is decided by them in a render.

use super::volume::{EXTERNAL_SECRET, EXTERNAL_SECRETS, SECRET};

/// The API group of Argo CD.
const ARGOPROJ: &str = "argoproj.io";

/// The kinds that name the folders which Argo CD applies.
pub const APPLICATIONS: &[Kind] =
    &[Kind { group: ARGOPROJ, kind: APPLICATION }, Kind { group: ARGOPROJ, kind: APPLICATION_SET }];

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// `kind`.
    pub kind: &'static str,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $group:expr, $kind:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $kind;)+

        /// Every kind that a check reads beside those of a render without Secrets.
        pub const FURTHER: &[Kind] = &[
            Kind { group: "", kind: SECRET },
            Kind { group: EXTERNAL_SECRETS, kind: EXTERNAL_SECRET },
            $(Kind { group: $group, kind: $kind },)+
        ];
    };
}

kinds! {
    /// Keeps a kopia repository small and sound (the fork's own kind).
    KOPIA_MAINTENANCE = "volsync.backube", "KopiaMaintenance";
    /// Makes such objects in many namespaces.
    CLUSTER_EXTERNAL_SECRET = "external-secrets.io", "ClusterExternalSecret";
    /// A Secret that only the cluster can read.
    SEALED_SECRET = "bitnami.com", "SealedSecret";
    /// Argo CD's own settings, and plugins.
    CONFIG_MAP = "", "ConfigMap";
    /// Runs pods.
    DEPLOYMENT = "apps", "Deployment";
    /// Runs a pod on every node.
    DAEMON_SET = "apps", "DaemonSet";
    /// Runs pods on a schedule.
    CRON_JOB = "batch", "CronJob";
    /// Says how volumes are made.
    STORAGE_CLASS = "storage.k8s.io", "StorageClass";
    /// Says how snapshots are made.
    VOLUME_SNAPSHOT_CLASS = "snapshot.storage.k8s.io", "VolumeSnapshotClass";
    /// A folder that Argo CD applies.
    APPLICATION = ARGOPROJ, "Application";
    /// Many Applications.
    APPLICATION_SET = ARGOPROJ, "ApplicationSet";
    /// Argo CD's plugins.
    CONFIG_MANAGEMENT_PLUGIN = ARGOPROJ, "ConfigManagementPlugin";
    /// A PostgreSQL cluster of CloudNativePG, which backs its volumes up itself.
    CNPG_CLUSTER = "postgresql.cnpg.io", "Cluster";
    /// What Kopiur backs up.
    SNAPSHOT_POLICY = "kopiur.home-operations.com", "SnapshotPolicy";
    /// What k8up backs up; Velero has a kind of that name too.
    SCHEDULE = "k8up.io", "Schedule";
}

/// Kinds of other operators that make Secrets, under names that stand somewhere in them.
pub const SECRET_OPERATORS: &[Kind] = &[
    Kind { group: "secrets.hashicorp.com", kind: "VaultStaticSecret" },
    Kind { group: "secrets.hashicorp.com", kind: "VaultDynamicSecret" },
    Kind { group: "onepassword.com", kind: "OnePasswordItem" },
    Kind { group: "secrets.infisical.com", kind: "InfisicalSecret" },
    Kind { group: "secrets.doppler.com", kind: "DopplerSecret" },
    Kind { group: "isindir.github.com", kind: "SopsSecret" },
];

impl Kind {
    /// Returns whether an object of a group and a kind is meant.
    pub fn is(self, group: &str, kind: &str) -> bool {
        kind == self.kind && group == self.group
    }
}
