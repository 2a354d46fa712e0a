//! Revisions of a Git repository as folders. `git` is started directly, and only reads the
//! repository: a revision is written into a temporary folder through an index of its own.
#![expect(clippy::disallowed_methods, reason = "naming and making folders is this module's duty")]

use super::files::{Unreadable, unreadable};
use super::interrupt;
use super::program::{Deadline, Ran, run_with};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// How long `git` may run: large repositories take their time to be written out.
const LIMIT: Duration = Duration::from_mins(5);

/// A repository with a working tree.
#[derive(Debug)]
pub struct Repository {
    /// Its root, absolute.
    root: PathBuf,
    /// The current folder, from the root.
    prefix: PathBuf,
}

/// One side of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// A commit, and how it was named.
    Commit {
        /// The name for people.
        name: String,
        /// The name for `git`.
        revision: String,
        /// The full hash.
        hash: String,
    },
    /// The files as they are, changes that are not committed among them.
    WorkingTree,
}

impl Side {
    /// Returns the name for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Commit { name, .. } => name,
            Self::WorkingTree => "the working tree",
        }
    }

    /// Returns the name for `git`; nothing for the working tree.
    pub fn revision(&self) -> Option<&str> {
        match self {
            Self::Commit { revision, .. } => Some(revision),
            Self::WorkingTree => None,
        }
    }
}

/// A folder that is removed with everything in it.
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Makes a folder that only this user can read.
    ///
    /// # Errors
    /// The system's folder for temporary files cannot be written.
    pub fn new() -> Result<Self, Unreadable> {
        let parent = std::env::temp_dir();
        let failed = |error| unreadable(&parent.display().to_string(), &error);
        let parent = std::fs::canonicalize(&parent).map_err(failed)?;
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for n in 0.. {
            let path = parent.join(format!("plumber-diff-{}-{n}", std::process::id()));
            match builder.create(&path) {
                Ok(()) => {
                    interrupt::keep_in_mind(&path);
                    return Ok(Self(path));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && n < 1000 => {}
                Err(error) => return Err(failed(error)),
            }
        }
        unreachable!("the loop ends by returning")
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
        interrupt::forget(&self.0);
    }
}

/// A side whose files are in a folder.
#[derive(Debug)]
pub struct Tree {
    /// The folder that stands for the repository's root.
    pub root: PathBuf,
    /// Removes it, if it was made here.
    _temporary: Option<Temporary>,
}

impl Repository {
    /// Finds the repository of the current folder.
    ///
    /// # Errors
    /// There is no `git`, no repository, or no working tree.
    pub fn open() -> Result<Self, Unreadable> {
        let here = Path::new(".");
        let asked = |argument: &str| match git(here, &["rev-parse", argument], &[])? {
            Ok(printed) => Ok(PathBuf::from(printed)),
            Err(said) => Err(Unreadable::Path {
                message: format!("this folder is in no Git repository with a working tree: {said}"),
                help:
                    "run it inside the repository, or compare two folders: plumber diff BASE HEAD"
                        .into(),
            }),
        };
        Ok(Self { root: asked("--show-toplevel")?, prefix: asked("--show-prefix")? })
    }

