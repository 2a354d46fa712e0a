//! The pair of a volume that is in the stream already: which objects, whose, how different.
//!
//! Objects belong to a volume by `sourcePVC` and by the volume's reference first, by name second.

use super::subject::Subject;
use crate::api::labels;
use crate::api::volsync::{REPLICATION_DESTINATION, REPLICATION_SOURCE};
use crate::desired::{Desired, destination_name, source_name};
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

/// The pair that is in the stream.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// The `ReplicationSource`.
    pub source: Option<Half>,
    /// The `ReplicationDestination`.
    pub destination: Option<Half>,
}

impl Pair {
    /// Returns the halves that are there.
    pub fn halves(&self) -> impl Iterator<Item = &Half> {
        self.source.iter().chain(&self.destination)
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

/// The objects of the stream that make up a volume's pair.
#[derive(Debug, Default)]
pub(super) struct Present<'i> {
    pub(super) source: Option<&'i Object>,
    pub(super) destination: Option<&'i Object>,
    pub(super) trouble: Vec<Diagnostic>,
}

/// Finds a volume's pair in the stream.
pub(super) fn present<'i>(
    subject: &Subject<'_>,
    namespace: &str,
    inventory: &'i Inventory,
) -> Present<'i> {
    let pvc = &subject.name;
    let mut present = Present::default();
    let mut sources = inventory.sources_of(Some(namespace), pvc);
    if sources.is_empty() {
        let named = inventory.named(REPLICATION_SOURCE, Some(namespace), &source_name(pvc));
        for rs in named {
            match rs.node.text_at(&["spec", "sourcePVC"]) {
                Some(other) => present.trouble.push(
                    Diagnostic::new(
                        Code::NameTaken,
                        format!(
                            "the ReplicationSource {} has the name of this volume's and backs up \
                             {other}",
                            rs.id.name
                        ),
                    )
                    .at(rs.location.clone())
                    .help("rename it, or correct its sourcePVC"),
                ),
                None => sources.push(rs),
            }
        }
    }
    present.source = sources
        .iter()
        .copied()
        .find(|rs| owner(rs) == Owner::Ours)
        .or_else(|| sources.iter().copied().find(|rs| rs.id.name == source_name(pvc)))
        .or_else(|| sources.first().copied());
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
        inventory.named(REPLICATION_DESTINATION, Some(namespace), &destination_name(pvc))
    });
    present.destination = destinations.first().copied();
    let same_source = |rs: &&Object| present.source.is_some_and(|one| one.id.name == rs.id.name);
    let copies = sources.iter().copied().filter(same_source).skip(1);
    for copy in copies.chain(destinations.iter().copied().skip(1)) {
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

/// Compares a volume's pair with what should be. Of ours everything managed counts, of others
/// the spec.
pub(super) fn compare(present: &Present<'_>, desired: Option<&Desired>) -> Pair {
    let source = || desired.map(|desired| desired.source.to_json());
    let destination = || Some(desired?.destination.as_ref()?.to_json());
    Pair {
        source: present.source.map(|object| half(object, source().as_ref())),
        destination: present.destination.map(|object| half(object, destination().as_ref())),
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

/// Names the halves of a pair, and the kind of the half that may be missing.
pub(super) fn names(pair: &Pair) -> (String, &'static str) {
    let source = pair.source.iter().map(|half| format!("{REPLICATION_SOURCE} {}", half.name));
    let destination =
        pair.destination.iter().map(|half| format!("{REPLICATION_DESTINATION} {}", half.name));
    let names: Vec<String> = source.chain(destination).collect();
    let other = if pair.source.is_some() { REPLICATION_DESTINATION } else { REPLICATION_SOURCE };
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
