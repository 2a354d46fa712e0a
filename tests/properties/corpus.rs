//! Real manifests, read by both readers: `PLUMBER_CORPUS` names the folder.

use super::oracle;
use plumber::manifest::decode;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A scalar that both take for different things, and why ours is right: Argo CD's reader follows
/// YAML 1.1 where libyaml's binding follows 1.2.
fn is_reasoned(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        // `yes` and `on` are booleans for Argo CD.
        (Value::Bool(_), Value::String(word)) => {
            ["y", "n", "yes", "no", "on", "off"].contains(&word.to_ascii_lowercase().as_str())
        }
        // `0755` is octal for Argo CD, `08` and `1_000` are numbers.
        (Value::Number(_), Value::String(text)) => {
            text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
                && (text.contains('_') || text.trim_start_matches(['-', '+']).starts_with('0'))
        }
        // Encoded text is decoded for Argo CD.
        (Value::String(text), Value::String(encoded)) => *encoded == super::scalars::base64(text),
        _ => false,
    }
}

/// Returns the paths at which two values differ without a reason.
fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (ours, theirs) = (a.get(key), b.get(key));
                match (ours, theirs) {
                    (Some(ours), Some(theirs)) => {
                        differences(&format!("{path}.{key}"), ours, theirs, found);
                    }
                    // The key `on` is the boolean `true` for Argo CD.
                    (Some(ours), None) if key == "true" && b.get("on") == Some(ours) => {}
                    (None, Some(_)) if key == "on" && a.contains_key("true") => {}
                    _ => found.push(format!("{path}.{key}: {ours:?} against {theirs:?}")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (ours, theirs)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{n}]"), ours, theirs, found);
            }
        }
        _ if ours == theirs || is_reasoned(ours, theirs) => {}
        _ => found.push(format!("{path}: {ours} against {theirs}")),
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let extension = path.extension().and_then(|e| e.to_str());
        if path.is_dir() {
            files(&path, found);
        } else if matches!(extension, Some("yaml" | "yml" | "json")) {
            found.push(path);
        }
    }
}

/// Returns why our reader refuses what libyaml reads; nothing if it must not.
fn reason(text: &str, refusal: &str) -> Option<&'static str> {
    [
        ("the key is", "a key that is no text, which Kubernetes does not read"),
        ("no form in JSON", "an infinite number, which JSON has not"),
        ("without a `---` line", "several documents in one, of which Argo CD drops one"),
        ("readers take for different things", "a character that is a line end for some readers"),
        ("directive", "a directive, on which Argo CD fails"),
    ]
    .into_iter()
    .find(|(word, _)| refusal.contains(word))
    .map(|(_, why)| why)
    .or_else(|| text.starts_with('%').then_some("a directive, on which Argo CD fails"))
}

/// Our reader and libyaml agree on every document of the corpus.
#[test]
fn real_documents_are_read_as_libyaml_reads_them() {
    let Some(corpus) = std::env::var_os("PLUMBER_CORPUS") else {
        println!("skipped: PLUMBER_CORPUS names no folder of real manifests");
        return;
    };
    let mut paths = Vec::new();
    for folder in ["rendered", "odd", "wired", "apps"] {
        files(&Path::new(&corpus).join(folder), &mut paths);
    }
    assert!(!paths.is_empty(), "PLUMBER_CORPUS holds no manifest");
    let (mut equal, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        for piece in oracle::pieces(&text) {
            let name = path.display().to_string();
            match (decode(&name.as_str().into(), 1, piece), oracle::libyaml(piece)) {
                (Ok(ours), Some(theirs)) => {
                    let ours = ours.node.map_or(Value::Null, |node| node.to_json());
                    let theirs = theirs.into_iter().next().unwrap_or_default();
                    differences(&name, &oracle::whole_numbers(&ours), &theirs, &mut wrong);
                    equal += 1;
                }
                (Err(refusal), Some(_)) => match reason(piece, &refusal.message) {
                    Some(why) => refused.push(format!("{name}: {why}")),
                    None => wrong.push(format!("{name}: refused: {}", refusal.message)),
                },
                (Ok(_), None) => wrong.push(format!("{name}: read here and not by libyaml")),
                (Err(_), None) => refused.push(format!("{name}: neither reads it")),
            }
        }
    }
    println!("{equal} documents are read alike; refused:\n{}", refused.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
