//! What is to say of no volume in particular: how the cluster is seen, and what does not render.

use crate::audit::Finding;
use crate::audit::code::{Code, Severity};
use crate::daemon::state::{Health, Source, Watch};
use std::sync::Arc;

/// Returns what is wrong with what everything is concluded from.
pub(super) fn findings<'w>(
    watches: impl Iterator<Item = (&'w Watch, &'w Arc<Vec<String>>)>,
    sources: &[Source],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (watch, words) in watches {
        found.extend(seen(watch));
        found.extend(words.iter().map(|why| {
            Finding::new(Code::EvidenceMalformed, why.as_str()).at_least(Severity::Medium)
        }));
    }
    for source in sources {
        if let Some(why) = &source.error {
            let of = source.app.as_ref().map(|app| format!(" of {app}")).unwrap_or_default();
            let message = format!("{}{of} does not render: {why}", source.path);
            found.push(
                Finding::new(Code::SourceNotRendered, message)
                    .at_least(Severity::Medium)
                    .fix("correct it; its volumes are unknown until it renders"),
            );
        }
    }
    found
}

/// Returns what is wrong with how a kind is seen.
fn seen(watch: &Watch) -> Option<Finding> {
    let kind = watch.kind;
    let why = watch.error.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let severity = if kind.is_optional() { Severity::Info } else { Severity::Medium };
    let (code, message, fix) = match watch.health {
        Health::Live => return None,
        Health::Starting => (
            Code::EvidenceForbidden,
            format!("no {} was read yet{why}", kind.id()),
            "wait, or see why the API server does not answer".to_owned(),
        ),
        Health::Broken => {
            let last = watch.seen_at.map(|at| format!(", last seen at {at}")).unwrap_or_default();
            (
                Code::EvidenceStale,
                format!("the watch on {} is broken{last}{why}", kind.id()),
                "wait, or see why the API server does not answer".to_owned(),
            )
        }
        Health::Forbidden => {
            let group = kind.group();
            let dot = if group.is_empty() { "" } else { "." };
            (
                Code::EvidenceForbidden,
                format!("no {} can be seen{why}", kind.id()),
                format!("allow get, list and watch on {}{dot}{group}: deploy/audit", kind.plural()),
            )
        }
        Health::Absent => (
            Code::EvidenceForbidden,
            format!("the API server has no {}", kind.id()),
            format!("install the API {}, if the cluster is to have it", kind.group()),
        ),
    };
    Some(Finding::new(code, message).at_least(severity).fix(fix))
}
