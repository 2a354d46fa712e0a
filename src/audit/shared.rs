//! What volumes share: identities, repositories, schedules; and what belongs to a volume by
//! another name than its own.
//!
//! Kept up to date object by object: what is added can be taken away again.

use super::cadence::longest_gap;
use super::intended::{Intent, Names};
use super::key::{Index, Key};
use super::observed::{Kind, Observed, Reduced};
use super::packed::Packed;
use super::spec::{Mover, Role, Spec};
use crate::desired::DESTINATION_SUFFIX;
use crate::inventory::referred_destination;
use crate::object::Node;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What volumes share.
#[derive(Debug, Default)]
pub struct Shared {
    /// The volumes that keep backups under one identity in one repository, each with the number
    /// of sources that say so.
    identities: BTreeMap<(Arc<str>, Key), u32>,
    /// By repository: how many sources use it, and how many of them fail.
    repositories: BTreeMap<String, (usize, usize)>,
    /// The longest time between two runs, by schedule.
    cadences: BTreeMap<String, Option<SignedDuration>>,
    /// Rendered sources by the volume that they back up.
    rendered: Index,
    /// Rendered volumes by the source that they are, or would be, backed up by.
    backing: Index,
    /// Rendered volumes by the destination that they are, or would be, populated from.
    restoring: Index,
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
    applications: BTreeMap<String, BTreeSet<Key>>,
    /// Whether some rendered Namespace carries the label on which Secrets are given out.
    pub gives_out_secrets: bool,
}

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
                self.identify(key, spec, step);
                link(&mut self.rendered, spec.source_pvc(), key, step);
            }
            for (key, stated) in &intent.volumes {
                let known = other.volumes.get(key);
                if known.is_some_and(|known| Arc::ptr_eq(&known.intended, &stated.intended)) {
                    continue;
                }
                // Under the names that every volume has by itself it is found without.
                let Names { rs, rd } = &stated.intended.names;
                let rs = rs.as_deref().filter(|rs| *rs != key.name());
                let is_own = |rd: &str| rd.strip_suffix(DESTINATION_SUFFIX) == Some(key.name());
                let rd = rd.as_deref().filter(|rd| !is_own(rd));
                link(&mut self.backing, rs, key, step);
                link(&mut self.restoring, rd, key, step);
                if let Some(pvc) = intent.pvc(key) {
                    let rd = destination_of(&pvc.node, key.namespace());
                    link(&mut self.restoring, rd, key, step);
                }
            }
        }
        self.gives_out_secrets = after.namespaces.values().any(|node| is_prepared(node));
    }

    /// Leaves no room in what is kept.
    pub(super) fn settle(&mut self) {
        let Self { rendered, backing, restoring, sources, populated, holders, makers, .. } = self;
        for index in [rendered, backing, restoring, sources, populated, holders, makers] {
            index.settle();
        }
    }

    /// Counts an object of the cluster in, or out.
    pub(super) fn step(&mut self, key: &Key, object: &Reduced, step: Step) {
        match object {
            Reduced::Source(rs) => {
                let spec = super::case::spec(Role::Source, &rs.live);
                self.identify(key, spec, step);
                link(&mut self.sources, spec.source_pvc(), key, step);
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
                link(&mut self.holders, image, key, step);
            }
            Reduced::Volume(pvc) => {
                let rd = destination_of(&pvc.live.node, key.namespace());
                link(&mut self.populated, rd, key, step);
                if pvc.live.label(CREATED_BY) == Some("volsync") {
                    match step {
                        Step::Add => self.of_volsync.insert(key.clone()),
                        Step::Remove => self.of_volsync.remove(key),
                    };
                }
            }
            Reduced::ExternalSecret(secret) => {
                link(&mut self.makers, Some(&secret.target), key, step);
            }
            Reduced::Application(_) => {
                for name in tracked_as(key) {
                    let keys = self.applications.entry(name).or_default();
                    match step {
                        Step::Add => drop(keys.insert(key.clone())),
                        Step::Remove => drop(keys.remove(key)),
                    }
                }
            }
            Reduced::Namespace(_)
            | Reduced::Snapshot(_)
            | Reduced::StorageClass(_)
            | Reduced::SnapshotClass(_)
            | Reduced::Definition(_) => {}
        }
    }

    fn identify(&mut self, key: &Key, spec: Spec<'_>, step: Step) {
        if let Some(schedule) = spec.schedule()
            && !self.cadences.contains_key(schedule)
        {
            self.cadences.insert(schedule.to_owned(), longest_gap(schedule));
        }
        let (Some(name), Some(pvc)) = (identity(spec), spec.source_pvc()) else { return };
        let holder = (name.into(), key.beside(pvc));
        match step {
            Step::Add => *self.identities.entry(holder).or_default() += 1,
            Step::Remove => {
                let Some(count) = self.identities.get_mut(&holder) else { return };
                *count -= 1;
                if *count == 0 {
                    self.identities.remove(&holder);
                }
            }
        }
    }

    /// Names every volume that a source of Git or of the cluster backs up.
    pub(super) fn backed_up(&self) -> impl Iterator<Item = &Key> {
        self.rendered.owners().chain(self.sources.owners())
    }

    /// Returns whether a source of Git or of the cluster backs a volume up.
    pub(super) fn is_backed_up(&self, pvc: &Key) -> bool {
        self.rendered.has(pvc) || self.sources.has(pvc)
    }

    /// Returns whether a volume of the cluster is one that VolSync makes for its own work.
    pub(super) fn is_of_volsync(&self, pvc: &Key) -> bool {
        self.of_volsync.contains(pvc)
    }

    /// Returns the rendered sources that back a volume up, in the order of their names.
    pub(super) fn rendered_of(&self, pvc: &Key) -> impl Iterator<Item = &Key> {
        self.rendered.of(pvc)
    }

    /// Returns the rendered volumes that are, or would be, backed up by a source.
    pub(super) fn backed_up_by(&self, rs: &Key) -> impl Iterator<Item = &Key> {
        self.backing.of(rs)
    }

    /// Returns the rendered volumes that are, or would be, populated from a destination.
    pub(super) fn restored_from(&self, rd: &Key) -> impl Iterator<Item = &Key> {
        self.restoring.of(rd)
    }

    /// Returns the sources of the cluster that back a volume up, in the order of their names.
    pub(super) fn sources_of(&self, pvc: &Key) -> impl Iterator<Item = &Key> {
        self.sources.of(pvc)
    }

    /// Returns the volumes of the cluster that were populated from a destination.
    pub(super) fn populated_from(&self, rd: &Key) -> impl Iterator<Item = &Key> {
        self.populated.of(rd)
    }

    /// Returns the destinations of the cluster that hold a snapshot.
    pub(super) fn holding(&self, snapshot: &Key) -> impl Iterator<Item = &Key> {
        self.holders.of(snapshot)
    }

    /// Returns what makes a Secret.
    pub(super) fn makers_of(&self, secret: &Key) -> impl Iterator<Item = &Key> {
        self.makers.of(secret)
    }

    /// Returns the applications that track their objects under a name.
    pub(super) fn tracking_as(&self, name: &str) -> impl Iterator<Item = &Key> {
        self.applications.get(name).into_iter().flatten()
    }

    /// Returns the longest time between two runs of a schedule.
    pub fn cadence(&self, schedule: &str) -> Option<SignedDuration> {
        self.cadences.get(schedule).copied().flatten()
    }

    /// Returns the volumes that keep their backups where a source does.
    pub(super) fn holders(&self, spec: Spec<'_>) -> impl Iterator<Item = &Key> {
        let name: Option<Arc<str>> = identity(spec).map(Arc::from);
        name.into_iter().flat_map(|name| {
            let from = self.identities.range((Arc::clone(&name), Key::new("", ""))..);
            from.map(|((of, key), _)| (of, key))
                .take_while(move |(of, _)| **of == name)
                .map(|(_, key)| key)
        })
    }

    /// Returns the other volumes that keep their backups where a source does.
    pub fn others(&self, spec: Spec<'_>, key: &Key) -> Vec<String> {
        let others = self.holders(spec).filter(|other| *other != key);
        others.map(ToString::to_string).collect()
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
    [key.name().to_owned(), format!("{}_{}", key.namespace(), key.name())]
}

/// Returns the destination that a volume names.
pub(super) fn destination_of<'n>(pvc: &'n Node, namespace: &str) -> Option<&'n str> {
    pvc.get("spec").and_then(|spec| referred_destination(spec, Some(namespace)))
}

fn link(index: &mut Index, of: Option<&str>, key: &Key, step: Step) {
    let Some(of) = of.map(|name| key.beside(name)) else { return };
    match step {
        Step::Add => index.add(of, key),
        Step::Remove => index.remove(of, key),
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
