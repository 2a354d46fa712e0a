//! Every label and annotation key that is read or written, each with its meaning.

/// The prefix of the keys that belong to this project.
pub const PREFIX: &str = "pvc-plumber.io/";

/// Namespace label: exactly `true` opens the namespace for writing.
pub const MANAGED_NAMESPACE: &str = "pvc-plumber.io/managed-namespace";

/// PVC label, first fuse: `true` opts the volume in.
pub const ENABLED: &str = "pvc-plumber.io/enabled";
/// PVC label, second fuse: `true` lets objects be written for the volume.
pub const MANAGE_VOLSYNC: &str = "pvc-plumber.io/manage-volsync";
/// PVC label: how often the volume is backed up. Also written on the rendered pair.
pub const TIER: &str = "pvc-plumber.io/tier";
/// PVC label: the profile of `plumber.yaml` that the volume takes.
pub const PROFILE: &str = "pvc-plumber.io/profile";
/// PVC label of other tools too: reporting only, and the tier where [`TIER`] is absent.
pub const LEGACY_BACKUP: &str = "backup";
/// PVC label: `true` means never back up; needs a reason.
pub const EXEMPT: &str = "backup-exempt";
/// PVC annotation: why the volume is exempt.
pub const EXEMPT_REASON: &str = "pvc-plumber.io/backup-exempt-reason";
/// PVC annotation: why the volume is exempt, as the operator spelled it.
pub const EXEMPT_REASON_OPERATOR: &str = "storage.vanillax.dev/backup-exempt-reason";
/// A spelling of the reason that does not count, because it is in nobody's namespace.
pub const EXEMPT_REASON_BARE: &str = "backup-exempt-reason";

/// PVC annotation: the mover's user id.
pub const UID: &str = "pvc-plumber.io/uid";
/// PVC annotation: the mover's group id.
pub const GID: &str = "pvc-plumber.io/gid";
/// PVC annotation: the mover's file system group.
pub const FS_GROUP: &str = "pvc-plumber.io/fsGroup";
/// PVC annotation: the identity under which backups are kept. Also written on the rendered pair.
pub const BACKUP_IDENTITY: &str = "pvc-plumber.io/backup-identity";
/// PVC annotation: the storage class of the mover's copy.
pub const STORAGE_CLASS: &str = "pvc-plumber.io/storage-class";
/// PVC annotation: the `VolumeSnapshotClass`.
pub const SNAPSHOT_CLASS: &str = "pvc-plumber.io/snapshot-class";
/// PVC annotation: the size of the mover's cache.
pub const CACHE_CAPACITY: &str = "pvc-plumber.io/cache-capacity";

/// PVC annotation: the application that the volume belongs to, for `{app}`.
pub const APP: &str = "pvc-plumber.io/app";
/// PVC annotation: a cron that replaces the tier's.
pub const SCHEDULE: &str = "pvc-plumber.io/schedule";
/// PVC annotation: what `{minute}` in a schedule stands for.
pub const MINUTE: &str = "pvc-plumber.io/minute";
/// PVC annotation: what `{hour}` in a schedule stands for.
pub const HOUR: &str = "pvc-plumber.io/hour";
/// PVC annotation: how many backups are kept.
pub const RETAIN: &str = "pvc-plumber.io/retain";
/// PVC annotation: the Secret that holds the repository.
pub const REPOSITORY: &str = "pvc-plumber.io/repository";
/// PVC annotation: the source's name.
pub const SOURCE_NAME: &str = "pvc-plumber.io/source-name";
/// PVC annotation: the destination's name.
pub const DESTINATION_NAME: &str = "pvc-plumber.io/destination-name";
/// PVC annotation: how a backup copies the volume.
pub const COPY_METHOD: &str = "pvc-plumber.io/copy-method";
/// PVC annotation: `true` backs up and leaves the way back out.
pub const BACKUP_ONLY: &str = "pvc-plumber.io/backup-only";
/// PVC annotation: fields of the mover that are left out.
pub const OMIT: &str = "pvc-plumber.io/omit";
/// What annotations start with that set one field of the mover; the field's name follows.
pub const SET_PREFIX: &str = "pvc-plumber.io/set.";

/// PVC annotation: `never` or `force`; the operator's other words are inert.
pub const RESTORE_MODE: &str = "pvc-plumber.io/restore-mode";
/// PVC annotation: `true` leaves the reference out; needs a reason.
pub const SKIP_RESTORE: &str = "pvc-plumber.io/skip-restore";
/// PVC annotation: why the reference is left out.
pub const SKIP_RESTORE_REASON: &str = "pvc-plumber.io/skip-restore-reason";
/// PVC annotation: a new value asks for a fresh restore point.
pub const RESTORE_TOKEN: &str = "pvc-plumber.io/restore-token";
/// PVC annotation: a cron by which the restore point is refreshed.
pub const RESTORE_REFRESH: &str = "pvc-plumber.io/restore-refresh";
/// PVC annotation: the mode for this volume alone.
pub const MODE: &str = "pvc-plumber.io/mode";
/// PVC annotation of the operator, without effect there and here.
pub const MIN_BACKUP_AGE: &str = "pvc-plumber.io/min-backup-age";
/// Annotation of any object: findings of `plumber check` that are allowed at it, as
/// `code: reason; code: reason`.
pub const ALLOW: &str = "pvc-plumber.io/allow";

