//! The table "what Argo CD does when…" names tests that exist.

use std::path::Path;

#[test]
fn every_row_names_what_shows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/argocd.md")).unwrap();
    let rows: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != "| when | what the plugin gives | shown by |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    let mut tests = String::new();
    for file in std::fs::read_dir(root.join("tests/cmp")).unwrap() {
        tests += &std::fs::read_to_string(file.unwrap().path()).unwrap();
    }
    let exists = |shown: &str| match shown.strip_prefix("tests/cmp: ") {
        Some(test) => tests.contains(&format!("#[test]\nfn {test}() {{")),
        // A case that the harness of tests/cases.rs finds.
        None => shown.starts_with("testdata/") && root.join(shown).join("stderr.txt").is_file(),
    };
    for row in rows {
        let shown = row.rsplit('|').nth(1).unwrap().trim();
        let shown = shown.strip_prefix('`').and_then(|shown| shown.strip_suffix('`')).unwrap();
        assert!(exists(shown), "{row}");
    }
}
