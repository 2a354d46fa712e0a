//! Nothing in the source could write to a cluster.

use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns the lines of the source that are no comment, with their places.
fn lines() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let name = path.strip_prefix(&src).unwrap().display().to_string();
        for (at, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            if !line.trim_start().starts_with("//") {
                lines.push((format!("{name}:{}", at + 1), line.to_owned()));
            }
        }
    }
    lines
}

/// The places that know the client of the cluster at all.
const CLIENT: &[&str] = &["cli/serve.rs", "daemon.rs", "daemon/watch.rs", "daemon/watch/api.rs"];

#[test]
fn the_client_is_known_in_few_places_and_its_typed_api_in_none() {
    let mut seen = Vec::new();
    for (place, line) in lines() {
        let file = place.split(':').next().unwrap().to_owned();
        if line.contains("kube::") {
            assert!(CLIENT.contains(&file.as_str()), "{place}: {line}");
            seen.push(file);
        }
        for typed in
            ["kube::Api", "kube::api", "Api::", "kube::runtime", "k8s_openapi", "discovery::"]
        {
            assert!(!line.contains(typed), "{place}: {line}");
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, CLIENT, "the list names what no longer knows it");
}

#[test]
fn the_one_request_is_get() {
    let requests: Vec<_> = lines()
        .into_iter()
        .filter(|(place, _)| place.starts_with("daemon/watch") || place.starts_with("cli/serve"))
        .filter(|(_, line)| {
            ["Request::", ".send(request", ".method(", "Method::", ".request"]
                .iter()
                .any(|word| line.contains(word))
        })
        .map(|(_, line)| line.trim().to_owned())
        .collect();
    let expected = [
        "let request = Request::get(path)",
        "let response = match timeout(patience, client.send(request)).await {",
    ];
    assert_eq!(requests, expected);
    for (place, line) in lines() {
        let is_writing = ["Request::post", "Request::put", "Request::patch", "Request::delete"]
            .iter()
            .chain(&["Method::POST", "Method::PUT", "Method::PATCH", "Method::DELETE"])
            .any(|word| line.contains(word));
        assert!(!is_writing, "{place}: {line}");
    }
}
