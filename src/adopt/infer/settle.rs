//! One field: what is configured for it, and what each volume still needs.

use super::Inference;
use crate::adopt::block::{Item, Scope, Setting, has, ours as is_ours, scope_of};
use crate::adopt::choose::{Cell, Choice, Grouping, Pick, Preferred, choose, is_right};
use crate::adopt::subject::{field, key};
use crate::api::mover::Side;
use crate::config::{Tier, Tiers};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

impl Inference<'_, '_> {
    /// Chooses a field and notes what each volume still needs. `columns` are the cells of `side`,
    /// one for each target; `other` those of the destination, where both sides have the field.
    pub(super) fn settle(
        &mut self,
        name: &str,
        side: Side,
        columns: Vec<Vec<Cell>>,
        other: Option<Vec<Cell>>,
        preferred: Preferred,
        grouping: Grouping,
    ) {
        let names = &self.targets.names;
        let choose =
            |columns: &[&[Cell]]| choose(columns, self.subjects, names, preferred, grouping);
        let all: Vec<Cell> = columns.concat();
        let shared = columns.len() == 1 || self.agrees(&choose(&[&all]), &all);
        if !shared {
            self.by_target(name, columns, other, preferred, grouping);
            return;
        }
        match other {
            None => {
                let known = has(self.mover, Side::Source, name)
                    || has(self.mover, Side::Destination, name)
                    || is_ours(name);
                let choice = if known { choose(&[&all]) } else { self.beyond_the_api(name, &all) };
                // On one side alone where the API has it on both and the other is not there.
                let scope = scope_of(self.mover, side, name);
                let scope = if side == Side::Source && self.no_destinations() {
                    Scope::Both
                } else {
                    scope
                };
                self.note(name, &[(scope, &choice, &all)]);
            }
            Some(other) => {
                let (one, mut two) = (choose(&[&all]), choose(&[&other]));
                if !has(self.mover, Side::Destination, name) {
                    two = self.beyond_the_api(name, &other);
                }
                let joint = choose(&[&all, &other]);
                let both =
                    [Side::Source, Side::Destination].map(|side| has(self.mover, side, name));
                if joint.cost <= one.cost + two.cost && both == [true; 2] && !is_of_source(name) {
                    self.note_joint(name, &joint, &all, &other);
                } else {
                    let alone = is_of_source(name) || both == [true, false];
                    let scope = if alone { Scope::Both } else { Scope::Source };
                    self.note(name, &[(scope, &one, &all), (Scope::Destination, &two, &other)]);
                }
            }
        }
    }

    /// Chooses a field that VolSync's API does not have: it can be set, and not be left out again,
    /// nor be said beside a volume.
    fn beyond_the_api(&mut self, name: &str, cells: &[Cell]) -> Choice {
        self.unsayable.insert(name.to_owned());
        let first = cells.first().and_then(|cell| cell.need.clone());
        let same = |cell: &Cell| key(cell.need.as_ref()) == key(first.as_ref());
        let base = match &first {
            Some(value) if cells.iter().all(same) => Pick::Value(value.clone()),
            Some(_) | None => Pick::BuiltIn,
        };
        Choice { base, groups: BTreeMap::new(), cost: 0 }
    }

    pub(super) fn no_destinations(&self) -> bool {
        self.subjects.iter().all(|subject| subject.volume.destination.is_none())
    }

    /// Returns whether each volume that a choice does not fit needs the same for all targets.
    pub(super) fn agrees(&self, choice: &Choice, cells: &[Cell]) -> bool {
        let mut needs: BTreeMap<usize, BTreeSet<Option<String>>> = BTreeMap::new();
        let mut wrong: BTreeSet<usize> = BTreeSet::new();
        for cell in cells {
            needs.entry(cell.subject).or_default().insert(key(cell.need.as_ref()));
            if !self.fits(choice, cell) {
                wrong.insert(cell.subject);
            }
        }
        wrong.iter().all(|at| needs[at].len() == 1)
    }

    pub(super) fn fits(&self, choice: &Choice, cell: &Cell) -> bool {
        let pick = cell.group.as_ref().and_then(|group| choice.groups.get(group));
        let values = self.subjects[cell.subject].values(self.targets.name(cell.target));
        is_right(pick.unwrap_or(&choice.base), cell, &values)
    }

    /// What a volume has where nothing is said beside it.
    pub(super) fn lower(&self, choice: &Choice, cell: &Cell) -> Option<Value> {
        let pick = cell.group.as_ref().and_then(|group| choice.groups.get(group));
        match pick.unwrap_or(&choice.base) {
            Pick::BuiltIn => cell.built_in.clone(),
            Pick::Omit => None,
            Pick::Value(template) => {
                let values = self.subjects[cell.subject].values(self.targets.name(cell.target));
                values.fill_value(template).ok().flatten()
            }
        }
    }

