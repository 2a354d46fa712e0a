//! Volumes prepared for inference: their targets, their application, and what each field has to be.

use super::extract::Volume;
use super::original::Original;
use super::values::canonical;
use crate::api::mover::Side;
use crate::settings::template::Values;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The name of a target whose objects carry no word for it.
const MAIN: &str = "main";

/// A field that has to be said, VolSync's own or one of ours.
pub(super) mod field {
    /// The source's name.
    pub(in crate::adopt) const SOURCE_NAME: &str = "names.source";
    /// The destination's name.
    pub(in crate::adopt) const DESTINATION_NAME: &str = "names.destination";
    /// The identity: a mapping of two, or nothing where VolSync's own rule holds.
    pub(in crate::adopt) const IDENTITY: &str = "identity";
    /// The destination's trigger.
    pub(in crate::adopt) const RESTORE_TRIGGER: &str = "restoreTrigger";
    /// Whether there is no destination.
    pub(in crate::adopt) const BACKUP_ONLY: &str = "backupOnly";
    /// The targets of a volume that has not all.
    pub(in crate::adopt) const TARGETS: &str = "targets";
    /// How often it is backed up.
    pub(in crate::adopt) const TIER: &str = "tier";
    /// The mover of a volume.
    pub(in crate::adopt) const MOVER: &str = "mover";
    /// Labels of the objects.
    pub(in crate::adopt) const LABELS: &str = "labels";
    /// Annotations of the objects.
    pub(in crate::adopt) const ANNOTATIONS: &str = "annotations";
    /// How many backups are kept.
    pub(in crate::adopt) const RETAIN: &str = "retain";
    /// Whom the mover runs as.
    pub(in crate::adopt) const SECURITY: &str = "moverSecurityContext";
}

/// A volume and what is known of it.
#[derive(Debug)]
pub(super) struct Subject<'v> {
    pub(super) volume: &'v Volume,
    /// The application's name, as its objects spell it.
    pub(super) app: String,
    /// The source of each target.
    pub(super) sources: Vec<Option<&'v Original>>,
}

/// The targets: none by name where every volume has one source.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) names: Vec<String>,
    /// The one that restores.
    pub(super) restoring: usize,
}

impl Targets {
    /// Returns the name of a target, where there are several.
    pub(super) fn name(&self, target: usize) -> Option<&str> {
        self.names.get(target).map(String::as_str)
    }

    /// Returns how many sources a volume can have.
    pub(super) fn count(&self) -> usize {
        self.names.len().max(1)
    }
}

impl<'v> Subject<'v> {
    /// Returns what placeholders stand for.
    pub(super) fn values<'s>(&'s self, target: Option<&'s str>) -> Values<'s> {
        let volume = self.volume;
        Values {
            pvc: &volume.name,
            namespace: volume.namespace.as_deref().unwrap_or_default(),
            app: Some(&self.app),
            target,
            cluster: None,
            capacity: volume.capacity.as_ref(),
            storage_class: volume.storage_class.as_deref(),
            access_modes: &volume.access_modes,
        }
    }

    /// Returns the tier that a label on the volume says already, be it of another time.
    pub(super) fn labelled_tier(&self) -> Option<&'v str> {
        let labels = &self.volume.metadata["labels"];
        let known = |word: &&str| crate::config::Tiers::default().get(word).is_some();
        labels[crate::api::labels::TIER]
            .as_str()
            .or_else(|| labels[crate::api::labels::LEGACY_BACKUP].as_str().filter(known))
    }

    /// Returns a side's object.
    pub(super) fn original(&self, side: Side, target: usize) -> Option<&'v Original> {
        match side {
            Side::Source => self.sources.get(target).copied().flatten(),
            Side::Destination => self.volume.destination.as_ref(),
        }
    }

    /// Returns what a field of a side has to be; nothing where it has to be absent.
    pub(super) fn need(&self, side: Side, target: usize, name: &str) -> Option<Value> {
        let original = self.original(side, target)?;
        match name {
            field::SOURCE_NAME | field::DESTINATION_NAME => Some(Value::from(&*original.name)),
            field::IDENTITY => {
                let half = |key: &str| original.fields.get(key).cloned();
                match (half("username"), half("hostname")) {
                    (None, None) => None,
                    (username, hostname) => {
                        Some(json!({"username": username, "hostname": hostname}))
                    }
                }
            }
            field::RESTORE_TRIGGER => original.spec["trigger"].get("manual").cloned(),
            _ => original.fields.get(name).cloned(),
        }
    }
}

