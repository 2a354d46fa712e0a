//! Verdicts that changed since the process started; bounded. What lies further back is the business
//! of a monitoring system.

use crate::audit::Key;
use crate::audit::document::Rated;
use crate::daemon::state::Change;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many changes of verdicts are kept.
const CHANGES: usize = 1000;

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) changes: Arc<VecDeque<Change>>,
    /// The publication of the last change that is no longer kept; 0 while all are.
    pub(super) changes_after: u64,
}

impl Past {
    /// Notes what has become of a volume, in the publication of a number. Returns whether its
    /// verdict has changed.
    pub(super) fn note(
        &mut self,
        revision: u64,
        now: Timestamp,
        key: &Key,
        (before, after): (Option<&Rated>, Option<&Rated>),
    ) -> bool {
        let verdict = |rated: Option<&Rated>| rated.map(|rated| rated.verdict.id());
        let (before, after) = (verdict(before), verdict(after));
        // That everything is new at first is no change.
        if before == after || revision <= 1 {
            return false;
        }
        let changes = Arc::make_mut(&mut self.changes);
        if changes.len() == CHANGES
            && let Some(forgotten) = changes.pop_front()
        {
            self.changes_after = forgotten.revision;
        }
        let (namespace, pvc) = (key.namespace().to_owned(), key.name().to_owned());
        changes.push_back(Change { revision, at: now, namespace, pvc, before, after });
        true
    }
}
