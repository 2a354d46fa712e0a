//! The chain of a volume, link by link: where it holds, where it breaks.
//!
//! A link holds only on positive evidence of its own, and never where a finding says otherwise.

use super::words::standing;
use crate::api::labels::RESTORE_SOURCE;
use crate::audit::code::{Code, Severity};
use crate::audit::document::Entry;
use crate::audit::{Outcome, Standing};

/// A link of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// The reference in Git.
    Reference,
    /// The destination.
    Destination,
    /// The image that would be replayed.
    Image,
    /// The repository.
    Repository,
    /// The backup.
    Backup,
    /// What the backup holds.
    Data,
    /// A restore that was seen to work.
    Drill,
}

impl Link {
    /// Every link, in the order in which data comes back.
    pub(super) const ALL: [Self; 7] = [
        Self::Reference,
        Self::Destination,
        Self::Image,
        Self::Repository,
        Self::Backup,
        Self::Data,
        Self::Drill,
    ];

    /// What it is called.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Reference => "Git reference",
            Self::Destination => "destination",
            Self::Image => "image",
            Self::Repository => "repository",
            Self::Backup => "backup",
            Self::Data => "data",
            Self::Drill => "drill",
        }
    }
}

/// Whether a link holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// It was seen to hold.
    Yes,
    /// It was seen to hold what is older than the last backup.
    Old,
    /// It was seen to be broken.
    No,
    /// Nothing shows it.
    Unknown,
    /// Nobody wants it to.
    NotWanted,
}

impl Holds {
    /// The class of the style sheet, its sign and its word.
    pub(super) fn shown(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Yes => ("restore", "✔", "holds"),
            Self::Old => ("stale", "◷", "old"),
            Self::No => ("empty", "✖", "broken"),
            Self::Unknown => ("unknown", "?", "not shown"),
            Self::NotWanted => ("calm", "–", "not wanted"),
        }
    }
}

/// One link of a volume's chain.
pub(super) struct Seen<'a> {
    /// Which.
    pub link: Link,
    /// Whether it holds.
    pub holds: Holds,
    /// What stands there: a name or a time.
    pub what: Option<&'a str>,
    /// Whether `what` is a time.
    pub is_time: bool,
}

/// Returns the chain of a volume.
pub(super) fn chain(entry: &Entry) -> Vec<Seen<'_>> {
    let seen = |link| {
        let (what, is_time) = what(entry, link);
        Seen { link, holds: holds(entry, link), what, is_time }
    };
    Link::ALL.into_iter().map(seen).collect()
}

fn holds(entry: &Entry, link: Link) -> Holds {
    let worst = entry
        .restore_readiness
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info.id())
        .filter_map(|finding| Code::ALL.iter().find(|code| code.id() == finding.code))
        .filter(|code| of(**code) == Some(link))
        .map(|code| code.severity())
        .max();
    match worst {
        Some(Severity::Medium) if matches!(link, Link::Image | Link::Drill) => Holds::Old,
        Some(Severity::Medium) => Holds::Unknown,
        Some(_) => Holds::No,
        None if is_shown(entry, link) && !entry.stale => Holds::Yes,
        None if standing(entry) == Standing::Protected => Holds::Unknown,
        None if is_shown(entry, link) => Holds::Unknown,
        None => Holds::NotWanted,
    }
}

/// Returns whether an entry shows that a link holds.
fn is_shown(entry: &Entry, link: Link) -> bool {
    let (git, live) = (&entry.intent, &entry.live);
    let readiness = &entry.restore_readiness;
    let restores = [readiness.rebuild, readiness.pvc_recreate].contains(&Outcome::Restore.id());
    let ended_well = |result: Option<&str>| result == Some("Successful");
    match link {
        Link::Reference => git.data_source_ref.is_some() && is_applied(entry),
        Link::Destination => git.rd.is_some() && live.rd.is_some(),
        Link::Image => live.snapshot.as_ref().is_some_and(|snapshot| snapshot.ready == Some(true)),
        Link::Repository => {
            let named = live.rd.as_ref().is_some_and(|rd| rd.half.repository.is_some());
            // Only a restore shows that the repository is the right one.
            named && (restores || readiness.last_drill.is_some())
        }
        Link::Backup => {
            entry.backup.last_success.is_some() && ended_well(entry.backup.result.as_deref())
        }
        Link::Data => entry.backup.data_evidence == "proven",
        Link::Drill => entry.restore_readiness.last_drill.is_some(),
    }
}

