//! What a person does: looks, filters, shares the address, opens a volume, waits.

use crate::chromium::Browser;
use crate::server::{Mood, Server};
use serde_json::json;

const H1: &str = "document.querySelector('h1').textContent";
const ROWS: &str = "[...document.querySelectorAll('tbody th a')].map(a => a.textContent).join()";

#[test]
fn the_first_load_is_clean_and_loads_nothing_from_elsewhere() {
    let Some(mut browser) = Browser::start("first load") else { return };
    let server = Server::start(Mood::World);
    browser.open(&server.address);
    assert!(browser.text(H1).contains("volumes would come back"));
    let elsewhere = browser.eval(
        "performance.getEntriesByType('resource').map(one => new URL(one.name).origin)\
         .filter(origin => origin !== location.origin)",
    );
    assert_eq!(elsewhere, json!([]));
    // The style sheet and the script are there, under the policy.
    assert_eq!(browser.eval("document.styleSheets[0].cssRules.length > 50"), true);
    browser.wait("!document.querySelector('[data-copy-address]').hidden");
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn a_filter_is_an_address_that_can_be_shared() {
    let Some(mut browser) = Browser::start("filters") else { return };
    let server = Server::start(Mood::World);
    browser.open(&server.address);
    browser.click("input[name=q]");
    browser.write("mover-that");
    browser.press("Enter");
    browser.wait("location.search.includes('q=mover-that')");
    browser.wait("document.querySelector('input[name=q]').value === 'mover-that'");
    let rows = browser.text(ROWS);
    assert_eq!(rows, "mover-that-was-refused-files/library,mover-that-fails/library");
    let address = browser.text("location.href");
    browser.tab();
    browser.open(&address);
    assert_eq!(browser.text(ROWS), rows, "{address}");
    // The other scenario keeps the filter.
    browser.click(".scenarios a:not([aria-current])");
    browser.wait("location.search.includes('scenario=pvc_recreate')");
    browser.wait("document.querySelectorAll('tbody th a').length === 2");
    // A volume, and the way back to what was asked for.
    browser.click("tbody th a");
    browser.wait("location.pathname.startsWith('/volumes/')");
    browser.wait("document.querySelector('.back a')");
    browser.click(".back a");
    browser.wait("location.pathname === '/' && location.search.includes('q=mover-that')");
}

#[test]
fn a_volume_opens_and_its_fix_is_copied() {
    let Some(mut browser) = Browser::start("a volume") else { return };
    let server = Server::start(Mood::World);
    let grant = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    browser.call("Browser.grantPermissions", &grant);
    browser.open(&format!("{}volumes/snapshot-that-is-gone/library", server.address));
    assert_eq!(browser.text(H1), "snapshot-that-is-gone/library");
    assert_eq!(browser.eval("document.querySelectorAll('.chain li').length"), 7);
    assert_eq!(browser.eval("document.querySelectorAll('svg circle').length > 2"), true);
    assert_eq!(browser.eval("document.querySelector('.evidence').open"), false);
    browser.click(".evidence summary");
    browser.wait("document.querySelector('.evidence').open");
    browser
        .open(&format!("{}volumes/external-secret-of-an-old-generation/library", server.address));
    browser.wait("!document.querySelector('[data-copy]').hidden");
    browser.call("Page.bringToFront", &json!({}));
    browser.click("[data-copy]");
    browser.wait("document.getElementById('live').textContent === 'Copied.'");
    let copied = browser.text("navigator.clipboard.readText()");
    let shown = browser.text("document.querySelector('.command code').textContent");
    assert!(!shown.is_empty());
    assert_eq!(copied, shown);
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn what_changes_is_shown_and_what_is_open_stays_open() {
    let Some(mut browser) = Browser::start("live update") else { return };
    let server = Server::start(Mood::Few);
    browser.open(&server.address);
    assert_eq!(browser.text(H1), "3 of 4 volumes would come back");
    while !server.is_followed() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    browser.eval("document.querySelector('td details').open = true");
    browser.eval("document.querySelector('tbody th a').focus()");
    let focused = browser.text("document.activeElement.textContent");
    server.become_now(Mood::Better);
    browser.wait("document.querySelector('h1').textContent.startsWith('4 of 4')");
    browser.wait("document.getElementById('live').textContent.startsWith('Changed: 4 of 4')");
    assert_eq!(browser.eval("document.querySelector('td details').open"), true);
    assert_eq!(browser.text("document.activeElement.textContent"), focused);
    assert_eq!(browser.text("document.title"), "4 of 4 would come back – plumber audit");
    server.become_now(Mood::Disconnected);
    browser.wait("document.querySelector('h1').textContent.startsWith('Not known')");
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn a_page_that_is_not_live_says_so_until_it_is_again() {
    let Some(mut browser) = Browser::start("not live") else { return };
    let server = Server::start(Mood::Few);
    browser.open(&server.address);
    while !server.is_followed() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    server.hang_up();
    browser.wait("document.getElementById('live').textContent.startsWith('Not live')");
    assert_eq!(browser.text("document.getElementById('health').textContent"), "✖ not live");
    browser.wait("document.getElementById('live').textContent === 'Live again.'");
    assert_eq!(browser.text("document.getElementById('health').textContent"), "● live");
}

#[test]
fn everything_is_there_without_the_script() {
    let Some(mut browser) = Browser::start("no JavaScript") else { return };
    let server = Server::start(Mood::World);
    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.open(&server.address);
    assert!(browser.text(H1).contains("volumes would come back"));
    assert_eq!(browser.eval("document.querySelector('[data-copy-address]').hidden"), true);
    browser.click("td details summary");
    browser.wait("document.querySelector('td details').open");
    browser.click("input[name=q]");
    browser.write("snapshot-that-is-gone");
    browser.press("Enter");
    browser.wait("location.search.includes('q=snapshot-that-is-gone')");
    browser.wait("document.querySelectorAll('tbody th a').length === 1");
    browser.click("tbody th a");
    browser.wait("document.querySelectorAll('.chain li').length === 7");
    assert!(browser.text("document.querySelector('.whole').textContent").ends_with('Z'));
    assert_eq!(browser.complaints, Vec::<String>::new());
}
