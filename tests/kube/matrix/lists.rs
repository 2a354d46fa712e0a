//! Lists that are refused, late, broken, or whose pages are of different moments.

use super::lose_snapshot;
use crate::daemon::{Subject, is_green, is_well};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

/// Lets every list fail some times: at the start, and when everything is listed anew.
async fn survives(trouble: Trouble, times: usize, patience: Duration) {
    let cluster = FakeCluster::new();
    let all = |cluster: &FakeCluster| {
        for kind in cluster.kinds() {
            cluster.fault(Verb::List, Some(&kind), trouble.clone(), Times::Times(times));
        }
    };
    all(&cluster);
    let subject = Subject::start(cluster);
    subject.until_green(patience).await;
    all(&subject.cluster);
    subject.let_go("media", "volume-1");
    lose_snapshot(&subject.cluster, "volume-1");
    subject.cluster.strike(None, Trouble::Gone);
    subject.until("the loss", patience, |state| !is_well(state, "volume-1")).await;
    subject.recovers(patience).await;
}

#[tokio::test(start_paused = true)]
async fn broken_off() {
    survives(Trouble::Reset, 4, 2 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn ended_in_the_middle() {
    survives(Trouble::Truncated, 4, 2 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn silent_in_the_middle() {
    survives(Trouble::Silence, 2, 5 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn gone() {
    survives(Trouble::Gone, 4, 2 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_failures() {
    for code in [500, 502, 503, 504] {
        survives(Trouble::Status(code), 8, 5 * MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_changed_under_way() {
    survives(Trouble::Status(401), 5, 3 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn half_a_minute_late() {
    survives(Trouble::Slow(30 * SECOND), 3, 5 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn always_half_a_minute_late() {
    let cluster = FakeCluster::new();
    cluster.fault(Verb::List, None, Trouble::Slow(30 * SECOND), Times::Always);
    let subject = Subject::start(cluster);
    subject.until_green(3 * MINUTE).await;
    subject.cluster.heal();
    subject.recovers(3 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_told_when_to_come_again_does_not_come_before() {
    let cluster = FakeCluster::new();
    let wait = Trouble::TooMany { retry_after: 40 };
    cluster.fault(Verb::List, Some("replicationsources"), wait, Times::Times(3));
    let subject = Subject::start(cluster);
    subject.until_green(4 * MINUTE).await;
    let asked = subject.cluster.asked();
    let lists: Vec<_> = asked
        .iter()
        .filter(|it| it.verb == Verb::List && it.plural.as_deref() == Some("replicationsources"))
        .map(|it| it.at)
        .collect();
    assert_eq!(lists.len(), 4);
    for pair in lists.windows(2) {
        let pause = pair[1] - pair[0];
        assert!(pause >= 40 * SECOND && pause < 80 * SECOND, "{pause:?}");
    }
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_not_answered_by_one() {
    let cluster = FakeCluster::new();
    cluster.fault(None, None, Trouble::Status(503), Times::Always);
    let subject = Subject::start(cluster);
    sleep(60 * MINUTE).await;
    let asked = subject.cluster.asked().len();
    // Ten kinds, each at least every half minute or so.
    assert!((600..3600).contains(&asked), "{asked} requests in an hour");
    assert!(!is_green(&subject.now()));
    subject.cluster.heal();
    subject.until_green(MINUTE).await;
    subject.recovers(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn pages_whose_moment_is_forgotten_between_them() {
    let cluster = FakeCluster::new();
    // Of pages of one object, each later one is told that its moment is gone.
    let busy = cluster.clone();
    let subject = Subject::start_with(cluster, &crate::daemon::some(), |options| {
        options.watching.page = 1;
    });
    let writer = tokio::spawn(async move {
        for index in 0.. {
            super::touch(&busy, index);
            busy.expire_history();
            sleep(Duration::from_millis(1)).await;
        }
    });
    subject.until_green(5 * MINUTE).await;
    writer.abort();
    subject.recovers(2 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_gone_while_everything_is_listed_page_by_page() {
    let subject = Subject::start_with(FakeCluster::new(), &crate::daemon::some(), |options| {
        options.watching.page = 1;
    });
    subject.until_green(MINUTE).await;
    subject.cluster.fault(Verb::List, None, Trouble::Slow(5 * SECOND), Times::Always);
    subject.cluster.strike(None, Trouble::Gone);
    for _ in 0..120 {
        // The states between are looked at in `daemon.rs`; nothing is worse in any of them.
        sleep(SECOND).await;
        assert!(is_green(&subject.now()));
    }
    subject.cluster.heal();
    subject.recovers(2 * MINUTE).await;
}
