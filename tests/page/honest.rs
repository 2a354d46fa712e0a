//! What cannot be said is not said: each trouble has a page of its own.

use crate::support::{all, named, now, parsed, served, text, world};
use plumber::audit::page::{Condition, Health, PageInput, Query, page, volume};

fn told(input: &PageInput<'_>) -> String {
    let html = parsed(input, "");
    let banner = all(&html, ".notice.alarm, .notice.warn[role=note]");
    let banner = banner.first().map(|one| crate::support::words(*one)).unwrap_or_default();
    let title = text(&html, "title");
    format!("{title}\n# {}\n{banner}\n[{}]\n", text(&html, "h1"), text(&html, "#health"))
}

#[test]
fn each_trouble_is_told() {
    let document = named("several-volumes");
    let empty = named("nothing-was-read");
    let hour = jiff::SignedDuration::from_hours(1);
    let well = served(&document);

    let mut starting = served(&document);
    starting.daemon.as_mut().unwrap().ready = false;

    let mut disconnected = served(&document);
    for watch in &mut disconnected.daemon.as_mut().unwrap().watches {
        watch.health = Health::Broken;
        watch.seen_at = Some(now() - hour / 12);
        watch.error = Some("connection refused");
    }

    let mut broken = served(&document);
    broken.daemon.as_mut().unwrap().sources[0].error = Some("kustomization.yaml:3: no such file");

    let mut behind = served(&document);
    let source = &mut behind.daemon.as_mut().unwrap().sources[0];
    (source.attempted_at, source.rendered_at) = (Some(now() - hour), Some(now() - hour));

    let mut late = served(&document);
    late.now = now() + hour * 3;
    for source in &mut late.daemon.as_mut().unwrap().sources {
        source.attempted_at = Some(late.now);
    }

    let mut none = named("several-volumes");
    none.entries.clear();
    none.summary.oldest_evaluated_at = None;
    none.readiness.protected = 0;

    let pages = [
        ("well", told(&well)),
        ("starting", told(&starting)),
        ("disconnected", told(&disconnected)),
        ("Git does not render", told(&broken)),
        ("Git is not read any more", told(&behind)),
        ("the cluster was seen long ago", told(&late)),
        ("no volumes", told(&served(&none))),
        ("nothing was seen", told(&crate::support::once(&empty))),
    ];
    let pages: Vec<String> =
        pages.iter().map(|(name, told)| format!("== {name}\n{told}")).collect();
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn before_the_first_answer_no_volume_is_judged() {
    let document = world();
    let mut input = served(&document);
    input.daemon.as_mut().unwrap().ready = false;
    assert_eq!(input.condition(), Condition::Starting);
    let entry = &document.entries[0];
    let one = volume(&input, entry.namespace(), entry.pvc(), &Query::default()).unwrap();
    for page in [page(&input, &Query::default()), page(&input, &Query::parse("view=sheet")), one] {
        assert!(page.contains("Not ready yet"));
        assert!(!page.contains("would come back</h1>"), "{page}");
        assert!(!page.contains("class=\"mark"), "{page}");
    }
}

/// Nothing of a page is greener than the document.
#[test]
fn a_link_of_the_chain_never_holds_where_a_finding_says_otherwise() {
    let document = world();
    let input = served(&document);
    for entry in document.volumes() {
        let html = volume(&input, &entry.namespace, &entry.pvc, &Query::default()).unwrap();
        let html = scraper::Html::parse_document(&html);
        let links = all(&html, ".chain li");
        assert_eq!(links.len(), 7);
        let holds = links.iter().filter(|li| li.attr("class") == Some("restore")).count();
        let readiness = &entry.restore_readiness;
        let well = readiness.rebuild == "restore" && readiness.pvc_recreate == "restore";
        let name = &entry.namespace;
        // All but the drill, which is no condition.
        if entry.intent.protected {
            assert!(well || holds < 7, "{name}: the whole chain holds, and it would not come back");
            assert!(!well || holds >= 6, "{name}: it would come back, and {holds} links hold");
        }
        let broken = links.iter().filter(|li| li.attr("class") == Some("empty")).count();
        let bad = ["critical", "high"].contains(&readiness.severity);
        let blamed = broken > 0
            || readiness.findings.iter().all(|finding| finding.code.starts_with("evidence-"));
        assert!(!bad || blamed, "{name}: {} and no link is broken", readiness.verdict);
    }
}
