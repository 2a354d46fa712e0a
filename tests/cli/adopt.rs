//! `plumber adopt --write` on files that it cannot or must not change.
#![cfg(unix)]

use crate::support::Folder;
use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt as _;

const VOLUME: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: plex, namespace: media}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 5Gi}}
  storageClassName: fast
";

const SOURCE: &str = "apiVersion: volsync.backube/v1alpha1
kind: ReplicationSource
metadata: {name: plex, namespace: media}
spec:
  sourcePVC: plex
  trigger: {schedule: 0 2 * * *}
  restic:
    copyMethod: Snapshot
    repository: plex-restic
    storageClassName: fast
    retain: {daily: 7}
";

fn repository() -> Folder {
    Folder::with("apps/volume.yaml", VOLUME).file("apps/volsync.yaml", SOURCE)
}

fn mode(folder: &Folder, file: &str, bits: u32) {
    let path = folder.path(file);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
}

#[test]
fn a_file_that_may_not_be_written() {
    let folder = repository();
    mode(&folder, "apps/volume.yaml", 0o444);
    let run = folder.run(&["adopt", "apps", "--write"]);
    assert_snapshot!(run.said(), @"
    exit 2
    plumber: apps/volume.yaml may not be written
      help: chmod u+w apps/volume.yaml; nothing was written
    ");
    assert_eq!(folder.files(), ["apps/volsync.yaml", "apps/volume.yaml"]);
    assert_eq!(folder.read("apps/volume.yaml"), VOLUME);
}

#[test]
fn a_file_stays_as_readable_as_it_was() {
    let folder = repository();
    mode(&folder, "apps/volume.yaml", 0o600);
    let run = folder.run(&["adopt", "apps", "--write"]);
    assert_eq!(run.code, 0, "{}", run.said());
    let metadata = std::fs::metadata(folder.path("apps/volume.yaml")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(folder.files(), ["apps/plumber.yaml", "apps/volume.yaml"]);
}

#[test]
fn a_link_and_what_it_leads_to_are_left_alone() {
    let folder = Folder::with("apps/volume.yaml", VOLUME)
        .file("apps/shared/source.yaml", SOURCE)
        .link("apps/volsync.yaml", "shared/source.yaml");
    let run = folder.run(&["adopt", "-R", "apps", "--write"]);
    assert_eq!(run.code, 1, "{}", run.said());
    assert!(run.stdout.contains("apps/volsync.yaml:1:1: file: left out: it is a link to"));
    assert_eq!(folder.read("apps/shared/source.yaml"), SOURCE);
    assert_eq!(folder.read("apps/volume.yaml"), VOLUME);
}

#[test]
fn a_link_out_of_the_folder() {
    let folder = Folder::with("apps/volume.yaml", VOLUME)
        .file("elsewhere.yaml", SOURCE)
        .link("apps/volsync.yaml", "../elsewhere.yaml");
    assert_snapshot!(folder.run(&["adopt", "apps", "--write"]).said(), @"
    exit 2
    plumber: apps/volsync.yaml is a link out of apps
      help: copy the file, or give the folder that holds both
    ");
    assert_eq!(folder.read("elsewhere.yaml"), SOURCE);
}

#[test]
fn a_configuration_above_that_would_hold_no_more() {
    let above = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\nmode: permissive\n";
    let folder = repository().file(".git/HEAD", "").file("plumber.yaml", above);
    assert_snapshot!(folder.run(&["adopt", "apps", "--write"]).said(), @"
    exit 2
    plumber: apps/../plumber.yaml holds for apps today, and would not beside a plumber.yaml of its own
      help: adopt from the folder of apps/../plumber.yaml, or move it away and add what it says by hand; nothing was written
    ");
}
