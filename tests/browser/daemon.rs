//! `plumber audit serve` itself, beside a folder and an API server that the test changes.

use crate::cluster::apart::serve;
use crate::cluster::fake::FakeCluster;
use crate::cluster::world::{Namespace, classes};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The commit of the folder.
pub(crate) const COMMIT: &str = "6d85c63f0a6d85c63f0a6d85c63f0a6d85c63f0a";

/// What is in Git and needs no backup.
const CACHE: &str = "---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: cache
  namespace: media
  labels:
    backup-exempt: 'true'
  annotations:
    pvc-plumber.io/backup-exempt-reason: thumbnails, made anew when they are asked for
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: disks
  resources: {requests: {storage: 1Gi}}
";

/// The daemon, and what it looks at.
pub(crate) struct Daemon {
    pub(crate) cluster: FakeCluster,
    /// Its address, with a slash at the end.
    pub(crate) address: String,
    /// What Git renders from.
    pub(crate) folder: TempDir,
    pub(crate) listen: SocketAddr,
    home: TempDir,
    child: Option<Child>,
}

impl Daemon {
    /// Starts it beside three volumes that would come back, and one that is exempt.
    pub(crate) fn of_three() -> Self {
        let namespace = Namespace::new("media", 3);
        let cluster = FakeCluster::new();
        for object in classes() {
            cluster.apply(object);
        }
        for object in namespace.objects(jiff::Timestamp::now()) {
            cluster.apply(object);
        }
        cluster.apply(json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"namespace": "media", "name": "cache"},
            "spec": {
                "accessModes": ["ReadWriteOnce"], "storageClassName": "disks",
                "volumeName": "pvc-of-cache", "resources": {"requests": {"storage": "1Gi"}},
            },
            "status": {"phase": "Bound"},
        }));
        let mut daemon = Self::beside(cluster);
        daemon.write("volumes.yaml", &(namespace.manifests() + CACHE));
        daemon.start();
        daemon
    }

    /// Prepares it beside a cluster and an empty checkout.
    pub(crate) fn beside(cluster: FakeCluster) -> Self {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let server = serve(&cluster);
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://{server}")}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "users": [{"name": "fake", "user": {}}],
        });
        std::fs::write(home.path().join("kubeconfig"), kubeconfig.to_string()).unwrap();
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = format!("http://{listen}/");
        let daemon = Self { cluster, address, folder, listen, home, child: None };
        daemon.write(".git/HEAD", COMMIT);
        daemon
    }

    /// Writes a file of the checkout.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Returns a file of the checkout.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(path)).unwrap()
    }

    /// Starts the process, on the address that it had before.
    pub(crate) fn start(&mut self) {
        let log = std::fs::File::create(self.home.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .args(["audit", "serve", "--whole", "--listen", &self.listen.to_string()])
            .arg("--manifests")
            .arg(self.folder.path())
            .arg("--kubeconfig")
            .arg(self.home.path().join("kubeconfig"))
            .env_clear()
            .env("HOME", self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let began = std::time::Instant::now();
        while std::net::TcpStream::connect(self.listen).is_err() {
            let log = std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
            assert!(began.elapsed() < crate::chromium::PATIENCE, "it does not start: {log}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Ends the process, as a machine that goes away does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().map(drop).unwrap();
        }
    }

    /// Lets the process stand still, or go on.
    pub(crate) fn hold(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.as_ref().unwrap().id()).unwrap();
        let process = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(process, signal).unwrap();
    }

    /// Lets the last backup of a volume fail, or succeed again.
    pub(crate) fn backup(&self, volume: &str, fails: bool) {
        let is = |object: &Value| {
            object["kind"] == "ReplicationSource" && object["spec"]["sourcePVC"] == volume
        };
        let objects = Namespace::new("media", 3).objects(jiff::Timestamp::now());
        let mut source = objects.into_iter().find(is).unwrap();
        if fails {
            source["status"]["latestMoverStatus"] =
                json!({"result": "Failed", "logs": "connection refused\n"});
        }
        self.cluster.apply(source);
    }

    /// Takes the image away from which a volume would be recreated.
    pub(crate) fn lose_image(&self, volume: &str) {
        let name = format!("volsync-{volume}-dst-image");
        self.cluster.delete("snapshot.storage.k8s.io", "volumesnapshots", "media", &name);
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}
