//! What is expected of a volume, and what that alone lets happen to it.

use super::{Case, Reference};
use crate::api::labels;
use crate::audit::finding::Outcome;
use crate::audit::intended::Wish;
use crate::audit::observed::Volume;

/// What is expected of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is to come back.
    Protected,
    /// It is backed up, and no restore is wanted.
    BackupOnly,
    /// Its owner says that it is not backed up.
    Disabled,
    /// It is exempt, and says why.
    Exempt,
    /// It is CloudNativePG's.
    Native,
    /// Nobody has said anything.
    Undecided,
    /// It is in the cluster, and Git does not know it.
    Unintended,
}

impl Standing {
    /// Every standing, in the order of the type.
    pub const ALL: &'static [Self] = &[
        Self::Protected,
        Self::BackupOnly,
        Self::Disabled,
        Self::Exempt,
        Self::Native,
        Self::Undecided,
        Self::Unintended,
    ];

    /// The word used in every output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::BackupOnly => "backup-only",
            Self::Disabled => "disabled",
            Self::Exempt => "exempt",
            Self::Native => "native",
            Self::Undecided => "undecided",
            Self::Unintended => "not-in-git",
        }
    }
}

impl Case<'_> {
    /// Decides what is expected of it.
    pub(super) fn standing(&self) -> Standing {
        let native = |live: &Volume| {
            let labels = live.live.node.at(&["metadata", "labels"]);
            labels.is_some_and(|node| {
                node.entries().iter().any(|entry| entry.key.starts_with(labels::CNPG_PREFIX))
            })
        };
        let wired = self.git_rs.is_some()
            || self.live_rs.is_some()
            || matches!(self.git_ref, Reference::Destination(_));
        match self.git.map(|git| git.wish) {
            Some(Wish::Restored) => Standing::Protected,
            Some(Wish::BackupOnly) => Standing::BackupOnly,
            Some(Wish::Disabled) => Standing::Disabled,
            Some(Wish::Exempt) => Standing::Exempt,
            Some(Wish::Native) => Standing::Native,
            Some(Wish::Undecided) if wired => Standing::Protected,
            Some(Wish::Undecided) => Standing::Undecided,
            // Its manifest stands in the folder, and is only not rendered.
            None if self.unrendered().next().is_some() => Standing::Protected,
            None if self.live.is_some_and(native) => Standing::Native,
            None => Standing::Unintended,
        }
    }

    /// Returns what happens to it where nothing else is known to be wrong.
    pub fn base(&self) -> Outcome {
        match self.standing {
            Standing::Protected => Outcome::Restore,
            // Whether another tool brings it back is not seen here.
            Standing::Native => Outcome::Unknown,
            // It may be in what does not render.
            Standing::Unintended if self.gap().is_some() => Outcome::Unknown,
            Standing::BackupOnly
            | Standing::Disabled
            | Standing::Exempt
            | Standing::Undecided
            | Standing::Unintended => Outcome::Empty,
        }
    }
}
