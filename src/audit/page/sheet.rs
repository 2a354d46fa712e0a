//! The sheet that is signed before a planned rebuild.

use super::facts::PageInput;
use super::layout::{self, Place, name};
use super::overview::{count, sentence};
use super::query::{Query, Sort};
use super::select::select;
use super::status;
use super::words::{mark, past_text, standing_word, when};
use crate::audit::document::Rated;
use crate::audit::{Outcome, Standing};
use maud::{Markup, html};

/// The sheet: all volumes, whatever was filtered.
pub(super) fn sheet(input: &PageInput<'_>, query: &Query) -> Markup {
    let all = Query { sort: Sort::Risk, ..query.only(|_| ()) };
    let place = Place::Root;
    html! {
        nav.back aria-label="Back" { a href=(place.overview(&all)) { "‹ all volumes" } }
        (status::banner(input))
        section.sheet aria-labelledby="answer" { (body(input, &all)) }
    }
}

/// What is signed.
pub(super) fn body(input: &PageInput<'_>, query: &Query) -> Markup {
    let volumes = select(input.document, query);
    let protected = |back: bool| -> Vec<&Rated> {
        let fits = |rated: &&&Rated| {
            rated.standing == Standing::Protected
                && (rated.outcome(query.scenario) == Outcome::Restore) == back
        };
        volumes.iter().filter(fits).copied().collect()
    };
    let of = |wanted: &[Standing]| -> Vec<&Rated> {
        volumes.iter().filter(|rated| wanted.contains(&rated.standing)).copied().collect()
    };
    let (would, all) = count(input.document, query.scenario);
    html! {
        h1 #answer {
            @match status::doubt(input) {
                Some(doubt) => (doubt),
                None => { (sentence(input.document, query.scenario)) " " (when(query.scenario)) }
            }
        }
        dl.times {
            div { dt { "Git" } dd { (layout::git(input)) } }
            div { dt { "asked" } dd { (input.now) } }
            div {
                dt { "cluster seen" }
                dd { @match input.seen_at() { Some(at) => (at), None => "not seen" } }
            }
            div { dt { "would not come back as expected" } dd { (all - would.min(all)) } }
        }
        (table(input, query, "Would not come back with their last backup", &protected(false)))
        (table(input, query, "Not protected: nobody has decided, or Git does not know them",
            &of(&[Standing::Undecided, Standing::Unintended])))
        (table(input, query, "Exempt, or not to be restored: lost on purpose",
            &of(&[Standing::Exempt, Standing::Disabled, Standing::BackupOnly])))
        (table(input, query, "Backed up by CloudNativePG: not looked at here",
            &of(&[Standing::Native])))
        (table(input, query, "Would come back with their last backup", &protected(true)))
        (signatures())
    }
}

fn table(input: &PageInput<'_>, query: &Query, title: &str, volumes: &[&Rated]) -> Markup {
    html! {
        h2 { (title) " (" (volumes.len()) ")" }
        @if !volumes.is_empty() {
            div.scroll role="region" aria-label=(title) tabindex="0" { table {
                thead { tr {
                    th scope="col" { "Volume" } th scope="col" { "Outcome" }
                    th scope="col" { "Why" } th scope="col" { "Last backup" }
                } }
                tbody {
                    @for rated in volumes {
                        @let entry = rated.entry();
                        tr {
                            th scope="row" { (name(&entry)) }
                            td { (mark(rated.outcome(query.scenario))) }
                            td {
                                code { (rated.verdict.id()) }
                                @let expected = rated.standing;
                                @if !matches!(expected, Standing::Protected | Standing::Exempt | Standing::Native) {
                                    " " (standing_word(expected))
                                }
                                @for note in &entry.notes { " " (super::words::foreign(note)) }
                            }
                            td { (past_text(entry.backup.last_success.as_deref(), input.now)) }
                        }
                    }
                }
            } }
        }
    }
}

/// Where it is signed.
pub(super) fn signatures() -> Markup {
    html! {
        dl.signed {
            @for word in ["accepted by", "date and time", "signature"] {
                div { dt { (word) } dd { "\u{a0}" } }
            }
        }
    }
}
