//! What Git intends where no Application says it: `apps:` of the checkout's own `plumber.yaml`.

use crate::fake::FakeCluster;
use jiff::Timestamp;
use plumber::audit::document::Entry;
use plumber::daemon::{Daemon, Options, Source, State};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::Receiver;

const APPS: &str = "apps:\n- path: apps/*/*\n  namespace: '{1}'\n  app: '{name}'\n";

/// Writes the configuration of the checkout.
fn configure(root: &Path, keys: &str) {
    let text = format!("apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n{keys}");
    write(root, "plumber.yaml", &text);
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes a volume that states no namespace.
fn volume(root: &Path, path: &str, name: &str) {
    let text = format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {name}\n  labels: \
         {{pvc-plumber.io/enabled: 'true', pvc-plumber.io/manage-volsync: 'true'}}\nspec: \
         {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n"
    );
    write(root, path, &text);
}

/// Starts the daemon on a checkout, in a cluster that has no Argo CD.
fn serve(root: &Path) -> (Receiver<Arc<State>>, Daemon) {
    let cluster = FakeCluster::new();
    cluster.uninstall("argoproj.io", "applications");
    let mut options = Options::new(root);
    options.planning.managed_namespaces = vec!["*".to_owned()];
    options.poll = Duration::from_millis(50);
    Daemon::start(cluster.client(), options)
}

async fn until(
    states: &mut Receiver<Arc<State>>,
    what: &str,
    is: impl Fn(&State) -> bool,
) -> Arc<State> {
    let found = tokio::time::timeout(Duration::from_mins(1), states.wait_for(|s| is(s))).await;
    if let Ok(state) = found.map(|state| Arc::clone(&state.unwrap())) {
        return state;
    }
    panic!("{what} is not seen: {:#?}", states.borrow().sources)
}

fn entry(state: &State, namespace: &str, pvc: &str) -> Option<Entry> {
    Some(state.document.find(namespace, pvc)?.entry())
}

fn source<'s>(state: &'s State, path: &str) -> &'s Source {
    let is = |source: &&Source| source.path == path;
    state.sources.iter().find(is).unwrap_or_else(|| panic!("{path}: {:#?}", state.sources))
}

fn times(state: &State) -> BTreeMap<String, Option<Timestamp>> {
    state.sources.iter().map(|source| (source.path.clone(), source.rendered_at)).collect()
}

fn codes(entry: &Entry) -> Vec<&str> {
    entry.restore_readiness.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn the_applications_of_the_configuration_are_rendered_apart() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    configure(root, APPS);
    volume(root, "apps/media/films/pvc.yaml", "data");
    volume(root, "apps/media/music/pvc.yaml", "songs");
    volume(root, "apps/work/wiki/pvc.yaml", "data");
    // No glob matches it.
    volume(root, "drafts/pvc.yaml", "draft");
    let (mut states, daemon) = serve(root);
    let state = until(&mut states, "the first answer", State::is_ready).await;
    for (namespace, pvc) in [("media", "data"), ("media", "songs"), ("work", "data")] {
        let entry = entry(&state, namespace, pvc)
            .unwrap_or_else(|| panic!("{namespace}/{pvc}: {:#?}", state.sources));
        assert_eq!(entry.intent.data_source_ref.as_ref(), Some(&format!("{pvc}-dst")));
    }
    assert_eq!(state.document.entries.len(), 3);
    assert_eq!(source(&state, "apps/media/films").app.as_deref(), Some("films"));
    // One application changes: the others are not rendered again.
    let before = times(&state);
    volume(root, "apps/media/films/more.yaml", "posters");
    let state =
        until(&mut states, "a new volume", |s| entry(s, "media", "posters").is_some()).await;
    let after = times(&state);
    assert_ne!(after["apps/media/films"], before["apps/media/films"]);
    assert_eq!(after["apps/media/music"], before["apps/media/music"]);
    assert_eq!(after["apps/work/wiki"], before["apps/work/wiki"]);
    // The configuration names one folder more, and says nothing new of the others.
    configure(root, &format!("{APPS}- path: drafts\n  namespace: later\n"));
    let state = until(&mut states, "one part more", |s| entry(s, "later", "draft").is_some()).await;
    let mut last = times(&state);
    last.remove("drafts");
    assert_eq!(last, after);
    // It says something new of all.
    configure(root, &format!("{APPS}defaults: {{repository: other}}\n"));
    let state = until(&mut states, "one part less", |s| entry(s, "later", "draft").is_none()).await;
    let now = times(&state);
    assert!(after.iter().all(|(path, at)| now[path] > *at), "{now:?} {after:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn an_application_that_does_not_render_is_unknown_and_the_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    configure(root, APPS);
    volume(root, "apps/media/films/pvc.yaml", "data");
    volume(root, "apps/work/wiki/pvc.yaml", "data");
    let (mut states, daemon) = serve(root);
    until(&mut states, "the first answer", State::is_ready).await;
    write(root, "apps/work/wiki/pvc.yaml", "kind: [\n");
    let state = until(&mut states, "the error", |s| source(s, "apps/work/wiki").error.is_some());
    let state = state.await;
    let [wiki, films] =
        ["work", "media"].map(|namespace| entry(&state, namespace, "data").unwrap());
    assert!(codes(&wiki).contains(&"source-not-rendered"), "{:?}", codes(&wiki));
    assert!(!codes(&films).contains(&"source-not-rendered"), "{:?}", codes(&films));
    // Neither does the configuration: nothing is gone, and everything is unknown.
    configure(root, "apps: [{path: apps/*/*, name: x}]\n");
    let state = until(&mut states, "the error", |s| s.sources.iter().all(|it| it.error.is_some()));
    let state = state.await;
    let why = source(&state, "apps/media/films").error.clone().unwrap();
    assert!(why.starts_with("plumber.yaml:3:"), "{why}");
    for namespace in ["media", "work"] {
        let entry = entry(&state, namespace, "data").unwrap();
        assert!(codes(&entry).contains(&"source-not-rendered"), "{:?}", codes(&entry));
    }
    // A glob that matches nothing is no reason to take anything for gone.
    configure(root, &format!("{APPS}- path: aps/*\n"));
    volume(root, "apps/work/wiki/pvc.yaml", "data");
    let state = until(&mut states, "a part", |s| s.sources.len() == 3).await;
    assert_eq!(
        source(&state, "aps/*").error.as_deref(),
        Some("nothing in the checkout matches aps/* of apps")
    );
    assert_eq!(source(&state, "apps/work/wiki").error, None);
    daemon.stop().await;
}

#[tokio::test]
async fn applications_of_another_cluster_are_not_this_ones() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let apps = "apps:\n- path: clusters/*/*\n  namespace: '{name}'\n  cluster: '{1}'\n";
    configure(root, apps);
    volume(root, "clusters/home/media/pvc.yaml", "data");
    volume(root, "clusters/work/wiki/pvc.yaml", "data");
    let (mut states, daemon) = serve(root);
    let state = until(&mut states, "the first answer", State::is_ready).await;
    assert!(state.document.entries.is_empty());
    for path in ["clusters/home/media", "clusters/work/wiki"] {
        let why = source(&state, path).error.clone().unwrap();
        assert!(
            why.ends_with("set PLUMBER_CLUSTER, or cluster in the trusted plumber.yaml"),
            "{why}"
        );
    }
    configure(root, &format!("cluster: home\n{apps}"));
    let state =
        until(&mut states, "the volume", |state| entry(state, "media", "data").is_some()).await;
    assert_eq!(state.sources.len(), 1, "{:#?}", state.sources);
    daemon.stop().await;
}
