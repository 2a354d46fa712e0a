//! The daemon under test: on the fake API server, with every state it publishes looked at.
//!
//! Whatever goes wrong, of each state it holds that
//! - nothing is said to come back while a kind it hangs on was not seen, or not for a long time;
//! - nothing that is in the cluster is missing, once it was seen.

use crate::fake::{FakeCluster, Verb};
use crate::world::{Namespace, classes};
use jiff::{SignedDuration, Timestamp};
use plumber::audit::Kind;
use plumber::audit::document::{Entry, Rated};
use plumber::daemon::{Clock, Daemon, Health, Options, Rendering, State};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// When every test begins.
const NOW: &str = "2026-11-02T04:00:00Z";
/// How old what is seen may be for a volume to come back: as long as the operator's entries may.
const STALE: SignedDuration = SignedDuration::from_mins(15);

/// What is said of a volume: verdict, outcomes, codes of findings.
pub(crate) type Said = (String, [String; 2], BTreeSet<String>);

/// The daemon, its cluster and its folder.
pub(crate) struct Subject {
    pub(crate) cluster: FakeCluster,
    pub(crate) states: Receiver<Arc<State>>,
    folder: tempfile::TempDir,
    daemon: Daemon,
    witness: JoinHandle<()>,
    /// What must not be and was.
    wrong: Arc<Mutex<BTreeSet<String>>>,
    /// Namespace and name of the volumes that are to be there.
    there: Arc<Mutex<BTreeSet<(String, String)>>>,
    zero: Instant,
}

/// Fills a cluster with volumes of which every one would come back.
pub(crate) fn populate(cluster: &FakeCluster, namespace: &Namespace) {
    for object in classes() {
        cluster.apply(object);
    }
    for object in namespace.objects(NOW.parse().unwrap()) {
        cluster.apply(object);
    }
}

/// Returns the volumes that most tests use.
pub(crate) fn some() -> Namespace {
    Namespace::new("media", 3)
}

impl Subject {
    /// Starts the daemon on a populated cluster, which may be made to fail before.
    pub(crate) fn start(cluster: FakeCluster) -> Self {
        Self::start_with(cluster, &some(), |_| {})
    }

    /// Starts the daemon with some options changed.
    pub(crate) fn start_with(
        cluster: FakeCluster,
        namespace: &Namespace,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let client = cluster.client();
        Self::start_on(cluster, client, namespace, change)
    }

    /// Starts the daemon with a client of its own.
    pub(crate) fn start_on(
        cluster: FakeCluster,
        client: kube::Client,
        namespace: &Namespace,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        populate(&cluster, namespace);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("app.yaml"), namespace.manifests()).unwrap();
        let zero = Instant::now();
        let mut options = options(folder.path(), zero);
        change(&mut options);
        let (states, daemon) = Daemon::start(client, options);
        let names = namespace.volumes.iter().map(|name| (namespace.name.clone(), name.clone()));
        let there = Arc::new(Mutex::new(names.collect()));
        let wrong = Arc::default();
        let witness = tokio::spawn(watch(states.clone(), Arc::clone(&wrong), Arc::clone(&there)));
        Self { cluster, states, folder, daemon, witness, wrong, there, zero }
    }

    /// Says that a volume need no longer be there.
    pub(crate) fn let_go(&self, namespace: &str, name: &str) {
        self.there.lock().unwrap().remove(&(namespace.to_owned(), name.to_owned()));
    }

    /// Returns what was published last.
    pub(crate) fn now(&self) -> Arc<State> {
        Arc::clone(&self.states.borrow())
    }

    /// Waits for a state.
    pub(crate) async fn until(
        &self,
        what: &str,
        patience: Duration,
        is: impl Fn(&State) -> bool,
    ) -> Arc<State> {
        let mut states = self.states.clone();
        let found = tokio::time::timeout(patience, states.wait_for(|state| is(state))).await;
        if let Ok(state) = found {
            return Arc::clone(&state.unwrap());
        }
        let state = self.now();
        panic!("{what} is not seen in {patience:?}: {:#?} {:#?}", said(&state), state.watches)
    }

    /// Waits until every volume would come back.
    pub(crate) async fn until_green(&self, patience: Duration) -> Arc<State> {
        self.until("green", patience, is_green).await
    }

    /// Waits until it says the same as a daemon that is started now, and ends everything.
    pub(crate) async fn recovers(self, patience: Duration) {
        let (fresh, other) =
            Daemon::start(self.cluster.client(), options(self.folder.path(), self.zero));
        let mut fresh = fresh;
        let told =
            tokio::time::timeout(Duration::from_mins(5), fresh.wait_for(|state| is_settled(state)))
                .await;
        let told = said(&told.expect("a daemon that starts").unwrap());
        other.stop().await;
        self.until(&format!("{told:#?}"), patience, |state| {
            is_settled(state) && said(state) == told
        })
        .await;
        self.end().await;
    }

    /// Ends everything, and tells what was wrong on the way.
    pub(crate) async fn end(self) {
        self.witness.abort();
        self.daemon.stop().await;
        let wrong = self.wrong.lock().unwrap();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let writes: Vec<_> =
            self.cluster.asked().into_iter().filter(|asked| asked.verb == Verb::Write).collect();
        assert!(writes.is_empty(), "{writes:?}");
    }
}

