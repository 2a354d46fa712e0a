//! What a volume must be for a pair to be possible, whoever writes it.

use super::NamespaceFrom;
use super::reference;
use super::volume::Case;
use crate::api::{name, volume};
use crate::desired::Facts;
use crate::diagnostic::{Code, Diagnostic};
use crate::object::Node;

impl Case<'_, '_> {
    /// What makes a pair impossible, whoever writes it.
    pub(super) fn shape(&mut self) {
        if !self.plan.intent.wants_backup() {
            return;
        }
        let name = self.subject.name.clone();
        if self.subject.is_duplicate {
            let found = if self.plan.template.is_none() {
                let message = "stands twice in the stream; Argo CD applies the last";
                Diagnostic::new(Code::DuplicateObject, format!("the volume {name} {message}"))
                    .help("remove one of them")
            } else {
                let message = format!("the volume {name} is made by two templates");
                Diagnostic::new(Code::DuplicateObject, message)
                    .help("rename a template or a StatefulSet, or remove one")
            };
            self.review(found);
        }
        for problem in std::mem::take(&mut self.settlement.problems) {
            self.is_unsettled = true;
            self.review(problem);
        }
        if let Some(namespace) = self.plan.namespace.as_deref()
            && !name::is_dns_label(namespace)
        {
            let message = format!("`{namespace}` is no namespace that Kubernetes takes");
            let found = Diagnostic::new(Code::InvalidName, message)
                .help("write it in lower case letters, digits and `-`, 63 at most");
            self.review(found);
        }
        if let Some((key, location)) = self.plan.intent.hook.clone() {
            let found = Diagnostic::new(
                Code::HookVolume,
                format!(
                    "{key} makes the volume a hook, which waits for a destination that comes later"
                ),
            )
            .at(location)
            .help("make it an ordinary manifest of the application");
            self.review(found);
        }
        if let Some(key) = self.plan.intent.native_backup.clone() {
            let found = Diagnostic::new(
                Code::NativeBackup,
                format!("the label {key} says that CloudNativePG owns the volume and backs it up"),
            )
            .help("remove the pvc-plumber.io labels");
            self.review(found);
        }
        if self.capacity().is_none() {
            let stated = self.subject.node.at(volume::STORAGE_REQUEST).filter(|n| !n.is_null());
            let found = match stated {
                Some(node) => Diagnostic::new(
                    Code::CapacityMissing,
                    format!(
                        "spec.resources.requests.storage is {}, which is no size",
                        node.as_str().map_or_else(|| node.kind_name().into(), |t| format!("`{t}`"))
                    ),
                )
                .at(self.subject.object.locate(node.mark))
                .help("write a size such as 10Gi"),
                None => Diagnostic::new(
                    Code::CapacityMissing,
                    "the volume requests no size, and its restore needs one",
                )
                .help("set spec.resources.requests.storage"),
            };
            self.review(found);
        }
        for conflict in reference::conflicts(self.subject, &self.plan.intent) {
            self.review(conflict);
        }
    }

    pub(super) fn capacity(&self) -> Option<serde_json::Value> {
        let capacity = self.subject.node.at(volume::STORAGE_REQUEST)?.to_json();
        let fits = match &capacity {
            // Of numbers, VolSync's API takes whole ones alone.
            serde_json::Value::Number(bytes) => bytes.is_u64(),
            serde_json::Value::String(text) => name::is_quantity(text),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => false,
        };
        fits.then_some(capacity)
    }

    pub(super) fn facts(&self, namespace: &str) -> Facts {
        let spec = |key: &str| self.subject.node.at(&["spec", key]);
        let modes: Vec<String> = spec("accessModes")
            .and_then(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|mode| mode.as_str().map(str::to_owned))
            .collect();
        Facts {
            namespace: namespace.to_owned(),
            states_namespace: self.plan.namespace_from == NamespaceFrom::Manifest,
            name: self.subject.name.clone(),
            capacity: self.capacity(),
            access_modes: if modes.is_empty() { vec!["ReadWriteOnce".into()] } else { modes },
            storage_class: spec("storageClassName").and_then(Node::as_str).map(str::to_owned),
        }
    }
}
