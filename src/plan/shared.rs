//! What no two volumes, and no two targets of one, may share: an identity, and a name.

use super::{Verdict, VolumePlan};
use crate::api::labels;
use crate::api::mover::Mover;
use crate::api::volsync::{REPLICATION_DESTINATION, REPLICATION_SOURCE};
use crate::desired::Identity;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::{Inventory, Owner, owner};
use crate::object::{Location, Node, Object};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Who holds something that one alone may hold.
struct Holder {
    /// The volume, for people.
    id: String,
    /// The target, where there are several.
    target: Option<String>,
    location: Location,
}

/// Who holds something, before it is known whether anybody else does: nearly nobody does.
enum Held<'v> {
    /// A volume, and the target where there are several.
    Volume(&'v VolumePlan, Option<&'v str>),
    /// A source of the stream, and the volume that it backs up.
    Source(&'v Object, String),
}

impl Held<'_> {
    fn holder(&self) -> Holder {
        match self {
            Self::Volume(volume, target) => Holder {
                id: volume.id(),
                target: target.map(str::to_owned),
                location: volume.location.clone(),
            },
            Self::Source(rs, id) => {
                Holder { id: id.clone(), target: None, location: rs.location.clone() }
            }
        }
    }
}

/// Returns what a volume and somebody else hold, in order, each with all who do in their order. A
/// volume is not somebody else than the source of the stream that backs it up.
fn shared<K: Ord>(mut held: Vec<(K, Held<'_>)>) -> Vec<(K, Vec<Holder>)> {
    held.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut shared: Vec<(K, Vec<Holder>)> = Vec::new();
    let mut held = held.into_iter().peekable();
    while let Some((key, first)) = held.next() {
        let mut others = Vec::new();
        while let Some((_, other)) = held.next_if(|(next, _)| *next == key) {
            others.push(other);
        }
        if others.is_empty() || matches!(first, Held::Source(..)) {
            continue;
        }
        let mut holders = vec![first.holder()];
        for other in others {
            let holder = other.holder();
            if matches!(other, Held::Volume(..)) || holders.iter().all(|h| h.id != holder.id) {
                holders.push(holder);
            }
        }
        shared.push((key, holders));
    }
    shared
}

impl Holder {
    fn words(&self, others: &[Self]) -> String {
        let of_one = others.iter().filter(|other| other.id == self.id).count() > 1;
        match (&self.target, of_one) {
            (Some(target), true) => format!("{} (target {target})", self.id),
            (Some(_) | None, _) => self.id.clone(),
        }
    }
}

/// Finds volumes that would share one identity in one repository: those that are rendered, and
/// sources of others in the stream.
pub(super) fn identities(volumes: &mut [VolumePlan], inventory: &Inventory) -> Vec<Diagnostic> {
    let mut claims: Vec<(Cow<'_, Identity>, Held<'_>)> = Vec::new();
    for volume in volumes.iter().filter(|volume| volume.verdict == Verdict::Wired) {
        for source in volume.desired.iter().flat_map(|desired| &desired.sources) {
            let holder = Held::Volume(volume, source.target.as_deref());
            claims.push((Cow::Borrowed(&source.identity), holder));
        }
    }
    for rs in inventory.of_kind(REPLICATION_SOURCE).filter(|rs| owner(rs) != Owner::Ours) {
        let pvc = rs.node.text_at(&["spec", "sourcePVC"]).unwrap_or(&rs.id.name);
        let namespace = inventory.namespace_of(rs).unwrap_or_else(|| "?".into());
        for mover in Mover::ALL {
            let fields = rs.node.at(&["spec", mover.id()]).map(Node::to_json);
            let Some(Value::Object(fields)) = fields else { continue };
            let Some(identity) = stated(*mover, &fields, &rs.id.name, &namespace) else {
                continue;
            };
            claims.push((Cow::Owned(identity), Held::Source(rs, format!("{namespace}/{pvc}"))));
        }
    }
    let shared: Vec<(Identity, Vec<Holder>)> =
        shared(claims).into_iter().map(|(key, holders)| (key.into_owned(), holders)).collect();
    let mut found = Vec::new();
    for (identity, holders) in shared {
        let [first, .., last] = holders.as_slice() else { continue };
        let names: Vec<String> = holders.iter().map(|holder| holder.words(&holders)).collect();
        let message = match identity.mover {
            Mover::Kopia => format!(
                "{} share the identity {}/{} in the repository {}: their backups would mix, and \
                 each would restore the other's data",
                names.join(" and "),
                identity.hostname,
                identity.username,
                identity.repository
            ),
            Mover::Restic => format!(
                "{} share the repository {}, in which restic keeps all volumes under one name: \
                 their backups would mix, and each would restore the other's data",
                names.join(" and "),
                identity.repository
            ),
        };
        let help = match (identity.mover, first.id == last.id) {
            (Mover::Kopia, false) => format!(
                "give one of them another identity: {}: \"hostname/username\" (the other is at {})",
                labels::BACKUP_IDENTITY,
                first.location
            ),
            (Mover::Kopia | Mover::Restic, true) => {
                "give each target a repository of its own".to_owned()
            }
            (Mover::Restic, false) => format!(
                "give each a Secret with a path of its own: `repository: \"{{pvc}}-restic\"` (the \
                 other is at {})",
                first.location
            ),
        };
        let diagnostic =
            Diagnostic::new(Code::IdentityDuplicate, message).at(last.location.clone()).help(help);
        let ids: Vec<&str> = holders.iter().map(|holder| holder.id.as_str()).collect();
        refuse(volumes, &ids, &diagnostic);
        found.push(diagnostic);
    }
    found
}

/// Returns the identity that a source states; nothing without a repository.
fn stated(
    mover: Mover,
    fields: &Map<String, Value>,
    name: &str,
    namespace: &str,
) -> Option<Identity> {
    fields.get("repository").and_then(Value::as_str)?;
    Some(Identity::new(mover, fields, name, namespace))
}

/// Finds objects of one name that two volumes, or two targets, would have rendered.
pub(super) fn names(volumes: &mut [VolumePlan]) {
    type Key<'v> = (&'static str, Option<&'v str>, &'v str);
    let mut claims: Vec<(Key<'_>, Held<'_>)> = Vec::new();
    for volume in volumes.iter().filter(|volume| volume.verdict == Verdict::Wired) {
        let Some(desired) = &volume.desired else { continue };
        let namespace = volume.namespace.as_deref();
        let sources = desired.sources.iter().map(|source| {
            (REPLICATION_SOURCE, &source.object.metadata.name, source.target.as_deref())
        });
        let destination = desired.destination.iter();
        let destination = destination.map(|rd| (REPLICATION_DESTINATION, &rd.metadata.name, None));
        for (kind, name, target) in sources.chain(destination) {
            claims.push(((kind, namespace, name), Held::Volume(volume, target)));
        }
    }
    let shared: Vec<(&'static str, String, Vec<Holder>)> = shared(claims)
        .into_iter()
        .map(|((kind, _, name), holders)| (kind, name.to_owned(), holders))
        .collect();
    for (kind, name, holders) in shared {
        let [first, .., last] = holders.as_slice() else { continue };
        let ids: Vec<&str> = holders.iter().map(|holder| holder.id.as_str()).collect();
        let words: Vec<String> = holders.iter().map(|holder| holder.words(&holders)).collect();
        let placeholder = if first.id == last.id { "{target}" } else { "{pvc}" };
        let diagnostic = Diagnostic::new(
            Code::NameTaken,
            format!("{} would both have the {kind} {name}", words.join(" and ")),
        )
        .at(last.location.clone())
        .help(format!(
            "put {placeholder} into `names` of plumber.yaml, or name one apart: {}: \"…\" (the \
             other is at {})",
            if kind == REPLICATION_SOURCE { labels::SOURCE_NAME } else { labels::DESTINATION_NAME },
            first.location
        ));
        refuse(volumes, &ids, &diagnostic);
    }
}

/// Takes back what was decided for volumes.
pub(super) fn refuse(volumes: &mut [VolumePlan], ids: &[&str], why: &Diagnostic) {
    for volume in volumes.iter_mut().filter(|volume| volume.verdict == Verdict::Wired) {
        if ids.contains(&volume.id().as_str()) {
            volume.verdict = Verdict::NeedsHumanReview;
            volume.reasons.insert(0, why.clone());
            volume.edits.clear();
        }
    }
}
