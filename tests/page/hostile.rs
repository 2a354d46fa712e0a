//! Names and words of others: shown as they are, run never.

use crate::support::{all, change, named, served, text};
use plumber::audit::document::Document;
use plumber::audit::page::{Query, csv, file, markdown, missing, page, volume};
use scraper::Html;

/// What somebody might write into a name, a label or a mover's log.
fn nasty() -> Vec<String> {
    vec![
        "<script>alert(1)</script>".into(),
        "\"><img src=x onerror=alert(1)>".into(),
        "' onmouseover='alert(1)".into(),
        "</style><script>alert(1)</script>".into(),
        "</title></details></table><h1>all is well</h1>".into(),
        "javascript:alert(1)".into(),
        "&lt;b&gt; &amp;".into(),
        "\u{202e}gnp.atad\u{202c}".into(),
        "שלום-נתונים".into(),
        "../../livez?x#y".into(),
        "=HYPERLINK(\"http://example.com\")".into(),
        "n".repeat(253),
    ]
}

/// A document in which one text stands wherever others write.
fn told(name: &str) -> Document {
    let text = || name.to_owned();
    let mut document = named("several-volumes");
    for entry in &mut document.entries {
        change(entry, |entry| {
            // What they were told apart by.
            entry.namespace = format!("{}{name}", entry.pvc);
            entry.pvc = text();
            entry.intent.app = Some(text());
            entry.intent.path = Some(text());
            entry.intent.data_source_ref = Some(text());
            entry.notes.push(text());
            entry.blockers.push(text());
            for finding in &mut entry.restore_readiness.findings {
                finding.message = text();
                finding.fix.text = text();
                finding.fix.command = Some(text());
            }
            for one in &mut entry.evidence {
                one.object = text();
                one.value = name.into();
            }
        });
    }
    for finding in &mut document.findings {
        finding.message = text();
    }
    document.intent_sources[0].path = text();
    document.intent_sources[0].revision = Some(text());
    document
}

/// Fails if a page has anything that could run, or that is not the pages' own.
fn assert_harmless(html: &Html, name: &str) {
    assert!(html.errors.is_empty(), "{name}: {:?}", html.errors);
    for script in all(html, "script") {
        let src = script.attr("src").unwrap_or_else(|| panic!("{name}: an inline script"));
        assert!(src.contains("assets/script.js?v="), "{name}: {src}");
        assert_eq!(script.text().collect::<String>(), "", "{name}");
    }
    let own = [
        "a",
        "bdi",
        "body",
        "button",
        "caption",
        "circle",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "g",
        "h1",
        "h2",
        "h3",
        "head",
        "header",
        "html",
        "input",
        "label",
        "li",
        "line",
        "link",
        "main",
        "meta",
        "nav",
        "ol",
        "option",
        "p",
        "path",
        "pre",
        "script",
        "section",
        "select",
        "span",
        "strong",
        "style",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    ];
    for element in all(html, "*") {
        assert!(own.contains(&element.value().name()), "{name}: {}", element.value().name());
        for (attribute, value) in element.value().attrs() {
            let runs = attribute.starts_with("on") || attribute == "style";
            assert!(!runs, "{name}: {attribute}={value}");
            if attribute == "href" || attribute == "src" {
                let relative = ["./", "../../", "#"].iter().any(|start| value.starts_with(start));
                assert!(relative || value.is_empty(), "{name}: {attribute}={value}");
            }
        }
    }
}

#[test]
fn nothing_that_others_wrote_is_run() {
    for name in nasty() {
        let document = told(&name);
        let input = served(&document);
        let query = Query { search: Some(name.clone()), ..Query::default() };
        let namespace = document.entries[0].namespace().to_owned();
        let pages = [
            page(&input, &Query::default()),
            page(&input, &query),
            page(&input, &Query::parse("view=sheet")),
            page(&input, &Query::parse(&format!("namespace={name}&colour={name}"))),
            volume(&input, &namespace, &name, &query).unwrap(),
            missing(&input, &name, &name, &query),
            file(&crate::support::once(&document)),
        ];
        for page in pages {
            assert_harmless(&Html::parse_document(&page), &name);
        }
    }
}

#[test]
fn what_others_wrote_is_shown_as_it_is() {
    for name in nasty() {
        let document = told(&name);
        let html = Html::parse_document(&page(&served(&document), &Query::default()));
        let shown: String = all(&html, "tbody th .pvc bdi")[0].text().collect();
        assert_eq!(shown, name);
        let bad = document.volumes().find(|e| !e.restore_readiness.findings.is_empty());
        let namespace = &bad.unwrap().namespace;
        let one = volume(&served(&document), namespace, &name, &Query::default()).unwrap();
        let one = Html::parse_document(&one);
        let command: String = all(&one, ".command code bdi")[0].text().collect();
        assert_eq!(command, name, "what is copied is what was meant");
        assert!(text(&one, "title").contains(name.split_whitespace().next().unwrap()));
    }
}

#[test]
fn a_link_leads_to_its_volume() {
    for name in nasty() {
        let document = told(&name);
        let html = Html::parse_document(&page(&served(&document), &Query::default()));
        let href = all(&html, "tbody th a")[0].attr("href").unwrap().to_owned();
        let path = href.strip_prefix("./volumes/").unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        assert_eq!(parts.len(), 2, "{href}");
        assert!(!href.contains(['?', '#', '"', '<', ' ']), "{href}");
    }
}

#[test]
fn what_is_taken_away_is_harmless_too() {
    for name in nasty() {
        let document = told(&name);
        let input = served(&document);
        for line in csv(&input, &Query::default()).split("\r\n").skip(1) {
            for cell in line.split(',') {
                let bare = cell.trim_start_matches('"');
                assert!(!bare.starts_with(['=', '+', '@', '\t']), "{name}: {cell}");
            }
        }
        let text = markdown(&input, &Query::default());
        assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
    }
}
