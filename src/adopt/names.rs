//! What the application of each volume is called, by the names of its objects.
//!
//! Names of one repository follow one pattern over one word, mostly the volume's own name. The
//! word is chosen so that the fewest names have to be written beside a volume.

use super::extract::Volume;
use super::original::Original;
use super::subject::{Targets, common_prefix, common_suffix};
use super::values::{filled, replace_word, templates};
use crate::api::name::is_dns_subdomain;
use crate::settings::template::Values;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The applications, and the template that most of them follow.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Apps {
    /// The template; nothing where every name follows from the volume's own.
    pub(super) template: Option<&'static str>,
    /// The name for each volume.
    pub(super) names: Vec<String>,
}

/// What an application may be called without a word beside the volume.
const BASES: &[&str] = &["{pvc}", "{namespace}"];
/// How many volumes are looked at for patterns.
const SAMPLE: usize = 16;
/// The price of an annotation, in lines: itself and the line of its mapping.
const ANNOTATION: usize = 2;

/// A name that is to be said by a template, for each volume.
struct Slot<'v> {
    target: Option<&'v str>,
    names: Vec<Option<&'v str>>,
}

/// Finds the application of each volume.
pub(super) fn apps(
    volumes: &[Volume],
    targets: &Targets,
    sources: &[Vec<Option<&Original>>],
) -> Apps {
    let slots = slots(volumes, targets, sources);
    let mut best: Option<(usize, usize, Option<&'static str>, Vec<String>)> = None;
    let own: Vec<String> = volumes.iter().map(|volume| volume.name.clone()).collect();
    let mut candidates: Vec<Vec<String>> = vec![own.clone()];
    candidates.push(
        volumes.iter().map(|v| v.namespace.clone().unwrap_or_else(|| v.name.clone())).collect(),
    );
    for slot in &slots {
        for (prefix, suffix) in affixes(slot, volumes) {
            let names = slot.names.iter().zip(&own).map(|(name, own)| {
                name.and_then(|name| name.strip_prefix(&*prefix)?.strip_suffix(&*suffix))
                    .filter(|stem| is_dns_subdomain(stem))
                    .map_or_else(|| own.clone(), str::to_owned)
            });
            candidates.push(names.collect());
        }
    }
    let mut seen = BTreeSet::new();
    candidates.retain(|names| seen.insert(names.clone()));
    for (order, mut names) in candidates.into_iter().enumerate() {
        let chosen: Vec<Option<Value>> =
            slots.iter().map(|slot| pattern(slot, volumes, &names)).collect();
        // A volume whose names follow from its own name needs no word beside it.
        for (at, volume) in volumes.iter().enumerate() {
            let wrong = |name: &str| misfits(&slots, &chosen, volume, at, name);
            if wrong(&volume.name) <= wrong(&names[at]) {
                names[at].clone_from(&volume.name);
            }
        }
        let wrong: usize = volumes
            .iter()
            .enumerate()
            .map(|(at, volume)| misfits(&slots, &chosen, volume, at, &names[at]))
            .sum();
        let uses = chosen.iter().flatten().any(|t| t.to_string().contains("{app}"));
        let (base, odd) = if uses { base(volumes, &names) } else { (None, 0) };
        let cost = wrong * ANNOTATION + odd * ANNOTATION + usize::from(base.is_some());
        if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
            best = Some((cost, order, base, names));
        }
    }
    match best {
        Some((_, _, Some(base), names)) => Apps { template: Some(base), names },
        Some((_, _, None, _)) | None => Apps { template: None, names: own },
    }
}

/// The template that most applications follow, and how many do not.
fn base(volumes: &[Volume], names: &[String]) -> (Option<&'static str>, usize) {
    let odd = |base: &str| {
        let pairs = volumes.iter().zip(names);
        pairs.filter(|(volume, name)| fill_base(base, volume) != Some(name.as_str())).count()
    };
    let best = BASES.iter().min_by_key(|base| odd(base)).copied();
    (best, best.map_or(0, odd))
}

/// Returns what one of the [`BASES`] stands for.
pub(super) fn fill_base<'v>(base: &str, volume: &'v Volume) -> Option<&'v str> {
    if base == "{namespace}" { volume.namespace.as_deref() } else { Some(&volume.name) }
}

