//! What the daemon knows, as a page shows it.

use super::state::{Health, State};
use crate::audit::page::{self, PageInput};
use jiff::Timestamp;

/// Returns what a page is made from at a time.
pub fn page_input(state: &State, now: Timestamp) -> PageInput<'_> {
    let watches = state.watches.iter().map(|watch| page::Watch {
        kind: watch.kind,
        health: match watch.health {
            Health::Starting => page::Health::Starting,
            Health::Live => page::Health::Live,
            Health::Broken => page::Health::Broken,
            Health::Forbidden => page::Health::Forbidden,
            Health::Absent => page::Health::Absent,
        },
        seen_at: watch.seen_at,
        objects: watch.objects,
        error: watch.error.as_deref(),
    });
    let sources = state.sources.iter().map(|source| page::Source {
        app: source.app.as_deref(),
        repo: source.repo.as_deref(),
        path: &source.path,
        revision: source.revision.as_deref(),
        attempted_at: source.attempted_at,
        rendered_at: source.rendered_at,
        error: source.error.as_deref(),
    });
    let changes = state.changes.iter().map(|change| page::Change {
        at: change.at,
        namespace: &change.namespace,
        pvc: &change.pvc,
        before: change.before,
        after: change.after,
    });
    PageInput {
        document: &state.document,
        now,
        daemon: Some(page::Daemon {
            ready: state.is_ready(),
            revision: state.revision,
            started_at: state.started_at,
            evaluated_at: state.evaluated_at,
            watches: watches.collect(),
            sources: sources.collect(),
            changes: changes.collect(),
        }),
    }
}
