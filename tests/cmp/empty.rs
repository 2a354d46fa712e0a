//! Empty output with exit code 0 makes Argo CD delete everything.

use crate::repository::Repository;
use crate::tools::{Tool, present};

/// What asks for it.
const ALLOWED: &str = r#"[{"name": "allow-empty", "string": "true"}]"#;

/// A kustomization that gives nothing.
fn kustomization() -> Repository {
    Repository::with("kustomization.yaml", "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: []\nresources: [nothing.yaml]\n")
        .file("apps/media/nothing.yaml", "# Nothing yet.\n")
}

/// A chart whose templates are all switched off.
fn chart() -> Repository {
    Repository::with("Chart.yaml", "apiVersion: v2\nname: media\nversion: 0.1.0\n").file(
        "apps/media/templates/none.yaml",
        "{{- if .Values.enabled }}\nkind: Never\n{{- end }}\n",
    )
}

#[test]
fn empty_output_is_an_error() {
    insta::assert_snapshot!(Repository::of("no-manifests").generate().error(), @"media: apps/media holds no manifest (give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the parameter allow-empty lets it through)");
    let comments = Repository::with("all.yaml", "# Nothing yet.\n---\n");
    insta::assert_snapshot!(comments.generate().error(), @"media: apps/media holds no manifest (give a folder with .yaml, .yml or .json files, or pipe manifests in; in Argo CD the parameter allow-empty lets it through)");
    let include =
        r#"[{"name": "include", "string": "*.yml"}, {"name": "exclude", "string": "v*"}]"#;
    let filtered = Repository::of("plain-folder").parameters(include);
    insta::assert_snapshot!(filtered.generate().error(), @"media: apps/media holds no manifest (include and exclude leave out 5 of its files: correct them)");
    if present("empty_output_is_an_error, of a kustomization", &[Tool::Kustomize]) {
        insta::assert_snapshot!(kustomization().generate().error(), @"media: apps/media holds no manifest, and Argo CD would delete everything; if that is meant, set the parameter allow-empty to true");
    }
    if present("empty_output_is_an_error, of a chart", &[Tool::Helm]) {
        insta::assert_snapshot!(chart().generate().error(), @"media: apps/media holds no manifest, and Argo CD would delete everything; if that is meant, set the parameter allow-empty to true");
    }
}

#[test]
fn empty_output_can_be_allowed() {
    let folder = || Repository::of("no-manifests");
    assert_eq!(folder().parameters(ALLOWED).generate().manifests(), "");
    assert_eq!(folder().flag("--allow-empty").generate().manifests(), "");
    if present("empty_output_can_be_allowed, of a chart", &[Tool::Helm]) {
        assert_eq!(chart().parameters(ALLOWED).generate().manifests().trim(), "");
    }
}

#[test]
fn allowing_empty_allows_nothing_else() {
    let broken = Repository::of("plain-folder-broken").parameters(ALLOWED);
    assert!(broken.generate().error().contains("invalid-document"));
    let chart = Repository::of("chart-broken").parameters(ALLOWED);
    if present("allowing_empty_allows_nothing_else, of a chart", &[Tool::Helm]) {
        assert!(chart.generate().error().contains("set tier"));
    }
}
