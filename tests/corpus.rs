//! Real manifests, read in place from the folder that `PLUMBER_CORPUS` names; skipped without it.
//!
//! What should come out is written down here a second time, from the contract and not from the
//! code that it judges.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use assert_cmd::Command;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
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

/// The corpus, the schemas and a folder for what is written.
struct Corpus {
    root: PathBuf,
    scratch: TempDir,
    volsync: jsonschema::Validator,
    report: jsonschema::Validator,
}

/// What came out of a render.
struct Rendered {
    text: String,
    stderr: String,
    code: i32,
}

impl Corpus {
    /// Nothing where no corpus is named: the test is skipped.
    fn open() -> Option<Self> {
        let Some(root) = std::env::var_os("PLUMBER_CORPUS").filter(|root| !root.is_empty()) else {
            eprintln!("skipped: PLUMBER_CORPUS does not name a folder of real manifests");
            return None;
        };
        let scratch = tempfile::tempdir().unwrap();
        std::fs::write(scratch.path().join("settings.yaml"), SETTINGS).unwrap();
        let schema = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(name);
            let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            jsonschema::validator_for(&schema).unwrap()
        };
        Some(Self {
            root: PathBuf::from(root),
            scratch,
            volsync: schema("volsync-v1alpha1.schema.json"),
            report: schema("plumber-report.schema.json"),
        })
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.join(folder)).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Renders files, and holds the report and what was added to their schemas.
    fn render(&self, files: &[&Path]) -> Rendered {
        let report = self.scratch.path().join("report.json");
        let output = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .current_dir(self.scratch.path())
            .args(["render", "--config", "settings.yaml", "--report", "report.json"])
            .args(files)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{stderr}");
        if report.exists() {
            let value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
            self.report.validate(&value).unwrap();
            std::fs::remove_file(report).unwrap();
        }
        let code = output.status.code().unwrap();
        Rendered { text: String::from_utf8(output.stdout).unwrap(), stderr, code }
    }

    fn render_text(&self, text: &str) -> String {
        let file = self.scratch.path().join("input.yaml");
        std::fs::write(&file, text).unwrap();
        let Rendered { text, stderr, code } = self.render(&[&file]);
        assert_eq!(code, 0, "{stderr}");
        text
    }
}

/// Cuts a stream at its `---` lines; nothing in the streams compared here needs more.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line.trim_end_matches('\n'));
            document.push('\n');
        }
    }
    documents.retain(|document| !document.is_empty());
    documents
}

