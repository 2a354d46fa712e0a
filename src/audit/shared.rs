//! What volumes share: identities, repositories, schedules; and what belongs to a volume by
//! another name than its own.
//!
//! Kept up to date object by object: what is added can be taken away again.

use super::cadence::longest_gap;
use super::intended::Intent;
use super::observed::{Key, Kind, Observed, Reduced};
use super::packed::Packed;
use super::spec::{Mover, Role, Spec};
use crate::inventory::referred_destination;
use crate::object::Node;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// What volumes share.
#[derive(Debug, Default)]
pub struct Shared {
    /// The volumes that keep backups under one identity in one repository, each with the number
    /// of sources that say so.
    identities: BTreeMap<String, BTreeMap<Key, usize>>,
    /// By repository: how many sources use it, and how many of them fail.
    repositories: BTreeMap<String, (usize, usize)>,
    /// The longest time between two runs, by schedule.
    cadences: BTreeMap<String, Option<SignedDuration>>,
    /// Rendered sources by the volume that they back up.
    rendered: Index,
    /// Rendered volumes by the destination that they are populated from.
    referring: Index,
    /// Sources of the cluster by the volume that they back up.
    sources: Index,
    /// Volumes of the cluster by the destination that they were populated from.
    populated: Index,
    /// Destinations of the cluster by the snapshot that they hold.
    holders: Index,
    /// What makes a Secret, by that Secret.
    makers: Index,
    /// What VolSync makes for its own work.
    of_volsync: BTreeSet<Key>,
    /// Applications by the name under which they track their objects.
    applications: BTreeMap<String, Vec<Key>>,
    /// Whether some rendered Namespace carries the label on which Secrets are given out.
    pub gives_out_secrets: bool,
}

/// Objects by the one they belong to, in the order of their names.
type Index = BTreeMap<Key, Vec<Key>>;

/// The kinds whose objects may belong to a volume of another name than their own.
pub(super) const RELATED: &[Kind] = &[
    Kind::PersistentVolumeClaim,
    Kind::ReplicationSource,
    Kind::ReplicationDestination,
    Kind::ExternalSecret,
    Kind::Application,
];

/// Whether an object comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It comes.
    Add,
    /// It goes.
    Remove,
}

/// The label by which VolSync marks what it makes.
const CREATED_BY: &str = "app.kubernetes.io/created-by";

/// The label on which the reference setup gives the repository's Secret out.
pub(super) const PRIVILEGED_MOVERS: &str = "volsync.backube/privileged-movers";

impl Shared {
    /// Looks at all volumes once.
    pub fn new(intent: &Intent, observed: &Observed) -> Self {
        let mut shared = Self::default();
        shared.intend(&Intent::default(), intent);
        for kind in RELATED {
            for (key, object) in observed.read_all(*kind) {
                shared.step(key, &object, Step::Add);
            }
        }
        shared
    }

    /// Puts what Git intends in the place of what it intended.
    pub(super) fn intend(&mut self, before: &Intent, after: &Intent) {
        for (intent, other, step) in [(before, after, Step::Remove), (after, before, Step::Add)] {
            let stays = |one: &Packed, other: Option<&Packed>| {
                other.is_some_and(|other| other.is_same(one))
            };
            let sources = intent.sources.iter();
            for (key, _) in sources.filter(|(key, rs)| !stays(rs, other.sources.get(*key))) {
                let Some(rs) = intent.source(key) else { continue };
                let spec = rs.spec(Role::Source);
                self.identify(spec, step);
                link(&mut self.rendered, spec.namespace(), spec.source_pvc(), key, step);
            }
            for (key, stated) in &intent.volumes {
                let Some(pvc) = &stated.intended.pvc else { continue };
                let known = other.volumes.get(key).and_then(|known| known.intended.pvc.as_ref());
                if !stays(pvc, known) {
                    let pvc = pvc.node();
                    link(&mut self.referring, &key.0, destination_of(&pvc, &key.0), key, step);
                }
            }
        }
        self.gives_out_secrets = after.namespaces.values().any(|node| is_prepared(node));
    }

