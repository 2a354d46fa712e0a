//! `/api/v1/audit`: filters, pages, entity tags; one volume.

use crate::support::{Answer, Served, alter, report, reports, serve, serve_with, state};
use axum::http::{Method, StatusCode};
use flate2::read::GzDecoder;
use plumber::audit::code::Code;
use plumber::audit::document::Rated;
use plumber::daemon::http::Options;
use serde_json::Value;
use std::io::Read;
use std::sync::Arc;

/// Volumes of one cluster, all with different verdicts.
fn served() -> Served {
    serve(state(7, report("several-volumes")))
}

fn names(page: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entries = page["entries"].as_array().unwrap().iter();
    entries.map(|entry| text(&entry["namespace"]) + "/" + &text(&entry["pvc"])).collect()
}

#[tokio::test]
async fn filters_take_what_the_document_says() {
    let served = served();
    let document = report("several-volumes");
    let expected = |takes: &dyn Fn(&Rated) -> bool| -> Vec<String> {
        let entries = document.entries.iter().filter(|rated| takes(rated));
        entries.map(|entry| entry.key().to_string()).collect()
    };
    let all = served.get("/api/v1/audit").await.json();
    assert_eq!(names(&all), expected(&|_| true));
    assert!(names(&all).len() > 2);
    let (severity, verdict) = (document.entries[0].severity, document.entries[0].verdict);
    let pvc = document.entries[0].pvc();
    for (query, expected) in [
        (format!("severity={}", severity.id()), expected(&|rated| rated.severity == severity)),
        (
            format!("verdict={},exempt", verdict.id()),
            expected(&|rated| [verdict, Code::Exempt].contains(&rated.verdict)),
        ),
        (format!("q={}", pvc.to_uppercase()), expected(&|rated| rated.pvc().contains(pvc))),
        ("namespace=nowhere".to_owned(), Vec::new()),
        ("namespace=&app=&q=&limit=&continue=".to_owned(), expected(&|_| true)),
    ] {
        let page = served.get(&format!("/api/v1/audit?{query}")).await.json();
        assert_eq!(names(&page), expected, "{query}");
        assert_eq!(page["total"], expected.len(), "{query}");
        assert_eq!(page["continue"], Value::Null, "{query}");
    }
}

#[tokio::test]
async fn apps_are_those_that_the_cluster_names() {
    let served = serve(state(1, report("argo-cd-at-the-commit-of-git")));
    let all = served.get("/api/v1/audit").await.json();
    let app = all["entries"][0]["intent"]["app"].as_str().unwrap().to_owned();
    assert_eq!(served.get(&format!("/api/v1/audit?app={app}")).await.json()["total"], 1);
    assert_eq!(served.get("/api/v1/audit?app=other").await.json()["total"], 0);
}

#[tokio::test]
async fn pages_follow_each_other_while_volumes_come_and_go() {
    let served = served();
    let all = names(&served.get("/api/v1/audit").await.json());
    let first = served.get("/api/v1/audit?limit=2").await.json();
    assert_eq!(names(&first), all[..2]);
    assert_eq!(first["total"], all.len());
    let token = first["continue"].as_str().unwrap().to_owned();
    // The volume at which the page ended is gone, and the rest follows all the same.
    let mut document = report("several-volumes");
    document.entries.remove(1);
    served.tell.send_replace(Arc::new(state(8, document)));
    let mut rest = Vec::new();
    let mut next = Some(token);
    while let Some(token) = next {
        let page = served.get(&format!("/api/v1/audit?limit=2&continue={token}")).await.json();
        rest.extend(names(&page));
        next = page["continue"].as_str().map(str::to_owned);
    }
    assert_eq!(rest, all[2..]);
}

