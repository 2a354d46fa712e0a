//! The volumes of a stream: its PVCs, and those that the templates of a `StatefulSet` make.

use crate::api::volume;
use crate::intent::{self, Metadata, Scope};
use crate::inventory::Inventory;
use crate::object::{Node, Object, Value};
use std::collections::HashMap;

/// The template that makes a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateOrigin {
    /// The `StatefulSet`.
    pub set: String,
    /// The template.
    pub template: String,
    /// Which of its volumes; nothing if their number is unknown.
    pub ordinal: Option<u64>,
}

/// A volume and what describes it.
#[derive(Debug)]
pub(super) struct Subject<'i> {
    /// Its name; empty if it has none.
    pub(super) name: String,
    /// The object of the stream that holds it: a PVC or a `StatefulSet`.
    pub(super) object: &'i Object,
    /// Its own manifest: the PVC's, or the template's.
    pub(super) node: &'i Node,
    /// The template, if it is no PVC of the stream.
    pub(super) template: Option<TemplateOrigin>,
    /// Where its labels and annotations come from.
    pub(super) layers: Vec<Metadata<'i>>,
    /// Whether the stream has its identity more than once.
    pub(super) is_duplicate: bool,
}

/// One volume of a template.
struct Made<'i> {
    set: &'i Object,
    template: &'i Node,
    origin: TemplateOrigin,
    name: String,
}

/// Returns the volumes of a stream in its order.
pub(super) fn subjects(inventory: &Inventory) -> Vec<Subject<'_>> {
    let made: Vec<Made<'_>> =
        inventory.of_kind(volume::STATEFUL_SET).flat_map(volumes_of).collect();
    let by_name: HashMap<(Option<String>, &str), &Made<'_>> = made
        .iter()
        .map(|made| ((inventory.namespace_of(made.set), made.name.as_str()), made))
        .collect();
    // Two templates can make one name: `data` of `a-b` and `data-a` of `b`, or one name twice.
    let mut makers: HashMap<(Option<String>, &str), usize> = HashMap::new();
    for made in &made {
        *makers.entry((inventory.namespace_of(made.set), made.name.as_str())).or_default() += 1;
    }
    let mut subjects: Vec<Subject<'_>> = inventory
        .of_kind(volume::PVC)
        .map(|pvc| {
            let namespace = inventory.namespace_of(pvc);
            let same = inventory.named(volume::PVC, namespace.as_deref(), &pvc.id.name).len();
            let mut layers = vec![metadata(pvc, &pvc.node, Scope::Volume)];
            if let Some(made) = by_name.get(&(namespace, pvc.id.name.as_str())) {
                layers.extend(layers_of(made));
            }
            Subject {
                name: pvc.id.name.clone(),
                object: pvc,
                node: &pvc.node,
                template: None,
                layers,
                is_duplicate: same > 1 && !pvc.id.name.is_empty(),
            }
        })
        .collect();
    for made in &made {
        let namespace = inventory.namespace_of(made.set);
        if inventory.named(volume::PVC, namespace.as_deref(), &made.name).is_empty() {
            let makers = makers.get(&(namespace, made.name.as_str())).copied();
            subjects.push(Subject {
                name: made.name.clone(),
                object: made.set,
                node: made.template,
                template: Some(made.origin.clone()),
                layers: layers_of(made),
                is_duplicate: makers.is_some_and(|count| count > 1),
            });
        }
    }
    // Stable, so that the volumes of one set keep their order.
    subjects.sort_by(|a, b| {
        (a.object.document, &a.object.route).cmp(&(b.object.document, &b.object.route))
    });
    subjects
}

fn metadata<'i>(object: &'i Object, node: &'i Node, scope: Scope) -> Metadata<'i> {
    Metadata { object, node: node.get("metadata"), scope }
}

fn layers_of<'i>(made: &Made<'i>) -> Vec<Metadata<'i>> {
    vec![
        metadata(made.set, made.template, Scope::Volume),
        metadata(made.set, &made.set.node, Scope::Set),
    ]
}

/// Returns the volumes that a `StatefulSet` makes: `<template>-<set>-<ordinal>`.
fn volumes_of(set: &Object) -> Vec<Made<'_>> {
    let spec = |path: &[&str]| set.node.get("spec").and_then(|spec| spec.at(path));
    let templates =
        spec(&[volume::VOLUME_CLAIM_TEMPLATES]).and_then(Node::items).unwrap_or_default();
    let start = spec(&["ordinals", "start"]).and_then(whole).unwrap_or(0);
    let replicas = match spec(&["replicas"]) {
        None => Some(1),
        Some(node) if node.is_null() => Some(1),
        Some(node) => whole(node).filter(|count| *count > 0),
    };
    let mut made = Vec::new();
    for template in templates {
        let name = template.text_at(&["metadata", "name"]).unwrap_or_default();
        let layers = [metadata(set, template, Scope::Volume), metadata(set, &set.node, Scope::Set)];
        let count = intent::parse(&layers).ordinals.map(u64::from).or(replicas);
        let volume = |ordinal: Option<u64>| Made {
            set,
            template,
            name: match ordinal {
                Some(ordinal) => format!("{name}-{}-{ordinal}", set.id.name),
                None => format!("{name}-{}", set.id.name),
            },
            origin: TemplateOrigin { set: set.id.name.clone(), template: name.to_owned(), ordinal },
        };
        match count {
            // What a manifest may ask for by mistake is bounded like the annotation.
            Some(count) => {
                made.extend(
                    (start..start.saturating_add(count.min(1000))).map(|n| volume(Some(n))),
                );
            }
            None => made.push(volume(None)),
        }
    }
    made
}

fn whole(node: &Node) -> Option<u64> {
    match &node.value {
        Value::Number(number) => number.as_u64(),
        Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => None,
    }
}
