//! Rows 24 to 27 and 29: whether Git, what it renders, and the cluster are the same.

use crate::audit::case::{Case, Standing};
use crate::audit::code::{Code, Severity};
use crate::audit::finding::{Finding, Outcome};
use crate::audit::intended::Wired;
use crate::audit::observed::{Kind, Live};
use crate::drift;

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    source(case, found);
    left_over(case, found);
    absent(case, found);
    if !matches!(case.standing, Standing::Protected | Standing::BackupOnly) {
        return;
    }
    missing(case, found);
    for (git, live) in [
        (case.git_rs, case.live_rs.map(|rs| &rs.live)),
        (case.git_rd, case.live_rd.map(|rd| &rd.live)),
    ] {
        if let (Some(git), Some(live)) = (git, live) {
            differs(git, live, found);
        }
    }
    application(case, found);
}

/// Row 26.
fn source(case: &Case<'_>, found: &mut Vec<Finding>) {
    for manifest in case.unrendered() {
        let message = format!(
            "the {} {} stands at {} and is not among what is rendered",
            manifest.kind, manifest.name, manifest.place
        );
        let finding = Finding::new(Code::SourceNotRendered, message);
        // Beside a volume that comes back anyway it may be a leftover.
        found.push(if case.is_wired() {
            finding.at_least(Severity::Medium)
        } else {
            finding.both(Outcome::Empty)
        });
    }
    if let Some(why) = case.git_origin.and_then(|origin| origin.refusal.as_ref()) {
        found.push(Finding::new(Code::SourceNotRendered, why.clone()).both(Outcome::Unknown));
    }
    // What it was before says nothing of what it is now; what is in no part that renders may be
    // in one that does not.
    if let Some(origin) = case.gap() {
        let message = format!("{} does not render", origin.shown());
        let why = origin.error.as_deref();
        let seen = super::super::intended::git(&origin.path, "error", why.into());
        found.push(
            Finding::new(Code::SourceNotRendered, message).both(Outcome::Unknown).seen([seen]),
        );
    }
}

/// Row 29.
fn absent(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.standing != Standing::Unintended {
        return;
    }
    if let (Some(rs), None) = (case.git_rs, case.live) {
        let message = format!(
            "the ReplicationSource {} stands in Git, and the volume that it names does not",
            rs.name
        );
        let seen = rs.evidence("spec.sourcePVC", case.name());
        found.push(
            Finding::new(Code::IntentAbsent, message)
                .both(Outcome::Empty)
                .seen([seen])
                .fix("put the volume into Git, in the same namespace, or correct spec.sourcePVC"),
        );
    }
    if found.is_empty()
        && case.live.is_none()
        && let Some(rs) = case.live_rs
    {
        let name = rs.live.name();
        let message = format!(
            "the live ReplicationSource {name} names a volume that neither Git nor the cluster has"
        );
        let seen = rs.live.evidence("spec.sourcePVC", case.name());
        found.push(Finding::new(Code::IntentAbsent, message).both(Outcome::Empty).seen([seen]));
    }
    if let Some(pvc) = case.live {
        let owner =
            pvc.live.label("app.kubernetes.io/managed-by").map(|owner| format!(" ({owner})"));
        let message = format!(
            "the volume is in the cluster{}, and no manifest in Git makes it",
            owner.unwrap_or_default()
        );
        found.push(
            Finding::new(Code::IntentAbsent, message)
                .both(Outcome::Empty)
                .seen([pvc.live.evidence("metadata.uid", pvc.live.uid.as_deref())]),
        );
    }
}

/// Row 24. Beside a pair of Git, what else is there does no harm to the volume.
fn left_over(case: &Case<'_>, found: &mut Vec<Finding>) {
    let mut push = |live: &Live, has_pair: bool| {
        let message =
            format!("the {} {} is in the cluster and not in Git", live.kind.id(), live.name());
        let finding = Finding::new(Code::WiringNotInGit, message)
            .seen([live.evidence("metadata.name", live.name())]);
        let matters = matches!(case.standing, Standing::Protected | Standing::Unintended);
        found.push(if matters && !has_pair {
            finding.on_rebuild(Outcome::Empty).on_recreate(Outcome::Unknown)
        } else {
            finding.at_least(Severity::Medium)
        });
    };
    for rs in case.sources() {
        let key = case.key.beside(rs.live.name());
        if !case.intent.sources.contains_key(&key) {
            push(&rs.live, case.git_rs.is_some());
        }
    }
    if let Some(rd) = case.live_rd {
        let key = case.key.beside(rd.live.name());
        if !case.intent.destinations.contains_key(&key) {
            push(&rd.live, case.git_rd.is_some());
        }
    }
}

