//! The pair of a volume that is in the stream already: which objects, whose, how different.
//!
//! Objects belong to a volume by `sourcePVC` and by the volume's reference first, by name second.

use super::subject::Subject;
use crate::api::labels;
use crate::api::volsync::{REPLICATION_DESTINATION, REPLICATION_SOURCE};
use crate::desired::{Desired, DesiredSource, Settled, Settlement};
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::{self, Difference};
use crate::inventory::{Inventory, Owner, owner, referred_destination};
use crate::object::{Location, Object};
use serde_json::Value;

/// One half of a pair that is in the stream.
#[derive(Debug, Clone)]
pub struct Half {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// Where it stands.
    pub location: Location,
    /// In which fields it differs from what should be; none where nothing should be.
    pub differences: Vec<Difference>,
}

/// The objects of a volume that are in the stream.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// The sources, one for each target that has one.
    pub sources: Vec<Half>,
    /// The `ReplicationDestination`.
    pub destination: Option<Half>,
}

impl Pair {
    /// Returns the objects that are there.
    pub fn halves(&self) -> impl Iterator<Item = &Half> {
        self.sources.iter().chain(&self.destination)
    }

    /// Returns whose the pair is: nothing if there is none, unknown if its halves disagree.
    pub fn owner(&self) -> Option<Owner> {
        let mut owners = self.halves().map(|half| half.owner);
        let first = owners.next()?;
        Some(if owners.all(|owner| owner == first) { first } else { Owner::Unknown })
    }

    /// Returns whether a half differs from what should be.
    pub fn differs(&self) -> bool {
        self.halves().any(|half| !half.differences.is_empty())
    }
}

/// The objects of the stream that belong to a volume.
#[derive(Debug, Default)]
pub(super) struct Present<'i> {
    /// The source of each target, in the order of the targets.
    pub(super) sources: Vec<Option<&'i Object>>,
    pub(super) destination: Option<&'i Object>,
    /// Sources of ours that belong to no target.
    pub(super) left_over: Vec<&'i Object>,
    pub(super) trouble: Vec<Diagnostic>,
}

/// Finds a volume's objects in the stream.
pub(super) fn present<'i>(
    subject: &Subject<'_>,
    namespace: &str,
    settlement: &Settlement<'_>,
    inventory: &'i Inventory,
) -> Present<'i> {
    let pvc = &subject.name;
    let mut present = Present::default();
    let of_volume = inventory.sources_of(Some(namespace), pvc);
    let mut free = of_volume.clone();
    let named = |settled: &Settled<'_>| {
        inventory.named(REPLICATION_SOURCE, Some(namespace), &settled.source_name)
    };
    if of_volume.is_empty() {
        let backs_up_nothing = |rs: &&Object| rs.node.text_at(&["spec", "sourcePVC"]).is_none();
        free.extend(settlement.targets.iter().flat_map(named).filter(backs_up_nothing));
    }
    present.sources = assigned(settlement, &mut free);
    for (settled, slot) in settlement.targets.iter().zip(&present.sources) {
        if let (None, Some(rs)) = (slot, named(settled).first()) {
            let other = rs.node.text_at(&["spec", "sourcePVC"]).unwrap_or("nothing");
            present.trouble.push(
                Diagnostic::new(
                    Code::NameTaken,
                    format!(
                        "the ReplicationSource {} has the name of this volume's and backs up {other}",
                        rs.id.name
                    ),
                )
                .at(rs.location.clone())
                .help("rename it, or correct its sourcePVC"),
            );
        }
    }
    let taken: Vec<&str> = present.sources.iter().flatten().map(|rs| rs.id.name.as_str()).collect();
    let copies: Vec<&Object> =
        free.iter().copied().filter(|rs| taken.contains(&rs.id.name.as_str())).collect();
    // A source of a target that is no longer there.
    let is_left_over = |rs: &&Object| {
        owner(rs) == Owner::Ours
            && !taken.contains(&rs.id.name.as_str())
            && rs.node.at(&["metadata", "labels", labels::TARGET]).is_some()
    };
    present.left_over = free.iter().copied().filter(is_left_over).collect();
    let referred = subject
        .node
        .get("spec")
        .and_then(|spec| referred_destination(spec, Some(namespace)))
        .map(|name| inventory.named(REPLICATION_DESTINATION, Some(namespace), name))
        .filter(|destinations| !destinations.is_empty())
        // What was rendered here for another volume is that volume's half, not this one's.
        .filter(|destinations| {
            destinations.iter().all(|rd| {
                let of = rd.node.text_at(&["metadata", "labels", labels::SOURCE_PVC]);
                owner(rd) != Owner::Ours || of.is_none_or(|of| of == pvc)
            })
        });
    let destinations = referred.unwrap_or_else(|| {
        let name = settlement.primary().map_or("", |settled| &settled.destination_name);
        inventory.named(REPLICATION_DESTINATION, Some(namespace), name)
    });
    present.destination = destinations.first().copied();
    for copy in copies.into_iter().chain(destinations.iter().copied().skip(1)) {
        present.trouble.push(
            Diagnostic::new(
                Code::DuplicateObject,
                format!("the {} {} stands twice in the stream", copy.id.kind, copy.id.name),
            )
            .at(copy.location.clone())
            .help("remove one of them"),
        );
    }
    present
}

