//! `plumber audit once` and `plumber restore plan`: what a tired person types, and what a dump of
//! last week says.

use crate::support::{Folder, OPEN, VOLUME};

/// A cluster in which nothing is, but everything was looked for.
const NOTHING: &str = "apiVersion: v1\nkind: PersistentVolumeClaimList\nitems: []\n";

fn said(folder: &Folder, args: &[&str]) -> String {
    let run = folder.run(args);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    let first = run.stdout.lines().next().unwrap_or_default().to_owned();
    format!("exit {}\n{}{first}\n", run.code, run.stderr)
}

#[test]
fn both_sides_have_to_be_given() {
    let folder = Folder::with("app/pvc.yaml", VOLUME).file("seen.yaml", NOTHING);
    let told = [
        said(&folder, &["audit", "once"]),
        said(&folder, &["audit", "once", "--manifests", "app"]),
        said(&folder, &["audit", "once", "--manifests", "-", "--observed", "-"]),
        said(&folder, &["audit", "once", "--manifests", "app", "--observed", "sene.yaml"]),
        said(&folder, &["restore", "plan", "media/data", "--observed", "seen.yaml"]),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_cannot_be_evaluated_is_no_verdict() {
    let folder = Folder::with("app/pvc.yaml", VOLUME)
        .file("broken/pvc.yaml", "kind: PersistentVolumeClaim\napiVersion: v1\nspec: [\n")
        .file("seen.yaml", NOTHING)
        .file("torn.yaml", "kind: List\nitems: [\n")
        .file("words.yaml", "hello\n")
        .folder("empty");
    let once = |manifests: &'static str, observed: &'static str, more: &[&str]| {
        let args = ["audit", "once", "--manifests", manifests, "--observed", observed, OPEN];
        said(&folder, &[&args[..], more].concat())
    };
    let told = [
        once("broken", "seen.yaml", &[]),
        once("empty", "seen.yaml", &[]),
        once("app", "empty", &[]),
        once("app", "seen.yaml", &["--now", "yesterday"]),
        once(
            "app",
            "seen.yaml",
            &["--now", "2026-11-02T04:00:00Z", "--observed-at", "2027-01-01T00:00:00Z"],
        ),
        // Nothing that could be read is nothing that was seen.
        once("app", "torn.yaml", &["--now", "2026-11-02T04:00:00Z"]),
        once("app", "words.yaml", &["--now", "2026-11-02T04:00:00Z"]),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_old_file_is_an_old_observation() {
    let folder = Folder::with("app/pvc.yaml", VOLUME).file("seen.yaml", NOTHING);
    let file = std::fs::File::options().write(true).open(folder.path("seen.yaml")).unwrap();
    let week = std::time::Duration::from_hours(7 * 24);
    file.set_modified(std::time::SystemTime::now() - week).unwrap();
    let args = ["audit", "once", "--manifests", "app", "--observed", "seen.yaml", OPEN];
    let old = folder.run(&args);
    assert_eq!(old.code, 1);
    assert!(
        old.stdout.contains("the cluster as seen 7d ago, which is too long ago"),
        "{}",
        old.stdout
    );
    assert!(old.stdout.contains("[evidence-stale]"), "{}", old.stdout);
    let fixed = folder.run(&[&args[..], &["--now", "2026-11-02T04:00:00Z"]].concat());
    assert!(fixed.stdout.contains("the cluster as seen 0s ago"), "{}", fixed.stdout);
}

#[test]
fn a_file_that_a_kustomization_forgets_is_told() {
    // Any program that can build a kustomization will do.
    let path = std::env::var("PATH").unwrap();
    let found = |program: &str| std::env::split_paths(&path).any(|f| f.join(program).is_file());
    if !found("kubectl") && !found("kustomize") {
        println!("skipped: neither kubectl nor kustomize is installed");
        return;
    }
    let folder = Folder::with("app/kustomization.yaml", "resources: [pvc.yaml]\n")
        .file("app/pvc.yaml", VOLUME)
        .file("app/films.yaml", VOLUME.replace("name: data", "name: films"))
        .file("seen.yaml", NOTHING);
    let args = ["audit", "once", "--manifests", "app", "--observed", "seen.yaml", OPEN];
    let run = folder.run_with(&args, "", &[("PATH", &path), ("HOME", "/nowhere")]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let told = "the PersistentVolumeClaim films stands at app/films.yaml:1:1 and is not among what is rendered";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    assert!(!run.stdout.contains("PersistentVolumeClaim data stands"), "{}", run.stdout);
}

#[test]
fn a_pipe_is_read() {
    let folder = Folder::with("app/pvc.yaml", VOLUME);
    let args = ["audit", "once", "--manifests", "app", "--observed", "-", OPEN];
    let run = folder.run_with(&args, NOTHING, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("0 of 1 volume would come back"), "{}", run.stdout);
}

#[cfg(feature = "audit")]
#[test]
fn a_page_and_a_row_are_what_the_table_says() {
    let folder = Folder::with("app/pvc.yaml", VOLUME).file("seen.yaml", NOTHING);
    let args = ["audit", "once", "--manifests", "app", "--observed", "seen.yaml", OPEN];
    let page = folder.run(&[&args[..], &["--format", "html"]].concat());
    assert_eq!(page.code, 1, "{}", page.stderr);
    assert!(page.stdout.starts_with("<!DOCTYPE html>"), "{}", page.stdout);
    assert!(page.stdout.contains("0 of 1 volume would come back"), "{}", page.stdout);
    let rows = folder.run(&[&args[..], &["--format", "csv"]].concat());
    assert_eq!(rows.code, 1);
    assert!(rows.stdout.contains("\r\nmedia,data,,protected,"), "{}", rows.stdout);
}
