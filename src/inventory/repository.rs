//! What a repository needs beside a volume's pair: the Secret that holds its address and password,
//! and somebody who maintains it.

use crate::api::{kinds, labels, volume};
use crate::object::{Node, Object, Value};

/// Returns the name of the Secret that an object is, or that is made of it in its namespace.
pub fn made_secret(object: &Object) -> Option<&str> {
    match object.id.kind.as_str() {
        volume::SECRET | kinds::SEALED_SECRET => Some(&object.id.name),
        volume::EXTERNAL_SECRET => {
            let target = object.node.text_at(&["spec", "target", "name"]);
            Some(target.filter(|name| !name.is_empty()).unwrap_or(&object.id.name))
        }
        _ => None,
    }
}

/// Returns the name of the Secret that a `ClusterExternalSecret` makes in many namespaces, where it
/// states one.
pub fn handed_secret(maker: &Node) -> Option<&str> {
    let text = |path: &[&str]| maker.text_at(path).filter(|name| !name.is_empty());
    text(&["spec", "externalSecretSpec", "target", "name"])
        .or_else(|| text(&["spec", "externalSecretName"]))
}

/// Returns whether the Secret of a `ClusterExternalSecret` comes to a namespace, by the labels of its
/// Namespace; nothing where that cannot be told.
pub fn reaches(maker: &Node, namespace: &Node) -> Option<bool> {
    let spec = maker.get("spec");
    let stated = |key: &str| spec?.get(key).filter(|node| !node.is_null());
    if stated("namespaces").is_some() {
        return None;
    }
    let many = stated("namespaceSelectors").and_then(Node::items).unwrap_or_default();
    let mut reached = false;
    for selector in stated("namespaceSelector").into_iter().chain(many) {
        if selector.get("matchExpressions").is_some_and(|node| !node.is_null()) {
            return None;
        }
        let labels = selector.get("matchLabels").map(Node::entries).unwrap_or_default();
        reached |= labels.iter().all(|label| {
            let own = namespace.text_at(&["metadata", "labels", &label.key]);
            // Kubernetes sets this one itself.
            let own = own.or_else(|| {
                let is_name = label.key == labels::NAMESPACE_NAME;
                namespace.text_at(&["metadata", "name"]).filter(|_| is_name)
            });
            own == label.value.as_str()
        });
    }
    Some(reached)
}

/// Returns whether a controller copies the Secret of an object to other namespaces.
pub fn is_copied(maker: &Node) -> bool {
    let own: &[&str] = &["metadata", "annotations"];
    let made: &[&str] = &["spec", "target", "template", "metadata", "annotations"];
    let annotations = [own, made].into_iter().filter_map(|path| maker.at(path));
    annotations
        .flat_map(Node::entries)
        .any(|entry| labels::SECRET_COPIERS.iter().any(|prefix| entry.key.starts_with(prefix)))
}

/// Returns whether something, such as Flux's substitution, fills a text in later.
pub fn is_template(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}

/// Returns whether a `KopiaMaintenance` runs: it does unless it is switched off.
pub fn is_running(maintenance: &Node) -> bool {
    let enabled = maintenance.at(&["spec", "enabled"]);
    enabled.is_none_or(|node| node.is_null() || node.value == Value::Bool(true))
}

/// Returns the template of the pods that an object runs.
pub fn pod_template(object: &Object) -> Option<&Node> {
    let path: &[&str] = match object.id.kind.as_str() {
        kinds::DEPLOYMENT | kinds::DAEMON_SET | volume::STATEFUL_SET => &["spec", "template"],
        kinds::CRON_JOB => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    };
    object.node.at(path)
}

/// Returns whether a container of an object runs kopia's own maintenance.
pub fn maintains_kopia(object: &Object) -> bool {
    let containers = pod_template(object).and_then(|template| template.at(&["spec", "containers"]));
    containers.and_then(Node::items).unwrap_or_default().iter().any(|container| {
        let words = ["command", "args"].into_iter().filter_map(|key| container.get(key)?.items());
        let said: Vec<&str> = words.flatten().filter_map(Node::as_str).collect();
        let said = said.join(" ");
        said.contains("kopia") && said.contains("maintenance")
    })
}