/// StatefulSet annotation: how many volumes a template has.
pub const ORDINALS: &str = "pvc-plumber.io/ordinals";
/// StatefulSet annotation: `true` renders the PVCs themselves, with the reference.
pub const PRECREATE: &str = "pvc-plumber.io/precreate";

/// Written on a wired PVC: the name of its destination.
pub const RESTORE_SOURCE: &str = "pvc-plumber.io/restore-source";
/// Written on the rendered pair: the volume's namespace.
pub const SOURCE_NAMESPACE: &str = "pvc-plumber.io/source-namespace";
/// Written on a source where there are several targets: its target.
pub const TARGET: &str = "pvc-plumber.io/target";
/// Written on the rendered pair: the volume's name.
pub const SOURCE_PVC: &str = "pvc-plumber.io/source-pvc";
/// Written on the rendered pair: the volume's name, under VolSync users' own key.
pub const VOLSYNC_PVC: &str = "volsync.backup/pvc";

/// The standard label that says who owns an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`] on everything rendered here.
pub const MANAGED_BY_US: &str = "pvc-plumber";
/// The value of [`MANAGED_BY`] on pairs written by hand beside Argo CD.
pub const MANAGED_BY_ARGOCD: &str = "argocd";
/// The prefix of Argo CD's own keys.
pub const ARGOCD_PREFIX: &str = "argocd.argoproj.io/";
/// The label by which Argo CD tracks an application's objects.
pub const ARGOCD_INSTANCE: &str = "argocd.argoproj.io/instance";
/// Argo CD's sync wave, copied to the rendered pair.
pub const ARGOCD_SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
/// Argo CD's per-object sync options.
pub const ARGOCD_SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
/// Argo CD's per-application and per-object options of comparison.
pub const ARGOCD_COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";
/// Marks an Argo CD hook.
pub const ARGOCD_HOOK: &str = "argocd.argoproj.io/hook";
/// Marks a Helm hook.
pub const HELM_HOOK: &str = "helm.sh/hook";
/// VolSync's annotation that makes movers wait for a debugger.
pub const DEBUG_MOVER: &str = "volsync.backube/enable-debug-mover";
/// VolSync's annotation of a Namespace whose movers may act as root.
pub const PRIVILEGED_MOVERS: &str = "volsync.backube/privileged-movers";
/// Kubernetes' own label of a namespace: its name.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
/// k8up's annotation of a volume: `false` leaves it out.
pub const K8UP_BACKUP: &str = "k8up.io/backup";
/// Velero's annotation of a pod: the names of the volumes that are backed up.
pub const VELERO_VOLUMES: &str = "backup.velero.io/backup-volumes";
/// What the keys of the annotations start with by which others copy a Secret to more namespaces:
/// Reflector, kubernetes-replicator and Config Syncer.
pub const SECRET_COPIERS: &[&str] =
    &["reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/", "kubed.appscode.com/"];
/// The prefix of CloudNativePG's labels; its volumes have a backup of their own.
pub const CNPG_PREFIX: &str = "cnpg.io/";

/// The keys under [`PREFIX`] that a PVC or a `StatefulSet` may carry as labels.
pub const PVC_LABELS: &[&str] = &[ENABLED, MANAGE_VOLSYNC, TIER, PROFILE];

/// The keys under [`PREFIX`] that a PVC or a `StatefulSet` may carry as annotations.
pub const PVC_ANNOTATIONS: &[&str] = &[
    EXEMPT_REASON,
    UID,
    GID,
    FS_GROUP,
    BACKUP_IDENTITY,
    STORAGE_CLASS,
    SNAPSHOT_CLASS,
    CACHE_CAPACITY,
    APP,
    SCHEDULE,
    MINUTE,
    HOUR,
    RETAIN,
    REPOSITORY,
    SOURCE_NAME,
    DESTINATION_NAME,
    COPY_METHOD,
    BACKUP_ONLY,
    OMIT,
    RESTORE_MODE,
    SKIP_RESTORE,
    SKIP_RESTORE_REASON,
    RESTORE_TOKEN,
    RESTORE_REFRESH,
    MODE,
    MIN_BACKUP_AGE,
    ALLOW,
    ORDINALS,
    PRECREATE,
    RESTORE_SOURCE,
];

/// Namespaces that are never written to, whatever their labels say.
pub const NEVER_MANAGED: &[&str] = &[
    "argocd",
    "cert-manager",
    "external-secrets",
    "flux-system",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "local-path-storage",
    "longhorn-system",
    "pvc-plumber-system",
    "volsync-system",
];
