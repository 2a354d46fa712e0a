//! The same over TCP, in real time: connections that are reset, silent, or end with each answer.

use super::lose_snapshot;
use crate::daemon::{Subject, is_green, is_well, some};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use kube::{Client, Config};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

async fn subject() -> Subject {
    let cluster = FakeCluster::new();
    let address = cluster.listen().await;
    let config = Config::new(format!("http://{address}").parse().unwrap());
    let client = Client::try_from(config).unwrap();
    Subject::start_on(cluster, client, &some(), |options| {
        options.watching.answer = Duration::from_secs(1);
        options.watching.open = Duration::from_secs(1);
        options.watching.pause = Duration::from_millis(50);
        options.watching.longest_pause = Duration::from_millis(500);
    })
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
