//! Rows 30 and 31: what a drill proves, and what nothing here can.

use crate::audit::case::{Case, Standing};
use crate::audit::code::{Code, Severity};
use crate::audit::finding::Finding;
use crate::audit::time::ago;

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.standing != Standing::Protected {
        return;
    }
    replayed(case, found);
    if case.live_rs.is_some_and(|rs| rs.status.last_sync.is_some()) {
        found.push(Finding::new(
            Code::AppConsistencyUnproven,
            "a backup is taken as if the power had failed; whether the application starts from it \
             is seen only by starting it",
        ));
    }
}

/// Row 30: another volume was populated from the destination after a backup that its image does
/// not hold.
fn replayed(case: &Case<'_>, found: &mut Vec<Finding>) {
    let (Some(rd), Some(image), Some(backup)) =
        (case.live_rd, case.image_time(), case.last_backup())
    else {
        return;
    };
    if image >= backup {
        return;
    }
    let from = case.key.beside(rd.live.name());
    for key in case.shared.populated_from(&from).filter(|key| *key != case.key) {
        let Some(pvc) = case.desk.volume(case.observed, key) else { continue };
        let Some(made) = pvc.live.created.filter(|made| *made > backup) else { continue };
        let message = format!(
            "{} was restored {} ago from an image that is {} old, and a newer backup was there: it \
             proves the old image alone",
            key.name(),
            ago(case.age(made)),
            ago(case.age(image))
        );
        found.push(Finding::new(Code::DrillNotProof, message).at_least(Severity::Medium).seen(
            [
                pvc.live.evidence("metadata.creationTimestamp", made.to_string()),
                rd.live.evidence(
                    "status.lastSyncTime",
                    rd.status.last_sync.map(|time| time.to_string()),
                ),
            ],
        ));
    }
}