fn value(document: &str) -> Value {
    serde_yaml::from_str(document).unwrap()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn is_wanted(object: &Value) -> bool {
    let on = |key: &str| object["metadata"]["labels"][key] == "true";
    object["kind"] == "PersistentVolumeClaim"
        && on("pvc-plumber.io/enabled")
        && on("pvc-plumber.io/manage-volsync")
}

/// The pair that the contract asks for, of a volume that states its namespace.
fn contract(pvc: &Value) -> [Value; 2] {
    let [name, namespace] = ["/metadata/name", "/metadata/namespace"].map(|at| text(pvc, at));
    let asked =
        |key: &str| pvc["metadata"]["annotations"][format!("pvc-plumber.io/{key}")].as_str();
    let tier = pvc["metadata"]["labels"]["pvc-plumber.io/tier"].as_str().unwrap_or("unspecified");
    let hash = Sha256::digest(format!("{namespace}/{name}"));
    let minute = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) % 60;
    let schedule = match tier {
        "hourly" => format!("{minute} * * * *"),
        "weekly" => format!("{minute} 2 * * 0"),
        "daily" | "unspecified" => format!("{minute} 2 * * *"),
        other => panic!("the corpus has the tier {other}"),
    };
    let id = |key: &str| asked(key).map_or(568, |id| id.parse::<i64>().unwrap());
    let security =
        json!({"runAsUser": id("uid"), "runAsGroup": id("gid"), "fsGroup": id("fsGroup")});
    let class = asked("storage-class").or(pvc["spec"]["storageClassName"].as_str());
    let mut annotations = json!({"pvc-plumber.io/backup-identity": format!("{namespace}/{name}")});
    let wave = "argocd.argoproj.io/sync-wave";
    if let Some(own) = pvc["metadata"]["annotations"].get(wave) {
        annotations[wave] = own.clone();
    }
    let object = |kind: &str, name: &str, spec: Value| {
        json!({
            "apiVersion": "volsync.backube/v1alpha1",
            "kind": kind,
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": {
                    "app.kubernetes.io/managed-by": "pvc-plumber",
                    "pvc-plumber.io/source-namespace": namespace,
                    "pvc-plumber.io/source-pvc": pvc["metadata"]["name"],
                    "pvc-plumber.io/tier": tier,
                    "volsync.backup/pvc": pvc["metadata"]["name"],
                },
                "annotations": annotations,
            },
            "spec": spec,
        })
    };
    let mut kopia = json!({
        "repository": "volsync-kopia-repository",
        "username": name,
        "hostname": namespace,
        "copyMethod": "Snapshot",
        "storageClassName": class.unwrap_or("longhorn"),
        "volumeSnapshotClassName": asked("snapshot-class").unwrap_or("longhorn-snapclass"),
        "cacheCapacity": asked("cache-capacity").unwrap_or("2Gi"),
        "moverSecurityContext": security,
    });
    let mut source = kopia.clone();
    source["compression"] = json!("zstd-fastest");
    source["parallelism"] = json!(2);
    source["retain"] = json!({"hourly": 24, "daily": 7, "weekly": 4, "monthly": 2});
    kopia["sourceIdentity"] =
        json!({"sourceName": name, "sourceNamespace": namespace, "sourcePVCName": name});
    let modes = &pvc["spec"]["accessModes"];
    kopia["accessModes"] = if modes.is_null() { json!(["ReadWriteOnce"]) } else { modes.clone() };
    kopia["capacity"] = pvc["spec"]["resources"]["requests"]["storage"].clone();
    let rs = json!({"sourcePVC": name, "trigger": {"schedule": schedule}, "kopia": source});
    let rd = json!({"trigger": {"manual": "restore-once"}, "kopia": kopia});
    [
        object("ReplicationSource", name, rs),
        object("ReplicationDestination", &format!("{name}-dst"), rd),
    ]
}

/// Holds a wired volume to its input: lines were added, none was changed, and the additions are
/// the reference and the annotation.
fn assert_wired(before: &str, after: &str) {
    let mut rest = after.lines();
    for line in before.lines() {
        assert!(rest.any(|other| other == line), "{line} is gone:\n{after}");
    }
    let mut wanted = value(before);
    let destination = format!("{}-dst", text(&wanted, "/metadata/name"));
    wanted["metadata"]["annotations"]["pvc-plumber.io/restore-source"] = json!(destination);
    wanted["spec"]["dataSourceRef"] = json!({
        "apiGroup": "volsync.backube", "kind": "ReplicationDestination", "name": destination,
    });
    assert_eq!(value(after), wanted);
}

/// Holds an output to its input; returns how many volumes are wired.
fn assert_stream(corpus: &Corpus, input: &str, output: &str) -> usize {
    let mut out = documents(output).into_iter();
    let mut wired = 0;
    for document in documents(input) {
        let other = out.next().unwrap();
        // Only what a decoder of strings can read needs decoding.
        if !document.contains("pvc-plumber.io/") || !is_wanted(&value(&document)) {
            assert_eq!(other, document);
            continue;
        }
        wired += 1;
        assert_wired(&document, &other);
        for wanted in contract(&value(&document)) {
            let added = value(&out.next().unwrap());
            assert_eq!(added, wanted);
            corpus.volsync.validate(&added).unwrap();
        }
    }
    assert_eq!(out.next(), None);
    wired
}

/// Removes the reference of every volume that is to be wired.
fn without_references(input: &str) -> String {
    let cut = |document: String| {
        if !document.contains("pvc-plumber.io/") || !is_wanted(&value(&document)) {
            return document;
        }
        let mut inside = false;
        let keep = |line: &&str| {
            inside = *line == "  dataSourceRef:" || inside && line.starts_with("    ");
            !inside
        };
        let lines: Vec<&str> = document.lines().filter(keep).collect();
        lines.join("\n") + "\n"
    };
    documents(input).into_iter().map(cut).collect::<Vec<_>>().join("---\n")
}

