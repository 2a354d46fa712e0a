//! What could not be adopted, and why.

use crate::object::Location;

/// Why something could not be adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its mover is not rendered.
    Mover,
    /// Its name is filled in later, by another tool.
    Placeholder,
    /// It has a field that cannot be said.
    Field,
    /// Nothing ties it to a volume.
    Untied,
    /// Several volumes could be its.
    Ambiguous,
    /// Its volume is not in the manifests.
    NoVolume,
    /// Its volume is made by a template.
    Template,
    /// Its volume has another destination.
    SecondDestination,
    /// What would be rendered is not what is there.
    Different,
    /// What would be rendered is refused.
    Refused,
    /// The files that hold it cannot be edited.
    NotEditable,
}

impl Why {
    /// The word for it in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mover => "mover",
            Self::Placeholder => "placeholder",
            Self::Field => "field",
            Self::Untied => "untied",
            Self::Ambiguous => "ambiguous",
            Self::NoVolume => "no-volume",
            Self::Template => "volume-of-a-template",
            Self::SecondDestination => "second-destination",
            Self::Different => "different",
            Self::Refused => "refused",
            Self::NotEditable => "not-editable",
        }
    }
}

/// What a file is called that cannot be read.
pub const FILE: &str = "file";

/// One thing that could not be adopted.
#[derive(Debug, Clone)]
pub struct Missed {
    /// What it is: kind, namespace and name.
    pub what: String,
    /// Where it stands.
    pub location: Location,
    /// Why.
    pub why: Why,
    /// Why, in words.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Missed {
    /// Returns whether it is a volume, or the source that stands for one; what else there is
    /// belongs to a volume that is counted already.
    pub fn is_volume(&self) -> bool {
        self.what != FILE && !self.what.starts_with(crate::api::volsync::REPLICATION_DESTINATION)
    }

    pub(super) fn new(what: String, location: Location, why: Why, message: String) -> Self {
        Self { what, location, why, message, help: None }
    }

    pub(super) fn help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }
}
