//! Real manifests, checked in place in the folder that `PLUMBER_CORPUS` names; skipped without it.
//!
//! `cargo test --test corpus_check -- --nocapture` prints what is found in repositories whose pairs
//! were written by other means than labels, as a table.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so, and a table is printed")]

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("PLUMBER_CORPUS").filter(|root| !root.is_empty());
    if root.is_none() {
        eprintln!("skipped: PLUMBER_CORPUS does not name a folder of real manifests");
    }
    root.map(PathBuf::from)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Checks in a folder; returns errors and warnings as `code namespace/name`.
fn findings(folder: &Path, args: &[&str]) -> Vec<(String, String)> {
    let run = Command::new(env!("CARGO_BIN_EXE_plumber"))
        .env_clear()
        .current_dir(folder)
        .args(["check", "--format", "json"])
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}: {said}", folder.display());
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .filter(|finding| finding["severity"] != "info")
        .map(|finding| {
            let severity = text(&finding["severity"]);
            (format!("{severity} {}", text(&finding["code"])), text(&finding["object"]["name"]))
        })
        .collect()
}

#[test]
fn clean_volumes_are_clean() {
    let Some(corpus) = corpus() else { return };
    let mut found = Vec::new();
    for file in entries(&corpus.join("rendered")) {
        found.extend(findings(&corpus, &[&file.display().to_string()]));
    }
    // A registry's volume that nothing backs up and nothing exempts, and a stream without manifests.
    let known = [("warning volume-undecided", "registry"), ("warning empty-input", "")];
    assert_eq!(found, known.map(|(code, name)| (code.to_owned(), name.to_owned())));
    for pair in entries(&corpus.join("pairs")) {
        for files in [
            &["pvc.yaml", "namespace.yaml", "handwritten.yaml"][..],
            &["pvc.yaml", "namespace.yaml"],
        ] {
            assert_eq!(findings(&pair, files), [], "{}", pair.display());
        }
    }
}

/// The kinds of errors that were looked at in the manifests themselves, with the repository, and
/// are right.
const LOOKED_AT: &[(&str, &str, usize)] = &[
    // References that kept the name of a destination that is gone: `-bootstrap` beside `-backup`.
    ("mainertoo+kubernetes-lab", "error restore-target-missing", 39),
    // A labelled volume whose Namespace is not in the file.
    ("mitchross+talos-argocd-proxmox", "error namespace-not-managed", 1),
    // Five volumes of one namespace in one repository's Secret.
    ("mmalyska+home-ops", "error restic-repository-shared", 5),
];

#[test]
fn repositories_wired_by_other_means() {
    let Some(corpus) = corpus() else { return };
    let mut errors = Vec::new();
    eprintln!("\n| repository | finding | count | for example |\n| --- | --- | ---: | --- |");
    for repository in entries(&corpus.join("wired")) {
        let name = repository.file_name().unwrap().to_string_lossy().into_owned();
        let mut counts: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (code, object) in findings(&repository, &["--apps", "*"]) {
            counts.entry(code).or_insert((0, object)).0 += 1;
        }
        for (code, (count, example)) in counts {
            eprintln!("| {name} | {code} | {count} | {example} |");
            if code.starts_with("error ") {
                errors.push((name.clone(), code, count));
            }
        }
    }
    let errors: Vec<(&str, &str, usize)> =
        errors.iter().map(|(name, code, count)| (name.as_str(), code.as_str(), *count)).collect();
    assert_eq!(errors, LOOKED_AT, "a kind of error that nobody has looked at");
}
