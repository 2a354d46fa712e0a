//! Paths → the files of a repository as their owner edits them, for changes in place.
//!
//! A repository holds more than manifests: what cannot be read is told and passed over, because
//! nothing is written for it.
#![expect(clippy::disallowed_methods, reason = "reading files is this module's duty")]

use super::files::{CONFIG_FILE, Recursion, STDIN_PATH, Unreadable, unreadable};
use super::folder::manifests;
use super::kustomize;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Framing, Limits, Source, read, text_of};
use crate::object::{Location, Mark};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The words without which a file has nothing to do with backups.
const WORDS: &[&str] =
    &["ReplicationSource", "ReplicationDestination", "PersistentVolumeClaim", "StatefulSet"];
/// The words of files that hold a repository's credentials.
const SECRETS: &[&str] = &["Secret"];

/// The files of a repository.
#[derive(Debug, Default)]
pub struct Tree {
    /// The manifests that matter, each file an input.
    pub sources: Vec<Source>,
    /// The kustomizations around them.
    pub kustomizations: Vec<Source>,
    /// Files that look as if they mattered and cannot be read, or not be written back.
    pub unreadable: Vec<Diagnostic>,
}

/// Reads the files of paths. `above` is a path that may hold no manifest, because it is given for
/// the configuration that holds for the others.
///
/// # Errors
/// A path cannot be read, or holds no manifest at all.
pub fn read_tree(
    paths: &[String],
    recursion: Recursion,
    above: Option<&String>,
) -> Result<Tree, Unreadable> {
    let mut tree = Tree::default();
    let mut seen = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let mut links = Vec::new();
    for path in paths {
        if path == STDIN_PATH {
            return Err(Unreadable::Path {
                message: "`-` cannot be adopted: what is piped in has no file to change".into(),
                help: "give files or folders; what a tool renders, as a file: … > rendered.yaml"
                    .into(),
            });
        }
        let root = Path::new(path);
        let metadata = std::fs::metadata(root).map_err(|error| unreadable(path, &error))?;
        let files = if metadata.is_dir() {
            let files = manifests(root, root, recursion)?;
            folders.insert(root.to_owned());
            if files.is_empty() && above.is_none_or(|above| above != path) {
                return Err(nothing(root, recursion));
            }
            files
        } else if root.file_name().is_some_and(|name| name == CONFIG_FILE) {
            return Err(Unreadable::Path {
                message: format!("{path} is configuration, not a manifest"),
                help: "give the folder of the manifests".into(),
            });
        } else {
            vec![root.to_owned()]
        };
        for file in files {
            if let Some(folder) = file.parent() {
                folders.insert(folder.to_owned());
            }
            let canonical =
                std::fs::canonicalize(&file).map_err(|e| unreadable(&show(&file), &e))?;
            if is_linked(&file, root) {
                links.push((file, canonical));
            } else if seen.insert(canonical) {
                tree.add(&file)?;
            }
        }
    }
    // A file is changed under its own name, never through a link, and not beside one.
    for (file, target) in links {
        let is_target = |source: &Source| {
            std::fs::canonicalize(&*source.name).is_ok_and(|known| known == target)
        };
        tree.sources.retain(|source| !is_target(source));
        if seen.insert(file.clone()) {
            tree.refuse_link(&file, &target)?;
        }
    }
    tree.kustomize(&folders)?;
    Ok(tree)
}

fn nothing(root: &Path, recursion: Recursion) -> Unreadable {
    let below = recursion == Recursion::Off
        && manifests(root, root, Recursion::On).is_ok_and(|files| !files.is_empty());
    Unreadable::Path {
        message: format!("{} holds no manifest", root.display()),
        help: if below {
            "its subfolders hold YAML or JSON: add -R".into()
        } else {
            "give a folder with .yaml, .yml or .json files".into()
        },
    }
}

