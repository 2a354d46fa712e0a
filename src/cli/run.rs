//! What the commands that plan share: arguments → inputs, configuration, plan.
#![expect(clippy::disallowed_methods, reason = "the environment is read here")]

use super::Exit;
use super::args::PlanArgs;
use super::output::say;
use crate::config::{Flags, Layer, Resolved, resolve};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Reading, Secrets, read_with};
use crate::plan::{Plan, plan};
use crate::report::text;
use crate::source::apps::Found;
use crate::source::build::{self, Build, TIMEOUT_VARIABLE};
use crate::source::configuration::Search;
use crate::source::files::{self, Inputs, Recursion, STDIN_PATH, Unreadable};
use std::io::IsTerminal as _;

/// A stream that was read and planned.
pub(super) struct Planned {
    pub(super) reading: Reading,
    pub(super) plan: Plan,
}

/// Says why a command could not run.
pub(super) fn refuse(error: &Unreadable) -> Exit {
    refuse_as(error, "nothing was written")
}

/// Says why a command could not run, and what was therefore not done.
pub(super) fn refuse_as(error: &Unreadable, outcome: &str) -> Exit {
    match error {
        Unreadable::Path { message, help } => {
            say(&format!("plumber: {message}\n  help: {help}\n"));
        }
        Unreadable::Content(found) => {
            for found in found {
                say(&text::diagnostic(found, None));
            }
            say(&format!("plumber: {outcome}: see the errors above\n"));
        }
    }
    Exit::CouldNotRun
}

/// Says one thing that is wrong with the command line.
pub(super) fn refuse_with(message: &str, help: &str) -> Exit {
    refuse(&Unreadable::Path { message: message.to_owned(), help: help.to_owned() })
}

/// Returns the paths to read: those given, or standard input when something is piped in.
pub(super) fn paths(given: Vec<String>) -> Result<Vec<String>, Exit> {
    let piped = !std::io::stdin().is_terminal();
    if given.iter().filter(|path| *path == STDIN_PATH).count() > 1 {
        return Err(refuse_with("`-` stands twice", "standard input can be read once"));
    }
    if given.is_empty() && !piped {
        return Err(refuse_with(
            "no PATH is given and nothing is piped in",
            "name a file or a folder, or pipe manifests in: kustomize build FOLDER | plumber render -",
        ));
    }
    Ok(if given.is_empty() { vec![STDIN_PATH.into()] } else { given })
}

/// Resolves the configuration for paths.
pub(super) fn configuration(args: &PlanArgs, paths: &[String]) -> Result<Resolved, Unreadable> {
    configuration_by(args, &Search::Paths(paths))
}

/// Returns the arguments for one application of a repository: what is known of it, over what is
/// given for all.
pub(super) fn plan_of(all: &PlanArgs, application: &Found) -> PlanArgs {
    let Found { path: _, namespace, app, cluster: _, recursive } = application;
    PlanArgs {
        config: all.config.clone(),
        namespace: namespace.clone().or_else(|| all.namespace.clone()),
        managed_namespace: all.managed_namespace.clone(),
        app: app.clone().or_else(|| all.app.clone()),
        mode: all.mode,
        recursive: all.recursive || *recursive,
    }
}

/// Resolves the configuration that a search finds, unless the arguments name a file.
pub(super) fn configuration_by(
    args: &PlanArgs,
    search: &Search<'_>,
) -> Result<Resolved, Unreadable> {
    let PlanArgs { config, namespace, managed_namespace, app, mode, recursive: _ } = args;
    let mode = mode.iter().map(|mode| ("mode", mode.id(), "--mode"));
    let mut layers: Vec<Layer> =
        Layer::flags(mode).map_err(Unreadable::Content)?.into_iter().collect();
    let file = config.as_deref().map(Search::File);
    layers.extend(crate::source::configuration::layers(file.as_ref().unwrap_or(search))?);
    let flags = Flags {
        namespace: namespace
            .clone()
            .or_else(|| variable("PLUMBER_NAMESPACE"))
            .or_else(|| variable("ARGOCD_APP_NAMESPACE")),
        managed_namespaces: managed_namespace.clone(),
        // An object's name holds no `_`: what stands before it is the application's namespace.
        app: app.clone().or_else(|| {
            let name = variable("ARGOCD_APP_NAME")?;
            Some(name.rsplit('_').next().unwrap_or(&name).to_owned())
        }),
    };
    resolve(&layers, &flags).map_err(Unreadable::Content)
}

/// Returns a variable of the environment that is set to something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Reads and plans paths.
pub(super) fn planned(args: &PlanArgs, paths: &[String]) -> Result<Planned, Exit> {
    let resolved = configuration(args, paths).map_err(|error| refuse(&error))?;
    let build = build(args, &resolved).map_err(|error| refuse(&error))?;
    let inputs = files::read(paths, &build).map_err(|error| refuse(&error))?;
    Ok(plan_inputs(inputs, resolved))
}

/// Returns how folders are built.
///
/// # Errors
/// The variable of the limit has no meaning.
pub(super) fn build(args: &PlanArgs, resolved: &Resolved) -> Result<Build, Unreadable> {
    // Unlike other variables this one is none of the configuration's: it says how, not what.
    let limit = std::env::var_os(TIMEOUT_VARIABLE);
    let limit = limit.as_ref().map(|value| value.to_string_lossy());
    let limit = build::limit(limit.as_deref()).map_err(|message| Unreadable::Path {
        message,
        help: "unset it, or correct it".to_owned(),
    })?;
    let mut build = Build { limit, ..Build::default() };
    build.plain.recursion = if args.recursive { Recursion::On } else { Recursion::Off };
    build.helm.namespace.clone_from(&resolved.config.namespace);
    Ok(build)
}

/// Plans what was read.
pub(super) fn plan_inputs(inputs: Inputs, resolved: Resolved) -> Planned {
    let Inputs { sources, mut diagnostics, known: _ } = inputs;
    let secrets =
        if resolved.config.renders_secrets() { Secrets::Read } else { Secrets::PassedOver };
    let mut reading = read_with(sources, resolved.config.limits, secrets);
    diagnostics.append(&mut reading.diagnostics);
    let mut said: Vec<Diagnostic> = resolved.diagnostics;
    said.append(&mut diagnostics);
    reading.diagnostics = said;
    let plan = plan(&mut reading, &resolved.config);
    Planned { reading, plan }
}
