//! A real kube-apiserver does what the fake one does, and the daemon says the same of both.
//!
//! `KUBEBUILDER_ASSETS` names a folder with `etcd` and `kube-apiserver`, as controller-runtime's
//! `setup-envtest` makes one; without it the tests say that they are skipped. What the fake
//! is made to do wrong cannot be asked of a real server, and is not asked here.

use crate::daemon::{Said, is_green, is_settled, is_well, said};
use crate::fake::{FakeCluster, definition};
use crate::scenarios::{self as scenario, Server};
use crate::world::{Namespace, classes};
use jiff::Timestamp;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::{Client, Config};
use plumber::audit::Kind;
use plumber::daemon::{Daemon, Options, Rendering, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const TOKEN: &str = "a-token-of-a-server-that-lives-for-one-test";

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// kube-apiserver on etcd.
struct Real {
    client: Client,
    minor: u32,
    _processes: [Process; 2],
    _folder: tempfile::TempDir,
}

fn start(program: &Path, log: &Path, arguments: &[String]) -> Process {
    let log = std::fs::File::create(log).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    Process(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display())))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Returns the folder with the programs; without what is needed the test says that it is skipped.
fn assets(test: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from) else {
        eprintln!("skipped: {test}: KUBEBUILDER_ASSETS names no etcd and kube-apiserver");
        return None;
    };
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: {test}: no openssl in PATH, to make the key of service accounts");
        return None;
    }
    Some(folder)
}

/// Returns the minor version of a server.
fn minor(assets: &Path) -> u32 {
    let output = Command::new(assets.join("kube-apiserver")).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let minor = text.split('.').nth(1).and_then(|minor| minor.parse().ok());
    minor.unwrap_or_else(|| panic!("kube-apiserver --version says {text:?}"))
}

/// The first minor version with lists as watches.
const STREAMS: u32 = 27;
/// The first minor version that keeps `dataSourceRef` of a volume.
const REFERENCES: u32 = 24;
/// What operators install.
const INSTALLED: &[&str] = &[
    "replicationsources",
    "replicationdestinations",
    "volumesnapshots",
    "volumesnapshotclasses",
    "volumepopulators",
    "applications",
    "externalsecrets",
];

