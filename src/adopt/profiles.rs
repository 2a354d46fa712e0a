//! What volumes still need → profiles that several share, and what is left for each.
//!
//! The profile that saves the most lines is chosen first, until none saves any.

use super::block::{Block, Item, Scope, Setting};
use super::subject::field;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A profile.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) block: Block,
}

/// Profiles, and what each volume takes of them.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    pub(super) all: Vec<Profile>,
    /// The profile of each volume.
    pub(super) of: Vec<Option<String>>,
    /// What each volume needs beside its profile.
    pub(super) rest: Vec<Vec<Item>>,
}

/// The price of what no annotation can say.
const IMPOSSIBLE: usize = 1000;
/// How many sets of settings are looked at, the most common first.
const CANDIDATES: usize = 120;

/// Finds profiles. `annotated` says which volumes have annotations of ours anyway; `unsayable` are
/// the fields that no annotation can set.
pub(super) fn profiles(
    needs: &[Vec<Item>],
    annotated: &[bool],
    unsayable: &BTreeSet<String>,
) -> Profiles {
    // Items by number, so that sets of them are sets of numbers.
    let mut items: Vec<&Item> = Vec::new();
    let mut numbers: BTreeMap<(Scope, &str, String), usize> = BTreeMap::new();
    let sets: Vec<BTreeSet<usize>> = needs
        .iter()
        .map(|needs| {
            needs
                .iter()
                .map(|item| {
                    *numbers.entry(item.key()).or_insert_with(|| {
                        items.push(item);
                        items.len() - 1
                    })
                })
                .collect()
        })
        .collect();
    let price = |set: &BTreeSet<usize>, at: usize| {
        let lines: usize = set.iter().map(|n| knob(items[*n], unsayable)).sum();
        let omits = set.iter().filter(|n| items[**n].setting == Setting::Omit).count();
        let lines = lines - omits.saturating_sub(1);
        lines + usize::from(lines > 0 && !annotated[at])
    };
    // What no annotation can say has to be in the one profile that a volume has.
    let bound: Vec<BTreeSet<usize>> = sets
        .iter()
        .map(|set| set.iter().copied().filter(|n| is_unsayable(items[*n], unsayable)).collect())
        .collect();
    let takes =
        |at: usize, set: &BTreeSet<usize>| set.is_subset(&sets[at]) && bound[at].is_subset(set);
    let mut candidates = candidates(&sets, &bound);
    let mut of: Vec<Option<usize>> = vec![None; needs.len()];
    let mut chosen: Vec<BTreeSet<usize>> = Vec::new();
    loop {
        let mut best: Option<(usize, BTreeSet<usize>)> = None;
        for set in &candidates {
            let heading = usize::from(chosen.is_empty());
            let cost = 1 + heading + set.len();
            let gain: usize = (0..needs.len())
                .filter(|at| of[*at].is_none() && takes(*at, set))
                .map(|at| {
                    let rest: BTreeSet<usize> = sets[at].difference(set).copied().collect();
                    price(&sets[at], at).saturating_sub(1 + price(&rest, at))
                })
                .sum();
            // Of two that save alike, the one that leaves less beside the volumes.
            if gain >= cost
                && gain > 0
                && best
                    .as_ref()
                    .is_none_or(|(least, known)| (gain - cost, set.len()) > (*least, known.len()))
            {
                best = Some((gain - cost, set.clone()));
            }
        }
        let Some((_, set)) = best else { break };
        for at in 0..needs.len() {
            if of[at].is_none() && takes(at, &set) {
                let rest: BTreeSet<usize> = sets[at].difference(&set).copied().collect();
                if price(&sets[at], at) > price(&rest, at) {
                    of[at] = Some(chosen.len());
                }
            }
        }
        candidates.retain(|other| *other != set);
        chosen.push(set);
    }
    let mut names = BTreeSet::new();
    let profiles: Vec<Profile> = chosen
        .iter()
        .map(|set| {
            let of_set: Vec<&Item> = set.iter().map(|n| items[*n]).collect();
            let word = describe(&of_set);
            let mut name = word.clone();
            let mut n = 2;
            while !names.insert(name.clone()) {
                name = format!("{word}-{n}");
                n += 1;
            }
            let mut block = Block::default();
            for item in of_set {
                block.set(item.clone());
            }
            Profile { name, block }
        })
        .collect();
    let rest = (0..needs.len())
        .map(|at| {
            let profile = of[at].map(|n| &chosen[n]);
            let left = needs[at]
                .iter()
                .filter(|item| !profile.is_some_and(|set| set.contains(&numbers[&item.key()])));
            left.cloned().collect()
        })
        .collect();
    let of = of.into_iter().map(|n| n.map(|n| profiles[n].name.clone())).collect();
    Profiles { all: profiles, of, rest }
}

