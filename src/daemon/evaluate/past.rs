//! What happened to volumes since the process started; bounded. What lies further back is the
//! business of a monitoring system.

use crate::audit::Key;
use crate::audit::document::{Entry, Rated};
use crate::daemon::state::{Change, Happened, Histories, Moment};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many changes of verdicts are kept.
const CHANGES: usize = 1000;
/// How many moments of a volume are kept.
const MOMENTS: usize = 32;

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) changes: Arc<VecDeque<Change>>,
    /// The publication of the last change that is no longer kept; 0 while all are.
    pub(super) changes_after: u64,
    pub(super) history: Arc<Histories>,
}

impl Past {
    /// Notes what has become of a volume, in the publication of a number.
    pub(super) fn note(
        &mut self,
        revision: u64,
        now: Timestamp,
        key: &Key,
        (before, after): (Option<&Rated>, Option<&Rated>),
    ) {
        let verdict = |rated: Option<&Rated>| rated.map(|r| r.entry.restore_readiness.verdict);
        let (was, is) = (verdict(before), verdict(after));
        // That everything is new at first is no change.
        if was != is && revision > 1 {
            let changes = Arc::make_mut(&mut self.changes);
            if changes.len() == CHANGES
                && let Some(forgotten) = changes.pop_front()
            {
                self.changes_after = forgotten.revision;
            }
            let (namespace, pvc) = (key.namespace().to_owned(), key.name().to_owned());
            changes.push_back(Change { revision, at: now, namespace, pvc, before: was, after: is });
        }
        let Some(after) = after else {
            if self.history.contains_key(key) {
                Arc::make_mut(&mut self.history).remove(key);
            }
            return;
        };
        let mut moments = Vec::new();
        happened(before.map(|rated| &*rated.entry), &after.entry, now, &mut moments);
        if let Some(verdict) = is.filter(|_| was != is) {
            moments.push(Moment { at: now, what: Happened::Verdict(verdict) });
        }
        if moments.is_empty() {
            return;
        }
        let history = Arc::make_mut(&mut self.history);
        let of = Arc::make_mut(history.entry(key.clone()).or_default());
        of.extend(moments);
        of.drain(..of.len().saturating_sub(MOMENTS));
    }
}

/// Finds what happened between two entries of a volume; of a new one what last happened.
fn happened(before: Option<&Entry>, after: &Entry, now: Timestamp, moments: &mut Vec<Moment>) {
    let parsed = |time: &Option<String>| time.as_ref().and_then(|time| time.parse().ok());
    let source = |entry: &Entry| entry.live.rs.as_ref().and_then(|rs| parsed(&rs.last_sync));
    let image = |entry: &Entry| {
        entry
            .live
            .rd
            .as_ref()
            .filter(|rd| rd.latest_image.is_some())
            .and_then(|rd| parsed(&rd.last_sync))
    };
    let fails = |entry: &Entry| entry.backup.result.as_deref() == Some("Failed");
    let mut push = |at: Option<Timestamp>, what| {
        moments.extend(at.map(|at| Moment { at, what }));
    };
    let new = |time: &dyn Fn(&Entry) -> Option<Timestamp>| {
        time(after).filter(|at| before.and_then(time) != Some(*at))
    };
    push(new(&image), Happened::ImageMade);
    push(new(&source), Happened::BackedUp);
    if before.is_some_and(|before| !fails(before)) && fails(after) {
        push(Some(now), Happened::BackupFailed);
    }
}
