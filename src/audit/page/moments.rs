//! The small drawing of what was seen of a volume lately.

use super::facts::PageInput;
use super::words::past;
use crate::audit::document::{Entry, Happened, Moment};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

/// The width of the drawing, in its own units.
const WIDTH: i64 = 720;
/// What stands left of it.
const LEFT: i64 = 80;
/// The height of a lane.
const LANE: i64 = 22;

/// The drawing of what was seen, oldest first; nothing for a report that is made once.
pub(super) fn drawing(input: &PageInput<'_>, entry: &Entry, all: &[Moment]) -> Markup {
    let Some(daemon) = &input.daemon else { return html! {} };
    let (span, word) = window(all, input.now);
    let moments: Vec<Moment> = all
        .iter()
        .copied()
        .filter(|moment| moment.at >= input.now - span && moment.at <= input.now)
        .collect();
    html! {
        figure.moments {
            figcaption {
                "The last " (word) ", as far as this process has seen it: it started "
                (past(daemon.started_at, input.now)) ". History belongs to Prometheus: "
                code { "plumber_audit_backup_last_success_timestamp_seconds" } "."
            }
            @if moments.is_empty() {
                p { "Nothing happened that was seen." }
            } @else {
                (picture(&moments, span, input.now, word))
                (twin(&moments, input.now, entry))
            }
        }
    }
}

/// Returns how far back the drawing goes: a day, or a week where older things were seen.
fn window(moments: &[Moment], now: Timestamp) -> (SignedDuration, &'static str) {
    let day = SignedDuration::from_hours(24);
    let older = moments.iter().any(|moment| now.duration_since(moment.at) > day);
    if older { (SignedDuration::from_hours(24 * 7), "week") } else { (day, "day") }
}

fn lane(what: Happened) -> i64 {
    match what {
        Happened::BackedUp | Happened::BackupFailed => 0,
        Happened::ImageMade => 1,
        Happened::Verdict(_) => 2,
    }
}

fn picture(moments: &[Moment], span: SignedDuration, now: Timestamp, word: &str) -> Markup {
    let count = |is: fn(Happened) -> bool| moments.iter().filter(|m| is(m.what)).count();
    let label = format!(
        "the last {word}: {} backups, {} failed, {} images, {} changes of the verdict",
        count(|what| what == Happened::BackedUp),
        count(|what| what == Happened::BackupFailed),
        count(|what| what == Happened::ImageMade),
        count(|what| matches!(what, Happened::Verdict(_))),
    );
    let x = |at: Timestamp| {
        let back = now.duration_since(at).as_secs();
        WIDTH - 10 - back * (WIDTH - LEFT - 20) / span.as_secs().max(1)
    };
    let height = 3 * LANE + 18;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(label) {
            @for (at, name) in ["backup", "image", "verdict"].into_iter().enumerate() {
                @let y = i64::try_from(at).unwrap_or_default() * LANE + LANE / 2;
                text x="0" y=(y + 4) { (name) }
                line x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
            }
            text x=(LEFT) y=(height - 4) { "a " (word) " ago" }
            text.end x=(WIDTH) y=(height - 4) { "now" }
            @for moment in moments {
                @let (x, y) = (x(moment.at), lane(moment.what) * LANE + LANE / 2);
                g { title { (told(moment.what)) " " (moment.at) } (sign(moment.what, x, y)) }
            }
        }
    }
}

/// A sign of its own for each, so that none hangs on colour.
fn sign(what: Happened, x: i64, y: i64) -> Markup {
    html! {
        @match what {
            Happened::BackedUp => { circle.good cx=(x) cy=(y) r="5" {} }
            Happened::BackupFailed => {
                path.bad d={ "M" (x - 5) " " (y - 5) "l10 10m0 -10l-10 10" } {}
            }
            Happened::ImageMade => { circle.open cx=(x) cy=(y) r="5" {} }
            Happened::Verdict(_) => {
                path.turn d={ "M" (x) " " (y - 6) "l6 6l-6 6l-6 -6z" } {}
            }
        }
    }
}

fn told(what: Happened) -> String {
    match what {
        Happened::BackedUp => "backed up".to_owned(),
        Happened::BackupFailed => "backup failed".to_owned(),
        Happened::ImageMade => "restore image made".to_owned(),
        Happened::Verdict(verdict) => format!("verdict became {}", verdict.id()),
    }
}

/// The same in words.
fn twin(moments: &[Moment], now: Timestamp, entry: &Entry) -> Markup {
    html! {
        details data-key={ "moments/" (entry.namespace) "/" (entry.pvc) } {
            summary { "The same in words (" (moments.len()) ")" }
            ul {
                @for moment in moments.iter().rev() {
                    li { (past(moment.at, now)) ": " (told(moment.what)) }
                }
            }
        }
    }
}
