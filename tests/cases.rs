//! One test for each folder of `testdata/`, through the real binary; see `testdata/README.md`.
#![expect(clippy::unnecessary_wraps, reason = "the harness asks for a result")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project and, on request, write it")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Output;

datatest_stable::harness! {
    { test = render, root = "testdata/render", pattern = r"/stderr\.txt$" },
    { test = check, root = "testdata/check", pattern = r"/stderr\.txt$" },
    { test = explain, root = "testdata/explain", pattern = r"/args$" },
    { test = adopt, root = "testdata/adopt", pattern = r"/args$" },
    { test = config, root = "testdata/config", pattern = r"/args$" },
    { test = audit, root = "testdata/audit", pattern = r"/args$" },
    { test = restore, root = "testdata/restore", pattern = r"/args$" },
}

fn render(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let mut args = case.lines("args");
    args.extend(case.options(&["plumber.yaml"]));
    let stdin = args.iter().any(|arg| arg == "-").then(|| case.bytes(case.input()));
    let path = stdin.is_none().then(|| case.input().to_owned());
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("report.json");
    if case.has("report.json") {
        args.extend(["--report".to_owned(), report.display().to_string()]);
    }
    let first = case.run("render", args.iter().chain(&path), stdin);
    case.expect_all("expected.yaml", &first);
    if case.has("report.json") {
        case.expect("report.json", &std::fs::read(report)?);
    }
    if !first.status.success() {
        assert!(first.stdout.is_empty(), "a run that fails writes nothing");
        return Ok(());
    }
    let mut args: Vec<String> = case.lines("args").into_iter().filter(|arg| arg != "-").collect();
    args.extend(case.options(&["plumber.yaml", "input/plumber.yaml"]));
    args.push("-".into());
    let second = case.run("render", args.iter(), Some(first.stdout.clone()));
    let [first, second] = [first, second].map(|run| String::from_utf8(run.stdout).unwrap());
    assert!(first == second, "rendering the output changes it:\n{second}");
    Ok(())
}

fn check(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let mut args = case.lines("args");
    args.extend(case.options(&["plumber.yaml"]));
    let names_input = |arg: &String| arg == "-" || arg.starts_with("input");
    if !args.iter().any(names_input) {
        args.push(case.input().to_owned());
    }
    let stdin = args.iter().any(|arg| arg == "-").then(|| case.bytes(case.input()));
    case.expect_all("expected.txt", &case.run("check", args.iter(), stdin));
    Ok(())
}

fn explain(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let mut args = case.lines("args");
    let volume = args.pop();
    args.extend(case.options(&["plumber.yaml"]));
    args.push(case.input().into());
    case.expect_all("expected.txt", &case.run("explain", args.iter().chain(&volume), None));
    Ok(())
}

fn config(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let mut args = vec!["show".to_owned()];
    args.extend(case.lines("args"));
    args.extend(case.options(&["plumber.yaml"]));
    case.expect_all("expected.txt", &case.run("config", args.iter(), None));
    Ok(())
}

/// What Git holds and what was seen of the cluster, as the report for people, and where a case asks
/// for it as the document; the document always keeps to its schema.
fn audit(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let run = |format: &str| {
        let mut args: Vec<String> =
            ["once", "--manifests", "intent", "--observed", "observed", "--format", format]
                .map(str::to_owned)
                .into();
        args.extend(case.lines("args"));
        args.extend(case.options(&["plumber.yaml"]));
        case.run("audit", args.iter(), None)
    };
    let table = run("table");
    case.expect_all("expected.txt", &table);
    let json = run("json");
    assert_eq!(json.status, table.status);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout)?;
    let schema = serde_json::from_str(plumber::audit::document::SCHEMA)?;
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    if case.has("expected.json") {
        case.expect("expected.json", &json.stdout);
    }
    for (format, file) in
        [("markdown", "expected.md"), ("junit", "expected.xml"), ("yaml", "expected.yaml")]
    {
        if case.has(file) {
            let run = run(format);
            assert_eq!(run.status, table.status);
            case.expect(file, &run.stdout);
        }
    }
    Ok(())
}

fn restore(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let args = ["plan", "--manifests", "intent", "--observed", "observed"].map(str::to_owned);
    let mut args: Vec<String> = args.into();
    args.extend(case.lines("args"));
    case.expect_all("expected.txt", &case.run("restore", args.iter(), None));
    Ok(())
}

