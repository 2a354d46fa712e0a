//! Applications are followed as Argo CD follows them; what is not is unknown, and says why.

use crate::api::until;
use crate::intent::{PVC, api, application, entry, is_rendered, write};
use plumber::daemon::{Options, Source, State};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Returns whether a program is there; without it the test says that it is skipped.
fn has(program: &str, test: &str) -> bool {
    let is_there = Command::new(program).arg("version").arg("--client").output().is_ok();
    if !is_there {
        eprintln!("skipped: {test}: no {program} in PATH");
    }
    is_there
}

fn options(root: &Path) -> Options {
    let mut options = Options::new(root);
    options.planning.managed_namespaces = vec!["*".to_owned()];
    options
}

fn source<'s>(state: &'s State, app: &str) -> &'s Source {
    let is = |source: &&Source| source.app.as_deref() == Some(app);
    state.sources.iter().find(is).unwrap_or_else(|| panic!("{app}: {:#?}", state.sources))
}

fn why<'s>(state: &'s State, app: &str) -> &'s str {
    source(state, app).error.as_deref().unwrap_or_else(|| panic!("{app} renders"))
}

fn kustomized(path: &str, kustomize: &Value) -> Value {
    json!({"repoURL": "https://git/repo", "path": path, "kustomize": kustomize})
}

const KUSTOMIZATION: &str = "resources: [pvc.yaml, ../base]\nnamePrefix: dev-\n";

#[tokio::test]
async fn a_kustomization_is_built_with_what_its_application_sets() {
    if !has("kubectl", "a_kustomization_is_built_with_what_its_application_sets") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "apps/base/kustomization.yaml", "resources: [pvc.yaml]\n");
    write(root, "apps/base/pvc.yaml", &PVC.replace("NAME", "shared"));
    for app in ["plain", "named", "patched", "labelled", "forced"] {
        write(root, &format!("apps/{app}/kustomization.yaml"), KUSTOMIZATION);
        write(root, &format!("apps/{app}/pvc.yaml"), &PVC.replace("NAME", "data"));
    }
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n\
                     resources: [pvc.yaml]\n";
    write(root, "parts/more/kustomization.yaml", component);
    write(root, "parts/more/pvc.yaml", &PVC.replace("NAME", "more"));
    let patch = "- op: replace\n  path: /metadata/name\n  value: renamed\n";
    let target = json!({"kind": "PersistentVolumeClaim", "name": "data"});
    let api = api(&[
        application("plain", &kustomized("apps/plain", &json!({"images": ["a=b"]}))),
        application(
            "named",
            &kustomized(
                "apps/named",
                &json!({"namePrefix": "prod-", "nameSuffix": "-x", "namespace": "production"}),
            ),
        ),
        application(
            "patched",
            &kustomized(
                "apps/patched",
                &json!({
                    "patches": [{"patch": patch, "target": target}],
                    "components": ["../../parts/more", "../../parts/none"],
                    "ignoreMissingComponents": true,
                }),
            ),
        ),
        application(
            "labelled",
            &kustomized(
                "apps/labelled",
                &json!({
                    "commonLabels": {"pvc-plumber.io/tier": "$ARGOCD_APP_NAME"},
                    "labelWithoutSelector": true,
                }),
            ),
        ),
        application(
            "forced",
            &kustomized("apps/forced", &json!({"commonLabels": {"of": "$ARGOCD_APP_REVISION"}})),
        ),
        application("new", &kustomized("apps/plain", &json!({"thatIsNew": true}))),
    ]);
    let (mut states, daemon) = api.serve(options(root));
    let state = until(&mut states, is_rendered).await;
    let sources = &state.sources;
    for (namespace, pvc) in [
        ("plain", "dev-data"),
        ("plain", "dev-shared"),
        ("production", "prod-data-x"),
        ("production", "prod-shared-x"),
        ("patched", "dev-renamed"),
        ("patched", "dev-more"),
    ] {
        let entry = entry(&state, namespace, pvc)
            .unwrap_or_else(|| panic!("{namespace}/{pvc}: {sources:#?}"));
        let place = entry.intent.path.as_ref().unwrap();
        assert!(!place.contains("overrides"), "{place}");
    }
    for (namespace, pvc) in
        [("named", "dev-data"), ("production", "dev-data"), ("patched", "dev-data")]
    {
        assert!(entry(&state, namespace, pvc).is_none(), "{namespace}/{pvc}");
    }
    // A label that has no meaning is told, so it was set.
    let labelled = entry(&state, "labelled", "dev-data").unwrap();
    let codes: Vec<_> = labelled.restore_readiness.findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&"intent-invalid"), "{codes:?}");
    assert!(why(&state, "forced").contains("$ARGOCD_APP_REVISION, which is not known"));
    assert_eq!(why(&state, "new"), "it sets kustomize.thatIsNew, which is not followed here");
    // What is not followed is unknown: a volume of it may be any.
    let unknown = entry(&state, "media", "library").unwrap();
    assert_ne!(unknown.restore_readiness.rebuild, "restore");
    let text = std::fs::read_to_string(root.join("apps/named/kustomization.yaml")).unwrap();
    assert_eq!(text, KUSTOMIZATION, "the checkout is not written to");
    // A component changes that the Application alone names.
    write(root, "parts/more/pvc.yaml", &PVC.replace("NAME", "other"));
    until(&mut states, |state| entry(state, "patched", "dev-other").is_some()).await;
    daemon.stop().await;
}

