//! The closed list of audit codes: the one place where a code gets its id, its severity, its
//! meaning and what to do about it. The table of `docs/audit.md` is written from it.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Older data than it should be, or no proof.
    Medium,
    /// It would wait for ever, or no fresh backup is being made.
    High,
    /// It would come back empty.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: &'static [Self] = &[Self::Info, Self::Medium, Self::High, Self::Critical];

    /// The word used in every output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $row:literal, $severity:ident, $fix:literal;)+) => {
        /// What kind of thing a finding says. Ids are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The kebab-case id that reports carry.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The row of the truth table it belongs to; 0 for conclusions that are no failure.
            pub fn row(self) -> u8 {
                match self { $(Self::$name => $row,)+ }
            }

            /// How much it matters where it decides; less where it only discloses.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// One sentence on its meaning.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// What to do about it, where nothing more precise is known.
            pub fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)+ }
            }
        }
    };
}

codes! {
    /// The whole chain has positive evidence, and a restore of the newest backup was seen to read data.
    RestorableProven = "restorable-proven", 0, Info, "nothing to do";
    /// The whole chain has positive evidence.
    Restorable = "restorable", 0, Info, "nothing to do";
    /// Nothing is known to be wrong, and a part of the proof is missing.
    RestorableUnproven = "restorable-unproven", 0, Medium, "get the evidence that the message names: let a backup run, or ask for a fresh restore point";
    /// The owner says that it is never backed up, and why.
    Exempt = "exempt", 0, Info, "nothing to do, if the reason still holds";
    /// CloudNativePG owns it and has a backup of its own, which is not looked at here.
    NativeBackup = "native-backup", 0, Info, "check the backups of its Cluster";
    /// Nobody asked for it to come back: no label, tier `disabled`, or `restore-mode: never`.
    NotExpected = "not-expected", 0, Info, "label it, or mark it exempt with a reason";

    /// The rendered volume has no `dataSourceRef` to a destination.
    NoRestoreRef = "no-restore-ref", 1, Critical, "set spec.dataSourceRef in Git, or label the volume to have it rendered";
    /// The live volume has the reference and Git has not: the next one comes up empty.
    RestoreRefNotInGit = "restore-ref-not-in-git", 2, Critical, "put the reference into Git";
    /// Git has the reference and the live volume has none or an old one, which is immutable.
    RestoreRefDrift = "restore-ref-drift", 3, Info, "nothing to do: a recreated volume gets the reference of Git";
    /// The reference names a destination that does not exist.
    RestoreTargetMissing = "restore-target-missing", 4, High, "correct the name in the reference, or add the destination";
    /// The destination has no image, so a volume that waits for it waits for ever.
    RestoreImageMissing = "restore-image-missing", 5, High, "see why its mover does not finish: kubectl describe replicationdestination";
    /// The destination's image is no VolumeSnapshot, and the populator takes nothing else.
    RestoreMethodUnsupported = "restore-method-unsupported", 6, High, "set copyMethod: Snapshot on the destination";
    /// The snapshot that the destination names is gone or not ready.
    RestoreImageUnusable = "restore-image-unusable", 7, High, "ask for a fresh restore point: plumber restore plan";
    /// The destination would replay an image that is older than the last backup.
    RestoreImageStale = "restore-image-stale", 8, Medium, "before deleting the volume ask for a fresh restore point: plumber restore plan";
    /// Source and destination look for backups under different identities.
    IdentityMismatch = "identity-mismatch", 9, Critical, "give both the same username and hostname";
    /// Two volumes keep their backups under one identity in one repository.
    IdentityDuplicate = "identity-duplicate", 9, Critical, "give one of them another identity";
    /// A restore found no backup under the identity.
    NoSnapshotProven = "no-snapshot-proven", 10, Critical, "list the repository's snapshots for this identity, and correct the identity or the repository";
    /// Nothing shows that the repository of the rendered pair holds the backups.
    RepositoryUnproven = "repository-unproven", 11, Medium, "ask for a fresh restore point: only a restore shows that the repository holds the data";
    /// Source and destination use different repository Secrets.
    RepositoryMismatch = "repository-mismatch", 12, Critical, "give both the same repository";
    /// The Secret of the repository is not there, or what should make it fails.
    RepoSecretMissing = "repo-secret-missing", 13, High, "see why the ExternalSecret is not ready: kubectl describe externalsecret";
    /// The ExternalSecret has not synced its current generation.
    RepoSecretStale = "repo-secret-stale", 13, High, "annotate the ExternalSecret force-sync with a new value";
    /// The namespace lacks the label on which the repository's Secret is given out.
    NamespaceNotPrepared = "namespace-not-prepared", 14, High, "label the Namespace in Git: volsync.backube/privileged-movers: \"true\"";
    /// Movers cannot reach the repository.
    RepositoryUnreachable = "repository-unreachable", 15, High, "check the store's address, its keys and its health";
    /// A mover was refused files, so what it copied is not whole.
    MoverPermissionDenied = "mover-permission-denied", 16, High, "give the mover the owner of the files: the annotations uid, gid and fsGroup";
    /// A StorageClass or VolumeSnapshotClass that is named does not exist.
    ClassMissing = "class-missing", 17, High, "name a class that exists: kubectl get storageclass,volumesnapshotclass";
    /// What the destination restores does not fit the volume.
    RestoreShapeMismatch = "restore-shape-mismatch", 17, High, "give the destination the volume's size, access modes and storage";
    /// The API by which volumes are populated is not installed.
    PopulatorMissing = "populator-missing", 18, High, "install the CRD volumepopulators.populator.storage.k8s.io and restart VolSync";
    /// No backup will start by itself.
    BackupScheduleDisabled = "backup-schedule-disabled", 19, High, "give the ReplicationSource its schedule back";
    /// No backup has ever succeeded.
    BackupNeverRan = "backup-never-ran", 20, Critical, "see why: kubectl describe replicationsource";
    /// The last backup is older than its schedule allows.
    BackupOverdue = "backup-overdue", 21, High, "see why: kubectl describe replicationsource";
    /// The last attempt to back up failed.
    BackupFailing = "backup-failing", 22, High, "read the mover's words in status.latestMoverStatus.logs";
    /// A backup has been running for too long.
    BackupStuck = "backup-stuck", 22, High, "look at the mover's Job and its volume: kubectl get pods,pvc,volumesnapshot";
    /// A backup of an empty volume was reported as a success, and holds nothing.
    BackupEmptySource = "backup-empty-source", 23, Critical, "look into the volume; if it is meant to be empty, mark it exempt";
    /// Source or destination exist in the cluster and not in Git.
    WiringNotInGit = "wiring-not-in-git", 24, Critical, "label the volume in Git, or remove what is left over";
    /// Source or destination stand in Git and not in the cluster.
    WiringMissingLive = "wiring-missing-live", 25, Critical, "see why they are not applied: the application's sync status";
    /// A manifest stands in the folder and not in what is rendered, or the folder does not render.
    SourceNotRendered = "source-not-rendered", 26, Critical, "add the file to resources of kustomization.yaml; plumber render says why a folder does not render";
    /// What runs is not what Git renders.
    RenderStale = "render-stale", 27, Critical, "sync the application with a hard refresh, and compare again";
    /// Argo CD cannot render or sync the application.
    SyncError = "sync-error", 27, High, "see the application's conditions: argocd app get";
    /// A backup is asked for, and the namespace or a label keeps it from being rendered.
    GateMissing = "gate-missing", 28, Critical, "open the namespace and set both labels";
    /// A label or annotation has no meaning, so nothing is rendered.
    IntentInvalid = "intent-invalid", 28, Critical, "correct the label or annotation: plumber explain";
    /// It is exempt and does not say why.
    ExemptReasonMissing = "exempt-reason-missing", 28, Critical, "annotate it: pvc-plumber.io/backup-exempt-reason: \"why\"";
    /// The reference is left out on request.
    SkipRestoreSet = "skip-restore-set", 28, Critical, "remove pvc-plumber.io/skip-restore";
    /// The volume runs and no manifest in Git makes it.
    IntentAbsent = "intent-absent", 29, Critical, "put it into Git, precreate it for its StatefulSet, or mark it exempt";
    /// A volume was restored from an image older than the last backup: it proves the old image alone.
    DrillNotProof = "drill-not-proof", 30, Medium, "repeat the drill after a fresh restore point: plumber restore plan";
    /// Whether the application can use what comes back cannot be seen here.
    AppConsistencyUnproven = "app-consistency-unproven", 31, Info, "start the application on a restored copy now and then";
    /// What was seen is too old, or its clock is wrong.
    EvidenceStale = "evidence-stale", 32, Medium, "read the cluster again";
    /// A kind of object could not be seen.
    EvidenceForbidden = "evidence-forbidden", 32, Medium, "add the kind to what is read, and the right to list it";
    /// An observed object cannot be read, and counts as not seen.
    EvidenceMalformed = "evidence-malformed", 32, Medium, "look at the object: kubectl get -o yaml";
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_every_row_has_a_code() {
        let ids: BTreeSet<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        let rows: BTreeSet<u8> = Code::ALL.iter().map(|code| code.row()).collect();
        assert_eq!(rows, (0..=32).collect());
    }
}
