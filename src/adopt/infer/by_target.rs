//! A field in which targets differ.

use super::Inference;
use super::settle::{items, setting};
use crate::adopt::block::{Item, Scope};
use crate::adopt::choose::{Cell, Choice, Grouping, Preferred, choose};
use crate::adopt::subject::{field, key};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

impl Inference<'_, '_> {
    /// Targets differ: each sets the field itself, but the one in which volumes vary, whose value
    /// stands under `defaults`, where a profile can still change it.
    pub(super) fn by_target(
        &mut self,
        name: &str,
        columns: Vec<Vec<Cell>>,
        other: Option<Vec<Cell>>,
        preferred: Preferred,
        grouping: Grouping,
    ) {
        let names = &self.targets.names;
        let choose = |cells: &[Cell]| choose(&[cells], self.subjects, names, preferred, grouping);
        // What a volume needs alike for all its targets is said beside it, above the targets. The
        // targets follow all volumes, or, where some volume could not be said then, those that
        // differ between targets.
        let first: Vec<Choice> = columns.iter().map(|cells| choose(cells)).collect();
        let mut alike = self.alike(&columns, &first);
        if self.unsaid(&columns, &first, &alike) {
            let uniform = Self::uniform(&columns);
            let differing: Vec<Choice> = columns
                .iter()
                .map(|cells| {
                    let cells: Vec<Cell> = cells
                        .iter()
                        .filter(|cell| !uniform.contains_key(&cell.subject))
                        .cloned()
                        .collect();
                    choose(&cells)
                })
                .collect();
            alike = self.alike(&columns, &differing);
        }
        let columns: Vec<Vec<Cell>> = columns
            .into_iter()
            .map(|cells| cells.into_iter().filter(|c| !alike.contains_key(&c.subject)).collect())
            .collect();
        let mut choices: Vec<Choice> = columns.iter().map(|cells| choose(cells)).collect();
        let wrong: Vec<usize> = columns
            .iter()
            .zip(&choices)
            .map(|(cells, choice)| cells.iter().filter(|cell| !self.fits(choice, cell)).count())
            .collect();
        let varying = (0..columns.len())
            .max_by_key(|n| (wrong[*n], choices[*n].groups.len(), std::cmp::Reverse(*n)));
        let varying = varying.filter(|n| wrong[*n] > 0 || !choices[*n].groups.is_empty());
        if varying.is_some() {
            // What stands under `defaults` then is that target's, and the others say their own.
            for (n, cells) in columns.iter().enumerate().filter(|(n, _)| Some(*n) != varying) {
                let never = || Some(json!("\u{0}"));
                let cells: Vec<Cell> =
                    cells.iter().map(|c| Cell { built_in: never(), ..c.clone() }).collect();
                choices[n] = choose(&cells);
            }
        }
        self.unsayable.insert(name.to_owned());
        for (at, need) in alike {
            let scope = if other.is_some() { Scope::Source } else { Scope::Both };
            if name == field::TIER {
                let word = need.as_ref().and_then(Value::as_str);
                self.inferred.marks[at].tier = word.map(str::to_owned);
            } else {
                self.fixed[at].extend(items(scope, name, need.as_ref(), None));
            }
        }
        for (n, choice) in choices.iter().enumerate() {
            if Some(n) == varying {
                continue;
            }
            let restores = n == self.targets.restoring && other.is_some();
            let scope = if restores { Scope::Source } else { Scope::Both };
            if let Some(setting) = setting(name, &choice.base) {
                let block = &mut self.inferred.configuration.targets[n].1;
                block.set(Item { scope, field: name.to_owned(), setting });
            }
        }
        let mut noted: Vec<(Scope, Choice, Vec<Cell>)> = Vec::new();
        if let Some(n) = varying {
            let scope = if other.is_some() { Scope::Source } else { Scope::Both };
            noted.push((scope, choices[n].clone(), columns[n].clone()));
        }
        if let Some(other) = other {
            let choice = crate::adopt::choose::choose(
                &[&other],
                self.subjects,
                &self.targets.names,
                preferred,
                grouping,
            );
            noted.push((Scope::Destination, choice, other));
        }
        let noted: Vec<(Scope, &Choice, &[Cell])> =
            noted.iter().map(|(scope, choice, cells)| (*scope, choice, &cells[..])).collect();
        self.note(name, &noted);
    }

    /// Returns whether some volume is fit by the choices for fewer targets than all but one, and
    /// cannot be said beside it either.
    pub(super) fn unsaid(
        &self,
        columns: &[Vec<Cell>],
        choices: &[Choice],
        alike: &BTreeMap<usize, Option<Value>>,
    ) -> bool {
        let wrong = columns.iter().zip(choices).filter(|(cells, choice)| {
            cells.iter().any(|c| !alike.contains_key(&c.subject) && !self.fits(choice, c))
        });
        wrong.count() > 1
    }

    /// Returns the volumes that need the same for all their targets, with what they need.
    pub(super) fn uniform(columns: &[Vec<Cell>]) -> BTreeMap<usize, Option<Value>> {
        let mut needs: BTreeMap<usize, Vec<&Cell>> = BTreeMap::new();
        for cell in columns.iter().flatten() {
            needs.entry(cell.subject).or_default().push(cell);
        }
        let distinct = |cells: &[&Cell]| {
            cells.iter().map(|cell| key(cell.need.as_ref())).collect::<BTreeSet<_>>().len()
        };
        needs
            .into_iter()
            .filter(|(_, cells)| distinct(cells) == 1)
            .map(|(at, cells)| (at, cells[0].need.clone()))
            .collect()
    }

    /// Returns the volumes that the choices for single targets do not fit and that need the same
    /// for all, with what they need.
    pub(super) fn alike(
        &self,
        columns: &[Vec<Cell>],
        choices: &[Choice],
    ) -> BTreeMap<usize, Option<Value>> {
        let cells = columns.iter().zip(choices).flat_map(|(cells, choice)| {
            cells.iter().filter(|cell| !self.fits(choice, cell)).map(|cell| cell.subject)
        });
        let wrong: BTreeSet<usize> = cells.collect();
        Self::uniform(columns).into_iter().filter(|(at, _)| wrong.contains(at)).collect()
    }
}
