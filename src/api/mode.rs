//! What happens to a stream in which a volume has trouble.

/// The mode of a run, or of one volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mode {
    /// Trouble with a volume fails the run.
    #[default]
    Strict,
    /// A volume in trouble passes through untouched, the others are wired.
    Permissive,
    /// Nothing is edited; the report says what would be.
    Audit,
}

impl Mode {
    /// Every mode.
    pub const ALL: &'static [Self] = &[Self::Strict, Self::Permissive, Self::Audit];

    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Permissive => "permissive",
            Self::Audit => "audit",
        }
    }

    /// Reads the word for it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mode| mode.id() == word)
    }
}
