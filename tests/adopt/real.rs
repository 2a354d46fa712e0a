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
}

fn repositories() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("PLUMBER_CORPUS").filter(|root| !root.is_empty())?;
    let mut folders: Vec<PathBuf> = std::fs::read_dir(Path::new(&root).join("wired"))
        .ok()?
        .map(|e| e.unwrap().path())
        .collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    Some(folders)
}

fn plumber(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plumber")).env_clear().args(args).output().unwrap()
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

fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, v)| (key.clone(), plain(v))).collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::String(text) => text.parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Adopts a copy of a repository, renders each of its files, and compares.
fn adopt(folder: &Path, keep: bool, lines: &mut Vec<u64>) -> Row {
    let scratch = tempfile::tempdir().unwrap();
    let copy = scratch.path();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        std::fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
    }
    let path = copy.display().to_string();
    let mut args = vec!["adopt", &path, "--write", "--format", "json"];
    args.extend(keep.then_some("--keep-schedules"));
    let report: Value = serde_json::from_slice(&plumber(&args).stdout).unwrap();
    let number = |key: &str| report["paths"][0][key].as_u64().unwrap();
    let mut row =
        Row { before: number("linesBefore"), after: number("linesAfter"), ..Row::default() };
    for volume in report["volumes"].as_array().unwrap() {
        lines.push(volume["linesAfter"].as_u64().unwrap());
    }
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
        row.reproduced += usize::from(!left && was == is);
    }
    row
}

fn table(keep: bool) -> Option<(String, Vec<u64>)> {
    let Some(repositories) = repositories() else {
        eprintln!("skipped: PLUMBER_CORPUS does not name a folder of real manifests");
        return None;
    };
    let mut out =
        String::from("repository                      volumes  reproduced  before  after\n");
    let mut lines = Vec::new();
    let mut total = Row::default();
    let mut print = |name: &str, row: &Row| {
        let Row { volumes, reproduced, before, after } = row;
        writeln!(out, "{name:30}  {volumes:7}  {reproduced:10}  {before:6}  {after:5}").unwrap();
    };
    for folder in repositories {
        let row = adopt(&folder, keep, &mut lines);
        print(folder.file_name().unwrap().to_str().unwrap(), &row);
        total.volumes += row.volumes;
        total.reproduced += row.reproduced;
        total.before += row.before;
        total.after += row.after;
    }
    print("all", &total);
    assert_eq!(total.volumes, total.reproduced, "\n{out}");
    lines.sort_unstable();
    Some((out, lines))
}

/// `cargo test --test adopt table -- --nocapture` shows the table.
#[test]
fn table_of_real_repositories() {
    if let Some((table, lines)) = table(false) {
        let median = lines[lines.len() / 2];
        eprintln!(
            "{table}lines beside a volume: {median} (median), {} (most)",
            lines[lines.len() - 1]
        );
        assert!(median <= 3, "{lines:?}");
    }
}

#[test]
fn schedules_are_kept_to_the_minute_where_asked() {
    if let Some((table, _)) = table(true) {
        eprintln!("{table}");
    }
}
