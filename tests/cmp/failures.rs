//! Every failure of a tool or of the file system: another exit code than 0, an empty standard
//! output, and a message that names the cause.

use crate::repository::{APPLICATION, Repository, fixtures, needs};
use crate::tools::present;
use insta::assert_snapshot;

/// Fixtures that hold `says.txt` fail; each of its lines is part of what is said.
#[test]
fn broken_folders_fail() {
    let mut found = 0;
    let mut situations: Vec<_> =
        std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    situations.sort();
    for situation in situations {
        let Ok(says) = std::fs::read_to_string(situation.join("says.txt")) else { continue };
        let name = situation.file_name().unwrap().to_str().unwrap();
        found += 1;
        if present(&format!("broken_folders_fail, of {name}"), &needs(&situation)) {
            let error = Repository::of(name).generate().error();
            for text in says.lines() {
                assert!(error.contains(text), "{name}: no `{text}` in: {error}");
            }
        }
    }
    assert!(found >= 10, "{found} broken fixtures");
}

/// Runs a situation with programs of our own before the system's.
fn with_tools(situation: &str, tools: &str) -> Repository {
    let folder = fixtures().join("tools").join(tools);
    let path = std::env::join_paths([folder, "/usr/bin".into(), "/bin".into()]).unwrap();
    Repository::of(situation).variable("PATH", path)
}

#[test]
fn failing_tools_fail() {
    assert_snapshot!(with_tools("kustomization", "failing").generate().error(), @"media: apps/media: kustomize failed (exit status: 3): the disk is full (see it alone: kustomize build --enable-helm apps/media)");
    assert_snapshot!(with_tools("chart", "failing").generate().error(), @"media: apps/media: helm failed (signal: 9 (SIGKILL)): it said nothing (see it alone: helm template apps/media)");
}

#[test]
fn missing_tools_fail() {
    let without =
        |situation: &str| Repository::of(situation).variable("PATH", "/nowhere").generate().error();
    assert_snapshot!(without("kustomization"), @"media: apps/media is a kustomization, and neither kustomize nor kubectl is installed (install kustomize, or pipe its output in: … | plumber render -)");
    assert_snapshot!(without("chart"), @"media: apps/media is a chart, and helm is not installed (install helm, or pipe its output in: helm template … | plumber render -)");
}

/// The fake kustomize has a child that keeps the pipe open for ten minutes.
#[test]
fn slow_tools_fail_in_time() {
    let slow = |situation: &str| {
        with_tools(situation, "slow").variable("PLUMBER_BUILD_TIMEOUT", "1").generate().error()
    };
    assert_snapshot!(slow("kustomization"), @"media: kustomize did not end within 1 s (remote bases and charts take long: vendor them into the repository, or give more seconds with PLUMBER_BUILD_TIMEOUT)");
    assert_snapshot!(slow("chart"), @"media: helm did not end within 1 s (remote bases and charts take long: vendor them into the repository, or give more seconds with PLUMBER_BUILD_TIMEOUT)");
}

#[test]
fn a_limit_without_a_meaning_is_refused() {
    for value in ["", "0", "-1", "1m", "1.5", "86401", "99999999999999999999"] {
        let repository = Repository::of("plain-folder").variable("PLUMBER_BUILD_TIMEOUT", value);
        let error = repository.generate().error();
        assert!(error.contains(&format!("PLUMBER_BUILD_TIMEOUT is `{value}`")), "{error}");
        assert!(repository.render(&[]).error().contains("write whole seconds from 1 to"));
    }
}

#[test]
fn a_folder_that_is_gone_fails() {
    let repository = Repository::of("plain-folder");
    let folder = repository.path(APPLICATION);
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    assert_snapshot!(repository.generate().error(), @"media: apps/media holds no manifest (give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the parameter allow-empty lets it through)");
}

#[test]
fn a_file_that_cannot_be_decoded_fails() {
    let repository = Repository::of("plain-folder");
    let file = repository.path(APPLICATION).join("bytes.yaml");
    std::fs::write(&file, b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \xff\n").unwrap();
    assert_snapshot!(repository.generate().error(), @"media: apps/media/bytes.yaml:4:9: invalid-encoding: the byte 0xff is not UTF-8 (save the file as UTF-8)");
}

#[test]
fn a_folder_in_the_place_of_a_file_fails() {
    let repository = Repository::of("root-configuration");
    let file = repository.path("plumber.yaml");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert_snapshot!(repository.generate().error(), @"media: cannot read plumber.yaml: Is a directory (os error 21) (check that it is a file or a folder that can be read)");
}

#[test]
fn jsonnet_is_not_passed_over() {
    let jsonnet = || Repository::of("plain-folder").file("apps/media/settings.jsonnet", "{}\n");
    assert_snapshot!(jsonnet().generate().error(), @"media: apps/media/settings.jsonnet is Jsonnet, which is not evaluated here (evaluate it and pipe the result in, or leave it out by the parameter exclude)");
    let exclude = r#"[{"name": "exclude", "string": "*.jsonnet"}]"#;
    jsonnet().parameters(exclude).generate().manifests();
}