/// Row 25.
fn missing(case: &Case<'_>, found: &mut Vec<Finding>) {
    if let (Some(git), None) = (case.git_rs, case.live_rs)
        && case.listed(Kind::ReplicationSource)
    {
        let message =
            format!("the ReplicationSource {} is in Git and not in the cluster", git.name);
        found.push(
            Finding::new(Code::WiringMissingLive, message)
                .on_rebuild(Outcome::Empty)
                .on_recreate(Outcome::Unknown)
                .seen([git.evidence("metadata.name", git.name.as_str())]),
        );
    }
    if let (Some(git), None) = (case.git_rd, case.live_rd)
        && case.listed(Kind::ReplicationDestination)
    {
        let message =
            format!("the ReplicationDestination {} is in Git and not in the cluster", git.name);
        found.push(
            Finding::new(Code::WiringMissingLive, message)
                .on_rebuild(Outcome::Unknown)
                .on_recreate(Outcome::Hang)
                .seen([git.evidence("metadata.name", git.name.as_str())]),
        );
    }
}

/// Row 27, by the objects themselves.
fn differs(git: &Wired, live: &Live, found: &mut Vec<Finding>) {
    let differences = drift::compare_spec(&live.node, &git.node.to_json());
    let fields: Vec<&str> = differences.iter().map(|one| one.field.as_str()).collect();
    if fields.is_empty() {
        return;
    }
    let message = format!(
        "the live {} {} is not what Git renders: {}",
        live.kind.id(),
        live.name(),
        fields.join(", ")
    );
    let evidence = differences.iter().map(|one| live.evidence(&one.field, one.observed.clone()));
    found.push(
        Finding::new(Code::RenderStale, message)
            .on_recreate(Outcome::Unknown)
            .seen(evidence.collect::<Vec<_>>()),
    );
}

/// Row 27, by what Argo CD says. Its word that all is well proves nothing; its word that
/// something is wrong does.
fn application(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Some(name) = case.application() else { return };
    if !case.listed(Kind::Application) {
        return;
    }
    let get = format!("argocd app get {name} --hard-refresh");
    let error = |message: String| {
        Finding::new(Code::SyncError, message).both(Outcome::Unknown).command(&*get)
    };
    let mut any = false;
    for application in case.applications() {
        any = true;
        let live = &application.live;
        for (kind, why) in &application.errors {
            let seen = live.evidence(&format!("status.conditions[{kind}].message"), why.as_str());
            found.push(error(format!("{kind} of {name}: {why}")).seen([seen]));
        }
        let sync = application.sync.as_deref();
        if application.errors.is_empty() && !matches!(sync, Some("Synced" | "OutOfSync")) {
            let message = format!("Argo CD does not know whether {name} is synced");
            found.push(error(message).seen([live.evidence("status.sync.status", sync)]));
        }
        let phase = application.phase.as_deref();
        if !matches!(phase, Some("Succeeded" | "Running")) {
            let message = match phase {
                Some(phase) => format!("the last sync of {name} ended as {phase}"),
                None => format!("Argo CD does not say how the last sync of {name} ended"),
            };
            found.push(error(message).seen([live.evidence("status.operationState.phase", phase)]));
        }
        let shown = application.revisions.join(", ");
        if let Some(revision) = case.origin().and_then(|origin| origin.revision.as_ref())
            && !application.revisions.iter().any(|synced| same_commit(synced, revision))
        {
            let synced = if shown.is_empty() { "nothing" } else { &shown };
            let message = format!("Argo CD has synced {synced}, and Git is at {revision}");
            found.push(
                Finding::new(Code::RenderStale, message)
                    .at_least(Severity::Medium)
                    .seen([live.evidence("status.sync.revision", shown)]),
            );
        }
    }
    if !any {
        found.push(error(format!("no Application {name}, which keeps the volume, was seen")));
    }
}

/// Returns whether two names of a commit mean the same: one may be shortened.
fn same_commit(a: &str, b: &str) -> bool {
    const SHORTEST: usize = 7;
    a == b || a.len().min(b.len()) >= SHORTEST && (a.starts_with(b) || b.starts_with(a))
}
