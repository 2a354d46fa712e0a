//! The file of `audit once --format html`: nothing beside it, everything in it.

use crate::support::{all, named, once, world};
use base64::Engine;
use plumber::audit::page::{assets, file};
use scraper::Html;

#[test]
fn a_file_needs_nothing_beside_it() {
    let document = world();
    let html = Html::parse_document(&file(&once(&document)));
    assert!(all(&html, "script, link, img, form, [src]").is_empty());
    let policy = all(&html, "meta[http-equiv=Content-Security-Policy]")[0].attr("content").unwrap();
    let style: String = all(&html, "style")[0].text().collect();
    let hash = base64::engine::general_purpose::STANDARD.encode(plumber::api::name::sha256(&style));
    assert_eq!(policy, format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'"));
    assert!(style.is_ascii() || assets()[0].text == style);
}

#[test]
fn a_file_holds_every_volume() {
    let document = world();
    let html = Html::parse_document(&file(&once(&document)));
    let ids: Vec<&str> = all(&html, "[id]").iter().filter_map(|one| one.attr("id")).collect();
    assert_eq!(all(&html, "details.volume").len(), document.entries.len());
    for link in all(&html, "tbody th a") {
        let target = link.attr("href").unwrap().strip_prefix('#').unwrap();
        assert!(ids.contains(&target), "{target}");
    }
    let links = all(&html, "a");
    assert!(links.iter().all(|link| link.attr("href").unwrap().starts_with('#')));
}

#[test]
fn a_file_of_nothing_says_so() {
    let document = named("nothing-was-read");
    let html = Html::parse_document(&file(&once(&document)));
    assert!(!all(&html, ".notice.warn").is_empty());
}
