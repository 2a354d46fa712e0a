//! Values that nobody may see, out of the words of programs: kustomize and Helm show what they
//! stumble over, and their words end on Argo CD's page.
//!
//! Looks at the files only after a program has failed, line by line, because what made it fail may
//! be that they cannot be read.
#![expect(clippy::disallowed_methods, reason = "files are read here")]

use std::path::Path;

/// What stands for a value.
const MASK: &str = "•••";
/// Shorter texts are words, and masking them would leave nothing to read.
const SHORTEST: usize = 4;
/// What keys of values that nobody may see end with, in small letters without `-` and `_`.
const KEYS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "encryptionkey",
    "credentials",
    "connectionstring",
    "dsn",
];
/// Values that say nothing.
const PLAIN: &[&str] = &["true", "false", "null", "none"];
/// How many files are looked at, and how large they may be.
const FILES: usize = 10_000;
const SIZE: u64 = 1 << 20;
/// Where kustomize shows what it was given: what comes before, and what ends it.
const DUMPS: &[(&str, &str)] = &[
    ("with config: `", "`"),
    ("from [patch: ", "]"),
    ("literal sources [", "]"),
    ("node contents:", "\n\n"),
];

/// Masks what was given to a program, and what the files below a folder say nobody may see.
pub(super) fn redact(said: &str, root: &Path, given: &[&str]) -> String {
    let mut values: Vec<String> = Vec::new();
    let files = walkdir::WalkDir::new(root).into_iter().filter_entry(|e| e.file_name() != ".git");
    for entry in files.filter_map(Result::ok).filter(|e| e.file_type().is_file()).take(FILES) {
        let small = entry.metadata().is_ok_and(|metadata| metadata.len() <= SIZE);
        let Some(text) = small.then(|| std::fs::read_to_string(entry.path()).ok()).flatten() else {
            continue;
        };
        collect(&text, false, &mut values);
    }
    for text in given {
        collect(text, true, &mut values);
        values.extend(spellings(text));
    }
    mask(said, values)
}

/// Collects the values of a text; all of them, or those that nobody may see.
fn collect(text: &str, every: bool, values: &mut Vec<String>) {
    let is_secret = text.lines().any(|line| line.trim() == "kind: Secret");
    // The indentation of the key above, whose values are all meant.
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if inside.is_some_and(|above| indent <= above && !line.trim().is_empty()) {
            inside = None;
        }
        let trimmed = line.trim();
        let meant = every || inside.is_some();
        if meant {
            values.extend(spellings(trimmed));
        }
        for part in trimmed.split(['{', '}', '[', ']', ',']) {
            let part = part.trim().trim_start_matches("- ");
            // An item such as `- password=value` of a generator is written with `=`.
            let Some((key, value)) = part.split_once([':', '=']) else { continue };
            let key = bare(key);
            if key == "stringData" || (is_secret && key == "data") {
                inside = Some(indent);
            }
            if meant || inside.is_some() || is_key(key) {
                values.extend(spellings(value));
                // Its lines are below.
                if value.trim().starts_with(['|', '>']) {
                    inside.get_or_insert(indent);
                }
            }
        }
    }
}

/// A value as it is written, and without the sign by which YAML takes it for something else.
fn spellings(value: &str) -> [String; 2] {
    let value = bare(value);
    [value.to_owned(), value.trim_start_matches(['*', '&', '!', '@', '%', '`']).to_owned()]
}

fn bare(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'']).trim()
}

fn is_key(key: &str) -> bool {
    let key: String =
        key.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    // `existingSecret: name` names an object.
    !key.starts_with("existing") && KEYS.iter().any(|end| key.ends_with(end))
}

fn mask(said: &str, mut values: Vec<String>) -> String {
    values.retain(|value| {
        value.len() >= SHORTEST
            && !PLAIN.contains(&value.as_str())
            && !value.starts_with("{{")
            && value.chars().any(char::is_alphanumeric)
    });
    // The longest first: one may be part of another.
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    let mut said = said.to_owned();
    for (before, after) in DUMPS {
        let mut from = 0;
        while let Some(at) = said[from..].find(before) {
            let start = from + at + before.len();
            let end = said[start..].find(after).map_or(said.len(), |end| start + end);
            said.replace_range(start..end, MASK);
            from = start + MASK.len();
        }
    }
    for value in &values {
        said = said.replace(value.as_str(), MASK);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::{collect, mask};

    /// Masks what a file says nobody may see.
    fn masked(file: &str, said: &str) -> String {
        let mut values = Vec::new();
        collect(file, false, &mut values);
        mask(said, values)
    }

    #[test]
    fn values_are_known_by_their_keys() {
        let file = "name: shop\ndb:\n  admin_password: 'hunter2'\n- API_TOKEN=abcdef\n\
                    {user: jo, clientSecret: s3cret, existingSecret: shop-db}\nkey: |\n  one\n";
        assert_eq!(
            masked(file, "shop: hunter2, abcdef, jo, s3cret, shop-db, one"),
            "shop: •••, •••, jo, •••, shop-db, one"
        );
    }

    #[test]
    fn a_secret_holds_only_such_values() {
        let file = "kind: Secret\nmetadata:\n  name: shop\nstringData:\n  user: johanna\n  \
                    file: |\n    first line\n    second: line\ndata:\n  x: aHVudGVyMg==\n\
                    type: Opaque\n";
        assert_eq!(
            masked(file, "shop, johanna, first line, line, aHVudGVyMg==, Opaque"),
            "shop, •••, •••, •••, •••, Opaque"
        );
        assert_eq!(masked("data:\n  user: johanna\n", "johanna"), "johanna");
    }

    #[test]
    fn what_kustomize_was_given_is_not_repeated() {
        assert_eq!(
            masked("", "with config: `\npatch: x\n`: unable to parse from [patch: \"x\"]"),
            "with config: `•••`: unable to parse from [patch: •••]"
        );
        assert_eq!(
            masked("", "wrong kind: node contents:\nhunter2\n"),
            "wrong kind: node contents:•••"
        );
    }

    #[test]
    fn words_stay() {
        let file = "password: set\ntoken: true\nsecret: {{ .Values.x }}\nsecret: \"---\"\n";
        assert_eq!(masked(file, "set true {{ .Values.x }} ---"), "set true {{ .Values.x }} ---");
    }
}
