//! Printing and writing: the last step of every command.
#![expect(clippy::disallowed_methods, reason = "writing is this module's duty")]

use crate::source::pipe;
use std::borrow::Cow;
use std::io::{ErrorKind, IoSlice, IsTerminal as _, Write};
use std::path::Path;

/// Writes a message to standard error. A closed standard error is nobody's trouble.
pub(super) fn say(message: &str) {
    drop(std::io::stderr().lock().write_all(message.as_bytes()));
}

/// From this size on it is worth asking for a larger pipe.
const LARGE: usize = 64 << 10;

/// Writes pieces to standard output. A reader that closes the pipe has what it wanted.
pub(super) fn print(pieces: &[Cow<'_, str>]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if pieces.iter().map(|piece| piece.len()).sum::<usize>() > LARGE {
        pipe::widen(&out);
    }
    match write_all(&mut out, pieces).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Returns whether standard output takes colours: a terminal that nobody told otherwise.
pub(super) fn is_colourful() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    std::io::stdout().is_terminal() && !refused && !dumb
}

/// Writes pieces to a file, all or nothing: beside it first, then renamed.
pub(super) fn write_file(path: &Path, pieces: &[Cow<'_, str>]) -> std::io::Result<()> {
    // A device or a pipe cannot be renamed over.
    if path.exists() && !path.is_file() {
        let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
        return write_all(&mut file, pieces);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| {
            write_all(&mut file, pieces)?;
            file.flush()
        })
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        drop(std::fs::remove_file(&beside));
    }
    written
}

/// Writes pieces to a file as [`write_file`] does, and makes the folders above it.
pub(super) fn write_member(path: &Path, pieces: &[Cow<'_, str>]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_file(path, pieces)
}

/// Writes pieces with as few calls as the system allows.
fn write_all(out: &mut impl Write, pieces: &[Cow<'_, str>]) -> std::io::Result<()> {
    for batch in pieces.chunks(64) {
        let mut slices: Vec<IoSlice<'_>> =
            batch.iter().map(|piece| IoSlice::new(piece.as_bytes())).collect();
        let mut rest = &mut slices[..];
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            match out.write_vectored(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => IoSlice::advance_slices(&mut rest, count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
