//! `plumber audit serve` as a process of its own, and what the kernel says of its memory.

use super::http::{self, Ask};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The daemon.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Served {
    /// Starts it on a cluster and a folder.
    pub(crate) fn start(cluster: SocketAddr, manifests: &Path) -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let kubeconfig = folder.path().join("kubeconfig");
        std::fs::write(
            &kubeconfig,
            format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: fake\nclusters:\n- name: fake\n  \
                 cluster: {{server: \"http://{cluster}\"}}\ncontexts:\n- name: fake\n  \
                 context: {{cluster: fake, user: fake}}\nusers:\n- name: fake\n  user: {{}}\n"
            ),
        )?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = std::fs::File::create(folder.path().join("log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .args(["audit", "serve", "--whole", "--manifests"])
            .arg(manifests)
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .arg("--listen")
            .arg(address.to_string())
            // Nobody's settings but the defaults.
            .env_clear()
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Self { child, address, folder })
    }

    /// Waits until it has an answer.
    pub(crate) fn until_ready(&mut self, patience: Duration) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if http::get(self.address, &Ask::plain("/readyz")).is_ok() {
                return Ok(());
            }
            if self.child.try_wait().map_err(|error| error.to_string())?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(log.lines().last().unwrap_or("it said nothing").replace('|', "/"))
    }

    fn status(&self, field: &str) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        kibibytes.map_or(f64::NAN, |kibibytes| kibibytes / 1024.0)
    }

    /// Its resident set, in MiB.
    pub(crate) fn resident(&self) -> f64 {
        self.status("VmRSS")
    }

    /// The largest its resident set has been, in MiB.
    pub(crate) fn peak(&self) -> f64 {
        self.status("VmHWM")
    }

    /// Lets the largest be found anew from here on.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    /// Ends it.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