#[test]
fn rendered_streams_are_wired_and_nothing_else_changes() {
    let Some(corpus) = Corpus::open() else { return };
    let (mut wired, mut rewired) = (0, 0);
    for file in corpus.files("rendered") {
        let input = std::fs::read_to_string(&file).unwrap();
        let Rendered { text: output, stderr, code } = corpus.render(&[&file]);
        assert_eq!(code, 0, "{}:\n{stderr}", file.display());
        let here = assert_stream(&corpus, &input, &output);
        if here == 0 {
            assert_eq!(output, input, "{}", file.display());
        } else {
            assert_eq!(corpus.render_text(&output), output, "{}", file.display());
        }
        wired += here;
        let bare = without_references(&input);
        if here > 0 {
            rewired += assert_stream(&corpus, &bare, &corpus.render_text(&bare));
            assert!(!bare.contains("kind: ReplicationDestination"));
        }
    }
    assert_eq!((wired, rewired), (23, 23));
}

#[test]
fn labels_replace_pairs_that_were_written_by_hand() {
    let Some(corpus) = Corpus::open() else { return };
    let mut other_ids = 0;
    let folders = corpus.files("pairs");
    assert_eq!(folders.len(), 8);
    for folder in &folders {
        let file = |name: &str| folder.join(name);
        let Rendered { text: output, stderr, code } =
            corpus.render(&[&file("namespace.yaml"), &file("pvc.yaml")]);
        assert_eq!(code, 0, "{}:\n{stderr}", folder.display());
        let ours: Vec<Value> = documents(&output).iter().map(|text| value(text)).collect();
        let theirs = std::fs::read_to_string(file("handwritten.yaml")).unwrap();
        let mut ids = false;
        for mut theirs in documents(&theirs).iter().map(|text| value(text)) {
            let same = |ours: &&Value| {
                ours["kind"] == theirs["kind"]
                    && ours["metadata"]["name"] == theirs["metadata"]["name"]
                    && ours["metadata"]["namespace"] == theirs["metadata"]["namespace"]
            };
            let mut ours = ours.iter().find(same).unwrap().clone();
            corpus.volsync.validate(&ours).unwrap();
            let pvc = "volsync.backup/pvc";
            assert_eq!(ours["metadata"]["labels"][pvc], theirs["metadata"]["labels"][pvc]);
            ids |= differ_by_design(&mut ours, &mut theirs);
            assert_eq!(ours["spec"], theirs["spec"], "{}", folder.display());
        }
        other_ids += usize::from(ids);
    }
    assert_eq!(other_ids, 2);
}

/// Evens out the minute and the ids; returns whether the ids were different.
fn differ_by_design(ours: &mut Value, theirs: &mut Value) -> bool {
    for object in [&mut *ours, &mut *theirs] {
        if let Some(Value::String(cron)) = object.pointer_mut("/spec/trigger/schedule") {
            let (_, rest) = cron.split_once(' ').unwrap();
            *cron = format!("M {rest}");
        }
    }
    let [ours, theirs] =
        [ours, theirs].map(|object| object["spec"]["kopia"]["moverSecurityContext"].take());
    ours != theirs
}

#[test]
fn odd_files_pass_or_are_refused_with_their_place() {
    let Some(corpus) = Corpus::open() else { return };
    let mut refused = Vec::new();
    for file in corpus.files("odd").iter().filter(|file| !file.ends_with("INDEX.tsv")) {
        let input = std::fs::read(file).unwrap();
        let Rendered { text: output, stderr, code } = corpus.render(&[file]);
        if code == 0 {
            assert!(output.as_bytes() == input, "{}", file.display());
            continue;
        }
        assert!(output.is_empty());
        let place = format!("{}:", file.display());
        let told = stderr.lines().any(|line| {
            line.strip_prefix(&place)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        assert!(told && code == 2, "{}: {code}\n{stderr}", file.display());
        refused.push(file.file_name().unwrap().to_string_lossy().into_owned());
    }
    assert!(refused.is_empty(), "files that Argo CD reads are refused: {refused:?}");
}
