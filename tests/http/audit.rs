//! `/audit`: what the operator's clients read.

use crate::support::{Served, report, serve, serve_late, serve_with, starting, state};
use axum::http::{Method, StatusCode};
use flate2::read::GzDecoder;
use plumber::daemon::http::Options;
use serde_json::{Value, json};
use std::io::Read;
use std::time::Duration;

fn served() -> Served {
    serve(state(1, report("several-volumes")))
}

#[tokio::test]
async fn it_is_the_document_with_the_ages_of_now() {
    let answer = served().get("/audit").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut expected = serde_json::to_value(report("several-volumes")).unwrap();
    expected["generated_at"] = json!("2026-11-02T04:00:10Z");
    for entry in expected["entries"].as_array_mut().unwrap() {
        entry["age_seconds"] = json!(entry["age_seconds"].as_i64().unwrap() + 10);
        if let Some(age) = entry["backup"]["age_seconds"].as_i64() {
            entry["backup"]["age_seconds"] = json!(age + 10);
        }
    }
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn the_operators_fields_keep_their_order() {
    let text = served().get("/audit").await.text();
    let fields = ["generated_at", "operator_mode", "naming_strategy", "summary", "entries"];
    let places = fields.map(|field| text.find(&format!("\"{field}\":")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn gzip_is_the_same_document() {
    let served = served();
    let plain = served.get("/audit").await;
    for _ in 0..2 {
        let answer = served.ask(Method::GET, "/audit", &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(answer.header("content-encoding"), "gzip");
        assert_eq!(answer.header("vary"), "accept-encoding");
        let mut text = Vec::new();
        GzDecoder::new(&*answer.body).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.body);
    }
}

#[tokio::test]
async fn a_new_state_is_told_at_once() {
    let served = served();
    let gzip = [("accept-encoding", "gzip")];
    let before = served.ask(Method::GET, "/audit", &gzip).await.body;
    served.tell.send_replace(state(2, report("exempt")).into());
    let after = served.ask(Method::GET, "/audit", &gzip).await.body;
    assert_ne!(before, after);
    assert_eq!(served.get("/audit").await.json()["summary"]["total_pvcs"], 1);
}

#[tokio::test]
async fn a_report_that_nobody_renews_is_stale() {
    let served = serve_late(state(1, report("several-volumes")));
    let document = served.get("/audit").await.json();
    let entries = document["entries"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["stale"] == true));
    assert_eq!(document["summary"]["entries_stale"], entries.len());
    assert_eq!(entries[0]["age_seconds"], 16 * 60);
}

#[tokio::test]
async fn before_the_first_evaluation_no_document_claims_that_there_are_no_volumes() {
    let answer = serve(starting()).get("/audit").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer.json()["detail"], "waiting for PersistentVolumeClaim, Namespace");
}

#[tokio::test]
async fn a_document_that_takes_longer_than_a_request_may_is_answered_in_the_end() {
    let mut document = report("several-volumes");
    let entries = document.entries.clone();
    document.entries = (0..400).flat_map(|_| entries.clone()).collect();
    let timeout = Duration::from_millis(20);
    let served = serve_with(state(1, document), Options { timeout, ..Options::default() });
    let gzip = [("accept-encoding", "gzip")];
    let mut answers = Vec::new();
    while !answers.contains(&StatusCode::OK) && answers.len() < 3000 {
        answers.push(served.ask(Method::GET, "/audit", &gzip).await.status);
    }
    assert_eq!(answers.first(), Some(&StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(answers.last(), Some(&StatusCode::OK));
}

#[tokio::test]
async fn who_asks_while_a_large_document_is_renewed_is_given_the_last_but_none_that_is_old() {
    let large = |revision, case| {
        let mut document = report(case);
        let entries = document.entries.clone();
        document.entries = (0..1000).flat_map(|_| entries.clone()).collect();
        state(revision, document)
    };
    let later = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };
    let served = serve(large(1, "several-volumes"));
    let ask = || served.ask(Method::GET, "/audit", &[("accept-encoding", "gzip")]);
    let first = ask().await.body;
    served.tell.send_replace(large(2, "exempt").into());
    later(6).await;
    assert_eq!(ask().await.body, first);
    let mut second = first.clone();
    for _ in 0..3000 {
        if second != first {
            break;
        }
        second = ask().await.body;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_ne!(second, first);
    served.tell.send_replace(large(3, "several-volumes").into());
    later(16).await;
    assert_ne!(ask().await.body, second);
}

#[tokio::test]
async fn only_get_and_head_are_answered() {
    let served = served();
    let head = served.ask(Method::HEAD, "/audit", &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-type"), "application/json");
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let answer = served.ask(method, "/audit", &[]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
}

#[tokio::test]
async fn parameters_are_ignored_as_the_operator_does() {
    assert_eq!(served().get("/audit?namespace=x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn many_entries_are_one_document() {
    let mut document = report("several-volumes");
    let entries = document.entries.clone();
    document.entries = (0..40).flat_map(|_| entries.clone()).collect();
    let count = document.entries.len();
    assert!(count > 128);
    let read: Value = serve(state(1, document)).get("/audit").await.json();
    assert_eq!(read["entries"].as_array().unwrap().len(), count);
    let none = report("nothing-was-read");
    let mut empty = report("several-volumes");
    empty.entries.clear();
    for document in [none, empty] {
        let count = document.entries.len();
        let read = serve(state(1, document)).get("/audit").await.json();
        assert_eq!(read["entries"].as_array().unwrap().len(), count);
    }
}
