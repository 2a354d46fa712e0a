//! How many backups are kept.

use super::finding::Finding;
use super::flat::Part;
use super::member::Standing;
use super::mover::{Engine, Mover, mover};
use super::view::View;
use super::{Family, Rule};
use crate::api::volsync;
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::ResticKeepsOne,
            why: "Without `retain` VolSync forgets all backups but the newest after each run. A \
                  file that was damaged or deleted before the last backup cannot be had back.",
            fix: "Add `retain`, such as `{daily: 7, weekly: 4}`.",
        },
        Rule {
            code: Code::RetentionWithoutEffect,
            why: "The kopia mover sets retention for the path `/data` and backs up another one. \
                  Nothing is ever forgotten, or the repository's own policy decides.",
            fix: "Remove `sourcePathOverride` unless a history hangs on it; then set the policy in \
                  the repository.",
        },
        Rule {
            code: Code::RetentionMissing,
            why: "The repository's own policy decides how many backups are kept. That is fine \
                  where somebody has set it, and cannot be seen in Git.",
            fix: "Add `retain`, or allow it with the policy as the reason.",
        },
    ],
};

/// The path that both movers back up.
const DATA: &str = "/data";

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let Some(mover) = mover(rs).filter(|_| rs.standing == Standing::Written) else { continue };
        match mover.engine {
            Engine::Restic if !keeps(mover) => found.push(
                rs.finding(
                    Code::ResticKeepsOne,
                    "no retention is stated, so VolSync keeps the newest backup alone",
                )
                .at(mover.at("retain"))
                .help("add retain: {daily: 7, weekly: 4}"),
            ),
            Engine::Kopia if mover.get("retain").is_none() => found.push(
                rs.finding(
                    Code::RetentionMissing,
                    "no retention is stated; the policy of the repository decides",
                )
                .at(mover.at("retain"))
                .help("add retain, or allow it with the policy as the reason"),
            ),
            Engine::Kopia => {
                let path = mover.text("sourcePathOverride").filter(|path| *path != DATA);
                found.extend(path.map(|path| {
                    rs.finding(
                        Code::RetentionWithoutEffect,
                        format!("retain counts for {DATA}, and {path} is backed up"),
                    )
                    .at(mover.at("retain"))
                    .help("remove sourcePathOverride, or set the policy in the repository")
                }));
            }
            Engine::Restic | Engine::Rclone | Engine::Replication => {}
        }
    }
}

/// Returns whether any rule of `retain` keeps something.
fn keeps(mover: Mover<'_>) -> bool {
    let mut rules = mover.get("retain").into_iter().flat_map(Part::entries);
    rules.any(|rule| match rule.value.as_str() {
        Some(text) => !text.is_empty() && text != "0",
        None => rule.value.as_i64().is_some_and(|count| count > 0),
    })
}
