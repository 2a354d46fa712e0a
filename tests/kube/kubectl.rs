//! The installed kubectl reads from the fake API server.

use crate::fake::FakeCluster;
use crate::scenarios::source;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Finds kubectl; without one the test says that it is skipped.
fn kubectl(test: &str) -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools).chain(std::env::split_paths(&path));
    let found = folders.map(|folder| folder.join("kubectl")).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: {test}: no kubectl in target/tools or PATH (.ci/tools target/tools)");
    }
    found
}

/// Runs kubectl against a server, and returns what it prints.
async fn run(kubectl: &Path, server: SocketAddr, arguments: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(kubectl);
    command
        .env_clear()
        .env("HOME", home.path())
        .env("KUBECONFIG", "/dev/null")
        .arg(format!("--server=http://{server}"))
        .args(arguments.split(' '));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "kubectl {arguments}: {said}");
    String::from_utf8(output.stdout).unwrap() + &said
}

#[tokio::test]
async fn kubectl_reads_from_it() {
    let Some(kubectl) = kubectl("kubectl_reads_from_it") else { return };
    let cluster = FakeCluster::new();
    for index in 0..7 {
        cluster.apply(source(&format!("source-{index}")));
    }
    cluster.apply(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"namespace": "paperless", "name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
        "status": {"phase": "Bound"},
    }));
    let address = cluster.listen().await;
    let run = |arguments: &'static str| run(&kubectl, address, arguments);

    let kinds = run("api-resources -o name").await;
    assert!(kinds.contains("replicationsources.volsync.backube"), "{kinds}");
    assert!(run("version").await.contains("Server Version: v1.33.0"));

    let table = run("get replicationsources -A --chunk-size=3").await;
    assert_eq!(table.lines().count(), 8, "{table}");
    assert!(table.contains("default     source-6"), "{table}");
    assert!(run("get pvc -A").await.contains("paperless   data"));

    let names = run("get replicationsources -n default -l app=source-3 -o name").await;
    assert_eq!(names, "replicationsource.volsync.backube/source-3\n");
    let size = "get pvc data -n paperless -o jsonpath={.spec.resources.requests.storage}";
    assert_eq!(run(size).await, "5Gi");
    let yaml = run("get replicationsources source-1 -o yaml").await;
    assert!(yaml.contains("schedule: 0 * * * *"), "{yaml}");

    let described = run("describe pvc data -n paperless").await;
    assert!(described.contains("Status:        Bound"), "{described}");
    let described = run("describe replicationsource source-2 -n default").await;
    assert!(described.contains("Source PVC:  source-2"), "{described}");

    let asked = cluster.asked();
    assert!(asked.iter().all(|asked| asked.verb != crate::fake::Verb::Write));
}
