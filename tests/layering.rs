//! A module uses only modules of lower rows: the table in `src/lib.rs`, held to the source.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "the test reads the source")]

use std::path::{Path, PathBuf};

/// The rows of `docs/architecture.md`, lowest first.
const ROWS: &[&[&str]] = &[
    &["api", "junit", "object", "parallel"],
    &["diagnostic", "edit"],
    &["manifest", "settings"],
    &["config", "inventory", "intent"],
    &["desired", "drift"],
    &["plan"],
    &["adopt", "compare", "rules"],
    &["report", "audit"],
    &["source", "argocd", "daemon", "cli"],
];

/// Within the shell, the command line uses the others, the daemon renders as the command line does,
/// and Argo CD's variables say how sources are built.
const SAME_ROW: &[(&str, &str)] = &[
    ("cli", "source"),
    ("cli", "argocd"),
    ("argocd", "source"),
    ("cli", "daemon"),
    ("daemon", "source"),
    ("daemon", "argocd"),
];

fn row(module: &str) -> usize {
    ROWS.iter().position(|row| row.contains(&module)).unwrap_or_else(|| panic!("{module}: no row"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns the modules that a text names as `crate::module`, braces included.
fn used(text: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    let mut modules = Vec::new();
    for part in text.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            None => modules.push(word(part)),
            Some(list) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => modules.push(word(std::mem::take(&mut item).trim())),
                        c if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                modules.push(word(item.trim()));
            }
        }
    }
    modules.retain(|module| !module.is_empty());
    modules
}

#[test]
fn no_module_uses_a_higher_row() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    let mut wrong = Vec::new();
    for path in paths {
        let inside = path.strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "main" | "lib" | "testing") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for other in used(&text).iter().map(String::as_str).filter(|other| *other != "testing") {
            let allowed =
                other == module || row(other) < row(module) || SAME_ROW.contains(&(module, other));
            if !allowed {
                wrong.push(format!("{} uses {other}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn braces_are_read() {
    assert_eq!(
        used("use crate::{api::{a, b}, object};\ncrate::plan::x"),
        ["api", "object", "plan"]
    );
}

#[test]
fn comments_tell_no_history() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["Phase ", "phase 1", "Patch ", "TODO", "FIXME"] {
            let hit = text.lines().find(|l| l.trim_start().starts_with("//") && l.contains(word));
            assert!(hit.is_none(), "{}: {}", path.display(), hit.unwrap_or_default());
        }
    }
}

#[test]
fn files_stay_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches"] {
        if root.join(folder).is_dir() {
            files(&root.join(folder), &mut paths);
        }
    }
    for path in paths {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{}: {lines} lines", path.display());
    }
}
