//! Whether a source can back up.

use super::destination::is_or_are;
use super::finding::Finding;
use super::mover::{Engine, mover};
use super::view::View;
use super::{Family, Rule};
use crate::api::volsync;
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::SourceIncomplete,
            why: "VolSync's CRD requires nothing, so such an object is accepted, and no backup is \
                  ever made.",
            fix: "State `sourcePVC`, and in the mover's section `repository` and `copyMethod`.",
        },
        Rule {
            code: Code::RcloneSource,
            why: "An rclone source copies the volume over the remote without looking whether it \
                  is empty, and it runs as soon as it is created: after a rebuild the new, empty \
                  volume erases the backup.",
            fix: "Back up with kopia or restic, which keep history and skip empty volumes.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let Some(mover) = mover(rs) else {
            // A source for an external provider is not VolSync's own business.
            if rs.get(&["spec", "external"]).is_none() {
                found.push(
                    rs.finding(
                        Code::SourceIncomplete,
                        "the spec names no mover, so nothing is backed up",
                    )
                    .at(rs.at(&["spec"]))
                    .help("add a section `kopia` or `restic`"),
                );
            }
            continue;
        };
        if mover.engine == Engine::Rclone {
            found.push(
                rs.finding(
                    Code::RcloneSource,
                    "backed up by rclone, which erases the remote when the volume is new and empty",
                )
                .at(mover.at(""))
                .help("use kopia or restic"),
            );
            continue;
        }
        if !matches!(mover.engine, Engine::Kopia | Engine::Restic) {
            continue;
        }
        let mut missing = Vec::new();
        if rs.text(&["spec", "sourcePVC"]).is_none() {
            missing.push("spec.sourcePVC".to_owned());
        }
        for field in ["repository", "copyMethod"] {
            if mover.text(field).is_none() {
                missing.push(format!("spec.{}.{field}", mover.section));
            }
        }
        if !missing.is_empty() {
            found.push(
                rs.finding(
                    Code::SourceIncomplete,
                    format!(
                        "{} missing, without which VolSync backs up nothing",
                        is_or_are(&missing)
                    ),
                )
                .at(mover.at(""))
                .help(format!("add {}", missing.join(" and "))),
            );
        }
    }
}
