//! What an administrator applies builds, and holds what the documentation says of it.

use crate::repository::Repository;
use crate::tools::{installed, path};
use assert_cmd::Command;
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn documents(text: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(text);
    documents.map(|document| Value::deserialize(document).unwrap()).collect()
}

/// Builds a folder of `deploy/`; nothing where there is no program for it.
pub(crate) fn built(test: &str, folder: &str) -> Option<Vec<Value>> {
    let (program, command) = [("kustomize", "build"), ("kubectl", "kustomize")]
        .into_iter()
        .find(|(program, _)| installed(program).is_some())
        .or_else(|| {
            eprintln!("skipped: {test}: no kustomize nor kubectl in target/tools or PATH");
            None
        })?;
    let output = Command::new(installed(program).unwrap())
        .env_clear()
        .env("PATH", path())
        .args([command, folder])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(documents(&String::from_utf8(output.stdout).unwrap()))
}

pub(crate) fn named<'d>(documents: &'d [Value], kind: &str, name: &str) -> &'d Value {
    let mut found = documents.iter().filter(|d| d["kind"] == kind && d["metadata"]["name"] == name);
    let one = found.next().unwrap_or_else(|| panic!("no {kind} {name}"));
    assert!(found.next().is_none(), "{kind} {name} stands twice");
    one
}

pub(crate) fn by_name<'l>(list: &'l Value, name: &str) -> &'l Value {
    let list = list.as_array().unwrap();
    let found: Vec<_> = list.iter().filter(|item| item["name"] == name).collect();
    assert_eq!(found.len(), 1, "{name} in {list:?}");
    found[0]
}

/// Holds the sidecar to the check list of `deploy/README.md`.
fn check_sidecar(pod: &Value, containers: &Value) {
    let sidecar = by_name(containers, "plumber");
    assert_eq!(sidecar["command"], json!(["/var/run/argocd/argocd-cmp-server"]));
    assert_eq!(sidecar["args"], Value::Null);
    let mounts: Vec<(&str, &str)> = sidecar["volumeMounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| (mount["name"].as_str().unwrap(), mount["mountPath"].as_str().unwrap()))
        .collect();
    assert_eq!(
        mounts,
        [
            ("var-files", "/var/run/argocd"),
            ("plugins", "/home/argocd/cmp-server/plugins"),
            ("plumber-tmp", "/tmp"),
            ("plumber-config", "/etc/plumber"),
        ]
    );
    assert_eq!(by_name(&pod["volumes"], "plumber-tmp")["emptyDir"], json!({}));
    assert_eq!(by_name(&pod["volumes"], "plumber-config")["configMap"]["name"], "plumber-config");
    let security = &sidecar["securityContext"];
    assert_eq!(security["runAsNonRoot"], true);
    assert_eq!(security["runAsUser"], 999);
    assert_eq!(security["readOnlyRootFilesystem"], true);
    assert_eq!(security["allowPrivilegeEscalation"], false);
    assert_eq!(security["capabilities"], json!({"drop": ["ALL"]}));
    assert!(sidecar["resources"]["limits"]["memory"].is_string());
}

/// Holds the entry in `argocd-cm` to what the reference needs.
fn check_ignored(data: &Value) {
    let entry = &data["resource.customizations.ignoreDifferences.PersistentVolumeClaim"];
    let entry: Value = serde_yaml::from_str(entry.as_str().unwrap()).unwrap();
    assert_eq!(entry, json!({"jsonPointers": ["/spec/dataSourceRef", "/spec/dataSource"]}));
}

/// Holds the trusted configuration to what the plugin reads.
fn check_configuration(config: &Value) {
    let data = config["data"].as_object().unwrap();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["plumber.yaml"]);
    let volume = Repository::of("plain-folder")
        .file("trusted/plumber.yaml", data["plumber.yaml"].as_str().unwrap());
    let trusted = volume.path("trusted/plumber.yaml");
    volume.variable("PLUMBER_CONFIG", trusted).generate().manifests();
}

#[test]
fn the_component_builds() {
    let Some(documents) = built("the_component_builds", "deploy/examples/argocd") else { return };
    let pod = &named(&documents, "Deployment", "argocd-repo-server")["spec"]["template"]["spec"];
    check_sidecar(pod, &pod["containers"]);
    let image = &by_name(&pod["containers"], "plumber")["image"];
    assert!(image.as_str().unwrap().starts_with("registry.example.com/"), "{image}");
    // The server beside it keeps what it has.
    let server = by_name(&pod["containers"], "argocd-repo-server");
    assert_eq!(by_name(&server["volumeMounts"], "tmp")["mountPath"], "/tmp");
    let argocd_cm = named(&documents, "ConfigMap", "argocd-cm");
    check_ignored(&argocd_cm["data"]);
    assert_eq!(argocd_cm["data"]["timeout.reconciliation"], "180s");
    for kind in ["ReplicationSource", "ReplicationDestination"] {
        let key = format!("resource.customizations.health.volsync.backube_{kind}");
        assert!(argocd_cm["data"][&key].is_string(), "{key}");
    }
    let config = named(&documents, "ConfigMap", "plumber-config");
    assert_eq!(config["metadata"]["namespace"], "argocd");
    check_configuration(config);
}

#[test]
fn the_values_of_the_chart_say_the_same() {
    let text = std::fs::read_to_string(root().join("deploy/argocd/helm-values.yaml")).unwrap();
    let values: Value = serde_yaml::from_str(&text).unwrap();
    check_ignored(&values["configs"]["cm"]);
    let server = &values["repoServer"];
    check_sidecar(server, &server["extraContainers"]);
    check_configuration(&values["extraObjects"][0]);
    let text = std::fs::read_to_string(root().join("deploy/argocd/repo-server.yaml")).unwrap();
    let patch: Value = serde_yaml::from_str(&text).unwrap();
    let pod = &patch["spec"]["template"]["spec"];
    assert_eq!(pod["containers"][0], server["extraContainers"][0]);
    assert_eq!(pod["volumes"], server["volumes"]);
}

#[test]
fn the_example_applications_build() {
    let folder = "deploy/examples/apps";
    let Some(documents) = built("the_example_applications_build", folder) else { return };
    let application = named(&documents, "Application", "paperless");
    let set = named(&documents, "ApplicationSet", "apps");
    for application in [application, &set["spec"]["template"]] {
        let spec = &application["spec"];
        assert_eq!(spec["source"]["plugin"]["name"], "plumber");
        for block in ["helm", "kustomize", "directory"] {
            assert!(spec["source"][block].is_null(), "{block}");
        }
        let options = spec["syncPolicy"]["syncOptions"].as_array().unwrap();
        assert!(options.contains(&json!("RespectIgnoreDifferences=true")), "{options:?}");
        for never in ["Force=true", "Replace=true"] {
            assert!(!options.contains(&json!(never)), "{options:?}");
        }
        let annotations = &application["metadata"]["annotations"];
        assert_eq!(annotations["argocd.argoproj.io/compare-options"], "ServerSideDiff=false");
    }
    // The plugin takes the parameters of the example, as Argo CD hands them over.
    let parameters = application["spec"]["source"]["plugin"]["parameters"].to_string();
    Repository::of("plain-folder").parameters(&parameters).generate().manifests();
}
