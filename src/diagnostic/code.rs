//! The closed list of diagnostic codes: the one place where a code gets its id and severity.

use super::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $severity:ident;)+) => {
        /// What kind of thing a diagnostic says. Ids are stable; they read well after "allow".
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

            /// Reads an id.
            pub fn parse(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.id() == id)
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// One sentence on its meaning.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    // The stream: these always fail the run.
    /// The input is neither UTF-8 nor UTF-16 with a byte order mark.
    InvalidEncoding = "invalid-encoding", Error;
    /// A document cannot be read as YAML or JSON.
    InvalidDocument = "invalid-document", Error;
    /// A `%` directive, on which Argo CD and kustomize fail.
    Directive = "directive", Error;
    /// Content on the `---` line, which Argo CD reads as part of the document before.
    ContentOnMarkerLine = "content-on-marker-line", Error;
    /// Content after the `...` that ends a document; Argo CD drops it.
    ContentAfterDocumentEnd = "content-after-document-end", Error;
    /// A character that some YAML readers take for a line break and others do not.
    AmbiguousLineBreak = "ambiguous-line-break", Error;
    /// A merge key whose result depends on the YAML reader.
    AmbiguousMerge = "ambiguous-merge", Error;
    /// The input is larger, deeper or more repetitive than the limits allow.
    LimitExceeded = "limit-exceeded", Error;
    /// Several JSON objects in one file, of which Argo CD reads none.
    ConcatenatedJson = "concatenated-json", Error;
    /// Two volumes would share one backup identity in one repository and mix their data.
    IdentityDuplicate = "identity-duplicate", Error;
    /// An edit could not be proved to change only what it should.
    EditNotProven = "edit-not-proven", Error;
    /// A rendered object does not fit the schema of VolSync's API.
    SchemaMismatch = "schema-mismatch", Error;

    // The configuration.
    /// The configuration cannot be read or has a value without a meaning.
    InvalidConfig = "invalid-config", Error;
    /// A gate that stands in a file of the application's own tree, where it opens nothing.
    UntrustedGate = "untrusted-gate", Warning;

    // The stream: good to know.
    /// The input was UTF-16 and leaves as UTF-8.
    EncodingConverted = "encoding-converted", Warning;
    /// The input holds no manifest at all; applied by Argo CD, that deletes everything.
    EmptyInput = "empty-input", Warning;
    /// A key stands twice in one mapping; the last one counts, as for Argo CD.
    DuplicateKey = "duplicate-key", Warning;
    /// A document could not be edited in place and is written anew, without its comments.
    DocumentRewritten = "document-rewritten", Warning;
    /// A file holds no Kubernetes manifest and is left out.
    FileSkipped = "file-skipped", Info;

    // Labels and annotations.
    /// A label or annotation is not text; Kubernetes refuses the object.
    NotAString = "not-a-string", Error;
    /// A label or annotation has a value that has no meaning.
    InvalidValue = "invalid-value", Error;
    /// The profile is not configured.
    InvalidProfile = "invalid-profile", Error;
    /// A setting has no meaning for this volume.
    InvalidSetting = "invalid-setting", Error;
    /// Nothing says which application the volume belongs to, and a name needs it.
    AppUnknown = "app-unknown", Error;
    /// restic without `retain`, where VolSync keeps one backup.
    RetainMissing = "retain-missing", Error;
    /// The destination looks for backups under another name than they are kept.
    IdentityMismatch = "identity-mismatch", Error;
    /// The tier is neither built in nor configured.
    InvalidTier = "invalid-tier", Error;
    /// A key under `pvc-plumber.io/` that nothing reads.
    UnknownKey = "unknown-key", Warning;
    /// A key that is known and has no effect in a render.
    InertKey = "inert-key", Info;
    /// The volume is exempt and its reason is stated.
    Exempt = "exempt", Info;
    /// The volume is exempt and no reason is stated.
    ExemptReasonMissing = "exempt-reason-missing", Error;
    /// No label asks for a backup.
    NotOptedIn = "not-opted-in", Info;
    /// `enabled` is neither `true` nor `false`, and opts nothing in.
    EnabledNotTrue = "enabled-not-true", Warning;
    /// `manage-volsync` is set and `enabled` is not.
    EnabledMissing = "enabled-missing", Warning;
    /// `enabled` is set and `manage-volsync` is not.
    ManageMissing = "manage-missing", Warning;
    /// Only the legacy `backup` label asks for a backup.
    LegacyLabelOnly = "legacy-label-only", Warning;
    /// No tier is stated; daily is meant.
    TierUnspecified = "tier-unspecified", Info;
    /// The tier is `disabled`: no backup, no restore.
    TierDisabled = "tier-disabled", Info;
    /// The tier is `disabled` and a rendered pair is still among the manifests.
    DisabledPairPresent = "disabled-pair-present", Warning;

    // The volume's place.
    /// Nothing says which namespace the volume is in.
    NamespaceUnknown = "namespace-unknown", Error;
    /// The namespace is not opened for writing.
    NamespaceNotManaged = "namespace-not-managed", Error;
    /// The namespace is never written to.
    NamespaceExcluded = "namespace-excluded", Error;
    /// The volume has no name.
    NameMissing = "name-missing", Error;
    /// A name that is rendered from the volume's would be too long or malformed.
    InvalidName = "invalid-name", Error;
    /// One object stands twice in the stream.
    DuplicateObject = "duplicate-object", Error;
    /// The volume is applied as a hook, before its `ReplicationDestination` could exist.
    HookVolume = "hook-volume", Error;
    /// The volume belongs to an operator that makes its own backups.
    NativeBackup = "native-backup", Error;
    /// The volume requests no storage size.
    CapacityMissing = "capacity-missing", Error;
    /// How many volumes the `StatefulSet` has is not stated.
    OrdinalsMissing = "ordinals-missing", Error;

    // What is there already.
    /// Somebody else's pair is equal to what would be rendered.
    ForeignPairEqual = "foreign-pair-equal", Info;
    /// Somebody else's pair differs from what would be rendered and is left alone.
    ForeignPairDiffers = "foreign-pair-differs", Info;
    /// Somebody else's pair has lost one of its halves.
    ForeignPairIncomplete = "foreign-pair-incomplete", Error;
    /// Who owns the pair is unclear, and it differs from what would be rendered.
    OwnerUnknown = "owner-unknown", Error;
    /// An object of another volume has the name that would be rendered.
    NameTaken = "name-taken", Error;
    /// Somebody else's Secret has the name of the one that is configured, and is left alone.
    ForeignSecret = "foreign-secret", Info;

    // The way back.
    /// The reference names the volume's own destination, and that destination is not rendered.
    DanglingReference = "dangling-reference", Error;
    /// The reference names something else than the volume's own destination.
    ForeignDataSource = "foreign-data-source", Warning;
    /// A recreated volume would come up empty, because no reference is set.
    RestoreNotWired = "restore-not-wired", Warning;
    /// The owner asked for no restore.
    RestoreNotWanted = "restore-not-wanted", Info;
    /// Restore settings contradict each other.
    RestoreConflict = "restore-conflict", Error;

    // Found by `plumber check` alone: the way back.
    /// The volume's reference names a `ReplicationDestination` that is nowhere among the manifests.
    RestoreTargetMissing = "restore-target-missing", Error;
    /// The volume is exempt from backups and has a backup or a restore reference.
    ExemptButBackedUp = "exempt-but-backed-up", Warning;
    /// A `ReplicationDestination` lacks a field without which VolSync restores nothing.
    DestinationIncomplete = "destination-incomplete", Error;
    /// A volume refers to a destination whose copy method makes no snapshot to restore from.
    RestoreMethodUnsupported = "restore-method-unsupported", Error;
    /// The destination's size or access modes are not the volume's.
    RestoreShapeMismatch = "restore-shape-mismatch", Warning;
    /// The destination's snapshot is larger than the volume that is to be made from it.
    RestoreLargerThanVolume = "restore-larger-than-volume", Error;
    /// The storage or snapshot classes of volume and destination have different drivers.
    ClassDriverMismatch = "class-driver-mismatch", Error;
    /// A storage or snapshot class is named that is not among the manifests, where others are.
    ClassMissing = "class-missing", Warning;
    /// A destination has only one half of a kopia identity.
    IdentityIncomplete = "identity-incomplete", Error;
    /// Source and destination of a volume use different repositories.
    RepositoryMismatch = "repository-mismatch", Error;
    /// A restore deletes the files of a volume in use before it knows of a backup.
    FileDeletionInLiveVolume = "file-deletion-in-live-volume", Error;
    /// A restore point in time that kopia compares as text and gets wrong.
    RestoreAsOfNotUtc = "restore-as-of-not-utc", Error;

    // Found by `plumber check` alone: the backup.
    /// A `ReplicationSource` lacks a field without which VolSync backs up nothing.
    SourceIncomplete = "source-incomplete", Error;
    /// A backup by rclone, which empties the remote when the volume is new.
    RcloneSource = "rclone-source", Error;
    /// Two volumes are backed up to one restic repository and restore each other's data.
    ResticRepositoryShared = "restic-repository-shared", Error;
    /// One object stands in two applications, which take it from each other.
    ObjectInTwoApplications = "object-in-two-applications", Error;
    /// A schedule that VolSync rejects, or reads as another one.
    InvalidSchedule = "invalid-schedule", Error;
    /// No trigger, so that VolSync starts again as soon as it is done.
    TriggerMissing = "trigger-missing", Error;
    /// No backup is made by itself: the source is paused, or waits for a manual trigger.
    BackupScheduleDisabled = "backup-schedule-disabled", Warning;
    /// A paused kopia source, which reports backups that it does not make.
    PausedKopia = "paused-kopia", Error;
    /// Many backups start in the same minute.
    SchedulesBunched = "schedules-bunched", Warning;
    /// A restic source without retention, of which VolSync keeps one backup.
    ResticKeepsOne = "restic-keeps-one", Warning;
    /// A kopia source without retention of its own.
    RetentionMissing = "retention-missing", Info;
    /// Retention that counts for another path than the one that is backed up.
    RetentionWithoutEffect = "retention-without-effect", Warning;
    /// A volume for the mover, which takes it for its repository.
    MoverVolumeIsRepository = "mover-volume-is-repository", Warning;
    /// Kopia sources and no maintenance, so that their repository grows for ever.
    KopiaMaintenanceMissing = "kopia-maintenance-missing", Warning;
    /// Arguments for kopia that VolSync cuts into pieces.
    AdditionalArgsSplit = "additional-args-split", Error;
    /// An annotation that makes movers wait for a debugger.
    DebugMover = "debug-mover", Warning;
    /// The mover runs as another user than the application, and shares no group with it.
    MoverUserDiffers = "mover-user-differs", Warning;
    /// A name that does not fit into the label in which VolSync's populator keeps it.
    PvcNameTooLong = "pvc-name-too-long", Warning;

    // Found by `plumber check` alone: the order of things.
    /// The destination is applied in a later wave than the volume that waits for it.
    DestinationWaveAfterVolume = "destination-wave-after-volume", Error;
    /// The repository's Secret is applied in a later wave than the volume that waits for it.
    RepositorySecretWave = "repository-secret-wave", Error;
    /// A volume that waits for its first consumer is applied in an earlier wave than that consumer.
    VolumeWaveBeforeConsumer = "volume-wave-before-consumer", Error;

    /// A Secret is handed out to namespaces by their labels, and the volume's namespace has not the
    /// label.
    NamespaceNotPrepared = "namespace-not-prepared", Warning;
    /// Nothing makes the repository's Secret in the volume's namespace, where others' are made.
    RepoSecretMissing = "repo-secret-missing", Warning;

    // Found by `plumber check` alone: coverage.
    /// Nothing says whether the volume is to be backed up.
    VolumeUndecided = "volume-undecided", Warning;
    /// The volume is backed up by another tool than VolSync.
    BackedUpElsewhere = "backed-up-elsewhere", Info;
    /// The volume is backed up by VolSync and by another tool.
    TwoEngines = "two-engines", Warning;
    /// The files of a running database are copied, which has a backup of its own.
    DatabaseVolumeCopied = "database-volume-copied", Warning;
    /// A volume or VolSync object stands in the folder and not in what is rendered from it.
    SourceNotRendered = "source-not-rendered", Warning;
    /// A finding is allowed in a way that does not count.
    InvalidAllow = "invalid-allow", Error;

    // Found by `plumber check` alone: Argo CD.
    /// A sync option with which Argo CD deletes volumes and makes them anew.
    ArgocdForceReplace = "argocd-force-replace", Error;
    /// An application of the plugin that applies ignored fields all the same.
    ArgocdIgnoresNotRespected = "argocd-ignores-not-respected", Warning;
    /// Nothing ignores the reference on volumes that were made without it.
    ArgocdIgnoreRuleMissing = "argocd-ignore-rule-missing", Warning;
    /// Server-side diff, which fails on volumes that were made without the reference.
    ArgocdServerSideDiff = "argocd-server-side-diff", Warning;
    /// A plugin that Argo CD discovers, and passes over in silence where discovery fails.
    ArgocdPluginDiscovery = "argocd-plugin-discovery", Warning;
    /// A plugin's sidecar that shares `/tmp` with another, which wipes it.
    ArgocdSharedTmp = "argocd-shared-tmp", Warning;
}

impl Code {
    /// Returns whether a finding of this code can be allowed. What makes an input, or the
    /// configuration, unreadable cannot: nobody knows what it hides.
    pub fn can_be_allowed(self) -> bool {
        !matches!(
            self,
            Self::InvalidEncoding
                | Self::InvalidDocument
                | Self::Directive
                | Self::ContentOnMarkerLine
                | Self::ContentAfterDocumentEnd
                | Self::AmbiguousLineBreak
                | Self::AmbiguousMerge
                | Self::LimitExceeded
                | Self::ConcatenatedJson
                | Self::InvalidConfig
                | Self::InvalidAllow
        )
    }

    /// Says what to type instead of an id that no code has.
    pub fn suggest(id: &str) -> String {
        crate::api::suggest::nearest(id, Self::ALL.iter().map(|code| code.id())).map_or_else(
            || "docs/rules.md lists the codes".to_owned(),
            |near| format!("did you mean `{near}`?"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn ids_are_unique_and_stable() {
        let mut ids: Vec<_> =
            Code::ALL.iter().map(|c| format!("{} {}", c.id(), c.severity().id())).collect();
        insta::assert_snapshot!(ids.join("\n"));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), Code::ALL.len());
    }
}
