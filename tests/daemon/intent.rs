//! What Git intends: which part is rendered how, again when something changes, and never gone
//! because it does not render.

use crate::api::{Api, dumped, until};
use plumber::audit::document::Entry;
use plumber::daemon::{Options, State};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

pub(crate) const PVC: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: NAME
  labels: {pvc-plumber.io/enabled: 'true', pvc-plumber.io/manage-volsync: 'true'}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

pub(crate) fn application(name: &str, source: &Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "resourceVersion": "5"},
        "spec": {
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
        },
    })
}

fn plugin(path: &str) -> Value {
    json!({"repoURL": "https://git/repo", "path": path, "plugin": {"name": "plumber"}})
}

pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn entry(state: &State, namespace: &str, pvc: &str) -> Option<Entry> {
    Some(state.document.find(namespace, pvc)?.entry())
}

pub(crate) fn api(applications: &[Value]) -> Api {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/audit/kept-by-argo-cd");
    let (kinds, objects) = dumped(&folder);
    let others = objects.into_iter().filter(|object| object["kind"] != "Application");
    Api::new(kinds, others.chain(applications.iter().cloned()).collect())
}

pub(crate) fn is_rendered(state: &State) -> bool {
    state.revision > 0 && state.is_ready()
}

#[tokio::test]
async fn applications_say_what_is_rendered_and_how() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "apps/wired/pvc.yaml", &PVC.replace("NAME", "data"));
    write(root, "apps/plain/deep/pvc.yaml", &PVC.replace("NAME", "data"));
    write(root, "apps/nobodys/pvc.yaml", &PVC.replace("NAME", "data"));
    let recurse = json!({"path": "apps/plain", "directory": {"recurse": true}});
    let elsewhere = json!({"repoURL": "https://charts", "chart": "redis"});
    let api = api(&[
        application("wired", &plugin("apps/wired")),
        application("plain", &recurse),
        application("chart", &elsewhere),
    ]);
    let mut options = Options::new(root);
    options.planning.managed_namespaces = vec!["*".to_owned()];
    let (mut states, daemon) = api.serve(options);
    let state = until(&mut states, is_rendered).await;
    let wired = entry(&state, "wired", "data").unwrap_or_else(|| panic!("{:#?}", state.sources));
    assert_eq!(wired.intent.data_source_ref.as_deref(), Some("data-dst"));
    assert!(wired.intent.path.as_ref().unwrap().starts_with("apps/wired/pvc.yaml:"));
    // Argo CD renders it by itself, and nothing is added.
    let plain = entry(&state, "plain", "data").unwrap();
    assert_eq!(plain.intent.data_source_ref, None);
    assert_eq!(plain.restore_readiness.rebuild, "empty");
    assert!(entry(&state, "nobodys", "data").is_none());
    let failed: Vec<_> = state.sources.iter().filter(|source| source.error.is_some()).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].error.as_ref().unwrap().contains("redis"));
    daemon.stop().await;
}

#[tokio::test]
async fn what_does_not_render_is_unknown_and_not_gone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a/pvc.yaml", &PVC.replace("NAME", "one"));
    write(root, "b/pvc.yaml", &PVC.replace("NAME", "two"));
    let api = api(&[application("a", &plugin("a")), application("b", &plugin("b"))]);
    let mut options = Options::new(root);
    options.planning.managed_namespaces = vec!["*".to_owned()];
    let (mut states, daemon) = api.serve(options);
    let state = until(&mut states, is_rendered).await;
    let before = entry(&state, "b", "two").unwrap();
    assert!(entry(&state, "a", "one").is_some());
    write(root, "a/pvc.yaml", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: [\n");
    let failed = |state: &State| state.sources.iter().any(|source| source.error.is_some());
    let state = until(&mut states, failed).await;
    let one = entry(&state, "a", "one").unwrap();
    let codes: Vec<_> = one.restore_readiness.findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&"source-not-rendered"), "{codes:?}");
    assert_ne!(one.restore_readiness.rebuild, "restore");
    let two = entry(&state, "b", "two").unwrap();
    assert_eq!(two.restore_readiness.verdict, before.restore_readiness.verdict);
    // A volume that nobody knows may be in what does not render.
    let unknown = entry(&state, "media", "library").unwrap();
    assert!(state.document.findings.iter().any(|finding| finding.code == "source-not-rendered"));
    assert_ne!(unknown.restore_readiness.rebuild, "restore");
    write(root, "a/pvc.yaml", &PVC.replace("NAME", "one"));
    let state = until(&mut states, |state| !failed(state)).await;
    assert!(entry(&state, "a", "one").is_some());
    fs::remove_dir_all(root).unwrap();
    let state = until(&mut states, failed).await;
    assert!(entry(&state, "a", "one").is_some(), "a folder that is gone deletes nothing");
    daemon.stop().await;
}

#[tokio::test]
async fn a_link_that_is_swapped_and_applications_that_change_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let hashes = ["1", "2"].map(|digit| digit.repeat(40));
    let link = root.join("current");
    write(root, &format!("{}/a/pvc.yaml", hashes[0]), &PVC.replace("NAME", "old"));
    write(root, &format!("{}/a/pvc.yaml", hashes[1]), &PVC.replace("NAME", "new"));
    write(root, &format!("{}/b/pvc.yaml", hashes[1]), &PVC.replace("NAME", "more"));
    std::os::unix::fs::symlink(root.join(&hashes[0]), &link).unwrap();
    let api = api(&[application("a", &plugin("a"))]);
    let (mut states, daemon) = api.serve(Options::new(&link));
    let state = until(&mut states, is_rendered).await;
    assert_eq!(state.sources[0].revision.as_ref(), Some(&hashes[0]));
    assert!(entry(&state, "a", "old").is_some());
    let next = root.join("next");
    std::os::unix::fs::symlink(root.join(&hashes[1]), &next).unwrap();
    fs::rename(next, &link).unwrap();
    let state = until(&mut states, |state| entry(state, "a", "new").is_some()).await;
    assert!(entry(&state, "a", "old").is_none());
    assert_eq!(state.sources[0].revision.as_ref(), Some(&hashes[1]));
    let changed = [application("a", &plugin("a")), application("b", &plugin("b"))];
    let rendered_at = state.sources[0].rendered_at;
    api.set(changed.to_vec());
    let state = until(&mut states, |state| entry(state, "b", "more").is_some()).await;
    assert_eq!(state.sources[0].rendered_at, rendered_at);
    daemon.stop().await;
}

#[tokio::test]
async fn a_configuration_that_is_corrected_ends_what_it_broke() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    // In mode strict it keeps its application from rendering, which is known without being an error.
    let text = PVC.replace("'true', ", "'true', pvc-plumber.io/tier: nonsense, ");
    write(root, "a/pvc.yaml", &text.replace("NAME", "one"));
    let api = api(&[application("a", &plugin("a"))]);
    let mut options = Options::new(root);
    options.planning.managed_namespaces = vec!["*".to_owned()];
    let (mut states, daemon) = api.serve(options);
    let is_refused = |state: &State| {
        let why = state.sources.first().and_then(|source| source.error.as_ref());
        why.is_some_and(|why| why.starts_with("in mode strict a/one keeps"))
    };
    until(&mut states, is_refused).await;
    write(root, "plumber.yaml", "kind: [\n");
    until(&mut states, |state| is_rendered(state) && !is_refused(state)).await;
    fs::remove_file(root.join("plumber.yaml")).unwrap();
    until(&mut states, is_refused).await;
    daemon.stop().await;
}
