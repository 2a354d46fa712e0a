//! Every field of the movers, and what else stands on all objects.

use super::Inference;
use crate::adopt::block::{Item, Scope, Setting, has};
use crate::adopt::choose::{Cell, Grouping, Preferred};
use crate::adopt::original::Original;
use crate::adopt::subject::{Subject, field};
use crate::api::labels;
use crate::api::mover::Side;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

impl Inference<'_, '_> {
    /// Labels and annotations that every source, or every destination, carries.
    pub(super) fn metadata(&mut self) {
        for map in [field::LABELS, field::ANNOTATIONS] {
            for side in Side::ALL {
                let of_side = |original: &&Original| original.side == *side;
                let originals: Vec<&Original> = self
                    .subjects
                    .iter()
                    .flat_map(|subject| subject.volume.originals())
                    .filter(of_side)
                    .collect();
                let Some(first) = originals.first() else { continue };
                let entries = first.metadata[map].as_object().into_iter().flatten();
                let shared: Map<String, Value> = entries
                    .filter(|(key, value)| {
                        is_kept(key)
                            && originals.iter().all(|o| o.metadata[map].get(*key) == Some(*value))
                    })
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                if !shared.is_empty() {
                    self.inferred.configuration.defaults.set(Item {
                        scope: Scope::of(*side),
                        field: map.to_owned(),
                        setting: Setting::Value(Value::Object(shared)),
                    });
                }
            }
        }
    }

    /// Every field of the movers.
    pub(super) fn fields(&mut self) {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (at, subject) in self.subjects.iter().enumerate() {
            let originals = subject.volume.originals();
            names.extend(originals.flat_map(|original| original.fields.keys().cloned()));
            names.extend(self.built_in[at].source.keys().cloned());
            names.extend(self.built_in[at].destination.keys().cloned());
        }
        // The identity says these.
        names.remove("username");
        names.remove("hostname");
        let once =
            |_: &Subject<'_>, _: Option<&str>| Some(json!(crate::api::volsync::RESTORE_ONCE));
        self.one_side(field::RESTORE_TRIGGER, Side::Destination, &once);
        for name in names {
            let sources: Vec<Vec<Cell>> = (0..self.targets.count())
                .map(|target| self.cells(&name, Side::Source, target, None))
                .collect();
            let destination = self.cells(&name, Side::Destination, self.targets.restoring, None);
            let grouping = match name.as_str() {
                "storageClassName"
                | "volumeSnapshotClassName"
                | "cacheStorageClassName"
                | "accessModes"
                | "cacheAccessModes"
                | "copyMethod" => Grouping::Natural,
                field::RETAIN if self.targets.count() == 1 => Grouping::Tier,
                _ => Grouping::Possible,
            };
            let preferred = match name.as_str() {
                "accessModes" | "capacity" | "storageClassName" | "repository"
                | "sourceIdentity" => Preferred::Template,
                _ => Preferred::Literal,
            };
            let asked = |cells: &[Cell]| cells.iter().any(|cell| cell.need.is_some());
            let on_source =
                has(self.mover, Side::Source, &name) || sources.iter().any(|cells| asked(cells));
            let on_destination = has(self.mover, Side::Destination, &name) || asked(&destination);
            let destination = (on_destination && !destination.is_empty()).then_some(destination);
            match (on_source, destination) {
                (true, destination) => {
                    self.settle(&name, Side::Source, sources, destination, preferred, grouping);
                }
                (false, Some(destination)) => self.settle(
                    &name,
                    Side::Destination,
                    vec![destination],
                    None,
                    preferred,
                    grouping,
                ),
                (false, None) => {}
            }
        }
    }
}

/// Returns whether a label or annotation is worth keeping: whose object it is and when it is
/// applied is said anew.
fn is_kept(key: &str) -> bool {
    !key.starts_with(labels::PREFIX)
        && !key.starts_with("argocd.argoproj.io/")
        && !matches!(key, labels::MANAGED_BY | labels::VOLSYNC_PVC)
        && key != "kubectl.kubernetes.io/last-applied-configuration"
}