#[tokio::test]
async fn what_a_kustomization_says_itself_is_not_overwritten_unless_forced() {
    if !has("kubectl", "what_a_kustomization_says_itself_is_not_overwritten_unless_forced") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for app in ["kept", "forced"] {
        let text = "resources: [pvc.yaml]\ncommonLabels: {pvc-plumber.io/tier: daily}\n";
        write(root, &format!("{app}/kustomization.yaml"), text);
        write(root, &format!("{app}/pvc.yaml"), &PVC.replace("NAME", "data"));
    }
    write(root, "none/pvc.yaml", &PVC.replace("NAME", "data"));
    let labels = |force: bool| json!({"commonLabels": {"pvc-plumber.io/tier": "hourly"}, "forceCommonLabels": force});
    let api = api(&[
        application("kept", &kustomized("kept", &labels(false))),
        application("forced", &kustomized("forced", &labels(true))),
        application("none", &kustomized("none", &labels(true))),
    ]);
    let (mut states, daemon) = api.serve(options(root));
    let state = until(&mut states, is_rendered).await;
    assert!(
        why(&state, "kept").contains("has the key pvc-plumber.io/tier in commonLabels already")
    );
    assert_eq!(source(&state, "forced").error, None);
    assert_eq!(why(&state, "none"), "its Application sets kustomize, and none is no kustomization");
    daemon.stop().await;
}

