//! A proposal → the files: the configuration first, then each application whole.
#![expect(clippy::disallowed_methods, reason = "files are written here")]

use crate::adopt::{Adoption, Application, FileChange};
use crate::cli::Exit;
use crate::cli::output::{say, write_file};
use crate::cli::run::refuse_with;
use crate::source::files::CONFIG_FILE;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The file into which the configuration is written.
pub(super) fn configuration_file(paths: &[String]) -> PathBuf {
    let first = Path::new(paths.first().map_or(".", String::as_str));
    let folder = if first.is_dir() { first } else { first.parent().unwrap_or(first) };
    folder.join(CONFIG_FILE)
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The configuration, and the applications.
    Everything,
    /// Nothing: there is nothing to write, or it stands there already.
    Nothing,
}

/// Writes everything: the configuration first, then each application whole.
pub(super) fn write(
    paths: &[String],
    adoption: &Adoption,
    applications: &[Application],
) -> Result<Outcome, Exit> {
    let file = configuration_file(paths);
    if adoption.adopted.is_empty() {
        return Ok(Outcome::Nothing);
    }
    let known = match std::fs::read_to_string(&file) {
        Ok(known) => Some(known),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(unwritten(&file, &error)),
    };
    let is_there = known.as_deref() == Some(&*adoption.configuration);
    if applications.is_empty() && known.is_some() {
        return Ok(Outcome::Nothing);
    }
    if !is_there && known.is_some() {
        return Err(refuse_with(
            &format!("{} is there already and says something else", file.display()),
            "adopt does not put two configurations together: move it away, adopt, and add to \
             the new one by hand what it said; nothing was written",
        ));
    }
    for change in applications.iter().flat_map(|application| &application.changes) {
        writable(change)?;
    }
    if !is_there {
        write_file(&file, &[Cow::Borrowed(&adoption.configuration)])
            .map_err(|error| unwritten(&file, &error))?;
    }
    for application in applications {
        commit(&application.changes)?;
    }
    Ok(Outcome::Everything)
}

fn unwritten(file: &Path, error: &std::io::Error) -> Exit {
    refuse_with(
        &format!("cannot write {}: {error}", file.display()),
        "check who may write there; the application's files are as they were",
    )
}

/// Checks that a file is what was read, and may be written.
fn writable(change: &FileChange) -> Result<(), Exit> {
    let path = Path::new(&*change.path);
    let now = std::fs::read_to_string(path).map_err(|error| unwritten(path, &error))?;
    if now != change.before {
        return Err(refuse_with(
            &format!("{} changed while it was read", path.display()),
            "adopt again; the application's files are as they were",
        ));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    for path in [path, folder.unwrap_or(Path::new("."))] {
        let metadata = std::fs::metadata(path).map_err(|error| unwritten(path, &error))?;
        if metadata.permissions().readonly() {
            return Err(refuse_with(
                &format!("{} may not be written", path.display()),
                &format!("chmod u+w {}; nothing was written", path.display()),
            ));
        }
    }
    Ok(())
}

/// Writes all files of an application, or leaves all as they were.
fn commit(changes: &[FileChange]) -> Result<(), Exit> {
    for change in changes {
        writable(change)?;
    }
    for (done, change) in changes.iter().enumerate() {
        let path = Path::new(&*change.path);
        let result = match &change.after {
            Some(text) => replace(path, text),
            None => std::fs::remove_file(path),
        };
        if let Err(error) = result {
            for change in &changes[..done] {
                let path = Path::new(&*change.path);
                if let Err(error) = write_file(path, &[Cow::Borrowed(&change.before)]) {
                    say(&format!("plumber: cannot restore {}: {error}\n", path.display()));
                }
            }
            return Err(unwritten(path, &error));
        }
    }
    Ok(())
}

/// Writes a file that is there, which stays as readable and executable as it was.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let permissions = std::fs::metadata(path)?.permissions();
    write_file(path, &[Cow::Borrowed(text)])?;
    std::fs::set_permissions(path, permissions)
}