    /// Writes a choice down for both sides at once.
    pub(super) fn note_joint(&mut self, name: &str, choice: &Choice, one: &[Cell], two: &[Cell]) {
        self.configure(name, Scope::Both, choice);
        let mut wrong: BTreeMap<usize, Vec<(Scope, &Cell)>> = BTreeMap::new();
        for (scope, cells) in [(Scope::Source, one), (Scope::Destination, two)] {
            for cell in cells {
                if !self.fits(choice, cell) {
                    wrong.entry(cell.subject).or_default().push((scope, cell));
                }
            }
        }
        for (at, cells) in wrong {
            let needs: BTreeSet<Option<String>> =
                cells.iter().map(|(_, cell)| key(cell.need.as_ref())).collect();
            let scopes: BTreeSet<Scope> = cells.iter().map(|(scope, _)| *scope).collect();
            let whole = self.subjects[at].volume.destination.is_none() || scopes.len() == 2;
            let scopes = if needs.len() == 1 && whole { [Scope::Both].into() } else { scopes };
            for scope in scopes {
                let cell = cells.iter().find(|(of, _)| scope == Scope::Both || *of == scope);
                if let Some((_, cell)) = cell {
                    let items = items(scope, name, cell.need.as_ref(), self.lower(choice, cell));
                    self.residuals[at].extend(items);
                }
            }
        }
    }

    /// Writes choices down, one for each side.
    pub(super) fn note(&mut self, name: &str, choices: &[(Scope, &Choice, &[Cell])]) {
        let mut wrong: BTreeMap<usize, Vec<(Scope, &Choice, &Cell)>> = BTreeMap::new();
        for (scope, choice, cells) in choices {
            self.configure(name, *scope, choice);
            for cell in *cells {
                let known = wrong.get(&cell.subject);
                let again = known.is_some_and(|known| known.iter().any(|(of, ..)| of == scope));
                if !again && !self.fits(choice, cell) {
                    wrong.entry(cell.subject).or_default().push((*scope, choice, cell));
                }
            }
        }
        for (at, cells) in wrong {
            let needs: BTreeSet<Option<String>> =
                cells.iter().map(|(_, _, cell)| key(cell.need.as_ref())).collect();
            // What is said beside a volume wins over what is said for one side of all.
            let has = |side| has(self.mover, side, name);
            let on_both = has(Side::Source) && has(Side::Destination) && !is_of_source(name);
            let both = cells.len() == 2 && needs.len() == 1 && on_both;
            let cells = if both { &cells[..1] } else { &cells[..] };
            for (scope, choice, cell) in cells {
                let scope = if both { Scope::Both } else { *scope };
                let items = items(scope, name, cell.need.as_ref(), self.lower(choice, cell));
                self.residuals[at].extend(items);
            }
        }
    }

    pub(super) fn configure(&mut self, name: &str, scope: Scope, choice: &Choice) {
        let configuration = &mut self.inferred.configuration;
        // Under `defaults` alone, a storage class for both sides is for volumes that name none.
        let fallback = name == "storageClassName"
            && scope == Scope::Both
            && matches!(choice.base, Pick::Value(_));
        let scopes: &[Scope] =
            if fallback { &[Scope::Source, Scope::Destination] } else { &[scope] };
        if let Some(setting) = setting(name, &choice.base) {
            for scope in scopes {
                let setting = setting.clone();
                configuration.defaults.set(Item { scope: *scope, field: name.to_owned(), setting });
            }
        }
        for (group, pick) in &choice.groups {
            let Some(setting) = setting(name, pick) else { continue };
            if name == field::RETAIN && self.targets.count() == 1 {
                let tier = configuration.tiers.entry(group.clone());
                let tier = tier.or_insert_with(|| (built_in_cron(group), None));
                if let Setting::Value(retain) = setting {
                    tier.1 = Some(retain);
                }
                continue;
            }
            let class = configuration.classes.entry(group.clone()).or_default();
            class.set(Item { scope, field: name.to_owned(), setting });
        }
    }
}

/// Returns the schedule of a tier that needs no configuration.
fn built_in_cron(word: &str) -> String {
    match Tiers::default().get(word) {
        Some(Tier::Scheduled { cron, .. }) => cron.template().to_owned(),
        Some(Tier::Manual | Tier::Disabled) | None => String::new(),
    }
}

/// Returns whether a field beside the others is about backups alone, though both sides have it.
fn is_of_source(name: &str) -> bool {
    name == "copyMethod"
}

pub(super) fn setting(name: &str, pick: &Pick) -> Option<Setting> {
    match pick {
        Pick::BuiltIn => None,
        Pick::Omit => Some(left_out(name)),
        Pick::Value(value) => Some(Setting::Value(value.clone())),
    }
}

/// An identity that is not there is VolSync's own; any other field is left out.
fn left_out(name: &str) -> Setting {
    if name == field::IDENTITY { Setting::Value(json!("inherit")) } else { Setting::Omit }
}

/// What has to be said so that a field is what it has to be. A security context is put together
/// key by key, so only what differs is said, and what is too much is left out.
pub(super) fn items(
    scope: Scope,
    name: &str,
    need: Option<&Value>,
    lower: Option<Value>,
) -> Vec<Item> {
    let item = |field: &str, setting| Item { scope, field: field.to_owned(), setting };
    let parts = (name == field::SECURITY).then_some((need, lower));
    if let Some((Some(Value::Object(need)), Some(Value::Object(lower)))) = parts {
        let differs =
            |(key, value): &(&String, &Value)| self::key(lower.get(*key)) != self::key(Some(value));
        let mut found: Vec<Item> = lower
            .keys()
            .filter(|key| !need.contains_key(*key))
            .map(|key| item(&format!("{name}.{key}"), Setting::Omit))
            .collect();
        let own: Map<String, Value> =
            need.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect();
        if !own.is_empty() {
            found.push(item(name, Setting::Value(Value::Object(own))));
        }
        return found;
    }
    vec![item(name, need.map_or_else(|| left_out(name), |v| Setting::Value(v.clone())))]
}
