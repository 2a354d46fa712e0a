//! One volume: chain, why, what to do, when, and what that is taken from.

use super::chain::{Holds, chain};
use super::facts::PageInput;
use super::layout::{Place, name};
use super::moments;
use super::query::Query;
use super::runbook;
use super::words::{
    foreign, is_calm, mark, outcome, past_text, standing, standing_word, when, would,
};
use super::{select::severity, status};
use crate::audit::document::{Entry, EvidenceV1, FindingV1, HalfV1, Moment, Rated};
use crate::audit::{Outcome, Scenario, Standing};
use maud::{Markup, html};
use serde_json::Value;

/// The page of one volume.
pub(super) fn page(input: &PageInput<'_>, rated: &Rated, query: &Query, place: Place) -> Markup {
    let entry = &rated.entry();
    let api = format!(
        "api/v1/audit/{}/{}",
        super::query::segment(&entry.namespace),
        super::query::segment(&entry.pvc)
    );
    html! {
        (status::banner(input))
        nav.back aria-label="Back" { a href=(place.overview(query)) { "‹ all volumes" } }
        h1 { (name(entry)) }
        (body(input, entry, &rated.past, place, 2))
        p.raw { a href=(place.below(&api)) { "this volume as JSON" } }
    }
}

/// What there is to say of a volume and of what was seen of it, below a heading of its own;
/// headings from a level on.
pub(super) fn body(
    input: &PageInput<'_>,
    entry: &Entry,
    past: &[Moment],
    place: Place,
    level: u8,
) -> Markup {
    html! {
        (outcomes(entry))
        (heading(level, "Chain"))
        (links(input, entry))
        (heading(level, "Why, and what to do"))
        (findings(entry, place))
        (heading(level, "Times"))
        (times(input, entry))
        (moments::drawing(input, entry, past))
        (heading(level, "Taken from"))
        (raw(entry))
    }
}

fn heading(level: u8, text: &str) -> Markup {
    html! { @if level == 2 { h2 { (text) } } @else { h3 { (text) } } }
}

fn outcomes(entry: &Entry) -> Markup {
    let expected = standing(entry);
    let readiness = &entry.restore_readiness;
    let worst = Scenario::ALL.iter().map(|scenario| outcome(entry, *scenario)).max();
    let class = worst.filter(|_| !is_calm(expected)).map_or("calm", Outcome::id);
    html! {
        dl class={ "outcomes " (class) } {
            @for scenario in Scenario::ALL {
                @let outcome = outcome(entry, *scenario);
                div.outcome {
                    dt { (when(*scenario)) }
                    dd { (mark(outcome)) " " span { (would(outcome)) } }
                }
            }
            div {
                dt { "verdict" }
                dd {
                    code { (readiness.verdict) } " " span { (severity(entry).id()) }
                }
            }
            div {
                dt { "expected" }
                dd {
                    (standing_word(expected))
                    @if expected == Standing::Exempt {
                        @for note in &entry.notes { " – " (foreign(note)) }
                    }
                }
            }
            @if let Some(app) = &entry.intent.app {
                div { dt { "application" } dd { (foreign(app)) } }
            }
        }
    }
}

fn links(input: &PageInput<'_>, entry: &Entry) -> Markup {
    html! {
        ol.chain {
            @for seen in chain(entry) {
                @let (class, sign, word) = seen.holds.shown();
                li class=(class) {
                    span.link { (seen.link.word()) }
                    span.sign { span aria-hidden="true" { (sign) } " " (word) }
                    @if seen.is_time {
                        span.what { (past_text(seen.what, input.now)) }
                    } @else if let Some(what) = seen.what {
                        span.what { (foreign(what)) }
                    } @else if seen.holds != Holds::NotWanted {
                        span.what.none { "–" }
                    }
                }
            }
        }
    }
}

fn findings(entry: &Entry, place: Place) -> Markup {
    let id = |at: usize| match place {
        Place::File => format!("fix/{}/{}/{at}", entry.namespace, entry.pvc),
        Place::Root | Place::Volume => format!("fix-{at}"),
    };
    html! {
        @if entry.restore_readiness.findings.is_empty() {
            p { "Nothing is known to be wrong." }
        }
        ul.findings {
            @for (at, finding) in entry.restore_readiness.findings.iter().enumerate() {
                (one(finding, &id(at), place))
            }
        }
        @if !entry.blockers.is_empty() {
            p { "The labels: " @for blocker in &entry.blockers { (foreign(blocker)) ". " } }
        }
    }
}

