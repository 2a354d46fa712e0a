//! Kinds that are forbidden, come and go, or have an object that nobody can read; and clocks.

use super::malformed;
use crate::daemon::{Subject, has_green, health, is_green, is_well, of, said};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use jiff::SignedDuration;
use plumber::audit::Kind;
use plumber::daemon::Health;
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_forbidden_from_the_start() {
    for kind in Kind::ALL {
        let cluster = FakeCluster::new();
        cluster.fault(None, Some(kind.plural()), Trouble::Status(403), Times::Always);
        let subject = Subject::start(cluster);
        let forbidden = |state: &plumber::daemon::State| {
            state.is_ready() && health(state, *kind) == Health::Forbidden
        };
        let state = subject.until(kind.id(), 2 * MINUTE, forbidden).await;
        let watch = state.watches.iter().find(|watch| watch.kind == *kind).unwrap();
        assert!(watch.error.as_deref().unwrap().contains("forbidden"), "{:?}", watch.error);
        assert_eq!(is_green(&state), kind.is_optional(), "{}", kind.id());
        if !kind.is_optional() {
            let all = said(&state);
            let named = all.values().filter(|(.., codes)| codes.contains("evidence-forbidden"));
            let told = state.document.findings.iter().any(|it| it.code == "evidence-forbidden");
            assert!(told || named.count() > 0, "{}: {all:#?}", kind.id());
        }
        subject.cluster.heal();
        subject.until_green(2 * MINUTE).await;
        subject.recovers(MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_becomes_forbidden() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    let sources = Some("replicationsources");
    subject.cluster.fault(None, sources, Trouble::Status(403), Times::Always);
    subject.cluster.strike(sources, Trouble::Close);
    let state = subject
        .until("forbidden", 3 * MINUTE, |state| {
            health(state, Kind::ReplicationSource) == Health::Forbidden
        })
        .await;
    assert!(!has_green(&state));
    assert_eq!(of(&state, "volume-0").1[0], "unknown");
    subject.cluster.heal();
    subject.until_green(2 * MINUTE).await;
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_installed_and_removed() {
    let cluster = FakeCluster::bare();
    for kind in ["volumesnapshots", "volumesnapshotclasses", "volumepopulators"] {
        cluster.install(kind);
    }
    cluster.install("replicationdestinations");
    cluster.install("replicationsources");
    cluster.uninstall("argoproj.io", "applications");
    let subject = Subject::start(cluster);
    let state = subject.until_green(MINUTE).await;
    assert_eq!(health(&state, Kind::Application), Health::Absent);
    assert_eq!(health(&state, Kind::ExternalSecret), Health::Absent);

    subject.cluster.install("applications");
    subject.cluster.install("externalsecrets");
    let live = |kind| move |state: &plumber::daemon::State| health(state, kind) == Health::Live;
    subject.until("applications", MINUTE, live(Kind::Application)).await;
    subject.until("external secrets", MINUTE, live(Kind::ExternalSecret)).await;

    for name in ["volume-0", "volume-1", "volume-2"] {
        subject.let_go("media", name);
    }
    subject.cluster.uninstall("volsync.backube", "replicationsources");
    let absent =
        |state: &plumber::daemon::State| health(state, Kind::ReplicationSource) == Health::Absent;
    let state = subject.until("no sources", 3 * MINUTE, absent).await;
    assert!(!has_green(&state));

    subject.cluster.install("replicationsources");
    subject.until("sources", MINUTE, live(Kind::ReplicationSource)).await;
    crate::daemon::populate(&subject.cluster, &crate::daemon::some());
    subject.until_green(MINUTE).await;
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_read_spoils_only_its_own_volume() {
    for streamed in [false, true] {
        let subject = Subject::start(FakeCluster::new());
        subject.until_green(MINUTE).await;
        subject.let_go("media", "volume-1");
        subject.cluster.apply(malformed("volume-1"));
        if streamed {
            subject.cluster.strike(None, Trouble::Gone);
        }
        let state = subject.until("the loss", MINUTE, |state| !is_well(state, "volume-1")).await;
        assert!(is_well(&state, "volume-0") && is_well(&state, "volume-2"));
        assert_ne!(of(&state, "volume-1").1[0], "stale");
        let is_told = |state: &plumber::daemon::State| {
            let watch = state.watches.iter().find(|it| it.kind == Kind::ReplicationSource);
            watch.unwrap().malformed == 1
        };
        subject.until("what cannot be read", MINUTE, is_told).await;
        // The watch goes on: what is put right is seen.
        crate::daemon::populate(&subject.cluster, &crate::daemon::some());
        subject.until_green(MINUTE).await;
        subject.recovers(MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_servers_clock_decides_nothing() {
    for hours in [-48, 48] {
        let cluster = FakeCluster::new();
        cluster.skew(SignedDuration::from_hours(hours));
        let subject = Subject::start(cluster);
        subject.until_green(MINUTE).await;
        sleep(30 * MINUTE).await;
        assert!(is_green(&subject.now()));
        subject.recovers(MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_never_listed_holds_nothing_up_and_is_not_taken_for_empty() {
    let cluster = FakeCluster::new();
    cluster.fault(Verb::List, Some("volumesnapshots"), Trouble::Status(500), Times::Always);
    let subject = Subject::start(cluster);
    let there = |state: &plumber::daemon::State| state.document.entries.len() == 3;
    let state = subject.until("an answer", 2 * MINUTE, there).await;
    assert!(!has_green(&state));
    let codes = &said(&state)[&("media".to_owned(), "volume-0".to_owned())].2;
    assert!(!codes.contains("restore-image-unusable"), "not seen is not gone: {codes:?}");
    subject.cluster.heal();
    subject.until_green(2 * MINUTE).await;
    subject.recovers(MINUTE).await;
}
