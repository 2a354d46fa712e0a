//! Words that many objects have, so that [`Flat`](super::flat::Flat) keeps their numbers: a
//! word that is missing here costs its letters and nothing else.

use crate::api::{kinds, labels, volsync, volume};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The words; a number is a position.
const WORDS: &[&str] = &[
    "",
    "metadata",
    "spec",
    "name",
    "namespace",
    "labels",
    "annotations",
    "trigger",
    "schedule",
    "manual",
    volsync::RESTORE_ONCE,
    "sourcePVC",
    "kopia",
    "restic",
    "repository",
    "username",
    "hostname",
    "copyMethod",
    "Snapshot",
    "Clone",
    "Direct",
    "storageClassName",
    "volumeSnapshotClassName",
    "accessModes",
    "ReadWriteOnce",
    "ReadWriteMany",
    "ReadOnlyMany",
    "capacity",
    "resources",
    "requests",
    "storage",
    "retain",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "latest",
    "within",
    "1",
    "2",
    "4",
    "7",
    "24",
    "1Gi",
    "5Gi",
    "10Gi",
    "20Gi",
    "true",
    "false",
    "apiVersion",
    "kind",
    "v1",
    volsync::API_VERSION,
    volsync::GROUP,
    volsync::REPLICATION_SOURCE,
    volsync::REPLICATION_DESTINATION,
    volume::PVC,
    volume::STATEFUL_SET,
    volume::NAMESPACE,
    volume::SECRET,
    volume::EXTERNAL_SECRET,
    kinds::DEPLOYMENT,
    kinds::CRON_JOB,
    volume::DATA_SOURCE_REF,
    volume::VOLUME_NAME,
    "volumeMode",
    "Filesystem",
    "apiGroup",
    "compression",
    "zstd-fastest",
    "parallelism",
    "pruneIntervalDays",
    "cacheCapacity",
    "cacheStorageClassName",
    "cacheAccessModes",
    "moverSecurityContext",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "fsGroupChangePolicy",
    "OnRootMismatch",
    "1000",
    "568",
    "cleanupTempPVC",
    "cleanupCachePVC",
    "enableFileDeletion",
    "destinationPVC",
    "sourceIdentity",
    "sourceName",
    "sourceNamespace",
    "sourcePVCName",
    "stringData",
    "data",
    "target",
    "template",
    "creationPolicy",
    "Owner",
    "secretStoreRef",
    "refreshInterval",
    "RESTIC_REPOSITORY",
    "KOPIA_REPOSITORY",
    labels::ENABLED,
    labels::MANAGE_VOLSYNC,
    labels::TIER,
    labels::PROFILE,
    labels::LEGACY_BACKUP,
    labels::EXEMPT,
    labels::EXEMPT_REASON,
    labels::MANAGED_NAMESPACE,
    labels::PRIVILEGED_MOVERS,
    labels::BACKUP_IDENTITY,
    labels::UID,
    labels::GID,
    labels::FS_GROUP,
    labels::STORAGE_CLASS,
    labels::SNAPSHOT_CLASS,
    labels::CACHE_CAPACITY,
    labels::SOURCE_NAMESPACE,
    labels::SOURCE_PVC,
    labels::VOLSYNC_PVC,
    labels::RESTORE_SOURCE,
    labels::MANAGED_BY,
    labels::MANAGED_BY_US,
    labels::ARGOCD_SYNC_WAVE,
    labels::ARGOCD_SYNC_OPTIONS,
    labels::ARGOCD_COMPARE_OPTIONS,
    labels::ARGOCD_INSTANCE,
    "Prune=false",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "helm.sh/chart",
    "app",
];

static NUMBERS: LazyLock<HashMap<&'static str, usize>> =
    LazyLock::new(|| WORDS.iter().enumerate().map(|(number, word)| (*word, number)).collect());

/// Returns the number of a word.
pub(super) fn number(word: &str) -> Option<usize> {
    NUMBERS.get(word).copied()
}

/// Returns the word of a number.
pub(super) fn word(number: usize) -> &'static str {
    WORDS.get(number).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{WORDS, number, word};

    #[test]
    fn no_word_has_two_numbers() {
        for (at, each) in WORDS.iter().enumerate() {
            assert_eq!((number(each), word(at)), (Some(at), *each));
        }
    }
}
