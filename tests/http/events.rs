//! `/api/v1/events`: what a client that follows is told.

use crate::support::{Served, change, report, serve, serve_with, state};
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures::StreamExt;
use plumber::daemon::State;
use plumber::daemon::http::Options;
use std::sync::Arc;
use std::time::Duration;

struct Follower(BodyDataStream);

impl Follower {
    async fn begin(served: &Served, last: Option<&str>) -> Self {
        let mut request = Request::get("/api/v1/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = served.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().get("content-encoding").is_none());
        Self(response.into_body().into_data_stream())
    }

    /// Returns the next event as text; none at the end.
    async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(Duration::from_secs(5), self.0.next()).await.unwrap()?;
        Some(String::from_utf8(next.unwrap().to_vec()).unwrap())
    }
}

fn publication(revision: u64, changes: &[(u64, &str, &'static str)], after: u64) -> State {
    let mut state = state(revision, report("exempt"));
    let changes = changes.iter().map(|(revision, pvc, verdict)| change(*revision, pvc, verdict));
    state.changes = Arc::new(changes.collect());
    state.changes_after = after;
    state
}

/// The part of an event's id that names the process.
const STARTED: &str = "1793588400000";

#[tokio::test]
async fn a_client_is_told_of_every_publication() {
    let served = serve(publication(3, &[(2, "films", "restore-image-stale")], 0));
    let mut follower = Follower::begin(&served, None).await;
    let mut told = vec![follower.next().await.unwrap()];
    served.tell.send_replace(Arc::new(publication(4, &[(2, "films", "restorable")], 0)));
    told.push(follower.next().await.unwrap());
    let changes = [(2, "films", "restorable"), (5, "music", "backup-overdue")];
    served.tell.send_replace(Arc::new(publication(5, &changes, 0)));
    told.push(follower.next().await.unwrap());
    insta::assert_snapshot!(told.concat());
    drop(served.tell);
    assert_eq!(follower.next().await, None);
}

#[tokio::test]
async fn a_slow_client_misses_nothing() {
    let served = serve(publication(1, &[], 0));
    let mut follower = Follower::begin(&served, None).await;
    follower.next().await.unwrap();
    let changes = [(2, "a", "exempt"), (3, "b", "exempt"), (9, "c", "exempt")];
    for revision in 2..10 {
        let until = changes.iter().take_while(|change| change.0 <= revision).count();
        served.tell.send_replace(Arc::new(publication(revision, &changes[..until], 0)));
    }
    let told = follower.next().await.unwrap();
    for pvc in ["\"a\"", "\"b\"", "\"c\""] {
        assert!(told.contains(pvc), "{told}");
    }
    assert!(told.contains(&format!("id: 9-{STARTED}")), "{told}");
}

#[tokio::test]
async fn who_comes_again_gets_what_came_since() {
    let changes = [(5, "films", "exempt"), (8, "music", "exempt")];
    let served = serve(publication(9, &changes, 4));
    let since = async |id: &str| Follower::begin(&served, Some(id)).await.next().await.unwrap();
    let told = since(&format!("5-{STARTED}")).await;
    assert!(told.contains("event: change") && told.contains("music"), "{told}");
    assert!(!told.contains("films"), "{told}");
    let told = since(&format!("4-{STARTED}")).await;
    assert!(told.contains("films"), "{told}");
    let told = since(&format!("9-{STARTED}")).await;
    assert!(told.contains("event: revision"), "{told}");
    // Too old, of another process, of the future, of nobody.
    for id in [&format!("3-{STARTED}"), "9-1", &format!("10-{STARTED}"), "9", ""] {
        let told = since(id).await;
        assert!(told.contains("event: reset"), "{id}: {told}");
        assert!(told.contains(&format!("id: 9-{STARTED}")), "{id}: {told}");
    }
}

#[tokio::test]
async fn a_client_that_was_held_up_for_too_long_reads_everything_again() {
    let served = serve(publication(1, &[], 0));
    let mut follower = Follower::begin(&served, None).await;
    follower.next().await.unwrap();
    served.tell.send_replace(Arc::new(publication(9, &[(9, "films", "exempt")], 8)));
    let told = follower.next().await.unwrap();
    assert!(told.contains("event: reset"), "{told}");
}

#[tokio::test]
async fn silence_is_broken_by_comments() {
    let options = Options { keep_alive: Duration::from_millis(20), ..Options::default() };
    let served = serve_with(publication(1, &[], 0), options);
    let mut follower = Follower::begin(&served, None).await;
    follower.next().await.unwrap();
    assert!(follower.next().await.unwrap().starts_with(':'));
}

#[tokio::test]
async fn the_number_of_clients_is_limited() {
    let served = serve_with(publication(1, &[], 0), Options { streams: 1, ..Options::default() });
    let first = Follower::begin(&served, None).await;
    let second = served.get("/api/v1/events").await;
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.json()["detail"], "1 clients are following already");
    drop(first);
    Follower::begin(&served, None).await;
}
