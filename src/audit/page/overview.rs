//! The overview: the number first, what would not come back, then the volumes, the worst first.

use super::facts::{Condition, PageInput};
use super::layout::Place;
use super::query::{Query, Sort, View};
use super::select::{apps, namespaces, shown};
use super::status;
use super::table;
use super::words::{RISK, foreign, mark, ordered, past, plural, standing_word, when, would};
use crate::audit::code::Severity;
use crate::audit::document::{Document, FindingV1};
use crate::audit::{Outcome, Scenario, Standing};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// From so many on, names are typed and not picked: a page has to stay small.
const MOST_OPTIONS: usize = 200;

/// The overview.
pub(super) fn overview(input: &PageInput<'_>, query: &Query, place: Place) -> Markup {
    let shown = shown(input.document, query);
    html! {
        (status::banner(input))
        (number(input, query, place))
        (findings(input.document))
        @if !input.document.entries.is_empty() {
            section aria-labelledby="volumes" {
                div.bar { h2 #volumes { "Volumes" } (take_away(query, place)) }
                (filters(input.document, query))
                @for problem in &query.problems {
                    p.notice.warn role="note" { (foreign(problem)) }
                }
                (table::list(input, &shown, query, place))
                (table::pages(&shown, query, place))
            }
        }
        (status::changes(input, query, place))
        (status::sources(input))
    }
}

/// The title: what a person with twenty tabs has to see.
pub(super) fn title(input: &PageInput<'_>, query: &Query) -> String {
    if let Some(doubt) = status::doubt(input) {
        return doubt.to_owned();
    }
    let sheet = if query.view == View::Sheet { "sheet: " } else { "" };
    let (would, all) = count(input.document, query.scenario);
    format!("{sheet}{would} of {all} would come back")
}

/// How many of how many would come back.
pub(super) fn count(document: &Document, scenario: Scenario) -> (usize, usize) {
    let readiness = &document.readiness;
    let would = match scenario {
        Scenario::Rebuild => readiness.would_restore.rebuild,
        Scenario::Recreate => readiness.would_restore.pvc_recreate,
    };
    (would, readiness.protected)
}

/// The number as a sentence.
pub(super) fn sentence(document: &Document, scenario: Scenario) -> String {
    let (would, all) = count(document, scenario);
    format!("{would} of {all} {} would come back", plural(all, "volume", "volumes"))
}

pub(super) fn number(input: &PageInput<'_>, query: &Query, place: Place) -> Markup {
    let document = input.document;
    let (would, all) = count(document, query.scenario);
    let well = would == all && all > 0;
    // A cluster without volumes may well be as it should.
    let calm = input.condition() == Condition::Empty;
    html! {
        section.answer.well[well].calm[calm] aria-labelledby="answer" {
            @match status::doubt(input) {
                None => {
                    h1 #answer { (sentence(document, query.scenario)) }
                    p.when { (when(query.scenario)) }
                }
                Some(doubt) => {
                    h1 #answer.doubt[!calm] { (doubt) }
                    @if !document.entries.is_empty() {
                        p.when {
                            "last known: " (sentence(document, query.scenario)) " "
                            (when(query.scenario))
                        }
                    }
                }
            }
            (scenarios(document, query, place))
            (counts(document, query, place))
        }
    }
}

/// The choice of the scenario; in a file both are told.
fn scenarios(document: &Document, query: &Query, place: Place) -> Markup {
    html! {
        nav.scenarios aria-label="What happens" {
            ul {
                @for scenario in Scenario::ALL {
                    @let (would, all) = count(document, *scenario);
                    @let current = *scenario == query.scenario;
                    @let word = match scenario {
                        Scenario::Rebuild => "cluster rebuilt",
                        Scenario::Recreate => "volume recreated",
                    };
                    li {
                        @if place == Place::File {
                            span { (word) ": " (would) " of " (all) }
                        } @else {
                            a href=(place.overview(&query.with(|q| q.scenario = *scenario)))
                                aria-current=[current.then_some("true")] {
                                (word) ": " (would) " of " (all)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What would not, by outcome, and who is not meant to: always both.
pub(super) fn counts(document: &Document, query: &Query, place: Place) -> Markup {
    let by = match query.scenario {
        Scenario::Rebuild => &document.readiness.by_outcome.rebuild,
        Scenario::Recreate => &document.readiness.by_outcome.pvc_recreate,
    };
    let beside = &document.readiness.not_protected;
    let groups = [
        (Some(Standing::Exempt), beside.exempt, "exempt"),
        (Some(Standing::Native), beside.native, "backed up by CloudNativePG"),
        (None, beside.not_wanted, "not to be restored"),
        (Some(Standing::Undecided), beside.undecided, "NOT PROTECTED"),
        (Some(Standing::Unintended), beside.not_in_git, "NOT IN GIT"),
    ];
    let link = |href: Option<String>, inner: Markup| match href {
        Some(href) if place != Place::File => html! { a href=(href) { (inner) } },
        _ => inner,
    };
    html! {
        ul.counts aria-label="Would not come back" {
            @for outcome in RISK.into_iter().filter(|outcome| *outcome != Outcome::Restore) {
                @let count = by.get(outcome.id()).copied().unwrap_or_default();
                @let only = query.only(|q| q.outcome = Some(outcome));
                @let href = (count > 0).then(|| place.overview(&only));
                li.none[count == 0] title=(would(outcome)) {
                    (link(href, html! { strong { (count) } " " (mark(outcome)) }))
                }
            }
        }
        ul.counts.beside aria-label="Beside them" {
            @for (standing, count, word) in groups {
                @let href = standing.filter(|_| count > 0);
                @let href = href.map(|one| place.overview(&query.only(|q| q.standing = Some(one))));
                @let loud = matches!(standing, Some(Standing::Undecided | Standing::Unintended));
                li.none[count == 0].loud[loud && count > 0] {
                    (link(href, html! { strong { (count) } " " (word) }))
                }
            }
        }
    }
}

/// What is to say of no volume in particular.
pub(super) fn findings(document: &Document) -> Markup {
    let (loud, quiet): (Vec<&FindingV1>, Vec<&FindingV1>) =
        document.findings.iter().partition(|finding| finding.severity != Severity::Info.id());
    let item = |finding: &FindingV1| {
        html! {
            li {
                (foreign(&finding.message)) " "
                span.fix {
                    (foreign(&finding.fix.text))
                    @if let Some(command) = &finding.fix.command {
                        ": " code { (foreign(command)) }
                    }
                }
            }
        }
    };
    html! {
        @if !loud.is_empty() {
            section.notice.warn aria-label="Of the report as a whole" {
                ul { @for finding in loud { (item(finding)) } }
            }
        }
        @if !quiet.is_empty() {
            details.quiet data-key="notes" {
                summary { "What was not looked at (" (quiet.len()) ")" }
                ul { @for finding in quiet { (item(finding)) } }
            }
        }
    }
}

fn take_away(query: &Query, place: Place) -> Markup {
    let asked = |view: View| {
        let asked = Query { page: 1, view, ..query.clone() }.write();
        if asked.is_empty() { asked } else { format!("?{asked}") }
    };
    let plain = asked(View::List);
    html! {
        nav.away aria-label="Take away" {
            ul {
                li { a href=(place.below(&format!("export/volumes.csv{plain}"))) download { "CSV" } }
                li { a href=(place.below(&format!("export/volumes.md{plain}"))) download { "Markdown" } }
                li { a href=(place.below("audit")) { "JSON" } }
                li { a href=(place.below(&asked(View::Sheet))) { "sheet to sign" } }
                li { button type="button" data-copy-address hidden { "copy link" } }
            }
        }
    }
}

fn filters(document: &Document, query: &Query) -> Markup {
    let verdicts: BTreeSet<&str> =
        document.entries.iter().map(|rated| rated.verdict.id()).collect();
    let severities: BTreeSet<&str> = Severity::ALL.iter().map(|severity| severity.id()).collect();
    let standings = || Standing::ALL.iter().map(|one| (one.id(), standing_word(*one)));
    let same = |words: BTreeSet<&'static str>| words.into_iter().map(|word| (word, word));
    html! {
        form.filters role="search" aria-label="Volumes" action="./" method="get" {
            @if query.scenario != Scenario::Rebuild {
                input type="hidden" name="scenario" value=(query.scenario.id());
            }
            label { span { "search" } input type="search" name="q" maxlength="256"
                value=[query.search.as_deref()]; }
            (names("namespace", &namespaces(document), query.namespace.as_deref()))
            (names("app", &apps(document), query.app.as_deref()))
            (select("outcome", "outcome", RISK.into_iter().map(|one| (one.id(), one.id())),
                query.outcome.map(Outcome::id)))
            (select("verdict", "verdict", verdicts.into_iter().map(|word| (word, word)),
                query.verdict.map(crate::audit::code::Code::id)))
            (select("severity", "severity", same(severities), query.severity.map(Severity::id)))
            (select("standing", "expected", standings(), query.standing.map(Standing::id)))
            label { span { "order" } select name="sort" {
                @for sort in Sort::ALL {
                    option value=(sort.id()) selected[*sort == query.sort] { (ordered(*sort)) }
                }
            } }
            button type="submit" { "show" }
            @if query.is_filtered() || query.sort != Sort::Risk {
                a href=(Place::Root.overview(&query.only(|_| ()))) { "show all" }
            }
        }
    }
}

fn select<'a>(
    key: &str,
    label: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
    chosen: Option<&str>,
) -> Markup {
    html! {
        label { span { (label) } select name=(key) {
            option value="" { "any" }
            @for (value, word) in options {
                option value=(value) selected[chosen == Some(value)] { (word) }
            }
        } }
    }
}

/// A choice of names; a field where there are too many, nothing where there is none.
fn names(key: &str, names: &BTreeSet<&str>, chosen: Option<&str>) -> Markup {
    let known = chosen.is_none_or(|chosen| names.contains(chosen));
    html! {
        @if names.len() > MOST_OPTIONS || !known {
            label { span { (key) } input type="text" name=(key) maxlength="256" value=[chosen]; }
        } @else if !names.is_empty() {
            (select(key, key, names.iter().map(|name| (*name, *name)), chosen))
        }
    }
}

/// When a time was, of one that may be none.
pub(super) fn at(time: Option<jiff::Timestamp>, now: jiff::Timestamp) -> Markup {
    html! {
        @match time {
            Some(time) => (past(time, now)),
            None => span.none { "never" },
        }
    }
}