fn one(finding: &FindingV1, id: &str, place: Place) -> Markup {
    html! {
        li class={ "finding " (finding.severity) } {
            p.head {
                span.severity { (finding.severity) } " " code { (finding.code) }
                @if finding.scenario != "both" {
                    " " span.standing {
                        @if finding.scenario == Scenario::Rebuild.id() { "if rebuilt" }
                        @else { "if recreated" }
                    }
                }
            }
            p.message { (foreign(&finding.message)) }
            p.fix { "Fix: " (foreign(&finding.fix.text)) }
            @if let Some(command) = &finding.fix.command {
                div.command {
                    pre tabindex="0" { code id=(id) { (foreign(command)) } }
                    button type="button" data-copy=(id) hidden { "copy" }
                }
            }
            p.doc {
                "More: "
                @match place {
                    Place::File => code { (finding.fix.doc) },
                    Place::Root | Place::Volume => {
                        a href=(runbook::address(place, finding.code)) { "runbook, " (finding.code) }
                    }
                }
            }
        }
    }
}

fn times(input: &PageInput<'_>, entry: &Entry) -> Markup {
    let (backup, readiness) = (&entry.backup, &entry.restore_readiness);
    let cadence = backup.cadence_seconds.map(jiff::SignedDuration::from_secs);
    let snapshot = entry.live.snapshot.as_ref().and_then(|snapshot| snapshot.created.as_deref());
    let rows = [
        ("last backup", backup.last_success.as_deref()),
        ("next backup", backup.next.as_deref()),
        ("data from, if rebuilt", readiness.restore_point.as_deref()),
        ("data from, if recreated", readiness.recreate_point.as_deref()),
        ("image taken", snapshot),
        ("last restore drill", readiness.last_drill.as_deref()),
        ("cluster seen", Some(entry.evaluated_at.as_str())),
    ];
    html! {
        dl.times {
            @for (word, at) in rows {
                div {
                    dt { (word) }
                    dd {
                        (past_text(at, input.now))
                        @if let Some(at) = at { " " span.whole { (at) } }
                    }
                }
            }
            @if let Some(cadence) = cadence {
                div { dt { "backed up at least every" } dd { (crate::audit::time::ago(cadence)) } }
            }
        }
    }
}

fn raw(entry: &Entry) -> Markup {
    let live = |half: &Option<crate::audit::document::LiveHalf>| {
        half.as_ref().map(|half| shown(&half.half))
    };
    let git = |half: &Option<HalfV1>| half.as_ref().map(shown);
    let rows = [
        ("ReplicationSource in Git", git(&entry.intent.rs)),
        ("ReplicationSource in the cluster", live(&entry.live.rs)),
        ("ReplicationDestination in Git", git(&entry.intent.rd)),
        ("ReplicationDestination in the cluster", live(&entry.live.rd)),
        ("manifest", entry.intent.path.clone()),
        ("labels and pair fit, by the operator", Some(entry.action.to_owned())),
    ];
    html! {
        dl.times {
            @for (word, what) in rows {
                div {
                    dt { (word) }
                    dd { @match what { Some(what) => (foreign(&what)), None => span.none { "–" } } }
                }
            }
        }
        @if !entry.evidence.is_empty() {
            details.evidence data-key={ "evidence/" (entry.namespace) "/" (entry.pvc) } {
                summary { "Evidence (" (entry.evidence.len()) ")" }
                div.scroll role="region" aria-label="Evidence" tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "Object" } th scope="col" { "Field" }
                            th scope="col" { "Value" } th scope="col" { "Version" }
                        } }
                        tbody { @for one in &entry.evidence { (evidence(one)) } }
                    }
                }
            }
        }
    }
}

/// A source or a destination in a line.
fn shown(half: &HalfV1) -> String {
    let part = |word: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!(", {word} {value}")).unwrap_or_default()
    };
    [
        half.name.clone(),
        part("repository", &half.repository),
        part("identity", &half.identity),
        part("schedule", &half.schedule),
        part("token", &half.manual),
    ]
    .concat()
}

fn evidence(one: &EvidenceV1) -> Markup {
    let value = match &one.value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    };
    html! {
        tr {
            td { code { (foreign(&one.object)) } }
            td { code { (foreign(&one.field)) } }
            td {
                @match value {
                    Some(value) => pre { (foreign(value.trim_end())) },
                    None => span.none { "absent" },
                }
            }
            td { (foreign(one.resource_version.as_deref().unwrap_or("–"))) }
        }
    }
}