fn slots<'v>(
    volumes: &'v [Volume],
    targets: &'v Targets,
    sources: &'v [Vec<Option<&'v Original>>],
) -> Vec<Slot<'v>> {
    let mut slots = Vec::new();
    let mut add = |target: Option<&'v str>, name: &dyn Fn(usize) -> Option<&'v str>| {
        let names: Vec<Option<&'v str>> = (0..volumes.len()).map(name).collect();
        if names.iter().any(Option::is_some) {
            slots.push(Slot { target, names });
        }
    };
    for target in 0..targets.count() {
        let rs = |at: usize| sources.get(at).and_then(|row| row[target]);
        let word = targets.name(target);
        add(word, &|at| rs(at).map(|rs| rs.name.as_str()));
        add(word, &|at| rs(at).and_then(|rs| rs.text("repository")));
        add(word, &|at| rs(at).and_then(|rs| rs.text("username")));
    }
    let word = targets.name(targets.restoring);
    let rd = |at: usize| volumes[at].destination.as_ref();
    add(word, &|at| rd(at).map(|rd| rd.name.as_str()));
    add(word, &|at| rd(at).and_then(|rd| rd.text("repository")));
    add(word, &|at| rd(at).and_then(|rd| rd.fields.get("sourceIdentity")?["sourceName"].as_str()));
    slots
}

/// What stands before and behind the word in a slot's names.
fn affixes(slot: &Slot<'_>, volumes: &[Volume]) -> Vec<(String, String)> {
    let mut counted: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (name, volume) in slot.names.iter().zip(volumes) {
        let Some(name) = name else { continue };
        for word in [Some(volume.name.as_str()), volume.namespace.as_deref()].into_iter().flatten()
        {
            let split = replace_word(name, word, "\0");
            if let Some((prefix, suffix)) = split.as_deref().and_then(|text| text.split_once('\0'))
            {
                *counted.entry((prefix.to_owned(), suffix.to_owned())).or_default() += 1;
            }
        }
    }
    let names: Vec<&str> = slot.names.iter().copied().flatten().collect();
    let mut distinct: Vec<&str> = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let mut found: Vec<(String, String)> = Vec::new();
    if distinct.len() > 1 {
        let prefix = common_prefix(&distinct);
        let suffix = common_suffix(&distinct);
        for pair in [(prefix, suffix), ("", suffix), (prefix, ""), ("", "")] {
            found.push((pair.0.to_owned(), pair.1.to_owned()));
        }
    } else if let Some(one) = distinct.first() {
        // A single volume: its name up to each dash may be the word.
        found.push((String::new(), String::new()));
        found.extend(one.match_indices('-').map(|(at, _)| (String::new(), one[at..].to_owned())));
    }
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found.extend(counted.into_iter().take(4).map(|(pair, _)| pair));
    let mut seen = BTreeSet::new();
    found.retain(|pair| seen.insert(pair.clone()));
    found
}

/// The template that says most names of a slot.
fn pattern(slot: &Slot<'_>, volumes: &[Volume], apps: &[String]) -> Option<Value> {
    let known: Vec<usize> = (0..volumes.len()).filter(|at| slot.names[*at].is_some()).collect();
    let step = known.len().div_ceil(SAMPLE).max(1);
    let mut candidates: Vec<Value> = Vec::new();
    for at in known.iter().step_by(step) {
        let Some(name) = slot.names[*at] else { continue };
        let values = values(&volumes[*at], &apps[*at], slot.target);
        for template in templates(&Value::from(name), &values) {
            if !candidates.contains(&template) {
                candidates.push(template);
            }
        }
    }
    let fits = |template: &Value| {
        known.iter().filter(|at| says(template, slot, &volumes[**at], **at, &apps[**at])).count()
    };
    let counted = candidates.into_iter().map(|template| (fits(&template), template));
    // The first of the best: candidates begin with the plainest.
    counted
        .fold(None, |best: Option<(usize, Value)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            Some(_) | None => Some(next),
        })
        .map(|(_, template)| template)
}

fn says(template: &Value, slot: &Slot<'_>, volume: &Volume, at: usize, app: &str) -> bool {
    let wanted = slot.names[at].map(|name| super::values::canonical(&Value::from(name)));
    filled(template, &values(volume, app, slot.target)) == wanted
}

fn misfits(
    slots: &[Slot<'_>],
    chosen: &[Option<Value>],
    volume: &Volume,
    at: usize,
    app: &str,
) -> usize {
    slots
        .iter()
        .zip(chosen)
        .filter(|(slot, _)| slot.names[at].is_some())
        .filter(|(slot, template)| {
            !template.as_ref().is_some_and(|template| says(template, slot, volume, at, app))
        })
        .count()
}

fn values<'s>(volume: &'s Volume, app: &'s str, target: Option<&'s str>) -> Values<'s> {
    Values {
        pvc: &volume.name,
        namespace: volume.namespace.as_deref().unwrap_or_default(),
        app: Some(app),
        target,
        cluster: None,
        capacity: volume.capacity.as_ref(),
        storage_class: volume.storage_class.as_deref(),
        access_modes: &volume.access_modes,
    }
}
