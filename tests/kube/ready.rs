//! `/readyz` says yes when the answer is one: not while anything is still read, however long that
//! takes, and whatever is told of the rest meanwhile.

use crate::daemon::{Subject, has_green, some};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use crate::world::Namespace;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use plumber::daemon::{Daemon, Options, http};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use tower::ServiceExt;

async fn asked(router: &axum::Router, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn not_while_a_kind_is_read() {
    let cluster = FakeCluster::new();
    let slow = Trouble::Slow(Duration::from_secs(25));
    cluster.fault(Verb::List, Some("replicationsources"), slow, Times::Times(1));
    let subject = Subject::start(cluster);
    let router = http::router(subject.states.clone(), http::Options::default());
    let state = subject.until("what is known", Duration::from_mins(1), |s| s.revision > 0).await;
    assert!(!state.document.entries.is_empty(), "the rest is told");
    assert!(!has_green(&state));
    let waiting = json!({"status": "starting", "waiting_for": ["ReplicationSource"]});
    assert_eq!(asked(&router, "/readyz").await, (StatusCode::SERVICE_UNAVAILABLE, waiting));
    assert_eq!(asked(&router, "/livez").await.0, StatusCode::OK);
    subject.until_green(Duration::from_mins(1)).await;
    assert_eq!(asked(&router, "/readyz").await.0, StatusCode::OK);
    // From then on it stays so.
    subject.cluster.fault(None, None, Trouble::Status(503), Times::Always);
    subject.cluster.strike(None, Trouble::Reset);
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert!(!has_green(&subject.now()));
    assert_eq!(asked(&router, "/readyz").await.0, StatusCode::OK);
    subject.end().await;
}

#[tokio::test(start_paused = true)]
async fn while_a_long_start_goes_well_it_is_told_now_and_then() {
    let cluster = FakeCluster::new();
    // A list of fifteen pages.
    let slow = Trouble::Slow(Duration::from_secs(20));
    cluster.fault(Verb::List, Some("volumesnapshots"), slow, Times::Always);
    let subject = Subject::start_with(cluster, &Namespace::new("media", 15), |options| {
        options.watching.page = 1;
    });
    let busy = subject.cluster.clone();
    let writer = tokio::spawn(async move {
        for index in 0.. {
            busy.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": "media", "labels": {"index": index.to_string()},
            }}));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    tokio::time::sleep(Duration::from_secs(290)).await;
    let told = subject.now().revision;
    assert!((10..=20).contains(&told), "{told} times in 290 s");
    subject.until_green(Duration::from_mins(1)).await;
    let before = subject.now().revision;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(subject.now().revision >= before + 9, "each change, once it is complete");
    writer.abort();
    subject.end().await;
}

#[tokio::test]
async fn not_before_git_was_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("app.yaml");
    // Who reads a pipe waits for somebody to write.
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: not_before_git_was_rendered: no mkfifo in PATH");
        return;
    }
    let cluster = FakeCluster::new();
    crate::daemon::populate(&cluster, &some());
    let mut options = Options::new(folder.path());
    options.patience = Duration::from_millis(100);
    let (mut states, daemon) = Daemon::start(cluster.client(), options);
    let router = http::router(states.clone(), http::Options::default());
    let minute = Duration::from_mins(1);
    let told = tokio::time::timeout(
        minute,
        states.wait_for(|state| {
            state.revision > 0 && state.watches.iter().all(|watch| watch.seen_at.is_some())
        }),
    );
    told.await.unwrap().unwrap();
    let waiting = json!({"status": "starting", "waiting_for": ["Git"]});
    assert_eq!(asked(&router, "/readyz").await, (StatusCode::SERVICE_UNAVAILABLE, waiting));
    // Whoever reads is told that there is nothing, and finds a file the next time.
    let text = some().manifests();
    let file = folder.path().join("new");
    std::fs::write(&file, text).unwrap();
    let writer = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    std::fs::rename(&file, &pipe).unwrap();
    drop(writer);
    tokio::time::timeout(minute, states.wait_for(|state| state.is_ready())).await.unwrap().unwrap();
    assert_eq!(asked(&router, "/readyz").await.0, StatusCode::OK);
    daemon.stop().await;
}
