//! What volumes share: identities, repositories, schedules, and the render of their application.

use super::cadence::longest_gap;
use super::intended::Intent;
use super::observed::{Key, Observed};
use super::spec::{Mover, Role, Spec};
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
    /// Why the folder does not render, where it does not.
    pub refusal: Option<String>,
    /// Whether some rendered Namespace carries the label on which Secrets are given out.
    pub gives_out_secrets: bool,
}

/// The label on which the reference setup gives the repository's Secret out.
pub(super) const PRIVILEGED_MOVERS: &str = "volsync.backube/privileged-movers";

impl Shared {
    /// Looks at all volumes once.
    pub fn new(intent: &Intent, observed: &Observed) -> Self {
        let mut shared = Self::default();
        for rs in intent.sources.values() {
            shared.add(rs.spec(Role::Source));
        }
        for rs in observed.sources.values() {
            let spec = super::case::spec(Role::Source, &rs.live);
            shared.add(spec);
            if let Some(repository) = spec.repository() {
                let (all, failing) = shared.repositories.entry(repository.to_owned()).or_default();
                *all += 1;
                *failing += usize::from(rs.status.result.as_deref() == Some("Failed"));
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
