//! What a person reads: the number first, what would not come back, then the worst first.

use super::case::Standing;
use super::code::Severity;
use super::finding::{Finding, Outcome, Scenario};
use super::time::ago;
use super::verdict::Assessment;
use super::{Report, STALE_AFTER};
use std::cmp::Reverse;

/// Writes the report for a terminal.
pub fn table(report: &Report<'_>) -> String {
    let mut out = head(report, "  ");
    let volumes = sorted(report);
    let cells: Vec<[String; 5]> = volumes.iter().map(|volume| cells(volume)).collect();
    let titles = ["REBUILD", "RECREATE", "VOLUME", "VERDICT", "BACKUP"].map(str::to_owned);
    let width = |column: usize| {
        cells
            .iter()
            .chain([&titles])
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &[String; 5]| {
        let padded: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    if !volumes.is_empty() {
        out.push('\n');
        out.push_str(&line(&titles));
    }
    for (volume, row) in volumes.iter().zip(&cells) {
        out.push_str(&line(row));
        for finding in told(volume) {
            out.push_str(&say(finding));
        }
    }
    let findings = report.findings.iter().filter(|finding| finding.severity() > Severity::Info);
    let findings: Vec<String> = findings.map(say).collect();
    if !findings.is_empty() {
        out.push_str("\nof the report as a whole\n");
        out.push_str(&findings.concat());
    }
    out
}

/// Writes the report as Markdown.
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = String::from("# Would it come back?\n\n");
    for line in head(report, "").lines() {
        out.extend([format!("- {line}\n")]);
    }
    let volumes = sorted(report);
    if !volumes.is_empty() {
        out.push_str("\n| volume | rebuild | recreate | verdict | backup | why | what to do |\n");
        out.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    }
    for volume in volumes {
        let [rebuild, recreate, name, verdict, backup] = cells(volume);
        let (why, fix): (Vec<String>, Vec<String>) =
            told(volume).map(|finding| (finding.message.clone(), fix(finding))).unzip();
        let row = [name, rebuild, recreate, verdict, backup, why.join("; "), fix.join("; ")];
        let row = row.map(|cell| escaped(&cell));
        out.extend([format!("| {} |\n", row.join(" | "))]);
    }
    for finding in report.findings.iter().filter(|finding| finding.severity() > Severity::Info) {
        let line = format!("`{}`: {}", finding.code.id(), escaped(&finding.message));
        out.extend([format!("\n{line}: {}\n", escaped(&fix(finding)))]);
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

/// The lines above the volumes: the number first.
fn head(report: &Report<'_>, indent: &str) -> String {
    let all = report.standing(Standing::Protected);
    let [rebuilt, recreated] =
        [Scenario::Rebuild, Scenario::Recreate].map(|s| report.count(s, Outcome::Restore));
    let noun = if all == 1 { "volume" } else { "volumes" };
    let mut out = format!(
        "{rebuilt} of {all} {noun} would come back if the cluster were rebuilt, {recreated} if the \
         volume alone were recreated\n"
    );
    let what = [(Scenario::Rebuild, "rebuilt"), (Scenario::Recreate, "recreated")];
    for (scenario, word) in what {
        // The order of risk.
        let order = [Outcome::Empty, Outcome::Hang, Outcome::Unknown, Outcome::Stale];
        let counts =
            order.map(|outcome| format!("{} {}", report.count(scenario, outcome), outcome.id()));
        out.extend([format!("{indent}{word}: {}\n", counts.join(", "))]);
    }
    let beside = [
        (report.standing(Standing::Exempt), "exempt"),
        (report.standing(Standing::Native), "backed up by CloudNativePG"),
        (
            report.standing(Standing::BackupOnly) + report.standing(Standing::Disabled),
            "not to be restored",
        ),
        (report.standing(Standing::Undecided), "NOT PROTECTED"),
        (report.standing(Standing::Unintended), "NOT IN GIT"),
    ];
    let beside = beside.map(|(count, what)| format!("{count} {what}"));
    out.extend([format!("{indent}beside them: {}\n", beside.join(", "))]);
    let age = report.now.duration_since(report.observed.observed_at);
    let stale = if age > STALE_AFTER { ", which is too long ago" } else { "" };
    let origins = report.intent.origins.iter().map(|origin| {
        let revision = origin.revision.as_ref().map(|r| format!(" at {r}")).unwrap_or_default();
        format!("{}{revision}", origin.path)
    });
    out.extend([format!(
        "{indent}at {}: Git from {}, the cluster as seen {} ago{stale}\n",
        report.now,
        origins.collect::<Vec<_>>().join(", "),
        ago(age)
    )]);
    out
}

/// The order of risk: what would be lost first; what needs nobody last.
fn sorted<'r, 'a>(report: &'r Report<'a>) -> Vec<&'r Assessment<'a>> {
    let mut volumes: Vec<_> = report.volumes.iter().collect();
    volumes.sort_by_key(|volume| {
        let worst = volume.rebuild.max(volume.recreate);
        (Reverse(volume.severity), volume.case.standing, Reverse(worst), volume.case.key)
    });
    volumes
}

fn cells(volume: &Assessment<'_>) -> [String; 5] {
    let case = &volume.case;
    let shown = |outcome: Outcome| match outcome {
        Outcome::Empty | Outcome::Hang | Outcome::Unknown => outcome.id().to_uppercase(),
        Outcome::Stale | Outcome::Restore => outcome.id().to_owned(),
    };
    [
        shown(volume.rebuild),
        shown(volume.recreate),
        format!("{}/{}", case.namespace(), case.name()),
        volume.verdict.id().to_owned(),
        case.last_backup().map_or_else(|| "-".to_owned(), |last| ago(case.age(last))),
    ]
}

/// What is told of a volume: what matters, and nothing of what its owner decided.
fn told<'r>(volume: &'r Assessment<'_>) -> impl Iterator<Item = &'r Finding> {
    volume.findings.iter().filter(|finding| finding.severity() > Severity::Info)
}

fn say(finding: &Finding) -> String {
    let fix = fix(finding);
    format!(
        "    {}[{}]: {}\n      fix: {fix}\n",
        finding.severity().id(),
        finding.code.id(),
        finding.message
    )
}

fn fix(finding: &Finding) -> String {
    match &finding.fix.command {
        Some(command) => format!("{} ({command})", finding.fix.text),
        None => finding.fix.text.clone(),
    }
}