async fn refused(query: &str) -> Answer {
    let answer = served().get(&format!("/api/v1/audit?{query}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["status"], 400);
    answer
}

#[tokio::test]
async fn what_is_misspelt_is_refused_with_what_to_type() {
    let of = served().get("/api/v1/audit?limit=1").await.json();
    let token = of["continue"].as_str().unwrap();
    let other = format!("continue={token}&severity=high");
    let mut told = Vec::new();
    for query in [
        "namespaces=media",
        "colour=red",
        "verdict=restoreable",
        "verdict=green",
        "severity=High",
        "limit=0",
        "limit=1000000",
        "limit=-1",
        "limit=ten",
        "limit=1&limit=2",
        "continue=abc",
        &other,
        "q=%ff&q=x",
    ] {
        let problem = refused(query).await.json();
        let text = |key: &str| problem[key].as_str().unwrap().to_owned();
        let query = query.replace(token, "TOKEN");
        let kind = text("type").replace("urn:pvc-plumber:problem:", "");
        told.push(format!("{query}\n  {kind}: {}\n  {}", text("detail"), text("fix")));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn the_tag_stays_until_something_happens() {
    let served = served();
    let first = served.get("/api/v1/audit").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    assert_eq!(first.header("cache-control"), "no-cache");
    let ask =
        async |tag: &str| served.ask(Method::GET, "/api/v1/audit", &[("if-none-match", tag)]).await;
    let known = ask(&tag).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(known.header("etag"), tag);
    assert_eq!(ask(&format!("\"other\", W/{tag}")).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(ask("\"other\"").await.body, first.body);

    // The same cluster, looked at a minute later.
    let mut later = report("several-volumes");
    later.generated_at = "2026-11-02T04:01:00Z".to_owned();
    for rated in &mut later.entries {
        alter(rated, |entry| {
            entry.age_seconds += 60;
            entry.evaluated_at = "2026-11-02T04:01:00Z".to_owned();
            if let Some(age) = &mut entry.backup.age_seconds {
                *age += 60;
            }
            for evidence in &mut entry.evidence {
                evidence.observed_at = Some("2026-11-02T04:01:00Z".to_owned());
            }
        });
    }
    let mut publication = state(8, later);
    publication.evaluated_at = "2026-11-02T04:01:00Z".parse().unwrap();
    served.tell.send_replace(Arc::new(publication));
    let known = ask(&tag).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    assert_eq!(known.header("plumber-revision"), "8");
    assert_eq!(known.header("plumber-evaluated-at"), "2026-11-02T04:01:00Z");

    let mut changed = report("several-volumes");
    alter(&mut changed.entries[0], |entry| entry.restore_readiness.verdict = "restorable");
    served.tell.send_replace(Arc::new(state(9, changed)));
    let answer = ask(&tag).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_ne!(answer.header("etag"), tag);
}

#[tokio::test]
async fn gzip_has_a_tag_of_its_own() {
    let served = served();
    let plain = served.get("/api/v1/audit").await;
    let gzip = served.ask(Method::GET, "/api/v1/audit", &[("accept-encoding", "gzip")]).await;
    let mut text = Vec::new();
    GzDecoder::new(&*gzip.body).read_to_end(&mut text).unwrap();
    assert_eq!(text, plain.body);
    assert_ne!(plain.header("etag"), gzip.header("etag"));
    assert_eq!(plain.header("vary"), "accept-encoding");
}

#[tokio::test]
async fn one_volume_has_all_its_times() {
    let served = served();
    let document = report("several-volumes");
    let (namespace, pvc) = document.entries[0].name();
    let answer = served.get(&format!("/api/v1/audit/{namespace}/{pvc}")).await;
    assert_eq!(answer.json()["age_seconds"], 10);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("plumber-revision"), "7");
    let missing = served.get(&format!("/api/v1/audit/{namespace}/{pvc}s")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.json()["fix"], format!("did you mean {namespace}/{pvc}?"));
    assert_eq!(served.get("/api/v1/audit/%ff/x").await.status, StatusCode::NOT_FOUND);
    let parameter = served.get(&format!("/api/v1/audit/{namespace}/{pvc}?limit=1")).await;
    assert_eq!(parameter.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn names_with_markup_are_only_text() {
    let mut document = reports(&["exempt"]);
    alter(&mut document.entries[0], |entry| entry.pvc = "<script>\"\u{202e}".to_owned());
    let served = serve_with(state(1, document), Options::default());
    let answer = served.get("/api/v1/audit").await;
    assert_eq!(answer.json()["entries"][0]["pvc"], "<script>\"\u{202e}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}
