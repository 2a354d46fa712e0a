//! What runs pods: which volumes it mounts, as whom it runs, which of them another tool backs up.

use super::member::{Homes, Member};
use crate::api::{kinds, labels, volume};
use crate::inventory::{maintains_kopia, pod_template};
use crate::object::{Entry, Node, Object, Value};

/// Something that runs pods.
#[derive(Debug, Clone)]
pub struct Workload {
    /// It, without its spec.
    pub member: Member,
    /// The PVCs that its pods mount.
    pub claims: Box<[Claim]>,
    /// The user that all its containers are stated to run as.
    pub user: Option<i64>,
    /// Whether a container's command maintains a kopia repository.
    pub maintains_kopia: bool,
    /// The groups its pods are stated to be in.
    pub groups: Box<[i64]>,
}

/// A PVC that pods mount.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Its name.
    pub name: Box<str>,
    /// Whether Velero copies it from the pods.
    pub by_velero: bool,
}

/// Reads a workload; nothing of other kinds, and of one that bears on nothing. The pods of a
/// `StatefulSet` also mount what its templates make, among the volumes of its namespace.
pub(super) fn workload(
    homes: &mut Homes,
    namespace: Option<&str>,
    object: &Object,
    volumes_beside: &[&str],
) -> Option<Workload> {
    let template = pod_template(object)?;
    let spec = template.get("spec")?;
    let volumes = spec.get("volumes").and_then(Node::items).unwrap_or_default();
    let mut claims: Vec<(&str, &str)> = volumes
        .iter()
        .filter_map(|volume| {
            let claim = volume.text_at(&["persistentVolumeClaim", "claimName"])?;
            Some((volume.text_at(&["name"]).unwrap_or_default(), claim))
        })
        .collect();
    for template in claim_templates(object) {
        let is_made = |name: &&&str| is_of_template(name, template, &object.id.name);
        claims.extend(volumes_beside.iter().filter(is_made).map(|name| (template, *name)));
    }
    let velero: Vec<&str> = template
        .text_at(&["metadata", "annotations", labels::VELERO_VOLUMES])
        .map(|names| names.split(',').map(str::trim).collect())
        .unwrap_or_default();
    let metadata = metadata(&object.node);
    let maintains_kopia = maintains_kopia(object);
    if claims.is_empty() && metadata.is_empty() && !maintains_kopia {
        return None;
    }
    let shown = object.with_node(Node { value: Value::Mapping(metadata), mark: object.node.mark });
    Some(Workload {
        member: Member::written(homes, namespace, &shown),
        claims: claims
            .into_iter()
            .map(|(name, claim)| Claim { name: claim.into(), by_velero: velero.contains(&name) })
            .collect(),
        user: user(spec),
        maintains_kopia,
        groups: groups(spec),
    })
}

/// Returns whether an object runs pods.
pub(super) fn is_one(object: &Object) -> bool {
    pod_template(object).is_some()
}

/// Returns the names of a `StatefulSet`'s templates.
fn claim_templates(object: &Object) -> impl Iterator<Item = &str> {
    let is_set = object.id.kind == volume::STATEFUL_SET;
    let templates = object.node.at(&["spec", volume::VOLUME_CLAIM_TEMPLATES]).filter(|_| is_set);
    let templates = templates.and_then(Node::items).unwrap_or_default();
    templates.iter().filter_map(|template| template.text_at(&["metadata", "name"]))
}

/// Returns whether a volume has the name that Kubernetes gives to those of a template:
/// `<template>-<set>-<ordinal>`.
fn is_of_template(volume: &str, template: &str, set: &str) -> bool {
    let rest = volume.strip_prefix(template).and_then(|rest| rest.strip_prefix('-'));
    let rest = rest.and_then(|rest| rest.strip_prefix(set)).and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|ordinal| {
        !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Returns whether a Deployment is Argo CD's repo-server, or has a plugin's sidecar.
pub(super) fn is_repo_server(object: &Object) -> bool {
    let containers = object.node.at(&["spec", "template", "spec", "containers"]);
    object.id.kind == kinds::DEPLOYMENT
        && containers.and_then(Node::items).unwrap_or_default().iter().any(|container| {
            let command = container.get("command").and_then(Node::items).unwrap_or_default();
            command.iter().any(|word| {
                word.as_str().is_some_and(|word| word.ends_with(super::argocd::CMP_SERVER))
            })
        })
}

/// The labels and annotations that rules read, or find fault with.
fn metadata(object: &Node) -> Vec<Entry> {
    let is_read = |entry: &&Entry| {
        let prefixes = [labels::PREFIX, labels::ARGOCD_PREFIX];
        entry.value.as_str().is_none() || prefixes.iter().any(|p| entry.key.starts_with(p))
    };
    let Some(metadata) = object.entry("metadata") else { return Vec::new() };
    let maps = metadata.value.entries().iter().filter_map(|map| {
        let is_map = matches!(map.key.as_str(), "labels" | "annotations");
        let kept: Vec<Entry> =
            map.value.entries().iter().filter(|_| is_map).filter(is_read).cloned().collect();
        let value = Node { value: Value::Mapping(kept), mark: map.value.mark };
        (!value.entries().is_empty()).then(|| Entry { value, ..with_key(map) })
    });
    let maps: Vec<Entry> = maps.collect();
    if maps.is_empty() {
        return Vec::new();
    }
    let value = Node { value: Value::Mapping(maps), mark: metadata.value.mark };
    vec![Entry { value, ..with_key(metadata) }]
}

/// An entry with the key of another, and without its value.
fn with_key(entry: &Entry) -> Entry {
    let value = Node { value: Value::Null, mark: entry.value.mark };
    Entry { key: entry.key.clone(), mark: entry.mark, value }
}

/// Returns the user of all containers, if every one is stated to run as the same.
fn user(spec: &Node) -> Option<i64> {
    let of = |node: &Node| node.at(&["securityContext", "runAsUser"]).and_then(whole);
    let pod = of(spec);
    let containers = spec.get("containers").and_then(Node::items).unwrap_or_default();
    let mut users = containers.iter().map(|container| of(container).or(pod));
    let first = users.next()??;
    users.all(|user| user == Some(first)).then_some(first)
}

fn groups(spec: &Node) -> Box<[i64]> {
    let context = spec.get("securityContext");
    let number = |key: &str| context.and_then(|context| context.get(key)).and_then(whole);
    let more = context.and_then(|context| context.get("supplementalGroups")).and_then(Node::items);
    let containers = spec.get("containers").and_then(Node::items).unwrap_or_default();
    let own = containers.iter().filter_map(|c| c.at(&["securityContext", "runAsGroup"]));
    ["runAsGroup", "fsGroup"]
        .into_iter()
        .filter_map(number)
        .chain(more.unwrap_or_default().iter().filter_map(whole))
        .chain(own.filter_map(whole))
        .collect()
}

/// Returns a whole number.
pub(super) fn whole(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Number(number) => number.as_i64(),
        Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => None,
    }
}
