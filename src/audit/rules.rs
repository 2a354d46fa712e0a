//! What can be wrong with a volume: one family of rows of the truth table a module.
//!
//! Each takes a [`Case`] and adds what it finds. A rule claims absence only of kinds that were
//! listed, and never concludes that a volume is well: that is left to the proof.

mod backup;
mod drill;
mod evidence;
mod identity;
mod labels;
mod reference;
mod repository;
mod shape;
mod target;
mod wiring;

use super::case::{Case, Standing};
use super::finding::{Finding, Outcome};

/// The rules, causes before what follows from them.
const RULES: &[fn(&Case<'_>, &mut Vec<Finding>)] = &[
    evidence::find,
    labels::find,
    wiring::find,
    reference::find,
    target::find,
    identity::find,
    repository::find,
    shape::find,
    backup::find,
    drill::find,
];

/// Returns everything that is found about a volume, in the order of the rules.
pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if case.observed.is_blind() {
        evidence::find(case, &mut found);
        return found;
    }
    for rule in RULES {
        rule(case, &mut found);
    }
    if case.standing == Standing::Unintended && case.gap().is_some() {
        // What Git intends for it is not known.
        for finding in &mut found {
            finding.rebuild = finding.rebuild.map(|outcome| outcome.min(Outcome::Unknown));
            finding.recreate = finding.recreate.map(|outcome| outcome.min(Outcome::Unknown));
        }
    }
    if case.standing == Standing::BackupOnly {
        // Nothing is restored, whatever its backups do; that they are made still matters.
        for finding in &mut found {
            finding.at_least = finding.severity();
            (finding.rebuild, finding.recreate) = (None, None);
        }
    }
    found
}

pub use evidence::STALE_AFTER;
