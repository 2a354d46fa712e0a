//! Whether a destination looks where the source of its volume writes.

use super::finding::Finding;
use super::member::Standing;
use super::mover::{Engine, Mover, mover};
use super::view::View;
use super::{Family, Rule};
use crate::api::{volsync, volume};
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::IdentityMismatch,
            why: "kopia finds no backup under the other identity; VolSync calls the restore \
                  successful all the same, and the volume comes up empty.",
            fix: "State the same `username` and `hostname` on source and destination.",
        },
        Rule {
            code: Code::IdentityIncomplete,
            why: "The kopia mover takes `username` and `hostname` of a destination together or \
                  not at all; with one of them nothing is restored, and the message names \
                  neither.",
            fix: "State both, equal to those of the source.",
        },
        Rule {
            code: Code::RepositoryMismatch,
            why: "The restore reads a repository that this volume's backups are not in. Both \
                  movers call that a success, and the volume comes up empty.",
            fix: "Name the repository of a source of the same volume.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for rd in view.of_kind(volsync::REPLICATION_DESTINATION) {
        let Some(target) = mover(rd).filter(|_| rd.standing == Standing::Written) else { continue };
        if target.engine == Engine::Kopia && target.identity().is_none() {
            let (there, missing) = match target.text("username") {
                Some(_) => ("username", "hostname"),
                None => ("hostname", "username"),
            };
            found.push(
                rd.finding(
                    Code::IdentityIncomplete,
                    format!("{there} is stated and {missing} is not, so nothing is restored"),
                )
                .at(target.at(there))
                .help(format!("add {missing}, equal to the source's")),
            );
        }
        for name in view.restored_by(rd) {
            let sources: Vec<Mover<'_>> = view
                .sources_of(rd.space(), name)
                .filter_map(mover)
                .filter(|source| matches!(source.engine, Engine::Kopia | Engine::Restic))
                .filter(|source| source.text("repository").is_some())
                .collect();
            if !sources.is_empty() && matches!(target.engine, Engine::Kopia | Engine::Restic) {
                compare(view, target, name, &sources, found);
            }
        }
    }
}

/// Compares a destination with the sources of its volume, of which there can be several, each to
/// a repository of its own.
fn compare(
    view: &View<'_>,
    target: Mover<'_>,
    name: &str,
    sources: &[Mover<'_>],
    found: &mut Vec<Finding>,
) {
    let Some(repository) = target.text("repository") else { return };
    let same: Vec<&Mover<'_>> = sources
        .iter()
        .filter(|source| source.engine == target.engine)
        .filter(|source| {
            source.text("repository").is_some_and(|other| {
                other == repository
                    || is_one_address(view, target.member.space(), other, repository)
            })
        })
        .collect();
    if same.is_empty() {
        let theirs: Vec<String> = sources
            .iter()
            .map(|source| {
                let repository = source.text("repository").unwrap_or_default();
                format!("{repository} ({}, {})", source.member.name(), source.section)
            })
            .collect();
        let finding = target
            .member
            .finding(
                Code::RepositoryMismatch,
                format!(
                    "the repository is {repository} ({}), and {name} is backed up to {}",
                    target.section,
                    theirs.join(" and ")
                ),
            )
            .at(target.at("repository"));
        let help = sources
            .iter()
            .find(|source| source.engine == target.engine)
            .and_then(|source| source.text("repository"))
            .map_or_else(
                || format!("restore with {}, as the source backs up", sources[0].section),
                |other| format!("repository: {other}"),
            );
        found.push(sources.iter().fold(finding.help(help), |f, source| f.also(source.member)));
        return;
    }
    if target.engine != Engine::Kopia {
        return;
    }
    let Some(wanted) = target.identity() else { return };
    let matches = |source: &&&Mover<'_>| {
        let theirs = source.identity();
        // The fork looks the source's own identity up by the source's name.
        let looked_up = target.is_discovering()
            && target.member.text(&["spec", "kopia", "sourceIdentity", "sourceName"])
                == Some(source.member.name());
        looked_up || theirs.as_ref() == Some(&wanted)
    };
    if same.iter().find(matches).is_some() {
        return;
    }
    let source = same[0];
    let Some(theirs) = source.identity() else { return };
    let at = ["username", "sourceIdentity"].into_iter().find(|key| target.get(key).is_some());
    found.push(
        target
            .member
            .finding(
                Code::IdentityMismatch,
                format!(
                    "restores {}, and {name} is backed up as {} by {}: nothing would be found",
                    wanted.shown(),
                    theirs.shown(),
                    source.member.name()
                ),
            )
            .at(target.at(at.unwrap_or_default()))
            .help(format!(
                "username: {}, hostname: {}",
                theirs.username,
                theirs.hostname.as_deref().unwrap_or("the namespace")
            ))
            .also(source.member),
    );
}

/// Returns whether two Secrets are there in clear and hold one address.
fn is_one_address(view: &View<'_>, space: &str, one: &str, other: &str) -> bool {
    match (address(view, space, one), address(view, space, other)) {
        (Some(one), Some(other)) => one == other,
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// Returns the address in a repository's Secret, where it stands in clear among the manifests.
pub(super) fn address<'v>(view: &View<'v>, space: &str, secret: &str) -> Option<&'v str> {
    let clear = |text: &&str| !text.is_empty() && !text.contains(['{', '$', '<']);
    let member = view.secret(space, secret)?;
    let path: &[&str] = match member.kind() {
        volume::SECRET => &["stringData"],
        volume::EXTERNAL_SECRET => &["spec", "target", "template", "data"],
        _ => return None,
    };
    volsync::REPOSITORY_KEYS.iter().find_map(|key| member.get(path)?.text_at(&[key])).filter(clear)
}
