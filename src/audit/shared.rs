//! What volumes share: identities, repositories, schedules, and the render of their application;
//! and what belongs to a volume by another name than its own.

use super::cadence::longest_gap;
use super::intended::Intent;
use super::observed::{Key, Observed};
use super::spec::{Mover, Role, Spec};
use crate::inventory::referred_destination;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// What volumes share.
#[derive(Debug, Default)]
pub struct Shared {
    /// The volumes that keep backups under one identity in one repository.
    identities: BTreeMap<String, BTreeSet<Key>>,
    /// By repository: how many sources use it, and how many of them fail.
    repositories: BTreeMap<String, (usize, usize)>,
    /// The longest time between two runs, by schedule.
    cadences: BTreeMap<String, Option<SignedDuration>>,
    /// Rendered sources by the volume that they back up.
    rendered: Index,
    /// Sources of the cluster by the volume that they back up.
    sources: Index,
    /// Volumes of the cluster by the destination that they were populated from.
    populated: Index,
    /// What makes a Secret, by that Secret.
    makers: Index,
    /// Applications by the name under which they track their objects.
    applications: BTreeMap<String, Vec<Key>>,
    /// Why the folder does not render, where it does not.
    pub refusal: Option<String>,
    /// Whether some rendered Namespace carries the label on which Secrets are given out.
    pub gives_out_secrets: bool,
}

/// Objects by the one they belong to.
type Index = BTreeMap<Key, Vec<Key>>;

/// The label on which the reference setup gives the repository's Secret out.
pub(super) const PRIVILEGED_MOVERS: &str = "volsync.backube/privileged-movers";

impl Shared {
    /// Looks at all volumes once.
    pub fn new(intent: &Intent, observed: &Observed) -> Self {
        let mut shared = Self::default();
        for (key, rs) in &intent.sources {
            let spec = rs.spec(Role::Source);
            shared.add(spec);
            push(&mut shared.rendered, spec.namespace(), spec.source_pvc(), key);
        }
        for (key, rs) in &observed.sources {
            let spec = super::case::spec(Role::Source, &rs.live);
            shared.add(spec);
            push(&mut shared.sources, spec.namespace(), spec.source_pvc(), key);
            if let Some(repository) = spec.repository() {
                let (all, failing) = shared.repositories.entry(repository.to_owned()).or_default();
                *all += 1;
                *failing += usize::from(rs.status.result.as_deref() == Some("Failed"));
            }
        }
        for (key, pvc) in &observed.volumes {
            let spec = pvc.live.object.node.get("spec");
            let rd = spec.and_then(|spec| referred_destination(spec, Some(&key.0)));
            push(&mut shared.populated, &key.0, rd, key);
        }
        for (key, secret) in &observed.external_secrets {
            push(&mut shared.makers, &key.0, Some(&secret.target), key);
        }
        for key in observed.applications.keys() {
            // Applications outside Argo CD's own namespace track as `<namespace>_<name>`.
            for name in [key.1.clone(), format!("{}_{}", key.0, key.1)] {
                shared.applications.entry(name).or_default().push(key.clone());
            }
        }
        let failing: Vec<String> = intent
            .volumes
            .iter()
            .filter(|(_, git)| git.fails)
            .map(|(key, _)| format!("{}/{}", key.0, key.1))
            .collect();
        shared.refusal = failing.first().map(|first| match failing.len() {
            1 => format!("in mode strict {first} keeps the application from rendering"),
            many => format!(
                "in mode strict {first} and {} more keep the application from rendering",
                many - 1
            ),
        });
        shared.gives_out_secrets = intent.namespaces.values().any(is_prepared);
        shared
    }

    fn add(&mut self, spec: Spec<'_>) {
        if let Some(schedule) = spec.schedule()
            && !self.cadences.contains_key(schedule)
        {
            self.cadences.insert(schedule.to_owned(), longest_gap(schedule));
        }
        if let (Some(name), Some(pvc)) = (identity(spec), spec.source_pvc()) {
            let key = (spec.namespace().to_owned(), pvc.to_owned());
            self.identities.entry(name).or_default().insert(key);
        }
    }

    /// Returns the rendered sources that back a volume up, in the order of their names.
    pub(super) fn rendered_of(&self, pvc: &Key) -> &[Key] {
        self.rendered.get(pvc).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the sources of the cluster that back a volume up, in the order of their names.
    pub(super) fn sources_of(&self, pvc: &Key) -> &[Key] {
        self.sources.get(pvc).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the volumes of the cluster that were populated from a destination.
    pub(super) fn populated_from(&self, rd: &Key) -> &[Key] {
        self.populated.get(rd).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns what makes a Secret.
    pub(super) fn makers_of(&self, secret: &Key) -> &[Key] {
        self.makers.get(secret).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the applications that track their objects under a name.
    pub(super) fn tracking_as(&self, name: &str) -> &[Key] {
        self.applications.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the longest time between two runs of a schedule.
    pub fn cadence(&self, schedule: &str) -> Option<SignedDuration> {
        self.cadences.get(schedule).copied().flatten()
    }

    /// Returns the other volumes that keep their backups where a source does.
    pub fn others(&self, spec: Spec<'_>, key: &Key) -> Vec<String> {
        let holders = identity(spec).and_then(|name| self.identities.get(&name));
        holders
            .into_iter()
            .flatten()
            .filter(|other| *other != key)
            .map(|other| format!("{}/{}", other.0, other.1))
            .collect()
    }

    /// Returns how many sources use a repository, if all of them fail and there are several.
    pub fn all_fail(&self, repository: &str) -> Option<usize> {
        let (all, failing) = self.repositories.get(repository)?;
        (*all > 1 && all == failing).then_some(*all)
    }
}

fn push(index: &mut Index, namespace: &str, name: Option<&str>, key: &Key) {
    if let Some(name) = name {
        index.entry((namespace.to_owned(), name.to_owned())).or_default().push(key.clone());
    }
}

/// Returns whether a Namespace carries the label on which Secrets are given out.
pub(super) fn is_prepared(namespace: &crate::object::Node) -> bool {
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