/// Returns whether a link leads to a file: itself, or a folder below the path that was given.
fn is_linked(file: &Path, root: &Path) -> bool {
    file.is_symlink() || file.ancestors().take_while(|above| *above != root).any(Path::is_symlink)
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

impl Tree {
    /// Tells of a file that is reached by a link alone, if it can matter.
    fn refuse_link(&mut self, file: &Path, target: &Path) -> Result<(), Unreadable> {
        let known = (self.sources.len(), self.unreadable.len());
        self.add(file)?;
        if (self.sources.len(), self.unreadable.len()) == known {
            return Ok(());
        }
        self.sources.truncate(known.0);
        self.unreadable.truncate(known.1);
        let mark = Mark::START;
        let at = Location { source: show(file).into(), mark };
        let message = format!("left out: it is a link to {}", target.display());
        let found = Diagnostic::new(Code::FileSkipped, message).at(at);
        self.unreadable.push(found.help("put the file where the link is, then adopt again"));
        Ok(())
    }

    /// Adds a file, if it can matter.
    fn add(&mut self, file: &Path) -> Result<(), Unreadable> {
        let name: Arc<str> = show(file).into();
        let bytes = std::fs::read(file).map_err(|error| unreadable(&name, &error))?;
        let holds = |words: &[&str]| {
            words.iter().any(|word| memchr::memmem::find(&bytes, word.as_bytes()).is_some())
        };
        // UTF-16 holds every word with zeros between its letters.
        let matters = holds(WORDS);
        let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if !(matters || wide || holds(SECRETS)) || is_kustomization(file) {
            return Ok(());
        }
        let refused = |tree: &mut Self, message: String, help: &str| {
            if matters || wide {
                let mark = Mark::START;
                let at = Location { source: Arc::clone(&name), mark };
                let found = Diagnostic::new(Code::FileSkipped, message).at(at).help(help);
                tree.unreadable.push(found);
            }
        };
        let templated = memchr::memmem::find(&bytes, b"{{").is_some();
        let text = match text_of(&name, bytes) {
            Ok(text) if !text.converted => text.text,
            Ok(_) => {
                refused(self, "left out: it is UTF-16".into(), "save the file as UTF-8");
                return Ok(());
            }
            Err(found) => {
                refused(self, format!("left out: {}", found.message), "save the file as UTF-8");
                return Ok(());
            }
        };
        let source = Source { name: Arc::clone(&name), text, framing: Framing::File };
        let reading = read(vec![source.clone()], Limits::default());
        let error = reading
            .diagnostics
            .iter()
            .find(|found| found.severity() == crate::diagnostic::Severity::Error);
        match error {
            None => self.sources.push(source),
            Some(_) if templated => refused(
                self,
                "left out: it is a template, not a manifest".into(),
                "give the folder of its chart, to adopt what the chart renders",
            ),
            Some(found) => refused(
                self,
                format!("left out: it cannot be read: {}", found.message),
                found.help.as_deref().unwrap_or("correct the file"),
            ),
        }
        Ok(())
    }

    /// Adds the kustomizations of folders, and of those above them up to their repository.
    fn kustomize(&mut self, folders: &BTreeSet<PathBuf>) -> Result<(), Unreadable> {
        let mut seen = BTreeSet::new();
        for folder in folders {
            let mut at =
                if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() };
            while let Ok(canonical) = std::fs::canonicalize(&at) {
                if !seen.insert(canonical.clone()) {
                    break;
                }
                for file in kustomize::FILES.iter().map(|file| at.join(file)) {
                    if file.is_file() {
                        let name: Arc<str> = show(&file).into();
                        let bytes =
                            std::fs::read(&file).map_err(|error| unreadable(&name, &error))?;
                        if let Ok(text) = text_of(&name, bytes)
                            && !text.converted
                        {
                            let text = text.text;
                            let framing = Framing::File;
                            self.kustomizations.push(Source { name, text, framing });
                        }
                    }
                }
                // Above a path as it was typed only inside its own repository.
                if canonical.join(".git").exists() || !in_repository(&canonical) {
                    break;
                }
                at = match at.parent() {
                    Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                    Some(_) | None => at.join(".."),
                };
            }
        }
        self.kustomizations.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }
}

fn in_repository(folder: &Path) -> bool {
    folder.ancestors().skip(1).any(|above| above.join(".git").exists())
}

/// Returns whether a file is a kustomization.
fn is_kustomization(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    kustomize::FILES.contains(&name)
}
