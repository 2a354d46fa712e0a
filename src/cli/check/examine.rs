//! One application: read, planned and surveyed. Its text is kept only where no file holds it.

use crate::api::kinds;
use crate::config::Resolved;
use crate::manifest::{Secrets, read_further};
use crate::object::Location;
use crate::report::check_text::Texts;
use crate::report::findings::Checked;
use crate::rules::{Finding, Origin, Survey, survey};
use crate::source::build::Build;
use crate::source::files::{self, Inputs, Unreadable, text};
use crate::source::unrendered;
use std::path::Path;
use std::sync::Arc;

/// What is examined.
pub(super) struct Application<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its cluster, where the configuration tells clusters apart.
    pub(super) cluster: Option<&'a str>,
    /// What it is made of.
    pub(super) paths: &'a [String],
}

/// What came of it.
pub(super) struct One {
    survey: Survey,
    texts: Texts,
}

/// What came of all applications.
pub(super) struct Examined {
    pub(super) surveys: Vec<Survey>,
    /// The texts that no file holds, by name.
    pub(super) texts: Texts,
    /// Why applications could not be examined.
    pub(super) refused: Vec<String>,
    /// What was not looked at, though something names it.
    pub(super) notes: Vec<String>,
}

impl Examined {
    /// Adds an application.
    pub(super) fn add(&mut self, one: One) {
        self.surveys.push(one.survey);
        self.texts.extend(one.texts);
    }
}

/// Examines an application. What cannot be read in it is a finding.
///
/// # Errors
/// A path is not there, or a program that builds it failed.
pub(super) fn examine(
    application: &Application<'_>,
    build: &Build,
    resolved: Resolved,
) -> Result<One, Unreadable> {
    let origin = Origin {
        application: Arc::from(application.name),
        cluster: application.cluster.map(Arc::from),
    };
    let Inputs { sources, mut diagnostics } = match files::read(application.paths, build) {
        Ok(inputs) => inputs,
        Err(Unreadable::Content(found)) => {
            let name = &origin.application;
            let findings = found.into_iter().map(|found| Finding::of(found, None, name)).collect();
            return Ok(One { survey: Survey::unread(&origin, findings), texts: Texts::new() });
        }
        Err(error @ Unreadable::Path { .. }) => return Err(error),
    };
    let secrets =
        if resolved.config.renders_secrets() { Secrets::Read } else { Secrets::PassedOver };
    let mut reading = read_further(sources, resolved.config.limits, secrets, kinds::FURTHER);
    let mut said = resolved.diagnostics;
    said.append(&mut diagnostics);
    said.append(&mut reading.diagnostics);
    reading.diagnostics = said;
    let mut survey = survey(&origin, &mut reading, &resolved.config);
    for path in application.paths.iter().map(Path::new).filter(|path| path.is_dir()) {
        survey.add_files(unrendered::objects(path, resolved.config.limits));
    }
    let kept = reading.stream.sources().iter().filter(|source| !Path::new(&*source.name).is_file());
    let texts = kept.map(|source| (source.name.to_string(), source.text.clone())).collect();
    Ok(One { survey, texts })
}

/// Adds the texts of the files in which something was found.
pub(super) fn with_files(mut texts: Texts, checked: &Checked) -> Texts {
    let places = checked.findings.iter().filter_map(|found| found.diagnostic.location.as_ref());
    for Location { source, .. } in places {
        if !texts.contains_key(&**source)
            && let Some(text) = text(source)
        {
            texts.insert(source.to_string(), text);
        }
    }
    texts
}
