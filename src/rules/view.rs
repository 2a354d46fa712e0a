//! All applications of a run, with the look-ups that rules share.

use super::member::Member;
use super::survey::{Survey, Volume};
use super::workload::Workload;
use crate::api::{labels, volsync, volume};
use crate::inventory::{is_template, referred_destination};
use std::collections::BTreeMap;

/// How much of what there is was given to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Some inputs: what is not among them may be elsewhere.
    Part,
    /// All applications of a repository: what is not among them is not in Git.
    Repository,
}

/// By space and name; the names of a space are in order.
type ByName<'v, T> = BTreeMap<&'v str, Vec<(&'v str, Vec<&'v T>)>>;

fn add<'v, T>(map: &mut ByName<'v, T>, space: &'v str, name: &'v str, value: &'v T) {
    let names = map.entry(space).or_default();
    match names.binary_search_by_key(&name, |(name, _)| *name) {
        Ok(at) => names[at].1.push(value),
        Err(at) => names.insert(at, (name, vec![value])),
    }
}

fn find<'m, 'v, T>(map: &'m ByName<'v, T>, space: &str, name: &str) -> &'m [&'v T] {
    let names = map.get(space).map(Vec::as_slice).unwrap_or_default();
    let at = names.binary_search_by(|(other, _)| (*other).cmp(name));
    at.map_or(&[], |at| &names[at].1)
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
    secrets_named: BTreeMap<&'v str, Vec<&'v Member>>,
    kinds: BTreeMap<&'v str, Vec<&'v Member>>,
}

impl<'v> View<'v> {
    /// Puts applications together.
    pub(super) fn new(surveys: &'v [Survey], sight: Sight) -> Self {
        let mut view = Self {
            surveys,
            sight,
            volumes: ByName::new(),
            sources: ByName::new(),
            destinations: ByName::new(),
            referring: ByName::new(),
            claims: ByName::new(),
            secrets: ByName::new(),
            secrets_named: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        for survey in surveys {
            for volume in &survey.volumes {
                let member = &volume.member;
                add(&mut view.volumes, &member.space, member.name(), volume);
                if let Some(name) = reference(volume) {
                    add(&mut view.referring, &member.space, name, volume);
                }
            }
            for member in &survey.members {
                let space = member.space.as_str();
                view.kinds.entry(&member.object.id.kind).or_default().push(member);
                if let Some(secret) = member.secret() {
                    add(&mut view.secrets, space, secret, member);
                    view.secrets_named.entry(secret).or_default().push(member);
                }
                match member.object.id.kind.as_str() {
                    volsync::REPLICATION_SOURCE => {
                        if let Some(pvc) = member.text(&["spec", "sourcePVC"]) {
                            add(&mut view.sources, space, pvc, member);
                        }
                    }
                    volsync::REPLICATION_DESTINATION => {
                        add(&mut view.destinations, space, member.name(), member);
                    }
                    _ => {}
                }
            }
            for workload in &survey.workloads {
                let space = workload.member.space.as_str();
                for claim in &workload.claims {
                    add(&mut view.claims, space, claim, workload);
                }
            }
        }
        view
    }

    /// Returns all volumes.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &'v Volume> {
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
    pub(super) fn volumes_named(&self, space: &str, name: &str) -> &[&'v Volume] {
        find(&self.volumes, space, name)
    }

    /// Returns the sources that back a volume up.
    pub(super) fn sources_of(&self, space: &str, pvc: &str) -> &[&'v Member] {
        find(&self.sources, space, pvc)
    }

    /// Returns the destinations of a name.
    pub(super) fn destinations_named(&self, space: &str, name: &str) -> &[&'v Member] {
        find(&self.destinations, space, name)
    }

    /// Returns the volumes whose reference names a destination.
    pub(super) fn referring_to(&self, destination: &Member) -> &[&'v Volume] {
        find(&self.referring, &destination.space, destination.name())
    }

    /// Returns the workloads whose pods mount a volume.
    pub(super) fn workloads_of(&self, space: &str, pvc: &str) -> &[&'v Workload] {
        find(&self.claims, space, pvc)
    }

    /// Returns what a Secret of a namespace is, or is made of.
    pub(super) fn secret(&self, space: &str, name: &str) -> Option<&'v Member> {
        find(&self.secrets, space, name).first().copied()
    }

    /// Returns what Secrets of a name are, or are made of, in any namespace.
    pub(super) fn secrets_named(&self, name: &str) -> &[&'v Member] {
        self.secrets_named.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns whether a namespace has a Secret whose name is filled in later.
    pub(super) fn has_unnamed_secret(&self, space: &str) -> bool {
        let names = self.secrets.get(space).map(Vec::as_slice).unwrap_or_default();
        names.iter().any(|(name, _)| is_template(name))
    }

    /// Returns the objects of a kind and a name in a namespace; of kinds without namespaces, with
    /// an empty space, in all.
    pub(super) fn named(&self, kind: &str, space: &str, name: &str) -> Option<&'v Member> {
        self.of_kind(kind)
            .iter()
            .copied()
            .find(|member| member.name() == name && (space.is_empty() || member.space == space))
    }

    /// Returns the names of the volumes that a destination restores: those that refer to it, the
    /// one it writes to, and those whose name it carries in a label or in its own name.
    pub(super) fn restored_by(&self, destination: &'v Member) -> Vec<&'v str> {
        let referring = self.referring_to(destination);
        if !referring.is_empty() {
            return referring.iter().map(|volume| volume.member.name()).collect();
        }
        if let Some(volume) = &destination.volume {
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
            .filter(|name| !self.sources_of(&destination.space, name).is_empty())
            .take(1)
            .collect()
    }
}

/// Returns the destination that a volume's reference names in the output, in its own namespace.
pub(super) fn reference(volume: &Volume) -> Option<&str> {
    volume.reference.as_deref().or_else(|| {
        let spec = volume.member.get(&["spec"])?;
        referred_destination(spec, volume.member.namespace.as_deref())
    })
}

/// Returns whether a volume states where its first content comes from, or which volume it is.
pub(super) fn is_bound_by_hand(volume: &Volume) -> bool {
    let stated =
        |key: &str| volume.member.get(&["spec", key]).is_some_and(|node| node.as_str() != Some(""));
    stated(volume::VOLUME_NAME) || stated(volume::DATA_SOURCE) || stated(volume::DATA_SOURCE_REF)
}
