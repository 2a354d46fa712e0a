//! Row 32: what was not seen, or not lately, proves nothing.

use crate::audit::case::{Case, Standing};
use crate::audit::code::Code;
use crate::audit::finding::{Finding, Outcome};
use crate::audit::observed::{Kind, Status};
use crate::audit::time::ago;
use jiff::SignedDuration;

/// How old an observation may be.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_mins(15);
/// How far the clocks of the cluster may be ahead.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.observed.is_blind() {
        let message = "nothing of the cluster was seen";
        found.push(Finding::new(Code::EvidenceForbidden, message).both(Outcome::Unknown));
        return;
    }
    // Of what is not to come back, nothing has to be proved.
    if !matches!(case.standing, Standing::Protected | Standing::BackupOnly) {
        return;
    }
    let unseen: Vec<&str> = Kind::ALL
        .iter()
        .filter(|kind| !kind.is_optional() && !case.listed(**kind))
        .map(|kind| kind.id())
        .collect();
    if !unseen.is_empty() {
        let message = format!("not seen: {}", unseen.join(", "));
        found.push(Finding::new(Code::EvidenceForbidden, message).both(Outcome::Unknown));
    }
    let age = case.age(case.observed.observed_at);
    if age > STALE_AFTER {
        let message = format!("the cluster was last seen {} ago", ago(age));
        found.push(Finding::new(Code::EvidenceStale, message).both(Outcome::Unknown));
    }
    // A rebuilt destination restores anew, whenever this one did.
    let halves = [(case.live_rs, Some(Outcome::Unknown)), (case.live_rd, None)];
    for (replication, rebuild) in halves {
        let Some(replication) = replication else { continue };
        let Status { last_sync, last_sync_start, .. } = &replication.status;
        let ahead =
            [("status.lastSyncTime", last_sync), ("status.lastSyncStartTime", last_sync_start)];
        for (field, time) in ahead {
            if let Some(time) = time.filter(|time| time.duration_since(case.now) > SKEW) {
                let message = format!("{field} of {} is in the future", replication.live.name());
                let finding = Finding::new(Code::EvidenceStale, message)
                    .on_recreate(Outcome::Unknown)
                    .seen([replication.live.evidence(field, time.to_string())]);
                found.push(Finding { rebuild, ..finding });
            }
        }
    }
}
