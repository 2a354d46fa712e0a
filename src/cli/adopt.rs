//! `plumber adopt`: hand-written pairs in, labels and one configuration out.

mod files;
mod input;
mod reach;
mod write;

use super::Exit;
use super::args::{AdoptArgs, AdoptFormat};
use super::output::{print, say};
use super::run::{refuse, refuse_with};
use crate::adopt::{
    Adoption, Application, FILE, Minutes, Missed, Why, adopt, changed_beside, extract,
};
use crate::api::{labels, volsync};
use crate::manifest::{Limits, Reading, read};
use crate::object::Object;
use crate::report::adopt::{Detail, missed, text};
use crate::report::{adopt_json, text as messages};
use crate::source::tree::Tree;
use input::Input;
use reach::Unreached;
use std::borrow::Cow;
use std::fmt::Write as _;
use write::Outcome;

/// Runs the command.
pub(super) fn run(args: &AdoptArgs) -> Exit {
    match propose(args) {
        Ok(proposal) => finish(args, &proposal),
        Err(exit) => exit,
    }
}

/// What is proposed.
#[derive(Default)]
struct Proposal {
    adoption: Adoption,
    applications: Vec<Application>,
    /// Why nothing can be written.
    unreached: Option<Unreached>,
}

/// Reads, infers and proves.
fn propose(args: &AdoptArgs) -> Result<Proposal, Exit> {
    let Input { mut sources, tree, built } = input::read(args).map_err(|error| refuse(&error))?;
    let Tree { sources: written, kustomizations, unreadable } = tree;
    sources.extend(written.iter().filter(|source| !input::is_in(&built, &source.name)).cloned());
    let reading = read(sources, Limits::default());
    let objects = objects(&reading);
    let extracted = extract(&objects, &secrets(&reading), args.namespace.as_deref());
    let minutes = if args.keep_schedules { Minutes::Kept } else { Minutes::Spread };
    if extracted.volumes.is_empty() && extracted.missed.is_empty() && unreadable.is_empty() {
        let labelled = objects.iter().filter(|object| is_opted_in(object)).count();
        if labelled > 0 {
            say(&format!(
                "plumber: nothing is left to adopt; volumes that have the labels already: {labelled}\n"
            ));
            return Ok(Proposal::default());
        }
        let help = "adopt reads the files of a repository: give the folder of its applications, \
                    with -R";
        return Err(refuse_with("there is no ReplicationSource here", help));
    }
    let mut adoption = adopt(&reading.stream, extracted, minutes).map_err(|found| {
        for found in found {
            say(&messages::diagnostic(&found, None));
        }
        refuse_with(
            "internal error: the configuration that was inferred is not accepted",
            "report it with the lines above; nothing was written",
        )
    })?;
    adoption.missed.extend(unreadable.into_iter().filter_map(|found| {
        let location = found.location?;
        let (why, message, help) = (Why::NotEditable, found.message, found.help);
        Some(Missed { what: FILE.to_owned(), location, why, message, help })
    }));
    let holds = |source: &str| reach::holds(&args.paths, &built, source);
    let is_there = write::configuration_file(&args.paths).exists();
    let beside = |adoption: &Adoption| {
        if adoption.adopted.is_empty() || is_there {
            return Vec::new();
        }
        changed_beside(&reading.stream, &objects, adoption, &holds)
    };
    let mut changed = beside(&adoption);
    if !changed.is_empty() && adoption.set_aside(&reading.stream, minutes) {
        changed = beside(&adoption);
    }
    let files = read(written, Limits::default());
    let stream = &reading.stream;
    let applications = files::plan(&mut adoption, stream, &files, &kustomizations, &built, minutes);
    adoption.missed.sort_by(|a, b| a.location.cmp(&b.location));
    adoption.by_hand.sort_by(|a, b| a.location.cmp(&b.location));
    let unreached = reach::unreached(&args.paths, &adoption, &built);
    let unreached = unreached.or_else(|| reach::disturbed(&changed));
    adoption.missed.extend(changed);
    Ok(Proposal { adoption, applications, unreached })
}

/// Returns whether an object is a volume, or a set of volumes, with both labels.
fn is_opted_in(object: &Object) -> bool {
    [labels::ENABLED, labels::MANAGE_VOLSYNC].iter().all(|key| {
        object.node.text_at(&["metadata", "labels", key]).is_some_and(|value| value == "true")
    })
}

/// Writes, if asked, and prints.
fn finish(args: &AdoptArgs, proposal: &Proposal) -> Exit {
    let Proposal { adoption, applications, unreached } = proposal;
    if let (true, Some(Unreached { message, help })) = (args.write, unreached) {
        return refuse_with(message, &format!("{help}; nothing was written"));
    }
    let shown = match args.format {
        AdoptFormat::Text => {
            let detail = if args.verbose { Detail::Everything } else { Detail::Short };
            text(adoption, &args.paths, detail)
        }
        AdoptFormat::Json => {
            let report = adopt_json::report(adoption, applications, &args.paths);
            format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default())
        }
    };
    let written = if args.write {
        match write::write(&args.paths, adoption, applications) {
            Ok(outcome) => outcome,
            Err(exit) => return exit,
        }
    } else {
        Outcome::Nothing
    };
    if let Err(error) = print(&[Cow::Owned(shown)]) {
        return refuse_with(&format!("cannot write: {error}"), "check standard output");
    }
    if let Some(Unreached { message, help }) = unreached {
        say(&format!("plumber: this cannot be written as it is: {message}\n  help: {help}\n"));
    }
    say(&summary(args, adoption, applications, written));
    if adoption.missed.is_empty() && adoption.by_hand.is_empty() {
        Exit::Done
    } else {
        Exit::Trouble
    }
}

/// Returns the objects; where no volume is among them, the sources and destinations alone, which
/// are otherwise not looked at.
fn objects(reading: &Reading) -> Cow<'_, [Object]> {
    if reading.objects.is_empty() {
        let kinds = [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION];
        return Cow::Owned(crate::manifest::objects_of(&reading.stream, &kinds));
    }
    Cow::Borrowed(&reading.objects)
}

/// Decodes the documents that hold credentials, which no plan looks at.
fn secrets(reading: &Reading) -> Vec<Object> {
    crate::manifest::objects_of(&reading.stream, &["Secret", "ExternalSecret"])
}

fn summary(
    args: &AdoptArgs,
    adoption: &Adoption,
    applications: &[Application],
    written: Outcome,
) -> String {
    let mut out = String::new();
    if args.format == AdoptFormat::Json {
        for found in adoption.missed.iter().chain(&adoption.by_hand) {
            out.push_str(&missed(found));
            out.push('\n');
        }
    }
    let before: usize = adoption.adopted.iter().map(|one| one.lines_before).sum();
    let after: usize = adoption.adopted.iter().map(|one| one.lines_after).sum();
    let lines =
        if adoption.adopted.is_empty() { 0 } else { adoption.configuration.lines().count() };
    let files: usize = applications.iter().map(|application| application.changes.len()).sum();
    let done = if written == Outcome::Everything {
        format!(
            "{} written, {files} other files changed",
            write::configuration_file(&args.paths).display()
        )
    } else if args.write || adoption.adopted.is_empty() {
        "nothing was written".to_owned()
    } else {
        "nothing was written: add --write".to_owned()
    };
    // Writing to a String does not fail.
    writeln!(
        out,
        "plumber: {} adopted, {} not, {} by hand; {before} lines become {}; {done}",
        adoption.adopted.len(),
        adoption.missed.len(),
        adoption.by_hand.len(),
        after + lines
    )
    .unwrap_or_default();
    out
}
