//! Documents to show: every case of the audit at once, and what a daemon would know beside it.

use crate::cases::{self, Case};
use jiff::SignedDuration;
use plumber::audit::code::Code;
use plumber::audit::document::{Document, Entry, Happened, Moment, Rated, document};
use plumber::audit::page::{Change, Daemon, Health, PageInput, Query, Source, Watch, page};
use plumber::audit::{self, Kind, Packer};
use plumber::manifest::{Framing, Source as Text};
use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;
use std::sync::Arc;

/// When every page is asked for.
pub(crate) const NOW: &str = "2026-11-02T04:00:00Z";

pub(crate) fn now() -> jiff::Timestamp {
    NOW.parse().unwrap()
}

/// Answers for one case.
pub(crate) fn answer(case: &Case) -> Document {
    let text = Text { name: "observed".into(), text: case.seen.text(), framing: Framing::Stream };
    let collected = audit::collect(vec![text], now());
    let observed = &collected.observed;
    let answer =
        audit::report(&case.intent, observed, &[], now(), |report| document(report, &case.config));
    remembered(answer)
}

/// Answers for one case, by its name.
pub(crate) fn named(name: &str) -> Document {
    answer(&cases::named(name))
}

/// Puts all cases into one document: the namespace is the case.
pub(crate) fn world() -> Document {
    let mut all = named("several-volumes");
    for case in cases::cases().iter().filter(|case| case.name != "several-volumes") {
        let mut one = answer(case);
        for entry in &mut one.entries {
            change(entry, |entry| {
                entry.namespace = match entry.namespace.as_str() {
                    "media" => case.name.clone(),
                    other => format!("{}.{other}", case.name),
                };
            });
        }
        let (sum, part) = (&mut all.readiness, &one.readiness);
        sum.protected += part.protected;
        sum.would_restore.rebuild += part.would_restore.rebuild;
        sum.would_restore.pvc_recreate += part.would_restore.pvc_recreate;
        add(&mut sum.by_outcome.rebuild, &part.by_outcome.rebuild);
        add(&mut sum.by_outcome.pvc_recreate, &part.by_outcome.pvc_recreate);
        let (sum, part) = (&mut sum.not_protected, &part.not_protected);
        sum.exempt += part.exempt;
        sum.native += part.native;
        sum.not_wanted += part.not_wanted;
        sum.undecided += part.undecided;
        sum.not_in_git += part.not_in_git;
        all.entries.append(&mut one.entries);
    }
    all.entries.sort_by(|a, b| a.name().cmp(&b.name()));
    all
}

fn add(sum: &mut BTreeMap<&'static str, usize>, part: &BTreeMap<&'static str, usize>) {
    for (word, count) in part {
        *sum.entry(word).or_default() += count;
    }
}

/// The same day for each volume, as a daemon has seen it.
fn remembered(mut document: Document) -> Document {
    let moment = |back, what| Moment { at: now() - SignedDuration::from_hours(back), what };
    let day = [
        moment(20, Happened::BackedUp),
        moment(14, Happened::BackupFailed),
        moment(12, Happened::Verdict(Code::BackupFailing)),
        moment(8, Happened::BackedUp),
        moment(3, Happened::ImageMade),
        moment(2, Happened::BackedUp),
        moment(1, Happened::Verdict(Code::Restorable)),
    ];
    for volume in &mut document.entries {
        Arc::make_mut(volume).past = day.into();
    }
    document
}

/// Changes an entry.
pub(crate) fn change(rated: &mut Arc<Rated>, how: impl FnOnce(&mut Entry)) {
    let mut entry = rated.entry();
    how(&mut entry);
    let mut changed = Rated::new(&entry, &Packer::default());
    changed.past.clone_from(&rated.past);
    *rated = Arc::new(changed);
}

/// What is asked once.
pub(crate) fn once(document: &Document) -> PageInput<'_> {
    PageInput { document, now: now(), daemon: None }
}

/// What a daemon knows that has been well for a day.
pub(crate) fn served(document: &Document) -> PageInput<'_> {
    let seen = now() - jiff::SignedDuration::from_secs(4);
    let watch = |kind: &Kind| Watch {
        kind: *kind,
        health: if *kind == Kind::ExternalSecret { Health::Absent } else { Health::Live },
        seen_at: Some(seen),
        objects: 24,
        error: None,
    };
    let hours = |hours| now() - jiff::SignedDuration::from_hours(hours);
    let source = Source {
        app: Some("media"),
        repo: Some("https://git.example.com/home/cluster.git"),
        path: "apps/media",
        revision: Some("6d85c63f0a6d85c63f0a6d85c63f0a6d85c63f0a"),
        attempted_at: Some(seen),
        rendered_at: Some(seen),
        error: None,
    };
    let change = Change {
        at: hours(1),
        namespace: "media",
        pvc: "films",
        before: Some("restorable"),
        after: Some("backup-empty-source"),
    };
    let daemon = Daemon {
        ready: true,
        revision: 7,
        started_at: hours(24),
        evaluated_at: seen,
        watches: Kind::ALL.iter().map(watch).collect(),
        sources: vec![source],
        changes: vec![change],
    };
    PageInput { document, now: now(), daemon: Some(daemon) }
}

/// Reads a page as a browser does.
pub(crate) fn parsed(input: &PageInput<'_>, asked: &str) -> Html {
    Html::parse_document(&page(input, &Query::parse(asked)))
}

/// Returns every element that a selector names.
pub(crate) fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

/// Returns the text of the first element that a selector names, with single spaces.
pub(crate) fn text(html: &Html, selector: &str) -> String {
    let found = all(html, selector);
    let found = found.first().unwrap_or_else(|| panic!("no {selector}"));
    words(*found)
}

/// Returns the text of an element, with single spaces.
pub(crate) fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
