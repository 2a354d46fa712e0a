//! `plumber diff`: what is given to it, and revisions of a repository.

use crate::support::{Folder, HEADER, OPEN, Run, VOLUME};
use insta::assert_snapshot;
use plumber::compare::Consequence;
use std::process::Command;

/// A volume without labels.
pub(crate) fn unlabelled() -> String {
    VOLUME.lines().filter(|line| !line.contains("pvc-plumber") && !line.contains("labels:")).fold(
        String::new(),
        |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        },
    )
}

/// A manifest many times, each time with another name.
fn many(text: &str, count: usize) -> String {
    (0..count).fold(String::new(), |all, n| {
        all + "---\n" + &text.replace("name: data", &format!("name: data-{n:03}"))
    })
}

/// A repository with one commit, tagged `one`, and nothing of the user's settings; nothing where
/// `git` is not installed: the test is skipped.
pub(crate) fn repository(files: &[(&str, &str)]) -> Option<Folder> {
    if Command::new("git").arg("--version").output().is_err() {
        eprintln!("skipped: git is not installed");
        return None;
    }
    let folder = files.iter().fold(Folder::new(), |folder, (name, text)| folder.file(name, text));
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(&folder, "one");
    Some(folder)
}

pub(crate) fn commit(folder: &Folder, tag: &str) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", tag]);
    git(folder, &["tag", tag]);
}

fn git(folder: &Folder, args: &[&str]) -> String {
    let output = Command::new("git")
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", folder.path(""))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].iter().flat_map(|who| {
            ["NAME", "EMAIL", "DATE"].map(|what| (format!("GIT_{who}_{what}"), value(what)))
        }))
        .current_dir(folder.path(""))
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn value(what: &str) -> &'static str {
    if what == "DATE" { "2026-01-01T00:00:00Z" } else { "test@example.com" }
}

/// Runs where `git` is found; nothing may be left behind, in the repository or beside it.
pub(crate) fn run(folder: &Folder, below: &str, args: &[&str]) -> Run {
    let temporary = Folder::new();
    let path = std::env::var("PATH").unwrap();
    let state = || (git(folder, &["worktree", "list"]), git(folder, &["status", "--porcelain"]));
    let before = (state(), std::fs::read(folder.path(".git/index")).unwrap());
    let run = folder.run_below(
        below,
        args,
        "",
        &[
            ("PATH", path.as_str()),
            ("HOME", folder.path("").to_str().unwrap()),
            ("TMPDIR", temporary.path("").to_str().unwrap()),
        ],
    );
    assert_eq!(before, (state(), std::fs::read(folder.path(".git/index")).unwrap()));
    assert!(std::fs::read_dir(temporary.path("")).unwrap().next().is_none());
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

pub(crate) fn shown(run: &Run) -> String {
    format!("exit {}\n{}{}", run.code, run.stderr, run.stdout)
}

#[test]
fn every_consequence_has_a_story() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/diff");
    let mut told = String::new();
    for case in std::fs::read_dir(cases).unwrap() {
        let case = case.unwrap().path();
        assert!(case.join("args").exists(), "{} has no args", case.display());
        let story = ["head/app.yaml", "head/plumber.yaml"].map(|file| case.join(file));
        let story = story.iter().find(|file| file.exists()).unwrap();
        let head = std::fs::read_to_string(story).unwrap();
        assert!(head.starts_with("# "), "{} does not say what it shows", case.display());
        told += &std::fs::read_to_string(case.join("expected.json")).unwrap();
    }
    for consequence in Consequence::ALL {
        let code = format!("\"code\": \"{}\"", consequence.id());
        assert!(told.contains(&code), "{} has no story", consequence.id());
    }
}