/// Returns whether no annotation can say a setting: the field has none, or VolSync's own rule is
/// asked for, where the annotation for identities takes both halves.
fn is_unsayable(item: &Item, unsayable: &BTreeSet<String>) -> bool {
    let inherited =
        item.field == field::IDENTITY && matches!(item.setting, Setting::Value(Value::String(_)));
    inherited || unsayable.contains(&item.field)
}

/// The lines that a setting costs as annotations.
fn knob(item: &Item, unsayable: &BTreeSet<String>) -> usize {
    if is_unsayable(item, unsayable) {
        return IMPOSSIBLE;
    }
    match &item.setting {
        Setting::Value(Value::Object(map)) if item.field == field::SECURITY => map.len().max(1),
        Setting::Value(_) | Setting::Omit => 1,
    }
}

/// Sets that several volumes may share: what volumes need, and what two of them have in common.
fn candidates(sets: &[BTreeSet<usize>], bound: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let mut counted: BTreeMap<&BTreeSet<usize>, usize> = BTreeMap::new();
    for set in sets.iter().filter(|set| !set.is_empty()) {
        *counted.entry(set).or_default() += 1;
    }
    let mut whole: Vec<(&BTreeSet<usize>, usize)> = counted.into_iter().collect();
    whole.sort_by_key(|(set, count)| (std::cmp::Reverse(*count), *set));
    whole.truncate(CANDIDATES);
    let bound = bound.iter().filter(|set| !set.is_empty());
    let mut found: BTreeSet<BTreeSet<usize>> = bound.cloned().collect();
    for (n, (one, _)) in whole.iter().enumerate() {
        found.insert((*one).clone());
        for (two, _) in &whole[n + 1..] {
            let common: BTreeSet<usize> = one.intersection(two).copied().collect();
            if !common.is_empty() {
                found.insert(common);
            }
        }
    }
    found.into_iter().collect()
}

/// A word for what a profile sets.
fn describe(items: &[&Item]) -> String {
    let mut words: Vec<String> = Vec::new();
    for item in items {
        let word = match (&item.setting, item.field.as_str()) {
            (Setting::Omit, name) => {
                format!("no-{}", kebab(name.rsplit('.').next().unwrap_or(name)))
            }
            (Setting::Value(value), field::SECURITY) => security(value),
            (Setting::Value(value), field::BACKUP_ONLY) => {
                if value == &Value::Bool(true) { "backup-only" } else { "restored" }.to_owned()
            }
            (Setting::Value(value), field::TIER | field::MOVER) => text(value),
            (Setting::Value(Value::Array(names)), field::TARGETS) => {
                let names: Vec<String> = names.iter().map(text).collect();
                format!("to-{}", names.join("-"))
            }
            (Setting::Value(value), "cacheCapacity") => format!("cache-{}", text(value)),
            (Setting::Value(value), "copyMethod") => text(value),
            (Setting::Value(Value::Object(retain)), field::RETAIN) => {
                let most = ["daily", "hourly", "weekly", "monthly"]
                    .into_iter()
                    .find_map(|key| Some(format!("{key}-{}", retain.get(key)?)));
                format!("keep-{}", most.unwrap_or_else(|| "other".into()))
            }
            (Setting::Value(value @ (Value::String(_) | Value::Number(_))), name) => {
                let value = text(value);
                if value.len() <= 12 && !value.is_empty() {
                    format!("{}-{value}", kebab(name))
                } else {
                    kebab(name)
                }
            }
            (Setting::Value(_), name) => kebab(name),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let long = words.len() > 3;
    words.truncate(3);
    let mut name = words.join("-");
    if long {
        name.push_str("-more");
    }
    name
}

fn security(value: &Value) -> String {
    let id = |key: &str| value.get(key).and_then(Value::as_i64);
    let (user, group, fs) = (id("runAsUser"), id("runAsGroup"), id("fsGroup"));
    match (user, group.or(fs)) {
        (Some(0), None | Some(0)) => "root".to_owned(),
        (Some(user), Some(group)) if user != group => format!("uid-{user}-gid-{group}"),
        (Some(user), _) => format!("uid-{user}"),
        (None, Some(group)) => format!("gid-{group}"),
        (None, None) => "security".to_owned(),
    }
}

/// A value as part of a name.
fn text(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let kept =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    kept.collect::<String>().trim_matches('-').to_owned()
}

/// A field's name as part of a name.
fn kebab(name: &str) -> String {
    let name = name.strip_suffix("ClassName").map_or(name, |short| &name[..short.len() + 5]);
    let mut out = String::new();
    let mut upper = true;
    for c in name.chars() {
        if c.is_ascii_uppercase() && !upper {
            out.push('-');
        }
        upper = c.is_ascii_uppercase() || c == '.';
        out.push(if c == '.' { '-' } else { c.to_ascii_lowercase() });
    }
    out
}
