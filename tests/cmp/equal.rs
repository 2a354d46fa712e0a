//! What the plugin gives is what `plumber render` gives of the same folder, byte for byte.

use crate::repository::Repository;
use crate::tools::{Tool, present};
use std::path::PathBuf;

/// Holds both to each other for a situation.
#[track_caller]
fn equal(situation: &str) -> String {
    Repository::of(situation).equals_render(&Repository::of(situation), &[])
}

/// Counts the pairs in manifests.
fn pairs(manifests: &str) -> (usize, usize, usize) {
    let count = |text: &str| manifests.lines().filter(|line| *line == text).count();
    (
        count("kind: ReplicationSource"),
        count("kind: ReplicationDestination"),
        count("  dataSourceRef:"),
    )
}

#[test]
fn plain_folder_equals_render() {
    let manifests = equal("plain-folder");
    assert_eq!(pairs(&manifests), (1, 1, 1), "{manifests}");
    assert!(manifests.contains("\"name\": \"settings\""));
    assert!(!manifests.contains("replicas") && !manifests.contains("not yaml"));
    assert!(!manifests.contains("name: later"), "subfolders are left out");
}

#[test]
fn kustomization_equals_render() {
    if present("kustomization_equals_render", &[Tool::Kustomize]) {
        let manifests = equal("kustomization");
        assert_eq!(pairs(&manifests), (1, 1, 1), "{manifests}");
        assert!(manifests.contains("name: settings-"));
    }
}

#[test]
fn chart_equals_render() {
    if present("chart_equals_render", &[Tool::Helm]) {
        let manifests = equal("chart");
        assert_eq!(pairs(&manifests), (1, 1, 1), "{manifests}");
        assert!(manifests.contains("kind: CustomResourceDefinition"));
    }
}

#[test]
fn chart_with_a_dependency_equals_render() {
    if present("chart_with_a_dependency_equals_render", &[Tool::Helm]) {
        let manifests = equal("chart-with-a-dependency");
        assert_eq!(pairs(&manifests), (1, 1, 1), "{manifests}");
        assert!(manifests.contains("storage: 20Gi"), "{manifests}");
    }
}

/// What is masked in Helm's words for others must not be missing for us.
#[test]
fn values_that_helm_says_itself_hide_no_missing_dependency() {
    let test = "values_that_helm_says_itself_hide_no_missing_dependency";
    if present(test, &[Tool::Helm]) {
        let values =
            r#"[{"name": "helm-values", "string": "store: {size: 30Gi}\npath: charts/\n"}]"#;
        let chart = Repository::of("chart-with-a-dependency").parameters(values);
        assert!(chart.generate().manifests().contains("storage: 30Gi"));
    }
}

#[test]
fn chart_inside_kustomization_equals_render() {
    if present("chart_inside_kustomization_equals_render", &[Tool::Kustomize, Tool::Helm]) {
        let manifests = equal("chart-inside-kustomization");
        assert_eq!(pairs(&manifests), (1, 1, 1), "{manifests}");
        assert!(manifests.contains("name: extra"));
    }
}

#[test]
fn nested_folders_equal_render() {
    let plugin =
        Repository::of("nested-folders").parameters(r#"[{"name": "recursive", "string": "true"}]"#);
    let manifests = plugin.equals_render(&Repository::of("nested-folders"), &["-R"]);
    assert_eq!(pairs(&manifests), (2, 2, 2), "{manifests}");
}

#[test]
fn subfolders_alone_are_an_error() {
    let error = Repository::of("nested-folders").generate().error();
    insta::assert_snapshot!(error, @"media: apps/media holds no manifest (its subfolders hold YAML or JSON: add -R, or the parameter recursive in Argo CD)");
}

#[test]
fn root_configuration_counts() {
    let manifests = equal("root-configuration");
    assert_eq!(manifests.matches("cacheCapacity: 3Gi").count(), 2, "{manifests}");
}

#[test]
fn real_applications_equal_render() {
    let Some(corpus) = std::env::var_os("PLUMBER_CORPUS").filter(|root| !root.is_empty()) else {
        eprintln!(
            "skipped: real_applications_equal_render: PLUMBER_CORPUS names no real manifests"
        );
        return;
    };
    if !present("real_applications_equal_render", &[Tool::Kustomize]) {
        return;
    }
    let expected = [("copyparty", 1), ("karakeep", 2), ("paperless-ngx", 2), ("project-nomad", 4)];
    for (name, volumes) in expected {
        let folder = PathBuf::from(&corpus).join("apps").join(name);
        let application = format!("my-apps/{name}");
        let copy = || Repository::copy(&folder, &application, &application);
        let manifests = copy().equals_render(&copy(), &[]);
        assert_eq!(pairs(&manifests), (volumes, volumes, volumes), "{name}");
    }
}
