//! One application: read, planned and surveyed. Its text is kept only where no file holds it.

use crate::api::kinds;
use crate::config::Resolved;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Document, Framing, Secrets, Stream, read_further, read_known, stray};
use crate::object::Location;
use crate::report::check_text::Texts;
use crate::report::findings::Checked;
use crate::rules::{Finding, Origin, Survey, survey};
use crate::source::build::Build;
use crate::source::files::{self, Inputs, Unreadable, text};
use crate::source::unrendered;
use std::collections::{BTreeMap, BTreeSet};
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
    pub(super) survey: Survey,
    pub(super) texts: Texts,
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

/// Examines an application. What cannot be read in it is a finding.
///
/// # Errors
/// A path is not there, or a program that builds it failed.
pub(super) fn examine(
    application: &Application<'_>,
    mut build: Build,
    resolved: Resolved,
) -> Result<One, Unreadable> {
    build.plain.further = kinds::FURTHER;
    let origin = Origin {
        application: Arc::from(application.name),
        cluster: application.cluster.map(Arc::from),
    };
    let Inputs { sources, mut diagnostics, known } = match files::read(application.paths, &build) {
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
    let limits = resolved.config.limits;
    let mut reading = if known.len() == sources.len() {
        read_known(sources, limits, secrets, kinds::FURTHER, known)
    } else {
        read_further(sources, limits, secrets, kinds::FURTHER)
    };
    if reading.objects.is_empty() {
        reading.diagnostics.extend(no_manifest(&reading.stream));
    }
    let mut said = resolved.diagnostics;
    said.append(&mut diagnostics);
    said.append(&mut reading.diagnostics);
    reading.diagnostics = said;
    let mut survey = survey(&origin, &mut reading, &resolved.config);
    for path in application.paths.iter().map(Path::new).filter(|path| path.is_dir()) {
        survey.add_files(&unrendered::objects(path, limits));
    }
    let texts = printed(&reading.stream, &survey);
    Ok(One { survey, texts })
}

/// Finds an input of which no document is a manifest: nothing is wrong with it, as nothing is in it.
/// What comes through a pipe and is none is mostly the message of a program that failed.
fn no_manifest(stream: &Stream) -> Option<Diagnostic> {
    let mut documents = stream.documents().filter(|document| !document.is_blank());
    let first = documents.next()?;
    let found = stray(first)?;
    if documents.any(|document| stray(document).is_none()) {
        return None;
    }
    if first.source.framing == Framing::Stream {
        return Some(found);
    }
    let location = found.location?;
    let found = Diagnostic::new(Code::EmptyInput, "no document of the input is a manifest");
    Some(found.at(location).help("name the files or the folder that hold manifests"))
}

/// What was printed or piped in and stands in no file: the documents that a finding can be about.
/// Of the others the ends of their lines are kept, so that lines keep their numbers.
fn printed(stream: &Stream, survey: &Survey) -> Texts {
    let mut lines: BTreeMap<Arc<str>, BTreeSet<usize>> = BTreeMap::new();
    for place in survey.places() {
        lines.entry(place.source).or_default().insert(place.mark.line());
    }
    let mut texts = Texts::new();
    let mut documents = stream.documents().peekable();
    while let Some(document) = documents.next() {
        let source = document.source;
        if Path::new(&*source.name).is_file() {
            continue;
        }
        let next = documents.peek().filter(|next| std::ptr::eq(next.source, source));
        let end = next.map_or(source.text.len(), |next| next.offset);
        let after = next.map_or(usize::MAX, Document::line);
        let text = texts.entry(source.name.to_string()).or_default();
        let whole = source.text.get(document.offset..end).unwrap_or_default();
        let places = lines.get(&*source.name);
        if places.is_some_and(|lines| lines.range(document.line()..after).next().is_some()) {
            text.push_str(whole);
        } else {
            text.extend(whole.chars().filter(|character| *character == '\n'));
        }
    }
    texts
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
