//! Whether the repository's Secret is made in the volume's namespace, where others' are.

use super::fanout::{self, Reach};
use super::finding::Finding;
use super::member::Member;
use super::mover::{Engine, mover};
use super::view::{Sight, View};
use super::{Family, Rule};
use crate::api::volsync;
use crate::diagnostic::Code;
use crate::inventory::{is_copied, is_template};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::RepoSecretMissing,
        why: "Without the Secret no backup is made, and a new volume waits for its restore for \
              ever.",
        fix: "Add the Secret, or what makes it, to the volume's namespace. Allow it where \
              something else brings it there.",
    }],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.sight != Sight::Repository {
        return;
    }
    // Secrets are often not in Git at all. A repository has to show that it makes most of them.
    let mut clusters: BTreeMap<Option<&str>, (BTreeSet<Key<'_>>, Vec<&Member>)> = BTreeMap::new();
    let both = [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION];
    for mover in both.iter().flat_map(|kind| view.of_kind(kind)).filter_map(|m| mover(m)) {
        let is_known = matches!(mover.engine, Engine::Kopia | Engine::Restic);
        let Some(name) = mover.text("repository").filter(|_| is_known) else { continue };
        let member = mover.member;
        if is_template(name) || member.is_template() || member.namespace().is_none() {
            continue;
        }
        let (made, missing) = clusters.entry(member.cluster()).or_default();
        if is_made(view, member, name) {
            made.insert((member.space(), name));
        } else {
            missing.push(member);
        }
    }
    for (made, missing) in clusters.into_values() {
        let names: BTreeSet<Key<'_>> = missing.iter().filter_map(|member| key(member)).collect();
        if names.len() >= made.len() {
            continue;
        }
        let mut told = BTreeSet::new();
        for mover in missing.into_iter().filter_map(mover) {
            let member = mover.member;
            let Some((space, name)) = key(member).filter(|key| told.insert(*key)) else { continue };
            let (example, _) = made
                .iter()
                .rev()
                .filter_map(|(space, other)| Some((view.secret(space, other)?, *other == name)))
                .max_by_key(|(maker, same)| (*same, maker.space() != space))
                .unzip();
            let shown = example.map_or(String::new(), |maker: &Member| {
                format!("; for others there is {}", maker.about().id())
            });
            let finding = member.finding(
                Code::RepoSecretMissing,
                format!("nothing among the manifests makes the Secret {name}{shown}"),
            );
            found.push(finding.at(mover.at("repository")).help(format!(
                "add it to the namespace {}, or correct the name",
                member.namespace().unwrap_or("?")
            )));
        }
    }
}

/// A Secret: its space and its name.
type Key<'v> = (&'v str, &'v str);

fn key(member: &Member) -> Option<Key<'_>> {
    Some((member.space(), mover(member)?.text("repository")?))
}

/// Whether a Secret is made where an object needs it, or may be, as far as can be told.
fn is_made(view: &View<'_>, member: &Member, name: &str) -> bool {
    view.secret(member.space(), name).is_some()
        || view.has_unnamed_secret(member.space())
        || view.secrets_named(name).any(|maker| is_copied(&maker.content().to_node()))
        || !matches!(fanout::reach(view, member, name), Reach::Nothing)
}
