//! A real kube-apiserver does what the fake one does.
//!
//! `KUBEBUILDER_ASSETS` names a folder with `etcd` and `kube-apiserver`, as controller-runtime's
//! `setup-envtest` makes one; without it the tests say that they are skipped. What the fake
//! is made to do wrong cannot be asked of a real server, and is not asked here.

use crate::scenarios::{self as scenario, Server};
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::{Client, Config};
use serde_json::Value;
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

    async fn apply(&self, object: Value) {
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let types = object.types.clone().unwrap();
        let kind = types.kind.to_lowercase();
        let (group, plural) = match types.kind.as_str() {
            "CustomResourceDefinition" => ("apiextensions.k8s.io", format!("{kind}s")),
            _ => ("volsync.backube", format!("{kind}s")),
        };
        let params = PatchParams::apply("plumber-tests").force();
        let name = object.metadata.name.clone().unwrap();
        let api = self.api(group, &plural, object.metadata.namespace.as_deref());
        api.patch(&name, &params, &Patch::Apply(&object)).await.unwrap();
    }

    fn streams(&self) -> bool {
        self.minor >= STREAMS
    }

    async fn delete(&self, group: &str, plural: &str, namespace: &str, name: &str) {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let api = self.api(group, plural, namespace);
        api.delete(name, &DeleteParams::default()).await.unwrap();
    }
}

impl Real {
    fn api(&self, group: &str, plural: &str, namespace: Option<&str>) -> Api<DynamicObject> {
        let mut kind = scenario::sources();
        if group == "apiextensions.k8s.io" {
            group.clone_into(&mut kind.group);
            "v1".clone_into(&mut kind.version);
            kind.api_version = format!("{group}/v1");
            "CustomResourceDefinition".clone_into(&mut kind.kind);
        }
        plural.clone_into(&mut kind.plural);
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
