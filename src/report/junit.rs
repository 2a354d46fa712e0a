//! Findings as JUnit's XML, which most pipelines show as tests: a suite an application, a test a
//! finding. With no more than the schema of Jenkins' xUnit plugin (junit-10.xsd) allows, so that a
//! place stands in the text.

use super::findings::{Checked, message};
use crate::diagnostic::Severity;
use crate::rules::Finding;
use std::fmt::Write as _;

/// Writes the suites. What reaches a severity is a failure, what is allowed is skipped, and what
/// lies below is said by a test that passes; infos are left out.
pub fn junit(checked: &Checked, fail_at: Severity) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for application in &checked.applications {
        let findings: Vec<&Finding> = checked
            .findings
            .iter()
            .filter(|f| f.application == *application && f.diagnostic.severity() > Severity::Info)
            .collect();
        let failures = findings.iter().filter(|finding| finding.severity() >= fail_at).count();
        let skipped = findings.iter().filter(|finding| finding.allowed.is_some()).count();
        push(
            &mut out,
            format_args!(
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" \
                 errors=\"0\" skipped=\"{skipped}\">\n",
                escaped(application),
                findings.len().max(1)
            ),
        );
        if findings.is_empty() {
            push(
                &mut out,
                format_args!(
                    "    <testcase classname=\"{}\" name=\"no findings\"/>\n",
                    escaped(application)
                ),
            );
        }
        for finding in findings {
            test(&mut out, finding, fail_at);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn test(out: &mut String, finding: &Finding, fail_at: Severity) {
    let found = &finding.diagnostic;
    let of = finding.about.as_ref().map_or_else(|| "input".to_owned(), crate::rules::About::id);
    let place = found.location.as_ref().map_or(String::new(), |place| format!("{place}: "));
    let help = found.help.as_ref().map_or(String::new(), |help| format!("\nhelp: {help}"));
    let text = format!("{place}{}{help}", message(finding));
    let (severity, code) = (found.severity().id(), found.code.id());
    let body = match &finding.allowed {
        Some(reason) => format!("<skipped message=\"allowed: {}\"/>", escaped(reason)),
        None if finding.severity() >= fail_at => format!(
            "<failure type=\"{severity}\" message=\"{}\">{}</failure>",
            escaped(&found.message),
            escaped(&text)
        ),
        None => format!("<system-out>{severity}: {}</system-out>", escaped(&text)),
    };
    let (application, of) = (escaped(&finding.application), escaped(&of));
    push(
        out,
        format_args!(
            "    <testcase classname=\"{application}\" name=\"{code}: {of}\">{body}</testcase>\n"
        ),
    );
}

/// Text for XML 1.0, which takes few control characters, and none of them as an escape.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    out.write_fmt(arguments).unwrap_or_default();
}
