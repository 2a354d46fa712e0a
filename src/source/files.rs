//! Paths as a user types them → named inputs.
#![expect(clippy::disallowed_methods, reason = "reading files is this module's duty")]

use super::build::{self, Build};
use super::{bytes, pipe};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Framing, Known, Source, text_of};
use crate::object::{Location, Mark};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of standard input in messages.
pub const STDIN: &str = "<stdin>";
/// The path that means standard input.
pub const STDIN_PATH: &str = "-";
/// The configuration's file name; such a file is never part of a stream.
pub const CONFIG_FILE: &str = "plumber.yaml";

/// Whether folders are read with their subfolders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recursion {
    /// The folder's own files alone, as Argo CD and kubectl do.
    #[default]
    Off,
    /// All files below.
    On,
}

/// What was read, and what is to say about it.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The inputs in order.
    pub sources: Vec<Source>,
    /// What is worth knowing: files left out, encodings converted.
    pub diagnostics: Vec<Diagnostic>,
    /// What is known already of the documents of the inputs of plain folders, where that is kept:
    /// as many as there are inputs where all are of such folders.
    pub known: Vec<Known>,
}

/// Why the inputs cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// A path or a folder is not what it should be: message and what to type.
    Path {
        /// What was seen.
        message: String,
        /// What to type.
        help: String,
    },
    /// The content of inputs cannot be read.
    Content(Vec<Diagnostic>),
}

/// Reads all paths in order.
///
/// # Errors
/// The first path that cannot be read, or everything that is wrong with a folder.
pub fn read(paths: &[String], build: &Build) -> Result<Inputs, Unreadable> {
    let mut inputs = Inputs::default();
    for path in paths {
        if path == STDIN_PATH {
            let mut bytes = Vec::new();
            let mut stdin = std::io::stdin().lock();
            pipe::widen(&stdin);
            stdin.read_to_end(&mut bytes).map_err(|error| unreadable("standard input", &error))?;
            add(&mut inputs, STDIN.into(), bytes, Framing::Stream)?;
            continue;
        }
        let file = Path::new(path);
        let metadata = std::fs::metadata(file).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            build::read(file, build, &mut inputs)?;
        } else if file.file_name().is_some_and(|name| name == CONFIG_FILE) {
            return Err(Unreadable::Path {
                message: format!("{path} is configuration, not a manifest"),
                help: format!("give it as --config {path}"),
            });
        } else {
            let bytes = bytes::read(file).map_err(|error| unreadable(path, &error))?;
            add(&mut inputs, path.as_str().into(), bytes, Framing::Stream)?;
        }
    }
    Ok(inputs)
}

/// Returns the text of a file that was read before; nothing where it is gone or was changed into
/// something else.
pub fn text(path: &str) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    text_of(&path.into(), bytes).ok().map(|text| text.text)
}

/// Returns the file that a path leads to, past links, so that writing replaces no link.
pub fn target(path: &str) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}

/// Returns the text of a file as it stands; nothing where reading it converts something.
pub fn unconverted(path: &str) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    let text = text_of(&path.into(), bytes.clone()).ok()?.text;
    (text.as_bytes() == bytes).then_some(text)
}

/// Adds an input from its bytes.
pub(super) fn add(
    inputs: &mut Inputs,
    name: Arc<str>,
    bytes: Vec<u8>,
    framing: Framing,
) -> Result<(), Unreadable> {
    let text = text_of(&name, bytes).map_err(|found| Unreadable::Content(vec![*found]))?;
    if text.converted {
        let location = Location { source: Arc::clone(&name), mark: Mark::START };
        inputs.diagnostics.push(
            Diagnostic::new(Code::EncodingConverted, "the input is UTF-16 and leaves as UTF-8")
                .at(location)
                .help("save the file as UTF-8"),
        );
    }
    inputs.sources.push(Source { name, text: text.text, framing });
    Ok(())
}

/// Words an I/O error.
pub fn unreadable(path: &str, error: &std::io::Error) -> Unreadable {
    let kind = error.kind();
    let help = if kind == std::io::ErrorKind::NotFound {
        "check the spelling; paths are relative to this folder"
    } else if kind == std::io::ErrorKind::PermissionDenied {
        "check who may read it: ls -l"
    } else {
        "check that it is a file or a folder that can be read"
    };
    Unreadable::Path { message: format!("cannot read {path}: {error}"), help: help.into() }
}