/// Returns whether the live volume shows that the reference of Git was applied: its own, or its
/// annotation.
fn is_applied(entry: &Entry) -> bool {
    let target = entry.intent.data_source_ref.as_deref();
    let own = entry.live.pvc.as_ref().and_then(|pvc| pvc.data_source_ref.as_deref());
    let annotated = entry.evidence.iter().any(|one| {
        one.field.ends_with(RESTORE_SOURCE) && one.value.as_str().is_some_and(|v| Some(v) == target)
    });
    own == target || annotated
}

fn what(entry: &Entry, link: Link) -> (Option<&str>, bool) {
    let (git, live) = (&entry.intent, &entry.live);
    match link {
        Link::Reference => (git.data_source_ref.as_deref(), false),
        Link::Destination => (live.rd.as_ref().map(|rd| rd.half.name.as_str()), false),
        Link::Image => (entry.restore_readiness.recreate_point.as_deref(), true),
        Link::Repository => {
            let half = git.rd.as_ref().or(live.rd.as_ref().map(|rd| &rd.half));
            (half.and_then(|half| half.repository.as_deref()), false)
        }
        Link::Backup => (entry.backup.last_success.as_deref(), true),
        Link::Data => (Some(entry.backup.data_evidence), false),
        Link::Drill => (entry.restore_readiness.last_drill.as_deref(), true),
    }
}

/// Returns the link that a code speaks of; none for what concerns all of them.
fn of(code: Code) -> Option<Link> {
    Some(match code {
        Code::NoRestoreRef
        | Code::RestoreRefNotInGit
        | Code::RestoreRefDrift
        | Code::SourceNotRendered
        | Code::RenderStale
        | Code::SyncError
        | Code::GateMissing
        | Code::IntentInvalid
        | Code::ExemptReasonMissing
        | Code::SkipRestoreSet
        | Code::IntentAbsent
        | Code::WiringNotInGit => Link::Reference,
        Code::RestoreTargetMissing
        | Code::RestoreMethodUnsupported
        | Code::NamespaceNotPrepared
        | Code::ClassMissing
        | Code::RestoreShapeMismatch
        | Code::PopulatorMissing
        | Code::WiringMissingLive => Link::Destination,
        Code::RestoreImageMissing | Code::RestoreImageUnusable | Code::RestoreImageStale => {
            Link::Image
        }
        Code::IdentityMismatch
        | Code::IdentityDuplicate
        | Code::NoSnapshotProven
        | Code::RepositoryUnproven
        | Code::RepositoryMismatch
        | Code::RepoSecretMissing
        | Code::RepoSecretStale
        | Code::RepositoryUnreachable => Link::Repository,
        Code::BackupScheduleDisabled
        | Code::BackupNeverRan
        | Code::BackupOverdue
        | Code::BackupFailing
        | Code::BackupStuck => Link::Backup,
        Code::MoverPermissionDenied | Code::BackupEmptySource => Link::Data,
        Code::DrillNotProof => Link::Drill,
        Code::RestorableProven
        | Code::Restorable
        | Code::RestorableUnproven
        | Code::Exempt
        | Code::NativeBackup
        | Code::NotExpected
        | Code::AppConsistencyUnproven
        | Code::EvidenceStale
        | Code::EvidenceForbidden
        | Code::EvidenceMalformed => return None,
    })
}
