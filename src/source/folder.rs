//! A folder of plain manifests, by the rules of Argo CD's directory source: its own `.yaml`,
//! `.yml` and `.json` files, those below on request, in the order of their names; what holds no
//! manifest is left out, what is half a manifest is an error.
#![expect(clippy::disallowed_methods, reason = "reading files is this module's duty")]

use super::files::{self, CONFIG_FILE, Inputs, Recursion, Unreadable, unreadable};
use crate::api::kinds::Kind;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Framing, Known, Source, split};
use crate::object::{Location, Mark};
use globset::GlobMatcher;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that carries this anywhere is left out, as by Argo CD.
const SKIP_MARKER: &str = "+argocd:skip-file-rendering";

/// Argo CD's directory source evaluates such files; passing over them would lose what they give.
const JSONNET: &str = "jsonnet";

/// How a plain folder is read.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    /// Whether subfolders are read.
    pub recursion: Recursion,
    /// Whether a folder may hold no manifest.
    pub allow_empty: bool,
    /// The folder that links may not leave; the folder itself where it is not given.
    pub boundary: Option<PathBuf>,
    /// The files that are read, by their path in the folder; all where it is not given.
    pub include: Option<GlobMatcher>,
    /// The files that are left out, whatever else is said.
    pub exclude: Option<GlobMatcher>,
    /// The kinds beside a render's whose documents are kept as they were decoded; without any,
    /// nothing is kept.
    pub further: &'static [Kind],
}

/// Reads a folder's manifests into `inputs`.
///
/// # Errors
/// The folder cannot be read, or holds no manifest; or all files whose content is broken.
pub(super) fn read(root: &Path, plain: &Plain, inputs: &mut Inputs) -> Result<(), Unreadable> {
    let shown = root.display().to_string();
    let before = inputs.sources.len();
    let mut broken = Vec::new();
    let boundary = plain.boundary.as_deref().unwrap_or(root);
    let mut passed_over = 0;
    for path in manifests(root, boundary, plain.recursion)? {
        let inside = path.strip_prefix(root).unwrap_or(&path);
        let matches = |glob: &Option<GlobMatcher>| glob.as_ref().map(|glob| glob.is_match(inside));
        // Excluded comes before included, as for Argo CD.
        if matches(&plain.exclude) == Some(true) || matches(&plain.include) == Some(false) {
            passed_over += 1;
            continue;
        }
        let name: Arc<str> = path.display().to_string().into();
        if path.extension().is_some_and(|extension| extension == JSONNET) {
            return Err(Unreadable::Path {
                message: format!("{name} is Jsonnet, which is not evaluated here"),
                help:
                    "evaluate it and pipe the result in, or leave it out by the parameter exclude"
                        .into(),
            });
        }
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&name, &error))?;
        let mut file = Inputs::default();
        if let Err(error) = files::add(&mut file, Arc::clone(&name), bytes, Framing::File) {
            match error {
                Unreadable::Content(found) => broken.extend(found),
                error @ Unreadable::Path { .. } => return Err(error),
            }
            continue;
        }
        for source in file.sources {
            match judge(&source, plain.further) {
                Judgement::Manifests(known) => {
                    if !plain.further.is_empty() {
                        inputs.known.push(known);
                    }
                    inputs.sources.push(source);
                }
                Judgement::Skipped(found) => inputs.diagnostics.push(found),
                Judgement::Broken(found) => broken.extend(found),
            }
        }
        inputs.diagnostics.append(&mut file.diagnostics);
    }
    if !broken.is_empty() {
        return Err(Unreadable::Content(broken));
    }
    if inputs.sources.len() == before && !plain.allow_empty {
        let below = plain.recursion == Recursion::Off
            && manifests(root, boundary, Recursion::On)
                .is_ok_and(|files| files.iter().any(|file| file.parent() != Some(root)));
        return Err(Unreadable::Path {
            message: format!("{shown} holds no manifest"),
            help: if passed_over > 0 {
                format!("include and exclude leave out {passed_over} of its files: correct them")
            } else if below {
                "its subfolders hold YAML or JSON: add -R, or the parameter recursive in Argo CD"
                    .into()
            } else {
                "give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the \
                 parameter allow-empty lets it through"
                    .into()
            },
        });
    }
    Ok(())
}

