//! Charts that depend on a chart of a repository, which is served here.

use crate::repository::{APPLICATION, Repository, fixtures};
use crate::tools::{Tool, installed, present};
use assert_cmd::Command;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Serves the files of a folder until the test ends, and returns the address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut part = [0; 1024];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let read = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
                if read == 0 {
                    break;
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let name = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let (status, body) = match std::fs::read(folder.join(name)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        }
    });
    address
}

fn helm(folder: &Path, home: &Path, arguments: &[&str]) {
    let mut helm = Command::new(installed("helm").unwrap());
    helm.env_clear().env("HOME", home).current_dir(folder).args(arguments).assert().success();
}

/// A repository with one chart, and an application that depends on it.
fn application(served: &Path) -> (Repository, String) {
    let store = fixtures().join("chart-with-a-dependency/repository/charts/store");
    helm(served, served, &["package", store.to_str().unwrap()]);
    let index = "apiVersion: v1\nentries:\n  store:\n  - name: store\n    version: 0.1.0\n    \
                 urls: [store-0.1.0.tgz]\n";
    std::fs::write(served.join("index.yaml"), index).unwrap();
    let address = serve(served.to_owned());
    let chart = format!(
        "apiVersion: v2\nname: media\nversion: 0.1.0\ndependencies:\n- name: store\n  version: \
         0.1.0\n  repository: {address}\n"
    );
    (Repository::with("Chart.yaml", &chart), address)
}

#[test]
fn chart_of_a_repository_nobody_added_is_built() {
    if !present("chart_of_a_repository_nobody_added_is_built", &[Tool::Helm]) {
        return;
    }
    let served = tempfile::tempdir().unwrap();
    let (repository, _) = application(served.path());
    let folder = repository.path(APPLICATION);
    // The lock is written as its author writes it; what was downloaded is not in Git.
    helm(&folder, served.path(), &["dependency", "update"]);
    std::fs::remove_dir_all(folder.join("charts")).unwrap();
    assert!(folder.join("Chart.lock").is_file());
    let manifests = repository.generate().manifests();
    assert!(manifests.contains("kind: ReplicationDestination"), "{manifests}");
    std::fs::remove_dir_all(folder.join("charts")).unwrap();
    std::fs::remove_file(folder.join("Chart.lock")).unwrap();
    assert_eq!(repository.generate().manifests(), manifests);
}

#[test]
fn chart_that_is_gone_from_its_repository_fails() {
    if !present("chart_that_is_gone_from_its_repository_fails", &[Tool::Helm]) {
        return;
    }
    let served = tempfile::tempdir().unwrap();
    let (repository, address) = application(served.path());
    std::fs::write(served.path().join("index.yaml"), "apiVersion: v1\nentries: {}\n").unwrap();
    let error = repository.generate().error();
    assert!(error.contains("store chart not found in repo") && error.contains(&address), "{error}");
}
