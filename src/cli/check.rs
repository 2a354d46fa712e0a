//! `plumber check`: what is wrong with backups and restores.

mod examine;
mod fix;
mod repository;

use super::Exit;
use super::args::{CheckArgs, FailOn, FormatArg, PlanArgs};
use super::output::{is_colourful, print, say};
use super::run::{self, refuse_with};
use crate::diagnostic::{Code, Severity};
use crate::report::check_text::{self, Colour, Texts};
use crate::report::findings::Checked;
use crate::report::text::Detail;
use crate::report::{check_v1, github, junit, sarif};
use crate::rules::{self, Sight, Survey};
use crate::source::files::{STDIN_PATH, Unreadable};
use examine::{Examined, One};
use std::borrow::Cow;
use std::sync::Arc;

/// Runs the command.
pub(super) fn run(args: &CheckArgs) -> Exit {
    if args.fix && args.paths.iter().any(|path| path == STDIN_PATH) {
        return refuse_with("standard input cannot be fixed", "name the files, or the folder");
    }
    if let (Some(glob), Some(path)) = (args.apps.first(), args.paths.first()) {
        return refuse_with(
            &format!("--apps {glob} and the path {path} are both given"),
            "put the glob in quotes, or the shell fills it in: --apps 'apps/*'",
        );
    }
    let (mut found, mut fixed) = match find(args) {
        Ok(found) => (found, 0),
        Err(exit) => return exit,
    };
    if args.fix {
        fixed = match fix::fix(&found.checked) {
            Ok(fixed) => fixed,
            Err(exit) => return exit,
        };
        if fixed > 0 {
            found = match find(args) {
                Ok(found) => found,
                Err(exit) => return exit,
            };
        }
    }
    let exit = tell(args, found);
    if args.fix {
        say(&format!("plumber: {fixed} fixed\n"));
    }
    exit
}

/// What was found, and what could not be looked at.
struct Found {
    checked: Checked,
    texts: Texts,
    refused: Vec<String>,
    notes: Vec<String>,
}

/// Examines everything and applies the rules.
fn find(args: &CheckArgs) -> Result<Found, Exit> {
    let CheckArgs { paths, plan, apps, argocd, .. } = args;
    let many = repository::repository(plan, apps, argocd.as_deref(), paths)?;
    let sight = if many.is_some() { Sight::Repository } else { Sight::Part };
    let Examined { surveys, texts, refused, notes } = match many {
        Some(many) => repository::examine_all(plan, many),
        None => one(plan, paths.clone())?,
    };
    let checked = Checked {
        findings: rules::check(&surveys, sight),
        volumes: surveys.iter().map(|survey| survey.volumes.len()).sum(),
        applications: surveys.iter().map(|s| Arc::clone(&s.origin.application)).collect(),
        printed: texts.keys().cloned().collect(),
    };
    Ok(Found { checked, texts, refused, notes })
}

/// Writes what was found, and says how it ended.
fn tell(args: &CheckArgs, found: Found) -> Exit {
    let Found { checked, texts, refused, notes } = found;
    let at = match args.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
    };
    let written = match args.format {
        FormatArg::Text => {
            let texts = examine::with_files(texts, &checked);
            let colour = if is_colourful() { Colour::On } else { Colour::Off };
            let detail = if args.verbose { Detail::Everything } else { Detail::Trouble };
            check_text::text(&checked, &texts, colour, detail)
        }
        FormatArg::Json => json(&check_v1::report(&checked)),
        FormatArg::Sarif => json(&sarif::sarif(&checked)),
        FormatArg::Github => github::github(&checked),
        FormatArg::Junit => junit::junit(&checked, at),
    };
    if let Err(error) = print(&[Cow::Owned(written)]) {
        return refuse_with(&format!("cannot write: {error}"), "check standard output");
    }
    for why in refused.iter().chain(&notes) {
        say(&format!("plumber: {why}\n"));
    }
    say(&checked.summary());
    if !refused.is_empty() {
        let count = refused.len();
        let noun = if count == 1 { "application" } else { "applications" };
        say(&format!("plumber: {count} {noun} could not be checked\n"));
    }
    match (refused.is_empty(), checked.fails(at)) {
        (false, _) => Exit::CouldNotRun,
        (true, true) => Exit::Trouble,
        (true, false) => Exit::Done,
    }
}

/// Says why nothing could be checked.
fn refuse(error: &Unreadable) -> Exit {
    run::refuse_as(error, "nothing was checked")
}

/// Examines paths as one application.
fn one(plan: &PlanArgs, paths: Vec<String>) -> Result<Examined, Exit> {
    let is_implied = paths.is_empty();
    let paths = run::paths(paths)?;
    let resolved = run::configuration(plan, &paths).map_err(|error| refuse(&error))?;
    let build = run::build(plan, &resolved).map_err(|error| refuse(&error))?;
    let name = paths.join(" ");
    let application = examine::Application { name: &name, cluster: None, paths: &paths };
    let One { survey, texts } =
        examine::examine(&application, build, resolved).map_err(|error| refuse(&error))?;
    let examined =
        Examined { surveys: vec![survey], texts, refused: Vec::new(), notes: Vec::new() };
    let is_empty = |survey: &Survey| survey.findings.iter().any(|f| f.code() == Code::EmptyInput);
    // In a pipeline standard input is no terminal, and nothing comes from it.
    if is_implied && examined.surveys.iter().any(is_empty) {
        return Err(refuse_with(
            "no PATH is given, and nothing came through the pipe",
            "name a file or a folder, or the repository: plumber check . (with apps in its \
             plumber.yaml), plumber check --apps 'apps/*'",
        ));
    }
    Ok(examined)
}

fn json<T: serde::Serialize>(value: &T) -> String {
    // Serialising plain structs does not fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
