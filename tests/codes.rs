//! The cases of `testdata/` are complete: every folder is run, every code is shown.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]

use plumber::audit::code::Code as AuditCode;
use plumber::diagnostic::Code;
use std::path::{Path, PathBuf};

/// Codes that no case can show, each with the reason.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::InvalidEncoding, "bytes that are no text; tests/cli makes them"),
    (Code::EncodingConverted, "UTF-16, which is no text to git; tests/cli makes it"),
    (Code::EditNotProven, "the last line of defence: no manifest is known to reach it"),
];

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn folders(kind: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(testdata().join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

#[test]
fn every_code_is_shown() {
    let mut shown = String::new();
    for case in ["render", "explain", "config"].into_iter().flat_map(folders) {
        for file in ["stderr.txt", "expected.txt", "report.json"] {
            shown += &std::fs::read_to_string(case.join(file)).unwrap_or_default();
        }
    }
    for code in Code::ALL {
        let listed = ELSEWHERE.iter().any(|(other, _)| other == code);
        let [text, json] = [format!("[{}]", code.id()), format!("\"{}\"", code.id())];
        let seen = shown.contains(&text) || shown.contains(&json);
        assert!(seen != listed, "{}: in a case {seen}, among the exceptions {listed}", code.id());
    }
}

#[test]
fn every_code_of_the_audit_is_shown() {
    let mut shown = String::new();
    for case in folders("audit") {
        for file in ["expected.txt", "expected.json"] {
            shown += &std::fs::read_to_string(case.join(file)).unwrap_or_default();
        }
    }
    for code in AuditCode::ALL {
        // As a finding, in the document, or as the verdict of a line.
        let forms =
            [format!("[{}]", code.id()), format!("\"{}\"", code.id()), format!("  {} ", code.id())];
        assert!(forms.iter().any(|form| shown.contains(form)), "{} is in no case", code.id());
    }
}

#[test]
fn every_folder_is_run() {
    for (kind, marker) in [
        ("render", "stderr.txt"),
        ("explain", "args"),
        ("config", "args"),
        ("audit", "args"),
        ("restore", "args"),
    ] {
        for folder in folders(kind) {
            assert!(folder.join(marker).exists(), "{} has no {marker}", folder.display());
        }
    }
}

#[test]
fn every_case_says_what_it_shows() {
    for case in ["render", "explain", "audit", "restore"].into_iter().flat_map(folders) {
        let files =
            ["intent/app.yaml", "input.yaml", "input/a.yaml", "input/data.yaml", "input/b.yml"];
        let mut texts =
            files.iter().filter_map(|file| std::fs::read_to_string(case.join(file)).ok());
        let json = case.join("input.json").exists() || case.join("input/all.json").exists();
        let said =
            texts.any(|text| text.starts_with("# ") && text.lines().next().unwrap().len() > 9);
        assert!(said || json, "{} does not say what it shows", case.display());
    }
}
