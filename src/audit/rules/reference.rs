//! Rows 1 to 3: the reference, in Git and on the live volume.

use crate::api::labels::RESTORE_SOURCE;
use crate::api::volsync;
use crate::api::volume::VOLUME_NAME;
use crate::audit::case::{Case, Reference, Standing};
use crate::audit::code::Code;
use crate::audit::finding::{Finding, Outcome};
use crate::diagnostic;
use crate::object::Node;

const FIELD: &str = "spec.dataSourceRef";

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.standing != Standing::Protected {
        return;
    }
    let bound = case.git_spec(VOLUME_NAME).and_then(Node::as_str);
    if let Some(name) = bound.filter(|name| !name.is_empty())
        && case.target().is_some()
    {
        let message = format!("Git binds the volume to {name} by hand, so it is not populated");
        found.push(
            Finding::new(Code::NoRestoreRef, message)
                .both(Outcome::Empty)
                .seen(case.git_evidence("spec.volumeName", name))
                .fix("take out spec.volumeName"),
        );
    }
    match (&case.git_ref, &case.live_ref) {
        (Reference::None, Reference::Destination(name)) => {
            let message = format!(
                "the live volume refers to {name} and Git does not: the next one comes up empty"
            );
            let live = case.live.map(|live| live.live.evidence(&format!("{FIELD}.name"), *name));
            found.push(
                Finding::new(Code::RestoreRefNotInGit, message)
                    .both(Outcome::Empty)
                    .seen(case.git_evidence(FIELD, serde_json::Value::Null))
                    .seen(live)
                    .fix(paste(name)),
            );
        }
        (Reference::None, Reference::None | Reference::Elsewhere(_)) => {
            let name = case.git_rd.map(|rd| rd.name.as_str());
            // The renderer knows best why it left the reference out.
            let reasons = case.git.map(|git| git.reasons.as_slice()).unwrap_or_default();
            let help = reasons
                .iter()
                .find(|reason| reason.code == diagnostic::Code::RestoreNotWired)
                .and_then(|reason| reason.help.clone());
            let finding =
                Finding::new(Code::NoRestoreRef, "the rendered volume has no spec.dataSourceRef")
                    .both(Outcome::Empty)
                    .seen(case.git_evidence(FIELD, serde_json::Value::Null));
            found.push(match (help, name) {
                (Some(help), _) => finding.fix(help),
                (None, Some(name)) => finding.fix(paste(name)),
                (None, None) => finding,
            });
        }
        (Reference::Elsewhere(other), _) => {
            let message = format!(
                "the rendered volume is populated from {other}, which is no ReplicationDestination"
            );
            found.push(
                Finding::new(Code::NoRestoreRef, message)
                    .both(Outcome::Empty)
                    .seen(case.git_evidence(FIELD, other.as_str())),
            );
        }
        (Reference::Destination(name), live) => drift(case, name, live, found),
    }
}

/// The reference is immutable, so a bound volume may lack the one that Git has. What Argo CD
/// applies is seen on the annotation, which is not.
fn drift(case: &Case<'_>, name: &str, live: &Reference<'_>, found: &mut Vec<Finding>) {
    let Some(pvc) = case.live else { return };
    if *live == Reference::Destination(name) {
        return;
    }
    let annotation = pvc.live.annotation(RESTORE_SOURCE);
    let field = format!("metadata.annotations.{RESTORE_SOURCE}");
    let seen = [pvc.live.evidence(&field, annotation), pvc.live.evidence(FIELD, shown(live))];
    let is_rendered =
        case.git_pvc.and_then(|node| node.text_at(&["metadata", "annotations", RESTORE_SOURCE]))
            == Some(name);
    found.push(match annotation {
        Some(applied) if applied == name => Finding::new(
            Code::RestoreRefDrift,
            format!("the live volume was made without the reference to {name}; a new one gets it"),
        )
        .on_recreate(Outcome::Restore),
        Some(_) | None if is_rendered => Finding::new(
            Code::RenderStale,
            format!(
                "the live volume has neither the reference to {name} nor the annotation that is \
                 rendered beside it: what is applied is not what Git renders, and a recreated \
                 volume would come up empty"
            ),
        )
        .on_recreate(Outcome::Empty),
        Some(_) | None => Finding::new(
            Code::RestorableUnproven,
            format!(
                "the live volume has no reference to {name}, and no annotation that shows what is \
                 applied"
            ),
        )
        .on_recreate(Outcome::Unknown)
        .fix("set restore.annotate: true in plumber.yaml, so that what is applied can be seen"),
    }
    .seen(seen));
}

fn shown(reference: &Reference<'_>) -> Option<String> {
    match reference {
        Reference::None => None,
        Reference::Destination(name) => Some((*name).to_owned()),
        Reference::Elsewhere(other) => Some(other.clone()),
    }
}

fn paste(name: &str) -> String {
    format!(
        "set in Git on the PVC: spec.dataSourceRef: {{apiGroup: {}, kind: {}, name: {name}}}",
        volsync::GROUP,
        volsync::REPLICATION_DESTINATION
    )
}
