//! The PVC of a `StatefulSet`'s template, rendered before the controller makes it: the only way
//! in which such a volume can carry the restore reference.

use super::subject::Subject;
use crate::api::{labels, volsync, volume};
use crate::config::Config;
use crate::intent::Intent;
use serde_json::{Map, Value, json};

/// Without these an application's pruning or deletion would take the volume, which a
/// `StatefulSet`'s own volumes survive.
const SYNC_OPTIONS: &[&str] = &["Prune=false", "Delete=false"];

/// Returns the PVC.
pub(super) fn pvc(
    subject: &Subject<'_>,
    intent: &Intent,
    destination: &str,
    config: &Config,
) -> Value {
    let template = subject.node.to_json();
    let map =
        |path: &str| template.pointer(path).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut metadata = Map::new();
    metadata.insert("name".into(), json!(subject.name));
    if let Some(namespace) = &subject.object.id.namespace {
        metadata.insert("namespace".into(), json!(namespace));
    }
    let labels = map("/metadata/labels");
    if !labels.is_empty() {
        metadata.insert("labels".into(), Value::Object(labels));
    }
    let mut annotations = map("/metadata/annotations");
    let given = annotations.get(labels::ARGOCD_SYNC_OPTIONS).and_then(Value::as_str);
    let mut options: Vec<&str> =
        given.unwrap_or_default().split(',').map(str::trim).filter(|o| !o.is_empty()).collect();
    options
        .extend(SYNC_OPTIONS.iter().filter(|option| !given.unwrap_or_default().contains(**option)));
    let options = json!(options.join(","));
    annotations.insert(labels::ARGOCD_SYNC_OPTIONS.into(), options);
    // In an earlier wave than its destination it would wait for ever.
    if let Some(wave) = &intent.sync_wave {
        annotations.insert(labels::ARGOCD_SYNC_WAVE.into(), json!(wave));
    }
    if config.restore.annotate {
        annotations.insert(labels::RESTORE_SOURCE.into(), json!(destination));
    }
    metadata.insert("annotations".into(), Value::Object(annotations));
    let mut spec = map("/spec");
    spec.insert(volume::DATA_SOURCE_REF.into(), volsync::reference_to(destination));
    json!({
        "apiVersion": volume::CORE_V1,
        "kind": volume::PVC,
        "metadata": metadata,
        "spec": spec,
    })
}
