//! All applications of a run, with the look-ups that rules share.

use super::member::Member;
use super::survey::{Survey, Volume};
use super::workload::Workload;
use crate::api::{labels, volsync, volume};
use crate::inventory::is_template;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// How much of what there is was given to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Some inputs: what is not among them may be elsewhere.
    Part,
    /// All applications of a repository: what is not among them is not in Git.
    Repository,
}

/// What stands in a space under a name; in that order, and else in the order of the applications.
#[derive(Debug)]
struct ByName<'v, T> {
    /// Where it stands.
    space: fn(&'v T) -> &'v str,
    all: Vec<(&'v str, &'v T)>,
}

impl<'v, T> ByName<'v, T> {
    fn new(space: fn(&'v T) -> &'v str) -> Self {
        Self { space, all: Vec::new() }
    }

    fn add(&mut self, name: &'v str, value: &'v T) {
        self.all.push((name, value));
    }

    fn sort(&mut self) {
        self.all.shrink_to_fit();
        self.all.sort_by_key(|(name, value)| ((self.space)(value), *name));
    }

    fn range(&self, compare: impl Fn(&'v str, &'v str) -> Ordering) -> &[(&'v str, &'v T)] {
        let order = |(name, value): &(&'v str, &'v T)| compare((self.space)(value), name);
        let first = self.all.partition_point(|one| order(one).is_lt());
        let rest = &self.all[first..];
        &rest[..rest.partition_point(|one| order(one).is_eq())]
    }

    fn find(&self, space: &str, name: &str) -> impl ExactSizeIterator<Item = &'v T> {
        self.range(|s, n| (s, n).cmp(&(space, name))).iter().map(|(_, value)| *value)
    }

    fn in_space(&self, space: &str) -> &[(&'v str, &'v T)] {
        self.range(|s, _| s.cmp(space))
    }
}

/// All applications of a run.
#[derive(Debug)]
pub(super) struct View<'v> {
    surveys: &'v [Survey],
    /// How much was given.
    pub(super) sight: Sight,
    volumes: ByName<'v, Volume>,
    sources: ByName<'v, Member>,
    destinations: ByName<'v, Member>,
    referring: ByName<'v, Volume>,
    claims: ByName<'v, Workload>,
    secrets: ByName<'v, Member>,
    /// By their name alone.
    secrets_named: ByName<'v, Member>,
    /// By their cluster and name.
    namespaces: ByName<'v, Member>,
    kinds: BTreeMap<&'v str, Vec<&'v Member>>,
}

impl<'v> View<'v> {
    /// Puts applications together.
    pub(super) fn new(surveys: &'v [Survey], sight: Sight) -> Self {
        let mut view = Self {
            surveys,
            sight,
            volumes: ByName::new(|volume| volume.member.space()),
            sources: ByName::new(Member::space),
            destinations: ByName::new(Member::space),
            referring: ByName::new(|volume| volume.member.space()),
            claims: ByName::new(|workload| workload.member.space()),
            secrets: ByName::new(Member::space),
            secrets_named: ByName::new(|_| ""),
            namespaces: ByName::new(|namespace| namespace.cluster().unwrap_or_default()),
            kinds: BTreeMap::new(),
        };
        for survey in surveys {
            for volume in &survey.volumes {
                let member = &volume.member;
                view.volumes.add(member.name(), volume);
                if let Some(name) = &volume.target {
                    view.referring.add(name, volume);
                }
            }
            for member in &survey.members {
                view.add(member);
            }
            for workload in &survey.workloads {
                for claim in &workload.claims {
                    view.claims.add(&claim.name, workload);
                }
            }
        }
        view.volumes.sort();
        view.sources.sort();
        view.destinations.sort();
        view.referring.sort();
        view.claims.sort();
        view.secrets.sort();
        view.secrets_named.sort();
        view.namespaces.sort();
        view
    }

    fn add(&mut self, member: &'v Member) {
        self.kinds.entry(member.kind()).or_default().push(member);
        if let Some(secret) = member.secret() {
            self.secrets.add(secret, member);
            self.secrets_named.add(secret, member);
        }
        match member.kind() {
            volsync::REPLICATION_SOURCE => {
                if let Some(pvc) = member.text(&["spec", "sourcePVC"]) {
                    self.sources.add(pvc, member);
                }
            }
            volsync::REPLICATION_DESTINATION => {
                self.destinations.add(member.name(), member);
            }
            volume::NAMESPACE => {
                self.namespaces.add(member.name(), member);
            }
            _ => {}
        }
    }

