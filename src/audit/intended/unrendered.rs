//! Manifests that stand in a folder and are not among what is rendered from it.

use super::{Rendered, Unrendered};
use crate::desired::DESTINATION_SUFFIX;

/// The kinds that make or bring back a volume.
const KINDS: &[&str] = &["PersistentVolumeClaim", "ReplicationSource", "ReplicationDestination"];

/// Finds the manifests of a folder whose objects are not rendered, under their own name or one
/// with a prefix or suffix, as kustomize makes them.
pub fn unrendered(folder: &[Rendered], rendered: &[Rendered]) -> Vec<Unrendered> {
    let mut found: Vec<Unrendered> = folder
        .iter()
        .filter(|object| KINDS.contains(&object.id.kind.as_str()) && !object.id.name.is_empty())
        .filter(|object| {
            !rendered.iter().any(|other| {
                other.id.kind == object.id.kind && made_from(&other.id.name, &object.id.name)
            })
        })
        .map(|object| {
            let name = object.id.name.as_str();
            let pvc = match object.id.kind.as_str() {
                "ReplicationSource" => {
                    let manifest = object.manifest.node();
                    manifest.text_at(&["spec", "sourcePVC"]).unwrap_or(name).to_owned()
                }
                "ReplicationDestination" => {
                    name.strip_suffix(DESTINATION_SUFFIX).unwrap_or(name).to_owned()
                }
                _ => name.to_owned(),
            };
            Unrendered {
                kind: object.id.kind.clone(),
                namespace: object.id.namespace.clone(),
                name: name.to_owned(),
                pvc,
                place: object.location.to_string(),
            }
        })
        .collect();
    found.dedup_by(|a, b| (&a.kind, &a.name) == (&b.kind, &b.name));
    found
}

fn made_from(rendered: &str, name: &str) -> bool {
    let rest = rendered.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('-'));
    let before = rendered.strip_suffix(name).filter(|before| before.ends_with('-'));
    rest.is_some() || before.is_some()
}
