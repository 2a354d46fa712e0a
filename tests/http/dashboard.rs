//! The page as it is served: its headers, its files, what is taken away.

use crate::support::{Served, report, serve, starting, state};
use axum::http::{Method, StatusCode};
use flate2::read::GzDecoder;
use plumber::audit::page::{CONTENT_SECURITY_POLICY, assets};
use std::io::Read;

fn served() -> Served {
    serve(state(1, report("several-volumes")))
}

#[tokio::test]
async fn pages_have_their_policy_and_are_not_kept() {
    let served = served();
    for path in ["/", "/?scenario=recreate&verdict=x", "/volumes/media/films"] {
        let answer = served.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.text().contains("films"), "{path}");
        let gzip = served.ask(Method::GET, path, &[("accept-encoding", "gzip")]).await;
        let mut text = String::new();
        GzDecoder::new(&*gzip.body).read_to_string(&mut text).unwrap();
        assert_eq!(text, answer.text(), "{path}");
    }
}

#[tokio::test]
async fn a_finding_leads_to_its_section_of_the_runbook() {
    let served = served();
    let page = served.get("/volumes/media/films").await.text();
    assert!(page.contains("href=\"../../runbook#backup-empty-source\""), "{page}");
    let answer = served.get("/runbook").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY);
    for code in plumber::audit::code::Code::ALL {
        let section = format!("id=\"{}\"", code.id());
        assert_eq!(answer.text().matches(&section).count(), 1, "{section}");
    }
}

#[tokio::test]
async fn what_pages_ask_for_is_served_and_kept() {
    let served = served();
    let page = served.get("/").await.text();
    for asset in assets() {
        let path = format!("/assets/{}?v={}", asset.name, asset.version);
        let answer = served.get(&path).await;
        assert_eq!(answer.header("content-type"), asset.content_type);
        assert!(answer.header("cache-control").contains("immutable"), "{path}");
        assert_eq!(answer.text(), asset.text);
        assert!(page.contains(&asset.version), "{path}");
    }
    let missing = served.get("/assets/styles.css").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.json()["fix"], "did you mean style.css?");
}

#[tokio::test]
async fn a_volume_that_is_not_there_has_a_page_that_says_so() {
    let answer = served().get("/volumes/media/%3Cscript%3E").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY);
    assert!(!answer.text().contains("<script>"), "{}", answer.text());
}

#[tokio::test]
async fn volumes_are_taken_away_as_files() {
    let served = served();
    for (name, media) in [("volumes.csv", "text/csv"), ("volumes.md", "text/markdown")] {
        let answer = served.get(&format!("/export/{name}?q=films")).await;
        assert!(answer.header("content-type").starts_with(media));
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(answer.header("content-disposition"), disposition);
        assert!(answer.text().contains("films"));
    }
    assert_eq!(served.get("/export/volumes.xml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn before_the_first_evaluation_the_page_says_so_and_no_file_is_taken() {
    let served = serve(starting());
    let page = served.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("PersistentVolumeClaim"), "{}", page.text());
    let file = served.get("/export/volumes.csv").await;
    assert_eq!(file.status, StatusCode::SERVICE_UNAVAILABLE);
}
