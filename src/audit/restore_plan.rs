//! The safe order in which one volume is restored, as it stands: a fresh restore point first, its
//! proof, and only then the deletion.

use super::case::Case;
use super::code::Code;
use super::finding::{Finding, Outcome, Scenario};
use super::spec::Mover;
use super::time::ago;
use super::verdict::Assessment;
use crate::api::labels::{RESTORE_REFRESH, RESTORE_TOKEN};
use crate::plan::Verdict;
use jiff::Timestamp;

/// What to do, or why not to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestorePlan {
    /// The steps, as text that can be pasted.
    Steps(String),
    /// Deleting the volume could lose its data: the reasons.
    Refused(Vec<String>),
}

/// What the fresh restore point itself makes good.
const MADE_GOOD: &[Code] =
    &[Code::RestoreImageMissing, Code::RestoreImageStale, Code::RestoreImageUnusable];

/// Plans the restore of one volume.
pub fn restore_plan(volume: &Assessment<'_>, now: Timestamp) -> RestorePlan {
    let against: Vec<String> = volume.findings.iter().filter(|f| forbids(f)).map(reason).collect();
    let case = &volume.case;
    // Kopia's mover reports a paused restore as done, with the words of the one before.
    if case.git_destination().is_some_and(|rd| rd.is_paused()) {
        return RestorePlan::Refused(vec!["the destination is paused in Git".to_owned()]);
    }
    match (case.target(), case.git_rd) {
        (Some(target), Some(_)) if against.is_empty() && case.base() == Outcome::Restore => {
            RestorePlan::Steps(steps(volume, target, now))
        }
        _ if against.is_empty() => RestorePlan::Refused(vec![format!(
            "{}: {}",
            volume.verdict.id(),
            volume.verdict.summary()
        )]),
        _ => RestorePlan::Refused(against),
    }
}

fn forbids(finding: &Finding) -> bool {
    let bad = |scenario| finding.outcome(scenario).is_some_and(|o| o >= Outcome::Unknown);
    // What a restore did not find before the first backup, the next one may find; what it has not
    // proved yet, it has to prove before anything is deleted.
    let later = [Code::NoSnapshotProven, Code::RestorableUnproven].contains(&finding.code);
    !MADE_GOOD.contains(&finding.code)
        && (bad(Scenario::Rebuild) || bad(Scenario::Recreate) && !later)
}

fn reason(finding: &Finding) -> String {
    format!("{}: {}\n  fix: {}", finding.code.id(), finding.message, finding.fix.text)
}

fn steps(volume: &Assessment<'_>, target: &str, now: Timestamp) -> String {
    let case = &volume.case;
    let (namespace, name) = (case.namespace(), case.name());
    let token = format!("restore-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let mut out = format!("# How {namespace}/{name} is restored, as it stands at {now}.\n");
    let line = |out: &mut String, text: String| {
        out.push_str("# ");
        out.push_str(&text);
        out.push('\n');
    };
    if let Some(last) = case.last_backup() {
        line(
            &mut out,
            format!(
                "The last backup is {} old ({last}): what was written since would be lost.",
                ago(case.age(last))
            ),
        );
    }
    line(
        &mut out,
        match case.image_time() {
            Some(image) => format!(
                "Deleted now, the volume would come back with data from {} ago.",
                ago(case.age(image))
            ),
            None => "Deleted now, the volume would wait for an image.".to_owned(),
        },
    );
    for finding in volume.findings.iter().filter(|f| f.rebuild == Some(Outcome::Stale)) {
        line(&mut out, format!("WARNING {}: {}", finding.code.id(), finding.message));
    }
    let step = |out: &mut String, number: &str, title: &str, body: &str| {
        out.push_str(&["\n# ", number, ". ", title, "\n"].concat());
        out.push_str(body);
        out.push('\n');
    };
    step(
        &mut out,
        "1",
        "In Git, ask for a fresh restore point, and let it be applied.",
        &ask(case, &token),
    );
    let wait = format!(
        "kubectl -n {namespace} wait replicationdestination/{target} --timeout=6h \\\n  \
         --for=jsonpath='{{.status.lastManualSync}}'={token}"
    );
    step(&mut out, "2", "Wait for it. Delete nothing before this has ended well.", &wait);
    let words = match case.git_destination().map(|rd| rd.mover()) {
        Some(Mover::Restic) => "restoring",
        Some(Mover::Kopia | Mover::Other(_) | Mover::Missing) | None => {
            "Snapshot restore completed"
        }
    };
    let proof = format!(
        "kubectl -n {namespace} get replicationdestination {target} \\\n  \
         -o jsonpath='{{.status.latestMoverStatus.logs}}' | grep '{words}'"
    );
    step(
        &mut out,
        "3",
        "See that it found data: a restore that finds none succeeds too. Stop here if this prints \
         nothing.",
        &proof,
    );
    let users = format!("kubectl -n {namespace} describe pvc {name} | grep -A5 'Used By'");
    step(&mut out, "4", "Stop what uses the volume: scale it to 0 in Git.", &users);
    let delete = format!("kubectl -n {namespace} delete pvc {name}");
    step(&mut out, "5", "Delete the volume. It goes when nothing uses it any more.", &delete);
    let sync = case
        .application()
        .map(|application| format!("argocd app sync {application}\n"))
        .unwrap_or_default();
    let watch = format!("{sync}kubectl -n {namespace} get pvc {name} --watch");
    step(
        &mut out,
        "6",
        "Let Git make it anew, start what uses it, and watch it become Bound.",
        &watch,
    );
    let events = format!(
        "kubectl -n {namespace} get events --field-selector involvedObject.name={name}\n\
         # The token stays in Git: taking it out would ask for another restore."
    );
    step(&mut out, "7", "If it stays Pending, its events say why.", &events);
    out
}

/// How the restore point is asked for: by annotation where the destination is rendered here, on
/// the destination itself where somebody else wrote it.
fn ask(case: &Case<'_>, token: &str) -> String {
    let Some(git) = case.git else { return String::new() };
    if git.verdict != Verdict::Wired {
        let target = case.target().unwrap_or_default();
        return format!(
            "# on the ReplicationDestination {target}:\nspec:\n  trigger:\n    manual: {token}"
        );
    }
    let what = if git.is_templated { "the StatefulSet" } else { "the PersistentVolumeClaim" };
    let refreshed = case
        .git_pvc
        .is_some_and(|pvc| pvc.at(&["metadata", "annotations", RESTORE_REFRESH]).is_some());
    let refresh = if refreshed {
        format!("    # and take out {RESTORE_REFRESH} for as long as the token is there\n")
    } else {
        String::new()
    };
    format!(
        "# on {what} at {}:\nmetadata:\n  annotations:\n{refresh}    {RESTORE_TOKEN}: {token}",
        git.place
    )
}
