//! Every alert, tried by promtool on what the daemon tells as time goes by: when it fires, with
//! which words, and that none fires of a cluster in which all is well.

use crate::exposition::parse;
use crate::expressions::panels;
use crate::support::{report, starting};
use crate::{read, rules, told};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

/// Minutes.
const HOUR: usize = 60;
const DAY: usize = 24 * HOUR;

/// What was told, and for how many minutes.
type Phase = (usize, String);

/// One alert, in a cluster to which something happens.
struct Story {
    alert: &'static str,
    told: Vec<Phase>,
    /// When it does not fire yet, in minutes.
    quiet: usize,
    /// When it fires.
    loud: usize,
    /// The alert's labels beside its severity, and its value, for each time that it fires.
    fires: Vec<(Vec<(&'static str, &'static str)>, &'static str)>,
}

fn stories() -> Vec<Story> {
    let well = || told::text(told::well(report("restored-by-a-token")));
    let of = |case: &str| told::text(told::well(report(case)));
    let troubled = || told::text(told::troubled(report("restored-by-a-token")));
    let story = |alert, told: String, quiet, loud| Story {
        alert,
        told: vec![(loud + HOUR, told)],
        quiet,
        loud,
        fires: Vec::new(),
    };
    let volume = |severity, verdict| {
        vec![
            ("instance", "daemon"),
            ("namespace", "media"),
            ("persistentvolumeclaim", "library"),
            ("severity", severity),
            ("verdict", verdict),
        ]
    };
    vec![
        Story {
            fires: vec![(volume("critical", "no-restore-ref"), "1")],
            ..story("PlumberVolumeWouldBeEmpty", of("volume-without-a-reference"), 14, 16)
        },
        Story {
            fires: vec![(volume("warning", "restore-image-unusable"), "1")],
            ..story("PlumberVolumeWouldHang", of("snapshot-that-is-gone"), 59, 61)
        },
        Story {
            fires: vec![(volume("info", "restore-image-stale"), "1")],
            ..story(
                "PlumberVolumeUnproven",
                of("image-older-than-the-last-backup"),
                2 * DAY - 1,
                2 * DAY + 1,
            )
        },
        Story {
            fires: vec![(vec![("reason", "undecided"), ("severity", "info")], "1")],
            ..story("PlumberVolumesUndecided", of("no-labels-and-no-pair"), DAY - 1, DAY + 1)
        },
        Story {
            told: vec![(6 * HOUR, well()), (HOUR, of("never-backed-up"))],
            fires: ["pvc_recreate", "rebuild"]
                .map(|one| (vec![("scenario", one), ("severity", "critical")], "0"))
                .to_vec(),
            ..story("PlumberFewerVolumesWouldComeBack", String::new(), 6 * HOUR + 14, 6 * HOUR + 16)
        },
        Story {
            told: vec![(HOUR, well()), (HOUR, String::new())],
            fires: vec![(vec![("severity", "warning")], "1")],
            // What was told counts for five minutes more.
            ..story("PlumberAuditAbsent", String::new(), HOUR + 18, HOUR + 21)
        },
        Story {
            fires: vec![(vec![("instance", "daemon"), ("severity", "warning")], "0")],
            ..story("PlumberAuditNotReady", told::text(starting()), 14, 16)
        },
        Story {
            fires: vec![(
                vec![("instance", "daemon"), ("kind", KINDS[1]), ("severity", "warning")],
                "1260",
            )],
            ..story("PlumberApiServerSilent", troubled(), 20, 21)
        },
        Story {
            fires: vec![(
                vec![
                    ("health", "forbidden"),
                    ("instance", "daemon"),
                    ("kind", KINDS[0]),
                    ("severity", "warning"),
                ],
                "1",
            )],
            ..story("PlumberKindForbidden", troubled(), 14, 16)
        },
        Story {
            fires: vec![(
                vec![("instance", "daemon"), ("kind", KINDS[2]), ("severity", "info")],
                "2",
            )],
            ..story("PlumberObjectsMalformed", troubled(), 14, 16)
        },
        Story {
            fires: vec![(
                vec![
                    ("app", "photos"),
                    ("instance", "daemon"),
                    ("path", "apps/photos"),
                    ("repo", "https://git.example.com/home.git"),
                    ("severity", "warning"),
                ],
                "1",
            )],
            ..story("PlumberGitNotRendered", troubled(), 14, 16)
        },
    ]
}

/// The kinds of which `told::troubled` makes something.
const KINDS: [&str; 3] = ["PersistentVolumeClaim", "Namespace", "ReplicationSource"];

/// Makes series of what was told: each sample stands for as many minutes as its text, and is missing
/// where a text has it not. As when Prometheus reads it, each says whom it was read from.
fn series(told: &[Phase]) -> Vec<Value> {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut before = 0;
    for (minutes, text) in told {
        let samples = if text.is_empty() { Vec::new() } else { parse(text).samples };
        let mut missing: BTreeSet<String> = values.keys().cloned().collect();
        for (name, labels, value) in samples {
            let labels = labels.iter().map(|(label, value)| format!(", {label}={value:?}"));
            let name = format!("{name}{{instance=\"daemon\"{}}}", labels.collect::<String>());
            missing.remove(&name);
            let known = values.entry(name).or_insert_with(|| blank(before));
            known.push_str(&told_for(value, *minutes));
        }
        for name in missing {
            values.entry(name).or_default().push_str(&blank(*minutes));
        }
        before += minutes;
    }
    let one = |(series, values): (String, String)| json!({"series": series, "values": values});
    values.into_iter().map(one).collect()
}

fn told_for(value: f64, minutes: usize) -> String {
    format!(" {value}+0x{}", minutes - 1)
}

fn blank(minutes: usize) -> String {
    if minutes == 0 { String::new() } else { format!(" _x{minutes}") }
}

/// Fills in what Prometheus fills in.
fn filled(text: &str, labels: &[(&str, &str)], value: &str) -> String {
    let mut text = text.replace("{{ $value }}", value);
    for (label, value) in labels {
        text = text.replace(&format!("{{{{ $labels.{label} }}}}"), value);
    }
    assert!(!text.contains("{{"), "{text}");
    text
}

fn expected(rule: &Value, (labels, value): &(Vec<(&'static str, &'static str)>, &str)) -> Value {
    let annotations = rule["annotations"].as_object().unwrap().iter().map(|(key, text)| {
        (key.clone(), Value::from(filled(text.as_str().unwrap(), labels, value)))
    });
    let annotations: serde_json::Map<String, Value> = annotations.collect();
    let link = annotations["runbook_url"].as_str().unwrap();
    let (_, section) = link.split_once('#').unwrap();
    let heading = format!("\n## {section}\n");
    assert!(read("docs/runbook.md").contains(&heading), "{link} leads nowhere");
    let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
    json!({"exp_labels": labels, "exp_annotations": annotations})
}

fn promtool() -> Option<PathBuf> {
    let tools = crate::root().join("target/tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools).chain(std::env::split_paths(&path));
    let found = folders.map(|folder| folder.join("promtool")).find(|program| program.is_file());
    if found.is_none() {
        eprintln!("skipped: observability promtool: not in target/tools or PATH (.ci/promtool)");
    }
    found
}

/// Lets promtool look at the rules, and at what it is given beside them.
fn ask(promtool: &PathBuf, command: &[&str], tests: Option<&Value>) {
    let rule: Value =
        serde_yaml::from_str(&read("deploy/observability/prometheus-rule.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // JSON is YAML.
    std::fs::write(folder.path().join("rules.json"), rule["spec"].to_string()).unwrap();
    let mut asked = Command::new(promtool);
    asked.args(command).current_dir(folder.path());
    match tests {
        None => asked.arg("rules.json"),
        Some(tests) => {
            std::fs::write(folder.path().join("tests.json"), tests.to_string()).unwrap();
            asked.arg("tests.json")
        }
    };
    let output = asked.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn promtool_accepts_the_rules() {
    let Some(promtool) = promtool() else { return };
    ask(&promtool, &["check", "rules"], None);
}

/// As rules, for these promtool reads.
#[test]
fn promtool_reads_what_the_dashboard_asks() {
    let Some(promtool) = promtool() else { return };
    let asked = panels().into_iter().map(|(_, expression)| {
        json!({"record": "asked", "expr": expression.replace("$__rate_interval", "5m")})
    });
    let rules: Vec<Value> = asked.collect();
    assert!(rules.len() > 15, "{}", rules.len());
    let folder = tempfile::tempdir().unwrap();
    let groups = json!({"groups": [{"name": "dashboard", "rules": rules}]});
    std::fs::write(folder.path().join("dashboard.json"), groups.to_string()).unwrap();
    let mut asked = Command::new(promtool);
    asked.args(["check", "rules", "--lint=none", "dashboard.json"]).current_dir(folder.path());
    let output = asked.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_alert_fires_when_it_is_to_and_says_what_is_wrong() {
    let stories = stories();
    let rules = rules();
    let named = |name: &str| rules.iter().find(|rule| rule["alert"] == name).unwrap();
    let all: BTreeSet<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    let tried: BTreeSet<&str> = stories.iter().map(|story| story.alert).collect();
    assert_eq!(tried, all, "each alert has its story");
    let tests = stories.iter().map(|story| {
        let rule = named(story.alert);
        let fires: Vec<Value> = story.fires.iter().map(|one| expected(rule, one)).collect();
        json!({
            "name": story.alert,
            "interval": "1m",
            "input_series": series(&story.told),
            "alert_rule_test": [
                {"eval_time": format!("{}m", story.quiet), "alertname": story.alert},
                {"eval_time": format!("{}m", story.loud), "alertname": story.alert, "exp_alerts": fires},
            ],
        })
    });
    let tests: Vec<Value> = tests.collect();
    let Some(promtool) = promtool() else { return };
    let tests = json!({"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": tests});
    ask(&promtool, &["test", "rules"], Some(&tests));
}

#[test]
fn none_fires_where_all_is_well() {
    let told = [(3 * DAY, told::text(told::well(report("restored-by-a-token"))))];
    let quiet: Vec<Value> = rules()
        .iter()
        .flat_map(|rule| {
            let quiet =
                |at: usize| json!({"eval_time": format!("{at}m"), "alertname": rule["alert"]});
            [0, HOUR, 3 * DAY - 1].map(quiet)
        })
        .collect();
    let Some(promtool) = promtool() else { return };
    let tests = json!({
        "rule_files": ["rules.json"], "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series(&told), "alert_rule_test": quiet}],
    });
    ask(&promtool, &["test", "rules"], Some(&tests));
}
