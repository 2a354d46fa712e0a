//! The volume's restore reference: is it there, does it lead somewhere, is it wanted.

use super::finding::Finding;
use super::member::{Member, Standing};
use super::mover::{Engine, mover};
use super::survey::Volume;
use super::view::{View, is_bound_by_hand};
use super::{Family, Rule};
use crate::api::{labels, volume};
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::RestoreTargetMissing,
            why: "Kubernetes keeps a new volume pending until the destination exists. A cluster \
                  that is rebuilt from these manifests hangs there.",
            fix: "Add the ReplicationDestination, correct its name in `spec.dataSourceRef`, or \
                  have it rendered by the labels. Allow it where another tool adds the \
                  destination.",
        },
        Rule {
            code: Code::ExemptButBackedUp,
            why: "Two parts of the manifests contradict each other, and the next reader will \
                  believe one of them.",
            fix: "Remove the label `backup-exempt`, or the volume's VolSync objects and its \
                  reference.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for volume in view.volumes() {
        let member = &volume.member;
        let (space, name) = (member.space(), member.name());
        let all = view.sources_of(space, name);
        let sources: Vec<&Member> = all.filter(|rs| keeps_history(rs)).collect();
        let target = volume.target.as_deref().filter(|_| !volume.is_wired);
        let at = member.at(&["spec", volume::DATA_SOURCE_REF]);
        if let Some(target) = target
            && view.destinations_named(space, target).len() == 0
            && !volume.told.contains(&Code::DanglingReference)
        {
            found.push(
                member
                    .finding(
                        Code::RestoreTargetMissing,
                        format!(
                            "spec.{} names the ReplicationDestination {target}, which is not \
                             among the manifests: a new volume would wait for ever",
                            volume::DATA_SOURCE_REF
                        ),
                    )
                    .at(at.clone())
                    .help(match destination(view, volume) {
                        Some(rd) => format!(
                            "name the ReplicationDestination {}, which is there; a volume that is \
                             bound keeps its old reference",
                            rd.name()
                        ),
                        None => {
                            format!("add the ReplicationDestination {target}, or correct the name")
                        }
                    }),
            );
        }
        if volume.is_exempt && (target.is_some() || !sources.is_empty()) {
            let seen = match (sources.first(), target) {
                (Some(rs), _) => format!("the ReplicationSource {} backs it up", rs.name()),
                (None, Some(target)) => format!("its reference names {target}"),
                (None, None) => continue,
            };
            found.push(
                member
                    .finding(Code::ExemptButBackedUp, format!("exempt from backups, and {seen}"))
                    .at(member.at(&["metadata", "labels", labels::EXEMPT]))
                    .help("remove the label, or what backs it up and its reference"),
            );
        }
        let unwired = !volume.is_exempt
            && !volume.is_wired
            && !sources.is_empty()
            && !is_bound_by_hand(volume)
            && !volume.told.contains(&Code::RestoreNotWired)
            && !volume.told.contains(&Code::RestoreNotWanted)
            && sources.iter().all(|rs| rs.standing == Standing::Written);
        if unwired {
            let field = volume::DATA_SOURCE_REF;
            let (seen, help) = match destination(view, volume) {
                Some(rd) => (
                    format!(
                        "and spec.{field} does not name the ReplicationDestination {}",
                        rd.name()
                    ),
                    format!("set spec.{field} to the ReplicationDestination {}", rd.name()),
                ),
                None => (
                    "and there is no ReplicationDestination to restore it".to_owned(),
                    "add one and the reference, or replace the source by labels, which render all \
                     three; allow it where a backup is all that is wanted"
                        .to_owned(),
                ),
            };
            let finding = member.finding(
                Code::RestoreNotWired,
                format!("backed up, {seen}; recreated, it would come up empty"),
            );
            found.push(sources.iter().fold(finding.help(help), |finding, rs| finding.also(rs)));
        }
    }
}

/// Returns whether a source makes backups that a volume can be restored from.
fn keeps_history(rs: &Member) -> bool {
    mover(rs).is_some_and(|mover| matches!(mover.engine, Engine::Kopia | Engine::Restic))
}

/// The destination that restores a volume by its name or labels.
fn destination<'v>(view: &View<'v>, volume: &Volume) -> Option<&'v Member> {
    let member = &volume.member;
    view.destinations_in(member.space()).find(|rd| view.restored_by(rd).contains(&member.name()))
}
