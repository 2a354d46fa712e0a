//! What two volumes, or two applications, must not share.

use super::finding::Finding;
use super::identity::address;
use super::member::{Member, Standing};
use super::mover::{Engine, Mover, mover};
use super::view::View;
use super::{Family, Rule};
use crate::api::{labels, volsync};
use crate::diagnostic::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::ResticRepositoryShared,
            why: "VolSync backs every volume up as host `volsync`, path `/data`. In a shared \
                  repository the volumes cannot be told apart: each restores whatever was backed \
                  up last, and each one's retention deletes the other's backups.",
            fix: "Give every volume a Secret with a path of its own in `RESTIC_REPOSITORY`.",
        },
        Rule {
            code: Code::ObjectInTwoApplications,
            why: "Two applications apply the object in turn; when one of them is deleted or \
                  leaves it out, it is pruned, and the other's volume loses its backup.",
            fix: "Keep it in one of them. Where the applications go to different clusters, say so \
                  with `cluster` under `apps` in plumber.yaml.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    identities(view, found);
    restic(view, found);
    applications(view, found);
}

/// Groups what has its key in common with something else, in order. Of all that stands alone, as
/// nearly everything does, no more than a number is held.
fn shared<T, K: Ord + Hash>(
    all: impl Iterator<Item = T> + Clone,
    key: impl Fn(&T) -> Option<K>,
) -> BTreeMap<K, Vec<T>> {
    let number = |key: &K| {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        hasher.finish()
    };
    let mut numbers: Vec<u64> = all.clone().filter_map(|item| Some(number(&key(&item)?))).collect();
    numbers.sort_unstable();
    let twice: BTreeSet<u64> =
        numbers.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for item in all {
        if let Some(key) = key(&item).filter(|key| twice.contains(&number(key))) {
            groups.entry(key).or_default().push(item);
        }
    }
    groups
}

/// The sources of an engine whose names are not filled in later.
fn sources<'m, 'v>(
    view: &'m View<'v>,
    engine: Engine,
) -> impl Iterator<Item = Mover<'v>> + Clone + use<'m, 'v> {
    let all = written_out(view, volsync::REPLICATION_SOURCE).filter_map(mover);
    all.filter(move |source| source.engine == engine)
}

/// The objects of a kind whose names are not filled in later.
fn written_out<'m, 'v>(
    view: &'m View<'v>,
    kind: &str,
) -> impl Iterator<Item = &'v Member> + Clone + use<'m, 'v> {
    view.of_kind(kind).iter().copied().filter(|member| !member.is_template())
}

fn pvc<'v>(source: &Mover<'v>) -> &'v str {
    source.member.text(&["spec", "sourcePVC"]).unwrap_or(source.member.name())
}

/// The volume of a source, as text that is equal for no other.
fn volume<'v>(source: &Mover<'v>) -> (&'v str, &'v str) {
    (source.member.space(), pvc(source))
}

fn shown(source: &Mover<'_>) -> String {
    format!("{}/{}", source.member.namespace().unwrap_or("?"), pvc(source))
}

/// Names the other volumes of a group, and where the first of them stands.
fn others(source: &Mover<'_>, group: &[Mover<'_>]) -> (String, String) {
    let others: Vec<&Mover<'_>> =
        group.iter().filter(|other| volume(other) != volume(source)).collect();
    let mut names: Vec<String> = others.iter().map(|other| shown(other)).collect();
    names.dedup();
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let at = others.first().map(|other| other.member.location().to_string());
    (names.join(", ") + &more, at.unwrap_or_default())
}

