//! Examples in `docs/` that are files of cases: a line `<!-- testdata/… -->` before a block of code
//! names the file that the block shows whole. `UPDATE=1` writes the blocks.
#![expect(clippy::disallowed_methods, reason = "tests read the project and, on request, write it")]

use std::path::Path;

/// Returns a page with each block that names a file showing that file, and how many there are.
fn shown(page: &str, root: &Path) -> (String, usize) {
    let mut out = String::new();
    let mut lines = page.lines();
    let mut count = 0;
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let named = line.strip_prefix("<!-- testdata/").and_then(|rest| rest.strip_suffix(" -->"));
        let Some(file) = named else { continue };
        let path = root.join("testdata").join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
        let fence = lines.next().filter(|line| line.starts_with("```"));
        out.push_str(fence.unwrap_or_else(|| panic!("no block of code follows {line}")));
        out.push('\n');
        out.push_str(&text);
        out.push_str("```\n");
        assert!(lines.any(|line| line == "```"), "the block after {line} has no end");
        count += 1;
    }
    (out, count)
}

#[test]
fn examples_are_the_files_of_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut examples = 0;
    for entry in std::fs::read_dir(root.join("docs")).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let page = std::fs::read_to_string(&path).unwrap();
        let (wanted, count) = shown(&page, root);
        examples += count;
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let now = std::fs::read_to_string(&path).unwrap();
        assert!(now == wanted, "{}: an example differs from its case", path.display());
    }
    assert!(examples > 10, "only {examples} examples name their case");
}

/// Every case that a page names exists.
#[test]
fn cases_that_pages_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(root.join("docs")).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let page = if path.is_file() { std::fs::read_to_string(&path).unwrap() } else { continue };
        for found in page.split("testdata/").skip(1) {
            let end = found.find(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c)));
            let name = found[..end.unwrap_or(found.len())].trim_end_matches(['.', '/']);
            assert!(root.join("testdata").join(name).exists(), "{}: {name}", path.display());
        }
    }
}
