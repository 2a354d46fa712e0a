//! The overview: the number, the groups, filters and order in the address.

use crate::support::{all, change, now, once, parsed, served, text, words, world};
use plumber::audit::document::Document;
use plumber::audit::page::{PAGE_SIZE, PageInput, Query, csv, page};
use scraper::Html;

fn names(html: &Html) -> Vec<String> {
    all(html, "table tbody th a").iter().map(|link| words(*link)).collect()
}

#[test]
fn the_number_comes_first_for_the_scenario_that_was_asked_for() {
    let document = world();
    let input = served(&document);
    for (asked, would) in [
        ("", document.readiness.would_restore.rebuild),
        ("scenario=pvc_recreate", document.readiness.would_restore.pvc_recreate),
    ] {
        let html = parsed(&input, asked);
        let all_of_them = document.readiness.protected;
        assert_eq!(text(&html, "h1"), format!("{would} of {all_of_them} volumes would come back"));
    }
}

#[test]
fn the_groups_are_always_told() {
    let document = world();
    for asked in ["", "outcome=hang", "namespace=exempt", "q=nothing-like-it"] {
        let html = parsed(&served(&document), asked);
        let counts: Vec<String> = all(&html, ".counts li").iter().map(|li| words(*li)).collect();
        let (by, beside) =
            (&document.readiness.by_outcome.rebuild, &document.readiness.not_protected);
        assert_eq!(
            counts,
            [
                format!("{} ✖ EMPTY", by["empty"]),
                format!("{} ◼ HANGS", by["hang"]),
                format!("{} ? UNKNOWN", by["unknown"]),
                format!("{} ◷ OLD DATA", by["stale"]),
                format!("{} exempt", beside.exempt),
                format!("{} backed up by CloudNativePG", beside.native),
                format!("{} not to be restored", beside.not_wanted),
                format!("{} NOT PROTECTED", beside.undecided),
                format!("{} NOT IN GIT", beside.not_in_git),
            ],
            "{asked}"
        );
    }
}

/// A link in the counts leads to as many volumes as it says.
#[test]
fn a_count_leads_to_its_volumes() {
    let document = world();
    let input = served(&document);
    for scenario in ["", "scenario=pvc_recreate"] {
        let html = parsed(&input, scenario);
        let links = all(&html, ".counts a");
        assert!(links.len() >= 7);
        for link in links {
            let count: usize = words(link).split(' ').next().unwrap().parse().unwrap();
            let asked = link.attr("href").unwrap().split_once('?').unwrap().1;
            let rows = csv(&input, &Query::parse(asked)).split("\r\n").count() - 2;
            assert_eq!(rows, count, "{asked}");
        }
    }
}

#[test]
fn the_worst_comes_first() {
    let document = world();
    let html = parsed(&served(&document), "standing=protected");
    let rows: Vec<String> =
        all(&html, "tbody tr td:first-child").iter().map(|td| words(*td)).collect();
    let rank = |row: &String| {
        ["✖ EMPTY", "◼ HANGS", "? UNKNOWN", "◷ OLD DATA"].iter().position(|one| row == one)
    };
    let ranks: Vec<_> = rows.iter().map_while(rank).collect();
    assert!(ranks.len() > 40 && ranks.is_sorted(), "{ranks:?}");
}

#[test]
fn filters_live_in_the_address() {
    let document = world();
    let input = served(&document);
    for (asked, fits) in [
        ("namespace=mover-that-fails", "mover-that-fails/library"),
        ("q=MOVER-that-f", "mover-that-fails/library"),
        ("verdict=populator-missing", "populator-crd-that-is-missing/library"),
        ("standing=native", "volume-of-cloudnativepg/"),
    ] {
        let html = parsed(&input, asked);
        let names = names(&html);
        assert!(
            !names.is_empty() && names.iter().all(|name| name.starts_with(fits)),
            "{asked}: {names:?}"
        );
        // The form says what was chosen, and a volume leads back to it.
        let chosen = all(&html, "form option[selected]:not([value=''])").len()
            + all(&html, "form input[value]").len();
        assert_eq!(chosen, 2, "{asked}: the filter, and the order");
        let href = all(&html, "tbody th a")[0].attr("href").unwrap();
        assert!(href.ends_with(&format!("?{}", Query::parse(asked).write())), "{href}");
    }
    let html = parsed(&input, "outcome=gone&severity=high");
    assert!(text(&html, ".notice.warn[role=note]").contains("outcome has no `gone`"));
}

