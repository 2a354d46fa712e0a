//! Real repositories, read in place from the folder that `PLUMBER_CORPUS` names; skipped without
//! it. What has to come out is compared here a second time, on the files that were written.

use assert_cmd::Command;
use serde::Deserialize as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

/// What became of one repository.
#[derive(Debug, Default)]
struct Row {
    volumes: usize,
    reproduced: usize,
    before: u64,
    after: u64,
    /// The lines beside each volume.
    beside: Vec<u64>,
    /// What was not adopted, and why.
    missed: Vec<String>,
}

/// The folders of one part of the corpus.
fn folders(part: &str) -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("PLUMBER_CORPUS").filter(|root| !root.is_empty());
    if root.is_none() {
        eprintln!("skipped: PLUMBER_CORPUS does not name a folder of real manifests");
    }
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(Path::new(&root?).join(part)).ok()?.map(|e| e.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    Some(folders)
}

/// Runs `plumber`, which finds the programs that build folders in `target/tools` first.
fn plumber(args: &[&str]) -> Output {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let known = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(pinned).chain(std::env::split_paths(&known));
    Command::new(env!("CARGO_BIN_EXE_plumber"))
        .env_clear()
        .env("PATH", std::env::join_paths(path).unwrap())
        .args(args)
        .output()
        .unwrap()
}

/// Copies files, which the copy's owner may write.
fn copy_of(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap) {
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(to).unwrap();
        } else {
            std::fs::write(to, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|file| (file.path().to_owned(), std::fs::read(file.path()).unwrap())).collect()
}

fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(|value| !value.is_null())
        .collect()
}

type Objects = BTreeMap<(String, String), Value>;

/// Sources and destinations by kind and name: namespace and spec, numbers as numbers.
fn pairs(documents: &[Value], namespace: &str, keep: bool) -> Objects {
    let mut found = Objects::new();
    for document in documents {
        let kind = document["kind"].as_str().unwrap_or_default();
        if !kind.starts_with("Replication") {
            continue;
        }
        let metadata = &document["metadata"];
        let mut spec = plain(&document["spec"]);
        if let (false, Some(cron)) = (keep, spec["trigger"]["schedule"].as_str()) {
            spec["trigger"]["schedule"] = Value::from(cron.split_once(' ').map_or(cron, |c| c.1));
        }
        let namespace = metadata["namespace"].as_str().unwrap_or(namespace);
        let object = serde_json::json!({"namespace": namespace, "spec": spec});
        found.insert((kind.to_owned(), metadata["name"].as_str().unwrap().to_owned()), object);
    }
    found
}

