//! A plan and its rendered objects → what Git intends.

use super::{Intended, Intent, Names, Origin, Rendered, Stated, Unrendered, Wish};
use crate::audit::key::Key;
use crate::audit::packed::{Packed, Packer};
use crate::config::Config;
use crate::intent::{Exempt, RestoreMode};
use crate::object::Node;
use crate::plan::{Plan, Verdict, VolumePlan};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Puts together what Git intends, and which manifests stand beside it; what is kept of them is
/// packed.
pub fn intent(
    plan: &Plan,
    rendered: Vec<Rendered>,
    config: &Config,
    origin: Origin,
    beside: Vec<Unrendered>,
    packer: &Packer,
) -> Intent {
    let mut intent = Intent::default();
    let origin = Arc::new(Origin { refusal: refusal(plan), ..origin });
    for manifest in beside {
        intent.unrendered.entry(manifest.pvc.clone()).or_default().push(manifest);
    }
    let mut volumes: BTreeMap<Key, Packed> = BTreeMap::new();
    let mut sets: BTreeMap<Key, Node> = BTreeMap::new();
    for object in rendered {
        let namespace =
            object.id.namespace.clone().or_else(|| config.namespace.clone()).unwrap_or_default();
        let key = Key::new(&namespace, &object.id.name);
        let manifest = object.manifest;
        match object.id.kind.as_str() {
            "ReplicationSource" => drop(intent.sources.insert(key, manifest)),
            "ReplicationDestination" => drop(intent.destinations.insert(key, manifest)),
            "PersistentVolumeClaim" => drop(volumes.insert(key, manifest)),
            "StatefulSet" => drop(sets.insert(key, manifest.node())),
            "Namespace" => {
                let node = Arc::new(manifest.node());
                drop(intent.namespaces.insert(object.id.name, node));
            }
            "ExternalSecret" => {
                let node = manifest.node();
                let target = node.text_at(&["spec", "target", "name"]);
                intent.secrets.insert(key.beside(target.unwrap_or(&object.id.name)));
            }
            _ => {}
        }
    }
    for volume in &plan.volumes {
        let key = key(volume);
        let template = volume.template.as_ref().and_then(|origin| {
            let set = sets.get(&key.beside(&origin.set))?;
            let templates = set.at(&["spec", "volumeClaimTemplates"])?.items()?;
            templates
                .iter()
                .find(|node| node.text_at(&["metadata", "name"]) == Some(&origin.template))
                .map(|node| packer.pack_node(node, &key))
        });
        let made = volumes.get(&key).cloned().or(template);
        let intended = Arc::new(intended(volume, made));
        intent.add(key, Stated { origin: Arc::clone(&origin), intended });
    }
    intent.origins.push(origin);
    intent.settle();
    intent
}

/// Says which volumes keep everything from rendering.
fn refusal(plan: &Plan) -> Option<String> {
    let failing: BTreeSet<Key> =
        plan.volumes.iter().filter(|volume| volume.fails()).map(key).collect();
    let first = failing.first().map(ToString::to_string)?;
    Some(match failing.len() {
        1 => format!("in mode strict {first} keeps the application from rendering"),
        many => format!(
            "in mode strict {first} and {} more keep the application from rendering",
            many - 1
        ),
    })
}

fn key(volume: &VolumePlan) -> Key {
    Key::new(volume.namespace.as_deref().unwrap_or("?"), &volume.name)
}

fn intended(volume: &VolumePlan, pvc: Option<Packed>) -> Intended {
    let asked = &volume.intent;
    let no_way_back = asked.restore == RestoreMode::Never
        || volume.desired.as_ref().is_some_and(|desired| desired.destination.is_none());
    let wish = match (&asked.exempt, &asked.native_backup) {
        (Exempt::Because(_), _) => Wish::Exempt,
        (Exempt::No, Some(_)) => Wish::Native,
        (Exempt::No, None) if volume.verdict == Verdict::Disabled => Wish::Disabled,
        (Exempt::No, None) if volume.verdict == Verdict::SkippedNotOptedIn => Wish::Undecided,
        (Exempt::No, None) if no_way_back => Wish::BackupOnly,
        (Exempt::No | Exempt::WithoutReason { .. }, _) => Wish::Restored,
    };
    Intended {
        place: volume.location.clone(),
        wish,
        verdict: volume.verdict,
        reasons: volume.reasons.clone(),
        fails: volume.fails(),
        tier: volume.tier.as_deref().map(SmolStr::new),
        skip_restore: asked.skip_restore.as_deref().map(SmolStr::new),
        is_templated: volume.template.is_some(),
        names: names(volume),
        pvc,
    }
}

/// The names of what is in the stream already go before those of what should be.
fn names(volume: &VolumePlan) -> Names {
    let desired = volume.desired.as_ref();
    let present = &volume.pair;
    let source = desired.and_then(|desired| desired.primary());
    Names {
        rs: source
            .map(|source| SmolStr::new(&source.object.metadata.name))
            .or_else(|| present.sources.first().map(|half| SmolStr::new(&half.name))),
        rd: present.destination.as_ref().map(|half| SmolStr::new(&half.name)).or_else(|| {
            let destination = desired.and_then(|desired| desired.destination.as_ref());
            destination.map(|rd| SmolStr::new(&rd.metadata.name))
        }),
    }
}