fn options(folder: &std::path::Path, zero: Instant) -> Options {
    let start: Timestamp = NOW.parse().unwrap();
    Options {
        rendering: Rendering::Whole,
        clock: Clock::new(move || start + zero.elapsed()),
        ..Options::new(folder)
    }
}

/// Returns what is said of each volume.
pub(crate) fn said(state: &State) -> BTreeMap<(String, String), Said> {
    let of = |entry: Entry| {
        let readiness = &entry.restore_readiness;
        let outcomes = [readiness.rebuild, readiness.pvc_recreate].map(ToOwned::to_owned);
        let codes = readiness.findings.iter().map(|finding| finding.code.to_owned()).collect();
        ((entry.namespace, entry.pvc), (readiness.verdict.to_owned(), outcomes, codes))
    };
    state.document.volumes().map(of).collect()
}

/// Returns what is said of one volume: its verdict and outcomes.
pub(crate) fn of(state: &State, name: &str) -> (String, [String; 2]) {
    let said = said(state).remove(&("media".to_owned(), name.to_owned()));
    let (verdict, outcomes, _) = said.unwrap_or_else(|| panic!("{name} is not there"));
    (verdict, outcomes)
}

/// Returns whether a volume would come back, whatever happens.
pub(crate) fn is_well(state: &State, name: &str) -> bool {
    of(state, name).1.iter().all(|outcome| outcome == "restore")
}

/// Returns whether any volume would come back, in any scenario.
pub(crate) fn has_green(state: &State) -> bool {
    said(state).values().any(|(_, outcomes, _)| outcomes.iter().any(|it| it == "restore"))
}

/// Returns whether there are volumes and all would come back.
pub(crate) fn is_green(state: &State) -> bool {
    let said = said(state);
    !said.is_empty()
        && said.values().all(|(_, outcomes, _)| outcomes.iter().all(|it| it == "restore"))
}

/// Returns whether every kind is known, or known not to be.
pub(crate) fn is_settled(state: &State) -> bool {
    let known = |health| matches!(health, Health::Live | Health::Forbidden | Health::Absent);
    state.is_ready() && state.watches.iter().all(|watch| known(watch.health))
}

/// Returns how a kind is watched.
pub(crate) fn health(state: &State, kind: Kind) -> Health {
    state.watches.iter().find(|watch| watch.kind == kind).unwrap().health
}

/// Looks at each state.
async fn watch(
    mut states: Receiver<Arc<State>>,
    wrong: Arc<Mutex<BTreeSet<String>>>,
    there: Arc<Mutex<BTreeSet<(String, String)>>>,
) {
    while states.changed().await.is_ok() {
        let state = Arc::clone(&states.borrow_and_update());
        if state.revision == 0 {
            continue;
        }
        let there = there.lock().unwrap().clone();
        let found = [unproven(&state), missing(&state, &there)].concat();
        wrong.lock().unwrap().extend(found);
    }
}

/// Returns what is said to come back though what proves it was not seen.
fn unproven(state: &State) -> Vec<String> {
    let unseen = state.watches.iter().filter(|watch| !watch.kind.is_optional()).find(|watch| {
        let is_old = watch.seen_at.is_none_or(|at| state.evaluated_at.duration_since(at) > STALE);
        !matches!(watch.health, Health::Live | Health::Broken) || is_old
    });
    let Some(unseen) = unseen else { return Vec::new() };
    let said = said(state);
    let green =
        said.iter().filter(|(_, (_, outcomes, _))| outcomes.iter().any(|it| it == "restore"));
    green
        .map(|((namespace, name), _)| {
            format!(
                "{namespace}/{name} comes back, and {} was {:?}, seen {:?}, at {}",
                unseen.kind.id(),
                unseen.health,
                unseen.seen_at,
                state.evaluated_at
            )
        })
        .collect()
}

/// Returns what is said to be gone though it is there, of kinds that were seen.
fn missing(state: &State, there: &BTreeSet<(String, String)>) -> Vec<String> {
    let is_seen = |kind| matches!(health(state, kind), Health::Live | Health::Broken);
    let mut missing = Vec::new();
    for (namespace, name) in there {
        let Some(entry) = state.document.find(namespace, name).map(Rated::entry) else {
            missing.push(format!("{namespace}/{name} has no entry at {}", state.evaluated_at));
            continue;
        };
        let live = &entry.live;
        for (kind, seen) in [
            (Kind::PersistentVolumeClaim, live.pvc.is_some()),
            (Kind::ReplicationSource, live.rs.is_some()),
            (Kind::ReplicationDestination, live.rd.is_some()),
            // It is found by what the destination says.
            (Kind::VolumeSnapshot, live.rd.is_none() || live.snapshot.is_some()),
        ] {
            if is_seen(kind) && !seen {
                let kind = kind.id();
                missing.push(format!("{namespace}/{name}: no {kind} at {}", state.evaluated_at));
            }
        }
    }
    missing
}
