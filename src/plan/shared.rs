//! What no two volumes, and no two targets of one, may share: an identity, and a name.

use super::{Verdict, VolumePlan};
use crate::api::labels;
use crate::api::mover::Mover;
use crate::api::volsync::{REPLICATION_DESTINATION, REPLICATION_SOURCE};
use crate::desired::Identity;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::{Inventory, Owner, owner};
use crate::object::{Location, Node};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Who holds something that one alone may hold.
struct Holder {
    /// The volume, for people.
    id: String,
    /// The target, where there are several.
    target: Option<String>,
    location: Location,
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
    let mut holders: BTreeMap<Identity, Vec<Holder>> = BTreeMap::new();
    for volume in volumes.iter().filter(|volume| volume.verdict == Verdict::Wired) {
        for source in volume.desired.iter().flat_map(|desired| &desired.sources) {
            holders.entry(source.identity.clone()).or_default().push(Holder {
                id: volume.id(),
                target: source.target.clone(),
                location: volume.location.clone(),
            });
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
            if let Some(holders) = holders.get_mut(&identity) {
                let id = format!("{namespace}/{pvc}");
                if holders.iter().all(|holder| holder.id != id) {
                    holders.push(Holder { id, target: None, location: rs.location.clone() });
                }
            }
        }
    }
    let mut found = Vec::new();
    for (identity, holders) in holders {
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
    type Key = (&'static str, Option<String>, String);
    let mut holders: BTreeMap<Key, Vec<Holder>> = BTreeMap::new();
    for volume in volumes.iter().filter(|volume| volume.verdict == Verdict::Wired) {
        let Some(desired) = &volume.desired else { continue };
        let sources = desired.sources.iter();
        let sources =
            sources.map(|s| (REPLICATION_SOURCE, &s.object.metadata.name, s.target.clone()));
        let destination = desired.destination.iter();
        let destination = destination.map(|rd| (REPLICATION_DESTINATION, &rd.metadata.name, None));
        for (kind, name, target) in sources.chain(destination) {
            let key = (kind, volume.namespace.clone(), name.clone());
            let location = volume.location.clone();
            let holder = Holder { id: volume.id(), target, location };
            holders.entry(key).or_default().push(holder);
        }
    }
    for ((kind, _, name), holders) in holders {
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
