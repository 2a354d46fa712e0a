//! The objects of a stream by identity: who is there, and what belongs to which volume.
//!
//! Takes objects, answers look-ups. Knows the default namespace, no policy.

use crate::api::{labels, volsync, volume};
use crate::object::{Node, Object};
use std::collections::HashMap;

/// Objects by identity.
#[derive(Debug)]
pub struct Inventory {
    objects: Vec<Object>,
    default_namespace: Option<String>,
    /// Positions by kind, effective namespace and name.
    by_name: HashMap<(String, Option<String>, String), Vec<usize>>,
    /// Positions of sources by effective namespace and `spec.sourcePVC`.
    by_source_pvc: HashMap<(Option<String>, String), Vec<usize>>,
}

/// Who owns an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It was rendered here.
    Ours,
    /// Somebody wrote it: by hand, or by another tool beside Argo CD.
    SomebodyElse,
    /// Its labels name a manager that is neither.
    Unknown,
}

impl Inventory {
    /// Makes an inventory of objects, in the order of their stream.
    pub fn new(objects: Vec<Object>, default_namespace: Option<String>) -> Self {
        let mut inventory = Self {
            objects: Vec::new(),
            default_namespace,
            by_name: HashMap::new(),
            by_source_pvc: HashMap::new(),
        };
        for object in objects {
            inventory.apply(object);
        }
        inventory
    }

    /// Adds an object. An identity may stand twice in a stream; both are kept.
    fn apply(&mut self, object: Object) {
        let position = self.objects.len();
        let namespace = self.namespace_of(&object);
        if object.id.kind == volsync::REPLICATION_SOURCE
            && let Some(pvc) = object.node.text_at(&["spec", "sourcePVC"])
        {
            let key = (namespace.clone(), pvc.to_owned());
            self.by_source_pvc.entry(key).or_default().push(position);
        }
        let key = (object.id.kind.clone(), namespace, object.id.name.clone());
        self.by_name.entry(key).or_default().push(position);
        self.objects.push(object);
    }

    /// Returns the namespace an object is in: its own, else the default. A Namespace is in none.
    pub fn namespace_of(&self, object: &Object) -> Option<String> {
        if object.id.kind == volume::NAMESPACE {
            return None;
        }
        object.id.namespace.clone().or_else(|| self.default_namespace.clone())
    }

    /// Returns the objects of a kind, in the order of the stream.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.id.kind == kind)
    }

    /// Returns the objects with an identity; more than one if it stands twice.
    pub fn named(&self, kind: &str, namespace: Option<&str>, name: &str) -> Vec<&Object> {
        let key = (kind.to_owned(), namespace.map(str::to_owned), name.to_owned());
        self.by_name.get(&key).into_iter().flatten().map(|at| &self.objects[*at]).collect()
    }

    /// Returns the sources that back a volume up.
    pub fn sources_of(&self, namespace: Option<&str>, pvc: &str) -> Vec<&Object> {
        let key = (namespace.map(str::to_owned), pvc.to_owned());
        self.by_source_pvc.get(&key).into_iter().flatten().map(|at| &self.objects[*at]).collect()
    }
}

/// Returns who owns an object, by its labels.
pub fn owner(object: &Object) -> Owner {
    let label = |key: &str| object.node.text_at(&["metadata", "labels", key]);
    match label(labels::MANAGED_BY) {
        Some(labels::MANAGED_BY_US) => Owner::Ours,
        Some(labels::MANAGED_BY_ARGOCD) | None => Owner::SomebodyElse,
        Some(_) if label(labels::ARGOCD_INSTANCE).is_some() => Owner::SomebodyElse,
        Some(_) => Owner::Unknown,
    }
}

/// Returns the name of the destination that a volume's spec refers to, if it refers to one in its
/// own namespace.
pub fn referred_destination<'n>(spec: &'n Node, namespace: Option<&str>) -> Option<&'n str> {
    let reference = spec.get(volume::DATA_SOURCE_REF)?;
    let same = reference.text_at(&["namespace"]).is_none_or(|other| Some(other) == namespace);
    (reference.text_at(&["apiGroup"]) == Some(volsync::GROUP)
        && reference.text_at(&["kind"]) == Some(volsync::REPLICATION_DESTINATION)
        && same)
        .then(|| reference.text_at(&["name"]))?
}