    /// Counts an object of the cluster in, or out.
    pub(super) fn step(&mut self, key: &Key, object: &Reduced, step: Step) {
        match object {
            Reduced::Source(rs) => {
                let spec = super::case::spec(Role::Source, &rs.live);
                self.identify(spec, step);
                link(&mut self.sources, spec.namespace(), spec.source_pvc(), key, step);
                if let Some(repository) = spec.repository() {
                    let failing = usize::from(rs.status.result.as_deref() == Some("Failed"));
                    let (all, failed) = self.repositories.entry(repository.to_owned()).or_default();
                    match step {
                        Step::Add => (*all, *failed) = (*all + 1, *failed + failing),
                        Step::Remove => {
                            (*all, *failed) =
                                (all.saturating_sub(1), failed.saturating_sub(failing));
                        }
                    }
                }
            }
            Reduced::Destination(rd) => {
                let image = rd.status.latest_image.as_ref().map(|image| image.name.as_str());
                link(&mut self.holders, &key.0, image, key, step);
            }
            Reduced::Volume(pvc) => {
                let rd = destination_of(&pvc.live.node, &key.0);
                link(&mut self.populated, &key.0, rd, key, step);
                if pvc.live.label(CREATED_BY) == Some("volsync") {
                    match step {
                        Step::Add => self.of_volsync.insert(key.clone()),
                        Step::Remove => self.of_volsync.remove(key),
                    };
                }
            }
            Reduced::ExternalSecret(secret) => {
                link(&mut self.makers, &key.0, Some(&secret.target), key, step);
            }
            Reduced::Application(_) => {
                for name in tracked_as(key) {
                    let keys = self.applications.entry(name).or_default();
                    sorted(keys, key, step);
                }
            }
            Reduced::Namespace(_)
            | Reduced::Snapshot(_)
            | Reduced::StorageClass(_)
            | Reduced::SnapshotClass(_)
            | Reduced::Definition(_) => {}
        }
    }

    fn identify(&mut self, spec: Spec<'_>, step: Step) {
        if let Some(schedule) = spec.schedule()
            && !self.cadences.contains_key(schedule)
        {
            self.cadences.insert(schedule.to_owned(), longest_gap(schedule));
        }
        let (Some(name), Some(pvc)) = (identity(spec), spec.source_pvc()) else { return };
        let key = (spec.namespace().to_owned(), pvc.to_owned());
        match step {
            Step::Add => *self.identities.entry(name).or_default().entry(key).or_default() += 1,
            Step::Remove => {
                let Some(holders) = self.identities.get_mut(&name) else { return };
                if let Some(count) = holders.get_mut(&key) {
                    *count -= 1;
                    if *count == 0 {
                        holders.remove(&key);
                    }
                }
                if holders.is_empty() {
                    self.identities.remove(&name);
                }
            }
        }
    }

    /// Names every volume that a source of Git or of the cluster backs up.
    pub(super) fn backed_up(&self) -> impl Iterator<Item = &Key> {
        self.rendered.keys().chain(self.sources.keys())
    }

    /// Returns whether a volume of the cluster is one that VolSync makes for its own work.
    pub(super) fn is_of_volsync(&self, pvc: &Key) -> bool {
        self.of_volsync.contains(pvc)
    }

    /// Returns the rendered sources that back a volume up, in the order of their names.
    pub(super) fn rendered_of(&self, pvc: &Key) -> &[Key] {
        at(&self.rendered, pvc)
    }

    /// Returns the rendered volumes that are populated from a destination.
    pub(super) fn referring_to(&self, rd: &Key) -> &[Key] {
        at(&self.referring, rd)
    }

    /// Returns the sources of the cluster that back a volume up, in the order of their names.
    pub(super) fn sources_of(&self, pvc: &Key) -> &[Key] {
        at(&self.sources, pvc)
    }

