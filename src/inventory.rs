//! The objects of a stream by identity: who is there, and what belongs to which volume.
//!
//! Takes objects, answers look-ups. Knows the default namespace, no policy.

mod repository;

use crate::api::{labels, volsync, volume};
use crate::object::{Node, Object};
use std::cmp::Ordering;

pub use repository::{
    handed_secret, is_copied, is_running, is_template, made_secret, maintains_kopia, pod_template,
    reaches,
};

/// Objects by identity.
#[derive(Debug)]
pub struct Inventory {
    objects: Vec<Object>,
    default_namespace: Option<String>,
    /// Positions, by kind, effective namespace and name; those of one identity in their order.
    by_name: Vec<usize>,
    /// Positions of sources with a `spec.sourcePVC`, by effective namespace and that.
    by_source_pvc: Vec<usize>,
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
    /// Makes an inventory of objects, in the order of their stream. An identity may stand twice in
    /// it; both are kept.
    pub fn new(objects: Vec<Object>, default_namespace: Option<String>) -> Self {
        let mut inventory =
            Self { objects, default_namespace, by_name: Vec::new(), by_source_pvc: Vec::new() };
        let objects = &inventory.objects;
        let mut by_name: Vec<usize> = (0..objects.len()).collect();
        by_name.sort_by(|a, b| inventory.identity(*a).cmp(&inventory.identity(*b)));
        let mut by_source_pvc: Vec<usize> =
            (0..objects.len()).filter(|at| source_pvc(&objects[*at]).is_some()).collect();
        by_source_pvc.sort_by(|a, b| inventory.source(*a).cmp(&inventory.source(*b)));
        (inventory.by_name, inventory.by_source_pvc) = (by_name, by_source_pvc);
        inventory
    }

    fn identity(&self, at: usize) -> (&str, Option<&str>, &str) {
        let object = &self.objects[at];
        (&object.id.kind, self.namespace_in(object), &object.id.name)
    }

    fn source(&self, at: usize) -> (Option<&str>, &str) {
        let object = &self.objects[at];
        (self.namespace_in(object), source_pvc(object).unwrap_or_default())
    }

    /// Returns the objects at the positions that compare equal, of positions in that order.
    fn equal<'i>(
        &'i self,
        positions: &'i [usize],
        compare: impl Fn(usize) -> Ordering,
    ) -> Vec<&'i Object> {
        let first = positions.partition_point(|at| compare(*at) == Ordering::Less);
        let equal = positions[first..].iter().take_while(|at| compare(**at) == Ordering::Equal);
        equal.map(|at| &self.objects[*at]).collect()
    }

    fn namespace_in<'i>(&'i self, object: &'i Object) -> Option<&'i str> {
        if object.id.kind == volume::NAMESPACE {
            return None;
        }
        object.id.namespace.as_deref().or(self.default_namespace.as_deref())
    }

    /// Returns the namespace an object is in: its own, else the default. A Namespace is in none.
    pub fn namespace_of(&self, object: &Object) -> Option<String> {
        self.namespace_in(object).map(str::to_owned)
    }

    /// Returns all objects, in the order of the stream.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Returns the objects of a kind, in the order of the stream.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.id.kind == kind)
    }

    /// Returns the objects with an identity; more than one if it stands twice.
    pub fn named(&self, kind: &str, namespace: Option<&str>, name: &str) -> Vec<&Object> {
        let wanted = (kind, namespace, name);
        self.equal(&self.by_name, |at| self.identity(at).cmp(&wanted))
    }

    /// Returns the sources that back a volume up.
    pub fn sources_of(&self, namespace: Option<&str>, pvc: &str) -> Vec<&Object> {
        let wanted = (namespace, pvc);
        self.equal(&self.by_source_pvc, |at| self.source(at).cmp(&wanted))
    }
}

/// Returns the volume that a source says it backs up.
fn source_pvc(object: &Object) -> Option<&str> {
    (object.id.kind == volsync::REPLICATION_SOURCE)
        .then(|| object.node.text_at(&["spec", "sourcePVC"]))?
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
