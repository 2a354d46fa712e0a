//! One field over all volumes → what it is set to for all, and what for each storage class.
//!
//! The choice costs the fewest lines: one for what is configured, and the price of a knob for each
//! volume that it does not fit.

use super::subject::Subject;
use super::values::{canonical, filled, templates};
use crate::settings::template::{Values, has_placeholder};
use serde_json::Value;
use std::collections::BTreeMap;

/// The price of a line of configuration.
const LINE: usize = 2;
/// The price of a volume that the configuration does not fit: a share of a profile, or an
/// annotation of its own.
const KNOB: usize = 3;
/// How many volumes are looked at for templates.
const SAMPLE: usize = 24;

/// What a field has to be for one object.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The volume.
    pub(super) subject: usize,
    /// The target, for what `{target}` stands for.
    pub(super) target: usize,
    /// What it has to be; nothing where it has to be absent.
    pub(super) need: Option<Value>,
    /// What it is where nothing is configured.
    pub(super) built_in: Option<Value>,
    /// The group whose table it can be set in: a storage class, or a tier.
    pub(super) group: Option<String>,
}

/// What a field is set to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pick {
    /// Nothing: the built-in shape has it.
    BuiltIn,
    /// It is left out.
    Omit,
    /// A value or template.
    Value(Value),
}

/// What a field is set to for all, and for groups.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) base: Pick,
    pub(super) groups: BTreeMap<String, Pick>,
    pub(super) cost: usize,
}

/// A column of cells with what is known of each.
struct Column<'c> {
    cells: &'c [Cell],
    needs: Vec<Option<String>>,
    built_in: Vec<Option<String>>,
}

impl<'c> Column<'c> {
    fn new(cells: &'c [Cell]) -> Self {
        Self {
            cells,
            needs: cells.iter().map(|cell| cell.need.as_ref().map(canonical)).collect(),
            built_in: cells.iter().map(|cell| cell.built_in.as_ref().map(canonical)).collect(),
        }
    }

    fn fits(&self, pick: &Pick, values: &dyn Fn(&Cell) -> Values<'c>) -> Vec<bool> {
        let fixed = match pick {
            Pick::Value(value) if !mentions(value) => Some(canonical(value)),
            Pick::BuiltIn | Pick::Omit | Pick::Value(_) => None,
        };
        self.cells
            .iter()
            .enumerate()
            .map(|(n, cell)| match pick {
                Pick::BuiltIn => self.built_in[n] == self.needs[n],
                Pick::Omit => self.needs[n].is_none(),
                Pick::Value(template) => match &fixed {
                    Some(fixed) => self.needs[n].as_ref() == Some(fixed),
                    None => filled(template, &values(cell)) == self.needs[n],
                },
            })
            .collect()
    }
}

