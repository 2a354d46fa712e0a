//! The fields of a mover in VolSync's API: the one table that configuration, annotations and the
//! published schemas share. Its order is the order in which fields are written.
//!
//! A test holds it to the published schema of VolSync's API, field by field.

use super::mover::{Mover, Side};

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// The name of an object of the cluster.
    Name,
    /// A name that VolSync takes as half of a kopia identity.
    Identity,
    /// A path that starts with a slash.
    Path,
    /// How a volume is copied.
    CopyMethod,
    /// A compression algorithm of kopia.
    Compression,
    /// A size.
    Quantity,
    /// `true` or `false`.
    Flag,
    /// A whole number of 32 bits, from this one.
    Integer(i32),
    /// A user or group id.
    Id,
    /// A list of texts, of at least and at most so many.
    Texts(usize, usize),
    /// A list of ids.
    Ids,
    /// A mapping from text to text.
    TextMap,
    /// A list of mappings that Kubernetes defines.
    Objects,
    /// A mapping that Kubernetes defines.
    Object,
    /// A mapping of these.
    Group(&'static [Field]),
}

/// A field of a mover.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in VolSync's API.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    on: u8,
    /// What it is for, in a sentence or two.
    pub doc: &'static str,
}

impl Field {
    /// Returns whether a side of a mover has it.
    pub fn is_of(&self, mover: Mover, side: Side) -> bool {
        self.on & bit(mover, side) != 0
    }

    /// Returns whether some side of a mover has it.
    pub fn is_of_mover(&self, mover: Mover) -> bool {
        Side::ALL.iter().any(|side| self.is_of(mover, *side))
    }

    /// Returns whether a side of some mover has it.
    pub fn is_of_side(&self, side: Side) -> bool {
        Mover::ALL.iter().any(|mover| self.is_of(*mover, side))
    }

    /// Returns its fields, if it is a mapping of fields.
    pub fn group(&self) -> &'static [Self] {
        match self.kind {
            Kind::Group(fields) => fields,
            Kind::Text
            | Kind::Name
            | Kind::Identity
            | Kind::Path
            | Kind::CopyMethod
            | Kind::Compression
            | Kind::Quantity
            | Kind::Flag
            | Kind::Integer(_)
            | Kind::Id
            | Kind::Texts(..)
            | Kind::Ids
            | Kind::TextMap
            | Kind::Objects
            | Kind::Object => &[],
        }
    }
}

const fn bit(mover: Mover, side: Side) -> u8 {
    match (mover, side) {
        (Mover::Kopia, Side::Source) => 1,
        (Mover::Kopia, Side::Destination) => 2,
        (Mover::Restic, Side::Source) => 4,
        (Mover::Restic, Side::Destination) => 8,
    }
}

const KOPIA_SOURCE: u8 = 1;
const KOPIA_DESTINATION: u8 = 2;
const RESTIC_SOURCE: u8 = 4;
const KOPIA: u8 = 3;
const SOURCES: u8 = 5;
const DESTINATIONS: u8 = 10;
const ALL: u8 = 15;

const fn field(name: &'static str, on: u8, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, on, doc }
}

const fn part(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, on: ALL, doc: "" }
}

