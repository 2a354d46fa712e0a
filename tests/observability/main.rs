//! What `deploy/observability` asks of Prometheus: expressions over metrics that the daemon has, and
//! alerts that lead to the runbook.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]
#![expect(clippy::print_stderr, reason = "a test says that it is skipped")]
#![expect(clippy::disallowed_types, reason = "tests start programs")]
#![cfg(feature = "audit")]

mod alerts;
mod expressions;
mod told;

#[path = "../http/exposition.rs"]
mod exposition;
#[expect(dead_code, reason = "other tests use more of it")]
#[path = "../http/support.rs"]
mod support;

use serde::Deserialize as _;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn rules() -> Vec<Value> {
    let rule: Value =
        serde_yaml::from_str(&read("deploy/observability/prometheus-rule.yaml")).unwrap();
    assert_eq!(rule["kind"], "PrometheusRule");
    let groups = rule["spec"]["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

#[test]
fn every_alert_says_what_and_where_to_read_on() {
    let runbook = read("docs/runbook.md");
    let mut names = BTreeSet::new();
    for rule in rules() {
        let name = rule["alert"].as_str().unwrap().to_owned();
        for text in ["summary", "description", "runbook_url"] {
            assert!(
                rule["annotations"][text].as_str().is_some_and(|text| text.len() > 10),
                "{name}: {text}"
            );
        }
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: {severity}");
        assert!(rule["for"].is_string(), "{name} fires at once");
        let link = rule["annotations"]["runbook_url"].as_str().unwrap();
        let (_, section) = link.split_once("/runbook#").unwrap();
        let verdict = "{{ $labels.verdict }}";
        if section == verdict {
            assert!(rule["expr"].as_str().unwrap().contains("volume_verdict"), "{name}");
        } else {
            assert!(runbook.contains(&format!("\n## {section}\n")), "{name}: {section}");
        }
        assert!(names.insert(name));
    }
    assert!(names.len() >= 8);
}

#[test]
fn the_dashboard_has_a_place_for_each_panel() {
    let board: Value =
        serde_json::from_str(&read("deploy/observability/plumber-audit.json")).unwrap();
    let mut taken = BTreeSet::new();
    for panel in board["panels"].as_array().unwrap() {
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{}", panel["title"]);
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{} lies over another", panel["title"]);
            }
        }
        assert!(!panel["description"].as_str().unwrap().is_empty());
        assert_eq!(panel["datasource"]["uid"], "${datasource}");
    }
}

#[test]
fn the_component_builds() {
    let tools = root().join("target/tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let kubectl = std::iter::once(tools)
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join("kubectl"))
        .find(|program| program.is_file());
    let Some(kubectl) = kubectl else {
        eprintln!("skipped: observability component: no kubectl in target/tools or PATH");
        return;
    };
    // kustomize takes no folder from outside.
    let folder = tempfile::tempdir_in(root().join("target")).unwrap();
    let kustomized = |text: String| {
        std::fs::write(folder.path().join("kustomization.yaml"), text).unwrap();
        Command::new(&kubectl).arg("kustomize").arg(folder.path()).output().unwrap()
    };
    let component = "components: [../../deploy/observability]\n";
    // A link to nobody's host is worse than none.
    let output = kustomized(component.to_owned());
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("plumber-audit-runbook") && said.contains("data.url"), "{said}");
    let readme = read("deploy/README.md");
    let (_, said) = readme.split_once("<!-- observability -->\n```yaml\n").unwrap();
    let (said, _) = said.split_once("```").unwrap();
    let output = kustomized(said.replace("pvc-plumber/deploy", "../../deploy"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = String::from_utf8(output.stdout).unwrap();
    let documents = serde_yaml::Deserializer::from_str(&built);
    let documents: Vec<Value> = documents.map(|one| Value::deserialize(one).unwrap()).collect();
    let kinds: Vec<&str> = documents.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "PodMonitor", "PrometheusRule"]);
    for rule in documents[2]["spec"]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap())
    {
        let link = rule["annotations"]["runbook_url"].as_str().unwrap();
        assert!(link.starts_with("https://audit.home.example/runbook#"), "{link}");
    }
    let board = &documents[0];
    assert_eq!(board["metadata"]["labels"]["grafana_dashboard"], "1");
    let text = board["data"]["plumber-audit.json"].as_str().unwrap();
    assert_eq!(text, read("deploy/observability/plumber-audit.json"));
}
