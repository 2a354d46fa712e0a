//! Rules about volumes that cannot be labelled, by namespace, name and storage class.

use super::apply::Keys;
use super::raw::RawRule;
use crate::settings::Wrong;
use globset::{Glob, GlobMatcher};

/// A rule about volumes.
#[derive(Debug, Clone, Default)]
pub struct VolumeRule {
    namespaces: Option<Vec<GlobMatcher>>,
    names: Option<Vec<GlobMatcher>>,
    storage_classes: Option<Vec<GlobMatcher>>,
    enabled: Option<bool>,
    profile: Option<String>,
    tier: Option<String>,
    /// Where it was written, in words.
    place: String,
}

/// What the rules say of a volume, each part with the rule's place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ruled {
    /// Whether it is backed up.
    pub enabled: Option<(bool, String)>,
    /// Its profile.
    pub profile: Option<(String, String)>,
    /// Its tier.
    pub tier: Option<(String, String)>,
}

/// Two rules are equal if they do the same, wherever they came from.
impl PartialEq for VolumeRule {
    fn eq(&self, other: &Self) -> bool {
        let globs = |list: &Option<Vec<GlobMatcher>>| {
            let texts = |list: &Vec<GlobMatcher>| -> Vec<String> {
                list.iter().map(|glob| glob.glob().glob().to_owned()).collect()
            };
            list.as_ref().map(texts)
        };
        let all = |rule: &Self| [&rule.namespaces, &rule.names, &rule.storage_classes].map(globs);
        all(self) == all(other)
            && self.enabled == other.enabled
            && self.profile == other.profile
            && self.tier == other.tier
    }
}

impl VolumeRule {
    fn matches(&self, namespace: &str, name: &str, class: Option<&str>) -> bool {
        let fits = |globs: &Option<Vec<GlobMatcher>>, text: &str| {
            globs.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.is_match(text)))
        };
        fits(&self.namespaces, namespace)
            && fits(&self.names, name)
            && fits(&self.storage_classes, class.unwrap_or_default())
    }

    /// Returns the profile and the tier that it names, with its place.
    pub(super) fn refers(&self) -> (Option<&str>, Option<&str>, &str) {
        (self.profile.as_deref(), self.tier.as_deref(), &self.place)
    }

    /// Converts to what is written.
    pub(super) fn raw(&self) -> RawRule {
        let globs = |list: &Option<Vec<GlobMatcher>>| {
            let texts = |list: &Vec<GlobMatcher>| -> Vec<String> {
                list.iter().map(|glob| glob.glob().glob().to_owned()).collect()
            };
            list.as_ref().map(texts)
        };
        RawRule {
            namespaces: globs(&self.namespaces),
            names: globs(&self.names),
            storage_classes: globs(&self.storage_classes),
            enabled: self.enabled,
            profile: self.profile.clone(),
            tier: self.tier.clone(),
        }
    }
}

/// Returns what the rules say of a volume: for each key the first that matches and has it.
pub(super) fn ruled(
    rules: &[VolumeRule],
    namespace: &str,
    name: &str,
    class: Option<&str>,
) -> Ruled {
    let mut found = Ruled::default();
    for rule in rules.iter().filter(|rule| rule.matches(namespace, name, class)) {
        let at = |value| (value, rule.place.clone());
        found.enabled = found.enabled.or_else(|| rule.enabled.map(|on| (on, rule.place.clone())));
        found.profile = found.profile.or_else(|| rule.profile.clone().map(at));
        found.tier = found.tier.or_else(|| rule.tier.clone().map(at));
    }
    found
}

impl Keys<'_> {
    /// Reads the rules of a layer.
    pub(super) fn rules_about_volumes(&mut self, raw: Vec<RawRule>) -> Vec<VolumeRule> {
        let layer = self.layer;
        let items = layer.tree.get("volumes").and_then(|node| node.items()).unwrap_or_default();
        let mut rules = Vec::new();
        for (raw, item) in raw.into_iter().zip(items) {
            let RawRule { namespaces, names, storage_classes, enabled, profile, tier } = raw;
            if namespaces.is_none() && names.is_none() && storage_classes.is_none() {
                let help = "write `namespaces: [media]`, `names: [\"data-*\"]` or \
                            `storageClasses: [ceph-block]`; `[\"*\"]` means all";
                let wrong = Wrong::new("a rule says which volumes it is about", help);
                self.wrong(&["volumes"], item.mark, wrong);
            }
            let mark = |key: &str| item.get(key).map_or(item.mark, |node| node.mark);
            let mut globs = |key: &str, texts: Option<Vec<String>>| {
                texts.map(|texts| {
                    let read = |text: &String| match Glob::new(text) {
                        Ok(glob) => Some(glob.compile_matcher()),
                        Err(error) => {
                            let message = format!("`{text}` is no glob: {}", error.kind());
                            let wrong =
                                Wrong::new(message, "write a name, or a glob such as `data-*`");
                            self.wrong(&["volumes", key], mark(key), wrong);
                            None
                        }
                    };
                    texts.iter().filter_map(read).collect()
                })
            };
            rules.push(VolumeRule {
                namespaces: globs("namespaces", namespaces),
                names: globs("names", names),
                storage_classes: globs("storageClasses", storage_classes),
                enabled,
                profile,
                tier: tier.map(|tier| tier.to_lowercase()),
                place: layer.location(item.mark).map_or_else(String::new, |at| at.to_string()),
            });
        }
        rules
    }
}
