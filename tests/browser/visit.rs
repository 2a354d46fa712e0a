//! What a person does: looks, filters, shares the address, opens a volume.

use crate::chromium::Browser;
use crate::daemon::Daemon;
use serde_json::json;

pub(crate) const H1: &str = "document.querySelector('h1').textContent";
pub(crate) const ROWS: &str =
    "[...document.querySelectorAll('tbody th a')].map(a => a.textContent).join()";

/// Opens the page, and waits until it has an answer.
pub(crate) fn open(browser: &mut Browser, daemon: &Daemon) {
    browser.open(&daemon.address);
    browser.wait("document.querySelector('h1').textContent.includes('would come back')");
}

#[test]
fn the_first_load_is_clean_and_loads_nothing_from_elsewhere() {
    let Some(mut browser) = Browser::start("first load") else { return };
    let daemon = Daemon::of_three();
    open(&mut browser, &daemon);
    assert_eq!(browser.text(H1), "3 of 3 volumes would come back");
    let beside = browser.text("document.querySelector('.counts.beside').textContent");
    assert!(beside.contains("1 exempt"), "{beside}");
    let head = browser.text("document.getElementById('head').textContent");
    assert!(head.contains("6d85c63f0a") && head.contains("live"), "{head}");
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
    let daemon = Daemon::of_three();
    daemon.backup("volume-1", true);
    daemon.lose_image("volume-2");
    open(&mut browser, &daemon);
    browser.wait("document.querySelector('h1').textContent.startsWith('2 of 3')");
    browser.click("input[name=q]");
    browser.write("unreach");
    browser.press("Enter");
    browser.wait("location.search.includes('q=unreach')");
    browser.wait("document.querySelector('input[name=q]').value === 'unreach'");
    let rows = browser.text(ROWS);
    assert_eq!(rows, "media/volume-1");
    let address = browser.text("location.href");
    browser.tab();
    browser.open(&address);
    assert_eq!(browser.text(ROWS), rows, "{address}");
    // The other scenario keeps the filter.
    browser.click(".scenarios a:not([aria-current])");
    browser.wait("location.search.includes('scenario=pvc_recreate')");
    browser.wait("document.querySelectorAll('tbody th a').length === 1");
    // A volume, and the way back to what was asked for.
    browser.click("tbody th a");
    browser.wait("location.pathname === '/volumes/media/volume-1'");
    browser.click(".back a");
    browser.wait("location.pathname === '/' && location.search.includes('q=unreach')");
    // A column leads to its order, which is in the address, too.
    browser.open(&format!("{}?q=volume", daemon.address));
    browser.click("thead a[href*='sort=name']");
    browser.wait("location.search === '?q=volume&sort=name'");
    browser
        .wait("document.querySelector('th[aria-sort=ascending]')?.innerText.startsWith('Volume')");
    assert_eq!(browser.text(ROWS), "media/volume-0,media/volume-1,media/volume-2");
    // A count leads to its volumes.
    browser.open(&format!("{}?scenario=pvc_recreate", daemon.address));
    browser.click(".counts a");
    browser.wait("location.search.includes('outcome=')");
    browser.wait("document.querySelectorAll('tbody th a').length === 1");
    assert_eq!(browser.text(ROWS), "media/volume-2");
}

#[test]
fn a_volume_opens_and_its_fix_is_copied() {
    let Some(mut browser) = Browser::start("a volume") else { return };
    let daemon = Daemon::of_three();
    daemon.backup("volume-2", true);
    let grant = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    browser.call("Browser.grantPermissions", &grant);
    open(&mut browser, &daemon);
    browser.click("tbody th a[href*='volume-2']");
    browser.wait("document.querySelector('h1').textContent === 'media/volume-2'");
    browser.wait("document.querySelector('.chain .empty')");
    let chain =
        browser.text("[...document.querySelectorAll('.chain .sign')].map(a => a.innerText).join()");
    assert_eq!(chain, "✔ holds,✔ holds,✔ holds,✖ broken,✖ broken,? not shown,✔ holds");
    assert_eq!(browser.eval("document.querySelectorAll('svg circle').length > 1"), true);
    assert_eq!(browser.eval("document.querySelector('.evidence').open"), false);
    browser.click(".evidence summary");
    browser.wait("document.querySelector('.evidence').open");
    browser.wait("!document.querySelector('[data-copy]').hidden");
    browser.call("Page.bringToFront", &json!({}));
    browser.click("[data-copy]");
    browser.wait("document.getElementById('live').textContent === 'Copied.'");
    let copied = browser.text("navigator.clipboard.readText()");
    let shown = browser.text("document.querySelector('.command code').textContent");
    assert!(!shown.is_empty());
    assert_eq!(copied, shown);
    // A finding leads to what the runbook says of it, and that to the volumes.
    browser.click(".finding .doc a");
    browser.wait("location.pathname === '/runbook' && document.querySelector(':target')");
    let told = browser.text("document.querySelector(':target').innerText");
    assert!(told.contains("repository-unreachable") && told.contains("Confirm: "), "{told}");
    browser.click(":target .doc a");
    browser.wait("location.search === '?verdict=repository-unreachable'");
    // What is not there says so, and leads on.
    browser.open(&format!("{}volumes/media/volume-9", daemon.address));
    assert_eq!(browser.text(H1), "No such volume");
    browser.click("main li a");
    browser.wait("location.search.includes('q=volume-9')");
    // The page that was not found is told by the browser, and nothing else.
    let other = browser.complaints.iter().filter(|one| !one.contains("404")).count();
    assert_eq!(other, 0, "{:?}", browser.complaints);
}

#[test]
fn everything_is_there_without_the_script() {
    let Some(mut browser) = Browser::start("no JavaScript") else { return };
    let daemon = Daemon::of_three();
    daemon.lose_image("volume-2");
    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    // It does not follow, so it is asked until it has its answer.
    for _ in 0..200 {
        browser.open(&daemon.address);
        if browser.eval("Boolean(document.querySelector('td details'))") == true {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(browser.text(H1).contains("3 of 3 volumes would come back"));
    assert_eq!(browser.eval("document.querySelector('[data-copy-address]').hidden"), true);
    browser.click("td details summary");
    browser.wait("document.querySelector('td details').open");
    browser.click("input[name=q]");
    browser.write("volume-2");
    browser.press("Enter");
    browser.wait("location.search.includes('q=volume-2')");
    browser.wait("document.querySelectorAll('tbody th a').length === 1");
    browser.click("tbody th a");
    browser.wait("document.querySelectorAll('.chain li').length === 7");
    assert!(browser.text("document.querySelector('.whole').textContent").ends_with('Z'));
    assert_eq!(browser.complaints, Vec::<String>::new());
}
