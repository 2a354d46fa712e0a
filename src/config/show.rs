//! The effective configuration as a `plumber.yaml` in which each value names its origin.

use super::blocks::{RawBlock, RawBlocks, RawRetain};
use super::raw::{
    RawAllow, RawApp, RawCheck, RawConfig, RawLimits, RawNamespaces, RawRestore, RawTier,
};
use super::{Allow, Apps, Config, Cron, Resolved, Restore, Tier, VolumeRule, file, size, written};
use crate::api::fields::{FIELDS, position};
use crate::api::labels;
use crate::manifest::{Limits, emit};
use crate::settings::{Settings, built_in, hidden, template};
use serde_json::{Map, Value};

/// The fields that are shown even where nobody set them.
const ALWAYS: &[&str] = &[
    "storageClassName",
    "volumeSnapshotClassName",
    "cacheCapacity",
    "copyMethod",
    "compression",
    "parallelism",
    "retain",
    "moverSecurityContext",
];

/// Writes the effective configuration: a valid `plumber.yaml` that says the same.
pub fn show(resolved: &Resolved) -> String {
    let mut out = format!(
        "# The effective configuration. Never written to, whatever is configured:\n# {}\n",
        labels::NEVER_MANAGED.join(", ")
    );
    // Plain structs with text keys always become a mapping.
    if let Ok(Value::Object(map)) = serde_json::to_value(RawConfig::from(&resolved.config)) {
        let mut writer = Writer { resolved, out: &mut out };
        writer.mapping(&map, "", 0);
    }
    out
}

struct Writer<'a> {
    resolved: &'a Resolved,
    out: &'a mut String,
}

impl Writer<'_> {
    fn mapping(&mut self, map: &Map<String, Value>, parent: &str, indent: usize) {
        for (key, value) in map {
            let path = if parent.is_empty() { key.clone() } else { format!("{parent}.{key}") };
            let key = plain(&Value::from(key.as_str()));
            let pad = " ".repeat(indent);
            match value {
                value if is_unset(value) => self.line(&format!("{pad}# {key}: (not set)")),
                Value::Object(map) if !map.is_empty() => {
                    self.line(&format!("{pad}{key}:"));
                    self.mapping(map, &path, indent + 2);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.line(&format!("{pad}{key}:"));
                    for (n, item) in items.iter().enumerate() {
                        // A mapping in a list fits on its line in flow style, which is JSON.
                        let item = if item.is_object() { item.to_string() } else { plain(item) };
                        self.leaf(&format!("{pad}- {item}"), &format!("{path}.{n}"));
                    }
                }
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_) => self.leaf(&format!("{pad}{key}: {}", plain(value)), &path),
            }
        }
    }

    fn leaf(&mut self, text: &str, path: &str) {
        if matches!(path, "apiVersion" | "kind") {
            return self.line(text);
        }
        // A file may have any name; a comment ends with its line.
        let origin = self.resolved.origin(path).replace(char::is_control, "?");
        self.line(&format!("{text}  # {origin}"));
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }
}

/// Whether nobody set a value, or any of its parts.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => !map.is_empty() && map.values().all(Value::is_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}

fn plain(value: &Value) -> String {
    let is_filled = |value: &Value| match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    // JSON is YAML on one line.
    if is_filled(value) { value.to_string() } else { emit(value, 0, "") }
}

