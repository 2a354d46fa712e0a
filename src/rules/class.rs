//! Whether the classes that are named are among the manifests, where a repository has such objects.

use super::finding::Finding;
use super::member::Member;
use super::mover::mover;
use super::view::{Sight, View};
use super::{Family, Rule};
use crate::api::suggest::only_near;
use crate::api::{kinds, volsync};
use crate::diagnostic::Code;
use crate::inventory::is_template;
use crate::object::Location;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::ClassMissing,
        why: "Kubernetes and VolSync wait for a class that is not there, without an end: no \
              backup is made, and a new volume stays pending.",
        fix: "Correct the name, or add the class. Allow it where something else makes the class, \
              such as a chart that Git does not render.",
    }],
};

/// Where a class is named first, and for which volumes it is named.
struct Uses<'v> {
    member: &'v Member,
    key: &'static str,
    at: Location,
    volumes: BTreeSet<(&'v str, &'v str)>,
}

/// A kind of classes in a cluster.
type Shelf<'v> = (&'static str, Option<&'v str>);

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.sight != Sight::Repository {
        return;
    }
    for ((kind, cluster), uses) in named(view) {
        let here = |class: &&&Member| class.cluster() == cluster;
        let there: BTreeSet<&str> =
            view.of_kind(kind).iter().filter(here).map(|class| class.name()).collect();
        // Something else may make those that are missing, as charts do that Git does not render. So
        // a repository has to show that it makes most of what its volumes use.
        let (made, missing): (Vec<_>, Vec<_>) =
            uses.iter().partition(|(name, _)| there.contains(*name));
        let made: BTreeSet<_> = made.into_iter().flat_map(|(_, uses)| &uses.volumes).collect();
        for (name, uses) in &missing {
            let near = only_near(name, there.iter().copied());
            let count = uses.volumes.len();
            let is_told = match near {
                Some(_) => count <= made.len(),
                None => count < made.len() && missing.len() == 1,
            };
            if !is_told {
                continue;
            }
            let more = match count - 1 {
                0 => String::new(),
                1 => "; one more volume does so".to_owned(),
                more => format!("; {more} more volumes do so"),
            };
            let finding = uses.member.finding(
                Code::ClassMissing,
                format!(
                    "{} names the {kind} {name}, which is not among the manifests, where others \
                     are{more}",
                    uses.key
                ),
            );
            found.push(finding.at(uses.at.clone()).help(match near {
                Some(near) => format!("did you mean {near}?"),
                None => format!(
                    "add the {kind}, or name another: {}",
                    there.iter().copied().collect::<Vec<_>>().join(", ")
                ),
            }));
        }
    }
}

/// The classes that volumes with a backup, sources and destinations name.
fn named<'v>(view: &View<'v>) -> BTreeMap<Shelf<'v>, BTreeMap<&'v str, Uses<'v>>> {
    let mut all: BTreeMap<Shelf<'v>, BTreeMap<&'v str, Uses<'v>>> = BTreeMap::new();
    let mut add = |kind, name: &'v str, member: &'v Member, volume: &'v str, key, at| {
        if !is_template(name) {
            let uses = all.entry((kind, member.cluster())).or_default();
            let volumes = BTreeSet::new();
            let uses = uses.entry(name).or_insert(Uses { member, key, at, volumes });
            uses.volumes.insert((member.space(), volume));
        }
    };
    // What is named is compared with what is there: nothing, in many repositories.
    let has = |kind: &str| !view.of_kind(kind).is_empty();
    for volume in view.volumes().filter(|_| has(kinds::STORAGE_CLASS)) {
        let pvc = &volume.member;
        let path = ["spec", "storageClassName"];
        // A volume that is made by hand can have any class: it is no more than a word then.
        let is_backed_up = view.sources_of(pvc.space(), pvc.name()).len() > 0;
        if let Some(name) = pvc.text(&path).filter(|_| is_backed_up) {
            add(kinds::STORAGE_CLASS, name, pvc, pvc.name(), "storageClassName", pvc.at(&path));
        }
    }
    let both = [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION];
    for mover in both.iter().flat_map(|kind| view.of_kind(kind)).filter_map(|m| mover(m)) {
        let member = mover.member;
        let volume = member.text(&["spec", "sourcePVC"]);
        let volume = volume.or_else(|| view.restored_by(member).first().copied());
        for (kind, key) in [
            (kinds::STORAGE_CLASS, "storageClassName"),
            (kinds::STORAGE_CLASS, "cacheStorageClassName"),
            (kinds::VOLUME_SNAPSHOT_CLASS, "volumeSnapshotClassName"),
        ] {
            if let Some(name) = mover.text(key).filter(|_| has(kind)) {
                add(kind, name, member, volume.unwrap_or(member.name()), key, mover.at(key));
            }
        }
    }
    all
}