/// Returns whether a value holds a placeholder.
pub(super) fn mentions(value: &Value) -> bool {
    match value {
        Value::String(text) => has_placeholder(text),
        Value::Array(items) => items.iter().any(mentions),
        Value::Object(map) => map.iter().any(|(key, v)| has_placeholder(key) || mentions(v)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What a choice may do for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grouping {
    /// It hangs on the group by nature, such as a class of snapshots on a storage class.
    Natural,
    /// The group is a tier, which can set it and cannot leave it out.
    Tier,
    /// It may hang on the group, if enough volumes say so.
    Possible,
}

/// Chooses for one side, or for both at once: `columns` holds the cells of each side.
pub(super) fn choose(
    columns: &[&[Cell]],
    subjects: &[Subject<'_>],
    targets: &[String],
    preferred: Preferred,
    grouping: Grouping,
) -> Choice {
    let values =
        |cell: &Cell| subjects[cell.subject].values(targets.get(cell.target).map(String::as_str));
    let picks = picks(columns, &values, preferred);
    let columns: Vec<Column<'_>> = columns.iter().map(|cells| Column::new(cells)).collect();
    // For each pick: the volumes it does not fit, by group.
    let mut sizes: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for cell in columns.iter().flat_map(|column| column.cells) {
        *sizes.entry(cell.group.as_deref()).or_default() += 1;
    }
    let wrong: Vec<BTreeMap<Option<&str>, usize>> = picks
        .iter()
        .map(|pick| {
            let mut wrong: BTreeMap<Option<&str>, usize> = BTreeMap::new();
            let mut seen = std::collections::BTreeSet::new();
            for column in &columns {
                for (cell, fits) in column.cells.iter().zip(column.fits(pick, &values)) {
                    // One knob is enough for a volume.
                    if !fits && seen.insert(cell.subject) {
                        *wrong.entry(cell.group.as_deref()).or_default() += 1;
                    }
                }
            }
            wrong
        })
        .collect();
    let least = if grouping == Grouping::Possible { 3 } else { 1 };
    let sayable = |pick: &Pick| match pick {
        Pick::BuiltIn => false,
        Pick::Omit => grouping != Grouping::Tier,
        Pick::Value(_) => true,
    };
    let mut best: Option<Choice> = None;
    for (n, pick) in picks.iter().enumerate() {
        let mut cost = lines(pick);
        let mut groups = BTreeMap::new();
        for (group, size) in &sizes {
            let here = wrong[n].get(group).copied().unwrap_or_default();
            let plain = here * KNOB;
            let other = group.filter(|_| here > 0 && *size >= least).and_then(|name| {
                (0..picks.len())
                    .map(|m| {
                        let rest = wrong[m].get(group).copied().unwrap_or_default();
                        (rest * KNOB + lines(&picks[m]).max(LINE), m)
                    })
                    .filter(|(price, m)| *price <= plain && sayable(&picks[*m]))
                    .min()
                    .map(|(price, m)| (name, price, m))
            });
            match other {
                Some((name, price, m)) => {
                    groups.insert(name.to_owned(), picks[m].clone());
                    cost += price;
                }
                None => cost += plain,
            }
        }
        // Of two that cost alike, the one that needs no table.
        let order = |choice: &Choice| (choice.cost, choice.groups.len());
        if best.as_ref().is_none_or(|best| (cost, groups.len()) < order(best)) {
            best = Some(Choice { base: pick.clone(), groups, cost });
        }
    }
    best.unwrap_or(Choice { base: Pick::BuiltIn, groups: BTreeMap::new(), cost: 0 })
}

fn lines(pick: &Pick) -> usize {
    match pick {
        Pick::BuiltIn => 0,
        Pick::Omit | Pick::Value(_) => LINE,
    }
}

/// Which of two picks is taken that fit alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preferred {
    /// The plain value.
    Literal,
    /// What the volume says of itself.
    Template,
    /// The same, and nothing else: no two volumes may have one name.
    TemplateAlone,
}

/// Everything a field could be set to, the preferred first.
fn picks<'v>(
    columns: &[&[Cell]],
    values: &dyn Fn(&Cell) -> Values<'v>,
    preferred: Preferred,
) -> Vec<Pick> {
    let mut literals: BTreeMap<String, (usize, Value)> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let cells: Vec<&Cell> = columns.iter().flat_map(|cells| cells.iter()).collect();
    for cell in &cells {
        if let Some(need) = &cell.need {
            let key = canonical(need);
            let entry = literals.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                (0, need.clone())
            });
            entry.0 += 1;
        }
    }
    order.sort_by_key(|key| std::cmp::Reverse(literals[key].0));
    let mut plain: Vec<Value> =
        order.iter().take(SAMPLE).map(|key| literals[key].1.clone()).collect();
    let with_need: Vec<&&Cell> = cells.iter().filter(|cell| cell.need.is_some()).collect();
    let step = with_need.len().div_ceil(SAMPLE).max(1);
    let mut made: Vec<Value> = Vec::new();
    for cell in with_need.iter().step_by(step) {
        let Some(need) = &cell.need else { continue };
        for template in templates(need, &values(cell)).into_iter().skip(1) {
            if !made.contains(&template) && mentions(&template) {
                made.push(template);
            }
        }
    }
    if preferred == Preferred::TemplateAlone {
        plain.clear();
    }
    if preferred != Preferred::Literal {
        // What says the most of the volume holds for the most volumes to come.
        let placeholders = |template: &Value| template.to_string().matches('{').count();
        made.sort_by_key(|template| std::cmp::Reverse(placeholders(template)));
        std::mem::swap(&mut plain, &mut made);
    }
    let mut picks = vec![Pick::BuiltIn, Pick::Omit];
    picks.extend(plain.into_iter().chain(made).map(Pick::Value));
    picks
}

/// Returns whether a pick is right for a cell.
pub(super) fn is_right(pick: &Pick, cell: &Cell, values: &Values<'_>) -> bool {
    let need = cell.need.as_ref().map(canonical);
    match pick {
        Pick::BuiltIn => cell.built_in.as_ref().map(canonical) == need,
        Pick::Omit => need.is_none(),
        Pick::Value(template) => filled(template, values) == need,
    }
}
