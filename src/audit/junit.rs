//! The report as JUnit reads it: one test for each volume, failed by what matters enough.

use super::code::Severity;
use super::{Assessment, Report};
use crate::junit::{Outcome, Suite, Test, document};

/// Writes the report as JUnit XML.
pub fn junit(report: &Report<'_>, from: Severity) -> String {
    document(&[Suite {
        name: "plumber audit".to_owned(),
        timestamp: Some(report.now.to_string()),
        tests: report.volumes.iter().map(|volume| test(volume, from)).collect(),
    }])
}

fn test(volume: &Assessment<'_>, from: Severity) -> Test {
    let outcome = if volume.fails(from) { failed(volume) } else { Outcome::Passed };
    Test { class: volume.case.namespace().to_owned(), name: volume.case.name().to_owned(), outcome }
}

fn failed(volume: &Assessment<'_>) -> Outcome {
    let lines: Vec<String> = volume
        .findings
        .iter()
        .filter(|finding| finding.severity() > Severity::Info)
        .map(|finding| {
            format!(
                "{}[{}]: {}\nfix: {}",
                finding.severity().id(),
                finding.code.id(),
                finding.message,
                finding.fix.text
            )
        })
        .collect();
    Outcome::Failed {
        kind: volume.severity.id(),
        message: format!(
            "{}: rebuild {}, recreate {}",
            volume.verdict.id(),
            volume.rebuild.id(),
            volume.recreate.id()
        ),
        text: lines.join("\n"),
    }
}
