//! What can be said about somebody's manifests: a code, a message, a place, what to type.
//!
//! Takes evidence, gives values that reports print. A diagnostic is never an error of ours.

mod code;

pub use code::Code;

use crate::object::Location;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works today, may cost data on the day of a restore.
    Warning,
    /// Wrong: the volume or the stream is not what its owner asked for.
    Error,
}

impl Severity {
    /// The word used in every output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing to say about the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of thing; stable across versions.
    pub code: Code,
    /// What was seen: lower case, no final period.
    pub message: String,
    /// Where it was seen.
    pub location: Option<Location>,
    /// What to type.
    pub help: Option<String>,
    /// The same as a change of the text at the place, where nothing else can have been meant.
    pub repair: Option<Repair>,
}

/// A change of a text that is safe to make: it gives a word its meaning and takes none away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// Puts the value that stands there in quotes, as this text.
    Quote(String),
    /// Spells the key that stands there like this.
    Rename(String),
}

impl Diagnostic {
    /// Makes a diagnostic without a place.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), location: None, help: None, repair: None }
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds what to type.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the change that does what the help says.
    #[must_use]
    pub fn repair(mut self, repair: Option<Repair>) -> Self {
        self.repair = repair;
        self
    }

    /// Returns how much it matters.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}
