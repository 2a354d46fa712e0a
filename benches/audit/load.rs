//! The cluster that is served, and events that each change one verdict.

use super::cluster::fake::FakeCluster;
use super::cluster::world::{Namespace, classes};
use jiff::Timestamp;
use plumber::daemon::{Daemon, Options, Rendering, State};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How many events come in a second.
pub(crate) const RATE: u32 = 1000;
/// For how long.
const TIME: Duration = Duration::from_secs(20);
/// How many volumes of a namespace there are.
const EACH: usize = 100;
/// Of how many volumes a verdict is changed, in turn.
const CHANGED: usize = 5000;

/// Namespace and name of a volume.
type Volume = (String, String);

/// A cluster of many volumes, and the folder that Git renders from.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    volumes: usize,
    /// Sources whose state is changed.
    sources: Vec<Value>,
}

impl World {
    /// Fills a cluster: of each volume the PVC, its source, its destination and its snapshot.
    pub(crate) fn make(cluster: &FakeCluster, volumes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        for class in classes() {
            cluster.apply(class);
        }
        let mut sources = Vec::new();
        for index in 0..volumes.div_ceil(EACH) {
            let namespace = Namespace::new(&format!("n{index}"), EACH.min(volumes - index * EACH));
            let file = folder.path().join(format!("n{index}.yaml"));
            std::fs::write(file, namespace.manifests()).unwrap();
            for mut object in namespace.objects(now) {
                object["metadata"]["managedFields"] = managed(&object);
                if object["kind"] == "ReplicationSource" && sources.len() < CHANGED {
                    sources.push(object.clone());
                }
                cluster.apply(object);
            }
        }
        Self { folder, volumes, sources }
    }

    /// Says whether a report tells of every volume that it would come back.
    pub(crate) fn is_told(&self, report: &[u8]) -> String {
        let report: Value = serde_json::from_slice(report).unwrap_or_default();
        let told = &report["readiness"]["would_restore"];
        let (rebuild, recreate) = (&told["rebuild"], &told["pvc_recreate"]);
        if *rebuild == self.volumes && *recreate == self.volumes {
            "every volume would come back: right".to_owned()
        } else {
            format!("wrong: {rebuild} and {recreate} of {} would come back", self.volumes)
        }
    }
}

/// Returns what the API server notes of who wrote which field.
fn managed(object: &Value) -> Value {
    let fields = |value: &Value| {
        let keys = value.as_object().into_iter().flatten();
        Value::Object(keys.map(|(key, _)| (format!("f:{key}"), json!({}))).collect())
    };
    let entry = |manager: &str, fields: Value| {
        json!({
            "manager": manager, "operation": "Update", "apiVersion": object["apiVersion"],
            "time": "2026-10-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields,
        })
    };
    let spec = json!({
        "f:metadata": {
            "f:labels": fields(&object["metadata"]["labels"]),
            "f:annotations": fields(&object["metadata"]["annotations"]),
        },
        "f:spec": fields(&object["spec"]),
    });
    json!([
        entry("argocd-controller", spec),
        entry("manager", json!({"f:status": fields(&object["status"])})),
    ])
}

/// Sends events of which each changes one verdict, and returns after how many milliseconds each
/// was published, and how many were never published by themselves.
///
/// The daemon runs in this process, on a thread of its own, so that the moment of publication can
/// be seen; it talks to the cluster over TCP.
pub(crate) fn event_to_verdict(
    cluster: &FakeCluster,
    address: SocketAddr,
    world: &World,
    patience: Duration,
) -> (Vec<f64>, usize) {
    let sent: Arc<Mutex<BTreeMap<Volume, VecDeque<Instant>>>> = Arc::default();
    let times: Arc<Mutex<Vec<f64>>> = Arc::default();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let folder = world.folder.path().to_owned();
    let daemon = {
        let (sent, times) = (Arc::clone(&sent), Arc::clone(&times));
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let config = kube::Config::new(format!("http://{address}").parse().unwrap());
                let client = kube::Client::try_from(config).unwrap();
                let options = Options { rendering: Rendering::Whole, ..Options::new(folder) };
                let (mut states, daemon) = Daemon::start(client, options);
                states.wait_for(|state| state.is_ready()).await.unwrap();
                ready.send(()).unwrap();
                let mut last = states.borrow_and_update().revision;
                let follow = async {
                    while states.changed().await.is_ok() {
                        let state = Arc::clone(&states.borrow_and_update());
                        note(&state, last, &sent, &times);
                        last = state.revision;
                    }
                };
                tokio::select! { () = follow => {}, _ = ended => {} }
                daemon.stop().await;
            });
        })
    };
    is_ready.recv_timeout(patience).unwrap();
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < TIME {
        let index = count as usize % world.sources.len();
        let fails = (count as usize / world.sources.len()).is_multiple_of(2);
        let mut source = world.sources[index].clone();
        source["status"]["latestMoverStatus"] = if fails {
            json!({"result": "Failed", "logs": "connection refused\n"})
        } else {
            source["status"]["latestMoverStatus"].take()
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = (text(&source["metadata"]["namespace"]), text(&source["spec"]["sourcePVC"]));
        sent.lock().unwrap().entry(key).or_default().push_back(Instant::now());
        cluster.apply(source);
        count += 1;
        let next = Duration::from_secs(1) * count / RATE;
        std::thread::sleep(next.saturating_sub(start.elapsed()));
    }
    std::thread::sleep(Duration::from_secs(5));
    drop(end);
    daemon.join().unwrap();
    let lost = sent.lock().unwrap().values().map(VecDeque::len).sum();
    (std::mem::take(&mut *times.lock().unwrap()), lost)
}

/// Notes when the changes of a state were seen.
fn note(
    state: &State,
    last: u64,
    sent: &Mutex<BTreeMap<Volume, VecDeque<Instant>>>,
    times: &Mutex<Vec<f64>>,
) {
    let now = Instant::now();
    let (mut sent, mut times) = (sent.lock().unwrap(), times.lock().unwrap());
    for change in state.changes.iter().rev().take_while(|change| change.revision > last) {
        let key = (change.namespace.clone(), change.pvc.clone());
        if let Some(at) = sent.get_mut(&key).and_then(VecDeque::pop_front) {
            times.push(now.duration_since(at).as_secs_f64() * 1e3);
        }
    }
}