#[test]
fn standard_input_is_one_side() {
    let folder = Folder::with("base.yaml", VOLUME);
    let args = ["diff", "base.yaml", "-", OPEN, "--no-objects"];
    let run = folder.run_with(&args, VOLUME, &[]);
    assert_snapshot!(shown(&run), @"
    exit 0
    plumber: 1 volume: nothing changes for it
    ");
    let run = folder.run_with(&args, unlabelled(), &[]);
    assert_eq!((run.code, run.stdout.contains("[backup-lost]")), (1, true), "{}", run.stdout);
}

#[test]
fn a_build_that_failed_before_the_pipe_deletes_nothing() {
    let folder = Folder::with("base.yaml", VOLUME);
    assert_snapshot!(shown(&folder.run(&["diff", "base.yaml", "-", OPEN])), @"
    exit 2
    plumber: HEAD could not be read: <stdin>
      it holds no manifest, as after a build that failed
      help: check what makes it; if it is meant, give /dev/null in its place
    plumber: 1 volume: 1 could not be compared; 1 application could not be read
    media/data could not be compared (base.yaml:1:1)
      error[not-compared]: it is not in what could be read of HEAD, where an application could not be read: whether it is gone is unknown
        fix: make both sides render, and compare again
    ");
    let run = folder.run(&["diff", "base.yaml", "/dev/null", OPEN, "--no-objects"]);
    assert_eq!((run.code, run.stdout.contains("[volume-gone]")), (1, true), "{}", run.stdout);
}

#[test]
fn the_message_of_a_program_that_failed_deletes_nothing() {
    let folder = Folder::with("base.yaml", VOLUME)
        .file("cut.yaml", "kind: Persist\nmetadata: {name: da")
        .file("said.yaml", "Error: no such chart\n---\nnot found\n");
    for head in ["cut.yaml", "said.yaml"] {
        let run = folder.run(&["diff", "base.yaml", head, OPEN]);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(!run.stdout.contains("[volume-gone]"), "{}", run.stdout);
    }
    assert_snapshot!(folder.run(&["diff", "base.yaml", "said.yaml", OPEN]).stderr, @"
    plumber: HEAD could not be read: said.yaml
    said.yaml:1:1: error[invalid-document]: a document that is no Kubernetes manifest
      help: check what makes it: it may be the message of a program that failed
    said.yaml:2:1: error[invalid-document]: a document that is no Kubernetes manifest
      help: check what makes it: it may be the message of a program that failed
    plumber: 1 volume: 1 could not be compared; 1 application could not be read
    ");
}

#[test]
fn what_cannot_be_compared() {
    let folder = Folder::with("a.yaml", VOLUME).folder("empty");
    let said = |args: &[&str]| folder.run(args).said();
    assert_snapshot!(said(&["diff"]), @"
    exit 2
    plumber: neither BASE nor HEAD is given
      help: plumber diff BASE HEAD, or plumber diff --git main...HEAD [PATH]
    ");
    assert_snapshot!(said(&["diff", "main..HEAD"]), @"
    exit 2
    plumber: main..HEAD is given, and nothing to compare it with
      help: plumber diff BASE HEAD, or plumber diff --git main...HEAD [PATH]
    ");
    assert_snapshot!(said(&["diff", "main", "HEAD"]), @"
    exit 2
    plumber: there is no file and no folder main, and none HEAD
      help: check the spelling; revisions are compared by: plumber diff --git main..HEAD
    ");
    assert_snapshot!(said(&["diff", "-", "-"]), @"
    exit 2
    plumber: `-` stands twice
      help: standard input can be read once
    ");
    let told = |args: &[&str]| shown(&folder.run(args));
    assert_snapshot!(told(&["diff", "a.yaml", "b.yaml", OPEN]), @"
    exit 2
    plumber: HEAD could not be read: b.yaml
      cannot read b.yaml: No such file or directory (os error 2)
      help: check the spelling; paths are relative to this folder
    plumber: 1 volume: 1 could not be compared; 1 application could not be read
    media/data could not be compared (a.yaml:1:1)
      error[not-compared]: it is not in what could be read of HEAD, where an application could not be read: whether it is gone is unknown
        fix: make both sides render, and compare again
    ");
    assert_snapshot!(told(&["diff", "empty", "empty", OPEN]), @"
    exit 2
    plumber: BASE could not be read: empty
      empty holds no manifest
      help: give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the parameter allow-empty lets it through
    plumber: HEAD could not be read: empty
      empty holds no manifest
      help: give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the parameter allow-empty lets it through
    plumber: nothing could be compared; 2 applications could not be read
    ");
    let said = said(&["diff", "--git", "a..b"]);
    assert!(said.starts_with("exit 2\nplumber: "), "{said}");
    assert!(said.contains("plumber diff BASE HEAD"), "{said}");
}

#[test]
fn an_application_that_cannot_be_read_is_told_in_every_format() {
    let folder = Folder::with("a.yaml", VOLUME).file("b.yaml", "kind: [\n");
    let markdown = folder.run(&["diff", "a.yaml", "b.yaml", OPEN, "--format", "markdown"]);
    assert_snapshot!(markdown.stdout, @r#"
    <!-- plumber diff -->
    ### Volumes: 1 could not be compared

    What happens to their data from `a.yaml` to `b.yaml`.

    **HEAD could not be read**, so what is in it is unknown: `b.yaml`
    - `b.yaml:1:7`: not valid YAML: unclosed bracket '\['


    #### `media/data` could not be compared

    - 🛑 `not-compared`: it is not in what could be read of HEAD, where an application could not be read: whether it is gone is unknown
      - **Fix:** make both sides render, and compare again
    - `a.yaml:1:1`
    "#);
    let json = folder.run(&["diff", "a.yaml", "b.yaml", OPEN, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["unread"][0]["side"], "head");
    assert_eq!(json["summary"]["same"], false);
    assert_eq!(json["volumes"][0]["changes"][0]["code"], "not-compared");
}

#[test]
fn many_volumes_that_cannot_be_compared_are_one_line() {
    let folder = Folder::with("a.yaml", many(VOLUME, 30)).file("b.yaml", "kind: [\n");
    let text = folder.run(&["diff", "a.yaml", "b.yaml", OPEN]);
    assert_snapshot!(text.stdout, @"30 volumes could not be compared: media/data-000, media/data-001, media/data-002, media/data-003, media/data-004, media/data-005, media/data-006, media/data-007, media/data-008, media/data-009, media/data-010, media/data-011, media/data-012, media/data-013, media/data-014, media/data-015, media/data-016, media/data-017, media/data-018, media/data-019 and 10 more");
    let markdown = folder.run(&["diff", "a.yaml", "b.yaml", OPEN, "--format", "markdown"]);
    assert_eq!(markdown.stdout.matches("could not be compared").count(), 2);
}

#[test]
fn objects_are_short_unless_asked_for() {
    let folder = Folder::with("a.yaml", VOLUME).file("b.yaml", unlabelled());
    let run = |option: &[&str]| {
        folder.run(&[&["diff", "a.yaml", "b.yaml", OPEN], option].concat()).stdout
    };
    assert!(run(&[]).ends_with("lines of objects are not shown: add --objects\n"));
    assert!(run(&["--objects"]).contains("\n-kind: ReplicationSource\n"));
    assert!(!run(&["--objects", "--no-objects"]).contains("objects"));
}

#[test]
fn secrets_are_never_shown() {
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: nas, namespace: media}\n\
                  stringData: {KOPIA_PASSWORD: hunter2}\n";
    let folder = Folder::with("a.yaml", format!("{VOLUME}{secret}"))
        .file("b.yaml", format!("{}{}", unlabelled(), secret.replace("hunter2", "hunter3")));
    for format in ["text", "markdown", "json"] {
        let args = ["diff", "a.yaml", "b.yaml", OPEN, "--objects", "--format", format];
        let run = folder.run(&args);
        assert!(!run.stdout.contains("hunter"), "{}", run.stdout);
    }
}

#[test]
fn a_comment_on_a_pull_request_stays_below_githubs_limit() {
    let folder = Folder::with("a.yaml", many(VOLUME, 400)).file("b.yaml", many(&unlabelled(), 400));
    let args = ["diff", "a.yaml", "b.yaml", OPEN, "--format", "markdown"];
    let comment = folder.run(&args).stdout;
    assert!(comment.len() < 65_536, "{}", comment.len());
    let last = comment.lines().last().unwrap();
    assert!(
        last.ends_with("did not fit into this comment: run `plumber diff` to see all."),
        "{last}"
    );
    let opened = comment.matches("<details>").count();
    assert_eq!(opened, comment.matches("</details>").count());
}

#[test]
fn revisions() {
    let Some(folder) = repository(&[("apps/media/data.yaml", VOLUME), ("README.md", "")]) else {
        return;
    };
    let folder = folder.file("apps/media/data.yaml", unlabelled());
    commit(&folder, "two");
    let args = ["diff", "--git", "one..two", "apps/media", OPEN, "--no-objects"];
    let whole = run(&folder, "", &args);
    assert_snapshot!(shown(&whole), @r#"
    exit 1
    plumber: 1 volume: 1 loses its backup
    media/data loses its backup (apps/media/data.yaml:1:1)
      error[backup-lost]: the ReplicationSource `data` leaves the output and is pruned: nothing of it is backed up to `data@media in kopia repository volsync-kopia-repository` any more; the backups made so far stay there
        fix: label it pvc-plumber.io/enabled: "true" and pvc-plumber.io/manage-volsync: "true", or backup-exempt: "true" with a reason
      error[comes-back-empty]: the restore reference goes: a volume that exists keeps its data, and one that is recreated, in this cluster or in a new one, is empty
        ReplicationDestination data-dst → nothing
        fix: let plumber set it again, with the pair
      verdict: wired → skipped-not-opted-in: no label asks for a backup
    "#);
    let args = ["diff", "--git", "one..two", OPEN, "--no-objects"];
    assert_eq!(shown(&run(&folder, "apps/media", &args)), shown(&whole));
    let args = ["diff", "--git", "one..", "../media/data.yaml", OPEN, "--no-objects"];
    assert_eq!(shown(&run(&folder, "apps/media", &args)), shown(&whole));
    let args = ["diff", "--git", "two..two", "apps/media", OPEN];
    assert_eq!(run(&folder, "", &args).code, 0);
}

#[test]
fn a_branch_is_compared_from_where_it_left() {
    let Some(folder) = repository(&[("apps/media/data.yaml", VOLUME)]) else { return };
    git(&folder, &["checkout", "--quiet", "-b", "branch"]);
    let folder = folder.file("README.md", "of the branch");
    commit(&folder, "two");
    git(&folder, &["checkout", "--quiet", "main"]);
    let folder = folder.file("apps/media/data.yaml", unlabelled());
    commit(&folder, "three");
    let compare = |range: &str| run(&folder, "", &["diff", "--git", range, "apps/media", OPEN]);
    assert_eq!(compare("main...branch").code, 0);
    assert_eq!(compare("main..branch").code, 1);
}

#[test]
fn the_working_tree() {
    let Some(folder) = repository(&[("apps/media/data.yaml", VOLUME)]) else { return };
    let folder = folder.file("apps/media/data.yaml", unlabelled());
    let compare = |range: &str| {
        let args = ["diff", "--git", range, "apps/media", OPEN, "--no-objects"];
        run(&folder, "", &args)
    };
    assert!(compare("one").stdout.contains("[backup-lost]"));
    assert_snapshot!(shown(&compare("one..main")), @"
    exit 0
    plumber: changes that are not committed are not compared; to see them: plumber diff --git one
    plumber: 1 volume: nothing changes for it
    ");
}

#[test]
fn an_application_that_one_revision_does_not_have() {
    let Some(folder) = repository(&[("apps/media/data.yaml", VOLUME), ("README.md", "")]) else {
        return;
    };
    git(&folder, &["rm", "--quiet", "-r", "apps"]);
    commit(&folder, "two");
    let compare = |range: &str, path: &str| {
        shown(&run(&folder, "", &["diff", "--git", range, path, OPEN, "--no-objects"]))
    };
    assert_snapshot!(compare("one..two", "apps/media"), @r#"
    exit 1
    plumber: apps/media is not in two: it counts as removed
    plumber: 1 volume: 1 is deleted with its data
    media/data is deleted with its data (apps/media/data.yaml:1:1)
      error[volume-gone]: the PVC leaves the output: where Argo CD prunes, it is deleted, and its data with it unless its class retains volumes; its ReplicationSource goes too, and the backups made so far stay with `data@media in kopia repository volsync-kopia-repository`
        fix: put it back, or keep it with the annotation `argocd.argoproj.io/sync-options: Prune=false` in a commit that is applied first; if it gets another name, annotate the new PVC with `pvc-plumber.io/backup-identity: "media/data"` and it is restored from the old backups
    "#);
    assert_snapshot!(compare("two..one", "apps/media"), @"
    exit 1
    plumber: apps/media is not in two: it counts as new
    plumber: 1 volume: 1 is new
    media/data is new (apps/media/data.yaml:1:1)
      info[volume-new]: backed up to `data@media in kopia repository volsync-kopia-repository` at `56 2 * * *`, restored by the ReplicationDestination `data-dst`
    ");
    assert_snapshot!(compare("one..two", "apps/medai"), @"
    exit 2
    plumber: apps/medai is neither in one nor in two
      help: check the spelling; paths are relative to this folder
    ");
}

#[test]
fn each_revision_has_its_own_configuration() {
    let configured = |repository: &str| format!("{HEADER}repository: {repository}\n");
    let nas = configured("nas");
    let files = [("apps/media/data.yaml", VOLUME), ("plumber.yaml", nas.as_str())];
    let Some(folder) = repository(&files) else { return };
    let folder = folder.file("plumber.yaml", configured("cloud"));
    commit(&folder, "two");
    let args = ["diff", "--git", "one..two", "apps/media", OPEN, "--no-objects"];
    assert_snapshot!(run(&folder, "", &args).stdout, @"
    media/data leaves its backups behind (apps/media/data.yaml:1:1)
      error[history-lost]: the ReplicationSource `data` writes to another place; the backups made so far stay where they are and are not found from the new one, and until its first backup has ended a restore from there finds nothing
        data@media in kopia repository nas → data@media in kopia repository cloud
        fix: keep the identity and the repository; what is backed up under a new one has to be proved before the old one goes
    ");
}

#[test]
fn a_volume_that_moves_between_applications_is_one_volume() {
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let Some(folder) = repository(&[("media/a.yaml", VOLUME), ("films/a.yaml", other)]) else {
        return;
    };
    let folder = folder.file("films/a.yaml", VOLUME).file("media/a.yaml", other);
    commit(&folder, "two");
    let args = ["diff", "--git", "one..two", "media", "films", OPEN];
    assert_snapshot!(shown(&run(&folder, "", &args)), @"
    exit 0
    plumber: 1 volume: nothing changes for it
    ");
    // Half of the change is a volume that goes.
    let args = ["diff", "--git", "one..two", "media", OPEN, "--no-objects"];
    assert!(run(&folder, "", &args).stdout.contains("[volume-gone]"));
}

#[test]
fn one_application_that_cannot_be_read_does_not_hide_the_others() {
    let Some(folder) = repository(&[("media/a.yaml", VOLUME), ("films/a.yaml", VOLUME)]) else {
        return;
    };
    let folder = folder
        .file("media/a.yaml", unlabelled())
        .file("films/kustomization.yaml", "resources: [gone.yaml]\n");
    let args = ["diff", "--git", "one", "media", "films", OPEN, "--no-objects"];
    let run = run(&folder, "", &args);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("HEAD could not be read: films"), "{}", run.stderr);
    assert!(run.stdout.contains("[backup-lost]"), "{}", run.stdout);
}

#[test]
fn what_git_cannot_compare() {
    let Some(folder) = repository(&[("apps/media/data.yaml", VOLUME)]) else { return };
    let said = |args: &[&str]| run(&folder, "", args).said();
    assert_snapshot!(said(&["diff", "--git", "nope..one"]), @"
    exit 2
    plumber: there is no revision nope in this repository
      help: check the spelling, or fetch it first: git fetch origin (fetch-depth: 0 in CI)
    ");
    assert_snapshot!(said(&["diff", "--git=--help"]), @"
    exit 2
    plumber: there is no revision --help in this repository
      help: check the spelling, or fetch it first: git fetch origin (fetch-depth: 0 in CI)
    ");
    let outside = run(&folder, "", &["diff", "--git", "one..", "../elsewhere"]).said();
    let outside = outside.replace(folder.path("").to_str().unwrap().trim_end_matches('/'), "ROOT");
    assert_snapshot!(outside, @"
    exit 2
    plumber: ../elsewhere lies outside the repository ROOT
      help: name a path inside, relative to this folder
    ");
}

/// Who interrupts a comparison of revisions leaves nothing behind.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_folder_behind() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::ExitStatusExt as _;
    let Some(folder) = repository(&[("app.yaml", VOLUME)]) else { return };
    let path = std::env::var("PATH").unwrap();
    // Writes into the folder for longer than anybody waits.
    let slow = format!(
        "#!/bin/sh\nPATH='{path}'\ncase \"$*\" in *checkout-index*)\n  \
         folder=${{GIT_INDEX_FILE%/index}}\n  while sleep 0.01; do date >> \"$folder/tree/file\"; \
         done;;\nesac\nexec git \"$@\"\n"
    );
    let programs = Folder::new().file("git", &slow);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(programs.path("git"), mode).unwrap();
    let temporary = Folder::new();
    let count = || std::fs::read_dir(temporary.path("")).unwrap().count();
    let mut child = Command::new(env!("CARGO_BIN_EXE_plumber"))
        .env_clear()
        .env("PATH", format!("{}:{path}", programs.path("").display()))
        .env("TMPDIR", temporary.path(""))
        .env("HOME", folder.path(""))
        .current_dir(folder.path(""))
        .args(["diff", "--git", "one..one"])
        .spawn()
        .unwrap();
    let written = || walkdir::WalkDir::new(temporary.path("")).into_iter().filter_map(Result::ok);
    while !written().any(|entry| entry.file_name() == "file") {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was interrupted");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let number = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &number]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!((status.signal(), count()), (Some(2), 0));
}
