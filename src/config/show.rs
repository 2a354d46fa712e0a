//! The effective configuration as a `plumber.yaml` in which each value names its origin.

use super::raw::{
    RawConfig, RawDefaults, RawLimits, RawMover, RawNamespaces, RawRestore, RawRetain, RawTier,
};
use super::{Config, Cron, Defaults, Resolved, Restore, Tier, file, size};
use crate::api::{labels, volsync};
use crate::manifest::{Limits, emit};
use serde_json::{Map, Value};

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
                        self.leaf(&format!("{pad}- {}", plain(item)), &format!("{path}.{n}"));
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
    emit(value, 0, "")
}

impl From<&Config> for RawConfig {
    fn from(config: &Config) -> Self {
        let Config { mode, namespace: _, repository, defaults, tiers, namespaces, restore, limits } =
            config;
        let Restore { inject, annotate, refresh } = restore;
        let Limits { stream_size, document_size } = *limits;
        let [managed, excluded] = namespaces.globs();
        Self {
            api_version: Some(file::API_VERSION.to_owned()),
            kind: Some(file::KIND.to_owned()),
            mode: Some(mode.id().to_owned()),
            repository: Some(repository.clone()),
            defaults: Some(defaults.into()),
            tiers: Some(
                tiers.iter().filter_map(|(word, t)| Some((word.to_owned(), tier(t)?))).collect(),
            ),
            namespaces: Some(RawNamespaces { managed: Some(managed), excluded: Some(excluded) }),
            restore: Some(RawRestore {
                inject: Some(*inject),
                annotate: Some(*annotate),
                refresh: refresh.as_ref().map(template),
            }),
            limits: Some(RawLimits {
                stream_size: Some(size::raw(stream_size)),
                document_size: Some(size::raw(document_size)),
            }),
        }
    }
}

impl From<&Defaults> for RawDefaults {
    fn from(defaults: &Defaults) -> Self {
        let Defaults {
            storage_class_name,
            volume_snapshot_class_name,
            cache_capacity,
            copy_method,
            compression,
            parallelism,
            retain,
            mover_security_context,
        } = defaults.clone();
        let volsync::MoverSecurityContext { run_as_user, run_as_group, fs_group } =
            mover_security_context;
        Self {
            storage_class_name,
            volume_snapshot_class_name,
            cache_capacity,
            copy_method: Some(copy_method),
            compression,
            parallelism: parallelism.map(i64::from),
            retain: Some(retain.map(RawRetain::from).unwrap_or_default()),
            mover_security_context: Some(RawMover { run_as_user, run_as_group, fs_group }),
        }
    }
}

impl From<volsync::Retain> for RawRetain {
    fn from(retain: volsync::Retain) -> Self {
        let volsync::Retain { latest, hourly, daily, weekly, monthly, yearly } = retain;
        let [latest, hourly, daily, weekly, monthly, yearly] =
            [latest, hourly, daily, weekly, monthly, yearly].map(|count| count.map(i64::from));
        Self { latest, hourly, daily, weekly, monthly, yearly }
    }
}

fn tier(tier: &Tier) -> Option<RawTier> {
    match tier {
        Tier::Scheduled { cron, retain } => {
            Some(RawTier { schedule: Some(template(cron)), retain: retain.map(RawRetain::from) })
        }
        Tier::Manual | Tier::Disabled => None,
    }
}

fn template(cron: &Cron) -> String {
    cron.template().to_owned()
}
