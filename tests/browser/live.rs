//! What changes while somebody looks: the cluster, Git, and whether the daemon, the API server or
//! the network between answers at all.

use crate::chromium::Browser;
use crate::cluster::fake::{FakeCluster, Times, Trouble};
use crate::cluster::world::classes;
use crate::daemon::Daemon;
use crate::proxy::Proxy;
use crate::visit::{H1, open};
use rustix::process::Signal;
use serde_json::json;
use std::time::Duration;

/// A manifest that has no volume.
const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: media}\n";

/// Waits until the number, or what stands in its place, begins so; the page is not loaded again.
fn until(browser: &mut Browser, beginning: &str) {
    browser.wait(&format!("document.querySelector('h1').textContent.startsWith({beginning:?})"));
    assert_eq!(browser.eval("window.same === true"), true, "the page was loaded again");
}

/// Opens the page, and marks it, so that it can be told from one that was loaded again.
fn look(browser: &mut Browser, daemon: &Daemon) {
    open(browser, daemon);
    browser.eval("window.same = true");
}

/// Waits until something is announced to who cannot see it.
fn announced(browser: &mut Browser, beginning: &str) {
    let live = "document.querySelector('[role=status][aria-live=polite]').textContent";
    browser.wait(&format!("{live}.startsWith({beginning:?})"));
}

fn banner(browser: &mut Browser) -> String {
    browser.wait("document.querySelector('.notice.alarm[role=alert]')");
    browser.text("document.querySelector('.notice.alarm[role=alert]').innerText")
}

