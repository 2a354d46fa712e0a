//! Whether a namespace is open for writing.
//!
//! The gate prevents accidents. It is no security boundary: an application can ship a labelled
//! Namespace of its own.

use crate::api::{labels, volume};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Inventory;
use crate::object::{Location, Node};

/// Whether a namespace is open for writing, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// A Namespace of the stream carries the label.
    OpenByLabel(Location),
    /// The trusted configuration or a flag names it.
    OpenByConfiguration(String),
    /// Nothing opens it.
    Closed,
    /// It is never written to.
    Excluded,
}

impl Gate {
    /// Returns whether it is open.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::OpenByLabel(_) | Self::OpenByConfiguration(_))
    }
}

/// Finds out whether a namespace is open; if not, says how to open it.
pub(super) fn gate(
    namespace: &str,
    inventory: &Inventory,
    config: &Config,
) -> (Gate, Option<Diagnostic>) {
    if let Some(by) = config.namespaces.excluded_by(namespace) {
        let found = Diagnostic::new(
            Code::NamespaceExcluded,
            format!("the namespace {namespace} is never written to: {by}"),
        )
        .help("move the volume, or remove its labels");
        return (Gate::Excluded, Some(found));
    }
    let namespaces = inventory.named(volume::NAMESPACE, None, namespace);
    let label = |object: &&crate::object::Object| {
        object.node.at(&["metadata", "labels", labels::MANAGED_NAMESPACE]).cloned()
    };
    if let Some(open) = namespaces
        .iter()
        .find(|object| label(object).as_ref().and_then(Node::as_str) == Some("true"))
    {
        return (Gate::OpenByLabel(open.location.clone()), None);
    }
    if let Some(by) = config.namespaces.managed_by(namespace) {
        return (Gate::OpenByConfiguration(by), None);
    }
    let wrong = namespaces.iter().find_map(|object| Some((object, label(object)?)));
    let found = match wrong {
        Some((object, value)) => Diagnostic::new(
            Code::NamespaceNotManaged,
            format!(
                "the label {} of the namespace {namespace} is not the text \"true\"",
                labels::MANAGED_NAMESPACE
            ),
        )
        .at(object.locate(value.mark))
        .help(format!("{}: \"true\"", labels::MANAGED_NAMESPACE)),
        None => Diagnostic::new(
            Code::NamespaceNotManaged,
            format!("the namespace {namespace} is not managed"),
        )
        .help(format!(
            "label it among the manifests ({}: \"true\"), name it in namespaces.managed of the \
             trusted plumber.yaml, or give --managed-namespace {namespace}",
            labels::MANAGED_NAMESPACE
        )),
    };
    (Gate::Closed, Some(found))
}