/// Gives each source of each volume a target.
pub(super) fn targets(volumes: &[Volume]) -> (Targets, Vec<Vec<Option<&Original>>>) {
    if volumes.iter().all(|volume| volume.sources.len() <= 1) {
        let sources = volumes.iter().map(|volume| vec![volume.sources.first()]).collect();
        return (Targets::default(), sources);
    }
    let several = volumes.iter().filter(|volume| volume.sources.len() > 1);
    let mut names: Vec<String> = Vec::new();
    let mut words: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (at, volume) in volumes.iter().enumerate() {
        words.insert(at, words_of(volume));
    }
    for (at, volume) in volumes.iter().enumerate() {
        if volume.sources.len() > 1 {
            for word in &words[&at] {
                if !names.contains(word) {
                    names.push(word.clone());
                }
            }
        }
    }
    let restoring = restoring(several, &names, &words, volumes);
    // The target that restores comes first, as people read it first.
    if restoring > 0 {
        let name = names.remove(restoring);
        names.insert(0, name);
    }
    let sources = volumes
        .iter()
        .enumerate()
        .map(|(at, volume)| {
            let mut row: Vec<Option<&Original>> = vec![None; names.len()];
            for (word, rs) in words[&at].iter().zip(&volume.sources) {
                let known = if volume.sources.len() > 1 {
                    names.iter().position(|name| name == word)
                } else {
                    names
                        .iter()
                        .position(|name| rs.name.ends_with(&format!("-{name}")))
                        .or_else(|| names.iter().position(|name| name == MAIN))
                        .or(Some(0))
                };
                if let Some(known) = known {
                    row[known] = Some(rs);
                }
            }
            row
        })
        .collect();
    (Targets { names, restoring: 0 }, sources)
}

/// The word that sets each source of a volume apart from the others.
fn words_of(volume: &Volume) -> Vec<String> {
    let names: Vec<&str> = volume.sources.iter().map(|rs| rs.name.as_str()).collect();
    let prefix = common_prefix(&names);
    let suffix = if prefix.is_empty() { common_suffix(&names) } else { "" };
    let mut seen = BTreeSet::new();
    names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let word = name[prefix.len()..name.len() - suffix.len()].trim_matches(['-', '.']);
            let word = if word.is_empty() { MAIN.to_owned() } else { word.to_lowercase() };
            if seen.insert(word.clone()) { word } else { format!("{word}-{n}") }
        })
        .collect()
}

fn restoring<'v>(
    several: impl Iterator<Item = &'v Volume>,
    names: &[String],
    words: &BTreeMap<usize, Vec<String>>,
    volumes: &[Volume],
) -> usize {
    let mut votes = vec![0_usize; names.len()];
    let first = volumes.as_ptr();
    for volume in several {
        let Some(rd) = &volume.destination else { continue };
        let at = volumes.iter().position(|other| std::ptr::eq(other, volume));
        debug_assert!(!first.is_null());
        for (n, rs) in volume.sources.iter().enumerate() {
            if rs.fields.get("repository") == rd.fields.get("repository")
                && let Some(word) = at.and_then(|at| words[&at].get(n))
                && let Some(known) = names.iter().position(|name| name == word)
            {
                votes[known] += 1;
            }
        }
    }
    (0..votes.len()).max_by_key(|n| (votes[*n], std::cmp::Reverse(*n))).unwrap_or(0)
}

/// The longest beginning that all names share, up to the end of a word.
pub(super) fn common_prefix<'n>(names: &[&'n str]) -> &'n str {
    let Some(first) = names.first() else { return "" };
    let mut end = first.len();
    for name in names {
        let same = first.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        end = end.min(same);
    }
    // A name that is wholly shared ends a word too: `data` and `data-b2`.
    let whole = names.iter().all(|name| name.len() == end || name.as_bytes()[end] == b'-');
    if whole {
        return &first[..end];
    }
    first[..end].rfind(['-', '.']).map_or("", |at| &first[..=at])
}

/// The longest end that all names share, from the start of a word.
pub(super) fn common_suffix<'n>(names: &[&'n str]) -> &'n str {
    let Some(first) = names.first() else { return "" };
    let mut length = first.len();
    for name in names {
        let same = first.bytes().rev().zip(name.bytes().rev()).take_while(|(a, b)| a == b).count();
        length = length.min(same);
    }
    let end = &first[first.len() - length..];
    end.find(['-', '.']).map_or("", |at| &end[at..])
}

/// Returns whether two needs are the same to VolSync.
pub(super) fn key(value: Option<&Value>) -> Option<String> {
    value.map(canonical)
}
