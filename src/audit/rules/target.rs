//! Rows 4 to 8 and 10: the destination that the reference names, and the image it would replay.

use crate::api::labels::ARGOCD_SYNC_WAVE;
use crate::audit::case::{Case, Standing};
use crate::audit::code::Code;
use crate::audit::finding::{Finding, Outcome};
use crate::audit::intended::Wired;
use crate::audit::log::{Sign, sign};
use crate::audit::observed::{ImageRef, Kind, Replication};
use crate::audit::spec::{Role, Spec};
use crate::audit::time::ago;
use crate::object::Node;

/// What the populator takes.
const SNAPSHOT: &str = "Snapshot";
/// The kind of image that the populator takes.
const IMAGE_KIND: &str = "VolumeSnapshot";

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.standing != Standing::Protected {
        return;
    }
    let Some(target) = case.target() else { return };
    rendered(case, target, found);
    if let Some(rd) = case.live_rd {
        match &rd.status.latest_image {
            None => found.push(
                Finding::new(
                    Code::RestoreImageMissing,
                    format!("{target} has no image: a recreated volume would wait for one"),
                )
                .on_recreate(Outcome::Hang)
                // What cannot restore here has not shown that it can elsewhere.
                .on_rebuild(Outcome::Unknown)
                .seen([rd.live.evidence("status.latestImage", serde_json::Value::Null)])
                .command(describe(case, "replicationdestination", target)),
            ),
            Some(image) => restored(case, rd, image, found),
        }
        empty(case, rd, found);
    }
}

fn rendered(case: &Case<'_>, target: &str, found: &mut Vec<Finding>) {
    let Some(rd) = case.git_rd else {
        let finding = Finding::new(
            Code::RestoreTargetMissing,
            format!("the rendered reference names {target}, and no such destination is rendered"),
        )
        .on_rebuild(Outcome::Hang)
        .seen(case.git_evidence("spec.dataSourceRef.name", target));
        let gone = case.live_rd.is_none() && case.listed(Kind::ReplicationDestination);
        found.push(if gone { finding.on_recreate(Outcome::Hang) } else { finding });
        return;
    };
    held(rd, found);
    wave(case, rd, found);
    if let Some(message) = unsupported(rd.spec(Role::Destination)) {
        let seen = rd.evidence("spec.*.copyMethod", rd.spec(Role::Destination).copy_method());
        found.push(
            Finding::new(Code::RestoreMethodUnsupported, message).both(Outcome::Hang).seen([seen]),
        );
    }
}

/// Argo CD applies a wave when the one before is healthy, and a volume that waits for its destination
/// is not.
fn wave(case: &Case<'_>, rd: &Wired, found: &mut Vec<Finding>) {
    let of = |node: &Node| {
        let wave = node.text_at(&["metadata", "annotations", ARGOCD_SYNC_WAVE]);
        wave.and_then(|wave| wave.trim().parse::<i64>().ok()).unwrap_or_default()
    };
    let Some(pvc) = case.git_pvc else { return };
    let (volume, destination) = (of(pvc), of(&rd.node));
    if destination > volume {
        let message = format!(
            "{} is applied in wave {destination}, and the volume in wave {volume} waits for it",
            rd.name
        );
        let field = format!("metadata.annotations.{ARGOCD_SYNC_WAVE}");
        found.push(
            Finding::new(Code::RestoreTargetMissing, message)
                .on_rebuild(Outcome::Hang)
                .seen([rd.evidence(&field, destination.to_string())])
                .fix("apply the destination in the wave of its volume, or before"),
        );
    }
}

/// A destination that is paused restores nothing, and one that names a point in time restores that.
fn held(rd: &Wired, found: &mut Vec<Finding>) {
    let spec = rd.spec(Role::Destination);
    if spec.is_paused() {
        let message = format!("{} is paused in Git: on a new cluster it restores nothing", rd.name);
        found.push(
            Finding::new(Code::RestoreImageMissing, message)
                .on_rebuild(Outcome::Hang)
                .seen([rd.evidence("spec.paused", true)])
                .fix("take out spec.paused"),
        );
    }
    if let Some((field, value)) = spec.pinned() {
        let message = format!("{} has {field}: {value}, and restores nothing newer", rd.name);
        found.push(
            Finding::new(Code::RestoreImageStale, message)
                .both(Outcome::Stale)
                .seen([rd.evidence(&format!("spec.*.{field}"), value)])
                .fix(format!("take out {field}")),
        );
    }
}

fn unsupported(rd: Spec<'_>) -> Option<String> {
    match rd.copy_method() {
        Some(SNAPSHOT) => None,
        Some(other) => Some(format!(
            "{} has copyMethod {other}; a volume is populated from a VolumeSnapshot alone",
            rd.name()
        )),
        None => Some(format!("{} has no copyMethod, and VolSync refuses it", rd.name())),
    }
}

