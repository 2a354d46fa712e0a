//! What a check finds where programs, folders and devices are needed.

use crate::support::{Folder, VOLUME};
use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt as _;

/// A folder with a `kustomize` that prints the file `built.yaml` beside it.
fn with_kustomize(folder: Folder) -> (Folder, String) {
    let folder = folder.file("bin/kustomize", "#!/bin/sh\nexec /bin/cat ./built.yaml\n");
    let program = folder.path("bin/kustomize");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path("bin").display().to_string();
    (folder, path)
}

const RESOURCES: &str = "resources:\n- data.yaml\n";

fn unlabelled(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {name}\n  namespace: media\n  \
         labels:\n    pvc-plumber.io/enabled: \"false\"\nspec:\n  resources:\n    requests:\n      \
         storage: 1Gi\n"
    )
}

#[test]
fn a_volume_that_the_kustomization_has_forgotten() {
    let (folder, path) = with_kustomize(
        Folder::with("app/kustomization.yaml", RESOURCES)
            .file("app/data.yaml", unlabelled("data"))
            .file("app/forgotten/pvc.yaml", unlabelled("uploads"))
            .file("app/built.yaml", unlabelled("home-data"))
            .file("app/overlay/kustomization.yaml", RESOURCES)
            .file("app/overlay/pvc.yaml", unlabelled("of-the-overlay")),
    );
    let run = folder.run_with(&["check", "app", "--fail-on", "warning"], "", &[("PATH", &path)]);
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stdout, @"
    warning[source-not-rendered]: media/uploads: stands here, and not in what is built from app
     --> app/forgotten/pvc.yaml:1:1
      |
    1 | apiVersion: v1
      | ^^^^^^^^^^^^^^
      |
      = help: add the file to resources of the kustomization, or remove it
    ");
    assert_snapshot!(run.stderr, @"plumber: 1 volume: 0 errors, 1 warning");
}

#[test]
fn applications_that_cannot_be_built_are_named() {
    let folder = Folder::with("apps/chart/Chart.yaml", "name: chart\n")
        .file("apps/media/data.yaml", unlabelled("data"));
    let run = folder.run_with(&["check", "--apps", "apps/*"], "", &[("PATH", "/nowhere")]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_snapshot!(run.stderr, @"
    plumber: apps/chart is a chart, and helm is not installed
      help: install helm, or pipe its output in: helm template … | plumber render -
    plumber: 1 volume: 0 errors, 0 warnings
    plumber: 1 application could not be checked
    ");
}

#[test]
fn nothing_to_check() {
    let folder = Folder::with("app/data.yaml", VOLUME);
    assert_snapshot!(folder.run(&["check"]).said(), @"
    exit 2
    plumber: no PATH is given, and nothing came through the pipe
      help: name a file or a folder, or the repository: plumber check . (with apps in its plumber.yaml), plumber check --apps 'apps/*'
    ");
    assert_snapshot!(folder.run(&["check", "--apps", "app", "other"]).said(), @"
    exit 2
    plumber: --apps app and the path other are both given
      help: put the glob in quotes, or the shell fills it in: --apps 'apps/*'
    ");
    assert_snapshot!(folder.run(&["check", "nowhere"]).said(), @"
    exit 2
    plumber: cannot read nowhere: No such file or directory (os error 2)
      help: check the spelling; paths are relative to this folder
    ");
    assert_snapshot!(folder.run(&["check", "--apps", "../*"]).said(), @"
    exit 2
    plumber: --apps: `../*` leads out of the folder of this file
      help: write a path below it, such as `apps/*`
    ");
    assert_snapshot!(folder.run(&["check", "--argocd", "app"]).said(), @"
    exit 2
    plumber: no Application or ApplicationSet below app names a folder of it
      help: give the root of the repository, or name the folders: --apps 'apps/*'
    ");
}

#[test]
fn what_can_only_be_meant_one_way_is_fixed() {
    let volume = VOLUME
        .replace("enabled: \"true\"", "enabled: true # all of it")
        .replace("pvc-plumber.io/tier", "pvc-plumber.io/teir")
        .replace("  labels:\n", "  labels:\n    other: yes\n");
    let folder = Folder::with("app/data.yaml", &volume);
    let run = folder.run(&["check", "app", "--fix", "--managed-namespace=*"]);
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stdout, @r#"
    error[not-a-string]: media/data: the label `other` is a boolean, not text
     --> app/data.yaml:7:12
      |
    7 |     other: yes
      |            ^^^
      |
      = help: put the value in quotes: other: "true"
    "#);
    assert_snapshot!(run.stderr, @"
    plumber: 1 volume: 1 error, 0 warnings
    plumber: 2 fixed
    ");
    assert_snapshot!(folder.read("app/data.yaml"), @r#"
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: data
      namespace: media
      labels:
        other: yes
        pvc-plumber.io/enabled: "true" # all of it
        pvc-plumber.io/manage-volsync: "true"
        pvc-plumber.io/tier: daily
    spec:
      resources:
        requests:
          storage: 1Gi
    "#);
    let linked =
        Folder::with("real.yaml", &volume).folder("app").link("app/a.yaml", "../real.yaml");
    assert!(linked.run(&["check", "app/a.yaml", "--fix"]).stderr.contains("2 fixed"));
    assert!(linked.path("app/a.yaml").is_symlink());
    assert!(linked.read("real.yaml").contains("enabled: \"true\" # all of it"));
    let again = folder.run(&["check", "app", "--fix", "--managed-namespace=*"]);
    assert!(again.stderr.contains("0 fixed"), "{}", again.stderr);
}
