//! The volumes of a page, as a table: one row for each, and the way to the next page.

use super::facts::PageInput;
use super::layout::Place;
use super::query::{Query, Sort};
use super::select::Shown;
use super::words::{foreign, ordered, past_text, plural, point, row_mark, standing, standing_word};
use crate::audit::code::Severity;
use crate::audit::document::Entry;
use crate::audit::{Scenario, Standing};
use maud::{Markup, html};

/// The table of volumes.
pub(super) fn list(
    input: &PageInput<'_>,
    shown: &Shown<'_>,
    query: &Query,
    place: Place,
) -> Markup {
    let other = match query.scenario {
        Scenario::Rebuild => Scenario::Recreate,
        Scenario::Recreate => Scenario::Rebuild,
    };
    let title = |scenario| match scenario {
        Scenario::Rebuild => "If rebuilt",
        Scenario::Recreate => "If recreated",
    };
    html! {
        div.scroll role="region" aria-label="Table of volumes" tabindex="0" {
            // The roles keep it a table where a narrow window makes it a list.
            table.volumes role="table" {
                caption {
                    (shown.total) " " (plural(shown.total, "volume", "volumes"))
                    @if query.is_filtered() { " of " (input.document.entries.len()) }
                    ", " (ordered(query.sort))
                }
                thead role="rowgroup" { tr role="row" {
                    (column(title(query.scenario), Some(Sort::Risk), query, place))
                    (column(title(other), None, query, place))
                    (column("Volume", Some(Sort::Name), query, place))
                    (column("Why", Some(Sort::Verdict), query, place))
                    (column("Data from", Some(Sort::Data), query, place))
                    (column("Last backup", Some(Sort::Backup), query, place))
                } }
                tbody role="rowgroup" {
                    @for rated in &shown.volumes {
                        (row(input, &rated.entry(), query, other, place))
                    }
                    @if shown.volumes.is_empty() {
                        tr role="row" { td role="cell" colspan="6" { "No volume fits. " } }
                    }
                }
            }
        }
    }
}

/// The head of a column; it leads to the volumes in its order.
fn column(title: &str, sort: Option<Sort>, query: &Query, place: Place) -> Markup {
    let order = match sort {
        Some(Sort::Risk) => "descending",
        _ => "ascending",
    };
    let current = sort == Some(query.sort);
    html! {
        th scope="col" role="columnheader" aria-sort=[current.then_some(order)] {
            @match sort.filter(|_| place != Place::File) {
                Some(sort) => {
                    a href=(place.overview(&query.with(|query| query.sort = sort))) title=(ordered(sort)) {
                        (title)
                        @if current {
                            span aria-hidden="true" { @if sort == Sort::Risk { " ▼" } @else { " ▲" } }
                        }
                    }
                }
                None => (title),
            }
        }
    }
}

fn row(
    input: &PageInput<'_>,
    entry: &Entry,
    query: &Query,
    other: Scenario,
    place: Place,
) -> Markup {
    let backup = entry.backup.last_success.as_deref();
    let otherwise = match other {
        Scenario::Rebuild => "if rebuilt",
        Scenario::Recreate => "if recreated",
    };
    html! {
        tr role="row" {
            td role="cell" { (row_mark(entry, query.scenario)) }
            td.second role="cell" data-label=(otherwise) { (row_mark(entry, other)) }
            th scope="row" role="rowheader" {
                (place.link(entry, query))
                @if let Some(app) = &entry.intent.app { span.app { "app " (foreign(app)) } }
            }
            td.why role="cell" { (why(entry)) }
            td role="cell" data-label="data from" { (past_text(point(entry, query.scenario), input.now)) }
            td role="cell" data-label="last backup" { (past_text(backup, input.now)) }
        }
    }
}

/// The verdict, and what to do about it where something is to be done.
fn why(entry: &Entry) -> Markup {
    let readiness = &entry.restore_readiness;
    let expected = standing(entry);
    let first =
        readiness.findings.first().filter(|finding| finding.severity != Severity::Info.id());
    html! {
        code { (readiness.verdict) }
        @if !matches!(expected, Standing::Protected | Standing::Exempt | Standing::Native) {
            " " span.standing { (standing_word(expected)) }
        }
        @if expected == Standing::Exempt {
            @for note in &entry.notes { " " span.standing { (foreign(note)) } }
        }
        @if let Some(finding) = first {
            @let key = format!("{}/{}", entry.namespace, entry.pvc);
            details data-key=(key) {
                summary { (foreign(&finding.message)) }
                p.fix {
                    "Fix: " (foreign(&finding.fix.text))
                    @if let Some(command) = &finding.fix.command { ": " code { (foreign(command)) } }
                }
                @if readiness.findings.len() > 1 {
                    p { "and " (readiness.findings.len() - 1) " more" }
                }
            }
        } @else if let Some(drill) = &readiness.last_drill {
            " " span.standing { "restored " (past_text(Some(drill), drill_now(entry))) }
        }
    }
}

fn drill_now(entry: &Entry) -> jiff::Timestamp {
    entry.evaluated_at.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// The way to the other pages.
pub(super) fn pages(shown: &Shown<'_>, query: &Query, place: Place) -> Markup {
    let to = |page: usize| place.overview(&Query { page, ..query.clone() });
    html! {
        @if shown.pages > 1 {
            nav.pages aria-label="Pages" {
                @if shown.page > 1 {
                    a rel="prev" href=(to(shown.page - 1)) { "‹ previous" }
                }
                span { "page " (shown.page) " of " (shown.pages) }
                @if shown.page < shown.pages {
                    a rel="next" href=(to(shown.page + 1)) { "next ›" }
                }
            }
        }
    }
}