#[test]
fn a_verdict_that_changes_is_shown_and_announced() {
    let Some(mut browser) = Browser::start("live update") else { return };
    let daemon = Daemon::of_three();
    daemon.lose_image("volume-2");
    look(&mut browser, &daemon);
    browser.wait("document.querySelector('td details')");
    browser.eval("document.querySelector('td details').open = true");
    browser.eval("document.querySelector('tbody tr:last-child th a').focus()");
    let focused = browser.text("document.activeElement.textContent");
    daemon.backup("volume-1", true);
    until(&mut browser, "2 of 3");
    announced(&mut browser, "Changed: 2 of 3 volumes would come back");
    assert_eq!(browser.text("document.title"), "2 of 3 would come back – plumber audit");
    let open = "[...document.querySelectorAll('td details[open]')].map(one => one.dataset.key)";
    assert_eq!(browser.eval(open), json!(["media/volume-2"]), "what was open stays open");
    assert_eq!(browser.text("document.activeElement.textContent"), focused);
    daemon.backup("volume-1", false);
    until(&mut browser, "3 of 3");
    announced(&mut browser, "Changed: 3 of 3 volumes would come back");
    // It is remembered, with the way to the volume.
    let changes = browser.text("document.querySelector('#changes ul').textContent");
    assert!(changes.contains("media/volume-1 repository-unreachable → restorable"), "{changes}");
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn what_somebody_types_stays_and_the_rest_is_fresh() {
    let Some(mut browser) = Browser::start("typing") else { return };
    let daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    browser.click("input[name=q]");
    browser.write("vol");
    daemon.backup("volume-1", true);
    until(&mut browser, "2 of 3");
    browser.write("ume-1");
    assert_eq!(browser.text("document.activeElement.value"), "volume-1");
    assert_eq!(browser.eval("document.querySelectorAll('.filters, table, #changes').length"), 5);
    browser.press("Enter");
    browser.wait("location.search.includes('q=volume-1')");
}

/// A browser has six connections to an address, and a page that follows holds one.
#[test]
fn ten_tabs_are_all_answered_and_the_one_in_front_is_live() {
    let Some(mut browser) = Browser::start("many tabs") else { return };
    let daemon = Daemon::of_three();
    for _ in 0..10 {
        browser.tab();
        look(&mut browser, &daemon);
    }
    daemon.backup("volume-1", true);
    until(&mut browser, "2 of 3");
}

#[test]
fn what_git_changes_is_shown() {
    let Some(mut browser) = Browser::start("Git changes") else { return };
    let daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    let volumes = daemon.read("volumes.yaml");
    let (_, first) = volumes.split_once("---").unwrap();
    let (first, _) = first.split_once("---").unwrap();
    daemon.write("more.yaml", &first.replace("volume-0", "volume-9"));
    until(&mut browser, "3 of 4");
    announced(&mut browser, "Changed: 3 of 4 volumes would come back");
}

#[test]
fn a_daemon_that_is_gone_is_told_loudly_until_it_is_back() {
    let Some(mut browser) = Browser::start("daemon gone") else { return };
    let mut daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    let title = browser.text("document.title");
    daemon.kill();
    announced(&mut browser, "Not live since ");
    assert_eq!(browser.text("document.getElementById('health').textContent"), "✖ not live");
    assert_eq!(browser.text("document.title"), format!("✖ not live – {title}"));
    let loud = "(() => { const style = getComputedStyle(document.getElementById('live')); \
        return parseFloat(style.fontSize) > 16 && style.position === 'sticky' \
        && parseFloat(style.borderLeftWidth) > 5 })()";
    assert_eq!(browser.eval(loud), true, "it is seen wherever the page is scrolled to");
    // A proxy in between has a page of its own, which is no answer of plumber's.
    let proxy = Proxy::start(daemon.listen);
    browser.eval("dispatchEvent(new Event('online'))");
    std::thread::sleep(Duration::from_secs(1));
    assert!(browser.text("document.title").starts_with("✖ not live"));
    assert_eq!(browser.text(H1), "3 of 3 volumes would come back");
    announced(&mut browser, "Not live since ");
    drop(proxy);
    daemon.backup("volume-1", true);
    daemon.start();
    until(&mut browser, "2 of 3");
    announced(&mut browser, "Changed: 2 of 3");
    browser.wait("document.getElementById('health').textContent === '● live'");
    assert_eq!(browser.eval("'lost' in document.body.dataset"), false);
    // Events are followed again, though a proxy had refused them.
    daemon.backup("volume-1", false);
    until(&mut browser, "3 of 3");
}

#[test]
fn a_daemon_that_hangs_is_told() {
    let Some(mut browser) = Browser::start("daemon hangs") else { return };
    let daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    daemon.hold(Signal::STOP);
    // Who comes back to the page asks anew.
    browser.eval("document.dispatchEvent(new Event('visibilitychange'))");
    announced(&mut browser, "Not live since ");
    daemon.hold(Signal::CONT);
    announced(&mut browser, "Live again.");
    until(&mut browser, "3 of 3");
}

#[test]
fn an_api_server_that_does_not_answer_has_its_page() {
    let Some(mut browser) = Browser::start("disconnected") else { return };
    let daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    daemon.cluster.fault(None, None, Trouble::Reset, Times::Always);
    daemon.cluster.strike(None, Trouble::Reset);
    until(&mut browser, "Not known: the API server does not answer");
    announced(&mut browser, "Changed: Not known: the API server does not answer");
    let told = banner(&mut browser);
    assert!(told.contains("The API server does not answer."), "{told}");
    assert!(told.contains("nothing is taken for gone"), "{told}");
    let last = browser.text("document.querySelector('.answer .when').innerText");
    assert!(last.starts_with("last known: 3 of 3 volumes would come back"), "{last}");
    assert_eq!(browser.eval("document.querySelectorAll('tbody th a').length"), 4);
    browser.click("tbody th a");
    browser.wait("location.pathname.startsWith('/volumes/')");
    assert!(banner(&mut browser).contains("The API server does not answer."));
    browser.click(".back a");
    browser.wait("location.pathname === '/'");
    browser.wait("document.querySelector('h1')");
    browser.eval("window.same = true");
    daemon.cluster.heal();
    until(&mut browser, "3 of 3");
}

#[test]
fn an_api_server_that_was_never_there_has_its_page() {
    let Some(mut browser) = Browser::start("starting") else { return };
    let cluster = FakeCluster::new();
    cluster.fault(None, None, Trouble::Status(503), Times::Always);
    let mut daemon = Daemon::beside(cluster);
    daemon.write("namespace.yaml", NAMESPACE);
    daemon.start();
    browser.open(&daemon.address);
    assert_eq!(browser.text(H1), "Not ready yet");
    assert_eq!(browser.eval("document.querySelector('#sources').open"), true);
    browser.wait("document.querySelector('#sources').innerText.includes('503')");
    assert_eq!(browser.eval("document.querySelectorAll('.mark').length"), 0);
    browser.eval("window.same = true");
    daemon.cluster.heal();
    // The daemon does not hammer a server that does not answer.
    let answered =
        "document.querySelector('h1').textContent === 'There is no volume to answer for'";
    browser.wait_for(answered, Duration::from_secs(90));
    assert_eq!(browser.eval("window.same"), true);
}

#[test]
fn a_checkout_that_does_not_render_has_its_page() {
    let Some(mut browser) = Browser::start("stale checkout") else { return };
    let daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    let volumes = daemon.read("volumes.yaml");
    daemon.write("volumes.yaml", "kind: [\n");
    until(&mut browser, "Not known: Git is not read or does not render");
    let told = banner(&mut browser);
    assert!(told.contains("1 of 1 source of Git is not up to date."), "{told}");
    assert!(told.contains("volumes.yaml:1"), "it says where: {told}");
    let last = browser.text("document.querySelector('.answer .when').innerText");
    assert!(last.starts_with("last known: "), "{last}");
    daemon.write("volumes.yaml", &volumes);
    until(&mut browser, "3 of 3");
    // A checkout that is gone is no Git in which nothing is.
    let away = daemon.folder.path().with_extension("away");
    std::fs::rename(daemon.folder.path(), &away).unwrap();
    until(&mut browser, "Not known: Git is not read or does not render");
    assert!(banner(&mut browser).contains("No such file"));
    assert_eq!(browser.eval("document.querySelectorAll('tbody th a').length"), 4);
    std::fs::rename(away, daemon.folder.path()).unwrap();
    until(&mut browser, "3 of 3");
}

#[test]
fn an_empty_cluster_has_its_page() {
    let Some(mut browser) = Browser::start("empty cluster") else { return };
    let cluster = FakeCluster::new();
    for class in classes() {
        cluster.apply(class);
    }
    let mut daemon = Daemon::beside(cluster);
    daemon.write("namespace.yaml", NAMESPACE);
    daemon.start();
    browser.open(&daemon.address);
    browser.wait("document.querySelector('h1').textContent === 'There is no volume to answer for'");
    assert_eq!(browser.eval("document.querySelector('#sources').open"), true);
    assert_eq!(browser.eval("document.querySelectorAll('.well').length"), 0, "no green light");
    let told = browser.text("document.querySelector('.notice').innerText");
    assert!(told.contains("Neither the manifests of Git nor the cluster"), "{told}");
    browser.eval("window.same = true");
    // Its first volume appears, and nobody has decided on it.
    daemon.cluster.apply(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"namespace": "media", "name": "photos"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": "Bound"},
    }));
    browser.wait("document.querySelector('tbody th a')?.textContent === 'media/photos'");
    let beside = browser.text("document.querySelector('.counts.beside').innerText");
    assert!(beside.contains("1 NOT"), "{beside}");
    until(&mut browser, "0 of 0");
}

#[test]
fn a_kind_that_may_not_be_read_has_its_page() {
    let Some(mut browser) = Browser::start("forbidden") else { return };
    let daemon = Daemon::of_three();
    look(&mut browser, &daemon);
    daemon.cluster.fault(None, None, Trouble::Status(403), Times::Always);
    daemon.cluster.strike(None, Trouble::Gone);
    until(&mut browser, "Not known: nothing of the cluster was seen");
    let said = browser.text("document.querySelector('main').innerText");
    assert!(said.contains("may not"), "{said}");
    daemon.cluster.heal();
}