/// Every field of the movers, in the order in which they are written.
pub const FIELDS: &[Field] = &[
    field(
        "repository",
        ALL,
        Kind::Name,
        "the Secret in the volume's namespace that holds the repository. Most repositories have one for each volume or application: `\"{app}-volsync-secret\"`",
    ),
    field(
        "username",
        KOPIA,
        Kind::Identity,
        "the first half of the identity on one side alone; `identity` says it for both",
    ),
    field(
        "hostname",
        KOPIA,
        Kind::Identity,
        "the second half of the identity on one side alone; `identity` says it for both",
    ),
    field(
        "sourcePathOverride",
        KOPIA_SOURCE,
        Kind::Path,
        "the path under which backups are kept, where a history hangs on one",
    ),
    field(
        "sourceIdentity",
        KOPIA_DESTINATION,
        Kind::Group(SOURCE_IDENTITY),
        "whose backups the destination restores, where it has no `username` and `hostname`; taken as a whole. By hand people write `{sourceName: \"{app}\"}`",
    ),
    field(
        "destinationPVC",
        DESTINATIONS,
        Kind::Name,
        "restores into this volume, over what it holds",
    ),
    field(
        "previous",
        DESTINATIONS,
        Kind::Integer(0),
        "how many backups before the newest are passed over",
    ),
    field(
        "restoreAsOf",
        DESTINATIONS,
        Kind::Text,
        "restores the newest backup before this time, such as `2026-01-31T00:00:00Z`",
    ),
    field(
        "shallow",
        KOPIA_DESTINATION,
        Kind::Integer(0),
        "how many levels of folders are restored",
    ),
    field(
        "compression",
        KOPIA_SOURCE,
        Kind::Compression,
        "the compression algorithm of kopia; its name is not checked",
    ),
    field("parallelism", KOPIA_SOURCE, Kind::Integer(1), "how many uploads run at once"),
    field(
        "pruneIntervalDays",
        RESTIC_SOURCE,
        Kind::Integer(0),
        "days between two runs of restic's prune; people write 7, 10, 14 or 30",
    ),
    field("unlock", RESTIC_SOURCE, Kind::Text, "a new text removes restic's locks once"),
    field(
        "copyMethod",
        ALL,
        Kind::CopyMethod,
        "how a backup copies the volume: `Snapshot`, `Clone` or `Direct`. Written beside the others it is about backups alone; see below",
    ),
    field(
        "storageClassName",
        ALL,
        Kind::Name,
        "the storage class of the mover's copy. In `defaults` it is for volumes that name none themselves; anywhere else it holds for all. A table by class gives CephFS its class of snapshots",
    ),
    field(
        "volumeSnapshotClassName",
        ALL,
        Kind::Name,
        "the VolumeSnapshotClass; without it the cluster's default. Hangs on the storage class: see `classes`",
    ),
    field(
        "cacheCapacity",
        ALL,
        Kind::Quantity,
        "the size of the mover's cache, such as `2Gi`; without it VolSync's own",
    ),
    field(
        "cacheStorageClassName",
        ALL,
        Kind::Name,
        "the storage class of the cache: a local one, as a rule",
    ),
    field("cacheAccessModes", ALL, Kind::Texts(0, usize::MAX), "the access modes of the cache"),
    field(
        "metadataCacheSizeLimitMB",
        KOPIA,
        Kind::Integer(0),
        "the bound of kopia's cache of metadata",
    ),
    field(
        "contentCacheSizeLimitMB",
        KOPIA,
        Kind::Integer(0),
        "the bound of kopia's cache of contents",
    ),
    field(
        "accessModes",
        ALL,
        Kind::Texts(1, usize::MAX),
        "the access modes of the mover's copy. `\"{accessModes}\"` stands for the volume's; CephFS snapshots are read with `[ReadOnlyMany]`",
    ),
    field(
        "capacity",
        ALL,
        Kind::Quantity,
        "the size of the mover's copy; a destination has the volume's own without it",
    ),
    field(
        "retain",
        SOURCES,
        Kind::Group(RETAIN),
        "how many backups are kept: `hourly`, `daily`, `weekly`, `monthly`, `yearly`, for kopia `latest`, for restic `last` and `within`; taken as a whole. A count that is left out follows kopia's own policy; `{}` leaves all of them to it. restic needs one: without it VolSync keeps one backup",
    ),
    field(
        "enableFileDeletion",
        DESTINATIONS,
        Kind::Flag,
        "whether a restore removes files that the backup does not have; 19 of 24 repositories set it",
    ),
    field(
        "cleanupCachePVC",
        DESTINATIONS,
        Kind::Flag,
        "whether the cache of a restore is removed afterwards; 19 of 24 repositories set it",
    ),
    field(
        "cleanupTempPVC",
        DESTINATIONS,
        Kind::Flag,
        "whether the volume that a restore fills is removed once it has its snapshot; not for storage whose snapshots live in their volume, such as Longhorn",
    ),
    field(
        "customCA",
        ALL,
        Kind::Group(CUSTOM_CA),
        "a certificate authority of one's own for the repository",
    ),
    field("policyConfig", KOPIA, Kind::Group(POLICY_CONFIG), "kopia's own policy files"),
    field(
        "actions",
        KOPIA_SOURCE,
        Kind::Group(ACTIONS),
        "commands before and after a backup; they run in the mover, not in the application",
    ),
    field(
        "additionalArgs",
        KOPIA,
        Kind::Texts(0, 20),
        "more arguments for kopia; VolSync cuts them at each character of `VOLSYNC_ARG_SEP` and at bars",
    ),
    field(
        "moverSecurityContext",
        ALL,
        Kind::Group(SECURITY_CONTEXT),
        "whom the mover runs as: the application's own user and group, as a rule. Any field of a pod's security context, put together key by key",
    ),
    field(
        "moverServiceAccount",
        ALL,
        Kind::Name,
        "the ServiceAccount of the mover, which has to exist",
    ),
    field(
        "moverPodLabels",
        ALL,
        Kind::TextMap,
        "labels of the mover's pod, such as one that a network policy asks for",
    ),
    field("moverResources", ALL, Kind::Object, "requests and limits of the mover"),
    field("moverAffinity", ALL, Kind::Object, "where the mover runs"),
    field(
        "moverVolumes",
        ALL,
        Kind::Objects,
        "volumes of the mover: people mount the NFS share that holds a kopia repository",
    ),
];

