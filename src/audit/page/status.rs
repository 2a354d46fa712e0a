//! What can be said at all, and the pages where that is little.

use super::facts::{Condition, Daemon, Health, PageInput};
use super::layout::Place;
use super::overview::at;
use super::query::Query;
use super::words::{foreign, past, plural};
use crate::audit::document::Document;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// How many changes are listed.
const CHANGES: usize = 20;

/// Says why the number cannot be given as one of now; none where it can.
pub(super) fn doubt(input: &PageInput<'_>) -> Option<&'static str> {
    match input.condition() {
        Condition::Starting => Some("Not ready yet"),
        Condition::Disconnected => Some("Not known: the API server does not answer"),
        Condition::StaleCheckout if nothing_renders(input) => {
            Some("Not known: Git is not read or does not render")
        }
        Condition::Blind => Some("Not known: nothing of the cluster was seen"),
        Condition::Stale => Some("Not known: the cluster was seen too long ago"),
        Condition::Empty => Some("There is no volume to answer for"),
        Condition::StaleCheckout | Condition::Fresh => None,
    }
}

/// Returns whether no source renders at all.
fn nothing_renders(input: &PageInput<'_>) -> bool {
    let failed = |document: &Document| {
        let sources = &document.intent_sources;
        !sources.is_empty() && sources.iter().all(|source| source.status == "failed")
    };
    match &input.daemon {
        Some(daemon) => {
            !daemon.sources.is_empty()
                && daemon.sources.iter().all(|source| source.is_behind(input.now))
        }
        None => failed(input.document),
    }
}

/// Says loudly what is not of now.
pub(super) fn banner(input: &PageInput<'_>) -> Markup {
    let seen = input.seen_at();
    match input.condition() {
        Condition::Fresh | Condition::Starting | Condition::Blind => html! {},
        Condition::Disconnected => html! {
            div.notice.alarm role="alert" {
                p {
                    strong { "The API server does not answer." } " What is shown is what was seen "
                    @match seen { Some(at) => (past(at, input.now)), None => "before" }
                    ". It gets old, and is called unknown when it is too old; nothing is taken for \
                    gone. Reading goes on by itself when the connection is back."
                }
                @if let Some(daemon) = &input.daemon { (broken(daemon)) }
            }
        },
        Condition::StaleCheckout => html! {
            div.notice.alarm role="alert" { (checkout(input)) }
        },
        Condition::Stale => html! {
            div.notice.alarm role="alert" {
                p {
                    strong { "What was seen of the cluster is too old to answer from." } " It was seen "
                    @match seen { Some(at) => (past(at, input.now)), None => "at a time not known" }
                    "; read the cluster again."
                }
            }
        },
        Condition::Empty => html! {
            div.notice.warn role="note" {
                p {
                    "Neither the manifests of Git nor the cluster have a PersistentVolumeClaim. That is \
                    the truth for a new cluster. If you expected volumes, look at what is rendered and \
                    what may be read, below."
                }
            }
        },
    }
}

fn broken(daemon: &Daemon<'_>) -> Markup {
    // What is wrong with one kind is mostly wrong with all.
    let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for watch in daemon.broken() {
        told.entry(watch.error.unwrap_or("no answer")).or_default().push(watch.kind.id());
    }
    html! {
        ul {
            @for (error, kinds) in told {
                li { (foreign(error)) ": " (kinds.join(", ")) }
            }
        }
    }
}

fn checkout(input: &PageInput<'_>) -> Markup {
    let Some(daemon) = &input.daemon else {
        return html! {
            p {
                strong { "The manifests do not render in their mode." }
                " Nothing can be said of what Git would bring back; plumber render says why."
            }
        };
    };
    let old: Vec<_> = daemon.sources.iter().filter(|source| source.is_behind(input.now)).collect();
    html! {
        p {
            strong {
                (old.len()) " of " (daemon.sources.len()) " "
                (plural(daemon.sources.len(), "source", "sources"))
                " of Git " (plural(old.len(), "is", "are")) " not up to date."
            }
            " Volumes from there are judged by an older commit, or not at all."
        }
        ul {
            @for source in old.iter().take(CHANGES) {
                li {
                    (foreign(source.app.unwrap_or(source.path))) ": rendered last "
                    (at(source.rendered_at, input.now)) ", tried last " (at(source.attempted_at, input.now))
                    @if let Some(error) = source.error { ": " (foreign(error)) }
                }
            }
        }
    }
}

/// The page before the first answer.
pub(super) fn starting(input: &PageInput<'_>) -> Markup {
    html! {
        section.answer.calm aria-labelledby="answer" {
            h1 #answer { "Not ready yet" }
            p.when {
                "Nothing is said of any volume until every kind was read once and Git was rendered."
            }
        }
        (sources(input))
        p { a href="" { "look again" } }
    }
}

/// The page of a volume that is not there.
pub(super) fn missing(namespace: &str, pvc: &str, query: &Query, place: Place) -> Markup {
    let search = query.only(|query| query.search = Some(pvc.to_owned()));
    html! {
        h1 { "No such volume" }
        p {
            "Neither Git nor the cluster has a volume " code { (foreign(namespace)) "/" (foreign(pvc)) }
            ". It may have been removed from both, or be written otherwise."
        }
        ul {
            li { a href=(place.overview(&search)) { "volumes with such a name" } }
            li { a href=(place.overview(query)) { "all volumes" } }
        }
    }
}

/// The verdicts that changed lately.
pub(super) fn changes(input: &PageInput<'_>, query: &Query, place: Place) -> Markup {
    let Some(daemon) = &input.daemon else { return html! {} };
    html! {
        details #changes data-key="changes" {
            summary { "What changed since the start " (past(daemon.started_at, input.now)) " (" (daemon.changes.len()) ")" }
            ul {
                @for change in daemon.changes.iter().rev().take(CHANGES) {
                    li {
                        (past(change.at, input.now)) ": "
                        a href=(place.volume(change.namespace, change.pvc, query)) {
                            (foreign(change.namespace)) "/" (foreign(change.pvc))
                        }
                        " " code { (change.before.unwrap_or("new")) } " → "
                        code { (change.after.unwrap_or("gone")) }
                    }
                }
            }
            @if daemon.changes.len() > CHANGES {
                p { "and " (daemon.changes.len() - CHANGES) " before these" }
            }
        }
    }
}

