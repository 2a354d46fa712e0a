//! What every page has: the head, where the answer comes from and how old it is, the foot.

use super::asset;
use super::facts::{Condition, PageInput};
use super::query::{Query, segment};
use super::words::{foreign, past, plural};
use crate::audit::document::Entry;
use maud::{DOCTYPE, Markup, html};

/// Where a page stands, as its links to others are relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At `/`.
    Root,
    /// At `/volumes/{namespace}/{pvc}`.
    Volume,
    /// In a file of its own, with everything in it.
    File,
}

impl Place {
    /// The way to the root.
    fn root(self) -> &'static str {
        match self {
            Self::Root | Self::File => "./",
            Self::Volume => "../../",
        }
    }

    /// Returns the address of something below the root.
    pub(super) fn below(self, path: &str) -> String {
        format!("{}{path}", self.root())
    }

    /// Returns the address of the overview.
    pub(super) fn overview(self, query: &Query) -> String {
        match (self, query.write()) {
            (Self::File, _) => "#main".to_owned(),
            (_, asked) if asked.is_empty() => self.root().to_owned(),
            (_, asked) => self.below(&format!("?{asked}")),
        }
    }

    /// Returns the address of a volume; it keeps what was asked for, for the way back.
    pub(super) fn volume(self, namespace: &str, pvc: &str, query: &Query) -> String {
        let path = format!("{}/{}", segment(namespace), segment(pvc));
        if self == Self::File {
            return format!("#v/{path}");
        }
        let asked = query.write();
        let asked = if asked.is_empty() { asked } else { format!("?{asked}") };
        self.below(&format!("volumes/{path}{asked}"))
    }

    /// A link to a volume.
    pub(super) fn link(self, entry: &Entry, query: &Query) -> Markup {
        html! {
            a href=(self.volume(&entry.namespace, &entry.pvc, query)) { (name(entry)) }
        }
    }
}

/// The name of a volume.
pub(super) fn name(entry: &Entry) -> Markup {
    html! {
        span.ns { (foreign(&entry.namespace)) "/" } span.pvc { (foreign(&entry.pvc)) }
    }
}

/// Puts a page together.
pub(super) fn page(
    input: &PageInput<'_>,
    query: &Query,
    place: Place,
    title: &str,
    body: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) " – plumber audit" }
                link rel="stylesheet" href=(place.below(&asset::address("style.css")));
                link rel="icon" href=(place.below(&asset::address("icon.svg")));
                script src=(place.below(&asset::address("script.js"))) defer {}
            }
            body data-events=(place.below("api/v1/events")) {
                a.skip href="#main" { "Skip to the answer" }
                header #head { (facts(input, query, place)) }
                p #live role="status" aria-live="polite" {}
                main #main tabindex="-1" { (body) }
                (foot(place))
            }
        }
    }
}

/// Where the answer comes from, and how old it is.
pub(super) fn facts(input: &PageInput<'_>, query: &Query, place: Place) -> Markup {
    let home = query.only(|_| ());
    html! {
        @if place == Place::File {
            strong.brand { "plumber audit" }
        } @else {
            a.brand href=(place.overview(&home)) { "plumber audit" }
        }
        dl.facts {
            div { dt { "Git" } dd { (git(input)) } }
            div {
                dt { "cluster" }
                dd {
                    @match input.seen_at() {
                        Some(at) => { "seen " (past(at, input.now)) }
                        None => { "not seen" }
                    }
                    " " (health(input))
                }
            }
            div { dt { "asked" } dd { time datetime=(input.now) data-asked { (seconds(input)) } } }
        }
    }
}

fn seconds(input: &PageInput<'_>) -> String {
    input.now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn health(input: &PageInput<'_>) -> Markup {
    let (class, sign, word) = match (input.condition(), input.daemon.is_some()) {
        (Condition::Starting, _) => ("warn", "◌", "starting"),
        (Condition::Disconnected, _) => ("alarm", "✖", "disconnected"),
        (Condition::StaleCheckout, _) => ("warn", "◷", "Git not up to date"),
        (Condition::Blind, _) => ("alarm", "✖", "not seen"),
        (Condition::Stale, _) => ("alarm", "◷", "too old"),
        (Condition::Fresh | Condition::Empty, true) => ("good", "●", "live"),
        (Condition::Fresh | Condition::Empty, false) => ("calm", "●", "asked once"),
    };
    html! {
        span #health class={ "health " (class) } {
            span aria-hidden="true" { (sign) } " " (word)
        }
    }
}

/// What Git was rendered from.
pub(super) fn git(input: &PageInput<'_>) -> Markup {
    struct From<'a>(Option<&'a str>, &'a str, Option<&'a str>, bool);
    let sources: Vec<From<'_>> = match &input.daemon {
        Some(daemon) if !daemon.sources.is_empty() => {
            let all = daemon.sources.iter();
            all.map(|s| From(s.app.or(s.repo), s.path, s.revision, s.error.is_some())).collect()
        }
        _ => {
            let all = input.document.intent_sources.iter();
            let from = all.map(|s| {
                let named = s.app.as_deref().or(s.repo.as_deref());
                From(named, &s.path, s.revision.as_deref(), s.status == "failed")
            });
            from.collect()
        }
    };
    let failed = sources.iter().filter(|From(.., failed)| *failed).count();
    let mut revisions: Vec<&str> = sources.iter().filter_map(|From(_, _, at, _)| *at).collect();
    revisions.sort_unstable();
    revisions.dedup();
    html! {
        @match sources.as_slice() {
            [] => { "nothing rendered" }
            [From(named, path, ..)] => { (foreign(named.unwrap_or(path))) }
            many => { (many.len()) " sources" }
        }
        @match revisions.as_slice() {
            [] => { ", commit not known" }
            [one] => { " at " code { (foreign(short(one))) } }
            many => { " at " (many.len()) " commits" }
        }
        @if failed > 0 {
            " " span.health.alarm {
                span aria-hidden="true" { "✖" } " "
                (failed) " " (plural(failed, "does not render", "do not render"))
            }
        }
    }
}

/// Shortens a commit as Git does; leaves anything else as it is.
fn short(revision: &str) -> &str {
    let is_hash = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { &revision[..10] } else { revision }
}

/// The foot of every page.
pub(super) fn foot(place: Place) -> Markup {
    html! {
        footer {
            p {
                "plumber " (env!("CARGO_PKG_VERSION"))
                ". Reads and never writes to the cluster. \"Would come back\" is said only on \
                positive evidence; whether the application starts from it is seen only by starting it."
                @if place != Place::File { " " a href=(place.below("runbook")) { "Runbook" } }
            }
        }
    }
}
