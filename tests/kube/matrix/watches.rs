//! Watches that end, break off, fall silent, or come from too long ago.

use super::{lose_snapshot, touch};
use crate::daemon::{Subject, is_green, is_well, of, said};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use plumber::audit::page::Condition;
use plumber::daemon::page_input;
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_mins(1);

/// Lets every watch fail, changes the cluster meanwhile, and expects that to be seen.
async fn survives(trouble: Trouble, patience: Duration) {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    for round in 0..3 {
        subject.cluster.strike(None, trouble.clone());
        touch(&subject.cluster, round);
        sleep(MINUTE).await;
    }
    subject.let_go("media", "volume-1");
    subject.cluster.strike(None, trouble);
    lose_snapshot(&subject.cluster, "volume-1");
    let state = subject.until("the loss", patience, |state| !is_well(state, "volume-1")).await;
    let said = said(&state).remove(&("media".to_owned(), "volume-1".to_owned())).unwrap();
    assert!(said.2.contains("restore-image-unusable"), "{said:?}");
    assert!(is_well(&state, "volume-0"));
    subject.recovers(patience).await;
}

#[tokio::test(start_paused = true)]
async fn closed_as_they_should_be() {
    survives(Trouble::Close, MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn broken_off() {
    survives(Trouble::Reset, MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn ended_in_the_middle_of_an_event() {
    survives(Trouble::Truncated, MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn half_open() {
    survives(Trouble::Silence, 5 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn from_too_long_ago() {
    survives(Trouble::Gone, MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_closed_is_opened_again_without_a_new_list() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    let lists = subject.cluster.count(Verb::List, "replicationsources");
    for _ in 0..30 {
        sleep(MINUTE).await;
        subject.cluster.strike(None, Trouble::Close);
    }
    assert_eq!(subject.cluster.count(Verb::List, "replicationsources"), lists);
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_while_nobody_watched_is_missed_at_the_next_list() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    subject.cluster.strike(None, Trouble::Silence);
    subject.let_go("media", "volume-0");
    subject.let_go("media", "volume-2");
    lose_snapshot(&subject.cluster, "volume-0");
    subject.cluster.delete("volsync.backube", "replicationsources", "media", "volume-2");
    subject.cluster.expire_history();
    let state = subject
        .until("both losses", 6 * MINUTE, |state| {
            !is_well(state, "volume-0") && !is_well(state, "volume-2")
        })
        .await;
    assert_eq!(of(&state, "volume-2").0, "wiring-missing-live");
    assert!(is_well(&state, "volume-1"));
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn hours_of_bookmarks_need_no_new_list() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    let lists = subject.cluster.count(Verb::List, "replicationsources");
    let mut revisions = Vec::new();
    for index in 0..360 {
        // The whole history is about another kind, and no more than five minutes of it are kept.
        touch(&subject.cluster, index);
        revisions.push(subject.cluster.revision());
        if let Some(old) = index.checked_sub(5) {
            subject.cluster.expire_history_to(revisions[old]);
        }
        sleep(MINUTE).await;
    }
    assert!(is_green(&subject.now()));
    assert_eq!(subject.cluster.count(Verb::List, "replicationsources"), lists);
    subject.recovers(MINUTE).await;
}

/// A page says that Git is not up to date when it is not read, and not when nobody commits.
#[tokio::test(start_paused = true)]
async fn hours_without_a_commit_are_no_stale_checkout() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    for _ in 0..4 {
        sleep(30 * MINUTE).await;
        let state = subject.now();
        let condition = page_input(&state, state.evaluated_at).condition();
        assert_eq!(condition, Condition::Fresh, "{:?} {}", state.sources, state.evaluated_at);
    }
    subject.end().await;
}

#[tokio::test(start_paused = true)]
async fn hours_without_bookmarks_end_in_a_new_list() {
    let cluster = FakeCluster::new();
    cluster.bookmark(None);
    let subject = Subject::start(cluster);
    subject.until_green(MINUTE).await;
    for index in 0..120 {
        touch(&subject.cluster, index);
        if index % 30 == 0 {
            subject.cluster.expire_history();
        }
        sleep(MINUTE).await;
    }
    assert!(is_green(&subject.now()));
    subject.let_go("media", "volume-1");
    lose_snapshot(&subject.cluster, "volume-1");
    subject.until("the loss", MINUTE, |state| !is_well(state, "volume-1")).await;
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_hours_is_no_green_and_ends_by_itself() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    subject.cluster.fault(None, None, Trouble::Reset, Times::Always);
    subject.cluster.strike(None, Trouble::Reset);
    sleep(10 * MINUTE).await;
    assert!(is_green(&subject.now()), "what was just seen counts");
    sleep(10 * MINUTE).await;
    let state = subject.now();
    assert_eq!(state.document.entries.len(), 3, "nothing is forgotten");
    for (_, (verdict, outcomes, codes)) in said(&state) {
        assert_eq!(outcomes, ["unknown", "unknown"], "{verdict}");
        assert!(codes.contains("evidence-stale"), "{codes:?}");
    }
    sleep(3 * 60 * MINUTE).await;
    subject.cluster.heal();
    subject.until_green(MINUTE).await;
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn watches_that_never_stay_open_are_not_hammered() {
    let subject = Subject::start(FakeCluster::new());
    subject.until_green(MINUTE).await;
    for trouble in [Trouble::Close, Trouble::Gone, Trouble::Truncated] {
        let before = subject.cluster.asked().len();
        subject.cluster.fault(Verb::Watch, None, trouble.clone(), Times::Always);
        subject.cluster.strike(None, Trouble::Close);
        sleep(10 * MINUTE).await;
        let asked = subject.cluster.asked().len() - before;
        // Ten kinds, each at most every ten seconds.
        assert!(asked < 10 * 60 * 2, "{trouble:?}: {asked} requests in ten minutes");
        subject.cluster.heal();
    }
    subject.recovers(2 * MINUTE).await;
}
