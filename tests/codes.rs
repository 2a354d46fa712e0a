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
    (Code::SourceNotRendered, "needs kustomize; tests/cli has one that prints a file"),
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
    for case in ["render", "check", "explain", "config"].into_iter().flat_map(folders) {
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
    let kinds = [
        ("render", "stderr.txt"),
        ("check", "stderr.txt"),
        ("explain", "args"),
        ("config", "args"),
        ("audit", "args"),
        ("restore", "args"),
    ];
    for (kind, marker) in kinds {
        for folder in folders(kind) {
            assert!(folder.join(marker).exists(), "{} has no {marker}", folder.display());
        }
    }
}

#[test]
fn every_case_says_what_it_shows() {
    for case in folders("check") {
        assert!(
            first_lines(&case).starts_with("# "),
            "{} does not say what it shows",
            case.display()
        );
    }
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

/// Every rule has a case that it is found in, and one that looks like it and is fine.
#[test]
fn every_rule_is_shown_and_nearly_shown() {
    let (mut shown, mut nearly) = (Vec::new(), Vec::new());
    for case in folders("check") {
        let said = first_lines(&case);
        let found = std::fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        let is_found = |id: &str| found.contains(&format!("[{id}]"));
        for line in said.lines() {
            if let Some(id) = line.strip_prefix("# shows ") {
                assert!(is_found(id), "{} does not show {id}", case.display());
                shown.push(id.to_owned());
            }
            if let Some(id) = line.strip_prefix("# nearly ") {
                assert!(!is_found(id), "{} shows {id}", case.display());
                nearly.push(id.to_owned());
            }
        }
    }
    let is_elsewhere = |code| ELSEWHERE.iter().any(|(other, _)| *other == code);
    for rule in plumber::rules::rules().filter(|rule| !is_elsewhere(rule.code)) {
        let id = rule.code.id();
        assert!(shown.iter().any(|other| other == id), "no case shows {id}");
        assert!(nearly.iter().any(|other| other == id), "no case nearly shows {id}");
    }
}

/// The comments that start the first input of a case.
fn first_lines(case: &Path) -> String {
    let mut files = vec![case.join("input.yaml")];
    let folder = walkdir::WalkDir::new(case.join("input")).sort_by_file_name();
    files.extend(folder.into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path));
    let texts = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    texts
        .flat_map(|text| {
            let lines: Vec<String> =
                text.lines().take_while(|line| line.starts_with('#')).map(str::to_owned).collect();
            lines
        })
        .collect::<Vec<_>>()
        .join("\n")
}
