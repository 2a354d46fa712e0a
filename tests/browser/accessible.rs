//! What axe-core finds: nothing serious, on any page, light or dark.

use crate::chromium::Browser;
use crate::daemon::Daemon;
use crate::shown::{Mood, Shown};
use crate::visit::open;
use std::path::Path;

/// Returns the text of axe-core; says that the test is skipped where it is not.
fn axe() -> Option<String> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/axe.min.js");
    let path = std::env::var_os("AXE").map_or(fetched, Into::into);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: browser axe-core: no {} (.ci/browser fetches it)", path.display());
    }
    text
}

/// Returns what is found in the page that is shown.
fn scan(browser: &mut Browser, axe: &str) -> String {
    browser.eval(axe);
    browser.text(
        "axe.run(document).then(result => result.passes.length < 10 ? 'it did not look' : \
         result.violations\
         .filter(one => ['serious', 'critical', 'moderate'].includes(one.impact))\
         .map(one => `${one.impact} ${one.id}: ${one.nodes[0].html} ${one.nodes[0].failureSummary}`)\
         .join('\\n'))",
    )
}

#[test]
fn nothing_serious_is_found() {
    let Some(axe) = axe() else { return };
    let Some(mut browser) = Browser::start("axe-core") else { return };
    let pages = [
        (Mood::World, ""),
        (Mood::World, "?view=sheet"),
        (Mood::World, "runbook"),
        (Mood::World, "volumes/snapshot-that-is-gone/library"),
        (Mood::World, "volumes/no/such"),
        (Mood::Few, "?outcome=gone"),
        (Mood::Starting, ""),
        (Mood::Disconnected, ""),
        (Mood::Unrendered, ""),
        (Mood::Empty, ""),
    ];
    let server = Shown::start(Mood::World);
    let mut found = Vec::new();
    for (mood, page) in pages {
        server.become_now(mood);
        for scheme in ["light", "dark"] {
            browser.medium("screen", scheme);
            browser.open(&format!("{}{page}", server.address));
            browser.eval("document.querySelectorAll('details').forEach(one => one.open = true)");
            let told = scan(&mut browser, &axe);
            if !told.is_empty() {
                found.push(format!("{mood:?} {page} {scheme}: {told}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn nothing_serious_is_found_while_the_daemon_is_gone() {
    let Some(axe) = axe() else { return };
    let Some(mut browser) = Browser::start("axe-core, daemon gone") else { return };
    let mut daemon = Daemon::of_three();
    open(&mut browser, &daemon);
    assert_eq!(scan(&mut browser, &axe), "");
    daemon.kill();
    browser.wait("'lost' in document.body.dataset");
    for scheme in ["light", "dark"] {
        browser.medium("screen", scheme);
        assert_eq!(scan(&mut browser, &axe), "", "{scheme}");
    }
}
