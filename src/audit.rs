//! Would it come back, from when, and if not, why not?
//!
//! Takes what Git intends, what was seen of a cluster and the time, gives a verdict with its
//! evidence for every volume of either. Pure: the same question has the same answer, whatever
//! the order in which things were seen. Unknown is never green.

mod cadence;
mod case;
pub mod code;
pub mod document;
mod engine;
mod finding;
mod intended;
mod json;
mod junit;
mod key;
mod log;
mod observed;
mod operator;
mod packed;
#[cfg(feature = "audit")]
pub mod page;
mod restore_plan;
mod rules;
mod shared;
mod spec;
mod table;
mod time;
mod verdict;

use case::Question;
use code::{Code, Severity};
use jiff::Timestamp;
use observed::Desk;
use shared::Shared;
use std::collections::BTreeSet;

pub use case::{Case, Reference, Standing};
pub use engine::Engine;
pub use finding::{Evidence, Finding, Fix, Outcome, Scenario};
pub use intended::{
    Intended, Intent, Origin, Rendered, Stated, Unrendered, Wired, Wish, intent, rendered,
    unrendered,
};
pub use json::Json;
pub use junit::junit;
pub use key::Key;
pub use observed::{Collected, Coverage, Kept, Kind, Observed, collect, keep};
pub use packed::{Packed, Packer};
pub use restore_plan::{RestorePlan, restore_plan};
pub use rules::STALE_AFTER;
pub use table::{markdown, table};
pub use verdict::{Assessment, DataEvidence};

/// The answer for all volumes.
#[derive(Debug)]
pub struct Report<'a> {
    /// When it was asked.
    pub now: Timestamp,
    /// What Git intends.
    pub intent: &'a Intent,
    /// What was seen.
    pub observed: &'a Observed,
    /// Every volume, by namespace and name.
    pub volumes: Vec<Assessment<'a>>,
    /// What is to say of no volume in particular.
    pub findings: Vec<Finding>,
}

/// Names every volume of Git, of the cluster, and of a source that lost its volume.
fn volumes(intent: &Intent, observed: &Observed, shared: &Shared) -> BTreeSet<Key> {
    let mut keys: BTreeSet<Key> = intent.volumes.keys().cloned().collect();
    keys.extend(shared.backed_up().cloned());
    let live = observed.keys(Kind::PersistentVolumeClaim);
    keys.extend(live.filter(|key| !shared.is_of_volsync(key)).cloned());
    let manifests = || intent.unrendered.values().flatten();
    keys.extend(
        manifests().filter_map(|m| Some(Key::new(m.namespace.as_deref()?, m.pvc.as_str()))),
    );
    // Of one that states no namespace nothing more is known where a volume has its name.
    let named: BTreeSet<&str> = keys.iter().map(Key::name).collect();
    let unnamed: Vec<Key> = manifests()
        .filter(|m| m.namespace.is_none() && !named.contains(m.pvc.as_str()))
        .map(|m| Key::new("?", m.pvc.as_str()))
        .collect();
    keys.extend(unnamed);
    keys
}

/// Returns whether a volume is in Git or in the cluster, or a source names it: [`volumes`] by one.
fn is_volume(key: &Key, intent: &Intent, observed: &Observed, shared: &Shared) -> bool {
    intent.volumes.contains_key(key)
        || shared.is_backed_up(key)
        || observed.contains(Kind::PersistentVolumeClaim, key) && !shared.is_of_volsync(key)
        || intent.unrendered.get(key.name()).is_some_and(|manifests| {
            manifests.iter().any(|manifest| manifest.namespace.as_deref() == Some(key.namespace()))
        })
}

/// Asks the question once, and tells the answer: what is read for it is there for as long.
pub fn report<T>(
    intent: &Intent,
    observed: &Observed,
    problems: &[String],
    now: Timestamp,
    tell: impl FnOnce(&Report<'_>) -> T,
) -> T {
    let shared = Shared::new(intent, observed);
    let keys = volumes(intent, observed, &shared);
    let desk = Desk::default();
    let question = Question { intent, observed, shared: &shared, desk: &desk, now };
    let volumes = keys.iter().map(|key| verdict::assess(Case::new(key, question))).collect();
    let findings = findings(observed, problems);
    tell(&Report { now, intent, observed, volumes, findings })
}

/// Says what was not seen, and what could not be read.
fn findings(observed: &Observed, problems: &[String]) -> Vec<Finding> {
    let unseen =
        Kind::ALL.iter().filter(|kind| observed.coverage(**kind) == Coverage::Unseen).map(|kind| {
            let severity = if kind.is_optional() { Severity::Info } else { Severity::Medium };
            let message = if kind.is_optional() {
                format!("no {} was seen: what only they can show is not in this report", kind.id())
            } else {
                format!("no {} was seen", kind.id())
            };
            Finding::new(Code::EvidenceForbidden, message)
                .at_least(severity)
                .fix("give it with a further --observed")
                .command(format!("kubectl get --raw /{} > {}.json", address(*kind), kind.plural()))
        });
    let malformed = problems
        .iter()
        .map(|why| Finding::new(Code::EvidenceMalformed, why).at_least(Severity::Medium));
    unseen.chain(malformed).collect()
}

fn address(kind: Kind) -> String {
    let version = match kind {
        Kind::PersistentVolumeClaim | Kind::Namespace => {
            return format!("api/v1/{}", kind.plural());
        }
        Kind::ReplicationSource | Kind::ReplicationDestination | Kind::Application => "v1alpha1",
        Kind::VolumeSnapshot
        | Kind::VolumeSnapshotClass
        | Kind::StorageClass
        | Kind::ExternalSecret
        | Kind::CustomResourceDefinition => "v1",
    };
    format!("apis/{}/{version}/{}", kind.group(), kind.plural())
}

impl Report<'_> {
    /// Returns the volumes that are to come back.
    pub fn protected(&self) -> impl Iterator<Item = &Assessment<'_>> {
        self.volumes.iter().filter(|volume| volume.case.standing == Standing::Protected)
    }

    /// Counts the volumes that are to come back and come to an outcome in a scenario.
    pub fn count(&self, scenario: Scenario, outcome: Outcome) -> usize {
        self.protected().filter(|volume| volume.outcome(scenario) == outcome).count()
    }

    /// Counts the volumes of which something is expected.
    pub fn standing(&self, standing: Standing) -> usize {
        self.volumes.iter().filter(|volume| volume.case.standing == standing).count()
    }

    /// Returns whether something matters at least so much. That nothing was seen always does.
    pub fn fails(&self, from: Severity) -> bool {
        self.observed.is_blind()
            || self.volumes.iter().any(|volume| volume.fails(from))
            || self.findings.iter().any(|finding| finding.severity() >= from)
    }
}
