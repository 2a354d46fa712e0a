//! A copy of a folder with what it refers to, to build it with changed files.
#![expect(clippy::disallowed_methods, reason = "copying files is this module's duty")]

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// A copy that is removed when it is dropped.
#[derive(Debug)]
pub struct Copy {
    base: PathBuf,
    scratch: PathBuf,
    folder: PathBuf,
}

impl Copy {
    /// Copies a folder: its repository, where it is in one, since kustomizations refer to what
    /// stands beside them; else the folder alone.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn of(folder: &Path) -> Result<Self> {
        let real = std::fs::canonicalize(folder)?;
        let repository = real.ancestors().find(|above| above.join(".git").exists());
        let base = repository.unwrap_or(&real).to_owned();
        let mut n = 0;
        let copy = loop {
            let name = format!("plumber-{}-{n}", std::process::id());
            let copy = std::env::temp_dir().join(name);
            match std::fs::create_dir(&copy) {
                Ok(()) => break copy,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => n += 1,
                Err(error) => return Err(error),
            }
        };
        let inside = real.strip_prefix(&base).map_err(Error::other)?;
        let made = Self { folder: copy.join(inside), base, scratch: copy };
        made.fill()?;
        Ok(made)
    }

    fn fill(&self) -> Result<()> {
        let walk = walkdir::WalkDir::new(&self.base)
            .into_iter()
            .filter_entry(|entry| entry.file_name() != ".git");
        for entry in walk {
            let entry = entry.map_err(Error::other)?;
            let inside = entry.path().strip_prefix(&self.base).map_err(Error::other)?;
            let to = self.scratch.join(inside);
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(&to)?;
            } else if entry.path().is_file() {
                std::fs::copy(entry.path(), &to)?;
            }
        }
        Ok(())
    }

    /// The folder in the copy.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file of the original into the copy, or removes it there.
    ///
    /// # Errors
    /// The file is outside, or cannot be written.
    pub fn put(&self, file: &Path, text: Option<&str>) -> Result<()> {
        let real = std::fs::canonicalize(file)?;
        let inside = real.strip_prefix(&self.base).map_err(Error::other)?;
        let to = self.scratch.join(inside);
        match text {
            Some(text) => std::fs::write(to, text),
            None => std::fs::remove_file(to),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.scratch));
    }
}
