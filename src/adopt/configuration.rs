//! The inferred configuration, and its text.

use super::block::Block;
use super::profiles::Profile;
use crate::manifest::{emit, flow};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The widest line in which a mapping or list is written on one line.
const WIDTH: usize = 100;

/// What `plumber.yaml` is to say.
#[derive(Debug, Clone, Default)]
pub(super) struct Configuration {
    pub(super) app: Option<String>,
    pub(super) defaults: Block,
    /// The profile in which the defaults stand, where they are not for every volume.
    pub(super) aside: Option<&'static str>,
    pub(super) classes: BTreeMap<String, Block>,
    pub(super) targets: Vec<(String, Block)>,
    pub(super) profiles: Vec<Profile>,
    /// The schedule of each tier, and what is kept.
    pub(super) tiers: BTreeMap<String, (String, Option<Value>)>,
    /// Whether references are set.
    pub(super) inject: bool,
    /// The manifest of the repositories' Secrets, with its placeholders.
    pub(super) secret: Option<Value>,
    /// The same for each target.
    pub(super) secrets: BTreeMap<String, Value>,
    /// Rules for volumes that carry no labels.
    pub(super) rules: Vec<Value>,
}

impl Configuration {
    /// Returns whether `ExternalSecret`s are rendered.
    pub(super) fn has_secrets(&self) -> bool {
        self.secret.is_some() || !self.secrets.is_empty()
    }

    /// Leaves `ExternalSecret`s where they are.
    pub(super) fn drop_secrets(&mut self) {
        self.secret = None;
        self.secrets.clear();
    }

    /// Puts the defaults into a profile of their own, where nothing else hangs on all volumes.
    pub(super) fn set_aside(&mut self, name: &'static str) -> bool {
        let alone = self.app.is_none()
            && self.classes.is_empty()
            && self.targets.is_empty()
            && self.inject
            && self.profiles.iter().all(|profile| profile.name != name);
        self.aside = alone.then_some(name);
        alone
    }

    /// Writes `plumber.yaml`.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::from("apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n");
        let mut root = Map::new();
        if let Some(app) = &self.app {
            root.insert("app".into(), json!(app));
        }
        let mut defaults = self.defaults.to_value();
        if let Some(secret) = &self.secret {
            defaults.insert("repositorySecret".into(), secret.clone());
        }
        let mut profiles = Map::new();
        match self.aside {
            Some(name) => put(&mut profiles, name, defaults),
            None => put(&mut root, "defaults", defaults),
        }
        let blocks = |blocks: &mut dyn Iterator<Item = (String, Map<String, Value>)>| {
            blocks.map(|(name, block)| (name, Value::Object(block))).collect::<Map<_, _>>()
        };
        put(
            &mut root,
            "classes",
            blocks(&mut self.classes.iter().map(|(name, block)| (name.clone(), block.to_value()))),
        );
        put(
            &mut root,
            "targets",
            blocks(&mut self.targets.iter().map(|(name, block)| {
                let mut block = block.to_value();
                if let Some(secret) = self.secrets.get(name) {
                    block.insert("repositorySecret".into(), secret.clone());
                }
                (name.clone(), block)
            })),
        );
        for profile in &self.profiles {
            let mut block = Map::new();
            block.extend(self.aside.map(|base| ("base".to_owned(), json!(base))));
            block.extend(profile.block.to_value());
            profiles.insert(profile.name.clone(), Value::Object(block));
        }
        put(&mut root, "profiles", profiles);
        let tiers = self.tiers.iter().map(|(word, (cron, retain))| {
            let mut tier = Map::new();
            tier.insert("schedule".into(), json!(cron));
            if let Some(retain) = retain {
                tier.insert("retain".into(), retain.clone());
            }
            (word.clone(), Value::Object(tier))
        });
        put(&mut root, "tiers", tiers.collect());
        if !self.inject {
            root.insert("restore".into(), json!({"inject": false}));
        }
        if !self.rules.is_empty() {
            root.insert("volumes".into(), Value::Array(self.rules.clone()));
        }
        // The top level opens up, and so does what does not fit on a line.
        for (key, value) in &root {
            entry(&mut out, key, value, 0, true);
        }
        out
    }
}

fn put(root: &mut Map<String, Value>, key: &str, value: Map<String, Value>) {
    if !value.is_empty() {
        root.insert(key.to_owned(), Value::Object(value));
    }
}

/// Writes an entry: on one line where it fits and may, else opened up.
fn entry(out: &mut String, key: &str, value: &Value, indent: usize, open: bool) {
    let name = flow(&json!(key));
    let line = format!("{:indent$}{name}: {}", "", flow(value));
    let is_open = match value {
        Value::Object(map) => !map.is_empty() && (open || line.len() > WIDTH),
        Value::Array(items) => !items.is_empty() && (line.len() > WIDTH || indent == 0 && open),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if !is_open {
        // Writing to a String does not fail.
        writeln!(out, "{line}").unwrap_or_default();
        return;
    }
    writeln!(out, "{:indent$}{name}:", "").unwrap_or_default();
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                entry(out, key, value, indent + 2, false);
            }
        }
        Value::Array(_) => out.push_str(&emit(value, indent, "\n")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
