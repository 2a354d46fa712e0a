//! The same over TCP, in real time: connections that are reset, silent, or end with each answer; a
//! server that is replaced; a token that is rotated.

use super::lose_snapshot;
use crate::daemon::{Subject, is_green, is_well, some};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use kube::{Client, Config};
use plumber::daemon::{Health, State, Watch};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

async fn subject() -> Subject {
    subject_on(FakeCluster::new(), |_| {}).await.0
}

/// Starts the daemon with a client over TCP, and tells the server's port.
async fn subject_on(cluster: FakeCluster, configure: impl FnOnce(&mut Config)) -> (Subject, u16) {
    let address = cluster.listen().await;
    let mut config = Config::new(format!("http://{address}").parse().unwrap());
    configure(&mut config);
    let client = Client::try_from(config).unwrap();
    let subject = Subject::start_on(cluster, client, &some(), |options| {
        options.watching.answer = Duration::from_secs(1);
        options.watching.open = Duration::from_secs(1);
        options.watching.pause = Duration::from_millis(50);
        options.watching.longest_pause = Duration::from_millis(500);
    });
    (subject, address.port())
}

async fn survives(trouble: Trouble) {
    let subject = subject().await;
    subject.until_green(PATIENCE).await;
    subject.cluster.fault(Verb::List, None, trouble.clone(), Times::Times(5));
    subject.let_go("media", "volume-1");
    lose_snapshot(&subject.cluster, "volume-1");
    subject.cluster.strike(None, trouble);
    subject.cluster.expire_history();
    subject.until("the loss", PATIENCE, |state| !is_well(state, "volume-1")).await;
    subject.recovers(PATIENCE).await;
}

#[tokio::test]
async fn reset() {
    survives(Trouble::Reset).await;
}

#[tokio::test]
async fn silent() {
    survives(Trouble::Silence).await;
}

#[tokio::test]
async fn each_answer_is_the_last_of_its_connection() {
    let subject = subject().await;
    subject.cluster.fault(Verb::List, None, Trouble::LastAnswer, Times::Always);
    subject.cluster.strike(None, Trouble::Gone);
    subject.until_green(PATIENCE).await;
    subject.recovers(PATIENCE).await;
}

#[tokio::test]
async fn the_server_is_replaced_again_and_again() {
    let (subject, port) = subject_on(FakeCluster::new(), |_| {}).await;
    subject.until_green(PATIENCE).await;
    for round in 0..10 {
        // Once while watches are open, once when they have just ended and their connections idle.
        if round % 2 == 0 {
            subject.cluster.strike(None, Trouble::Close);
        }
        subject.cluster.hand_over(port).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(is_green(&subject.now()), "nothing is gone");
    }
    let lists = subject.cluster.count(Verb::List, "replicationsources");
    assert!(lists <= 3, "{lists} lists: watches go on where they were");
    subject.let_go("media", "volume-1");
    lose_snapshot(&subject.cluster, "volume-1");
    subject.until("the loss", PATIENCE, |state| !is_well(state, "volume-1")).await;
    subject.recovers(PATIENCE).await;
}

/// The client reads the file again within a minute of real time: there is no clock to advance.
#[tokio::test]
async fn the_token_in_its_file_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first").unwrap();
    let cluster = FakeCluster::new();
    cluster.require_token("first");
    let (subject, _) = subject_on(cluster, |config| {
        config.auth_info.token_file = Some(file.display().to_string());
    })
    .await;
    subject.until_green(PATIENCE).await;
    std::fs::write(&file, "second").unwrap();
    subject.cluster.require_token("second");
    subject.cluster.strike(None, Trouble::Close);
    let refused = |state: &State| {
        let of = |watch: &Watch| {
            let says = |why: &String| why.contains("401") && !why.contains("first");
            watch.health == Health::Broken && watch.error.as_ref().is_some_and(says)
        };
        state.watches.iter().all(of)
    };
    subject.until("the refusal", PATIENCE, refused).await;
    subject.let_go("media", "volume-1");
    lose_snapshot(&subject.cluster, "volume-1");
    let minutes = Duration::from_mins(2);
    let seen = subject.until("the loss", minutes, |state| !is_well(state, "volume-1")).await;
    assert!(is_well(&seen, "volume-0"));
    subject
        .until("all kinds", PATIENCE, |state| {
            state.watches.iter().all(|watch| watch.health == Health::Live)
        })
        .await;
    subject.end().await;
}

#[tokio::test]
async fn no_server_at_first() {
    // A port on which nothing listens yet.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = Config::new(format!("http://127.0.0.1:{port}").parse().unwrap());
    let client = Client::try_from(config).unwrap();
    let cluster = FakeCluster::new();
    let subject = Subject::start_on(cluster, client, &some(), |options| {
        options.watching.pause = Duration::from_millis(50);
        options.watching.longest_pause = Duration::from_millis(500);
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!is_green(&subject.now()));
    subject.cluster.listen_on(port).await;
    subject.until_green(PATIENCE).await;
    subject.recovers(PATIENCE).await;
}