#[tokio::test]
async fn a_chart_is_rendered_with_values_of_another_source_of_the_same_repository() {
    if !has("helm", "a_chart_is_rendered_with_values_of_another_source_of_the_same_repository") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    write(root, "charts/app/values.yaml", "volume: default\nsuffix: ''\nyes: false\n");
    let template = PVC.replace(
        "NAME",
        "{{ .Release.Name }}-{{ .Values.volume }}{{ .Values.suffix }}{{ if .Values.yes }}-s{{ end }}",
    );
    write(root, "charts/app/templates/pvc.yaml", &template);
    write(root, "values/prod.yaml", "volume: prod\n");
    let chart =
        |helm: Value| json!({"repoURL": "git@git:repo.git", "path": "charts/app", "helm": helm});
    let several = |name: &str, values: &str, helm: Value| {
        let mut application = application(name, &json!({}));
        let spec = application["spec"].as_object_mut().unwrap();
        spec.remove("source");
        let values = json!({"repoURL": values, "ref": "values"});
        spec.insert("sources".to_owned(), json!([chart(helm), values]));
        application
    };
    let of_values = json!({"valueFiles": ["$values/values/prod.yaml"], "releaseName": "one"});
    let missing = json!({
        "valueFiles": ["none.yaml", "/values/prod.yaml"], "ignoreMissingValueFiles": true,
        "parameters": [
            {"name": "suffix", "value": "-$ARGOCD_APP_NAME"},
            {"name": "yes", "value": "false", "forceString": true},
        ],
    });
    let api = api(&[
        several("one", "https://git/repo", of_values.clone()),
        several("strange", "https://git/other", of_values.clone()),
        application("absolute", &chart(missing)),
        application(
            "object",
            &chart(json!({"valuesObject": {"volume": "mine"}, "values": "volume: no"})),
        ),
        application("unnamed", &chart(of_values)),
        application("repository", &json!({"repoURL": "https://charts", "chart": "redis"})),
    ]);
    let mut options = options(root);
    options.repositories = vec!["https://git/repo.git".to_owned()];
    let (mut states, daemon) = api.serve(options);
    let state = until(&mut states, is_rendered).await;
    for (namespace, pvc) in [
        ("one", "one-prod"),
        // A text is true, whatever it says.
        ("absolute", "absolute-prod-absolute-s"),
        ("object", "object-mine"),
    ] {
        assert!(entry(&state, namespace, pvc).is_some(), "{namespace}/{pvc}: {:#?}", state.sources);
    }
    assert_eq!(
        why(&state, "strange"),
        "it takes values from another repository, https://git/other: the checkout is of git/repo"
    );
    assert!(why(&state, "unnamed").contains("$values, which is not known here"));
    assert!(why(&state, "repository").starts_with("the chart redis is in a Helm repository"));
    // The values of another source change.
    write(root, "values/prod.yaml", "volume: later\n");
    until(&mut states, |state| entry(state, "one", "one-later").is_some()).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_folder_of_another_repository_is_not_taken_from_this_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "media/pvc.yaml", &PVC.replace("NAME", "library"));
    write(root, "here/pvc.yaml", &PVC.replace("NAME", "data"));
    let of = |repo: &str, path: &str| json!({"repoURL": repo, "path": path});
    let both = [
        application("media", &of("https://robot:secret@git/other.git", "media")),
        application("here", &of("git@git:repo.git", "here")),
    ];
    let api = api(&both);
    // Which of the two it is nobody says.
    let (mut states, daemon) = api.serve(options(root));
    let state = until(&mut states, is_rendered).await;
    for app in ["media", "here"] {
        assert!(
            why(&state, app).ends_with("is not known: give --repo-url"),
            "{}",
            why(&state, app)
        );
    }
    daemon.stop().await;
    // Git does.
    write(root, ".git/config", "[remote \"origin\"]\n\turl = https://git/repo\n");
    let (mut states, daemon) = api.serve(options(root));
    let state = until(&mut states, is_rendered).await;
    assert_eq!(
        why(&state, "media"),
        "it comes from another repository, https://git/other.git: the checkout is of git/repo"
    );
    assert!(entry(&state, "here", "data").is_some());
    let volume = entry(&state, "media", "library").unwrap();
    let codes: Vec<_> = volume.restore_readiness.findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&"source-not-rendered"), "{codes:?}");
    assert_ne!(volume.restore_readiness.rebuild, "restore");
    // With nothing of the checkout named, the folder is not taken for what is applied.
    api.set(vec![both[0].clone()]);
    let state = until(&mut states, |state| state.sources.len() == 1).await;
    assert!(why(&state, "media").starts_with("it comes from another repository"));
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_not_known_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "here/pvc.yaml", &PVC.replace("NAME", "data"));
    let filter = json!({"path": "here", "directory": {"disableExtensionFilter": true}});
    let newer = json!({"path": "here", "helm": {"thatIsNew": "x", "skipTests": true}});
    let api = api(&[
        application("filter", &filter),
        application("newer", &newer),
        application("above", &json!({"path": "../here"})),
        application("well", &json!({"path": "here", "directory": {"recurse": false}})),
    ]);
    let (mut states, daemon) = api.serve(options(root));
    let state = until(&mut states, is_rendered).await;
    for (app, why) in [
        ("filter", Some("it sets directory.disableExtensionFilter, which is not followed here")),
        ("newer", Some("it sets helm.thatIsNew, which is not followed here")),
        ("above", Some("its path leads out of the repository")),
        ("well", None),
    ] {
        assert_eq!(source(&state, app).error.as_deref(), why, "{app}");
    }
    daemon.stop().await;
}
