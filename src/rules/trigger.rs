//! When backups and restores start.

use super::finding::Finding;
use super::member::{Member, Standing};
use super::mover::{Engine, mover};
use super::view::View;
use super::{Family, Rule};
use crate::api::{schedule, volsync};
use crate::diagnostic::Code;
use crate::inventory::is_template;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::InvalidSchedule,
            why: "The API server takes schedules that VolSync's controller refuses or reads \
                  otherwise: six fields, numbers out of range, names. No backup is made, or at \
                  another time.",
            fix: "Write five fields of numbers, or one of @hourly, @daily, @weekly, @monthly, \
                  @yearly.",
        },
        Rule {
            code: Code::TriggerMissing,
            why: "Without a trigger VolSync starts over as soon as it is done: a backup or a \
                  restore without end, at full load.",
            fix: "Add `trigger.schedule`, or `trigger.manual` for once.",
        },
        Rule {
            code: Code::BackupScheduleDisabled,
            why: "A source that was paused or set to a manual trigger for a drill and left so \
                  makes no backup by itself. A manual trigger wins over a schedule beside it.",
            fix: "Remove `paused` and `trigger.manual`, and keep `trigger.schedule`. Allow it \
                  where backups on demand are meant.",
        },
        Rule {
            code: Code::PausedKopia,
            why: "The kopia mover reports a paused backup as done: `lastSyncTime` moves on, and \
                  every alert stays quiet while no data is saved.",
            fix: "Remove `paused`; to stop backups remove the source.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        if rs.standing == Standing::Planned {
            continue;
        }
        let Some(engine) = mover(rs).map(|mover| mover.engine) else { continue };
        if engine == Engine::Replication {
            continue;
        }
        triggered(rs, "backs up", found);
        if rs.is_true(&["spec", "paused"]) {
            let (code, message) = if engine == Engine::Kopia {
                (
                    Code::PausedKopia,
                    "paused, which the kopia mover reports as backups that it makes",
                )
            } else {
                (Code::BackupScheduleDisabled, "paused: no backup is made")
            };
            found.push(
                rs.finding(code, message)
                    .at(rs.at(&["spec", "paused"]))
                    .help("remove `paused: true`"),
            );
        } else if let Some(manual) = rs.text(&["spec", "trigger", "manual"]) {
            let beside = match rs.text(&["spec", "trigger", "schedule"]) {
                Some(_) => "; the schedule beside it counts for nothing",
                None => "",
            };
            found.push(
                rs.finding(
                    Code::BackupScheduleDisabled,
                    format!("waits for a new manual trigger after `{manual}`{beside}"),
                )
                .at(rs.at(&["spec", "trigger", "manual"]))
                .help("replace it by trigger.schedule"),
            );
        }
    }
    for rd in view.of_kind(volsync::REPLICATION_DESTINATION) {
        let engine = mover(rd).map(|mover| mover.engine);
        if rd.standing == Standing::Written && engine.is_some_and(|e| e != Engine::Replication) {
            triggered(rd, "restores", found);
        }
    }
}

fn triggered(member: &Member, does: &str, found: &mut Vec<Finding>) {
    let path = ["spec", "trigger", "schedule"];
    let cron = member.text(&path);
    if cron.is_none() && member.get(&["spec", "trigger", "manual"]).is_none() {
        found.push(
            member
                .finding(
                    Code::TriggerMissing,
                    format!("no trigger: VolSync {does} again as soon as it is done, without end"),
                )
                .at(member.at(&["spec", "trigger"]))
                .help("add trigger.schedule, or trigger.manual for once"),
        );
    }
    let Some(cron) = cron.filter(|cron| !is_template(cron)) else { return };
    // The time zone is read by the controller and let through by the API server.
    let bare = cron.strip_prefix("CRON_TZ=").or_else(|| cron.strip_prefix("TZ="));
    let bare = bare.and_then(|rest| rest.split_once(' ')).map_or(cron, |(_, rest)| rest);
    if let Err(why) = schedule::check(bare) {
        found.push(
            member
                .finding(Code::InvalidSchedule, format!("the schedule `{cron}` {why}"))
                .at(member.at(&path))
                .help("write five fields, such as 17 2 * * *"),
        );
    }
}
