//! One test for each folder of `testdata/diff/`, through the real binary, in every format; see
//! `testdata/README.md`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project and, on request, write it")]

use assert_cmd::Command;
use std::path::Path;
use std::process::Output;

datatest_stable::harness! {
    { test = diff, root = "testdata/diff", pattern = r"/args$" },
}

fn diff(marker: &Path) -> datatest_stable::Result<()> {
    let folder = marker.parent().unwrap();
    let args = std::fs::read_to_string(marker)?;
    let args: Vec<&str> = args.lines().collect();
    let run = |args: &[&str], format: &[&str], sides: [&str; 2]| -> Output {
        Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(folder)
            .args(["diff"].iter().chain(format).chain(args).chain(&sides))
            .output()
            .unwrap()
    };
    let both = ["base", "head"];
    let text = run(&args, &[], both);
    let code = text.status.code().unwrap();
    expect(folder, "expected.txt", &text.stdout);
    expect(folder, "stderr.txt", &text.stderr);
    expect(folder, "exit", if code == 0 { String::new() } else { format!("{code}\n") }.as_bytes());
    for (format, file) in [("markdown", "expected.md"), ("json", "expected.json")] {
        let run = run(&args, &["--format", format, "--no-objects"], both);
        assert_eq!(run.status.code(), Some(code));
        expect(folder, file, &run.stdout);
        if format == "json" {
            let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
            let schema = std::fs::read(schema.join("plumber-diff.schema.json"))?;
            let schema = jsonschema::validator_for(&serde_json::from_slice(&schema)?)?;
            schema.validate(&serde_json::from_slice(&run.stdout)?).unwrap();
        }
    }
    // A side that renders does not differ from itself.
    let args: Vec<&str> = args.into_iter().filter(|arg| !arg.starts_with("--as-is")).collect();
    for side in ["base", "head"] {
        let run = run(&args, &[], [side, side]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        let printed = String::from_utf8_lossy(&run.stdout).into_owned();
        let unclear = run.status.code() == Some(2) || printed.contains("[would-not-render]");
        assert!(unclear || run.status.success() && printed.is_empty(), "{side}:\n{printed}{said}");
    }
    Ok(())
}

/// Compares with a file, whose absence means that there is nothing; `UPDATE=1` writes it.
fn expect(folder: &Path, file: &str, found: &[u8]) {
    let path = folder.join(file);
    if std::env::var_os("UPDATE").is_some() {
        if found.is_empty() {
            std::fs::remove_file(&path).unwrap_or_default();
        } else {
            std::fs::write(&path, found).unwrap();
        }
    }
    let wanted = std::fs::read(&path).unwrap_or_default();
    assert!(wanted == found, "{}:\n{}", path.display(), String::from_utf8_lossy(found));
}
