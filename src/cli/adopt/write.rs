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

/// Writes everything: the configuration first, then each application whole.
pub(super) fn write(
    paths: &[String],
    adoption: &Adoption,
    applications: &[Application],
) -> Result<(), Exit> {
    if adoption.adopted.is_empty() {
        return Ok(());
    }
    let file = configuration_file(paths);
    match std::fs::read_to_string(&file) {
        Ok(known) if known == adoption.configuration => {}
        Ok(_) => {
            return Err(refuse_with(
                &format!("{} is there already and says something else", file.display()),
                "adopt does not put two configurations together: move it away, adopt, and add to \
                 the new one by hand what it said; nothing was written",
            ));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            write_file(&file, &[Cow::Borrowed(&adoption.configuration)])
                .map_err(|error| unwritten(&file, &error))?;
        }
        Err(error) => return Err(unwritten(&file, &error)),
    }
    for application in applications {
        commit(&application.changes)?;
    }
    Ok(())
}

fn unwritten(file: &Path, error: &std::io::Error) -> Exit {
    refuse_with(
        &format!("cannot write {}: {error}", file.display()),
        "check who may write there; the application's files are as they were",
    )
}

/// Writes all files of an application, or leaves all as they were.
fn commit(changes: &[FileChange]) -> Result<(), Exit> {
    for change in changes {
        let path = Path::new(&*change.path);
        let now = std::fs::read_to_string(path).map_err(|error| unwritten(path, &error))?;
        if now != change.before {
            return Err(refuse_with(
                &format!("{} changed while it was read", path.display()),
                "adopt again; the application's files are as they were",
            ));
        }
    }
    for (done, change) in changes.iter().enumerate() {
        let path = Path::new(&*change.path);
        let result = match &change.after {
            Some(text) => write_file(path, &[Cow::Borrowed(text)]),
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
