//! Every expression of the alerts and of the dashboard, against the text that Prometheus would read.

use crate::exposition::{Exposition, Labels, parse};
use crate::support::{report, reports};
use crate::{read, rules, told};
use serde_json::Value;
use std::collections::BTreeSet;

/// The text of a daemon that has seen something of everything.
fn exposition() -> Exposition {
    let mut document = reports(&[
        "never-backed-up",
        "several-volumes",
        "mover-that-fails",
        "restored-by-a-token",
        "snapshot-that-is-gone",
    ]);
    document.readiness = report("several-volumes").readiness;
    parse(&told::text(told::troubled(document)))
}

/// Every expression of the dashboard's panels, with where it stands; what a person chooses there is
/// filled in.
pub(crate) fn panels() -> Vec<(String, String)> {
    let board: Value =
        serde_json::from_str(&read("deploy/observability/plumber-audit.json")).unwrap();
    let mut all = Vec::new();
    for panel in board["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            for scenario in scenarios(&board) {
                let asked = target["expr"].as_str().unwrap();
                let asked = asked.replace("$scenario", &scenario).replace("$namespace", ".+");
                all.push((panel["title"].as_str().unwrap().to_owned(), asked));
            }
        }
    }
    all
}

/// Every expression, with where it stands.
fn expressions() -> Vec<(String, String)> {
    let board: Value =
        serde_json::from_str(&read("deploy/observability/plumber-audit.json")).unwrap();
    let mut all = panels();
    for variable in board["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["query"].as_str().filter(|query| query.contains('(')) {
            all.push((variable["name"].as_str().unwrap().to_owned(), query.to_owned()));
        }
    }
    for rule in rules() {
        let text = |key: &str| rule[key].as_str().unwrap().to_owned();
        all.push((text("alert"), text("expr")));
    }
    all
}

/// What the dashboard offers to choose from.
fn scenarios(board: &Value) -> Vec<String> {
    let variables = board["templating"]["list"].as_array().unwrap();
    let one = variables.iter().find(|one| one["name"] == "scenario").unwrap();
    one["query"].as_str().unwrap().split(',').map(str::to_owned).collect()
}

/// A metric in an expression, with what is asked of its labels: name, operator, value.
#[derive(Debug)]
struct Asked {
    metric: String,
    matchers: Vec<(String, String, String)>,
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Finds every metric of the project in an expression.
fn metrics(expression: &str) -> Vec<Asked> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find("plumber_") {
        rest = &rest[at..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (metric, after) = rest.split_at(end);
        let inside = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let matchers = inside.map_or_else(Vec::new, |(inside, _)| matchers(inside));
        found.push(Asked { metric: metric.to_owned(), matchers });
        rest = after;
    }
    found
}

/// Reads what stands in the braces of a selector: no value of ours has a comma or a quote in it.
fn matchers(inside: &str) -> Vec<(String, String, String)> {
    let one = |matcher: &str| {
        let end = matcher.find(|c| !is_word(c)).unwrap();
        let (label, rest) = matcher.split_at(end);
        let (operator, value) = rest.split_once('"').unwrap();
        let value = value.strip_suffix('"').unwrap();
        (label.trim().to_owned(), operator.to_owned(), value.to_owned())
    };
    inside.split(',').map(|matcher| one(matcher.trim())).collect()
}

/// Names the labels by which an expression groups or joins.
fn grouped(expression: &str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for word in ["by (", "on (", "without ("] {
        for part in expression.split(word).skip(1) {
            let (inside, _) = part.split_once(')').unwrap();
            labels.extend(inside.split(',').map(|label| label.trim().to_owned()));
        }
    }
    labels
}

#[test]
fn every_metric_and_label_is_one_that_the_daemon_tells() {
    let told = exposition();
    let mut names = BTreeSet::new();
    for (place, expression) in expressions() {
        let asked = metrics(&expression);
        assert!(!asked.is_empty(), "{place}: {expression}");
        let mut known = BTreeSet::from(["instance".to_owned()]);
        for Asked { metric, matchers } in asked {
            let samples: Vec<&Labels> = told
                .samples
                .iter()
                .filter(|(name, ..)| *name == metric)
                .map(|(_, of, _)| of)
                .collect();
            assert!(!samples.is_empty(), "{place}: the daemon tells no {metric}");
            known.extend(samples.iter().flat_map(|labels| labels.keys().cloned()));
            for (label, operator, value) in matchers {
                let values: BTreeSet<&str> = samples
                    .iter()
                    .map(|labels| {
                        labels
                            .get(&label)
                            .unwrap_or_else(|| panic!("{place}: {metric} has no {label}"))
                    })
                    .map(String::as_str)
                    .collect();
                // Whatever is, is matched by it.
                if value == ".+" {
                    continue;
                }
                assert!(["=", "!=", "=~"].contains(&operator.as_str()), "{place}: {operator}");
                for value in value.split('|') {
                    assert!(
                        values.contains(value),
                        "{place}: {metric} has no {label}=\"{value}\", but {values:?}"
                    );
                }
            }
            names.insert(metric);
        }
        for label in grouped(&expression) {
            assert!(known.contains(&label), "{place}: nothing has {label}: {expression}");
        }
    }
    assert!(names.len() >= 14, "{names:?}");
}

/// Nothing of what the daemon can tell is left out above.
#[test]
fn the_text_holds_every_family() {
    let told = exposition();
    for (family, kind) in &told.families {
        let is = |name: &str| {
            name.strip_prefix(family.as_str())
                .is_some_and(|end| ["", "_total", "_bucket"].contains(&end))
        };
        assert!(told.samples.iter().any(|(name, ..)| is(name)), "{kind} {family} has no sample");
    }
}

#[test]
fn a_metric_that_is_not_there_is_found() {
    let asked = metrics(
        "sum by (kind) (rate(plumber_audit_x_total{result=\"error\",a=~\"b|c\"}[5m])) > plumber_y",
    );
    let names: Vec<&str> = asked.iter().map(|one| one.metric.as_str()).collect();
    assert_eq!(names, ["plumber_audit_x_total", "plumber_y"]);
    let pairs: Vec<String> = asked[0]
        .matchers
        .iter()
        .map(|(label, operator, value)| format!("{label}{operator}{value}"))
        .collect();
    assert_eq!(pairs, ["result=error", "a=~b|c"]);
    assert_eq!(grouped("sum by (le, kind) (x) and on (instance) y").len(), 3);
}