fn health(health: Health) -> (&'static str, &'static str, &'static str) {
    match health {
        Health::Starting => ("warn", "◌", "being read"),
        Health::Live => ("good", "●", "live"),
        Health::Broken => ("alarm", "✖", "disconnected"),
        Health::Forbidden => ("warn", "✖", "may not be read"),
        Health::Absent => ("calm", "–", "not installed"),
    }
}

/// Where the answer comes from.
pub(super) fn sources(input: &PageInput<'_>) -> Markup {
    let open = matches!(input.condition(), Condition::Starting | Condition::Empty);
    html! {
        details #sources open[open] data-key="sources" {
            summary { "Where this comes from" }
            @match &input.daemon {
                Some(daemon) => { (watches(daemon, input)) (rendered(daemon, input)) }
                None => (once(input)),
            }
        }
    }
}

fn watches(daemon: &Daemon<'_>, input: &PageInput<'_>) -> Markup {
    html! {
        div.scroll role="region" aria-label="What is watched" tabindex="0" {
            table {
                caption { "What is watched in the cluster" }
                thead { tr {
                    th scope="col" { "Kind" } th scope="col" { "State" } th scope="col" { "Objects" }
                    th scope="col" { "Heard of" } th scope="col" { "Last trouble" }
                } }
                tbody {
                    @for watch in &daemon.watches {
                        @let (class, sign, word) = health(watch.health);
                        tr {
                            th scope="row" { (watch.kind.id()) }
                            td { span class={ "health " (class) } {
                                span aria-hidden="true" { (sign) } " " (word)
                            } }
                            td { (watch.objects) }
                            td { (at(watch.seen_at, input.now)) }
                            td { (foreign(watch.error.unwrap_or("–"))) }
                        }
                    }
                }
            }
        }
    }
}

fn rendered(daemon: &Daemon<'_>, input: &PageInput<'_>) -> Markup {
    html! {
        div.scroll role="region" aria-label="What is rendered" tabindex="0" {
            table {
                caption { "What is rendered from Git" }
                thead { tr {
                    th scope="col" { "Application" } th scope="col" { "Folder" }
                    th scope="col" { "Commit" } th scope="col" { "Rendered" }
                    th scope="col" { "Last trouble" }
                } }
                tbody {
                    @for source in daemon.sources.iter().take(super::PAGE_SIZE) {
                        tr {
                            th scope="row" { (foreign(source.app.unwrap_or("–"))) }
                            td { (foreign(source.path)) }
                            td { code { (foreign(source.revision.unwrap_or("–"))) } }
                            td { (at(source.rendered_at, input.now)) }
                            td { (foreign(source.error.unwrap_or("–"))) }
                        }
                    }
                }
            }
        }
        @if daemon.sources.len() > super::PAGE_SIZE {
            p { "and " (daemon.sources.len() - super::PAGE_SIZE) " more" }
        }
    }
}

fn once(input: &PageInput<'_>) -> Markup {
    html! {
        ul {
            @for source in &input.document.intent_sources {
                li {
                    "Git: " (foreign(&source.path)) " at "
                    code { (foreign(source.revision.as_deref().unwrap_or("a commit not known"))) }
                    ", " (source.status) ", SHA-256 of what was rendered " code.digest { (source.digest) }
                }
            }
        }
    }
}