fn restored(case: &Case<'_>, rd: &Replication, image: &ImageRef, found: &mut Vec<Finding>) {
    let name = rd.live.name();
    if image.kind != IMAGE_KIND {
        let message = format!(
            "the image of {name} is a {}; a volume is populated from a VolumeSnapshot alone",
            image.kind
        );
        let seen = rd.live.evidence("status.latestImage.kind", image.kind.as_str());
        found.push(
            Finding::new(Code::RestoreMethodUnsupported, message)
                .on_recreate(Outcome::Hang)
                .seen([seen]),
        );
        return;
    }
    let named = rd.live.evidence("status.latestImage.name", image.name.as_str());
    let unusable = |message: String, outcome| {
        Finding::new(Code::RestoreImageUnusable, message).on_recreate(outcome).seen([named.clone()])
    };
    match case.snapshot {
        None if case.listed(Kind::VolumeSnapshot) => found.push(unusable(
            format!("the snapshot {} that {name} names is gone", image.name),
            Outcome::Hang,
        )),
        None => {}
        Some(snapshot) if snapshot.ready == Some(true) => {}
        Some(snapshot) => {
            let why = snapshot.error.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            let (what, outcome) = match snapshot.ready {
                Some(_) => ("is not ready to use", Outcome::Hang),
                None => ("does not say that it is ready to use", Outcome::Unknown),
            };
            let message = format!("the snapshot {} that {name} names {what}{why}", image.name);
            let seen = snapshot.live.evidence("status.readyToUse", snapshot.ready);
            found.push(unusable(message, outcome).seen([seen]));
        }
    }
    stale(case, rd, found);
}

fn stale(case: &Case<'_>, rd: &Replication, found: &mut Vec<Finding>) {
    let (Some(image), Some(backup), Some(rs)) =
        (case.image_time(), case.last_backup(), case.live_rs)
    else {
        return;
    };
    if image >= backup {
        return;
    }
    let spec = case.live_destination();
    let refresh = match spec.and_then(|spec| spec.schedule()) {
        Some(_) if spec.and_then(|spec| spec.manual()).is_none() => match rd.status.next_sync {
            Some(next) => format!("it is refreshed at {next}"),
            None => "it is refreshed by a schedule".to_owned(),
        },
        Some(_) | None
            if spec.and_then(|s| s.manual()) == rd.status.last_manual_sync.as_deref() =>
        {
            "it is not refreshed by itself".to_owned()
        }
        Some(_) | None => "a refresh was asked for and has not come".to_owned(),
    };
    let message = format!(
        "a recreated volume would get data from {} ago, and the last backup is {} old; {refresh}",
        ago(case.age(image)),
        ago(case.age(backup))
    );
    let time = |time: jiff::Timestamp| time.to_string();
    found.push(
        Finding::new(Code::RestoreImageStale, message)
            .on_recreate(Outcome::Stale)
            .seen([
                rd.live.evidence("status.lastSyncTime", rd.status.last_sync.map(time)),
                rd.live.evidence("status.lastManualSync", rd.status.last_manual_sync.as_deref()),
                rs.live.evidence("status.lastSyncTime", time(backup)),
            ])
            .command(format!("plumber restore plan {}/{}", case.namespace(), case.name())),
    );
}

/// Row 10: a restore that found nothing ends as a success.
fn empty(case: &Case<'_>, rd: &Replication, found: &mut Vec<Finding>) {
    let Some(spec) = case.live_destination() else { return };
    let (field, value) = match sign(&rd.status, &spec.mover(), Role::Destination) {
        Sign::Nothing(line) => ("status.latestMoverStatus.logs", line.to_owned()),
        Sign::Denied(line) => {
            found.push(
                Finding::new(
                    Code::MoverPermissionDenied,
                    format!("the mover of {} was refused files: {line}", spec.name()),
                )
                .on_recreate(Outcome::Unknown)
                .seen([rd.live.evidence("status.latestMoverStatus.logs", line)]),
            );
            return;
        }
        Sign::Moved(_) => return,
        // The fork counts them only where the restore failed.
        Sign::Silent => match rd.status.snapshots_found {
            Some(0) => ("status.kopia.snapshotsFound", "0".to_owned()),
            Some(_) | None => return,
        },
    };
    let finding = Finding::new(
        Code::NoSnapshotProven,
        format!("the restore into {} found no backup: {value}", spec.name()),
    )
    .on_recreate(Outcome::Empty)
    .seen([rd.live.evidence(field, value)]);
    // Before the first backup there was nothing to find, and the backup speaks for itself.
    let before = matches!(
        (rd.status.last_sync, case.last_backup()), (Some(restore), Some(backup)) if restore < backup
    );
    found.push(if before { finding } else { finding.on_rebuild(Outcome::Empty) });
}

fn describe(case: &Case<'_>, kind: &str, name: &str) -> String {
    format!("kubectl -n {} describe {kind} {name}", case.namespace())
}
