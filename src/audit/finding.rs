//! What a rule finds: outcome, evidence, what to do.

use super::code::{Code, Severity};
use jiff::Timestamp;
use serde_json::Value;

/// What would happen to a volume, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It would come back with its last backup.
    Restore,
    /// It would come back with older data.
    Stale,
    /// Nobody can say.
    Unknown,
    /// It would wait for ever: safe, and not back.
    Hang,
    /// It would come back empty, and nobody would be told.
    Empty,
}

impl Outcome {
    /// Every outcome, the best first.
    pub const ALL: &'static [Self] =
        &[Self::Restore, Self::Stale, Self::Unknown, Self::Hang, Self::Empty];

    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Hang => "hang",
            Self::Empty => "empty",
        }
    }
}

/// What happens to the cluster or the volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// The cluster is new: destinations are made anew and pull the latest backup.
    Rebuild,
    /// The volume alone goes: the destination stays and replays the image it has.
    Recreate,
}

impl Scenario {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Rebuild, Self::Recreate];

    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rebuild => "rebuild",
            Self::Recreate => "pvc_recreate",
        }
    }
}

/// One thing that was seen: of which object, where in it, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The object: its path in the cluster's API, or a place in Git.
    pub object: String,
    /// The field, as a dotted path.
    pub field: String,
    /// Its value; null where it is absent.
    pub value: Value,
    /// The object's `resourceVersion`, of objects in the cluster.
    pub resource_version: Option<String>,
    /// When the object was read, of objects in the cluster.
    pub observed_at: Option<Timestamp>,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// In words.
    pub text: String,
    /// What to paste, where one command does it.
    pub command: Option<String>,
}

/// One thing that was found about a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// The least it matters, whatever follows from it.
    pub at_least: Severity,
    /// What follows from it, if anything, when the cluster is rebuilt.
    pub rebuild: Option<Outcome>,
    /// What follows from it, if anything, when the volume is recreated.
    pub recreate: Option<Outcome>,
    /// What was seen.
    pub message: String,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub fix: Fix,
}

impl Finding {
    /// Makes a finding from which nothing follows.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            at_least: Severity::Info,
            rebuild: None,
            recreate: None,
            message: message.into(),
            evidence: Vec::new(),
            fix: Fix { text: code.fix().to_owned(), command: None },
        }
    }

    /// Says what follows in both scenarios.
    #[must_use]
    pub fn both(self, outcome: Outcome) -> Self {
        self.on_rebuild(outcome).on_recreate(outcome)
    }

    /// Says what follows when the cluster is rebuilt.
    #[must_use]
    pub fn on_rebuild(mut self, outcome: Outcome) -> Self {
        self.rebuild = Some(outcome);
        self
    }

    /// Says what follows when the volume is recreated.
    #[must_use]
    pub fn on_recreate(mut self, outcome: Outcome) -> Self {
        self.recreate = Some(outcome);
        self
    }

    /// Says what follows in one scenario.
    #[must_use]
    pub fn on(self, scenario: Scenario, outcome: Outcome) -> Self {
        match scenario {
            Scenario::Rebuild => self.on_rebuild(outcome),
            Scenario::Recreate => self.on_recreate(outcome),
        }
    }

    /// Says that it matters at least so much.
    #[must_use]
    pub fn at_least(mut self, severity: Severity) -> Self {
        self.at_least = severity;
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn seen(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Says more precisely what to do.
    #[must_use]
    pub fn fix(mut self, text: impl Into<String>) -> Self {
        self.fix.text = text.into();
        self
    }

    /// Adds what to paste.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.fix.command = Some(command.into());
        self
    }

    /// Returns what follows from it in a scenario.
    pub fn outcome(&self, scenario: Scenario) -> Option<Outcome> {
        match scenario {
            Scenario::Rebuild => self.rebuild,
            Scenario::Recreate => self.recreate,
        }
    }

    /// Returns how much it matters: by what follows from it, at least as said, and never more
    /// than its code can.
    pub fn severity(&self) -> Severity {
        let follows = match self.rebuild.max(self.recreate) {
            Some(Outcome::Empty) => Severity::Critical,
            Some(Outcome::Hang) => Severity::High,
            Some(Outcome::Unknown | Outcome::Stale) => Severity::Medium,
            Some(Outcome::Restore) | None => Severity::Info,
        };
        follows.max(self.at_least).min(self.code.severity())
    }

    /// Names the scenarios in which it matters.
    pub fn scenario(&self) -> &'static str {
        match (self.rebuild, self.recreate) {
            (Some(_), None) => Scenario::Rebuild.id(),
            (None, Some(_)) => Scenario::Recreate.id(),
            (Some(_), Some(_)) | (None, None) => "both",
        }
    }
}
