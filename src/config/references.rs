//! What one part of the configuration says of another, checked when all layers are together.

use super::{Config, Found, layer};
use crate::api::fields::FIELDS;
use crate::api::mover::Mover;
use crate::api::suggest::nearest;
use crate::diagnostic::Diagnostic;
use crate::settings::{Settings, template};
use std::collections::BTreeSet;

/// Checks names of profiles, tiers and targets, placeholders that need a key, and fields that no
/// mover in use has.
pub(super) fn check(config: &Config, found: &Found) -> Vec<Diagnostic> {
    let mut checker = Checker { config, found, diagnostics: Vec::new() };
    checker.profiles();
    checker.targets();
    checker.blocks();
    checker.rules();
    checker.diagnostics
}

struct Checker<'c> {
    config: &'c Config,
    found: &'c Found,
    diagnostics: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn wrong(&mut self, path: &str, message: &str, help: impl Into<String>) {
        let found = layer::invalid(&format!("`{path}`"), message).help(help);
        // A part may be known by the place of the whole.
        let mut at = path;
        let location = loop {
            match (self.found.places.get(at), at.rsplit_once('.')) {
                (Some(location), _) => break Some(location.clone()),
                (None, Some((parent, _))) => at = parent,
                (None, None) => break None,
            }
        };
        self.diagnostics.push(Diagnostic { location, ..found });
    }

    fn unknown(&mut self, path: &str, what: &str, name: &str, known: &[&str]) {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("define it in `{what}s`"),
            None => format!("there are {}", known.join(", ")),
        };
        self.wrong(path, &format!("there is no {what} `{name}`"), help);
    }

    /// Every base exists, and no chain of bases comes back to where it started.
    fn profiles(&mut self) {
        let profiles = &self.config.profiles;
        let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
        let mut told = BTreeSet::new();
        for (name, profile) in profiles {
            let path = format!("profiles.{name}.base");
            if let Some(base) = profile.base.as_deref().filter(|base| !profiles.contains_key(*base))
            {
                self.unknown(&path, "profile", base, &known);
            }
            let mut chain = vec![name.as_str()];
            let next = |name: &str| profiles.get(name).and_then(|profile| profile.base.as_deref());
            while let Some(base) = chain.last().and_then(|name| next(name)) {
                if let Some(start) = chain.iter().position(|known| *known == base) {
                    chain.push(base);
                    let mut members: Vec<&str> = chain[start + 1..].to_vec();
                    members.sort_unstable();
                    if start == 0 && told.insert(members) {
                        let cycle = chain.join(" → ");
                        let message = format!("profiles build on each other in a circle: {cycle}");
                        self.wrong(&path, &message, "remove one `base` of them");
                    }
                    break;
                }
                chain.push(base);
            }
        }
    }

    fn targets(&mut self) {
        let restoring: Vec<&str> = self
            .config
            .targets
            .iter()
            .filter(|target| target.restores == Some(true))
            .map(|target| target.name.as_str())
            .collect();
        if let [first, second, ..] = restoring.as_slice() {
            let message =
                format!("the target {first} is restored from too; a volume has one destination");
            self.wrong(&format!("targets.{second}.restore"), &message, "keep one `restore: true`");
        }
    }

    /// Returns every settings block with its path.
    fn all(&self) -> Vec<(String, &Settings)> {
        let config = self.config;
        let named = |list: &'static str| move |name: &String| format!("{list}.{name}");
        let mut all = vec![("defaults".to_owned(), &config.defaults)];
        all.extend(config.classes.iter().map(|(n, block)| (named("classes")(n), block)));
        all.extend(config.profiles.iter().map(|(n, p)| (named("profiles")(n), &p.settings)));
        all.extend(config.targets.iter().map(|t| (named("targets")(&t.name), &t.settings)));
        all
    }

    fn blocks(&mut self) {
        let config = self.config;
        let tiers = config.tiers.words();
        let targets: Vec<&str> = config.targets.iter().map(|t| t.name.as_str()).collect();
        let mut movers: BTreeSet<Mover> =
            self.all().iter().filter_map(|(_, block)| block.mover).collect();
        if config.defaults.mover.is_none() {
            movers.insert(Mover::default());
        }
        let blocks: Vec<(String, Settings)> =
            self.all().into_iter().map(|(path, block)| (path, block.clone())).collect();
        for (path, block) in blocks {
            if let Some(tier) = block.tier.as_deref().filter(|tier| !tiers.contains(tier)) {
                self.unknown(&format!("{path}.tier"), "tier", tier, &tiers);
            }
            for target in block.targets.iter().flatten() {
                if !targets.contains(&target.as_str()) {
                    self.unknown(&format!("{path}.targets"), "target", target, &targets);
                }
            }
            if block.targets.as_ref().is_some_and(Vec::is_empty) {
                let help = "name a target, or leave the key out for all of them";
                self.wrong(&format!("{path}.targets"), "it names no target", help);
            }
            for entry in &block.entries {
                let field = &FIELDS[entry.path.field];
                if !movers.iter().any(|mover| field.is_of_mover(*mover)) {
                    let [used, other] = if movers.contains(&Mover::Kopia) {
                        [Mover::Kopia, Mover::Restic]
                    } else {
                        [Mover::Restic, Mover::Kopia]
                    };
                    let message =
                        format!("{} has no such field; it is of {}", used.id(), other.id());
                    // The short form has a path of its own.
                    let help = format!("remove it, or write `mover: {}`", other.id());
                    self.wrong(&format!("{path}.{}", entry.path), &message, help);
                }
            }
            self.placeholders(&path, &block);
        }
    }

    /// `{cluster}` and `{target}` stand for keys that somebody has to write.
    fn placeholders(&mut self, path: &str, block: &Settings) {
        let names = [
            ("names.source", block.source_name.as_ref()),
            ("names.destination", block.destination_name.as_ref()),
            ("restoreTrigger", block.restore_trigger.as_ref()),
        ];
        let names =
            names.into_iter().filter_map(|(key, t)| Some((key.to_owned(), t?.text.clone())));
        let entries =
            block.entries.iter().map(|entry| (entry.path.to_string(), entry.value.to_string()));
        let secret = block.repository_secret.iter();
        let secret = secret.map(|m| ("repositorySecret".to_owned(), m.value.to_string()));
        let all: Vec<(String, String)> = names.chain(entries).chain(secret).collect();
        for (key, text) in all {
            let used = template::placeholders(&text);
            let at = match (path, key.as_str()) {
                ("defaults", "repository")
                    if !self.found.places.contains_key("defaults.repository") =>
                {
                    key
                }
                _ => format!("{path}.{key}"),
            };
            if used.contains(&"cluster") && self.config.cluster.is_none() {
                self.wrong(&at, "`{cluster}` stands for nothing", "add `cluster: NAME`");
            }
            if used.contains(&"target") && self.config.targets.is_empty() {
                let help = "define `targets`, or remove the placeholder";
                self.wrong(&at, "`{target}` stands for nothing", help);
            }
        }
    }

    fn rules(&mut self) {
        let tiers: Vec<String> = self.config.tiers.words().into_iter().map(str::to_owned).collect();
        let profiles: Vec<String> = self.config.profiles.keys().cloned().collect();
        let rules = self.config.volumes.clone();
        for rule in &rules {
            let (profile, tier, place) = rule.refers();
            for (what, name, known) in [("profile", profile, &profiles), ("tier", tier, &tiers)] {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                if let Some(name) = name.filter(|name| !known.contains(name)) {
                    self.unknown("volumes", what, name, &known);
                    if let Some(last) = self.diagnostics.last_mut() {
                        last.message = format!("{} (the rule at {place})", last.message);
                    }
                }
            }
        }
    }
}
