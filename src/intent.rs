//! Labels and annotations → what is asked for, per volume.
//!
//! Takes the metadata of a PVC, or of a template and its `StatefulSet`, gives an [`Intent`] and
//! what is wrong with it. Every malformed value is reported; none is replaced by a default.

mod fields;
mod keys;
mod parse;

use crate::api::labels;
use crate::api::mode::Mode;
use crate::diagnostic::Diagnostic;
use crate::object::{Location, Node, Object};
use crate::settings::Settings;
use std::sync::Arc;

pub use keys::{quote, rename};
pub use parse::parse;

/// One of the two labels that have to be on before anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fuse {
    /// `true`.
    On,
    /// Absent, or a value that means off.
    Off,
    /// A value without meaning: somebody meant something.
    Malformed,
}

/// Whether the volume is exempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exempt {
    /// It is not.
    No,
    /// It is, and says why.
    Because(String),
    /// It is, and does not say why.
    WithoutReason {
        /// Where it says so.
        location: Location,
        /// Whether the reason stands under the key without a domain, which does not count.
        bare_key: bool,
    },
}

/// The tier's word, as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TierAsked {
    /// By the label `tier`.
    Label(String, Location),
    /// By the legacy label `backup`.
    Legacy(String),
    /// Not at all.
    Unspecified,
}

/// What the restore annotation asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreMode {
    /// The usual: wire the way back where possible.
    Wire,
    /// Back up only.
    Never,
    /// It is an error if the way back cannot be wired.
    Force,
}

/// The identity under which backups are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityAsked {
    /// kopia's host name; the namespace where absent.
    pub hostname: Option<String>,
    /// kopia's user name.
    pub username: String,
}

/// What a placeholder of a schedule stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The same for every target.
    All(String),
    /// A value for each target that is named.
    Each(Vec<(String, String)>),
}

impl Part {
    /// Returns what it stands for in a target's schedule.
    pub fn of(&self, target: Option<&str>) -> Option<&str> {
        match self {
            Self::All(text) => Some(text),
            Self::Each(values) => {
                let value = values.iter().find(|(name, _)| Some(name.as_str()) == target);
                value.map(|(_, text)| text.as_str())
            }
        }
    }

    /// Returns the targets that are named.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let values: &[(String, String)] = match self {
            Self::All(_) => &[],
            Self::Each(values) => values,
        };
        values.iter().map(|(name, _)| name.as_str())
    }
}

/// What a volume's labels and annotations ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The first fuse.
    pub enabled: Fuse,
    /// The second fuse.
    pub manage: Fuse,
    /// How often.
    pub tier: TierAsked,
    /// The legacy label's tier, where it has one: opts in to reporting.
    pub legacy: Option<String>,
    /// Whether the volume is exempt.
    pub exempt: Exempt,
    /// Whether a label says anything about the fuses; else a rule may.
    pub states_fuses: bool,
    /// The profile, where asked.
    pub profile: Option<(String, Location)>,
    /// The application it belongs to, where asked.
    pub app: Option<String>,
    /// A cron instead of the tier's.
    pub schedule: Option<String>,
    /// What `{minute}` stands for in the schedule, where asked.
    pub minute: Option<Part>,
    /// What `{hour}` stands for in the schedule, where asked.
    pub hour: Option<Part>,
    /// The identity, where asked.
    pub identity: Option<IdentityAsked>,
    /// Names and fields of the mover, as far as asked; one and the same for all volumes that ask
    /// for nothing.
    pub settings: Arc<Settings>,
    /// Whether the way back is wanted.
    pub restore: RestoreMode,
    /// Why the reference is left out, where it is to be.
    pub skip_restore: Option<String>,
    /// A token that asks for a fresh restore point.
    pub restore_token: Option<String>,
    /// A cron by which the restore point is refreshed.
    pub restore_refresh: Option<String>,
    /// The mode for this volume alone.
    pub mode: Option<Mode>,
    /// How many volumes a template has.
    pub ordinals: Option<u32>,
    /// Whether a template's PVCs are rendered.
    pub precreate: bool,
    /// Argo CD's sync wave.
    pub sync_wave: Option<String>,
    /// The hook annotation, where the volume is one.
    pub hook: Option<(&'static str, Location)>,
    /// The label of an operator that backs the volume up itself.
    pub native_backup: Option<String>,
    /// What is malformed: the volume needs review.
    pub problems: Vec<Diagnostic>,
    /// What is worth knowing.
    pub notes: Vec<Diagnostic>,
}

impl Intent {
    /// Returns whether both fuses are on.
    pub fn is_write_eligible(&self) -> bool {
        self.enabled == Fuse::On && self.manage == Fuse::On
    }

    /// Returns whether its owner meant both fuses to be on, as far as can be told: such a volume
    /// must not fall through in silence.
    pub fn wants_backup(&self) -> bool {
        self.enabled != Fuse::Off && self.manage != Fuse::Off
    }
}

/// Where labels and annotations come from, strongest first: the PVC itself, the template, and
/// for keys of ours the `StatefulSet`.
#[derive(Debug, Clone, Copy)]
pub struct Metadata<'o> {
    /// The object that holds them.
    pub object: &'o Object,
    /// The `metadata` mapping.
    pub node: Option<&'o Node>,
    /// Which keys count.
    pub scope: Scope,
}

/// Which keys of a metadata mapping count for a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All: it is the volume's own.
    Volume,
    /// Only keys that can mean nothing else: it is the `StatefulSet`'s, whose other labels are
    /// about its pods.
    Set,
}

impl Scope {
    fn includes(self, key: &str) -> bool {
        match self {
            Self::Volume => true,
            Self::Set => {
                key.starts_with(labels::PREFIX)
                    || matches!(
                        key,
                        labels::EXEMPT
                            | labels::EXEMPT_REASON_OPERATOR
                            | labels::EXEMPT_REASON_BARE
                            | labels::ARGOCD_SYNC_WAVE
                    )
            }
        }
    }
}
