//! What the built-in shape hangs on: the mover, the names, the identity, the targets.

use super::Fixed;
use super::Inference;
use crate::adopt::block::{Item, Scope, Setting};
use crate::adopt::choose::{Cell, Grouping, Preferred};
use crate::adopt::subject::{Subject, field};
use crate::api::mover::{Mover, Side};
use serde_json::{Value, json};

impl Inference<'_, '_> {
    /// What the built-in shape hangs on: the mover, names, identity, and whether there is a
    /// destination.
    pub(super) fn shape(&mut self) {
        if self.mover != Mover::Kopia {
            self.set_default(field::MOVER, json!(self.mover.id()));
        }
        for (at, subject) in self.subjects.iter().enumerate() {
            let mover = subject.volume.originals().next().map(|original| original.mover);
            if let Some(mover) = mover.filter(|mover| *mover != self.mover) {
                self.residuals[at].push(Item {
                    scope: Scope::Both,
                    field: field::MOVER.into(),
                    setting: Setting::Value(json!(mover.id())),
                });
            }
        }
        self.backup_only();
        let restoring = self.targets.name(self.targets.restoring);
        let source = |subject: &Subject<'_>, target: Option<&str>| {
            let template = if target == restoring { "{pvc}" } else { "{pvc}-{target}" };
            subject.values(target).fill_value(&json!(template)).ok().flatten()
        };
        let destination = |subject: &Subject<'_>, target: Option<&str>| {
            subject.values(target).fill_value(&json!("{pvc}-dst")).ok().flatten()
        };
        self.one_side(field::SOURCE_NAME, Side::Source, &source);
        self.one_side(field::DESTINATION_NAME, Side::Destination, &destination);
        let originals = || self.subjects.iter().flat_map(|subject| subject.volume.originals());
        if originals().any(|original| original.mover == Mover::Kopia) {
            let explicit = |subject: &Subject<'_>, _: Option<&str>| {
                let values = subject.values(None);
                Some(json!({"username": values.pvc, "hostname": values.namespace}))
            };
            self.one_side(field::IDENTITY, Side::Source, &explicit);
        }
    }

    pub(super) fn set_default(&mut self, name: &str, value: Value) {
        self.inferred.configuration.defaults.set(Item {
            scope: Scope::Both,
            field: name.to_owned(),
            setting: Setting::Value(value),
        });
    }

    pub(super) fn backup_only(&mut self) {
        let without = |subject: &Subject<'_>| subject.volume.destination.is_none();
        let count = self.subjects.iter().filter(|subject| without(subject)).count();
        let most = count * 2 > self.subjects.len();
        if most {
            self.set_default(field::BACKUP_ONLY, json!(true));
        }
        for (at, subject) in self.subjects.iter().enumerate() {
            if without(subject) != most {
                self.residuals[at].push(Item {
                    scope: Scope::Both,
                    field: field::BACKUP_ONLY.into(),
                    setting: Setting::Value(json!(!most)),
                });
            }
            let all = subject.sources.iter().all(Option::is_some);
            if !all {
                let of = subject.sources.iter().enumerate().filter(|(_, rs)| rs.is_some());
                let names: Vec<&str> = of.filter_map(|(n, _)| self.targets.name(n)).collect();
                self.residuals[at].push(Item {
                    scope: Scope::Both,
                    field: field::TARGETS.into(),
                    setting: Setting::Value(json!(names)),
                });
            }
        }
    }

    /// Chooses a field that one side decides for the pair.
    pub(super) fn one_side(&mut self, name: &str, side: Side, built_in: &Fixed<'_>) {
        let columns: Vec<Vec<Cell>> = match side {
            Side::Source => (0..self.targets.count())
                .map(|target| self.cells(name, side, target, Some(built_in)))
                .collect(),
            Side::Destination => {
                vec![self.cells(name, side, self.targets.restoring, Some(built_in))]
            }
        };
        let named = matches!(name, field::SOURCE_NAME | field::DESTINATION_NAME | field::IDENTITY);
        let preferred = if named { Preferred::TemplateAlone } else { Preferred::Template };
        self.settle(name, side, columns, None, preferred, Grouping::Possible);
    }

    pub(super) fn cells(
        &self,
        name: &str,
        side: Side,
        target: usize,
        built_in: Option<&Fixed<'_>>,
    ) -> Vec<Cell> {
        let by_tier = name == field::RETAIN && self.targets.count() == 1;
        let cells = self.subjects.iter().enumerate().filter_map(|(at, subject)| {
            let original = subject.original(side, target)?;
            // Only kopia knows identities.
            if name == field::IDENTITY && original.mover != Mover::Kopia {
                return None;
            }
            let of_shape = match side {
                Side::Source => &self.built_in[at].source,
                Side::Destination => &self.built_in[at].destination,
            };
            Some(Cell {
                subject: at,
                target,
                need: subject.need(side, target, name),
                built_in: match built_in {
                    Some(built_in) => built_in(subject, self.targets.name(target)),
                    None => of_shape.get(name).cloned(),
                },
                group: if by_tier {
                    self.tiers.get(at).cloned().flatten().filter(|word| word != "manual")
                } else {
                    subject.volume.storage_class.clone()
                },
            })
        });
        cells.collect()
    }
}
