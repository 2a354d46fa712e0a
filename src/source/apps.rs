//! The applications of a repository: the folders and files that a glob of paths matches.
#![expect(clippy::disallowed_methods, reason = "reading folders is this module's duty")]

use super::files::{CONFIG_FILE, Unreadable, unreadable};
use super::{build, folder};
use crate::config::{Apps, is_wild};
use globset::GlobBuilder;
use std::path::Path;

/// One application of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its folder, or its file, as its user would type it.
    pub path: String,
    /// Its namespace, where the configuration says it.
    pub namespace: Option<String>,
    /// The application of its volumes that do not say theirs, where anything says it.
    pub app: Option<String>,
    /// Its cluster, where the configuration says it.
    pub cluster: Option<String>,
    /// Whether its subfolders are read, whatever is asked for all.
    pub recursive: bool,
}

/// Finds the applications that globs match below a folder, in the order of the globs and of the
/// paths, each path once. A folder without manifests of its own is none.
///
/// # Errors
/// A folder cannot be read, or a glob matches nothing.
pub fn find(root: &Path, globs: &[Apps]) -> Result<Vec<Found>, Unreadable> {
    let mut all: Vec<Found> = Vec::new();
    for apps in globs {
        let before = all.len();
        for (path, captures) in expand(root, &apps.path)? {
            let file = root.join(&path);
            let name = path.rsplit('/').next().unwrap_or(&path);
            let name = if file.is_file() { stem(name) } else { name };
            let filled = |template: &Option<String>| {
                template.as_ref().map(|template| Apps::fill(template, name, &captures))
            };
            let shown = shown(root, &path);
            if holds_manifests(&file) && all.iter().all(|found| found.path != shown) {
                all.push(Found {
                    path: shown,
                    namespace: filled(&apps.namespace),
                    app: filled(&apps.app),
                    cluster: filled(&apps.cluster),
                    recursive: false,
                });
            }
        }
        if all.len() == before {
            return Err(Unreadable::Path {
                message: format!("no folder with manifests matches {}", shown(root, &apps.path)),
                help:
                    "check the spelling; * matches one part of a path, so apps/*/* is two levels \
                       down"
                        .into(),
            });
        }
    }
    Ok(all)
}

/// Returns the paths below a folder that a glob matches, in order, each with what its parts with a
/// wildcard matched.
///
/// # Errors
/// A folder cannot be read.
pub fn expand(root: &Path, glob: &str) -> Result<Vec<(String, Vec<String>)>, Unreadable> {
    let mut matched = vec![(String::new(), Vec::new())];
    for part in glob.split('/').filter(|part| !matches!(*part, "" | ".")) {
        let is_wild = is_wild(part);
        let mut next = Vec::new();
        for (path, captures) in matched {
            for name in names(root, &path, part, is_wild)? {
                let mut captures: Vec<String> = captures.clone();
                if is_wild {
                    captures.push(name.clone());
                }
                next.push((join(&path, &name), captures));
            }
        }
        matched = next;
    }
    Ok(matched)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// A path below a folder, as its user would type it.
pub fn shown(root: &Path, path: &str) -> String {
    let root = root.display().to_string();
    if matches!(root.as_str(), "" | ".") { path.to_owned() } else { join(&root, path) }
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The names in a folder that a part of a glob matches, in order; hidden ones only by their name.
fn names(root: &Path, path: &str, part: &str, is_wild: bool) -> Result<Vec<String>, Unreadable> {
    let folder = root.join(path);
    if !is_wild {
        return Ok(if folder.join(part).exists() { vec![part.to_owned()] } else { Vec::new() });
    }
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let glob = GlobBuilder::new(part).literal_separator(true).build();
    let Ok(glob) = glob.map(|glob| glob.compile_matcher()) else { return Ok(Vec::new()) };
    let failed = |error: &std::io::Error| unreadable(&folder.display().to_string(), error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        // A name that is not UTF-8 is none that somebody typed.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && glob.is_match(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Returns whether a path is a file of manifests, or a folder that is built or holds some.
pub fn holds_manifests(path: &Path) -> bool {
    if path.is_file() {
        return is_manifest_name(path);
    }
    build::detect(path) != build::Tool::Plain
        || std::fs::read_dir(path).is_ok_and(|entries| {
            entries.filter_map(Result::ok).any(|entry| is_manifest_name(&entry.path()))
        })
}

fn is_manifest_name(path: &Path) -> bool {
    folder::is_manifest_name(path) && path.file_name().is_some_and(|name| name != CONFIG_FILE)
}
