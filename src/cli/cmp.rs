//! `plumber cmp`: what Argo CD calls.
#![expect(clippy::disallowed_methods, reason = "the environment and the folder are read here")]

use super::Exit;
use super::args::CmpCommand;
use super::output::{print, say};
use super::run::{self, Planned};
use crate::argocd::application::Application;
use crate::argocd::parameters::{self, ALLOW_EMPTY};
use crate::config::{Flags, Layer, resolve};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::manifest::apply;
use crate::plan::{Plan, Verdict};
use crate::report::text::{self, Detail};
use crate::source::configuration::{Search, layers};
use crate::source::files::{self, Unreadable};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// How many errors are shown: Argo CD's page shows them in one box.
const SHOWN: usize = 8;

/// Runs the command.
pub(super) fn run(command: &CmpCommand) -> Exit {
    match command {
        CmpCommand::Parameters => match print(&[Cow::Owned(parameters::announcement())]) {
            Ok(()) => Exit::Done,
            Err(error) => fail("plumber", &[format!("cannot write: {error}")]),
        },
        CmpCommand::Generate { allow_empty } => {
            // A variable that is not UTF-8 cannot be one that Argo CD or an administrator means.
            let variables = std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
                .collect();
            let application = match Application::from_variables(&variables) {
                Ok(application) => application,
                Err(why) => return fail(name(&variables), &[why]),
            };
            match generate(&application, *allow_empty) {
                Ok(pieces) => match print(&pieces) {
                    Ok(()) => Exit::Done,
                    Err(error) => fail(&application.name, &[format!("cannot write: {error}")]),
                },
                Err(why) => fail(&application.name, &why),
            }
        }
    }
}

/// The application's name where its variables cannot be read.
fn name(variables: &BTreeMap<String, String>) -> &str {
    let name = variables.get("ARGOCD_APP_NAME").map(String::as_str);
    name.filter(|name| !name.is_empty()).unwrap_or("plumber")
}

/// Says why there is no output: one line for each error, the application first.
fn fail(application: &str, why: &[String]) -> Exit {
    let more = match why.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("and {more} more errors\n"),
    };
    let shown: Vec<&str> = why.iter().take(SHOWN).map(String::as_str).collect();
    say(&format!("{application}: {}\n{more}", shown.join("\n")));
    Exit::CouldNotRun
}

/// Builds and renders the folder that the command was started in.
fn generate(
    application: &Application,
    allow_empty: bool,
) -> Result<Vec<Cow<'static, str>>, Vec<String>> {
    let one = |why: String| vec![why];
    let mut build = application.build().map_err(one)?;
    build.plain.allow_empty |= allow_empty;
    let allow_empty = build.plain.allow_empty;
    let root = root(application).map_err(one)?;
    // From the root, so that messages name files as the repository does.
    std::env::set_current_dir(&root)
        .map_err(|error| one(format!("cannot enter {}: {error}", root.display())))?;
    build.helm.boundary = Some(PathBuf::from("."));
    build.plain.boundary = Some(PathBuf::from("."));
    let folder = PathBuf::from(&application.source_path);
    let given = application.layers().map_err(|found| found.iter().map(line).collect::<Vec<_>>())?;
    let below = layers(&Search::Folder { folder: &folder, root: Path::new(".") }).map_err(words)?;
    let stack: Vec<Layer> = given.into_iter().chain(below).collect();
    let flags = Flags {
        namespace: application.namespace.clone(),
        managed_namespaces: Vec::new(),
        app: Some(application.name.clone()),
    };
    let resolved =
        resolve(&stack, &flags).map_err(|found| found.iter().map(line).collect::<Vec<_>>())?;
    let inputs =
        files::read(std::slice::from_ref(&application.source_path), &build).map_err(words)?;
    let Planned { reading, plan } = run::plan_inputs(inputs, resolved);
    check(&plan, application, allow_empty)?;
    let output = apply(&reading.stream, &plan.edits())
        .map_err(|found| found.iter().map(line).collect::<Vec<_>>())?;
    say(&text::summary(&plan, Detail::Trouble));
    Ok(output.pieces.into_iter().map(|piece| Cow::Owned(piece.into_owned())).collect())
}

/// Finds what must not reach Argo CD as a success.
fn check(plan: &Plan, application: &Application, allow_empty: bool) -> Result<(), Vec<String>> {
    let mut why: Vec<String> = plan
        .diagnostics
        .iter()
        .filter(|found| found.severity() == Severity::Error)
        .map(line)
        .collect();
    for volume in plan.volumes.iter().filter(|volume| volume.fails()) {
        let told = |found: &&Diagnostic| !plan.diagnostics.contains(found);
        let errors = volume.reasons.iter().filter(|r| r.severity() == Severity::Error).filter(told);
        let before = why.len();
        why.extend(errors.map(|found| format!("{}: {}", volume.id(), line(found))));
        if why.len() == before {
            why.extend(
                volume.reasons.first().map(|found| format!("{}: {}", volume.id(), line(found))),
            );
        }
    }
    let wired = plan.volumes.iter().find(|v| v.verdict == Verdict::Wired && v.is_applied());
    if let Some(volume) = wired
        && application.lacks_volsync()
    {
        why.push(format!(
            "{}: {}: the target cluster has no VolSync (KUBE_API_VERSIONS names nothing of {}); install \
             it, or set the parameter mode to audit",
            volume.id(),
            volume.location,
            crate::api::volsync::GROUP
        ));
    }
    if plan.diagnostics.iter().any(|found| found.code == Code::EmptyInput) && !allow_empty {
        why.push(format!(
            "{} holds no manifest, and Argo CD would delete everything; if that is meant, set the \
             parameter {ALLOW_EMPTY} to true",
            application.source_path
        ));
    }
    if why.is_empty() { Ok(()) } else { Err(why) }
}

/// The repository's folder: the working directory less the application's path.
fn root(application: &Application) -> Result<PathBuf, String> {
    let here = std::env::current_dir()
        .map_err(|error| format!("cannot tell the working directory: {error}"))?;
    let path = Path::new(&application.source_path);
    let parts: PathBuf =
        path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    let mut root = here.clone();
    for _ in parts.components() {
        root.pop();
    }
    if root.join(&parts) == here {
        return Ok(root);
    }
    Err(format!(
        "the working directory {} does not end with ARGOCD_APP_SOURCE_PATH {}, so plumber.yaml of \
         the repository cannot be found; start the command as Argo CD does",
        here.display(),
        application.source_path
    ))
}

/// One error in one line.
fn line(found: &Diagnostic) -> String {
    let place = found.location.as_ref().map_or(String::new(), |location| format!("{location}: "));
    let help = found.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
    format!("{place}{}: {}{help}", found.code.id(), found.message)
}

fn words(error: Unreadable) -> Vec<String> {
    match error {
        Unreadable::Path { message, help } => vec![format!("{message} ({help})")],
        Unreadable::Content(found) => found.iter().map(line).collect(),
    }
}
