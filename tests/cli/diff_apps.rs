//! `plumber diff` of whole repositories.

use crate::diff::{commit, repository, run, shown, unlabelled};
use crate::support::{HEADER, OPEN, VOLUME};
use insta::assert_snapshot;

#[test]
fn applications_of_revisions_are_compared_each_on_its_own() {
    let apps = format!("{HEADER}apps:\n- path: apps/*\n");
    let files = [
        ("plumber.yaml", apps.as_str()),
        ("apps/media/app.yaml", VOLUME),
        ("apps/photos/app.yaml", &VOLUME.replace("media", "photos")),
    ];
    let Some(folder) = repository(&files) else { return };
    let folder = folder.file("apps/media/app.yaml", unlabelled());
    commit(&folder, "two");
    // By the configuration; by a glob; and by the configuration of one side alone.
    let by_configuration = run(&folder, "", &["diff", "--git", "one..two", OPEN, "--no-objects"]);
    assert_snapshot!(shown(&by_configuration), @r#"
    exit 1
    plumber: 2 volumes: 1 loses its backup, 1 unchanged
    media/data loses its backup (apps/media/app.yaml:1:1)
      error[backup-lost]: the ReplicationSource `data` leaves the output and is pruned: nothing of it is backed up to `data@media in kopia repository volsync-kopia-repository` any more; the backups made so far stay there
        fix: label it pvc-plumber.io/enabled: "true" and pvc-plumber.io/manage-volsync: "true", or backup-exempt: "true" with a reason
      error[comes-back-empty]: the restore reference goes: a volume that exists keeps its data, and one that is recreated, in this cluster or in a new one, is empty
        ReplicationDestination data-dst → nothing
        fix: let plumber set it again, with the pair
      verdict: wired → skipped-not-opted-in: no label asks for a backup
    "#);
    let folder = folder.file("plumber.yaml", HEADER);
    commit(&folder, "three");
    let args = ["diff", "--git", "one..three", OPEN, "--no-objects"];
    assert_eq!(run(&folder, "", &args).stdout, by_configuration.stdout);
    let args = ["diff", "--git", "two..three", OPEN, "--apps", "apps/*", "--no-objects"];
    assert_snapshot!(shown(&run(&folder, "", &args)), @"
    exit 0
    plumber: 2 volumes: nothing changes for any of them
    ");
    let args = ["diff", "--git", "one..three", OPEN, "--apps", "apps/*/*", "--no-objects"];
    assert_snapshot!(shown(&run(&folder, "", &args)), @r#"
    exit 1
    plumber: 2 volumes: 1 loses its backup, 1 unchanged
    media/data loses its backup (apps/media/app.yaml:1:1)
      error[backup-lost]: the ReplicationSource `data` leaves the output and is pruned: nothing of it is backed up to `data@media in kopia repository volsync-kopia-repository` any more; the backups made so far stay there
        fix: label it pvc-plumber.io/enabled: "true" and pvc-plumber.io/manage-volsync: "true", or backup-exempt: "true" with a reason
      error[comes-back-empty]: the restore reference goes: a volume that exists keeps its data, and one that is recreated, in this cluster or in a new one, is empty
        ReplicationDestination data-dst → nothing
        fix: let plumber set it again, with the pair
      verdict: wired → skipped-not-opted-in: no label asks for a backup
    "#);
}

#[test]
fn a_folder_that_is_not_there_is_not_a_repository_that_is_gone() {
    let folder = crate::support::Folder::with("base/apps/media/app.yaml", VOLUME);
    let args = ["diff", "base", "hed", "--apps", "apps/*", OPEN];
    assert_snapshot!(shown(&folder.run(&args)), @"
    exit 2
    plumber: --apps is given, and hed is no folder
      help: give the folders that the globs are relative to
    ");
    let args = ["diff", "base", "/dev/null", "--apps", "apps/*", OPEN, "--no-objects"];
    let run = folder.run(&args);
    assert_eq!((run.code, run.stdout.contains("[volume-gone]")), (1, true), "{}", run.stdout);
}
