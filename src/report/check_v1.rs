//! Findings as JSON, schema version 1: structs of its own, so that a change inside does not change
//! what programs read.

use super::findings::Checked;
use crate::diagnostic::Severity;
use crate::rules;
use serde::Serialize;

/// The version of this format.
pub const SCHEMA_VERSION: u32 = 1;

/// What a check found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// Counts.
    pub summary: Summary,
    /// Every finding, in the order of the input.
    pub findings: Vec<Finding>,
}

/// Counts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// How many applications were looked at.
    pub applications: usize,
    /// How many volumes they have.
    pub volumes: usize,
    /// How many errors were found, allowed ones aside.
    pub errors: usize,
    /// How many warnings were found, allowed ones aside.
    pub warnings: usize,
    /// How many infos were found, allowed ones aside.
    pub infos: usize,
    /// How many errors and warnings are allowed.
    pub allowed: usize,
}

/// One finding.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule; stable.
    pub code: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What was seen.
    pub message: String,
    /// What to type; null where nothing is to be typed.
    pub help: Option<String>,
    /// The application.
    pub application: String,
    /// The object; null where the input as a whole is meant.
    pub object: Option<Object>,
    /// Where it was seen; null where it has no place.
    pub location: Option<Location>,
    /// Why it is allowed; null where it is not.
    pub allowed: Option<String>,
}

/// An object.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Its namespace; null where nothing says it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// A place in an input.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The input's name: a path, `<stdin>`, or the command that printed it.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Makes the report.
pub fn report(checked: &Checked) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        summary: Summary {
            applications: checked.applications.len(),
            volumes: checked.volumes,
            errors: checked.count(Severity::Error),
            warnings: checked.count(Severity::Warning),
            infos: checked.count(Severity::Info),
            allowed: checked.allowed(),
        },
        findings: checked.findings.iter().map(finding).collect(),
    }
}

fn finding(finding: &rules::Finding) -> Finding {
    let found = &finding.diagnostic;
    Finding {
        code: found.code.id(),
        severity: found.severity().id(),
        message: found.message.clone(),
        help: found.help.clone(),
        application: finding.application.to_string(),
        object: finding.about.as_ref().map(|about| Object {
            kind: about.kind.clone(),
            namespace: about.namespace.clone(),
            name: about.name.clone(),
        }),
        location: found.location.as_ref().map(|location| Location {
            path: location.source.to_string(),
            line: location.mark.line(),
            column: location.mark.column(),
        }),
        allowed: finding.allowed.clone(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_schema_is_the_code() {
        let schema = schemars::schema_for!(super::Report);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        crate::testing::published("docs/schema/plumber-check.schema.json", &text);
    }
}
