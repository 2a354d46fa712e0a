//! Paths → what is adopted, and the files that it is written in.

use crate::cli::args::AdoptArgs;
use crate::manifest::Source;
use crate::source::build::{Build, Tool, detect};
use crate::source::files::{self, Recursion, Unreadable};
use crate::source::tree::{Tree, read_tree};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder that is built.
#[derive(Debug)]
pub(super) struct Built {
    /// The name of what was built, as an input.
    pub(super) name: Arc<str>,
    /// The folder.
    pub(super) folder: PathBuf,
}

/// What is adopted.
pub(super) struct Input {
    /// What was built.
    pub(super) sources: Vec<Source>,
    /// The files, of built folders too.
    pub(super) tree: Tree,
    /// The folders that were built.
    pub(super) built: Vec<Built>,
}

/// Reads paths. A folder that is a kustomization or a chart is built; its files are read to be
/// changed. With `-R` all files are taken as they are.
pub(super) fn read(args: &AdoptArgs) -> Result<Input, Unreadable> {
    let is_built = |path: &&String| {
        let folder = Path::new(path);
        !args.recursive && folder.is_dir() && detect(folder) != Tool::Plain
    };
    let (folders, plain): (Vec<&String>, Vec<&String>) = args.paths.iter().partition(is_built);
    let mut input = Input { sources: Vec::new(), tree: Tree::default(), built: Vec::new() };
    let owned = |paths: Vec<&String>| paths.into_iter().cloned().collect::<Vec<String>>();
    for folder in &folders {
        let mut inputs = build(folder, args.namespace.as_deref())?;
        if let Some(source) = inputs.pop() {
            let name = Arc::clone(&source.name);
            input.built.push(Built { name, folder: PathBuf::from(folder) });
            input.sources.push(source);
        }
    }
    let recursion = if args.recursive { Recursion::On } else { Recursion::Off };
    if !plain.is_empty() {
        let above = args.paths.first().filter(|_| args.paths.len() > 1);
        input.tree = read_tree(&owned(plain), recursion, above)?;
    }
    if !folders.is_empty() {
        let Tree { sources, kustomizations, unreadable: _ } =
            read_tree(&owned(folders), Recursion::On, None)?;
        input.tree.sources.extend(sources);
        input.tree.kustomizations.extend(kustomizations);
    }
    Ok(input)
}

/// Builds a folder with what it is.
pub(super) fn build(folder: &str, namespace: Option<&str>) -> Result<Vec<Source>, Unreadable> {
    let mut build = Build::default();
    build.helm.namespace = namespace.map(str::to_owned);
    Ok(files::read(&[folder.to_owned()], &build)?.sources)
}

/// Returns whether a file belongs to a folder that is built.
pub(super) fn is_in(built: &[Built], file: &str) -> bool {
    built.iter().any(|built| Path::new(file).starts_with(&built.folder))
}
