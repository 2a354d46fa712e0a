//! The one ordered list of decisions: what happens to each volume of a stream, and why.
//!
//! Takes what was read and the configuration, gives a [`Plan`] that everything else only shows.
//! Total: trouble is a diagnostic, never a panic, and one problem does not hide the next.

mod gate;
mod owned;
mod pair;
mod precreate;
mod reference;
mod secrets;
mod shape;
mod shared;
mod subject;
mod verdict;
mod volume;
mod wire;

use crate::api::mode::Mode;
use crate::config::{Config, Ruled};
use crate::desired::Desired;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::edit::{Change, Edit};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::manifest::Reading;
use crate::object::Location;
use crate::parallel;

pub use gate::Gate;
pub use pair::{Half, Pair};
pub use reference::Reference;
pub use subject::TemplateOrigin;
pub use verdict::Verdict;

/// Where a volume's namespace comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamespaceFrom {
    /// The manifest states it.
    Manifest,
    /// It is the namespace that the run was given.
    Default,
    /// Nothing says it.
    Unknown,
}

/// What happens to one volume, and why.
#[derive(Debug, Clone)]
pub struct VolumePlan {
    /// The namespace it is in, if anything says so.
    pub namespace: Option<String>,
    /// What says so.
    pub namespace_from: NamespaceFrom,
    /// Its name; empty if it has none.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// The document that holds it (index into the stream's documents).
    pub document: usize,
    /// The template that makes it, if it is no PVC of the stream.
    pub template: Option<TemplateOrigin>,
    /// What is asked for.
    pub intent: Intent,
    /// What the rules of the configuration say of it.
    pub ruled: Ruled,
    /// The mode that holds for it.
    pub mode: Mode,
    /// Whether its namespace is open, if that was asked.
    pub gate: Option<Gate>,
    /// The tier's word and its schedule; nothing if it came to no tier.
    pub tier: Option<String>,
    /// Which pair is there already.
    pub pair: Pair,
    /// The conclusion.
    pub verdict: Verdict,
    /// Why, the deciding reason first.
    pub reasons: Vec<Diagnostic>,
    /// What should exist for it, as far as it came to that.
    pub desired: Option<Desired>,
    /// What becomes of its restore reference.
    pub reference: Reference,
    /// The changes that make it so.
    pub edits: Vec<Edit>,
}

impl VolumePlan {
    /// Returns the namespace and the name for people, `?` for an unknown namespace.
    pub fn id(&self) -> String {
        format!("{}/{}", self.namespace.as_deref().unwrap_or("?"), self.name)
    }

    /// Returns whether this volume fails a run: in strict mode whatever its owner wants backed up
    /// and is not, because pruning would take the last good pair while everybody believes in it.
    pub fn fails(&self) -> bool {
        self.mode == Mode::Strict
            && !self.verdict.is_settled()
            && (self.intent.wants_backup() || self.has(Code::ExemptReasonMissing))
    }

    /// Returns whether a reason with this code was given.
    pub fn has(&self, code: Code) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }

    /// Returns whether its changes are to be made: in audit mode they are only reported.
    pub fn is_applied(&self) -> bool {
        self.mode != Mode::Audit
    }
}

/// What happens to a stream, and why.
#[derive(Debug)]
pub struct Plan {
    /// The mode of the run.
    pub mode: Mode,
    /// One plan for each volume, in the order of the stream.
    pub volumes: Vec<VolumePlan>,
    /// What is to say of the stream itself.
    pub diagnostics: Vec<Diagnostic>,
}

/// Fewer volumes than this are decided on by one core.
const MANY: usize = 256;

/// Plans a stream.
pub fn plan(reading: &mut Reading, config: &Config) -> Plan {
    let diagnostics = std::mem::take(&mut reading.diagnostics);
    let objects = std::mem::take(&mut reading.objects);
    let inventory = Inventory::new(objects, config.namespace.clone());
    plan_inventory(&inventory, diagnostics, config)
}

/// Plans the objects of a stream, with what is to say of the stream already.
pub fn plan_inventory(
    inventory: &Inventory,
    mut diagnostics: Vec<Diagnostic>,
    config: &Config,
) -> Plan {
    let subjects = subject::subjects(inventory);
    let mut volumes =
        parallel::map(&subjects, MANY, |subject| volume::decide(subject, inventory, config));
    diagnostics.extend(shared::identities(&mut volumes, inventory));
    shared::names(&mut volumes);
    secrets::place(&mut volumes, inventory);
    Plan { mode: config.mode, volumes, diagnostics }
}

impl Plan {
    /// Returns the changes to make, in the order of the stream.
    pub fn edits(&self) -> Vec<&Edit> {
        let mut edits: Vec<&Edit> = self
            .volumes
            .iter()
            .filter(|volume| volume.is_applied())
            .flat_map(|volume| &volume.edits)
            .collect();
        // Changes of a document come before what is added after it.
        edits.sort_by_key(|edit| (edit.document, matches!(edit.change, Change::Add(_))));
        edits
    }

    /// Returns whether the stream itself cannot be rendered, in any mode.
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity() == Severity::Error)
    }

    /// Returns whether the run fails.
    pub fn fails(&self) -> bool {
        self.is_broken() || self.volumes.iter().any(VolumePlan::fails)
    }
}
