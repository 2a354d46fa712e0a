//! The words and signs of outcomes and standings: never a colour alone.

use super::query::Sort;
use crate::audit::document::Entry;
use crate::audit::time::{ago, parse};
use crate::audit::{Outcome, Scenario, Standing};
use jiff::Timestamp;
use maud::{Markup, html};

/// Outcomes in the order of risk.
pub(super) const RISK: [Outcome; 5] =
    [Outcome::Empty, Outcome::Hang, Outcome::Unknown, Outcome::Stale, Outcome::Restore];

/// Returns what would happen to a volume; unknown, should the word be.
pub(super) fn outcome(entry: &Entry, scenario: Scenario) -> Outcome {
    let word = match scenario {
        Scenario::Rebuild => entry.restore_readiness.rebuild,
        Scenario::Recreate => entry.restore_readiness.pvc_recreate,
    };
    Outcome::ALL.iter().copied().find(|outcome| outcome.id() == word).unwrap_or(Outcome::Unknown)
}

/// Returns from when the data would be.
pub(super) fn point(entry: &Entry, scenario: Scenario) -> Option<&str> {
    let readiness = &entry.restore_readiness;
    let point = match scenario {
        Scenario::Rebuild => &readiness.restore_point,
        Scenario::Recreate => &readiness.recreate_point,
    };
    point.as_deref()
}

/// An order, in words.
pub(super) fn ordered(sort: Sort) -> &'static str {
    match sort {
        Sort::Risk => "the worst first",
        Sort::Name => "by namespace and name",
        Sort::App => "by application",
        Sort::Verdict => "by verdict",
        Sort::Data => "the oldest data first",
        Sort::Backup => "the oldest backup first",
    }
}

/// Returns what is expected of a volume.
pub(super) fn standing(entry: &Entry) -> Standing {
    let word = entry.intent.standing;
    let found = Standing::ALL.iter().copied().find(|standing| standing.id() == word);
    found.unwrap_or(Standing::Undecided)
}

/// The sign of an outcome.
pub(super) fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Restore => "✔",
        Outcome::Stale => "◷",
        Outcome::Unknown => "?",
        Outcome::Hang => "◼",
        Outcome::Empty => "✖",
    }
}

/// The word of an outcome, loud where it has to be.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Restore => "restores",
        Outcome::Stale => "OLD DATA",
        Outcome::Unknown => "UNKNOWN",
        Outcome::Hang => "HANGS",
        Outcome::Empty => "EMPTY",
    }
}

/// What would happen, as a sentence ends.
pub(super) fn would(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Restore => "would come back with its last backup",
        Outcome::Stale => "would come back with older data",
        Outcome::Unknown => "nobody can say: a part of the proof is missing",
        Outcome::Hang => "would wait for ever: safe, and not back",
        Outcome::Empty => "would come back empty, and nobody would be told",
    }
}

/// The short word of a standing.
pub(super) fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Protected => "protected",
        Standing::BackupOnly => "backed up, no restore wanted",
        Standing::Disabled => "backup disabled",
        Standing::Exempt => "exempt",
        Standing::Native => "backed up by CloudNativePG",
        Standing::Undecided => "NOT PROTECTED",
        Standing::Unintended => "NOT IN GIT",
    }
}

/// What happens in a scenario, as a condition.
pub(super) fn when(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::Rebuild => "if the cluster were rebuilt",
        Scenario::Recreate => "if the volume alone were recreated",
    }
}

/// An outcome as a mark: sign and word.
pub(super) fn mark(outcome: Outcome) -> Markup {
    html! {
        span class={ "mark " (outcome.id()) } {
            span aria-hidden="true" { (sign(outcome)) } " " (word(outcome))
        }
    }
}

/// Returns whether nobody minds what would happen.
pub(super) fn is_calm(standing: Standing) -> bool {
    match standing {
        Standing::Protected | Standing::Unintended | Standing::Undecided => false,
        Standing::BackupOnly | Standing::Disabled | Standing::Exempt | Standing::Native => true,
    }
}

/// What shows in the list for a volume: an outcome that nobody minds is no alarm.
pub(super) fn row_mark(entry: &Entry, scenario: Scenario) -> Markup {
    let outcome = outcome(entry, scenario);
    if !is_calm(standing(entry)) {
        return mark(outcome);
    }
    html! { span.mark.calm { span aria-hidden="true" { "–" } " " (outcome.id()) } }
}

/// A name or a text that others wrote: on its own, whichever way its script runs.
pub(super) fn foreign(text: &str) -> Markup {
    html! { bdi { (text) } }
}

/// A time as how long ago it was, with the whole of it beside.
pub(super) fn past(at: Timestamp, now: Timestamp) -> Markup {
    let age = now.duration_since(at);
    html! {
        time datetime=(at) title=(at) data-age {
            @if age.is_negative() { "in " (ago(-age)) } @else { (ago(age)) " ago" }
        }
    }
}

/// A time of the document as how long ago it was; as it stands where it is none.
pub(super) fn past_text(at: Option<&str>, now: Timestamp) -> Markup {
    match at {
        None => html! { span.none { "–" } },
        Some(text) => match parse(text) {
            Some(at) => past(at, now),
            None => foreign(text),
        },
    }
}

/// Returns the noun for so many.
pub(super) fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}
