//! `plumber render`: manifests in, wired manifests out.

use super::Exit;
use super::args::RenderArgs;
use super::output::{print, say, write_file, write_member};
use super::run::{self, Planned, refuse_with};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Output, Stream, apply, apply_source};
use crate::plan::Plan;
use crate::report::json_v1;
use crate::report::text::{self, Detail};
use crate::source::files::STDIN;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Runs the command.
pub(super) fn run(args: RenderArgs) -> Exit {
    let RenderArgs { paths, plan, output, report, allow_empty, validate, verbose } = args;
    let planned = run::paths(paths).and_then(|paths| Ok((run::planned(&plan, &paths)?, paths)));
    let (Planned { reading, mut plan }, paths) = match planned {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    if let Some(application) = run::variable("ARGOCD_APP_NAME")
        && !allow_empty
        && plan.diagnostics.iter().any(|found| found.code == Code::EmptyInput)
    {
        return refuse_with(
            &format!(
                "the input holds no manifest, and Argo CD would delete all that {application} has"
            ),
            "check the command before the pipe, which may have failed; if it is meant, add \
             --allow-empty",
        );
    }
    if validate {
        plan.diagnostics.extend(mismatches(&plan));
    }
    let stream = &reading.stream;
    let targets = match targets(output.as_deref(), stream, &paths) {
        Ok(targets) => targets,
        Err(exit) => return exit,
    };
    let rendered = if plan.fails() { Err(Vec::new()) } else { render(stream, &plan, targets) };
    let written = match rendered {
        Ok(files) => {
            plan.diagnostics.extend(files.diagnostics);
            Some(files.pieces)
        }
        Err(refusals) => {
            plan.diagnostics.extend(refusals);
            None
        }
    };
    if let Some(path) = &report
        && let Err(exit) = write_report(path, &plan, stream)
    {
        return exit;
    }
    say(&text::summary(&plan, if verbose { Detail::Everything } else { Detail::Trouble }));
    let Some(files) = written else {
        say(&text::failure(&plan));
        let unreadable = |found: &Diagnostic| {
            !matches!(found.code, Code::IdentityDuplicate | Code::SchemaMismatch)
                && found.severity() == crate::diagnostic::Severity::Error
        };
        return if plan.diagnostics.iter().any(unreadable) {
            Exit::CouldNotRun
        } else {
            Exit::Trouble
        };
    };
    let exit = write(&files);
    // The process ends here, and the system takes everything back faster than piece by piece.
    std::mem::forget(files);
    std::mem::forget((plan, reading));
    exit
}

/// What leaves, by destination.
struct Files<'s> {
    pieces: Vec<(Target, Vec<Cow<'s, str>>)>,
    diagnostics: Vec<Diagnostic>,
}

enum Target {
    StandardOutput,
    File(PathBuf),
    /// A file in the folder that was asked for, which is made if need be.
    Member(PathBuf),
}

/// Where it goes: everything to one place, or each input to a file of its own.
enum Targets {
    One(Target),
    Each(Vec<PathBuf>),
}

/// Names the place of the output, and in a folder the file of each input: the input's own name,
/// with the subfolders between it and the path that was given.
fn targets(output: Option<&Path>, stream: &Stream, paths: &[String]) -> Result<Targets, Exit> {
    let Some(path) = output else { return Ok(Targets::One(Target::StandardOutput)) };
    if !is_folder(path) {
        return Ok(Targets::One(Target::File(path.to_owned())));
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for source in stream.sources() {
        let input = Path::new(&*source.name);
        let below = paths
            .iter()
            .filter_map(|given| input.strip_prefix(given).ok())
            .find(|below| below.file_name().is_some());
        let name = match below {
            Some(below) => below,
            None if *source.name == *STDIN => Path::new("manifests.yaml"),
            None => Path::new(input.file_name().unwrap_or("manifests.yaml".as_ref())),
        };
        let file = path.join(name);
        if files.contains(&file) {
            return Err(refuse_with(
                &format!("two inputs would be written to {}", file.display()),
                "render them apart, or give the folder that holds both, with -R",
            ));
        }
        files.push(file);
    }
    Ok(Targets::Each(files))
}

fn render<'s>(
    stream: &'s Stream,
    plan: &Plan,
    targets: Targets,
) -> Result<Files<'s>, Vec<Diagnostic>> {
    let edits = plan.edits();
    let one = |target, output: Output<'s>| Files {
        pieces: vec![(target, output.pieces)],
        diagnostics: output.diagnostics,
    };
    match targets {
        Targets::One(target) => Ok(one(target, apply(stream, &edits)?)),
        Targets::Each(paths) => {
            let mut files = Files { pieces: Vec::new(), diagnostics: Vec::new() };
            for (index, path) in paths.into_iter().enumerate() {
                let output = apply_source(stream, index, &edits)?;
                files.pieces.push((Target::Member(path), output.pieces));
                files.diagnostics.extend(output.diagnostics);
            }
            Ok(files)
        }
    }
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

fn write(files: &[(Target, Vec<Cow<'_, str>>)]) -> Exit {
    for (target, pieces) in files {
        let result = match target {
            Target::StandardOutput => print(pieces),
            Target::File(path) => write_file(path, pieces),
            Target::Member(path) => write_member(path, pieces),
        };
        if let Err(error) = result {
            let name = match target {
                Target::StandardOutput => "standard output".into(),
                Target::File(path) | Target::Member(path) => path.display().to_string(),
            };
            return refuse_with(
                &format!("cannot write {name}: {error}"),
                "check that the folder exists and who may write there",
            );
        }
    }
    Exit::Done
}

fn write_report(path: &Path, plan: &Plan, stream: &Stream) -> Result<(), Exit> {
    let report = json_v1::report(plan, stream);
    // Serialising plain structs does not fail.
    let text = serde_json::to_string_pretty(&report).unwrap_or_default();
    write_file(path, &[Cow::Owned(text), Cow::Borrowed("\n")]).map_err(|error| {
        refuse_with(
            &format!("cannot write the report {}: {error}", path.display()),
            "check that the folder exists and who may write there",
        )
    })
}

#[cfg(feature = "schema")]
fn mismatches(plan: &Plan) -> Vec<Diagnostic> {
    crate::report::validate::mismatches(plan)
}

#[cfg(not(feature = "schema"))]
fn mismatches(_: &Plan) -> Vec<Diagnostic> {
    vec![
        Diagnostic::new(Code::SchemaMismatch, "this build cannot validate: it has no schemas")
            .help("build it with the feature `schema`, or leave --validate out"),
    ]
}
