//! One part of a checkout → what Git intends, by the code that renders it for Argo CD.
#![expect(clippy::disallowed_methods, reason = "the environment is read here")]

use super::overrides::Edited;
use super::part::{How, Part};
use crate::audit::{Intent, Origin, Packer};
use crate::config::{Config, Flags, Layer, Resolved, resolve};
use crate::daemon::options::Planning;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Secrets, read_with};
use crate::plan::plan;
use crate::source::build::{self, Build, TIMEOUT_VARIABLE};
use crate::source::configuration::{Search, layers};
use crate::source::files::{self, Recursion, Unreadable};
use crate::source::intended::intended;
use std::path::Path;

/// What a part is rendered to.
pub(super) struct Rendered {
    /// What it intends.
    pub(super) intent: Intent,
    /// By which configuration.
    pub(super) config: Config,
    /// The SHA-256 of the manifests.
    pub(super) digest: String,
    /// Why it would not render in its mode.
    pub(super) refusal: Option<String>,
}

/// Renders a part.
///
/// # Errors
/// Why it does not render, in one text.
pub(super) fn render(
    root: &Path,
    part: &Part,
    planning: &Planning,
    packer: &Packer,
) -> Result<Rendered, String> {
    rendered(root, part, planning, packer).map_err(|why| {
        // As the repository names its files.
        why.replace(&format!("{}/", root.display()), "")
    })
}

fn rendered(
    root: &Path,
    part: &Part,
    planning: &Planning,
    packer: &Packer,
) -> Result<Rendered, String> {
    if let How::Not(why) = &part.how {
        return Err(why.clone());
    }
    let folder = if part.path == "." { root.to_owned() } else { root.join(&part.path) };
    if !folder.exists() {
        return Err(format!("there is no {} in the checkout", part.path));
    }
    let (resolved, build) = settled(root, &folder, part, planning)?;
    let overrides = match &part.how {
        How::Plain(plain) => plain.overrides(),
        How::Whole | How::Configured | How::Plugin(_) | How::Not(_) => None,
    };
    let edited = overrides.map(|overrides| Edited::of(root, &folder, overrides)).transpose()?;
    let read = edited.as_ref().map_or(folder.as_path(), Edited::folder);
    let original = |text: &str| match &edited {
        Some(edited) => edited.original(text, root),
        None => text.to_owned(),
    };
    let mut inputs = files::read(&[read.display().to_string()], &build)
        .map_err(|error| original(&words(error)))?;
    for source in &mut inputs.sources {
        source.name = original(&source.name).into();
    }
    let paths = [folder.display().to_string()];
    let Resolved { config, .. } = resolved;
    let secrets = if config.renders_secrets() { Secrets::Read } else { Secrets::PassedOver };
    let files::Inputs { sources, mut diagnostics, known: _ } = inputs;
    let mut reading = read_with(sources, config.limits, secrets);
    diagnostics.append(&mut reading.diagnostics);
    reading.diagnostics = diagnostics;
    let plan = plan(&mut reading, &config);
    let is_empty = |found: &Diagnostic| found.code == Code::EmptyInput;
    if plan.diagnostics.iter().any(is_empty) && !build.plain.allow_empty {
        return Err(format!("{} holds no manifest", part.path));
    }
    let origin = Origin { path: part.path.clone(), ..Origin::default() };
    let mut intent = intended(&plan, &reading.stream, &config, &paths, origin, packer)
        .map_err(|found| lines(&found))?;
    intent.relocate(&format!("{}/", root.display()));
    let origin = intent.origins.first();
    let refusal = origin.and_then(|origin| origin.refusal.clone());
    let digest = origin.map(|origin| origin.digest.clone()).unwrap_or_default();
    Ok(Rendered { intent, config, digest, refusal })
}

/// Returns how a part is configured.
///
/// # Errors
/// The configuration has no meaning, in one text.
pub(super) fn resolved(root: &Path, part: &Part, planning: &Planning) -> Result<Resolved, String> {
    settled(root, &root.join(&part.path), part, planning).map(|(resolved, _)| resolved)
}

/// Returns how a part is configured and built.
fn settled(
    root: &Path,
    folder: &Path,
    part: &Part,
    planning: &Planning,
) -> Result<(Resolved, Build), String> {
    let limit = std::env::var(TIMEOUT_VARIABLE).ok();
    let limit = build::limit(limit.as_deref())?;
    let mut base = Build { limit, ..Build::default() };
    let mut flags = Flags {
        namespace: part.namespace.clone().or_else(|| planning.namespace.clone()),
        managed_namespaces: planning.managed_namespaces.clone(),
        app: part.app.clone().or_else(|| planning.app.clone()),
    };
    let mode = |word: Option<&'static str>| {
        let given = word.into_iter().map(|word| ("mode", word, "--mode"));
        Layer::flags(given).map_err(|found| lines(&found))
    };
    let mut stack: Vec<Layer> = Vec::new();
    let paths = [folder.display().to_string()];
    let inside = Path::new(&part.path);
    // A part can be a file.
    let inside = if folder.is_file() { inside.parent().unwrap_or(inside) } else { inside };
    let mut search = Search::Folder { folder: inside, root };
    let build = match &part.how {
        How::Not(why) => return Err(why.clone()),
        How::Whole => {
            base.plain.recursion = Recursion::On;
            base.helm.namespace.clone_from(&flags.namespace);
            search = Search::Paths(&paths);
            base
        }
        How::Configured => {
            base.helm.namespace.clone_from(&flags.namespace);
            base
        }
        How::Plugin(variables) => {
            let application = Part::plugin(variables)?;
            flags.namespace.clone_from(&application.namespace);
            flags.app = Some(application.name.clone());
            stack.extend(application.layers().map_err(|found| lines(&found))?);
            let mut build = Build { limit, ..application.build()? };
            (build.helm.boundary, build.plain.boundary) = (Some(root.into()), Some(root.into()));
            build
        }
        How::Plain(plain) => {
            // What Argo CD renders by itself leaves as it is.
            stack.extend(mode(Some("audit"))?);
            let mut build = plain.build(base, root, folder)?;
            (build.helm.boundary, build.plain.boundary) = (Some(root.into()), Some(root.into()));
            build
        }
    };
    if !matches!(part.how, How::Plain(_)) {
        stack.splice(0..0, mode(planning.mode)?);
    }
    if let Some(file) = &planning.config {
        search = Search::File(file);
    }
    stack.extend(layers(&search).map_err(words)?);
    let resolved = resolve(&stack, &flags).map_err(|found| lines(&found))?;
    Ok((resolved, build))
}

pub(super) fn words(error: Unreadable) -> String {
    match error {
        Unreadable::Path { message, help } => format!("{message} ({help})"),
        Unreadable::Content(found) => lines(&found),
    }
}

/// The first errors, one a line.
pub(super) fn lines(found: &[Diagnostic]) -> String {
    const SHOWN: usize = 5;
    let line = |found: &Diagnostic| {
        let place = found.location.as_ref().map_or(String::new(), |place| format!("{place}: "));
        format!("{place}{}: {}", found.code.id(), found.message)
    };
    let mut all: Vec<String> = found.iter().take(SHOWN).map(line).collect();
    if let more @ 1.. = found.len().saturating_sub(SHOWN) {
        all.push(format!("and {more} more"));
    }
    all.join("\n")
}
