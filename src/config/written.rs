//! A settings block as it is written in a `plumber.yaml`.

use crate::api::fields::FIELDS;
use crate::api::mover::Side;
use crate::settings::{IdentityRule, Settings};
use serde_json::{Map, Value, json};

/// Writes a block: fields of the mover in their order, after the keys beside them.
pub(super) fn block(settings: &Settings) -> Map<String, Value> {
    let Settings {
        mover,
        tier,
        source_name,
        destination_name,
        identity,
        backup_only,
        restore_trigger,
        entries: _,
        omit,
        unchecked_source,
        unchecked_destination,
        extra,
        source_extra,
        destination_extra,
        repository_secret,
        targets,
    } = settings;
    let mut map = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    };
    put("mover", mover.map(|mover| json!(mover.id())));
    put("tier", tier.as_ref().map(|tier| json!(tier)));
    let names = [("source", source_name), ("destination", destination_name)];
    let names: Map<String, Value> = names
        .into_iter()
        .filter_map(|(key, name)| Some((key.to_owned(), json!(name.as_ref()?.text))))
        .collect();
    put("names", filled(names));
    put(
        "identity",
        identity.as_ref().map(|identity| match identity {
            IdentityRule::Explicit => json!("explicit"),
            IdentityRule::Inherit => json!("inherit"),
            IdentityRule::Named { username, hostname } => {
                json!({"username": username.text, "hostname": hostname.text})
            }
        }),
    );
    put("backupOnly", backup_only.map(Value::Bool));
    put("restoreTrigger", restore_trigger.as_ref().map(|trigger| json!(trigger.text)));
    for (side, extra) in [(Side::Source, source_extra), (Side::Destination, destination_extra)] {
        let mut of_side = fields(settings, Some(side));
        for (key, map) in [("labels", &extra.labels), ("annotations", &extra.annotations)] {
            of_side.extend(filled(map.clone()).map(|map| (key.to_owned(), map)));
        }
        put(side.id(), filled(of_side));
    }
    let omit: Vec<String> = omit.iter().map(ToString::to_string).collect();
    put("omit", (!omit.is_empty()).then(|| json!(omit)));
    let unchecked = [("source", unchecked_source), ("destination", unchecked_destination)];
    let unchecked: Map<String, Value> = unchecked
        .into_iter()
        .filter_map(|(key, map)| Some((key.to_owned(), filled(map.clone())?)))
        .collect();
    put("unchecked", filled(unchecked));
    put("labels", filled(extra.labels.clone()));
    put("annotations", filled(extra.annotations.clone()));
    put("repositorySecret", repository_secret.as_ref().map(|secret| secret.value.clone()));
    put("targets", targets.as_ref().map(|targets| json!(targets)));
    map.extend(fields(settings, None));
    map
}

fn filled(map: Map<String, Value>) -> Option<Value> {
    (!map.is_empty()).then_some(Value::Object(map))
}

fn fields(settings: &Settings, side: Option<Side>) -> Map<String, Value> {
    let mut map = Map::new();
    for (position, field) in FIELDS.iter().enumerate() {
        let mine = |entry: &&crate::settings::Entry| {
            entry.path.side == side && entry.path.field == position
        };
        for entry in settings.entries.iter().filter(mine) {
            match entry.path.part {
                None => {
                    map.insert(field.name.to_owned(), entry.value.clone());
                }
                Some(part) => {
                    let whole = map.entry(field.name).or_insert_with(|| json!({}));
                    whole[part.name] = entry.value.clone();
                }
            }
        }
    }
    map
}
