//! Whom the mover runs as beside the application.

use super::finding::Finding;
use super::member::Member;
use super::mover::mover;
use super::view::View;
use super::{Family, Rule};
use crate::api::{labels, volsync};
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::MoverUserDiffers,
        why: "A mover that may not read the files makes no backup, or one with holes; restored \
              files that belong to another user keep the application from starting.",
        fix: "Set the mover's `runAsUser`, `runAsGroup` and `fsGroup` to the application's, by \
              the annotations `pvc-plumber.io/uid`, `gid` and `fsGroup` or by hand.",
    }],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let Some(mover) = mover(rs) else { continue };
        let Some(pvc) = rs.text(&["spec", "sourcePVC"]) else { continue };
        let (Some(user), groups) = mover.user_and_groups() else { continue };
        // Root reads everything, and so does a mover in a namespace that lets it.
        if user == 0 || is_privileged(view, rs) {
            continue;
        }
        for workload in view.workloads_of(rs.space(), pvc) {
            let Some(theirs) = workload.user else { continue };
            if theirs == user || groups.iter().any(|group| workload.groups.contains(group)) {
                continue;
            }
            found.push(
                rs.finding(
                    Code::MoverUserDiffers,
                    format!(
                        "the mover runs as user {user}, and {} mounts {pvc} as user {theirs}, \
                         without a group in common",
                        workload.member.about().id()
                    ),
                )
                .at(mover.at("moverSecurityContext"))
                .help(format!("let the mover run as user {theirs}, with the same fsGroup"))
                .also(&workload.member),
            );
            break;
        }
    }
}

fn is_privileged(view: &View<'_>, member: &Member) -> bool {
    view.namespaces_of(member)
        .any(|namespace| namespace.annotation(labels::PRIVILEGED_MOVERS) == Some("true"))
}
