//! What is wrong with backups and restores, found in Git: one family of rules a file.
//!
//! Takes applications as surveys, gives findings. A rule looks at a view of all applications at
//! once, so that what one application holds and another lacks is seen; it reads nothing else,
//! prints nothing, and says what was seen and what to type. The plan's own reasons are findings
//! too, under their codes; no rule says them again.

mod allow;
mod argocd;
mod class;
mod collision;
mod coverage;
mod decided;
mod destination;
mod fanout;
mod finding;
mod flat;
mod herd;
mod identity;
mod kopia;
mod member;
mod metadata;
mod mover;
mod reference;
mod rendered;
mod retention;
mod secret;
mod source;
mod survey;
mod trigger;
mod user;
mod view;
mod waves;
mod words;
mod workload;

#[cfg(test)]
mod published;

pub use finding::{About, Finding};
pub use member::Origin;
pub use survey::{Survey, survey};
pub use view::Sight;
use view::View;

use crate::diagnostic::Code;
use std::collections::BTreeMap;

/// What there is to say of a code beside its meaning and its severity, which the code holds.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The code; its id is the rule's.
    pub code: Code,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// Rules that look at the same facts.
struct Family {
    rules: &'static [Rule],
    check: fn(&View<'_>, &mut Vec<Finding>),
}

const FAMILIES: &[Family] = &[
    reference::FAMILY,
    destination::FAMILY,
    class::FAMILY,
    identity::FAMILY,
    source::FAMILY,
    collision::FAMILY,
    trigger::FAMILY,
    herd::FAMILY,
    retention::FAMILY,
    kopia::FAMILY,
    user::FAMILY,
    waves::FAMILY,
    fanout::FAMILY,
    secret::FAMILY,
    coverage::FAMILY,
    rendered::FAMILY,
    metadata::FAMILY,
    allow::FAMILY,
    argocd::FAMILY,
];

/// Returns every rule that a check has beside the plan's own codes.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules)
}

/// Returns the rule of a code, the plan's own codes among them.
pub fn rule(code: Code) -> Option<&'static Rule> {
    rules().chain(decided::RULES).find(|rule| rule.code == code)
}

/// Checks applications: what their plans say, and what the rules find. In the order of the
/// applications, their files and lines.
pub fn check(surveys: &[Survey], sight: Sight) -> Vec<Finding> {
    let view = View::new(surveys, sight);
    let mut found: Vec<Finding> =
        surveys.iter().flat_map(|survey| survey.findings.iter().cloned()).collect();
    for family in FAMILIES {
        (family.check)(&view, &mut found);
    }
    let order: BTreeMap<&str, usize> = surveys
        .iter()
        .enumerate()
        .map(|(index, survey)| (&*survey.origin.application, index))
        .collect();
    for finding in &mut found {
        let survey = order.get(&*finding.application).and_then(|index| surveys.get(*index));
        finding.resolve(survey.map(|survey| &*survey.allow).unwrap_or_default());
    }
    found.sort_by(|a, b| {
        let key = |f: &Finding| {
            (order.get(&*f.application).copied(), f.diagnostic.location.clone(), f.code())
        };
        key(a).cmp(&key(b)).then_with(|| a.diagnostic.message.cmp(&b.diagnostic.message))
    });
    // One fact can be reached on two ways, as a node that two objects share.
    found.dedup_by(|a, b| a.diagnostic == b.diagnostic && a.about == b.about);
    found
}
