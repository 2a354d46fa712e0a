//! Which volumes are shown, and in which order.

use super::query::{PAGE_SIZE, Query, Sort};
use super::words::{outcome, standing};
use crate::audit::code::Severity;
use crate::audit::document::{Document, Entry};
use crate::audit::{Outcome, Standing};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// One page of the volumes that were asked for.
pub(super) struct Shown<'a> {
    /// The volumes of this page.
    pub entries: Vec<&'a Entry>,
    /// How many there are on all pages.
    pub total: usize,
    /// Which page it is, from 1: the last, where a later one was asked for.
    pub page: usize,
    /// How many pages there are, at least 1.
    pub pages: usize,
}

/// Picks the page that was asked for.
pub(super) fn shown<'a>(document: &'a Document, query: &Query) -> Shown<'a> {
    let all = select(document, query);
    let total = all.len();
    let pages = total.div_ceil(PAGE_SIZE).max(1);
    let page = query.page.clamp(1, pages);
    let entries = all.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE).collect();
    Shown { entries, total, page, pages }
}

/// Picks the volumes that were asked for, in the order that was asked for.
pub(super) fn select<'a>(document: &'a Document, query: &Query) -> Vec<&'a Entry> {
    let needle = query.search.as_ref().map(|search| search.to_lowercase());
    let wanted = |entry: &&Entry| is_wanted(entry, query, needle.as_deref());
    let mut entries: Vec<&Entry> =
        document.entries.iter().map(AsRef::as_ref).filter(wanted).collect();
    match query.sort {
        // The document's own order.
        Sort::Name => {}
        Sort::Risk => entries.sort_by_cached_key(|entry| risk(entry, query)),
        Sort::Backup => {
            // One that never ran is older than any.
            entries.sort_by_key(|entry| Reverse(entry.backup.age_seconds.unwrap_or(i64::MAX)));
        }
        Sort::Verdict => entries.sort_by_key(|entry| entry.restore_readiness.verdict),
    }
    entries
}

fn is_wanted(entry: &Entry, query: &Query, needle: Option<&str>) -> bool {
    let readiness = &entry.restore_readiness;
    query.namespace.as_ref().is_none_or(|namespace| entry.namespace == *namespace)
        && query.app.as_ref().is_none_or(|app| entry.intent.app.as_ref() == Some(app))
        && query.verdict.is_none_or(|code| readiness.verdict == code.id())
        && query.severity.is_none_or(|one| severity(entry) == one)
        && query.standing.is_none_or(|one| standing(entry) == one)
        && query.outcome.is_none_or(|one| {
            standing(entry) == Standing::Protected && outcome(entry, query.scenario) == one
        })
        && needle.is_none_or(|needle| {
            let name = format!("{}/{}", entry.namespace, entry.pvc);
            let app = entry.intent.app.as_deref().unwrap_or_default();
            [&name, app, readiness.verdict].iter().any(|text| text.to_lowercase().contains(needle))
        })
}

/// How much a volume matters; the most, should the word be unknown.
pub(super) fn severity(entry: &Entry) -> Severity {
    let word = entry.restore_readiness.severity;
    let found = Severity::ALL.iter().copied().find(|severity| severity.id() == word);
    found.unwrap_or(Severity::Critical)
}

/// The order of risk: what would not come back and should, what nobody has decided on, what
/// would, and what is not to.
fn risk(entry: &Entry, query: &Query) -> (u8, Reverse<Outcome>, Reverse<Severity>) {
    let outcome = outcome(entry, query.scenario);
    let class = match standing(entry) {
        Standing::Protected if outcome == Outcome::Restore => 2,
        Standing::Protected | Standing::Unintended => 0,
        Standing::Undecided => 1,
        Standing::BackupOnly | Standing::Disabled | Standing::Exempt | Standing::Native => 3,
    };
    (class, Reverse(outcome), Reverse(severity(entry)))
}

/// Every namespace that has a volume.
pub(super) fn namespaces(document: &Document) -> BTreeSet<&str> {
    document.entries.iter().map(|entry| entry.namespace.as_str()).collect()
}

/// Every application that has a volume.
pub(super) fn apps(document: &Document) -> BTreeSet<&str> {
    document.entries.iter().filter_map(|entry| entry.intent.app.as_deref()).collect()
}
