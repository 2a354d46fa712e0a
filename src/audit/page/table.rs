//! The volumes of a page, as a table: one row for each, and the way to the next page.

use super::facts::PageInput;
use super::layout::Place;
use super::query::{Query, Sort};
use super::select::Shown;
use super::words::{foreign, past_text, plural, row_mark, standing, standing_word};
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
            table {
                caption {
                    (shown.total) " " (plural(shown.total, "volume", "volumes"))
                    @if query.is_filtered() { " of " (input.document.entries.len()) }
                    @if query.sort == Sort::Risk { ", the worst first" }
                }
                thead { tr {
                    th scope="col" { (title(query.scenario)) }
                    th scope="col" { (title(other)) }
                    th scope="col" { "Volume" }
                    th scope="col" { "Why" }
                    th scope="col" { "Data from" }
                    th scope="col" { "Last backup" }
                } }
                tbody {
                    @for rated in &shown.volumes {
                        (row(input, &rated.entry(), query, other, place))
                    }
                    @if shown.volumes.is_empty() {
                        tr { td colspan="6" { "No volume fits. " } }
                    }
                }
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
    let readiness = &entry.restore_readiness;
    let point = match query.scenario {
        Scenario::Rebuild => &readiness.restore_point,
        Scenario::Recreate => &readiness.recreate_point,
    };
    html! {
        tr {
            td { (row_mark(entry, query.scenario)) }
            td.second { (row_mark(entry, other)) }
            th scope="row" {
                (place.link(entry, query))
                @if let Some(app) = &entry.intent.app { span.app { "app " (foreign(app)) } }
            }
            td.why { (why(entry)) }
            td { (past_text(point.as_deref(), input.now)) }
            td { (past_text(entry.backup.last_success.as_deref(), input.now)) }
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
