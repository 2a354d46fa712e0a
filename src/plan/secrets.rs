//! The repositories' Secrets and `ExternalSecret`s: one of each name, after the first volume that
//! needs it.
//!
//! No value of a Secret is ever part of a message.

use super::shared::refuse;
use super::{Verdict, VolumePlan};
use crate::api::labels;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift;
use crate::edit::{Addition, Change, Edit};
use crate::inventory::{Inventory, Owner, owner};
use crate::object::Object;
use serde_json::Value;
use std::collections::BTreeMap;

/// Kind, namespace and name.
type Key = (String, Option<String>, String);

fn key(volume: &VolumePlan, secret: &Value) -> Key {
    let text = |path: &str| secret.pointer(path).and_then(Value::as_str).unwrap_or_default();
    (text("/kind").to_owned(), volume.namespace.clone(), text("/metadata/name").to_owned())
}

/// Adds what is missing, brings up to date what is ours, and leaves the rest alone.
pub(super) fn place(volumes: &mut [VolumePlan], inventory: &Inventory) {
    if volumes.iter().all(|v| v.desired.as_ref().is_none_or(|desired| desired.secrets.is_empty())) {
        return;
    }
    contradictions(volumes);
    let earliest = earliest(volumes);
    let mut placed: Vec<Key> = Vec::new();
    for volume in volumes.iter_mut().filter(|volume| volume.verdict == Verdict::Wired) {
        let secrets = volume.desired.iter().flat_map(|desired| desired.secrets.clone());
        for secret in secrets.collect::<Vec<_>>() {
            let key = key(volume, &secret);
            if placed.contains(&key) {
                continue;
            }
            let secret = earliest.get(&key).map_or(secret, |(_, secret)| secret.clone());
            let (kind, namespace, name) = &key;
            let present = inventory.named(kind, namespace.as_deref(), name);
            match present.first().map(|object| (owner(object), *object)) {
                None => add(volume, secret),
                Some((Owner::Ours, object)) => volume.edits.extend(update(object, &secret)),
                Some((Owner::SomebodyElse | Owner::Unknown, object)) => {
                    let message = format!(
                        "somebody else's {kind} {name} is here and is left alone; the one of \
                         plumber.yaml is not rendered"
                    );
                    let found = Diagnostic::new(Code::ForeignSecret, message)
                        .at(object.location.clone())
                        .help("remove it from Git to have it rendered");
                    volume.reasons.push(found);
                }
            }
            // What a volume in mode audit would add is not in the output.
            if volume.is_applied() {
                placed.push(key);
            }
        }
    }
}

/// Returns each object as the volume of the earliest wave needs it: in a later one it would keep
/// that volume waiting.
fn earliest(volumes: &[VolumePlan]) -> BTreeMap<Key, (i64, Value)> {
    let mut earliest: BTreeMap<Key, (i64, Value)> = BTreeMap::new();
    let is_rendered =
        |volume: &&VolumePlan| volume.verdict == Verdict::Wired && volume.is_applied();
    for volume in volumes.iter().filter(is_rendered) {
        for secret in volume.desired.iter().flat_map(|desired| &desired.secrets) {
            let annotations = secret.pointer("/metadata/annotations");
            let wave = annotations.and_then(|map| map.get(labels::ARGOCD_SYNC_WAVE));
            let wave = wave.and_then(Value::as_str).and_then(|wave| wave.parse().ok()).unwrap_or(0);
            let known = earliest.entry(key(volume, secret)).or_insert((wave, secret.clone()));
            if wave < known.0 {
                *known = (wave, secret.clone());
            }
        }
    }
    earliest
}

/// Refuses volumes that need different objects of one name.
fn contradictions(volumes: &mut [VolumePlan]) {
    let mut needed: BTreeMap<Key, Vec<(Value, String)>> = BTreeMap::new();
    for volume in volumes.iter().filter(|volume| volume.verdict == Verdict::Wired) {
        for secret in volume.desired.iter().flat_map(|desired| &desired.secrets) {
            let by = needed.entry(key(volume, secret)).or_default();
            by.push((secret.clone(), volume.id()));
        }
    }
    for ((kind, _, name), by) in needed {
        let [(first, _), rest @ ..] = by.as_slice() else { continue };
        if rest.iter().all(|(secret, _)| unwaved(secret) == unwaved(first)) {
            continue;
        }
        let ids: Vec<&str> = by.iter().map(|(_, id)| id.as_str()).collect();
        let message = format!("{} need different contents of the {kind} {name}", ids.join(" and "));
        let found = Diagnostic::new(Code::NameTaken, message).help(
            "put a placeholder that tells them apart into metadata.name of `repositorySecret`",
        );
        let location = volumes.iter().rfind(|v| ids.contains(&v.id().as_str()));
        let found = Diagnostic { location: location.map(|v| v.location.clone()), ..found };
        refuse(volumes, &ids, &found);
    }
}

/// A Secret without the wave of the volume that it was made for.
fn unwaved(secret: &Value) -> Value {
    let mut secret = secret.clone();
    if let Some(annotations) =
        secret.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
    {
        annotations.shift_remove(labels::ARGOCD_SYNC_WAVE);
    }
    let is_empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    if secret.pointer("/metadata/annotations").is_some_and(is_empty)
        && let Some(metadata) = secret["metadata"].as_object_mut()
    {
        metadata.shift_remove("annotations");
    }
    secret
}

fn add(volume: &mut VolumePlan, secret: Value) {
    let addition = Addition::Secret(Box::new(secret));
    for edit in &mut volume.edits {
        if let Change::Add(additions) = &mut edit.change {
            additions.push(addition);
            return;
        }
    }
    let change = Change::Add(vec![addition]);
    volume.edits.push(Edit { document: volume.document, change });
}

fn update(object: &Object, desired: &Value) -> Option<Edit> {
    if drift::is_whole(&object.node, desired) {
        return None;
    }
    Some(Edit {
        document: object.document,
        change: Change::Update {
            route: object.route.clone(),
            object: drift::updated_whole(&object.node, desired),
        },
    })
}