    /// Returns all volumes.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &'v Volume> + Clone + use<'v> {
        self.surveys.iter().flat_map(|survey| &survey.volumes)
    }

    /// Returns all workloads.
    pub(super) fn workloads(&self) -> impl Iterator<Item = &'v Workload> {
        self.surveys.iter().flat_map(|survey| &survey.workloads)
    }

    /// Returns the objects of a kind, volumes and workloads aside.
    pub(super) fn of_kind(&self, kind: &str) -> &[&'v Member] {
        self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns every object, volumes among them.
    pub(super) fn everything(&self) -> impl Iterator<Item = &'v Member> {
        self.surveys.iter().flat_map(|survey| {
            let volumes = survey.volumes.iter().map(|volume| &volume.member);
            volumes.chain(&survey.members).chain(survey.workloads.iter().map(|w| &w.member))
        })
    }

    /// Returns what stands in files and is not rendered.
    pub(super) fn unrendered(&self) -> impl Iterator<Item = &'v Member> {
        self.surveys.iter().flat_map(|survey| &survey.unrendered)
    }

    /// Returns the volumes of a name.
    pub(super) fn volumes_named(
        &self,
        space: &str,
        name: &str,
    ) -> impl ExactSizeIterator<Item = &'v Volume> {
        self.volumes.find(space, name)
    }

    /// Returns the sources that back a volume up.
    pub(super) fn sources_of(
        &self,
        space: &str,
        pvc: &str,
    ) -> impl ExactSizeIterator<Item = &'v Member> {
        self.sources.find(space, pvc)
    }

    /// Returns the destinations of a name.
    pub(super) fn destinations_named(
        &self,
        space: &str,
        name: &str,
    ) -> impl ExactSizeIterator<Item = &'v Member> {
        self.destinations.find(space, name)
    }

    /// Returns the destinations of a space.
    pub(super) fn destinations_in(&self, space: &str) -> impl Iterator<Item = &'v Member> {
        self.destinations.in_space(space).iter().map(|(_, member)| *member)
    }

    /// Returns the volumes whose reference names a destination.
    pub(super) fn referring_to(
        &self,
        destination: &Member,
    ) -> impl ExactSizeIterator<Item = &'v Volume> {
        self.referring.find(destination.space(), destination.name())
    }

    /// Returns the workloads whose pods mount a volume.
    pub(super) fn workloads_of(
        &self,
        space: &str,
        pvc: &str,
    ) -> impl ExactSizeIterator<Item = &'v Workload> {
        self.claims.find(space, pvc)
    }

    /// Returns the Namespaces that an object goes to: of several that state one name, all.
    pub(super) fn namespaces_of(
        &self,
        member: &Member,
    ) -> impl ExactSizeIterator<Item = &'v Member> {
        // No Namespace has an empty name.
        let name = member.namespace().unwrap_or_default();
        self.namespaces.find(member.cluster().unwrap_or_default(), name)
    }

    /// Returns what a Secret of a namespace is, or is made of.
    pub(super) fn secret(&self, space: &str, name: &str) -> Option<&'v Member> {
        self.secrets.find(space, name).next()
    }

    /// Returns what Secrets of a name are, or are made of, in any namespace.
    pub(super) fn secrets_named(&self, name: &str) -> impl ExactSizeIterator<Item = &'v Member> {
        self.secrets_named.find("", name)
    }

    /// Returns whether a namespace has a Secret whose name is filled in later.
    pub(super) fn has_unnamed_secret(&self, space: &str) -> bool {
        self.secrets.in_space(space).iter().any(|(name, _)| is_template(name))
    }

    /// Returns the objects of a kind and a name in a namespace; of kinds without namespaces, with
    /// an empty space, in all.
    pub(super) fn named(&self, kind: &str, space: &str, name: &str) -> Option<&'v Member> {
        self.of_kind(kind)
            .iter()
            .copied()
            .find(|member| member.name() == name && (space.is_empty() || member.space() == space))
    }

    /// Returns the names of the volumes that a destination restores: those that refer to it, the
    /// one it writes to, and those whose name it carries in a label or in its own name.
    pub(super) fn restored_by(&self, destination: &'v Member) -> Vec<&'v str> {
        let referring = self.referring_to(destination);
        if referring.len() > 0 {
            return referring.map(|volume| volume.member.name()).collect();
        }
        if let Some(volume) = destination.volume() {
            return vec![volume];
        }
        let label = |key: &str| destination.text(&["metadata", "labels", key]);
        let into = super::mover::mover(destination).and_then(|m| m.text("destinationPVC"));
        if let Some(name) =
            into.or_else(|| label(labels::SOURCE_PVC)).or_else(|| label(labels::VOLSYNC_PVC))
        {
            return vec![name];
        }
        let name = destination.name();
        let suffixes = ["", "-dst", "-bootstrap", "-rdst", "-backup", "-restore"];
        suffixes
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .filter(|name| self.sources_of(destination.space(), name).len() > 0)
            .take(1)
            .collect()
    }
}

/// Returns whether a volume states where its first content comes from, or which volume it is.
pub(super) fn is_bound_by_hand(volume: &Volume) -> bool {
    let stated =
        |key: &str| volume.member.get(&["spec", key]).is_some_and(|part| part.as_str() != Some(""));
    stated(volume::VOLUME_NAME) || stated(volume::DATA_SOURCE) || stated(volume::DATA_SOURCE_REF)
}
