//! The daemon says of every case what `plumber audit once` says, byte for byte.

use crate::api::{Api, NOW, dumped, until};
use plumber::daemon::{Options, Planning, Rendering};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/audit");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// The arguments of a case, which are one a line.
fn arguments(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("args")).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn once(folder: &Path, intent: &Path) -> Value {
    let output = assert_cmd::Command::cargo_bin("plumber")
        .unwrap()
        // Places are named from there by both.
        .current_dir(intent)
        .env_remove("PLUMBER_CONFIG")
        .args(["audit", "once", "--format", "json", "--manifests", ".", "--observed"])
        .arg(folder.join("observed"))
        .args(arguments(folder).iter().map(|argument| {
            let file = folder.join(argument);
            if file.is_file() { file.display().to_string() } else { argument.clone() }
        }))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}: {output:?}", folder.display()))
}

async fn served(folder: &Path, intent: &Path) -> Value {
    let (kinds, objects) = dumped(folder);
    let arguments = arguments(folder);
    let after = |option: &str| {
        let at = arguments.iter().position(|argument| argument == option)?;
        arguments.get(at + 1).cloned()
    };
    let all = |option: &str| -> Vec<String> {
        let pairs = arguments.windows(2).filter(|pair| pair[0] == option);
        pairs.map(|pair| pair[1].clone()).collect()
    };
    let mut options = Options::new(intent);
    options.rendering = Rendering::Whole;
    options.planning = Planning {
        config: after("--config").map(|file| folder.join(file).display().to_string()),
        namespace: after("--namespace"),
        managed_namespaces: all("--managed-namespace"),
        app: after("--app"),
        mode: after("--mode").map(|mode| match mode.as_str() {
            "permissive" => "permissive",
            "audit" => "audit",
            _ => "strict",
        }),
    };
    let (mut states, daemon) = Api::new(kinds, objects).serve(options);
    let state = until(&mut states, |state| state.revision > 0 && state.is_ready()).await;
    daemon.stop().await;
    serde_json::to_value(&*state.document).unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// Takes out what a daemon cannot know or says in other words: the commit, and how it sees.
fn comparable(mut document: Value) -> String {
    for key in ["findings", "intent_sources"] {
        document[key] = Value::Null;
    }
    serde_json::to_string_pretty(&document)
        .unwrap()
        .replace("\"./", "\"")
        .replace("git:./", "git:")
        .replace(" ./", " ")
}

#[tokio::test]
async fn every_case_is_answered_as_once() {
    let mut count = 0;
    for folder in folders() {
        // These say when the cluster was seen, or at which commit Git is.
        let arguments = arguments(&folder);
        assert!(arguments.windows(2).any(|pair| pair == ["--now", NOW]), "{}", folder.display());
        if arguments.iter().any(|a| ["--revision", "--observed-at"].contains(&a.as_str())) {
            continue;
        }
        // Outside the project's own repository, whose commit a daemon would tell.
        let intent = tempfile::tempdir().unwrap();
        copy(&folder.join("intent"), intent.path());
        let told = comparable(served(&folder, intent.path()).await);
        let expected = comparable(once(&folder, intent.path()));
        let differs = told.lines().zip(expected.lines()).find(|(told, expected)| told != expected);
        assert_eq!(differs, None, "{}", folder.display());
        assert_eq!(told.len(), expected.len(), "{}", folder.display());
        count += 1;
    }
    assert!(count > 80, "only {count} cases");
}
