//! Where the configuration is found.

use crate::support::{Folder, HEADER, OPEN, Run, VOLUME};
use insta::assert_snapshot;

/// Returns a configuration that is known by its repository.
fn config(repository: &str) -> String {
    format!("{HEADER}repository: {repository}\n")
}

/// Returns what `config show` says of the repository.
fn repository(run: &Run) -> &str {
    run.stdout.lines().find(|line| line.starts_with("repository:")).unwrap_or(&run.stderr)
}

#[test]
fn the_nearest_plumber_yaml_up_to_the_repository_counts() {
    let folder = Folder::with("plumber.yaml", config("outside"))
        .folder("repository/.git")
        .file("repository/plumber.yaml", config("root"))
        .file("repository/apps/one/a.yaml", VOLUME)
        .file("repository/apps/two/plumber.yaml", config("two"))
        .file("repository/apps/two/a.yaml", VOLUME);
    let show = |path: &str| repository(&folder.run(&["config", "show", path])).to_owned();
    assert_snapshot!(show("repository/apps/one"), @"repository: root  # repository/apps/one/../../plumber.yaml:3");
    assert_snapshot!(show("repository/apps/one/a.yaml"), @"repository: root  # repository/apps/one/../../plumber.yaml:3");
    assert_snapshot!(show("repository/apps/two"), @"repository: two  # repository/apps/two/plumber.yaml:3");
    assert_snapshot!(show("repository"), @"repository: root  # repository/plumber.yaml:3");
}

#[test]
fn a_repository_without_a_plumber_yaml_ends_the_search() {
    let folder = Folder::with("plumber.yaml", config("outside"))
        .folder("repository/.git")
        .file("repository/app/a.yaml", VOLUME);
    let run = folder.run(&["config", "show", "repository/app"]);
    assert_snapshot!(repository(&run), @"repository: volsync-kopia-repository  # built-in default");
}

#[test]
fn without_a_repository_only_the_folder_itself_counts() {
    let folder = Folder::with("plumber.yaml", config("above")).file("app/a.yaml", VOLUME);
    assert_snapshot!(repository(&folder.run(&["config", "show", "app"])), @"repository: volsync-kopia-repository  # built-in default");
    assert_snapshot!(repository(&folder.run(&["config", "show", "."])), @"repository: above  # ./plumber.yaml:3");
}

#[test]
fn standard_input_searches_nothing() {
    let folder = Folder::with("plumber.yaml", config("here"));
    let run = folder.run_with(&["render", "-", OPEN], VOLUME, &[]);
    assert!(run.stdout.contains("repository: volsync-kopia-repository\n"), "{}", run.stdout);
}

#[test]
fn paths_with_different_plumber_yaml_files() {
    let folder = Folder::with("one/plumber.yaml", config("one"))
        .file("one/a.yaml", VOLUME)
        .file("two/b.yaml", VOLUME);
    assert_snapshot!(folder.run(&["render", "one", "two", OPEN]).said(), @"
    exit 2
    plumber: one and two have different plumber.yaml files
      help: render them apart, or give one with --config
    ");
}

#[test]
fn config_and_its_variable_are_trusted() {
    let open = format!("{HEADER}namespaces: {{managed: [media]}}\n");
    let folder = Folder::with("a.yaml", VOLUME).file("trusted/any.yaml", open);
    let run = folder.run(&["render", "a.yaml", "--config", "trusted/any.yaml"]);
    assert_snapshot!(run.said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
    let env = [("PLUMBER_CONFIG", "trusted/any.yaml")];
    assert_snapshot!(folder.run_with(&["render", "a.yaml"], "", &env).said(), @"
    exit 0
    plumber: 1 volume: 1 wired
    ");
}

#[test]
fn a_configuration_that_is_not_there() {
    let folder = Folder::with("a.yaml", VOLUME);
    assert_snapshot!(folder.run(&["render", "a.yaml", "--config", "gone.yaml"]).said(), @"
    exit 2
    plumber: cannot read gone.yaml: No such file or directory (os error 2)
      help: check the spelling; paths are relative to this folder
    ");
    let env = [("PLUMBER_CONFIG", "gone.yaml")];
    assert_snapshot!(folder.run_with(&["render", "a.yaml"], "", &env).said(), @"
    exit 2
    plumber: cannot read gone.yaml: No such file or directory (os error 2)
      help: correct PLUMBER_CONFIG, which names it, or unset it
    ");
}

#[test]
fn a_broken_plumber_yaml_stops_the_run() {
    let folder = Folder::with("a.yaml", VOLUME)
        .file("plumber.yaml", format!("{HEADER}tierz:\n  often: {{schedule: \"@daily\"}}\n"));
    assert_snapshot!(folder.run(&["render", "a.yaml", OPEN]).said(), @"
    exit 2
    ./plumber.yaml:3:1: error[invalid-config]: unknown key `tierz`
      help: did you mean `tiers`?
    plumber: nothing was written: see the errors above
    ");
}

#[test]
fn variables_set_keys() {
    let folder = Folder::with("a.yaml", VOLUME);
    let env = [("PLUMBER_REPOSITORY", "mine"), ("PLUMBER_RESTORE_INJECT", "false")];
    let run = folder.run_with(&["render", "a.yaml", OPEN], "", &env);
    assert_snapshot!(run.said(), @"
    exit 0
    a.yaml:1:1: warning[restore-not-wired]: media/data: restore.inject is off and the reference is not there; a recreated volume would come up empty
      help: set restore.inject: true, or write spec.dataSourceRef for data-dst
    plumber: 1 volume: 1 wired
    ");
    assert_eq!(run.stdout.matches("repository: mine\n").count(), 2);
    assert!(!run.stdout.contains("dataSourceRef"));
}

#[test]
fn a_variable_without_meaning() {
    let folder = Folder::with("a.yaml", VOLUME);
    let env = [("PLUMBER_MODES", "audit"), ("PLUMBER_DEFAULTS_PARALLELISM", "two")];
    assert_snapshot!(folder.run_with(&["render", "a.yaml", OPEN], "", &env[..1]).said(), @"
    exit 2
    error[invalid-config]: PLUMBER_MODES: no key has this variable
      help: did you mean `PLUMBER_MODE`?
    plumber: nothing was written: see the errors above
    ");
    assert_snapshot!(folder.run_with(&["render", "a.yaml", OPEN], "", &env[1..]).said(), @"
    exit 2
    error[invalid-config]: PLUMBER_DEFAULTS_PARALLELISM: expected a whole number, found text `two`
      help: write digits alone, such as `2`
    plumber: nothing was written: see the errors above
    ");
    let env = [("PLUMBER_NAMESPACE", "My Media")];
    assert_snapshot!(folder.run_with(&["render", "a.yaml", OPEN], "", &env).said(), @"
    exit 2
    error[invalid-config]: --namespace or PLUMBER_NAMESPACE: `My Media` is no namespace
      help: use lower-case letters, digits and `-`, with a letter or digit at both ends
    plumber: nothing was written: see the errors above
    ");
}
