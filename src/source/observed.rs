//! What was seen of a cluster, from files; and manifests of a folder that its build leaves out.
#![expect(clippy::disallowed_methods, reason = "reading files is this module's duty")]

use super::build::{Tool, detect};
use super::files::{STDIN, STDIN_PATH, Unreadable, unreadable};
use crate::manifest::{Framing, Source, text_of};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A file that carries this is left out by Argo CD, and so by the renderer.
const SKIP_MARKER: &str = "+argocd:skip-file-rendering";

/// What was read, and when it was written.
#[derive(Debug, Default)]
pub struct Dump {
    /// The texts, in order.
    pub sources: Vec<Source>,
    /// When the oldest file was last changed; nothing where that is not known.
    pub written: Option<SystemTime>,
}

/// Reads files, folders with everything below, or standard input.
///
/// # Errors
/// A path that cannot be read, or is no text.
pub fn read(paths: &[String]) -> Result<Dump, Unreadable> {
    let mut dump = Dump::default();
    for path in paths {
        if path == STDIN_PATH {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|error| unreadable("standard input", &error))?;
            dump.sources.push(source(STDIN.into(), bytes)?);
            continue;
        }
        let file = Path::new(path);
        let metadata = std::fs::metadata(file).map_err(|error| unreadable(path, &error))?;
        let files = if metadata.is_dir() { files_of(file)? } else { vec![file.to_owned()] };
        if files.is_empty() {
            return Err(Unreadable::Path {
                message: format!("{path} holds no .yaml, .yml or .json file"),
                help: "give what kubectl get -o yaml prints".into(),
            });
        }
        for file in files {
            let name: Arc<str> = file.display().to_string().into();
            let bytes = std::fs::read(&file).map_err(|error| unreadable(&name, &error))?;
            let changed = std::fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
            dump.written = match (dump.written, changed) {
                (Some(known), Some(changed)) => Some(known.min(changed)),
                (known, changed) => known.or(changed),
            };
            dump.sources.push(source(name, bytes)?);
        }
    }
    Ok(dump)
}

fn source(name: Arc<str>, bytes: Vec<u8>) -> Result<Source, Unreadable> {
    let text = text_of(&name, bytes).map_err(|found| Unreadable::Content(vec![*found]))?;
    Ok(Source { name, text: text.text, framing: Framing::Stream })
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| Unreadable::Path {
            message: format!("cannot read {}: {error}", folder.display()),
            help: "check who may read it: ls -l".into(),
        })?;
        let extension = entry.path().extension().and_then(|e| e.to_str());
        if entry.file_type().is_file() && matches!(extension, Some("yaml" | "yml" | "json")) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Reads the files that stand in the folders among `paths` and that their build may leave
/// out: everything below a kustomization, and files that say that they are to be skipped. What
/// cannot be read is left to the build.
pub fn beside(paths: &[String]) -> Vec<Source> {
    let mut found = Vec::new();
    for path in paths.iter().map(Path::new).filter(|path| path.is_dir()) {
        let tool = detect(path);
        for file in files_of(path).unwrap_or_default() {
            let name: Arc<str> = file.display().to_string().into();
            let Ok(bytes) = std::fs::read(&file) else { continue };
            let Ok(mut source) = source(name, bytes) else { continue };
            source.framing = Framing::File;
            let skipped = source.text.contains(SKIP_MARKER);
            if tool == Tool::Kustomize || tool == Tool::Plain && skipped {
                found.push(source);
            }
        }
    }
    found
}