/// Each head of a column leads to its order, keeps the filters, and says what is in order now.
#[test]
fn columns_lead_to_their_order() {
    let mut document = world();
    for (at, entry) in document.entries.iter_mut().enumerate() {
        change(entry, |entry| entry.intent.app = (at % 3 > 0).then(|| format!("app-{}", at % 7)));
    }
    let input = served(&document);
    let html = parsed(&input, "q=library");
    let heads: Vec<String> =
        all(&html, "thead th a").iter().map(|a| a.attr("href").unwrap().to_owned()).collect();
    assert_eq!(
        heads,
        ["", "&sort=name", "&sort=verdict", "&sort=data", "&sort=backup"]
            .map(|sort| format!("./?q=library{sort}"))
    );
    for (asked, head, order, column) in [
        ("", "If rebuilt ▼", "descending", 0),
        ("sort=name", "Volume ▲", "ascending", 2),
        ("sort=verdict", "Why ▲", "ascending", 3),
        ("sort=data", "Data from ▲", "ascending", 4),
        ("sort=backup", "Last backup ▲", "ascending", 5),
    ] {
        let html = parsed(&input, asked);
        let sorted = all(&html, "thead th[aria-sort]");
        assert_eq!(sorted.len(), 1, "{asked}");
        assert_eq!(words(sorted[0]), head);
        assert_eq!(sorted[0].attr("aria-sort"), Some(order));
        let cell = match column {
            2 => ".volumes tbody th a".to_owned(),
            3 => ".volumes tbody .why > code".to_owned(),
            other => format!(".volumes tbody tr > :nth-child({})", other + 1),
        };
        let seen: Vec<String> = all(&html, &cell)
            .iter()
            .map(|cell| match cell.select(&time()).next() {
                Some(time) => time.attr("datetime").unwrap().to_owned(),
                // Nothing is older than any time.
                None if column > 3 => String::new(),
                // The namespace counts before the name.
                None => words(*cell).split(' ').next().unwrap().replace('/', "\0"),
            })
            .collect();
        assert!(column == 0 || seen.is_sorted(), "{asked}: {seen:?}");
    }
    let html = parsed(&input, "sort=app");
    let apps: Vec<&str> = all(&html, ".app").iter().map(|app| app.text().last().unwrap()).collect();
    assert!(apps.len() > 60 && apps.is_sorted(), "{apps:?}");
    assert_eq!(all(&html, "thead th[aria-sort]").len(), 0);
    assert_eq!(text(&html, "select[name=sort] option[selected]"), "by application");
}

fn time() -> scraper::Selector {
    scraper::Selector::parse("time").unwrap()
}

/// So many volumes.
fn many(count: usize) -> Document {
    let mut all = world();
    let some = all.entries.clone();
    assert!(some.len() > 100);
    for (at, one) in some.iter().cycle().take(count - some.len()).enumerate() {
        let mut entry = one.clone();
        let round = at / some.len();
        change(&mut entry, |entry| {
            entry.namespace = format!("{}-{round}", entry.namespace);
            entry.intent.app = Some(format!("app-{round}"));
        });
        all.entries.push(entry);
    }
    all.entries.sort_by(|a, b| a.name().cmp(&b.name()));
    all.readiness.protected = 9_000;
    all
}

#[test]
fn ten_thousand_volumes_stay_small() {
    let document = many(10_000);
    let input = served(&document);
    let mut largest = 0;
    for asked in ["", "page=50", "page=9999", "q=library&sort=backup", "scenario=pvc_recreate"] {
        let began = std::time::Instant::now();
        let text = page(&input, &Query::parse(asked));
        eprintln!("`{asked}`: {} bytes, {:?}", text.len(), began.elapsed());
        largest = largest.max(text.len());
        let html = Html::parse_document(&text);
        let rows = names(&html).len();
        assert!(rows <= PAGE_SIZE && rows > 0, "{asked}: {rows}");
    }
    assert!(largest < 300_000, "{largest} bytes");
}

/// Every volume stands on exactly one page.
#[test]
fn pages_leave_nothing_out() {
    let document = many(450);
    let input = once(&document);
    let mut seen = Vec::new();
    let mut asked = String::new();
    loop {
        let html = parsed(&input, &asked);
        seen.append(&mut names(&html));
        match all(&html, "a[rel=next]").first() {
            Some(next) => asked = next.attr("href").unwrap().split_once('?').unwrap().1.to_owned(),
            None => break,
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 450);
}

#[test]
fn the_same_question_has_the_same_page() {
    let (one, two) = (world(), world());
    assert_eq!(page(&served(&one), &Query::default()), page(&served(&two), &Query::default()));
    let input = PageInput { document: &one, now: now(), daemon: None };
    assert!(page(&input, &Query::default()).contains("asked once"));
}

/// What assistive technology and keyboards need, as far as markup alone shows it.
#[test]
fn the_page_can_be_read_without_seeing_it() {
    let document = world();
    let html = parsed(&served(&document), "");
    assert_eq!(all(&html, "html[lang]").len(), 1);
    assert_eq!(all(&html, "main").len(), 1);
    assert_eq!(all(&html, "h1").len(), 1);
    assert_eq!(text(&html, "a.skip[href='#main']"), "Skip to the answer");
    assert_eq!(all(&html, "[role=status][aria-live=polite]").len(), 1);
    for table in all(&html, "table") {
        let scope = scraper::Selector::parse("th:not([scope])").unwrap();
        assert_eq!(table.select(&scope).count(), 0);
    }
    let named = scraper::Selector::parse("input:not([type=hidden]), select").unwrap();
    for field in html.select(&named) {
        let label = field.ancestors().filter_map(scraper::ElementRef::wrap);
        assert!(label.into_iter().any(|one| one.value().name() == "label"), "{}", field.html());
    }
    let mut ids: Vec<&str> = all(&html, "[id]").iter().filter_map(|one| one.attr("id")).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for labelled in all(&html, "[aria-labelledby]") {
        assert!(ids.contains(&labelled.attr("aria-labelledby").unwrap()));
    }
}
