//! A folder that changes: where it is now, its commit, and whether its files are still the same.
#![expect(clippy::disallowed_methods, reason = "reading the checkout is this module's duty")]

use crate::api::name::hex;
use crate::source::configuration;
use crate::source::files::CONFIG_FILE;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A checkout at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkout {
    /// The folder, its links followed: git-sync swaps one for each commit.
    pub(super) root: PathBuf,
    /// Its commit, where that can be told.
    pub(super) revision: Option<String>,
    /// The address that it was fetched from, where that can be told.
    pub(super) remote: Option<String>,
    /// What its files are: names, sizes and times.
    pub(super) stamp: String,
}

/// Looks at a folder.
///
/// # Errors
/// It is not there, or cannot be read; in words.
pub(super) fn look(folder: &Path) -> Result<Checkout, String> {
    let root = resolved(folder)?;
    if !root.is_dir() {
        return Err(format!("{} is no folder", folder.display()));
    }
    let (revision, remote) = (revision(&root), remote(&root));
    let mut hash = Sha256::new();
    for file in files(&root)? {
        let metadata = file.metadata().map_err(|error| failed(&file, &error))?;
        let changed =
            metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update(metadata.len().to_le_bytes());
        hash.update(changed.unwrap_or_default().as_nanos().to_le_bytes());
    }
    Ok(Checkout { root, revision, remote, stamp: hex(&hash.finalize()) })
}

/// Follows the links of a folder.
pub(super) fn resolved(folder: &Path) -> Result<PathBuf, String> {
    std::fs::canonicalize(folder).map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("cannot read {}: {error}", path.display())
}

/// Lists the files below a folder, Git's own left out, in order.
fn files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    let mut files = Vec::new();
    for entry in walk.filter_entry(|entry| entry.file_name() != ".git") {
        let entry = entry.map_err(|error| failed(root, &error))?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Hashes the names and contents of the files below a folder, relative to a root.
pub(super) fn digest(root: &Path, folder: &Path) -> Result<String, String> {
    let mut hash = Sha256::new();
    for file in files(folder)? {
        // A link to nowhere holds nothing.
        let bytes = std::fs::read(&file).unwrap_or_default();
        let name = file.strip_prefix(root).unwrap_or(&file);
        hash.update(name.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    Ok(hex(&hash.finalize()))
}

/// Returns whether files below a folder point out of it: then they are not all that counts.
pub(super) fn reaches_out(folder: &Path) -> bool {
    files(folder).is_ok_and(|files| {
        files.iter().any(|file| {
            file.is_symlink()
                || std::fs::read(file)
                    .is_ok_and(|bytes| memchr::memmem::find(&bytes, b"../").is_some())
        })
    })
}

/// Hashes what configures a folder: every `plumber.yaml` up to the root, and the trusted file.
pub(super) fn settings(root: &Path, path: &str, config: Option<&str>) -> String {
    let trusted = config.map_or_else(configuration::trusted, PathBuf::from);
    let inside = Path::new(path).ancestors().map(|folder| root.join(folder).join(CONFIG_FILE));
    let mut hash = Sha256::new();
    for file in inside.chain([trusted]) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    hex(&hash.finalize())
}

/// Returns the commit of a checkout: the name of git-sync's folder, or what `HEAD` names. A folder
/// inside a checkout is of its commit.
fn revision(root: &Path) -> Option<String> {
    root.ancestors().find_map(|folder| {
        let git = folder.join(".git");
        let name = folder.file_name().and_then(|name| name.to_str()).filter(|name| is_hash(name));
        match (name, git.exists()) {
            (Some(name), _) => Some(name.to_owned()),
            (None, true) => Some(head(&git)?),
            (None, false) => None,
        }
    })
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// Follows a `.git`, which is a folder, or a file that names one.
fn git_folder(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git.to_owned());
    }
    let named = read(git)?;
    Some(git.parent()?.join(named.strip_prefix("gitdir:")?.trim()))
}

/// Returns the folder that a worktree shares with others, where it is one.
fn common(folder: &Path) -> Option<PathBuf> {
    read(&folder.join("commondir")).map(|common| folder.join(common))
}

/// Reads the address of `origin` in the configuration of the repository.
fn remote(root: &Path) -> Option<String> {
    let git = root.ancestors().map(|folder| folder.join(".git")).find(|git| git.exists())?;
    let folder = git_folder(&git)?;
    let config = read(&common(&folder).unwrap_or(folder).join("config"))?;
    let mut is_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            is_origin = line == r#"[remote "origin"]"#;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| is_origin)
            && key.trim() == "url"
        {
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}

/// Reads `HEAD` of a `.git`.
fn head(git: &Path) -> Option<String> {
    let folder = git_folder(git)?;
    let head = read(&folder.join("HEAD"))?;
    let Some(reference) = head.strip_prefix("ref:").map(str::trim) else {
        return is_hash(&head).then_some(head);
    };
    // A worktree keeps its branches in the folder that it shares.
    let common = common(&folder);
    let folders = [Some(folder), common];
    folders.iter().flatten().find_map(|folder| {
        let packed = || {
            let packed = read(&folder.join("packed-refs"))?;
            packed.lines().find_map(|line| {
                let (hash, name) = line.split_once(' ')?;
                (name == reference).then(|| hash.to_owned())
            })
        };
        read(&folder.join(reference)).or_else(packed).filter(|hash| is_hash(hash))
    })
}

#[cfg(test)]
mod tests {
    use super::look;
    use std::fs;

    const HASH: &str = "6d85c63f0c2b1f7d9f1e2a3b4c5d6e7f8a9b0c1d";

    #[test]
    fn the_commit_is_told_by_git_and_by_git_sync() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(look(root).unwrap().revision, None);
        fs::create_dir_all(root.join("repo/.git/refs/heads")).unwrap();
        fs::create_dir_all(root.join("repo/apps")).unwrap();
        fs::write(root.join("repo/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(root.join("repo/.git/packed-refs"), format!("# x\n{HASH} refs/heads/main\n"))
            .unwrap();
        let config = "[core]\n\turl = no\n[remote \"other\"]\n\turl = https://b/c\n[remote \"origin\"]\n\
                      \turl = git@host:a/b.git\n\tfetch = +refs/heads/*\n";
        fs::write(root.join("repo/.git/config"), config).unwrap();
        let apps = look(&root.join("repo/apps")).unwrap();
        assert_eq!(apps.revision.as_deref(), Some(HASH));
        assert_eq!(apps.remote.as_deref(), Some("git@host:a/b.git"));
        fs::create_dir_all(root.join("repo/.git/worktrees/w")).unwrap();
        fs::write(root.join("repo/.git/worktrees/w/commondir"), "../..\n").unwrap();
        fs::create_dir_all(root.join("w")).unwrap();
        fs::write(root.join("w/.git"), "gitdir: ../repo/.git/worktrees/w\n").unwrap();
        assert_eq!(look(&root.join("w")).unwrap().remote, apps.remote);
        let tree = root.join("worktrees").join(HASH);
        fs::create_dir_all(&tree).unwrap();
        fs::write(tree.join("a.yaml"), "a: 1\n").unwrap();
        std::os::unix::fs::symlink(&tree, root.join("current")).unwrap();
        let before = look(&root.join("current")).unwrap();
        assert_eq!(before.revision.as_deref(), Some(HASH));
        fs::write(tree.join("a.yaml"), "a: 12\n").unwrap();
        assert_ne!(look(&root.join("current")).unwrap().stamp, before.stamp);
        assert!(look(&root.join("nowhere")).unwrap_err().starts_with("cannot read"));
    }
}