/// One identity in one repository: kopia keeps their backups as one history.
fn identities(view: &View<'_>, found: &mut Vec<Finding>) {
    let groups = shared(sources(view, Engine::Kopia), |source| {
        let (identity, repository) = (source.identity()?, source.text("repository")?);
        // An unknown namespace is equal to itself alone.
        let host = identity.hostname.unwrap_or_else(|| source.member.space().to_owned());
        Some((identity.username, host, repository))
    });
    for ((username, host, repository), group) in &groups {
        for source in group {
            let rivals: Vec<Mover<'_>> = group
                .iter()
                .filter(|other| volume(other) != volume(source))
                .filter(|other| may_be_one_repository(view, source, other, repository))
                .copied()
                .collect();
            if rivals.is_empty() {
                continue;
            }
            let (names, at) = others(source, &rivals);
            let stated = source.text("username").is_some();
            let dropped = if !stated && *username != source.member.name() {
                format!(
                    ", to which VolSync shortens the name {}, as kopia takes letters, digits, `_` \
                     and `-` and 50 of them",
                    source.member.name()
                )
            } else {
                String::new()
            };
            found.push(
                source
                    .member
                    .finding(
                        Code::IdentityDuplicate,
                        format!(
                            "backed up as {username}@{host} in the repository {repository}{dropped}, \
                             and so is {names}: their backups mix, and each restores the other's \
                             data"
                        ),
                    )
                    .at(source.at("username"))
                    .help(match source.member.standing {
                        Standing::Written => {
                            format!("give one of them another username (the other is at {at})")
                        }
                        Standing::Planned => format!(
                            "give one of them another identity: {}: \"hostname/username\" (the \
                             other is at {at})",
                            labels::BACKUP_IDENTITY
                        ),
                    }),
            );
        }
    }
}

/// Secrets of one name in two namespaces are taken for one repository, unless their addresses are
/// there and differ; in two clusters only if their addresses are there and equal.
fn may_be_one_repository(
    view: &View<'_>,
    one: &Mover<'_>,
    other: &Mover<'_>,
    repository: &str,
) -> bool {
    let of = |source: &Mover<'_>| address(view, source.member.space(), repository);
    match (of(one), of(other)) {
        (Some(one), Some(other)) => one == other,
        (Some(_) | None, Some(_) | None) => one.member.cluster() == other.member.cluster(),
    }
}

fn restic(view: &View<'_>, found: &mut Vec<Finding>) {
    let groups = shared(sources(view, Engine::Restic), |source| {
        let repository = source.text("repository")?;
        let space = source.member.space();
        Some(match address(view, space, repository) {
            Some(address) => ("", address),
            None => (space, repository),
        })
    });
    for group in groups.values() {
        for source in group {
            let (names, at) = others(source, group);
            if names.is_empty() {
                continue;
            }
            let repository = source.text("repository").unwrap_or_default();
            found.push(
                source
                    .member
                    .finding(
                        Code::ResticRepositoryShared,
                        format!(
                            "backed up to the restic repository of {names} ({repository}): each \
                             restores whatever was backed up last"
                        ),
                    )
                    .at(source.at("repository"))
                    .help(match source.member.standing {
                        Standing::Written => format!(
                            "give each a Secret with a path of its own (the other is at {at})"
                        ),
                        Standing::Planned => format!(
                            "give each a Secret with a path of its own: `repository: \
                             \"{{pvc}}-restic\"` (the other is at {at})"
                        ),
                    }),
            );
        }
    }
}

fn applications(view: &View<'_>, found: &mut Vec<Finding>) {
    let kinds = [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION];
    let pairs = kinds.iter().flat_map(|kind| written_out(view, kind));
    let volumes = view
        .volumes()
        .filter(|volume| !volume.is_made && !volume.told.contains(&Code::DuplicateObject))
        .map(|volume| &volume.member)
        .filter(|member| !member.is_template());
    let all = volumes.chain(pairs).filter(|member| member.namespace().is_some());
    let groups = shared(all, |member| Some((member.kind(), member.space(), member.name())));
    for group in groups.values() {
        for (index, member) in group.iter().enumerate() {
            // One PVC in two applications is told by the PVC, not by what is planned for it.
            if member.standing == Standing::Planned {
                continue;
            }
            // Of two written ones the later is told, beside a planned one the written.
            let others = group.iter().enumerate().filter(|(at, other)| {
                *at < index || *at > index && other.standing == Standing::Planned
            });
            let others: Vec<&Member> = others.map(|(_, other)| *other).collect();
            let elsewhere = others.iter().find(|other| other.application() != member.application());
            let Some(other) = elsewhere.or(others.first()) else { continue };
            let (code, message) = if other.application() == member.application() {
                let message = "stands twice in the application; Argo CD applies the last";
                (Code::DuplicateObject, message.to_owned())
            } else {
                let message = format!("stands in the application {} too", other.application());
                (Code::ObjectInTwoApplications, message)
            };
            let at = other.location();
            found.push(
                member
                    .finding(code, message)
                    .help(format!("keep one of them (the other is at {at})"))
                    .also(other),
            );
        }
    }
}
