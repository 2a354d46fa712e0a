//! Folders, by the rules of Argo CD's directory source.

use crate::support::{Folder, OPEN, VOLUME};
use insta::assert_snapshot;

#[test]
fn a_folder_without_manifests() {
    let folder = Folder::with("app/README.md", "nothing").file("app/values.yaml", "replicas: 1\n");
    assert_snapshot!(folder.run(&["render", "app"]).said(), @"
    exit 2
    plumber: app holds no manifest
      help: give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the parameter allow-empty lets it through
    ");
}

#[test]
fn a_folder_whose_subfolders_hold_manifests() {
    let folder = Folder::with("apps/media/data.yaml", VOLUME);
    assert_snapshot!(folder.run(&["render", "apps"]).said(), @"
    exit 2
    plumber: apps holds no manifest
      help: its subfolders hold YAML or JSON: add -R, or the parameter recursive in Argo CD
    ");
    assert_snapshot!(folder.run(&["render", "apps", "-R", OPEN]).said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
}

#[test]
fn a_folder_that_has_to_be_built() {
    let folder = Folder::with("kustomized/kustomization.yaml", "resources: []\n")
        .file("chart/Chart.yaml", "name: chart\n");
    let no_program = [("PATH", "/nowhere")];
    assert_snapshot!(folder.run_with(&["render", "kustomized"], "", &no_program).said(), @"
    exit 2
    plumber: kustomized is a kustomization, and neither kustomize nor kubectl is installed
      help: install kustomize, or pipe its output in: … | plumber render -
    ");
    assert_snapshot!(folder.run_with(&["render", "chart"], "", &no_program).said(), @"
    exit 2
    plumber: chart is a chart, and helm is not installed
      help: install helm, or pipe its output in: helm template … | plumber render -
    ");
}

#[test]
fn a_link_out_of_the_folder() {
    let folder =
        Folder::with("secret.yaml", VOLUME).folder("app").link("app/a.yaml", "../secret.yaml");
    assert_snapshot!(folder.run(&["render", "app", OPEN]).said(), @"
    exit 2
    plumber: app/a.yaml is a link out of app
      help: copy the file, or give the folder that holds both
    ");
}

#[test]
fn a_link_inside_the_folder() {
    let folder = Folder::with("app/.hidden", VOLUME).link("app/a.yaml", ".hidden");
    assert_snapshot!(folder.run(&["render", "app", OPEN]).said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
}

#[test]
fn a_link_to_nowhere() {
    let folder = Folder::with("app/a.yaml", VOLUME).link("app/b.yaml", "gone.yaml");
    assert_snapshot!(folder.run(&["render", "app", OPEN]).said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
}

#[test]
fn a_link_in_a_circle() {
    let folder = Folder::with("app/a.yaml", VOLUME).link("app/again", ".");
    assert_snapshot!(folder.run(&["render", "app", "-R", OPEN]).said(), @"
    exit 2
    plumber: cannot read the folder: File system loop found: app/again points to an ancestor app
      help: check its links and who may read it
    ");
}

#[test]
fn every_broken_file_is_named() {
    let folder = Folder::with("app/a.yaml", "apiVersion: v1\nkind: [\n")
        .file("app/b.yaml", VOLUME)
        .file("app/c.json", "{\"apiVersion\": \"v1\",\n")
        .file("app/d.yaml", b"kind: \xff\n");
    assert_snapshot!(folder.run(&["render", "app", OPEN]).said(), @"
    exit 2
    app/a.yaml:2:7: error[invalid-document]: not valid YAML: unclosed bracket '['
      help: run the file through `kubectl apply --dry-run=client -f` to see more
    app/c.json:1:1: error[invalid-document]: not valid YAML: unclosed bracket '{'
      help: run the file through `kubectl apply --dry-run=client -f` to see more
    app/d.yaml:1:7: error[invalid-encoding]: the byte 0xff is not UTF-8
      help: save the file as UTF-8
    plumber: nothing was written: see the errors above
    ");
}

#[test]
fn the_order_of_the_files_is_that_of_their_names() {
    let object =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
    let folder = Folder::with("app/10.yaml", object("ten"))
        .file("app/9.yaml", object("nine"))
        .file("app/B.yaml", object("capital"))
        .file("app/a.yaml", object("small"));
    let run = folder.run(&["render", "app"]);
    let names: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("  name:")).collect();
    assert_snapshot!(names.join("\n"), @"
    name: ten
    name: nine
    name: capital
    name: small
    ");
}
