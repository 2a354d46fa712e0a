//! `/metrics`: read again as OpenMetrics.

use crate::exposition::{Exposition, Labels, parse};
use crate::support::{Served, report, serve, starting, state};
use axum::http::StatusCode;
use plumber::daemon::State;
use plumber::daemon::http::Options;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

async fn scrape(served: &Served) -> Exposition {
    let answer = served.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    parse(&answer.text())
}

impl Exposition {
    fn of(&self, name: &str) -> Vec<(Labels, f64)> {
        let name = format!("plumber_audit_{name}");
        let samples = self.samples.iter().filter(|(other, _, _)| *other == name);
        samples.map(|(_, labels, value)| (labels.clone(), *value)).collect()
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted = |seen: &Labels| {
            labels.iter().all(|(key, value)| seen.get(*key).is_some_and(|seen| seen == value))
        };
        self.of(name).into_iter().find(|(seen, _)| wanted(seen)).map(|(_, value)| value)
    }
}

fn seen() -> State {
    state(1, report("several-volumes"))
}

#[tokio::test]
async fn every_volume_has_its_current_verdict_alone() {
    let served = serve(seen());
    let document = report("several-volumes");
    let expected: BTreeSet<[String; 4]> = document
        .volumes()
        .map(|entry| {
            let readiness = entry.restore_readiness;
            let [verdict, severity] = [readiness.verdict, readiness.severity].map(str::to_owned);
            [entry.namespace, entry.pvc, verdict, severity]
        })
        .collect();
    let verdicts = |read: &Exposition| -> BTreeSet<[String; 4]> {
        let keys = ["namespace", "persistentvolumeclaim", "verdict", "severity"];
        let samples = read.of("volume_verdict").into_iter();
        samples
            .map(|(labels, value)| {
                assert!((value - 1.0).abs() < f64::EPSILON && labels.len() == 4);
                keys.map(|key| labels[key].clone())
            })
            .collect()
    };
    assert_eq!(verdicts(&scrape(&served).await), expected);
    served.tell.send_replace(Arc::new(state(2, report("volume-without-a-reference"))));
    let now = verdicts(&scrape(&served).await);
    assert_eq!(now.len(), 1);
    assert!(now.is_disjoint(&expected));
}

#[tokio::test]
async fn counts_and_times_are_those_of_the_document() {
    let read = scrape(&serve(seen())).await;
    let document = report("several-volumes");
    let outcomes = &document.readiness.by_outcome;
    for (scenario, counts) in
        [("rebuild", &outcomes.rebuild), ("pvc_recreate", &outcomes.pvc_recreate)]
    {
        for (outcome, count) in counts {
            let labels = [("outcome", *outcome), ("scenario", scenario)];
            assert_eq!(
                read.value("volumes", &labels),
                u32::try_from(*count).ok().map(f64::from),
                "{labels:?}"
            );
        }
    }
    let mut timed = 0;
    for entry in document.volumes() {
        let labels = [("namespace", &*entry.namespace), ("persistentvolumeclaim", &*entry.pvc)];
        let seconds = |time: &Option<String>| {
            let time = time.as_ref()?.parse::<jiff::Timestamp>().unwrap();
            u32::try_from(time.as_second()).ok().map(f64::from)
        };
        let last = seconds(&entry.backup.last_success);
        timed += usize::from(last.is_some());
        assert_eq!(read.value("backup_last_success_timestamp_seconds", &labels), last);
        let point = seconds(&entry.restore_readiness.restore_point);
        assert_eq!(read.value("restore_point_timestamp_seconds", &labels), point);
    }
    assert!(timed > 0);
}

#[tokio::test]
async fn watches_and_sources_are_told() {
    let read = scrape(&serve(seen())).await;
    let kind = ("kind", "ReplicationSource");
    assert_eq!(read.value("watch_list_total", &[kind, ("result", "success")]), Some(1.0));
    assert_eq!(read.value("watch_watch_total", &[kind, ("result", "error")]), Some(3.0));
    assert_eq!(read.value("watch_health", &[kind, ("health", "live")]), Some(1.0));
    assert_eq!(read.value("watch_objects", &[kind]), Some(3.0));
    let path = ("path", "apps/\"media\"\\x");
    let at = read.value("source_last_success_timestamp_seconds", &[("app", "media"), path]);
    assert_eq!(at, Some(1_793_592_000.0));
    assert_eq!(read.value("ready", &[]), Some(1.0));
}

#[tokio::test]
async fn answers_and_evaluations_are_measured() {
    let options = Options::default();
    options.meters.evaluated(Duration::from_millis(30));
    let served = crate::support::serve_with(seen(), options);
    served.get("/audit").await;
    served.get("/nowhere").await;
    let read = scrape(&served).await;
    let name = "http_request_duration_seconds_count";
    let ok = [("route", "/audit"), ("status", "2xx")];
    assert_eq!(read.value(name, &ok), Some(1.0));
    let unknown = [("route", "other"), ("status", "4xx")];
    assert_eq!(read.value(name, &unknown), Some(1.0));
    assert_eq!(read.value("evaluation_duration_seconds_sum", &[]), Some(0.03));
    assert_eq!(read.value("evaluation_duration_seconds_bucket", &[("le", "0.1")]), Some(1.0));
}

#[tokio::test]
async fn before_the_first_evaluation_no_volume_is_told() {
    let read = scrape(&serve(starting())).await;
    assert_eq!(read.value("ready", &[]), Some(0.0));
    assert!(read.of("volume_verdict").is_empty());
    assert!(read.of("evaluation_timestamp_seconds").is_empty());
}

#[tokio::test]
async fn the_families_are_these() {
    let read = scrape(&serve(seen())).await;
    let families: Vec<String> =
        read.families.iter().map(|(name, kind)| format!("{kind} {name}")).collect();
    insta::assert_snapshot!(families.join("\n"));
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let documented = std::fs::read_to_string(root.join("docs/audit.md")).unwrap();
    for (name, kind) in &read.families {
        let name = if kind == "counter" { format!("{name}_total") } else { name.clone() };
        assert!(documented.contains(&format!("`{name}`")), "docs/audit.md lacks {name}");
    }
}
