//! The conclusion on a volume.

/// The conclusion on a volume. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Its pair is in the output as desired.
    Wired,
    /// Somebody else's pair is there, equal to what would be rendered.
    AlreadyMatches,
    /// Somebody else's pair is there, different, and is left alone.
    InlineArgoObserved,
    /// Its tier is `disabled`.
    Disabled,
    /// It is exempt, and says why.
    SkippedExempt,
    /// No label asks for a backup.
    SkippedNotOptedIn,
    /// Its namespace is not open.
    SkippedNamespaceNotManaged,
    /// It is reported only: one of the two fuses is missing.
    WriteGateMissing,
    /// A person has to look at it.
    NeedsHumanReview,
}

impl Verdict {
    /// Every verdict, the one that needs most attention last.
    pub const ALL: &'static [Self] = &[
        Self::Wired,
        Self::AlreadyMatches,
        Self::InlineArgoObserved,
        Self::Disabled,
        Self::SkippedExempt,
        Self::SkippedNotOptedIn,
        Self::SkippedNamespaceNotManaged,
        Self::WriteGateMissing,
        Self::NeedsHumanReview,
    ];

    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Wired => "wired",
            Self::AlreadyMatches => "already-matches",
            Self::InlineArgoObserved => "inline-argo-observed",
            Self::Disabled => "disabled",
            Self::SkippedExempt => "skipped-exempt",
            Self::SkippedNotOptedIn => "skipped-not-opted-in",
            Self::SkippedNamespaceNotManaged => "skipped-namespace-not-managed",
            Self::WriteGateMissing => "write-gate-missing",
            Self::NeedsHumanReview => "needs-human-review",
        }
    }

    /// Returns whether a volume that asks for a backup may end like this.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Wired
            | Self::AlreadyMatches
            | Self::InlineArgoObserved
            | Self::Disabled
            | Self::SkippedExempt => true,
            Self::SkippedNotOptedIn
            | Self::SkippedNamespaceNotManaged
            | Self::WriteGateMissing
            | Self::NeedsHumanReview => false,
        }
    }
}
