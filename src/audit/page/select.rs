//! Which volumes are shown, and in which order.

use super::query::{PAGE_SIZE, Query, Sort};
use crate::audit::code::Severity;
use crate::audit::document::{Document, Entry, Rated};
use crate::audit::{Outcome, Standing};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// One page of the volumes that were asked for.
pub(super) struct Shown<'a> {
    /// The volumes of this page.
    pub volumes: Vec<&'a Rated>,
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
    let volumes = all.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE).collect();
    Shown { volumes, total, page, pages }
}

/// Picks the volumes that were asked for, in the order that was asked for.
pub(super) fn select<'a>(document: &'a Document, query: &Query) -> Vec<&'a Rated> {
    let needle = query.search.as_ref().map(|search| search.to_lowercase());
    let wanted = |rated: &&Rated| is_wanted(rated, query, needle.as_deref());
    let mut volumes: Vec<&Rated> =
        document.entries.iter().map(AsRef::as_ref).filter(wanted).collect();
    match query.sort {
        // The document's own order.
        Sort::Name => {}
        Sort::Risk => volumes.sort_by_cached_key(|rated| risk(rated, query)),
        Sort::App => volumes.sort_by_key(|rated| (rated.app.is_none(), rated.app.as_deref())),
        Sort::Data => volumes.sort_by_key(|rated| rated.point(query.scenario)),
        // One that never ran is older than any.
        Sort::Backup => volumes.sort_by_key(|rated| rated.last_success),
        Sort::Verdict => volumes.sort_by_key(|rated| rated.verdict.id()),
    }
    volumes
}

fn is_wanted(rated: &Rated, query: &Query, needle: Option<&str>) -> bool {
    query.namespace.as_ref().is_none_or(|namespace| rated.namespace() == namespace)
        && query.app.as_ref().is_none_or(|app| rated.app.as_deref() == Some(app))
        && query.verdict.is_none_or(|code| rated.verdict == code)
        && query.severity.is_none_or(|one| rated.severity == one)
        && query.standing.is_none_or(|one| rated.standing == one)
        && query.outcome.is_none_or(|one| {
            rated.standing == Standing::Protected && rated.outcome(query.scenario) == one
        })
        && needle.is_none_or(|needle| {
            let name = rated.key().to_string();
            let app = rated.app.as_deref().unwrap_or_default();
            [&name, app, rated.verdict.id()].iter().any(|text| text.to_lowercase().contains(needle))
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
fn risk(rated: &Rated, query: &Query) -> (u8, Reverse<Outcome>, Reverse<Severity>) {
    let outcome = rated.outcome(query.scenario);
    let class = match rated.standing {
        Standing::Protected if outcome == Outcome::Restore => 2,
        Standing::Protected | Standing::Unintended => 0,
        Standing::Undecided => 1,
        Standing::BackupOnly | Standing::Disabled | Standing::Exempt | Standing::Native => 3,
    };
    (class, Reverse(outcome), Reverse(rated.severity))
}

/// Every namespace that has a volume.
pub(super) fn namespaces(document: &Document) -> BTreeSet<&str> {
    document.entries.iter().map(|rated| rated.namespace()).collect()
}

/// Every application that has a volume.
pub(super) fn apps(document: &Document) -> BTreeSet<&str> {
    document.entries.iter().filter_map(|rated| rated.app.as_deref()).collect()
}