impl Real {
    async fn start(assets: &Path) -> Self {
        let minor = minor(assets);
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let key = path("accounts.key");
        let made = Command::new("openssl").args(["genrsa", "-out", &key, "2048"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::write(path("tokens"), format!("{TOKEN},admin,1,system:masters\n")).unwrap();
        let (store, peers, port) = (free_port(), free_port(), free_port());
        let etcd = start(
            &assets.join("etcd"),
            &folder.path().join("etcd.log"),
            &[
                format!("--data-dir={}", path("etcd")),
                format!("--listen-client-urls=http://127.0.0.1:{store}"),
                format!("--advertise-client-urls=http://127.0.0.1:{store}"),
                format!("--listen-peer-urls=http://127.0.0.1:{peers}"),
                "--unsafe-no-fsync".to_owned(),
            ],
        );
        let apiserver = start(
            &assets.join("kube-apiserver"),
            &folder.path().join("apiserver.log"),
            &[
                format!("--etcd-servers=http://127.0.0.1:{store}"),
                format!("--cert-dir={}", path("certificates")),
                format!("--secure-port={port}"),
                "--bind-address=127.0.0.1".to_owned(),
                "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
                "--disable-admission-plugins=ServiceAccount".to_owned(),
                "--authorization-mode=RBAC".to_owned(),
                format!("--token-auth-file={}", path("tokens")),
                format!("--service-account-issuer=https://127.0.0.1:{port}/"),
                format!("--service-account-key-file={key}"),
                format!("--service-account-signing-key-file={key}"),
                // A gate that a server does not know keeps it from starting.
                format!("--feature-gates={}", if minor >= STREAMS { "WatchList=true" } else { "" }),
            ],
        );
        let mut config = Config::new(format!("https://127.0.0.1:{port}").parse().unwrap());
        config.accept_invalid_certs = true;
        config.auth_info.token = Some(TOKEN.to_owned().into());
        // What is refused is looked at, as by the daemon.
        config.default_retry = false;
        let client = Client::try_from(config).unwrap();
        let ready = || client.request_text(http::Request::get("/readyz").body(Vec::new()).unwrap());
        for attempt in 0.. {
            if ready().await.is_ok() {
                break;
            }
            if attempt == 120 {
                let log = std::fs::read_to_string(folder.path().join("apiserver.log")).unwrap();
                panic!("kube-apiserver does not start:\n{log}");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Self { client, minor, _processes: [apiserver, etcd], _folder: folder }
    }
}

impl Server for Real {
    fn client(&self) -> Client {
        self.client.clone()
    }

    async fn apply(&self, mut object: Value) {
        let approval = "api-approved.kubernetes.io";
        if object["kind"] == "CustomResourceDefinition" {
            // Without it the groups of Kubernetes itself take no kinds.
            object["metadata"]["annotations"][approval] = "unapproved, for tests".into();
        }
        let status = json!({"status": object["status"]});
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let types = object.types.clone().unwrap();
        let (group, version) =
            types.api_version.split_once('/').unwrap_or(("", &types.api_version));
        let kind = types.kind.as_str();
        let plural = match Kind::ALL.iter().find(|known| known.id() == kind) {
            Some(known) => known.plural().to_owned(),
            None => format!("{}s", kind.to_lowercase()),
        };
        let api = self.api((group, version, kind, &plural), object.metadata.namespace.as_deref());
        let params = PatchParams::apply("plumber-tests").force();
        let name = object.metadata.name.clone().unwrap();
        api.patch(&name, &params, &Patch::Apply(&object)).await.unwrap();
        // The status of a kind of the server's own is none of the object's.
        if kind == "PersistentVolumeClaim" {
            let params = PatchParams::default();
            api.patch_status(&name, &params, &Patch::Merge(&status)).await.unwrap();
        }
    }

    fn streams(&self) -> bool {
        self.minor >= STREAMS
    }

    async fn delete(&self, group: &str, plural: &str, namespace: &str, name: &str) {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let known = Kind::ALL.iter().find(|known| known.plural() == plural);
        let version = if group == "volsync.backube" { "v1alpha1" } else { "v1" };
        let kind = known.map_or("", |known| known.id());
        let api = self.api((group, version, kind, plural), namespace);
        api.delete(name, &DeleteParams::default()).await.unwrap();
    }
}

impl Real {
    fn api(
        &self,
        (group, version, kind, plural): (&str, &str, &str, &str),
        namespace: Option<&str>,
    ) -> Api<DynamicObject> {
        let dot = if group.is_empty() { "" } else { "/" };
        let kind = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: format!("{group}{dot}{version}"),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind),
            None => Api::all_with(self.client.clone(), &kind),
        }
    }
}

/// Starting a server takes longer than all of them together.
#[tokio::test]
async fn a_real_server_passes_the_same_scenarios() {
    let test = "a_real_server_passes_the_same_scenarios";
    let Some(assets) = assets(test) else { return };
    let server = Real::start(&assets).await;
    scenario::pages_show_one_moment(&server).await;
    scenario::revisions_grow(&server).await;
    scenario::an_old_revision_is_gone(&server).await;
    scenario::a_revision_to_come_is_not_served(&server).await;
    scenario::wrong_parameters_are_refused(&server).await;
    scenario::selectors_choose(&server).await;
    scenario::a_kind_comes_and_goes(&server).await;
    scenario::metadata_comes_alone(&server).await;
    scenario::the_watcher_follows(&server, scenario::paged()).await;
    if server.streams() {
        scenario::a_streamed_list_is_marked(&server).await;
        scenario::the_watcher_follows(&server, scenario::streamed()).await;
    } else {
        eprintln!("skipped: {test}: lists as watches: Kubernetes 1.{} has none", server.minor);
    }
}

/// Fills a server with volumes of which every one would come back.
async fn populate(server: &impl Server, objects: &[Value]) {
    for plural in INSTALLED {
        server.apply(definition(plural)).await;
    }
    // A kind is defined before it is served.
    for path in ["volsync.backube/v1alpha1/replicationdestinations", SNAPSHOTS, SNAPSHOT_CLASSES] {
        scenario::served(&server.client(), &format!("/apis/{path}")).await;
    }
    for object in objects {
        server.apply(object.clone()).await;
    }
}

const SNAPSHOTS: &str = "snapshot.storage.k8s.io/v1/volumesnapshots";
const SNAPSHOT_CLASSES: &str = "snapshot.storage.k8s.io/v1/volumesnapshotclasses";

/// Returns what the daemon says of a server, before and after a snapshot is lost.
async fn told(server: &impl Server, folder: &Path) -> [BTreeMap<(String, String), Said>; 2] {
    let mut options = Options::new(folder);
    options.rendering = Rendering::Whole;
    let (mut states, daemon) = Daemon::start(server.client(), options);
    let minute = Duration::from_mins(1);
    let before = tokio::time::timeout(minute, states.wait_for(|state| is_settled(state))).await;
    let before = before.expect("it settles").unwrap().clone();
    assert!(is_green(&before), "{:#?}", said(&before));
    let name = "volsync-volume-1-dst-image";
    server.delete("snapshot.storage.k8s.io", "volumesnapshots", "media", name).await;
    let is_lost = |state: &std::sync::Arc<State>| !is_well(state, "volume-1");
    let after = tokio::time::timeout(minute, states.wait_for(is_lost)).await;
    let after = after.expect("the loss").unwrap().clone();
    assert!(is_well(&after, "volume-0"));
    daemon.stop().await;
    [said(&before), said(&after)]
}

#[tokio::test]
async fn the_daemon_says_of_a_real_server_what_it_says_of_the_fake_one() {
    let test = "the_daemon_says_of_a_real_server_what_it_says_of_the_fake_one";
    let Some(assets) = assets(test) else { return };
    let real = Real::start(&assets).await;
    let namespace = Namespace::new("media", 3);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.yaml"), namespace.manifests()).unwrap();
    let mut objects = namespace.objects(Timestamp::now());
    objects.extend(classes());
    if real.minor < REFERENCES {
        eprintln!("skipped: {test}: the live reference: Kubernetes 1.{} drops it", real.minor);
        for object in &mut objects {
            if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
                spec.remove("dataSourceRef");
            }
        }
    }
    let fake = FakeCluster::bare();
    populate(&fake, &objects).await;
    populate(&real, &objects).await;
    assert_eq!(told(&real, folder.path()).await, told(&fake, folder.path()).await);
}
