//! Findings as SARIF 2.1.0, which code scanning services read.

use super::findings::{Checked, message};
use crate::diagnostic::Severity;
use crate::object::Location;
use crate::rules::{self, Finding};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The schema that is named in the output.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Makes the log of one run.
pub fn sarif(checked: &Checked) -> Value {
    let mut codes: Vec<_> = checked.findings.iter().map(Finding::code).collect();
    codes.sort_unstable();
    codes.dedup();
    let index: BTreeMap<_, usize> = codes.iter().enumerate().map(|(n, code)| (*code, n)).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            let (why, fix) = rules::rule(*code).map_or(("", ""), |rule| (rule.why, rule.fix));
            json!({
                "id": code.id(),
                "shortDescription": {"text": code.summary()},
                "fullDescription": {"text": if why.is_empty() { code.summary() } else { why }},
                "help": {
                    "text": format!("{why}\n\n{fix}"),
                    "markdown": format!("**Why it matters.** {why}\n\n**Fix.** {fix}"),
                },
                "defaultConfiguration": {"level": level(code.severity())},
            })
        })
        .collect();
    let results: Vec<Value> = checked
        .findings
        .iter()
        .map(|finding| result(finding, index.get(&finding.code()).copied(), checked))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding, rule: Option<usize>, checked: &Checked) -> Value {
    let found = &finding.diagnostic;
    let help = found.help.as_ref().map_or(String::new(), |help| format!("\nhelp: {help}"));
    let mut result = json!({
        "ruleId": found.code.id(),
        "ruleIndex": rule,
        "level": level(found.severity()),
        "message": {"text": format!("{}{help}", message(finding))},
        "locations": [location(finding, checked)],
        // What stays the same when lines move: the rule, the object, and what was seen.
        "partialFingerprints": {"plumber/v1": fingerprint(finding)},
    });
    if let Some(reason) = &finding.allowed {
        result["suppressions"] = json!([{"kind": "external", "justification": reason}]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn location(finding: &Finding, checked: &Checked) -> Value {
    let place = finding.diagnostic.location.as_ref();
    // What a program printed stands in no file: the application's folder is the nearest thing.
    let filed = place.filter(|place| !checked.is_printed(&place.source));
    let path = filed.map_or(&*finding.application, |place| &*place.source);
    let mut physical = json!({"artifactLocation": {"uri": uri(path)}});
    if let Some(Location { mark, .. }) = filed {
        physical["region"] = json!({"startLine": mark.line(), "startColumn": mark.column()});
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(about) = &finding.about {
        location["logicalLocations"] =
            json!([{"name": about.name, "fullyQualifiedName": about.id(), "kind": "resource"}]);
    }
    location
}

/// A path as a URI reference; relative ones are relative to the repository.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            write!(uri, "%{byte:02X}").unwrap_or_default();
        }
    }
    uri
}

fn fingerprint(finding: &Finding) -> String {
    let about = finding.about.as_ref().map(rules::About::id).unwrap_or_default();
    let text = format!("{}\n{about}\n{}", finding.code().id(), finding.diagnostic.message);
    let mut print = String::new();
    for byte in &crate::api::name::sha256(&text)[..12] {
        write!(print, "{byte:02x}").unwrap_or_default();
    }
    print
}