/// Gives each target its source: the one of ours that says so or has its name, else, where there
/// is one target, any of ours; then by name; then whatever is left.
fn assigned<'i>(
    settlement: &Settlement<'_>,
    free: &mut Vec<&'i Object>,
) -> Vec<Option<&'i Object>> {
    let targets = &settlement.targets;
    let mut sources: Vec<Option<&'i Object>> = targets.iter().map(|_| None).collect();
    let is_ours = |rs: &Object| owner(rs) == Owner::Ours;
    let label =
        |rs: &Object| rs.node.text_at(&["metadata", "labels", labels::TARGET]).map(str::to_owned);
    for round in 0..3 {
        for (slot, settled) in sources.iter_mut().zip(targets).filter(|(slot, _)| slot.is_none()) {
            let has_name = |rs: &Object| rs.id.name == settled.source_name;
            let fits = |rs: &&Object| match (round, settled.target) {
                (0, None) => is_ours(rs),
                (0, Some(target)) => is_ours(rs) && label(rs).as_deref() == Some(target),
                (1, _) => has_name(rs),
                // What was rendered for another target is not this one's.
                (_, Some(_)) => !is_ours(rs),
                (_, None) => true,
            };
            if let Some(at) = free.iter().position(fits) {
                *slot = Some(free.remove(at));
            }
        }
    }
    sources
}

/// Compares a volume's objects with what should be. Of ours everything managed counts, of others
/// the spec.
pub(super) fn compare(
    present: &Present<'_>,
    settlement: &Settlement<'_>,
    desired: Option<&Desired>,
) -> Pair {
    let source = |target: Option<&str>| {
        let of = |source: &&DesiredSource| source.target.as_deref() == target;
        let found = desired?.sources.iter().find(of)?;
        Some(found.object.to_json())
    };
    let destination = || Some(desired?.destination.as_ref()?.to_json());
    let sources = present.sources.iter().zip(&settlement.targets);
    Pair {
        sources: sources
            .filter_map(|(rs, settled)| rs.map(|rs| half(rs, source(settled.target).as_ref())))
            .collect(),
        destination: present.destination.map(|rd| half(rd, destination().as_ref())),
    }
}

fn half(object: &Object, desired: Option<&Value>) -> Half {
    let owner = owner(object);
    let differences = match (desired, owner) {
        (None, _) => Vec::new(),
        (Some(desired), Owner::Ours) => drift::compare(&object.node, desired),
        (Some(desired), Owner::SomebodyElse | Owner::Unknown) => {
            drift::compare_spec(&object.node, desired)
        }
    };
    Half { name: object.id.name.clone(), owner, location: object.location.clone(), differences }
}

/// Names the objects of a pair, and the kind of one that may be missing.
pub(super) fn names(pair: &Pair, targets: usize) -> (String, &'static str) {
    let source = pair.sources.iter().map(|half| format!("{REPLICATION_SOURCE} {}", half.name));
    let destination =
        pair.destination.iter().map(|half| format!("{REPLICATION_DESTINATION} {}", half.name));
    let names: Vec<String> = source.chain(destination).collect();
    let other =
        if pair.sources.len() == targets { REPLICATION_DESTINATION } else { REPLICATION_SOURCE };
    (names.join(" and "), other)
}

/// Names the fields in which a pair differs from what should be.
pub(super) fn fields(pair: &Pair) -> String {
    let all: Vec<&str> =
        pair.halves().flat_map(|half| &half.differences).map(|d| d.field.as_str()).collect();
    match all.as_slice() {
        [] => String::new(),
        few if few.len() <= 3 => format!(" in {}", few.join(", ")),
        [first, second, rest @ ..] => format!(" in {first}, {second} and {} more", rest.len()),
        [one] => format!(" in {one}"),
    }
}
