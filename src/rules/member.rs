//! An object as the rules see it: where it belongs, what it allows, and its fields.

use super::allow;
use super::finding::{About, Allowance, Finding};
use crate::api::{labels, volume};
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::{is_template, made_secret};
use crate::object::{Location, Node, Object, Value};
use std::sync::Arc;

/// Whether an object stands in the input, or is what a render adds or brings up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody wrote it.
    Written,
    /// A render writes it; its place is the volume's.
    Planned,
}

/// Which application an object is of, and where that goes.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The application's name.
    pub application: Arc<str>,
    /// Its cluster, where the configuration tells clusters apart.
    pub cluster: Option<Arc<str>>,
}

/// One object of an application.
#[derive(Debug, Clone)]
pub struct Member {
    /// The application.
    pub application: Arc<str>,
    /// The cluster that the application goes to, where the configuration tells clusters apart.
    pub cluster: Option<Arc<str>>,
    /// The namespace, where anything says it.
    pub namespace: Option<String>,
    /// What tells namespaces apart: cluster and namespace, or a text that stands for the unknown
    /// namespace of this application.
    pub space: String,
    /// The object.
    pub object: Object,
    /// Who wrote it.
    pub standing: Standing,
    /// The volume that a render writes it for; nothing for what somebody wrote.
    pub volume: Option<String>,
    /// What its annotation allows.
    pub allowances: Vec<Allowance>,
}

impl Member {
    pub(super) fn new(
        origin: &Origin,
        namespace: Option<String>,
        object: Object,
        standing: Standing,
    ) -> Self {
        let Origin { application, cluster } = origin;
        let space = namespace.clone().unwrap_or_else(|| format!("? of {application}"));
        Self {
            application: Arc::clone(application),
            space: cluster.as_ref().map_or(space.clone(), |cluster| format!("{cluster}: {space}")),
            cluster: cluster.clone(),
            namespace,
            allowances: allow::allowances(&object.node),
            object,
            standing,
            volume: None,
        }
    }

    /// An object that a render writes for a volume, whose allowances hold for it.
    pub(super) fn planned(origin: &Origin, pvc: &Self, object: Object) -> Self {
        Self {
            volume: Some(pvc.name().to_owned()),
            allowances: pvc.allowances.clone(),
            ..Self::new(origin, pvc.namespace.clone(), object, Standing::Planned)
        }
    }

    /// Returns the application.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.object.id.name
    }

    /// Returns the node at the end of a path, unless nothing is there.
    pub fn get(&self, path: &[&str]) -> Option<&Node> {
        self.object.node.at(path).filter(|node| !node.is_null())
    }

    /// Returns the text at the end of a path; an empty one counts as none.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.get(path).and_then(Node::as_str).filter(|text| !text.is_empty())
    }

    /// Returns whether `true` stands at the end of a path.
    pub fn is_true(&self, path: &[&str]) -> bool {
        self.get(path).is_some_and(|node| node.value == Value::Bool(true))
    }

    /// Returns an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.text(&["metadata", "annotations", key])
    }

    /// Returns where a path stands: the longest part of it that is there. Of a mapping or a list
    /// that is its key.
    pub fn at(&self, path: &[&str]) -> Location {
        let mut node = &self.object.node;
        let mut location = self.object.location.clone();
        for key in path {
            let Some(entry) = node.entry(key) else { break };
            node = &entry.value;
            location = self.object.locate(match node.value {
                Value::Mapping(_) | Value::Sequence(_) | Value::Null => entry.mark,
                Value::Bool(_) | Value::Number(_) | Value::String(_) => node.mark,
            });
        }
        location
    }

    /// Returns whether something fills the name in later, so that it is no name yet.
    pub(super) fn is_template(&self) -> bool {
        is_template(self.name())
    }

    /// Returns the name of the Secret that this is, or that is made of it in its namespace.
    pub(super) fn secret(&self) -> Option<&str> {
        made_secret(&self.object)
    }

    /// Returns the sync wave; 0 where none, or none that Argo CD reads, is stated.
    pub fn wave(&self) -> i64 {
        self.annotation(labels::ARGOCD_SYNC_WAVE).and_then(|wave| wave.parse().ok()).unwrap_or(0)
    }

    /// Returns whom a finding is about: of what a render writes, the volume that asks for it.
    pub fn about(&self) -> About {
        if let Some(pvc) = &self.volume {
            let (kind, namespace) = (volume::PVC.to_owned(), self.namespace.clone());
            return About { kind, namespace, name: pvc.clone() };
        }
        About {
            kind: self.object.id.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.object.id.name.clone(),
        }
    }

    /// Makes a finding at this object.
    pub(super) fn finding(&self, code: Code, message: impl Into<String>) -> Finding {
        let diagnostic = Diagnostic::new(code, message).at(self.object.location.clone());
        Finding::of(diagnostic, Some(self.about()), &self.application).also(self)
    }
}
