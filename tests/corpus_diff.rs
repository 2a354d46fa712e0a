//! Changes to real manifests, read in place from the folder that `PLUMBER_CORPUS` names; skipped
//! without it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use assert_cmd::Command;
use plumber::compare::{Application, Side, compare};
use plumber::config::{Flags, resolve};
use plumber::manifest::{Framing, Limits, Source, read};
use plumber::plan::plan;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The reference deployment's settings.
const SETTINGS: &str = "apiVersion: pvc-plumber.io/v1alpha1
kind: PlumberConfig
defaults:
  storageClassName: longhorn
  volumeSnapshotClassName: longhorn-snapclass
  cacheCapacity: 2Gi
  moverSecurityContext: {runAsUser: 568, runAsGroup: 568, fsGroup: 568}
";

/// The corpus, and a folder for what is written.
struct Corpus {
    root: PathBuf,
    scratch: TempDir,
}

impl Corpus {
    fn open() -> Option<Self> {
        let Some(root) = std::env::var_os("PLUMBER_CORPUS").filter(|root| !root.is_empty()) else {
            eprintln!("skipped: PLUMBER_CORPUS does not name a folder of real manifests");
            return None;
        };
        let scratch = tempfile::tempdir().unwrap();
        std::fs::write(scratch.path().join("settings.yaml"), SETTINGS).unwrap();
        Some(Self { root: PathBuf::from(root), scratch })
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        assert!(!files.is_empty());
        files
    }

    /// Compares two files, and holds the result to the schema's version.
    fn diff(&self, base: &Path, head: &Path) -> (i32, Value) {
        let output = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .current_dir(self.scratch.path())
            .args(["diff", "--config", "settings.yaml", "--format", "json", "--no-objects"])
            .args(["--managed-namespace=*", "--namespace=unstated"])
            .args([base, head])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{}: {stderr}", head.display());
        (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
    }

    fn diff_texts(&self, base: &str, head: &str) -> BTreeSet<String> {
        let [old, new] = ["base.yaml", "head.yaml"].map(|name| self.scratch.path().join(name));
        std::fs::write(&old, base).unwrap();
        std::fs::write(&new, head).unwrap();
        codes(&self.diff(&old, &new).1)
    }
}

/// Every code that a comparison gives.
fn codes(diff: &Value) -> BTreeSet<String> {
    let volumes = diff["volumes"].as_array().unwrap();
    let changes = volumes.iter().flat_map(|volume| volume["changes"].as_array().unwrap());
    changes.map(|change| change["code"].as_str().unwrap().to_owned()).collect()
}

/// One side through the library, which a thousand comparisons need.
fn side(text: &str) -> Side {
    let flags = Flags {
        namespace: Some("unstated".into()),
        managed_namespaces: vec!["*".into()],
        app: None,
    };
    let config = resolve(&[], &flags).unwrap().config;
    let source =
        Source { name: "app.yaml".into(), text: text.to_owned(), framing: Framing::Stream };
    let mut reading = read(vec![source], Limits::default());
    let plan = plan(&mut reading, &config);
    let mut side = Side::default();
    let namespace = config.namespace.as_deref();
    let application = Application { id: "", name: "app", namespace, is_rendered: true };
    side.add(&application, &reading, &plan);
    side
}

/// Every code that comes of a change.
fn told(base: &str, head: &str) -> BTreeSet<String> {
    let comparison = compare(side(base), side(head));
    let changes = comparison.volumes.iter().flat_map(|volume| &volume.changes);
    changes.map(|change| change.consequence.id().to_owned()).collect()
}

/// The documents of a stream without those of a kind, and how many those were.
fn without(text: &str, kind: &str) -> (String, usize) {
    let line = format!("kind: {kind}");
    let (gone, kept): (Vec<&str>, Vec<&str>) =
        text.split("\n---\n").partition(|document| document.lines().any(|l| l == line));
    (kept.join("\n---\n"), gone.len())
}

#[test]
fn nothing_changes_from_a_stream_to_itself() {
    let Some(corpus) = Corpus::open() else { return };
    let mut empty = 0;
    for file in corpus.files("rendered").iter().chain(&corpus.files("wired")) {
        let (code, diff) = corpus.diff(file, file);
        if code == 2 {
            // A stream without a manifest says nothing about any volume.
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.trim().is_empty(), "{}: {}", file.display(), diff["unread"]);
            empty += 1;
        } else {
            assert_eq!((code, &diff["summary"]["same"]), (0, &true.into()), "{}", file.display());
        }
    }
    assert_eq!(empty, 1);
}

#[test]
fn a_source_or_a_destination_that_goes_is_told() {
    let Some(corpus) = Corpus::open() else { return };
    let (mut sources, mut destinations) = (0, 0);
    for file in corpus.files("wired") {
        let text = std::fs::read_to_string(&file).unwrap();
        let (head, count) = without(&text, "ReplicationSource");
        if count > 0 && !head.trim().is_empty() {
            let codes = told(&text, &head);
            // Beside labels half a pair of somebody else's does not render.
            let is_told = ["backup-lost", "would-not-render"].iter().any(|c| codes.contains(*c));
            assert!(is_told, "{}: {codes:?}", file.display());
            sources += 1;
        }
        let (head, count) = without(&text, "ReplicationDestination");
        if count > 0 && !head.trim().is_empty() {
            let codes = told(&text, &head);
            let is_told = ["restore-hangs", "destination-gone", "would-not-render"];
            let is_told = is_told.iter().any(|c| codes.contains(*c));
            assert!(is_told, "{}: {codes:?}", file.display());
            destinations += 1;
        }
        let head = text.replace("dataSourceRef:", "notThat:");
        if head != text {
            let codes = told(&text, &head);
            let is_told = codes.contains("comes-back-empty") || codes.contains("reference-changed");
            assert!(is_told, "{}: {codes:?}", file.display());
        }
    }
    assert!(sources > 300 && destinations > 200, "{sources} and {destinations}");
}

#[test]
fn from_pairs_by_hand_to_labels_no_backup_and_no_way_back_is_lost() {
    let Some(corpus) = Corpus::open() else { return };
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for file in corpus.files("pairs").iter().filter(|file| file.ends_with("pvc.yaml")) {
        let folder = file.parent().unwrap();
        let [pvc, namespace, pair] =
            ["pvc.yaml", "namespace.yaml", "handwritten.yaml"].map(|name| read(folder, name));
        let plain: Vec<&str> =
            pvc.lines().filter(|line| !line.contains("pvc-plumber.io/")).collect();
        let plain = plain.join("\n");
        let base = format!("{namespace}\n---\n{plain}\n---\n{pair}");
        let codes = corpus.diff_texts(&base, &format!("{namespace}\n---\n{pvc}"));
        // The minute differs by design, of some the ids too; the reference may be new.
        let harmless = ["schedule-changed", "settings-changed", "restore-added", "sync-changed"];
        let grave: Vec<_> = codes.iter().filter(|c| !harmless.contains(&c.as_str())).collect();
        assert!(grave.is_empty(), "{}: {codes:?}", folder.display());
    }
}