    /// Returns the name of the root's folder.
    pub fn name(&self) -> String {
        self.root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Reads a range as `git diff` does: `A..B`, `A...B` from where they part, `A` up to the
    /// working tree; a side that is left out is HEAD.
    ///
    /// # Errors
    /// A revision is unknown, or two have nothing in common.
    pub fn range(&self, range: &str) -> Result<(Side, Side), Unreadable> {
        let or_head = |name: &'_ str| if name.is_empty() { "HEAD".to_owned() } else { name.into() };
        if let Some((base, head)) = range.split_once("...") {
            let [base, head] = [base, head].map(or_head);
            let [from, to] = [self.commit(&base)?, self.commit(&head)?];
            let Ok(parted) = git(&self.root, &["merge-base", &from, &to], &[])? else {
                return Err(Unreadable::Path {
                    message: format!("{base} and {head} have no commit in common"),
                    help: "fetch more history (fetch-depth: 0 in CI), or compare them with two \
                           dots: --git A..B"
                        .into(),
                });
            };
            let revision = parted[..parted.len().min(10)].to_owned();
            let name = format!("{revision}, where {head} left {base}");
            return Ok((
                Side::Commit { name, revision, hash: parted },
                Side::Commit { name: head.clone(), revision: head, hash: to },
            ));
        }
        let (base, head) = match range.split_once("..") {
            Some((base, head)) => (or_head(base), Some(or_head(head))),
            None => (range.to_owned(), None),
        };
        let side = |name: String| -> Result<Side, Unreadable> {
            Ok(Side::Commit { hash: self.commit(&name)?, revision: name.clone(), name })
        };
        let base = side(base)?;
        Ok((base, head.map_or(Ok(Side::WorkingTree), side)?))
    }

    fn commit(&self, name: &str) -> Result<String, Unreadable> {
        let commit = format!("{name}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let Ok(hash) = git(&self.root, &arguments, &[])? else {
            return Err(Unreadable::Path {
                message: format!("there is no revision {name} in this repository"),
                help: "check the spelling, or fetch it first: git fetch origin (fetch-depth: 0 in \
                       CI)"
                .into(),
            });
        };
        Ok(hash)
    }

    /// Returns a path as it is from the root.
    ///
    /// # Errors
    /// It lies outside the repository.
    pub fn inside(&self, path: &str) -> Result<PathBuf, Unreadable> {
        let outside = || Unreadable::Path {
            message: format!("{path} lies outside the repository {}", self.root.display()),
            help: "name a path inside, relative to this folder".into(),
        };
        let given = Path::new(path);
        let whole = if given.is_absolute() {
            given.strip_prefix(&self.root).ok().ok_or_else(outside)?.to_owned()
        } else {
            self.prefix.join(given)
        };
        let mut inside = PathBuf::new();
        for part in whole.components() {
            match part {
                Component::Normal(name) => inside.push(name),
                Component::ParentDir => {
                    if !inside.pop() {
                        return Err(outside());
                    }
                }
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        Ok(inside)
    }

    /// Returns a side as a folder.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn tree(&self, side: &Side) -> Result<Tree, Unreadable> {
        let hash = match side {
            Side::WorkingTree => return Ok(Tree { root: self.root.clone(), _temporary: None }),
            Side::Commit { hash, .. } => hash,
        };
        let temporary = Temporary::new()?;
        let index = temporary.0.join("index");
        let root = temporary.0.join("tree");
        std::fs::create_dir(&root)
            .map_err(|error| unreadable(&root.display().to_string(), &error))?;
        let prefix = format!("--prefix={}/", root.display());
        let whole = ["-c", "core.sparseCheckout=false"];
        let steps: [&[&str]; 2] =
            [&["read-tree", hash], &["checkout-index", "--all", "--quiet", &prefix]];
        for step in steps {
            let arguments = [&whole[..], step].concat();
            let variables = [("GIT_INDEX_FILE", index.as_os_str())];
            git(&self.root, &arguments, &variables)?.map_err(|said| Unreadable::Path {
                message: format!("cannot write out {}: {said}", side.name()),
                help: format!("see whether git can: git worktree add FOLDER {hash}"),
            })?;
        }
        Ok(Tree { root, _temporary: Some(temporary) })
    }

    /// Returns whether files below paths differ from HEAD, or are not in Git at all.
    ///
    /// # Errors
    /// `git` cannot be started.
    pub fn is_dirty(&self, paths: &[PathBuf]) -> Result<bool, Unreadable> {
        let paths: Vec<String> =
            paths.iter().map(|path| format!(":(top,literal){}", path.display())).collect();
        let mut arguments = vec!["--no-optional-locks", "status", "--porcelain", "--"];
        arguments.extend(paths.iter().map(String::as_str));
        Ok(git(&self.root, &arguments, &[])?.is_ok_and(|printed| !printed.is_empty()))
    }
}

/// Runs `git`; what it printed, or what it said when it failed.
fn git(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &OsStr)],
) -> Result<Result<String, String>, Unreadable> {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    match run_with("git", &arguments, folder, "", variables, Deadline::of_one(LIMIT))? {
        Ran::Printed(printed) => {
            Ok(Ok(String::from_utf8_lossy(&printed).trim_end_matches(['\n', '\r']).to_owned()))
        }
        Ran::Failed(failure) => Ok(Err(failure.shown)),
        Ran::Missing => Err(Unreadable::Path {
            message: "git is not installed".into(),
            help: "install it, or compare two folders: plumber diff BASE HEAD".into(),
        }),
    }
}