/// What else a file holds: every other object by kind and name, with what it says. Of metadata only
/// the name and namespace count, because labels are what adoption adds.
fn others(documents: &[Value]) -> Objects {
    let rest = documents.iter().filter(|document| {
        !document["kind"].as_str().is_some_and(|kind| kind.starts_with("Replication"))
    });
    rest.map(|document| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = (text(&document["kind"]), text(&document["metadata"]["name"]));
        let mut object = document.clone();
        object["metadata"] = Value::Null;
        (key, object)
    })
    .collect()
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, v)| (key.clone(), plain(v))).collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::String(text) => text.parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Adopts a copy of a repository, renders each of its files, and compares.
fn adopt(folder: &Path, keep: bool) -> Row {
    let scratch = tempfile::tempdir().unwrap();
    let copy = scratch.path();
    copy_of(folder, copy);
    let path = copy.display().to_string();
    let mut args = vec!["adopt", &path, "--write", "--format", "json"];
    args.extend(keep.then_some("--keep-schedules"));
    let report: Value = serde_json::from_slice(&plumber(&args).stdout).unwrap();
    let number = |key: &str| report["paths"][0][key].as_u64().unwrap();
    let volumes = report["volumes"].as_array().unwrap().iter();
    let missed =
        report["missed"].as_array().unwrap().iter().chain(report["byHand"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut row = Row {
        before: number("linesBefore"),
        after: number("linesAfter"),
        beside: volumes.map(|volume| volume["linesAfter"].as_u64().unwrap()).collect(),
        missed: missed.map(|m| format!("{}: {}", text(&m["what"]), text(&m["message"]))).collect(),
        ..Row::default()
    };
    let once = files(copy);
    plumber(&args);
    assert_eq!(once, files(copy), "adopting {} again changes it", folder.display());
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let before = documents(&std::fs::read_to_string(&file).unwrap());
        let Some(pvc) = before.iter().find(|d| d["kind"] == "PersistentVolumeClaim") else {
            continue;
        };
        row.volumes += 1;
        let all = before.iter().chain([pvc]);
        let mut stated = all.filter_map(|d| d["metadata"]["namespace"].as_str());
        let namespace = stated.next().unwrap_or("somewhere");
        let now = copy.join(file.file_name().unwrap());
        let left = documents(&std::fs::read_to_string(&now).unwrap());
        let left = left.iter().any(|d| d["kind"].as_str().unwrap().starts_with("Replication"));
        let now = now.display().to_string();
        let args = ["render", &now, "--managed-namespace", "*", "--namespace", namespace];
        let rendered = plumber(&args);
        let after = documents(std::str::from_utf8(&rendered.stdout).unwrap());
        let (was, is) = (pairs(&before, namespace, keep), pairs(&after, namespace, keep));
        // Volumes, Secrets and all else are what they were, references too.
        let rest = others(&before) == others(&after);
        row.reproduced += usize::from(!left && was == is && rest);
    }
    row
}

fn table(keep: bool) -> Option<(String, Row)> {
    let mut out = String::from(
        "repository                      volumes  reproduced  before  after  beside (median)\n",
    );
    let mut total = Row::default();
    let mut print = |name: &str, row: &mut Row| {
        row.beside.sort_unstable();
        let median = row.beside.get(row.beside.len() / 2).copied().unwrap_or_default();
        let Row { volumes, reproduced, before, after, .. } = row;
        let numbers = format!("{volumes:7}  {reproduced:10}  {before:6}  {after:5}  {median:6}");
        writeln!(out, "{name:30}  {numbers}").unwrap();
        for missed in &row.missed {
            writeln!(out, "    {missed}").unwrap();
        }
    };
    for folder in folders("wired")? {
        let mut row = adopt(&folder, keep);
        print(folder.file_name().unwrap().to_str().unwrap(), &mut row);
        total.volumes += row.volumes;
        total.reproduced += row.reproduced;
        total.before += row.before;
        total.after += row.after;
        total.beside.extend(row.beside);
    }
    print("all", &mut total);
    // The goal is 99 in 100.
    assert!(total.reproduced * 100 >= total.volumes * 99, "\n{out}");
    Some((out, total))
}

/// `just adopt-table` shows the table.
#[test]
fn table_of_real_repositories() {
    if let Some((table, total)) = table(false) {
        let beside = &total.beside;
        let (median, most) = (beside[beside.len() / 2], beside[beside.len() - 1]);
        eprintln!("{table}lines beside a volume: {median} (median), {most} (most)");
        assert!(median <= 3, "{beside:?}");
    }
}

#[test]
fn schedules_are_kept_to_the_minute_where_asked() {
    if let Some((table, _)) = table(true) {
        eprintln!("{table}");
    }
}

/// Applications as their kustomizations build them, most of whose volumes have labels already:
/// what is rendered for every volume is the same before and after.
#[test]
fn applications_that_are_labelled_in_part_render_the_same() {
    for folder in folders("apps").into_iter().flatten() {
        let scratch = tempfile::tempdir().unwrap();
        copy_of(&folder, scratch.path());
        let path = scratch.path().display().to_string();
        let render = || {
            let rendered = plumber(&["render", &path, "--managed-namespace", "*"]);
            assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
            let documents = documents(std::str::from_utf8(&rendered.stdout).unwrap());
            (pairs(&documents, "", false), others(&documents))
        };
        let before = render();
        for _ in 0..2 {
            let adopted = plumber(&["adopt", "-R", &path, "--write"]);
            assert!(adopted.status.success(), "{}", String::from_utf8_lossy(&adopted.stderr));
            assert_eq!(before, render(), "{}", folder.display());
        }
    }
}
