//! What an administrator applies for the audit: it builds, reads what the audit reads, and can
//! change nothing.

use crate::deploy::{built, by_name, named, root};
use crate::repository::Repository;
use plumber::audit::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn example(test: &str) -> Option<Vec<Value>> {
    built(test, "deploy/examples/audit")
}

fn pod(documents: &[Value]) -> &Value {
    &named(documents, "Deployment", "plumber-audit")["spec"]["template"]["spec"]
}

#[test]
fn it_reads_the_kinds_of_the_audit_and_changes_nothing() {
    let Some(documents) = example("it_reads_the_kinds_of_the_audit_and_changes_nothing") else {
        return;
    };
    let role = named(&documents, "ClusterRole", "plumber-audit");
    let mut readable = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        assert_eq!(rule["verbs"], json!(["get", "list", "watch"]), "{rule}");
        assert!(rule.get("nonResourceURLs").is_none(), "{rule}");
        for group in rule["apiGroups"].as_array().unwrap() {
            for resource in rule["resources"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                assert!(readable.insert((text(group), text(resource))), "twice: {resource}");
            }
        }
    }
    let read: BTreeSet<_> =
        Kind::ALL.iter().map(|kind| (kind.group().to_owned(), kind.plural().to_owned())).collect();
    assert_eq!(readable, read);
    assert!(!readable.iter().any(|(_, resource)| resource == "secrets" || resource == "*"));
    // No other right is given to it.
    let of = |kind: &str| documents.iter().filter(|d| d["kind"] == kind).count();
    assert_eq!(
        [of("ClusterRole"), of("ClusterRoleBinding"), of("Role"), of("RoleBinding")],
        [1, 1, 0, 0]
    );
    let binding = named(&documents, "ClusterRoleBinding", "plumber-audit");
    assert_eq!(binding["roleRef"]["name"], "plumber-audit");
    let account =
        json!([{"kind": "ServiceAccount", "name": "plumber-audit", "namespace": "pvc-plumber"}]);
    assert_eq!(binding["subjects"], account);
    named(&documents, "ServiceAccount", "plumber-audit");
}

#[test]
fn its_containers_can_do_little() {
    let Some(documents) = example("its_containers_can_do_little") else { return };
    let pod = pod(&documents);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    for host in ["hostNetwork", "hostPID", "hostIPC", "initContainers"] {
        assert!(pod.get(host).is_none(), "{host}");
    }
    for name in ["plumber", "git-sync"] {
        let container = by_name(&pod["containers"], name);
        let security = &container["securityContext"];
        assert_ne!(security["runAsUser"], Value::Null, "{name}");
        assert_ne!(security["runAsUser"], 0, "{name}");
        assert_eq!(security["readOnlyRootFilesystem"], true, "{name}");
        assert_eq!(security["allowPrivilegeEscalation"], false, "{name}");
        assert_eq!(security["capabilities"], json!({"drop": ["ALL"]}), "{name}");
        assert!(security.get("privileged").is_none(), "{name}");
        for amount in [&container["resources"]["requests"], &container["resources"]["limits"]] {
            assert!(amount["memory"].is_string(), "{name}");
        }
    }
}

#[test]
fn only_the_audit_has_a_token_and_only_git_sync_writes() {
    let Some(documents) = example("only_the_audit_has_a_token_and_only_git_sync_writes") else {
        return;
    };
    let pod = pod(&documents);
    assert_eq!(pod["automountServiceAccountToken"], false);
    let mounts = |name: &str| -> Vec<(String, bool)> {
        let container = by_name(&pod["containers"], name);
        let mounts = container["volumeMounts"].as_array().unwrap().iter();
        mounts
            .map(|mount| (mount["name"].as_str().unwrap().to_owned(), mount["readOnly"] == true))
            .collect()
    };
    let own = |list: &[(&str, bool)]| -> Vec<(String, bool)> {
        list.iter().map(|(name, read)| ((*name).to_owned(), *read)).collect()
    };
    assert_eq!(
        mounts("plumber"),
        own(&[("git", true), ("plumber-config", true), ("plumber-tmp", false), ("token", true)])
    );
    assert_eq!(
        mounts("git-sync"),
        own(&[("git", false), ("git-sync-tmp", false), ("git-secret", true)])
    );
}

