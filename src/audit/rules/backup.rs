//! Rows 16 and 19 to 23: whether backups are made, when, and of what.

use crate::audit::case::{Case, Standing};
use crate::audit::code::{Code, Severity};
use crate::audit::finding::{Finding, Outcome};
use crate::audit::intended::Wired;
use crate::audit::log::{Sign, sign};
use crate::audit::observed::{Kind, Replication};
use crate::audit::spec::{Role, Spec};
use crate::audit::time::ago;
use jiff::SignedDuration;

/// How much later than its schedule a backup may be, at most: a large one takes its time.
const GRACE: SignedDuration = SignedDuration::from_hours(2);
/// How long a backup may run before it counts as stuck, at least.
const PATIENCE: SignedDuration = SignedDuration::from_hours(6);
/// The reason of VolSync's condition when a mover cannot even be set up.
const SETUP_ERROR: &str = "Error";

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if !matches!(case.standing, Standing::Protected | Standing::BackupOnly) {
        return;
    }
    let (Some(rs), Some(spec)) = (case.live_rs, case.live_source()) else {
        if case.git_rs.is_none() {
            let message = "nothing backs the volume up: no ReplicationSource names it";
            found.push(
                Finding::new(Code::BackupNeverRan, message)
                    .both(Outcome::Empty)
                    .fix("label the volume in Git, or write a ReplicationSource for it"),
            );
        }
        return;
    };
    let describe =
        format!("kubectl -n {} describe replicationsource {}", case.namespace(), rs.live.name());
    let high = |code, message: String| {
        Finding::new(code, message).at_least(Severity::High).command(describe.clone())
    };
    disabled(case, rs, spec, &high, found);
    match rs.status.last_sync {
        None => {
            let message = format!("{} has never succeeded", spec.name());
            found.push(
                high(Code::BackupNeverRan, message)
                    .both(Outcome::Empty)
                    .seen([rs.live.evidence("status.lastSyncTime", serde_json::Value::Null)]),
            );
        }
        Some(last) if !case.is_on_demand() => {
            overdue(case, rs, last, case.cadence(), &high, found);
        }
        Some(_) => {}
    }
    failing(rs, spec, &high, found);
    stuck(case, rs, &high, found);
    words(rs, spec, found);
    for other in case.other_targets() {
        target(case, other, found);
    }
}

/// What a further target of the volume does: the volume comes back from another one, so nothing
/// follows, and still a backup that is asked for is not made.
fn target(case: &Case<'_>, git: &Wired, found: &mut Vec<Finding>) {
    let high = |code, message| Finding::new(code, message).at_least(Severity::High);
    let key = case.key.beside(&git.name);
    let Some(rs) = case.desk.source(case.observed, &key) else {
        if case.listed(Kind::ReplicationSource) {
            let message =
                format!("the ReplicationSource {} is in Git and not in the cluster", git.name);
            found.push(high(Code::WiringMissingLive, message));
        }
        return;
    };
    let mut its = Vec::new();
    match rs.status.last_sync {
        None => {
            let message = format!("{} has never succeeded", git.name);
            its.push(high(Code::BackupNeverRan, message));
        }
        Some(last) => {
            let schedule = git.spec(Role::Source).schedule();
            let cadence = schedule.and_then(|cron| case.shared.cadence(cron));
            overdue(case, rs, last, cadence, &high, &mut its);
        }
    }
    failing(rs, git.spec(Role::Source), &high, &mut its);
    words(rs, git.spec(Role::Source), &mut its);
    found.extend(its.into_iter().map(|finding| {
        let message = format!("of the further target {}: {}", git.name, finding.message);
        let at_least = finding.severity().min(Severity::High);
        Finding { message, at_least, rebuild: None, recreate: None, ..finding }
    }));
}

type High<'f> = dyn Fn(Code, String) -> Finding + 'f;

