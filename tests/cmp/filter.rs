//! `plumber render -` at the end of another plugin's pipe, as the documentation writes it.

use crate::repository::{APPLICATION, Repository, fixtures};
use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

/// The declaration that `docs/argocd.md` gives for argocd-vault-plugin.
fn declaration() -> Value {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/argocd.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("```yaml\n").find(|block| block.starts_with("generate:\n")).unwrap();
    serde_yaml::from_str(block.split("```").next().unwrap()).unwrap()
}

/// Runs it in a situation's folder, with programs of ours.
fn run(repository: &Repository, tools: &[&str]) -> Output {
    let ours = Path::new(env!("CARGO_BIN_EXE_plumber")).parent().unwrap().to_owned();
    let tools = tools.iter().map(|tools| fixtures().join("tools").join(tools));
    let path = tools.chain([ours, "/usr/bin".into(), "/bin".into()]);
    let generate = &declaration()["generate"];
    let words = [&generate["command"], &generate["args"]];
    let words: Vec<&str> =
        words.iter().flat_map(|w| w.as_array().unwrap()).map(|w| w.as_str().unwrap()).collect();
    Command::new(words[0])
        .env_clear()
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("ARGOCD_APP_NAME", "media")
        .env("ARGOCD_APP_NAMESPACE", "media")
        .current_dir(repository.path(APPLICATION))
        .args(&words[1..])
        .output()
        .unwrap()
}

#[test]
fn filters_compose() {
    let repository = Repository::of("root-configuration");
    // The filter searches for no plumber.yaml.
    std::fs::remove_file(repository.path("plumber.yaml")).unwrap();
    let piped = run(&repository, &["filters"]);
    assert!(piped.status.success(), "{}", String::from_utf8_lossy(&piped.stderr));
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), repository.generate().manifests());
    let failed = run(&repository, &["failing", "filters"]);
    assert_eq!(failed.status.code(), Some(3));
    let closed =
        run(&Repository::of("no-manifests").file("apps/media/manifests.yaml", ""), &["filters"]);
    assert_eq!(closed.status.code(), Some(2));
    assert!(closed.stdout.is_empty());
}
