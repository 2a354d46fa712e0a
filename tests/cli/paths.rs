//! Paths as people type them.

use crate::support::{Folder, HEADER, OPEN, VOLUME};
use insta::assert_snapshot;

#[test]
fn a_path_that_is_not_there() {
    let folder = Folder::new();
    assert_snapshot!(folder.run(&["render", "manifests.yaml"]).said(), @"
    exit 2
    plumber: cannot read manifests.yaml: No such file or directory (os error 2)
      help: check the spelling; paths are relative to this folder
    ");
    assert_snapshot!(folder.run(&["explain", "manifests", "media/data"]).said(), @"
    exit 2
    plumber: cannot read manifests: No such file or directory (os error 2)
      help: check the spelling; paths are relative to this folder
    ");
}

#[test]
fn a_path_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::with("a.yaml", VOLUME);
    let path = folder.path("a.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        eprintln!("skipped: this user reads every file, as root does");
        return;
    }
    assert_snapshot!(folder.run(&["render", "a.yaml"]).said(), @"");
}

#[test]
fn standard_input_twice() {
    assert_snapshot!(Folder::new().run(&["render", "-", "-"]).said(), @"
    exit 2
    plumber: `-` stands twice
      help: standard input can be read once
    ");
}

#[test]
fn a_terminal_and_no_path() {
    let plumber = env!("CARGO_BIN_EXE_plumber");
    // `script` runs a program on a terminal of its own.
    let found = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command", &format!("{plumber} render"), "/dev/null"])
        .stdin(std::process::Stdio::null())
        .output();
    let Ok(output) = found else {
        eprintln!("skipped: there is no `script` that makes a terminal");
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap().replace('\r', "");
    if output.status.code() != Some(2) {
        eprintln!("skipped: this `script` makes no terminal: {said}");
        return;
    }
    assert_snapshot!(said, @"
    plumber: no PATH is given and nothing is piped in
      help: name a file or a folder, or pipe manifests in: kustomize build FOLDER | plumber render -
    ");
}

#[test]
fn several_paths_are_one_stream() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: media\n  labels:\n    \
                     pvc-plumber.io/managed-namespace: \"true\"\n";
    let folder = Folder::with("volume.yaml", VOLUME).file("below/namespace.yaml", namespace);
    let run = folder.run(&["render", "volume.yaml", "below"]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
    let kinds: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("kind:")).collect();
    assert_snapshot!(kinds.join("\n"), @"
    kind: PersistentVolumeClaim
    kind: ReplicationSource
    kind: ReplicationDestination
    kind: Namespace
    ");
    let run = folder.run_with(&["render", "below/namespace.yaml", "-"], VOLUME, &[]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
}

#[test]
fn a_plumber_yaml_as_path() {
    let folder = Folder::with("plumber.yaml", HEADER);
    assert_snapshot!(folder.run(&["render", "plumber.yaml"]).said(), @"
    exit 2
    plumber: plumber.yaml is configuration, not a manifest
      help: give it as --config plumber.yaml
    ");
}

#[test]
fn a_misspelt_flag() {
    let folder = Folder::with("a.yaml", VOLUME);
    assert_snapshot!(folder.run(&["render", "a.yaml", "--manged-namespace", "*"]).said(), @"
    exit 2
    error: unexpected argument '--manged-namespace' found

      tip: a similar argument exists: '--managed-namespace'

    Usage: plumber render --managed-namespace <GLOB> <PATH>...

    For more information, try '--help'.
    ");
    assert_snapshot!(folder.run(&["render", "a.yaml", "--mode", "lenient"]).said(), @"
    exit 2
    error: invalid value 'lenient' for '--mode <MODE>'
      [possible values: strict, permissive, audit]

    For more information, try '--help'.
    ");
    assert_snapshot!(folder.run(&["render", "a.yaml", "--managed-namespace", "Media"]).said(), @"
    exit 2
    error[invalid-config]: --managed-namespace: `Media` matches no namespace, because of `M`
      help: namespaces have lower-case letters, digits and `-`; write one, or a glob such as `apps-*`
    plumber: nothing was written: see the errors above
    ");
    assert_snapshot!(folder.run(&["render", "a.yaml", "--namespace", "My Media"]).said(), @"
    exit 2
    error[invalid-config]: --namespace or PLUMBER_NAMESPACE: `My Media` is no namespace
      help: use lower-case letters, digits and `-`, with a letter or digit at both ends
    plumber: nothing was written: see the errors above
    ");
}

#[test]
fn no_volume_is_named() {
    let folder = Folder::with("a.yaml", VOLUME);
    assert_snapshot!(folder.run(&["explain"]).said(), @"
    exit 2
    error: the following required arguments were not provided:
      <PATH> [NAMESPACE/PVC]...

    Usage: plumber explain [OPTIONS] [PATH] NAMESPACE/PVC

    For more information, try '--help'.
    ");
    assert_snapshot!(folder.run(&["explain", "a.yaml"]).said(), @"
    exit 2
    plumber: no volume is named
      help: plumber explain a.yaml NAMESPACE/PVC
    ");
}

#[test]
fn one_volume_from_a_pipe() {
    let run = Folder::new().run_with(&["explain", OPEN, "media/data"], VOLUME, &[]);
    assert_eq!(run.stdout.lines().next(), Some("media/data: wired"), "{}", run.said());
}

#[test]
fn nothing_in_the_pipe() {
    let folder = Folder::new();
    assert_snapshot!(folder.run(&["render"]).said(), @"
    exit 0
    warning[empty-input]: the input holds no manifest; applied by Argo CD, that deletes everything
      help: check the command before the pipe: set -o pipefail shows its failure
    plumber: 0 volumes
    ");
    let argocd = [("ARGOCD_APP_NAME", "media")];
    assert_snapshot!(folder.run_with(&["render"], "", &argocd).said(), @"
    exit 2
    plumber: the input holds no manifest, and Argo CD would delete all that media has
      help: check the command before the pipe, which may have failed; if it is meant, add --allow-empty
    ");
    let run = folder.run_with(&["render", "--allow-empty"], "", &argocd);
    assert!(run.said().starts_with("exit 0"), "{}", run.said());
}