/// Adopts a copy of `input/`; what it becomes is in `output/`, where it changes.
fn adopt(marker: &Path) -> datatest_stable::Result<()> {
    let case = Case(marker.parent().unwrap());
    let mut args = case.lines("args");
    let mut paths = case.lines("path");
    if paths.is_empty() {
        paths.push("input".to_owned());
    }
    let builds = |file: &str| paths.iter().any(|path| case.has(&format!("{path}/{file}")));
    let needed: &[(bool, &[&str])] = &[
        (builds("Chart.yaml"), &["helm"]),
        (builds("kustomization.yaml"), &["kustomize", "kubectl"]),
    ];
    if let Some((_, programs)) = needed.iter().find(|(needed, any)| *needed && !installed(any)) {
        let names = programs.join(" nor ");
        eprintln!("skipped: {}: no {names} in target/tools or PATH", case.0.display());
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    copy(&case.0.join("input"), &folder.path().join("input"));
    args.extend(paths);
    let run = case.run_in(folder.path(), "adopt", args.iter(), None);
    case.expect_all("expected.txt", &run);
    let before = files(&case.0.join("input"));
    let after = files(&folder.path().join("input"));
    let output = case.0.join("output");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::remove_dir_all(&output).unwrap_or_default();
        if before != after {
            copy(&folder.path().join("input"), &output);
        }
    }
    let wanted = if output.exists() { files(&output) } else { before };
    assert_eq!(wanted, after, "the files of {}", case.0.display());
    case.run_in(folder.path(), "adopt", args.iter(), None);
    let again = files(&folder.path().join("input"));
    assert_eq!(after, again, "adopting {} again changes it", case.0.display());
    Ok(())
}

/// Where programs are looked for, those that `.ci/tools` puts into `target/tools` first.
fn path_with_tools() -> OsString {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let known = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(pinned).chain(std::env::split_paths(&known))).unwrap()
}

/// Returns whether one of some programs is there.
fn installed(programs: &[&str]) -> bool {
    std::env::split_paths(&path_with_tools())
        .any(|folder| programs.iter().any(|program| folder.join(program).is_file()))
}

/// The files below a folder, with their texts.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let inside = entry.path().strip_prefix(folder).unwrap().to_owned();
            found.insert(inside, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for (file, text) in files(from) {
        let to = to.join(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, text).unwrap();
    }
}

/// A folder of `testdata/`.
struct Case<'c>(&'c Path);

impl Case<'_> {
    fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }

    fn bytes(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.0.join(file)).unwrap_or_default()
    }

    fn lines(&self, file: &str) -> Vec<String> {
        String::from_utf8(self.bytes(file)).unwrap().lines().map(str::to_owned).collect()
    }

    fn input(&self) -> &'static str {
        ["input.yaml", "input.json"].into_iter().find(|file| self.has(file)).unwrap_or("input")
    }

    /// The first of these files that is there, as `--config`.
    fn options(&self, files: &[&str]) -> Vec<String> {
        let file = files.iter().find(|file| self.has(file));
        file.map(|file| vec!["--config".into(), (*file).into()]).unwrap_or_default()
    }

    fn run<'a>(
        &self,
        command: &str,
        args: impl Iterator<Item = &'a String>,
        stdin: Option<Vec<u8>>,
    ) -> Output {
        self.run_in(self.0, command, args, stdin)
    }

    fn run_in<'a>(
        &self,
        folder: &Path,
        command: &str,
        args: impl Iterator<Item = &'a String>,
        stdin: Option<Vec<u8>>,
    ) -> Output {
        let env = self.lines("env");
        let env = env.iter().filter_map(|line| line.split_once('='));
        Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .env("PATH", path_with_tools())
            .envs(env)
            .current_dir(folder)
            .arg(command)
            .args(args)
            .write_stdin(stdin.unwrap_or_default())
            .output()
            .unwrap()
    }

    fn expect_all(&self, stdout: &str, run: &Output) {
        let code = run.status.code().unwrap_or_default();
        self.expect(stdout, &run.stdout);
        self.expect("stderr.txt", &run.stderr);
        self.expect("exit", if code == 0 { String::new() } else { format!("{code}\n") }.as_bytes());
    }

    /// Compares with a file, whose absence means that there is nothing; `UPDATE=1` writes it.
    fn expect(&self, file: &str, found: &[u8]) {
        let path = self.0.join(file);
        if std::env::var_os("UPDATE").is_some() {
            if found.is_empty() && file != "stderr.txt" {
                std::fs::remove_file(&path).unwrap_or_default();
            } else if !found.is_empty() || self.has(file) {
                std::fs::write(&path, found).unwrap();
            }
        }
        let wanted = self.bytes(file);
        assert!(wanted == found, "{}:\n{}", path.display(), String::from_utf8_lossy(found));
    }
}