const SOURCE_IDENTITY: &[Field] = &[
    part("sourceName", Kind::Text),
    part("sourceNamespace", Kind::Text),
    part("sourcePVCName", Kind::Text),
    part("sourcePathOverride", Kind::Path),
];

const RETAIN: &[Field] = &[
    field("latest", KOPIA_SOURCE, Kind::Integer(0), "the newest, whatever their age; kopia"),
    field("last", RESTIC_SOURCE, Kind::Text, "the newest, whatever their age; restic"),
    field("hourly", SOURCES, Kind::Integer(0), "one an hour"),
    field("daily", SOURCES, Kind::Integer(0), "one a day"),
    field("weekly", SOURCES, Kind::Integer(0), "one a week"),
    field("monthly", SOURCES, Kind::Integer(0), "one a month"),
    field("yearly", SOURCES, Kind::Integer(0), "one a year"),
    field("within", RESTIC_SOURCE, Kind::Text, "all within this time, such as 7d; restic"),
];

const CUSTOM_CA: &[Field] =
    &[part("configMapName", Kind::Text), part("key", Kind::Text), part("secretName", Kind::Text)];

const POLICY_CONFIG: &[Field] = &[
    part("configMapName", Kind::Text),
    part("secretName", Kind::Text),
    part("globalPolicyFilename", Kind::Text),
    part("repositoryConfig", Kind::Text),
    part("repositoryConfigFilename", Kind::Text),
];

const ACTIONS: &[Field] = &[part("beforeSnapshot", Kind::Text), part("afterSnapshot", Kind::Text)];

const SECURITY_CONTEXT: &[Field] = &[
    field("runAsUser", ALL, Kind::Id, "the user id the mover runs as"),
    field("runAsGroup", ALL, Kind::Id, "the group id the mover runs as"),
    field("fsGroup", ALL, Kind::Id, "the file system group of the mover"),
    part("fsGroupChangePolicy", Kind::Text),
    part("runAsNonRoot", Kind::Flag),
    part("supplementalGroups", Kind::Ids),
    part("supplementalGroupsPolicy", Kind::Text),
    part("seccompProfile", Kind::Group(PROFILE)),
    part("appArmorProfile", Kind::Group(PROFILE)),
    part("seLinuxChangePolicy", Kind::Text),
    part("seLinuxOptions", Kind::Group(SE_LINUX)),
    part("sysctls", Kind::Objects),
    part("windowsOptions", Kind::Group(WINDOWS)),
];

const PROFILE: &[Field] = &[part("type", Kind::Text), part("localhostProfile", Kind::Text)];

const SE_LINUX: &[Field] = &[
    part("level", Kind::Text),
    part("role", Kind::Text),
    part("type", Kind::Text),
    part("user", Kind::Text),
];

const WINDOWS: &[Field] = &[
    part("gmsaCredentialSpec", Kind::Text),
    part("gmsaCredentialSpecName", Kind::Text),
    part("hostProcess", Kind::Flag),
    part("runAsUserName", Kind::Text),
];

/// Returns the place of a field in [`FIELDS`].
pub fn position(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| field.name == name)
}

#[cfg(test)]
mod tests;