/// Lists the files that can hold manifests, in the order of their names.
pub(super) fn manifests(
    root: &Path,
    boundary: &Path,
    recursion: Recursion,
) -> Result<Vec<PathBuf>, Unreadable> {
    let canonical = std::fs::canonicalize(boundary)
        .map_err(|error| unreadable(&boundary.display().to_string(), &error))?;
    let depth = if recursion == Recursion::On { usize::MAX } else { 1 };
    let walk = walkdir::WalkDir::new(root)
        .follow_links(true)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.file_name() != ".git");
    let mut files = Vec::new();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            // A link to nowhere holds nothing; Argo CD passes it over too.
            Err(error) if is_dangling(&error) => continue,
            Err(error) => {
                return Err(Unreadable::Path {
                    message: format!("cannot read the folder: {error}"),
                    help: "check its links and who may read it".into(),
                });
            }
        };
        if entry.path_is_symlink() {
            let target = std::fs::canonicalize(entry.path())
                .map_err(|error| unreadable(&entry.path().display().to_string(), &error))?;
            if !target.starts_with(&canonical) {
                let (message, help) = if boundary == root {
                    (
                        format!("a link out of {}", root.display()),
                        "copy the file, or give the folder that holds both",
                    )
                } else {
                    ("a link out of the repository".into(), "copy the file into the repository")
                };
                let message = format!("{} is {message}", entry.path().display());
                return Err(Unreadable::Path { message, help: help.into() });
            }
        }
        let wanted = is_manifest_name(entry.path())
            || entry.path().extension().is_some_and(|extension| extension == JSONNET);
        if entry.file_type().is_file() && wanted && entry.file_name() != CONFIG_FILE {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Returns whether a file's name says that it can hold manifests.
pub(super) fn is_manifest_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json"))
}

fn is_dangling(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|io| io.kind() == std::io::ErrorKind::NotFound)
        && error.path().is_some_and(|path| path.symlink_metadata().is_ok())
}

/// What a file of a folder is.
enum Judgement {
    Manifests(Known),
    Skipped(Diagnostic),
    Broken(Vec<Diagnostic>),
}

fn judge(source: &Source, further: &[Kind]) -> Judgement {
    let text = source.text.as_str();
    let location = Location { source: Arc::clone(&source.name), mark: Mark::START };
    let skipped = |why: &str| {
        Judgement::Skipped(
            Diagnostic::new(Code::FileSkipped, format!("left out: {why}")).at(location.clone()),
        )
    };
    if text.contains(SKIP_MARKER) {
        return skipped("it says +argocd:skip-file-rendering");
    }
    let (stream, mut broken) = split(source.clone());
    let (mut manifests, mut others, mut known) = (0, Vec::new(), Vec::new());
    for document in stream.documents().filter(|document| !document.is_blank()) {
        match manifest::judge(document, further) {
            Ok((true, decoded)) => {
                manifests += 1;
                known.push(decoded);
            }
            Ok((false, _)) => others.push(document.line()),
            Err(found) => broken.push(*found),
        }
    }
    // Templates and other people's formats: what does not look like a manifest need not be one.
    let looks = ["apiVersion:", "kind:", "metadata:"].iter().any(|key| text.contains(key));
    let json = source.name.ends_with(".json");
    match (broken.is_empty(), manifests, others.as_slice()) {
        (false, 0, _) if !looks && !json => skipped("it is neither a manifest nor readable YAML"),
        (false, _, _) => Judgement::Broken(broken),
        (true, 0, _) => skipped("it holds no Kubernetes manifest"),
        (true, _, []) => Judgement::Manifests(known),
        (true, _, [line, ..]) => Judgement::Broken(vec![
            Diagnostic::new(
                Code::InvalidDocument,
                "a document without apiVersion and kind in a file of manifests",
            )
            .at(Location { mark: Mark::new(*line, 1), ..location })
            .help("complete it, or move it to a file of its own"),
        ]),
    }
}
