//! What holds for every page: addresses, methods, headers, limits.

use crate::support::{report, serve, serve_with, starting, state};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use plumber::daemon::http::Options;
use serde_json::json;

#[tokio::test]
async fn the_process_lives_before_it_is_ready() {
    let served = serve(starting());
    for path in ["/livez", "/healthz"] {
        let answer = served.get(path).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, r#"{"status":"ok"}"#.into()));
    }
    let answer = served.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let waiting = ["PersistentVolumeClaim", "Namespace"];
    assert_eq!(answer.json(), json!({"status": "starting", "waiting_for": waiting}));
    served.tell.send_replace(state(1, report("exempt")).into());
    let answer = served.get("/readyz").await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, r#"{"status":"ok"}"#.into()));
}

#[tokio::test]
async fn unknown_addresses_say_what_was_meant() {
    let served = serve(state(1, report("exempt")));
    for (path, fix) in [
        ("/audit/", "did you mean /audit?"),
        ("/api/v1/audits", "did you mean /api/v1/audit?"),
        ("/no-such-page-at-all", "/openapi.json lists every page"),
    ] {
        let answer = served.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["fix"], fix);
        assert_eq!(answer.json()["detail"], format!("there is nothing at {path}"));
    }
}

/// The pages, one address each.
const PAGES: &[&str] = &[
    "/audit",
    "/api/v1/audit",
    "/api/v1/audit/media/films",
    "/api/v1/events",
    "/openapi.json",
    "/metrics",
    "/livez",
    "/healthz",
    "/readyz",
    "/",
    "/volumes/media/films",
    "/export/volumes.csv",
    "/assets/script.js",
];

#[tokio::test]
async fn every_page_is_read_only_and_has_its_headers() {
    let served = serve(state(1, report("several-volumes")));
    for path in PAGES {
        let head = served.ask(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(head.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(head.header("x-frame-options"), "DENY", "{path}");
        let policy = head.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        let kept = head.header("cache-control");
        assert_eq!(kept.starts_with("no-"), !path.starts_with("/assets/"), "{path}: {kept}");
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = served.ask(method, path, &[]).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(answer.header("allow"), "GET, HEAD", "{path}");
            assert_eq!(answer.json()["status"], 405, "{path}");
        }
    }
}

#[tokio::test]
async fn whoever_asks_beyond_the_limit_is_refused_and_probes_are_not() {
    let options = Options { requests: 1, ..Options::default() };
    let served = serve_with(state(1, report("several-volumes")), options);
    let request = Request::get("/audit").body(Body::empty()).unwrap();
    let unread = served.send(request).await;
    let answer = served.get("/api/v1/audit").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["title"], "too many requests at once");
    for probe in ["/livez", "/readyz", "/healthz"] {
        assert_eq!(served.get(probe).await.status, StatusCode::OK);
    }
    drop(unread);
    assert_eq!(served.get("/api/v1/audit").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_refused() {
    let served = serve(state(1, report("exempt")));
    let answer = served.ask(Method::GET, "/audit", &[("content-length", "20000")]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
