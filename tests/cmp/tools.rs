//! The programs that build folders, where they are installed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What a folder is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Kustomize,
    Helm,
}

impl Tool {
    /// Any of these programs is enough.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Kustomize => &["kustomize", "kubectl"],
            Self::Helm => &["helm"],
        }
    }
}

/// The folder into which `.ci/tools` puts pinned programs.
fn pinned() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

/// Where programs are looked for: the pinned ones first.
pub(crate) fn path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(pinned()).chain(std::env::split_paths(&path))).unwrap()
}

/// Returns the file of a program that is installed.
pub(crate) fn installed(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&path()).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Returns whether all tools are there; says that the test is skipped where one is not.
pub(crate) fn present(test: &str, tools: &[Tool]) -> bool {
    let missing = tools.iter().find(|tool| tool.programs().iter().all(|p| installed(p).is_none()));
    if let Some(missing) = missing {
        let names = missing.programs().join(" nor ");
        eprintln!("skipped: {test}: no {names} in target/tools or PATH (.ci/tools target/tools)");
    }
    missing.is_none()
}
