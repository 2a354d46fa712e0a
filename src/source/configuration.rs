//! Where configuration is found: the nearest `plumber.yaml`, the trusted file, the environment.
#![expect(clippy::disallowed_methods, reason = "reading files and variables is this module's duty")]

use super::files::{CONFIG_FILE, STDIN_PATH, Unreadable, unreadable};
use crate::config::{Layer, Trust, environment, parse_file};
use crate::manifest::text_of;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The variable that names the trusted file.
const TRUSTED_VARIABLE: &str = "PLUMBER_CONFIG";
/// The trusted file where no variable names one.
const TRUSTED_FILE: &str = "/etc/plumber/plumber.yaml";

/// Where the nearest `plumber.yaml` is searched.
#[derive(Debug)]
pub enum Search<'p> {
    /// Nowhere: this file replaces the search.
    File(&'p str),
    /// From each path's folder up to its repository.
    Paths(&'p [String]),
    /// From a folder up to a root that is known.
    Folder {
        /// The application's folder, below the root.
        folder: &'p Path,
        /// The repository's.
        root: &'p Path,
    },
}

/// Finds every layer below the flags, the strongest first.
///
/// # Errors
/// A file that is named and cannot be read, anything wrong in a file or a variable, or paths
/// whose nearest files differ.
pub fn layers(search: &Search<'_>) -> Result<Vec<Layer>, Unreadable> {
    let mut layers = Vec::new();
    // A name that is not UTF-8 is none of ours; a value that is not is wrong for every key.
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    });
    layers.extend(environment(variables).map_err(Unreadable::Content)?);
    let nearest = match search {
        Search::File(config) => {
            layers.push(file(Path::new(config), Trust::Trusted)?);
            return Ok(layers);
        }
        Search::Paths(paths) => nearest_of_all(paths)?,
        Search::Folder { folder, root } => below(folder, root)?,
    };
    if let Some(nearest) = nearest {
        layers.push(file(&nearest, Trust::Untrusted)?);
    }
    match std::env::var_os(TRUSTED_VARIABLE) {
        Some(name) => {
            let trusted = file(Path::new(&name), Trust::Trusted);
            layers.push(trusted.map_err(|error| match error {
                Unreadable::Path { message, help: _ } => Unreadable::Path {
                    message,
                    help: format!("correct {TRUSTED_VARIABLE}, which names it, or unset it"),
                },
                error @ Unreadable::Content(_) => error,
            })?);
        }
        None if is_there(Path::new(TRUSTED_FILE))? => {
            layers.push(file(Path::new(TRUSTED_FILE), Trust::Trusted)?);
        }
        None => {}
    }
    Ok(layers)
}

/// Returns the trusted file, which need not be there.
pub fn trusted() -> PathBuf {
    std::env::var_os(TRUSTED_VARIABLE).map_or_else(|| TRUSTED_FILE.into(), PathBuf::from)
}

fn file(path: &Path, trust: Trust) -> Result<Layer, Unreadable> {
    let name: Arc<str> = path.display().to_string().into();
    let bytes = std::fs::read(path).map_err(|error| unreadable(&name, &error))?;
    let text = text_of(&name, bytes).map_err(|found| Unreadable::Content(vec![*found]))?;
    let tree = parse_file(&name, &text.text)
        .map_err(|found| Unreadable::Content(vec![*Box::new(found)]))?;
    Ok(Layer::file(&name, trust, tree))
}

/// The nearest file of all paths, which has to be the same: one run has one configuration.
fn nearest_of_all(paths: &[String]) -> Result<Option<PathBuf>, Unreadable> {
    let mut found: Option<(&str, Option<PathBuf>)> = None;
    for path in paths.iter().filter(|path| *path != STDIN_PATH) {
        let nearest = nearest(Path::new(path))?;
        match &found {
            Some((other, theirs)) if *theirs != nearest => {
                return Err(Unreadable::Path {
                    message: format!("{other} and {path} have different {CONFIG_FILE} files"),
                    help: "render them apart, or give one with --config".into(),
                });
            }
            Some(_) => {}
            None => found = Some((path, nearest)),
        }
    }
    Ok(found.and_then(|(_, nearest)| nearest))
}

/// Returns the nearest `plumber.yaml` from a path's folder up to the root of its repository;
/// without a repository only the folder's own.
///
/// # Errors
/// A folder cannot be looked into.
pub fn nearest(path: &Path) -> Result<Option<PathBuf>, Unreadable> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let absolute = std::fs::canonicalize(folder)
        .map_err(|error| unreadable(&path.display().to_string(), &error))?;
    let root = absolute.ancestors().find(|folder| folder.join(".git").exists());
    let last = root.unwrap_or(&absolute).to_owned();
    let mut shown = folder.to_owned();
    for ancestor in absolute.ancestors() {
        if is_there(&ancestor.join(CONFIG_FILE))? {
            return Ok(Some(shown.join(CONFIG_FILE)));
        }
        if ancestor == last {
            break;
        }
        shown = shown.join("..");
    }
    Ok(None)
}

/// Returns the nearest `plumber.yaml` from a folder up to a root.
fn below(folder: &Path, root: &Path) -> Result<Option<PathBuf>, Unreadable> {
    for ancestor in folder.ancestors() {
        let file = root.join(ancestor).join(CONFIG_FILE);
        if is_there(&file)? {
            // As the repository names it, where the root is the working directory.
            return Ok(Some(file.strip_prefix(".").unwrap_or(&file).components().collect()));
        }
    }
    Ok(None)
}

/// Returns whether a file is there. One that cannot be looked at is not absent: without it names
/// and gates would change in silence.
fn is_there(path: &Path) -> Result<bool, Unreadable> {
    path.try_exists().map_err(|error| unreadable(&path.display().to_string(), &error))
}
