//! Rows 11 and 13 to 15: the repository, its Secret, and the way to both.

use crate::audit::case::{Case, Standing};
use crate::audit::code::{Code, Severity};
use crate::audit::finding::{Finding, Outcome};
use crate::audit::log::{Sign, sign, unreachable};
use crate::audit::observed::{ExternalSecret, Kind};
use crate::audit::shared::{PRIVILEGED_MOVERS, is_prepared};
use crate::audit::spec::Role;

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if !matches!(case.standing, Standing::Protected | Standing::BackupOnly) {
        return;
    }
    unproven(case, found);
    secret(case, found);
    namespace(case, found);
    reach(case, found);
}

/// Row 11. What was backed up elsewhere says nothing of the repository that Git names; and that
/// a repository holds the data is shown by a restore alone.
fn unproven(case: &Case<'_>, found: &mut Vec<Finding>) {
    if let (Some(git), Some(live), Some(rs)) = (case.git_source(), case.live_source(), case.live_rs)
    {
        let differences = [
            ("sourcePVC", git.source_pvc() != live.source_pvc()),
            ("mover", git.mover() != live.mover()),
            ("repository", git.repository() != live.repository()),
            ("identity", git.identity() != live.identity()),
        ];
        let names: Vec<&str> =
            differences.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
        if !names.is_empty() {
            let message = format!(
                "the backups of the live {} were made with another {} than Git renders, and do \
                 not speak for it",
                live.name(),
                names.join(" and ")
            );
            found.push(
                Finding::new(Code::RepositoryUnproven, message).on_rebuild(Outcome::Unknown).seen(
                    [
                        rs.live.evidence("spec.*.repository", live.repository()),
                        rs.live.evidence("spec.sourcePVC", live.source_pvc()),
                    ],
                ),
            );
            return;
        }
    }
    let Some(rd) = case.live_destination() else { return };
    let restored =
        case.live_rd.map(|rd_live| sign(&rd_live.status, &rd.mover(), Role::Destination));
    if !matches!(restored, Some(Sign::Moved(_))) {
        found.push(Finding::new(
            Code::RepositoryUnproven,
            "no restore was seen to read data from the repository",
        ));
    }
}

/// Row 13.
fn secret(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Some(repository) =
        case.git_source().or(case.git_destination()).and_then(|s| s.repository())
    else {
        return;
    };
    let key = case.key.beside(repository);
    let makers: Vec<&ExternalSecret> = case.makers_of(&key).collect();
    if makers.is_empty() && case.intent.secrets.contains(&key) && case.listed(Kind::ExternalSecret)
    {
        let message = format!(
            "the ExternalSecret that makes {repository} stands in Git and not in the cluster"
        );
        found.push(Finding::new(Code::RepoSecretMissing, message).on_rebuild(Outcome::Hang));
    }
    for secret in makers {
        let name = secret.live.name();
        let describe = format!("kubectl -n {} describe externalsecret {name}", key.namespace());
        match &secret.ready {
            Some((true, _)) => {
                let current = secret.generation.zip(secret.synced.as_deref()).is_some_and(
                    |(generation, synced)| {
                        synced.split('-').next() == Some(&generation.to_string())
                    },
                );
                if !current {
                    let message = format!(
                        "the ExternalSecret {name} is ready, and what it made is not of its \
                         current generation"
                    );
                    found.push(
                        Finding::new(Code::RepoSecretStale, message)
                            .on_rebuild(Outcome::Hang)
                            .seen([
                                secret.live.evidence("metadata.generation", secret.generation),
                                secret
                                    .live
                                    .evidence("status.syncedResourceVersion", secret.synced.as_deref()),
                            ])
                            .command(format!(
                                "kubectl -n {} annotate externalsecret {name} force-sync=$(date +%s) \
                                 --overwrite",
                                key.namespace()
                            )),
                    );
                }
            }
            Some((false, why)) => {
                let message =
                    format!("the ExternalSecret {name} does not make {repository}: {why}");
                found.push(
                    Finding::new(Code::RepoSecretMissing, message)
                        .on_rebuild(Outcome::Hang)
                        .seen([secret.live.evidence("status.conditions[Ready].status", "False")])
                        .command(describe),
                );
            }
            None => {
                let message = format!("the ExternalSecret {name} does not say that it is ready");
                found.push(
                    Finding::new(Code::RepoSecretMissing, message)
                        .on_rebuild(Outcome::Hang)
                        .seen([secret
                            .live
                            .evidence("status.conditions[Ready]", serde_json::Value::Null)])
                        .command(describe),
                );
            }
        }
    }
}

/// Row 14. Where Namespaces of Git carry the label on which the Secret is given out, one without
/// it gets none on a new cluster, unless Git makes the Secret in another way.
fn namespace(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Some(namespace) = case.intent.namespaces.get(case.namespace()) else { return };
    let Some(repository) = case.git_source().and_then(|rs| rs.repository()) else { return };
    let key = case.key.beside(repository);
    if !case.shared.gives_out_secrets
        || is_prepared(namespace)
        || case.intent.secrets.contains(&key)
    {
        return;
    }
    let message = format!(
        "other namespaces carry the label {PRIVILEGED_MOVERS}, on which {repository} is given \
         out, and {} does not",
        case.namespace()
    );
    found.push(Finding::new(Code::NamespaceNotPrepared, message).on_rebuild(Outcome::Hang));
}

/// Row 15.
fn reach(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Some(rs) = case.live_rs else { return };
    if rs.status.result.as_deref() == Some("Successful") {
        return;
    }
    let repository = case.live_source().and_then(|spec| spec.repository()).unwrap_or("?");
    if let Some(line) = unreachable(&rs.status) {
        let message = format!("the mover cannot reach {repository}: {line}");
        found.push(
            Finding::new(Code::RepositoryUnreachable, message)
                .on_rebuild(Outcome::Hang)
                .seen([rs.live.evidence("status.latestMoverStatus.logs", line)]),
        );
    } else if let Some(count) = case.shared.all_fail(repository) {
        let message = format!("all {count} volumes that use {repository} fail at once");
        found.push(
            Finding::new(Code::RepositoryUnreachable, message)
                .at_least(Severity::High)
                .seen([rs.live.evidence("status.latestMoverStatus.result", "Failed")]),
        );
    }
}