    /// Returns the volumes of the cluster that were populated from a destination.
    pub(super) fn populated_from(&self, rd: &Key) -> &[Key] {
        at(&self.populated, rd)
    }

    /// Returns the destinations of the cluster that hold a snapshot.
    pub(super) fn holding(&self, snapshot: &Key) -> &[Key] {
        at(&self.holders, snapshot)
    }

    /// Returns what makes a Secret.
    pub(super) fn makers_of(&self, secret: &Key) -> &[Key] {
        at(&self.makers, secret)
    }

    /// Returns the applications that track their objects under a name.
    pub(super) fn tracking_as(&self, name: &str) -> &[Key] {
        self.applications.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the longest time between two runs of a schedule.
    pub fn cadence(&self, schedule: &str) -> Option<SignedDuration> {
        self.cadences.get(schedule).copied().flatten()
    }

    /// Returns the volumes that keep their backups where a source does.
    pub(super) fn holders(&self, spec: Spec<'_>) -> impl Iterator<Item = &Key> {
        let holders = identity(spec).and_then(|name| self.identities.get(&name));
        holders.into_iter().flat_map(BTreeMap::keys)
    }

    /// Returns the other volumes that keep their backups where a source does.
    pub fn others(&self, spec: Spec<'_>, key: &Key) -> Vec<String> {
        let others = self.holders(spec).filter(|other| *other != key);
        others.map(|other| format!("{}/{}", other.0, other.1)).collect()
    }

    /// Returns how many sources use a repository, if all of them fail and there are several.
    pub fn all_fail(&self, repository: &str) -> Option<usize> {
        let (all, failing) = self.repositories.get(repository)?;
        (*all > 1 && all == failing).then_some(*all)
    }
}

/// Returns the names under which an application tracks its objects: outside Argo CD's own
/// namespace `<namespace>_<name>`.
pub(super) fn tracked_as(key: &Key) -> [String; 2] {
    [key.1.clone(), format!("{}_{}", key.0, key.1)]
}

/// Returns the destination that a volume names.
pub(super) fn destination_of<'n>(pvc: &'n Node, namespace: &str) -> Option<&'n str> {
    pvc.get("spec").and_then(|spec| referred_destination(spec, Some(namespace)))
}

fn at<'i>(index: &'i Index, key: &Key) -> &'i [Key] {
    index.get(key).map(Vec::as_slice).unwrap_or_default()
}

fn link(index: &mut Index, namespace: &str, name: Option<&str>, key: &Key, step: Step) {
    let Some(name) = name else { return };
    let of = (namespace.to_owned(), name.to_owned());
    let keys = index.entry(of.clone()).or_default();
    sorted(keys, key, step);
    if keys.is_empty() {
        index.remove(&of);
    }
}

fn sorted(keys: &mut Vec<Key>, key: &Key, step: Step) {
    match (keys.binary_search(key), step) {
        (Err(place), Step::Add) => {
            // Most are alone, and a vector makes room for four at once.
            if keys.is_empty() {
                keys.reserve_exact(1);
            }
            keys.insert(place, key.clone());
        }
        (Ok(place), Step::Remove) => drop(keys.remove(place)),
        (Ok(_), Step::Add) | (Err(_), Step::Remove) => {}
    }
}

/// Returns whether a Namespace carries the label on which Secrets are given out.
pub(super) fn is_prepared(namespace: &Node) -> bool {
    namespace.text_at(&["metadata", "labels", PRIVILEGED_MOVERS]) == Some("true")
}

/// Names where a source keeps its backups. Secrets of one name in several namespaces are taken
/// for one repository with kopia, whose identities hold the namespace; restic keeps all volumes
/// of a repository under one identity.
fn identity(spec: Spec<'_>) -> Option<String> {
    let repository = spec.repository()?;
    match spec.mover() {
        Mover::Kopia => spec.identity().ok().map(|own| format!("kopia {repository} {own}")),
        Mover::Restic => Some(format!("restic {}/{repository}", spec.namespace())),
        Mover::Other(_) | Mover::Missing => None,
    }
}
