//! What it looks like: dark, on paper, on a telephone; and the pictures of the documentation.

use crate::chromium::Browser;
use crate::shown::{Mood, STRANGE, Shown};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::path::Path;

/// Takes a picture of what is seen; into the documentation where that is asked for.
fn picture(browser: &mut Browser, name: &str) {
    let shot = browser.call("Page.captureScreenshot", &json!({"format": "png"}));
    let bytes = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
    assert!(bytes.len() > 10_000, "{name}: {} bytes", bytes.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Those that the documentation shows.
    let shown = std::fs::read_to_string(root.join("docs/dashboard.md")).unwrap();
    let is_shown = shown.contains(&format!("(dashboard/{name})"));
    let folder = match std::env::var_os("UPDATE") {
        Some(_) if is_shown => root.join("docs/dashboard"),
        _ => root.join("target/dashboard"),
    };
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

/// The brightness of what is behind everything, from 0 to 255.
fn brightness(browser: &mut Browser) -> f64 {
    browser
        .eval("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) / 3")
        .as_f64()
        .unwrap()
}

fn is_shown(browser: &mut Browser, selector: &str) -> bool {
    browser.eval(&format!("document.querySelector({selector:?}).checkVisibility()")) == true
}

#[test]
fn it_is_light_or_dark_as_asked() {
    let Some(mut browser) = Browser::start("dark") else { return };
    let server = Shown::start(Mood::World);
    browser.size(1280, 1000);
    for (scheme, name) in [("light", "overview.png"), ("dark", "overview-dark.png")] {
        browser.medium("screen", scheme);
        browser.open(&server.address);
        let bright = brightness(&mut browser);
        assert!((bright > 200.0) == (scheme == "light"), "{scheme}: {bright}");
        picture(&mut browser, name);
    }
    browser.medium("screen", "light");
    browser.size(1280, 1250);
    browser.open(&format!("{}volumes/image-older-than-the-last-backup/library", server.address));
    picture(&mut browser, "volume.png");
    browser.open(&format!("{}runbook#restore-image-stale", server.address));
    picture(&mut browser, "runbook.png");
    browser.size(1280, 800);
    for (mood, name) in [
        (Mood::Disconnected, "disconnected.png"),
        (Mood::Starting, "starting.png"),
        (Mood::Unrendered, "unrendered.png"),
        (Mood::Empty, "empty.png"),
    ] {
        server.become_now(mood);
        browser.open(&server.address);
        picture(&mut browser, name);
    }
}

#[test]
fn on_paper_it_is_a_sheet_to_sign() {
    let Some(mut browser) = Browser::start("print") else { return };
    let server = Shown::start(Mood::Few);
    browser.medium("print", "dark");
    browser.open(&server.address);
    for hidden in [".filters", ".away", "#live", ".scenarios"] {
        assert!(!is_shown(&mut browser, hidden), "{hidden} is printed");
    }
    assert!(brightness(&mut browser) > 254.0, "paper is white");
    browser.open(&format!("{}?view=sheet", server.address));
    for shown in [".signed", "h1", "table"] {
        assert!(is_shown(&mut browser, shown), "{shown} is not printed");
    }
    let sheet = browser.text("document.querySelector('main').innerText");
    for told in
        ["3 of 4 volumes would come back", "Exempt", "media/cache", "6d85c63f0a", "signature"]
    {
        assert!(sheet.contains(told), "{told} is not on the sheet:\n{sheet}");
    }
    browser.size(900, 1000);
    picture(&mut browser, "sheet.png");
    let paper = browser.call("Page.printToPDF", &json!({}));
    let paper = STANDARD.decode(paper["data"].as_str().unwrap()).unwrap();
    assert!(paper.starts_with(b"%PDF") && paper.len() > 5_000);
}

#[test]
fn a_narrow_window_scrolls_one_way_only() {
    let Some(mut browser) = Browser::start("narrow") else { return };
    let server = Shown::start(Mood::World);
    browser.size(375, 740);
    for page in ["", "?view=sheet", "volumes/snapshot-that-is-gone/library"] {
        browser.open(&format!("{}{page}", server.address));
        let wide = browser.eval("document.documentElement.scrollWidth");
        assert_eq!(wide, 375, "{page}");
    }
    browser.open(&server.address);
    picture(&mut browser, "narrow.png");
    // A row is a card: nothing of it is out of sight, and it is a row of a table still.
    let out = "[...document.querySelectorAll('.volumes td, .volumes tbody th')]\
               .filter(one => one.getBoundingClientRect().right > innerWidth).length";
    assert_eq!(browser.eval(out), 0);
    assert_eq!(
        browser.eval("document.querySelector('.volumes tr [role=rowheader]') !== null"),
        true
    );
    browser.eval("document.querySelector('.volumes').scrollIntoView()");
    picture(&mut browser, "narrow-list.png");
}

#[test]
fn names_of_others_are_shown_whole_and_run_nothing() {
    let Some(mut browser) = Browser::start("strange names") else { return };
    let server = Shown::start(Mood::Strange);
    for (width, name) in [(1280, "strange.png"), (375, "strange-narrow.png")] {
        browser.size(width, 900);
        browser.open(&server.address);
        let names =
            browser.eval("[...document.querySelectorAll('tbody .pvc')].map(a => a.textContent)");
        let mut names: Vec<&str> =
            names.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        names.sort_unstable();
        let long = "n".repeat(253);
        let mut expected: Vec<&str> = STRANGE.into_iter().chain([long.as_str()]).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
        picture(&mut browser, name);
        let addresses =
            browser.eval("[...document.querySelectorAll('tbody th a')].map(a => a.href)");
        for address in addresses.as_array().unwrap() {
            browser.open(address.as_str().unwrap());
            assert_eq!(
                browser.eval("document.querySelectorAll('.chain li').length"),
                7,
                "{address}"
            );
            let wide = browser.eval("document.documentElement.scrollWidth");
            assert_eq!(wide, width, "{address}");
            assert_eq!(browser.eval("'ran' in window"), false, "{address}");
        }
    }
    assert_eq!(browser.complaints, Vec::<String>::new());
}