/// Row 19: what Git schedules and the cluster does not run, or neither does.
fn disabled(
    case: &Case<'_>,
    rs: &Replication,
    live: Spec<'_>,
    high: &High<'_>,
    found: &mut Vec<Finding>,
) {
    if case.is_on_demand() && live.schedule().is_none() && !live.is_paused() {
        return;
    }
    let scheduled = case.git_source().and_then(|git| git.schedule());
    let git = case.git_source();
    let name = live.name();
    let (message, field) = if git.is_some_and(|git| git.is_paused()) {
        (format!("{name} is paused in Git"), "spec.paused")
    } else if live.is_paused() {
        (format!("{name} is paused in the cluster"), "spec.paused")
    } else if let Some(token) = live.manual() {
        let git = scheduled.map(|cron| format!(", and Git says `{cron}`")).unwrap_or_default();
        (format!("{name} follows the token `{token}` and no schedule{git}"), "spec.trigger")
    } else if git.is_some_and(|git| git.manual().is_some()) {
        (format!("{name} waits for a new token in Git"), "spec.trigger.manual")
    } else if live.schedule().is_none() {
        (format!("{name} has no schedule"), "spec.trigger")
    } else if rs.status.next_sync.is_none()
        && rs.status.last_sync_start.is_none()
        && rs.status.last_sync.is_some()
    {
        (format!("{name} has a schedule, and VolSync plans no next run"), "status.nextSyncTime")
    } else {
        return;
    };
    let value = match field {
        "spec.paused" => serde_json::Value::Bool(true),
        "spec.trigger.manual" | "spec.trigger" => live.manual().into(),
        _ => serde_json::Value::Null,
    };
    found.push(
        high(Code::BackupScheduleDisabled, message)
            .both(Outcome::Stale)
            .seen([rs.live.evidence(field, value)]),
    );
}

/// Row 21.
fn overdue(
    case: &Case<'_>,
    rs: &Replication,
    last: jiff::Timestamp,
    cadence: Option<SignedDuration>,
    high: &High<'_>,
    found: &mut Vec<Finding>,
) {
    let Some(cadence) = cadence else { return };
    let grace = cadence.min(GRACE);
    let age = case.age(last);
    let late = rs.status.next_sync.filter(|next| case.age(*next) > grace);
    let message = if age > cadence.saturating_add(grace) {
        format!("the last backup is {} old, and one is due every {}", ago(age), ago(cadence))
    } else if let Some(next) = late {
        format!("a backup was due {} ago and has not come", ago(case.age(next)))
    } else {
        return;
    };
    found.push(high(Code::BackupOverdue, message).both(Outcome::Stale).seen([
        rs.live.evidence("status.lastSyncTime", last.to_string()),
        rs.live.evidence("status.nextSyncTime", rs.status.next_sync.map(|next| next.to_string())),
    ]));
}

/// Row 22, first half.
fn failing(rs: &Replication, spec: Spec<'_>, high: &High<'_>, found: &mut Vec<Finding>) {
    let result = rs.status.result.as_deref();
    let setup = rs.status.synchronizing.as_ref().filter(|(reason, _)| reason == SETUP_ERROR);
    let (message, seen) = if let Some((_, why)) = setup {
        (
            format!("{} cannot be set up: {why}", spec.name()),
            rs.live.evidence("status.conditions[Synchronizing].message", why.as_str()),
        )
    } else if let Some(result) = result.filter(|result| *result != "Successful") {
        let words = rs.status.logs.as_deref().unwrap_or_default();
        let last = words.lines().map(str::trim).rfind(|line| !line.is_empty());
        let words = last.map(|line| format!(": {line}")).unwrap_or_default();
        (
            format!("the last attempt of {} failed{words}", spec.name()),
            rs.live.evidence("status.latestMoverStatus.result", result),
        )
    } else {
        return;
    };
    found.push(high(Code::BackupFailing, message).both(Outcome::Stale).seen([seen]));
}

/// Row 22, second half.
fn stuck(case: &Case<'_>, rs: &Replication, high: &High<'_>, found: &mut Vec<Finding>) {
    let Some(start) = rs.status.last_sync_start else { return };
    let patience = case.cadence().unwrap_or(PATIENCE).max(PATIENCE);
    let age = case.age(start);
    if age > patience {
        let message = format!("a backup has been running for {}", ago(age));
        found.push(
            high(Code::BackupStuck, message)
                .both(Outcome::Stale)
                .seen([rs.live.evidence("status.lastSyncStartTime", start.to_string())]),
        );
    }
}

/// Rows 16 and 23: a success that moved nothing, or not everything.
fn words(rs: &Replication, spec: Spec<'_>, found: &mut Vec<Finding>) {
    let field = "status.latestMoverStatus.logs";
    match sign(&rs.status, &spec.mover(), Role::Source) {
        Sign::Nothing(line) => found.push(
            Finding::new(
                Code::BackupEmptySource,
                format!("the last backup found the volume empty, and counts as a success: {line}"),
            )
            .on_rebuild(Outcome::Empty)
            .on_recreate(Outcome::Unknown)
            .seen([rs.live.evidence(field, line)]),
        ),
        Sign::Denied(line) => found.push(
            Finding::new(
                Code::MoverPermissionDenied,
                format!("the mover of {} was refused files: {line}", spec.name()),
            )
            .both(Outcome::Unknown)
            .at_least(Severity::High)
            .seen([rs.live.evidence(field, line)]),
        ),
        Sign::Moved(_) | Sign::Silent => {}
    }
}