#[test]
fn the_audit_knows_which_repository_git_sync_fetches() {
    let Some(documents) = example("the_audit_knows_which_repository_git_sync_fetches") else {
        return;
    };
    let pod = pod(&documents);
    let container = by_name(&pod["containers"], "plumber");
    let from = &by_name(&container["env"], "PLUMBER_REPO_URL")["valueFrom"]["configMapKeyRef"];
    let sync = by_name(&pod["containers"], "git-sync");
    assert_eq!(from["name"], sync["envFrom"][0]["configMapRef"]["name"]);
    let map = named(&documents, "ConfigMap", from["name"].as_str().unwrap());
    assert!(map["data"][from["key"].as_str().unwrap()].is_string());
}

#[test]
fn images_are_pinned_by_version() {
    let Some(documents) = example("images_are_pinned_by_version") else { return };
    for container in pod(&documents)["containers"].as_array().unwrap() {
        let image = container["image"].as_str().unwrap();
        let (_, tag) = image.rsplit_once(':').unwrap_or_else(|| panic!("{image}: no version"));
        assert!(tag.contains('.') && !tag.contains('/'), "{image}");
    }
}

#[test]
fn probes_and_services_reach_the_pages() {
    let Some(documents) = example("probes_and_services_reach_the_pages") else { return };
    let pod = pod(&documents);
    let container = by_name(&pod["containers"], "plumber");
    for (probe, path) in
        [("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")]
    {
        assert_eq!(container[probe]["httpGet"], json!({"path": path, "port": "http"}), "{probe}");
    }
    let port = by_name(&container["ports"], "http")["containerPort"].as_u64().unwrap();
    let listens = format!("--listen=0.0.0.0:{port}");
    assert!(container["args"].as_array().unwrap().contains(&json!(listens)));
    let labels = &named(&documents, "Deployment", "plumber-audit")["spec"]["template"]["metadata"];
    let policy = named(&documents, "NetworkPolicy", "plumber-audit");
    let mut selectors = vec![&policy["spec"]["podSelector"]["matchLabels"]];
    for (name, ports) in [("plumber-audit", &[8080][..]), ("pvc-plumber-metrics", &[8080, 8081])] {
        let spec = &named(&documents, "Service", name)["spec"];
        selectors.push(&spec["selector"]);
        let seen: Vec<u64> = spec["ports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|port| {
                assert_eq!(port["targetPort"], "http", "{name}");
                port["port"].as_u64().unwrap()
            })
            .collect();
        assert_eq!(seen, ports, "{name}");
    }
    for selector in selectors {
        let selector = selector.as_object().unwrap();
        assert!(!selector.is_empty());
        for (key, value) in selector {
            assert_eq!(labels["labels"][key], *value, "{key}");
        }
    }
}

#[test]
fn what_has_to_be_said_reaches_the_containers() {
    let Some(documents) = example("what_has_to_be_said_reaches_the_containers") else { return };
    let pod = pod(&documents);
    let from = &by_name(&pod["containers"], "git-sync")["envFrom"][0]["configMapRef"]["name"];
    let settings = named(&documents, "ConfigMap", from.as_str().unwrap());
    assert_eq!(settings["data"]["GITSYNC_REPO"], "https://git.example.com/home/cluster.git");
    let config = named(&documents, "ConfigMap", "plumber-config")["data"]["plumber.yaml"].clone();
    let volume = Repository::of("plain-folder").file("trusted.yaml", config.as_str().unwrap());
    let trusted = volume.path("trusted.yaml");
    volume.variable("PLUMBER_CONFIG", trusted).generate().manifests();
}

#[test]
fn the_checkout_is_where_the_audit_looks() {
    let text = std::fs::read_to_string(root().join("deploy/audit/deployment.yaml")).unwrap();
    let deployment: Value = serde_yaml::from_str(&text).unwrap();
    let containers = &deployment["spec"]["template"]["spec"]["containers"];
    let git_sync = &by_name(containers, "git-sync")["env"];
    let value = |name: &str| by_name(git_sync, name)["value"].as_str().unwrap().to_owned();
    let folder = format!("--manifests={}/{}", value("GITSYNC_ROOT"), value("GITSYNC_LINK"));
    let arguments = &by_name(containers, "plumber")["args"];
    assert!(arguments.as_array().unwrap().contains(&json!(folder)), "{arguments}");
}
