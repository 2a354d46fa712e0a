//! What a person reads on stderr: each thing that needs them, then one line that sums up.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::plan::{Plan, Verdict, VolumePlan};
use std::fmt::Write as _;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What needs a person.
    Trouble,
    /// Everything.
    Everything,
}

/// Writes one diagnostic: place, severity, code, message, and what to type on a line of its own.
pub fn diagnostic(found: &Diagnostic, about: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(location) = &found.location {
        push(&mut out, format_args!("{location}: "));
    }
    push(&mut out, format_args!("{}[{}]: ", found.severity().id(), found.code.id()));
    if let Some(about) = about {
        push(&mut out, format_args!("{about}: "));
    }
    out.push_str(&found.message);
    out.push('\n');
    if let Some(help) = &found.help {
        push(&mut out, format_args!("  help: {help}\n"));
    }
    out
}

/// Writes what a plan's reader has to know, and the line that sums it up.
pub fn summary(plan: &Plan, detail: Detail) -> String {
    let mut out = String::new();
    for found in &plan.diagnostics {
        if detail == Detail::Everything || found.severity() > Severity::Info {
            out.push_str(&diagnostic(found, None));
        }
    }
    let mut shared: Vec<&Diagnostic> = Vec::new();
    for volume in &plan.volumes {
        let shown = |found: &&Diagnostic| {
            detail == Detail::Everything
                || found.severity() > Severity::Info
                || volume.fails() && volume.reasons.first() == Some(found)
        };
        // A shared identity is told once, for the stream.
        let told = |found: &&Diagnostic| !plan.diagnostics.contains(found);
        for found in volume.reasons.iter().filter(shown).filter(told) {
            // So is a name that several volumes would have.
            if found.code == Code::NameTaken {
                if shared.contains(&found) {
                    continue;
                }
                shared.push(found);
            }
            out.push_str(&diagnostic(found, Some(&volume.id())));
        }
    }
    // What was not read was not counted either.
    if !(plan.is_broken() && plan.volumes.is_empty()) {
        push(&mut out, format_args!("{}\n", counts(plan)));
    }
    out
}

/// Writes the one line that sums up: volumes by verdict.
fn counts(plan: &Plan) -> String {
    let total = plan.volumes.len();
    let mut out = format!("plumber: {total} {}", plural(total, "volume", "volumes"));
    for (n, (verdict, count)) in by_verdict(plan).into_iter().filter(|(_, c)| *c > 0).enumerate() {
        let separator = if n == 0 { ": " } else { ", " };
        push(&mut out, format_args!("{separator}{count} {}", verdict.id()));
    }
    let unchanged = |volume: &&VolumePlan| volume.verdict == Verdict::Wired && !volume.is_applied();
    match plan.volumes.iter().filter(unchanged).count() {
        0 => {}
        count => push(&mut out, format_args!("; in mode audit, so not changed: {count}")),
    }
    out
}

/// Counts volumes by verdict, every verdict among them.
pub fn by_verdict(plan: &Plan) -> Vec<(Verdict, usize)> {
    let count = |verdict| plan.volumes.iter().filter(|volume| volume.verdict == verdict).count();
    Verdict::ALL.iter().map(|verdict| (*verdict, count(*verdict))).collect()
}

/// Writes why a run failed, after [`summary`].
pub fn failure(plan: &Plan) -> String {
    let failing: Vec<&VolumePlan> = plan.volumes.iter().filter(|volume| volume.fails()).collect();
    if plan.is_broken() || failing.is_empty() {
        return "plumber: nothing was written: see the errors above\n".into();
    }
    let names: Vec<String> = failing.iter().take(3).map(|volume| volume.id()).collect();
    let more = match failing.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "plumber: nothing was written: in mode strict, trouble with one volume stops the run; see \
         {}{more} above\n",
        names.join(", ")
    )
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    out.write_fmt(arguments).unwrap_or_default();
}
