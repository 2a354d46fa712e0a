//! `plumber audit once`: manifests and observed objects in, a report out.
#![expect(clippy::disallowed_methods, reason = "the clock is read here")]

use super::Exit;
use super::args::{AuditArgs, AuditFailOn, AuditFormat, CompareArgs};
use super::output::{print, say};
use super::run::{self, Planned, refuse, refuse_with};
use crate::audit::code::Severity as AuditSeverity;
use crate::audit::document::document;
#[cfg(feature = "audit")]
use crate::audit::page;
use crate::audit::{self, Collected, Intent, Origin, Packer, Report};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::emit;
use crate::report::text;
use crate::source::files::{STDIN_PATH, Unreadable};
use crate::source::intended::intended;
use crate::source::observed::{self as files, Dump};
use jiff::Timestamp;
use std::borrow::Cow;

/// Runs the command.
pub(super) fn run(args: AuditArgs) -> Exit {
    let AuditArgs { compare, format, fail_on } = args;
    let from = match fail_on {
        AuditFailOn::Critical => AuditSeverity::Critical,
        AuditFailOn::High => AuditSeverity::High,
        AuditFailOn::Medium => AuditSeverity::Medium,
        AuditFailOn::Info => AuditSeverity::Info,
    };
    compared(compare, |report, config| {
        let written = match format {
            AuditFormat::Table => audit::table(report),
            AuditFormat::Markdown => audit::markdown(report),
            // Serialising plain structs does not fail.
            AuditFormat::Json => {
                let document = document(report, config);
                serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
            }
            AuditFormat::Yaml => {
                let document = serde_json::to_value(document(report, config)).unwrap_or_default();
                emit(&document, 0, "\n")
            }
            AuditFormat::Junit => audit::junit(report, from),
            #[cfg(feature = "audit")]
            AuditFormat::Html => paged(report, config, page::file),
            #[cfg(feature = "audit")]
            AuditFormat::Csv => {
                paged(report, config, |input| page::csv(input, &page::Query::default()))
            }
        };
        match print(&[Cow::Owned(written)]) {
            Err(error) => refuse_with(&format!("cannot write: {error}"), "check standard output"),
            Ok(()) if report.fails(from) => Exit::Trouble,
            Ok(()) => Exit::Done,
        }
    })
}

/// Writes a report as the dashboard would.
#[cfg(feature = "audit")]
fn paged(
    report: &Report<'_>,
    config: &Config,
    write: impl Fn(&page::PageInput<'_>) -> String,
) -> String {
    let document = document(report, config);
    write(&page::PageInput { document: &document, now: report.now, daemon: None })
}

/// Reads both sides, asks the question, and passes the answer on.
pub(super) fn compared(args: CompareArgs, answer: impl Fn(&Report<'_>, &Config) -> Exit) -> Exit {
    match evaluate(args) {
        Ok(Evaluated { intent, collected, config, now }) => {
            let Collected { observed, problems, .. } = &collected;
            audit::report(&intent, observed, problems, now, |report| answer(report, &config))
        }
        Err(exit) => exit,
    }
}

/// Both sides of the comparison.
struct Evaluated {
    intent: Intent,
    collected: Collected,
    config: Config,
    now: Timestamp,
}

fn evaluate(args: CompareArgs) -> Result<Evaluated, Exit> {
    let CompareArgs { manifests, observed, now, observed_at, revision, mut plan } = args;
    let missing = |option: &str, what: &str| {
        refuse_with(
            &format!("{option} is not given, and this command reads files, not a cluster"),
            &format!("add {option} {what}"),
        )
    };
    if manifests.is_empty() {
        return Err(missing("--manifests", "DIR: the folder that Git renders from"));
    }
    if observed.is_empty() {
        return Err(missing("--observed", "FILE: what kubectl get -o yaml prints"));
    }
    if manifests.iter().chain(&observed).filter(|path| *path == STDIN_PATH).count() > 1 {
        return Err(refuse_with("`-` stands twice", "standard input can be read once"));
    }
    let asked = time("--now", now)?;
    let observed_at = time("--observed-at", observed_at)?;
    plan.recursive = true;
    let resolved = run::configuration(&plan, &manifests).map_err(|error| refuse(&error))?;
    let Planned { reading, plan } = run::planned(&plan, &manifests)?;
    let origin = Origin { path: manifests.join(", "), revision, ..Origin::default() };
    let packer = Packer::default();
    let intent = intended(&plan, &reading.stream, &resolved.config, &manifests, origin, &packer)
        .map_err(|found| could_not(&found))?;
    for found in plan.diagnostics.iter().filter(|found| found.severity() == Severity::Warning) {
        say(&text::diagnostic(found, None));
    }
    let Dump { sources, written } = files::read(&observed).map_err(|error| refuse(&error))?;
    let now = asked.unwrap_or_else(Timestamp::now);
    // A fixed clock says nothing of files; against the real one a dump is as old as its file.
    let written = written.filter(|_| asked.is_none());
    let written = written.and_then(|written| Timestamp::try_from(written).ok());
    if let Some(later) = observed_at.filter(|at| *at > now) {
        let help = "give the time at which the objects were read";
        return Err(refuse_with(&format!("--observed-at {later} is after {now}"), help));
    }
    let observed_at = observed_at.or(written).unwrap_or(now).min(now);
    let collected = audit::collect(sources, observed_at);
    Ok(Evaluated { intent, collected, config: resolved.config, now })
}

fn could_not(found: &[Diagnostic]) -> Exit {
    for found in found {
        say(&text::diagnostic(found, None));
    }
    say("plumber: the manifests do not render, so nothing can be said of their volumes\n");
    Exit::CouldNotRun
}

fn time(option: &str, text: Option<String>) -> Result<Option<Timestamp>, Exit> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|error| {
        refuse(&Unreadable::Path {
            message: format!("{option} `{text}` is no time: {error}"),
            help: "write it as 2026-11-02T04:00:00Z".into(),
        })
    })
}
