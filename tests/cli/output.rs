//! Where the output goes, and what is left behind when it cannot.

use crate::support::{Folder, OPEN, VOLUME};
use insta::assert_snapshot;

const BAD: &str = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: [\n";

#[test]
fn a_file() {
    let folder = Folder::with("a.yaml", VOLUME);
    let run = folder.run(&["render", "a.yaml", OPEN, "-o", "out.yaml"]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
    assert_eq!(run.stdout, "");
    assert_eq!(folder.read("out.yaml"), folder.run(&["render", "a.yaml", OPEN]).stdout);
    assert_eq!(folder.files(), ["a.yaml", "out.yaml"]);
}

#[test]
fn a_file_is_kept_when_the_run_fails() {
    let folder = Folder::with("a.yaml", VOLUME)
        .file("bad.yaml", BAD)
        .file("out.yaml", "the last good one\n");
    for input in ["a.yaml", "bad.yaml"] {
        let run = folder.run(&["render", input, "-o", "out.yaml"]);
        assert_ne!(run.code, 0, "{}", run.said());
        assert_eq!(folder.read("out.yaml"), "the last good one\n");
    }
    assert_eq!(folder.files(), ["a.yaml", "bad.yaml", "out.yaml"]);
}

#[test]
fn a_file_in_a_folder_that_is_not_there() {
    let folder = Folder::with("a.yaml", VOLUME);
    assert_snapshot!(folder.run(&["render", "a.yaml", OPEN, "-o", "gone/out.yaml"]).said(), @"
    exit 2
    plumber: 1 volume: 1 wired
    plumber: cannot write gone/out.yaml: No such file or directory (os error 2)
      help: check that the folder exists and who may write there
    ");
    assert_eq!(folder.files(), ["a.yaml"]);
}

#[test]
fn a_file_can_be_rendered_in_its_place() {
    let folder = Folder::with("a.yaml", VOLUME);
    let wanted = folder.run(&["render", "a.yaml", OPEN]).stdout;
    assert_eq!(folder.run(&["render", "a.yaml", OPEN, "-o", "a.yaml"]).code, 0);
    assert_eq!(folder.read("a.yaml"), wanted);
}

#[test]
fn a_device() {
    let folder = Folder::with("a.yaml", VOLUME);
    assert_snapshot!(folder.run(&["render", "a.yaml", OPEN, "-o", "/dev/null"]).said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
}

#[test]
fn a_folder_keeps_names_and_subfolders() {
    let other = VOLUME.replace("name: data", "name: other");
    let folder = Folder::with("app/a.yaml", VOLUME).file("app/below/a.yaml", other).folder("out");
    let run = folder.run(&["render", "app", "-R", OPEN, "-o", "out"]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 2 volumes: 2 wired
    ");
    let files = folder.files().join("\n");
    assert_snapshot!(files, @"
    app/a.yaml
    app/below/a.yaml
    out/a.yaml
    out/below/a.yaml
    ");
    assert!(folder.read("out/below/a.yaml").contains("name: other-dst"));
}

#[test]
fn a_folder_is_made() {
    let folder = Folder::with("a.yaml", VOLUME);
    let run = folder.run_with(&["render", OPEN, "-o", "new/"], VOLUME, &[]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
    assert_eq!(folder.files(), ["a.yaml", "new/manifests.yaml"]);
}

#[test]
fn two_inputs_never_become_one_file() {
    let other = VOLUME.replace("name: data", "name: other");
    let folder = Folder::with("a/x.yaml", VOLUME).file("b/x.yaml", other).folder("out");
    let run = folder.run(&["render", "a/x.yaml", "b/x.yaml", OPEN, "-o", "out"]);
    assert_snapshot!(run.said(), @"
    exit 2
    plumber: two inputs would be written to out/x.yaml
      help: render them apart, or give the folder that holds both, with -R
    ");
    assert_eq!(folder.files(), ["a/x.yaml", "b/x.yaml"]);
}

#[test]
fn a_report() {
    let folder = Folder::with("a.yaml", VOLUME);
    let run = folder.run(&["render", "a.yaml", OPEN, "--report", "report.json"]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
    let report: serde_json::Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    assert_eq!(report["summary"]["byVerdict"]["wired"], 1);
}

#[test]
fn a_report_is_written_when_a_volume_fails() {
    let folder = Folder::with("a.yaml", VOLUME);
    assert_eq!(folder.run(&["render", "a.yaml", "--report", "report.json"]).code, 1);
    let report: serde_json::Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    assert_eq!(report["summary"]["failed"], true);
}

#[test]
fn a_report_that_cannot_be_written() {
    let folder = Folder::with("a.yaml", VOLUME);
    let args = ["render", "a.yaml", OPEN, "--report", "gone/report.json", "-o", "out.yaml"];
    assert_snapshot!(folder.run(&args).said(), @"
    exit 2
    plumber: cannot write the report gone/report.json: No such file or directory (os error 2)
      help: check that the folder exists and who may write there
    ");
    assert_eq!(folder.files(), ["a.yaml"]);
}