impl From<&Config> for RawConfig {
    fn from(config: &Config) -> Self {
        let Config {
            mode,
            namespace: _,
            cluster,
            app,
            app_name: _,
            defaults,
            classes,
            profiles,
            targets,
            volumes,
            tiers,
            namespaces,
            restore,
            limits,
            allow,
            apps,
        } = config;
        let Restore { inject, annotate, refresh } = restore;
        let Limits { stream_size, document_size } = *limits;
        let [managed, excluded] = namespaces.globs();
        let mover = defaults.mover.unwrap_or_default();
        let mut shown = built_in(mover).clone();
        // What hangs on the volume alone goes without saying.
        shown.entries.retain(|entry| {
            entry.path.side.is_none() && !template::has_placeholder(&entry.value.to_string())
        });
        shown.overlay(defaults.clone());
        let mut block = shown_block(&shown);
        let repository = block.shift_remove("repository");
        let mut ordered = Map::new();
        for (field, key) in ALWAYS.iter().filter_map(|key| Some((position(key)?, *key))) {
            if FIELDS[field].is_of_mover(mover) {
                let value = block.shift_remove(key).unwrap_or_default();
                ordered.insert(key.to_owned(), value);
            }
        }
        ordered.extend(block);
        Self {
            api_version: Some(file::API_VERSION.to_owned()),
            kind: Some(file::KIND.to_owned()),
            mode: Some(mode.id().to_owned()),
            cluster: cluster.clone(),
            app: app.as_ref().map(|app| app.text.clone()),
            repository: repository.and_then(|name| name.as_str().map(str::to_owned)),
            defaults: Some(RawBlock(Value::Object(ordered))),
            profiles: blocks(profiles.iter().map(|(name, profile)| {
                let mut block = shown_block(&profile.settings);
                if let Some(base) = &profile.base {
                    block.shift_insert(0, "base".to_owned(), base.as_str().into());
                }
                (name.clone(), Value::Object(block))
            })),
            classes: blocks(
                classes
                    .iter()
                    .map(|(name, settings)| (name.clone(), Value::Object(shown_block(settings)))),
            ),
            targets: blocks(targets.iter().map(|target| {
                let mut block = shown_block(&target.settings);
                if let Some(restores) = target.restores {
                    block.shift_insert(0, "restore".to_owned(), restores.into());
                }
                (target.name.clone(), Value::Object(block))
            })),
            tiers: Some(
                tiers.iter().filter_map(|(word, t)| Some((word.to_owned(), tier(t)?))).collect(),
            ),
            volumes: Some(volumes.iter().map(VolumeRule::raw).collect::<Vec<_>>())
                .filter(|rules| !rules.is_empty()),
            namespaces: Some(RawNamespaces { managed: Some(managed), excluded: Some(excluded) }),
            restore: Some(RawRestore {
                inject: Some(*inject),
                annotate: Some(*annotate),
                refresh: refresh.as_ref().map(text),
            }),
            limits: Some(RawLimits {
                stream_size: Some(size::raw(stream_size)),
                document_size: Some(size::raw(document_size)),
            }),
            check: Some(RawCheck { allow: Some(allow.iter().map(RawAllow::from).collect()) }),
            apps: Some(apps.iter().map(RawApp::from).collect()),
        }
    }
}

impl From<&Allow> for RawAllow {
    fn from(allow: &Allow) -> Self {
        let [namespace, name] = allow.globs();
        let (code, reason) = (Some(allow.code.id().to_owned()), Some(allow.reason.clone()));
        Self { code, reason, namespace, name }
    }
}

impl From<&Apps> for RawApp {
    fn from(apps: &Apps) -> Self {
        let Apps { path, namespace, app, cluster } = apps.clone();
        Self { path: Some(path), namespace, app, cluster }
    }
}

/// Writes a block as people may see it.
fn shown_block(settings: &Settings) -> Map<String, Value> {
    let mut block = written::block(settings);
    if let Some(secret) = block.get_mut("repositorySecret") {
        *secret = hidden(secret);
    }
    block
}

fn blocks(blocks: impl Iterator<Item = (String, Value)>) -> Option<RawBlocks> {
    let blocks: Map<String, Value> = blocks.collect();
    (!blocks.is_empty()).then_some(RawBlocks(Value::Object(blocks)))
}

fn tier(tier: &Tier) -> Option<RawTier> {
    match tier {
        Tier::Scheduled { cron, retain } => {
            let retain = retain.clone().map(RawRetain);
            Some(RawTier { schedule: Some(text(cron)), retain })
        }
        Tier::Manual | Tier::Disabled => None,
    }
}

fn text(cron: &Cron) -> String {
    cron.template().to_owned()
}
