//! Findings as JUnit's tests: a suite an application, a test a finding. A place stands in the text,
//! as JUnit has no other room for it.

use super::findings::{Checked, message};
use crate::diagnostic::Severity;
use crate::junit::{Outcome, Suite, Test, document};
use crate::rules::{About, Finding};

/// Writes the suites. What reaches a severity is a failure, what is allowed is skipped, and what
/// lies below is said by a test that passes; infos are left out.
pub fn junit(checked: &Checked, fail_at: Severity) -> String {
    let suites = checked.applications.iter().map(|application| {
        let findings = checked.findings.iter();
        let findings = findings
            .filter(|f| f.application == *application && f.diagnostic.severity() > Severity::Info);
        let mut tests: Vec<Test> = findings.map(|finding| test(finding, fail_at)).collect();
        // A suite of nothing looks as if nothing had been checked.
        if tests.is_empty() {
            let (class, name) = (application.to_string(), "no findings".to_owned());
            tests.push(Test { class, name, outcome: Outcome::Passed });
        }
        Suite { name: application.to_string(), timestamp: None, tests }
    });
    document(&suites.collect::<Vec<_>>())
}

fn test(finding: &Finding, fail_at: Severity) -> Test {
    let found = &finding.diagnostic;
    let of = finding.about.as_ref().map_or_else(|| "input".to_owned(), About::id);
    let place = found.location.as_ref().map_or(String::new(), |place| format!("{place}: "));
    let help = found.help.as_ref().map_or(String::new(), |help| format!("\nhelp: {help}"));
    let text = format!("{place}{}{help}", message(finding));
    let kind = found.severity().id();
    let outcome = match &finding.allowed {
        Some(reason) => Outcome::Skipped(format!("allowed: {reason}")),
        None if finding.severity() >= fail_at => {
            Outcome::Failed { kind, message: found.message.clone(), text }
        }
        None => Outcome::Said(format!("{kind}: {text}")),
    };
    let name = format!("{}: {of}", found.code.id());
    Test { class: finding.application.to_string(), name, outcome }
}
