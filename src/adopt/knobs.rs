//! What a volume needs beside the configuration → the labels and annotations that say it.

use super::block::{Item, Scope, Setting};
use super::infer::Marks;
use super::subject::field;
use crate::api::labels;
use crate::manifest::flow;
use serde_json::{Map, Value};

/// Labels and annotations to write on a volume, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knobs {
    /// The labels.
    pub labels: Vec<(String, String)>,
    /// The annotations.
    pub annotations: Vec<(String, String)>,
}

impl Knobs {
    /// Returns how many lines they are, beside the lines of their mappings.
    pub fn lines(&self) -> usize {
        self.labels.len() + self.annotations.len()
    }
}

/// Says a volume's marks.
pub(super) fn knobs(marks: &Marks) -> Knobs {
    let mut knobs = Knobs::default();
    let mut label = |key: &str, value: &str| {
        knobs.labels.push((key.to_owned(), value.to_owned()));
    };
    label(labels::ENABLED, "true");
    label(labels::MANAGE_VOLSYNC, "true");
    if let Some(tier) = &marks.tier {
        label(labels::TIER, tier);
    }
    if let Some(profile) = &marks.profile {
        label(labels::PROFILE, profile);
    }
    let mut annotate = |key: String, value: String| knobs.annotations.push((key, value));
    if let Some(app) = &marks.app {
        annotate(labels::APP.to_owned(), app.clone());
    }
    if !marks.minutes.is_empty() {
        let say = |(target, minute): &(Option<String>, u32)| match target {
            Some(target) => format!("{target}={minute}"),
            None => minute.to_string(),
        };
        let said: Vec<String> = marks.minutes.iter().map(say).collect();
        annotate(labels::MINUTE.to_owned(), said.join(" "));
    }
    let mut omitted = Vec::new();
    for item in &marks.items {
        match &item.setting {
            Setting::Omit => omitted.push(item.path()),
            Setting::Value(value) => {
                for (key, value) in say(item, value) {
                    annotate(key, value);
                }
            }
        }
    }
    if !omitted.is_empty() {
        annotate(labels::OMIT.to_owned(), omitted.join(", "));
    }
    knobs
}

/// Says one setting: by the knob that is made for it, else by the field's own name.
fn say(item: &Item, value: &Value) -> Vec<(String, String)> {
    let plain = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |key: &str, value: String| vec![(key.to_owned(), value)];
    if item.scope == Scope::Both {
        let known = match item.field.as_str() {
            "storageClassName" => Some(labels::STORAGE_CLASS),
            "volumeSnapshotClassName" => Some(labels::SNAPSHOT_CLASS),
            "cacheCapacity" => Some(labels::CACHE_CAPACITY),
            "copyMethod" => Some(labels::COPY_METHOD),
            "repository" => Some(labels::REPOSITORY),
            field::SOURCE_NAME => Some(labels::SOURCE_NAME),
            field::DESTINATION_NAME => Some(labels::DESTINATION_NAME),
            field::BACKUP_ONLY => Some(labels::BACKUP_ONLY),
            field::RESTORE_TRIGGER => Some(labels::RESTORE_TOKEN),
            _ => None,
        };
        if let Some(key) = known {
            return one(key, plain());
        }
        match (item.field.as_str(), value) {
            (field::IDENTITY, Value::Object(map)) => {
                let half = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
                return one(
                    labels::BACKUP_IDENTITY,
                    format!("{}/{}", half("hostname"), half("username")),
                );
            }
            (field::RETAIN, Value::Object(map)) if !map.is_empty() => {
                let part = |(key, value): (&String, &Value)| {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    format!("{key}={value}")
                };
                return one(labels::RETAIN, map.iter().map(part).collect::<Vec<_>>().join(","));
            }
            (field::SECURITY, Value::Object(map)) => return security(map),
            _ => {}
        }
    }
    one(&format!("{}{}", labels::SET_PREFIX, item.path()), free(value))
}

/// Ids by their knobs, what else there is by its path.
fn security(map: &Map<String, Value>) -> Vec<(String, String)> {
    map.iter()
        .map(|(key, value)| {
            let known = match key.as_str() {
                "runAsUser" => labels::UID,
                "runAsGroup" => labels::GID,
                "fsGroup" => labels::FS_GROUP,
                _ => {
                    let path = format!("{}{}.{key}", labels::SET_PREFIX, field::SECURITY);
                    return (path, free(value));
                }
            };
            let id = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (known.to_owned(), id)
        })
        .collect()
}

/// A value in YAML, on one line.
fn free(value: &Value) -> String {
    flow(value)
}
