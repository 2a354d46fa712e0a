//! Annotations that name objects or set fields of the mover → a settings block.

use super::keys::{Keys, Map};
use super::parse::{flag, invalid};
use crate::api::fields::{FIELDS, Field, position};
use crate::api::{labels, name};
use crate::manifest::decode;
use crate::object::{Entry as NodeEntry, Mark, Node, Value as NodeValue};
use crate::settings::{
    self, Entry, FieldPath, Place, Problem, Settings, Template, What, Wrong, template,
};
use serde_json::Value;
use std::sync::{Arc, LazyLock};

/// Reads everything that is about names and fields.
pub(super) fn settings(keys: &mut Keys<'_, '_>) -> Arc<Settings> {
    static NOTHING: LazyLock<Arc<Settings>> = LazyLock::new(Arc::default);
    let mut settings = Settings::default();
    for (key, part) in
        [(labels::UID, "runAsUser"), (labels::GID, "runAsGroup"), (labels::FS_GROUP, "fsGroup")]
    {
        if let Some(id) = id(keys, key) {
            put(&mut settings, "moverSecurityContext", Some(part), Value::from(id), key);
        }
    }
    for (key, field) in [
        (labels::STORAGE_CLASS, "storageClassName"),
        (labels::SNAPSHOT_CLASS, "volumeSnapshotClassName"),
    ] {
        if let Some(class) = class(keys, key) {
            put(&mut settings, field, None, Value::from(class), key);
        }
    }
    if let Some(size) = quantity(keys, labels::CACHE_CAPACITY) {
        put(&mut settings, "cacheCapacity", None, Value::from(size), labels::CACHE_CAPACITY);
    }
    for (key, field) in [(labels::REPOSITORY, "repository"), (labels::COPY_METHOD, "copyMethod")] {
        if let Some(value) = text(keys, key, field) {
            put(&mut settings, field, None, value, key);
        }
    }
    if let Some(retain) = retain(keys) {
        put(&mut settings, "retain", None, retain, labels::RETAIN);
    }
    settings.source_name = object_name(keys, labels::SOURCE_NAME);
    settings.destination_name = object_name(keys, labels::DESTINATION_NAME);
    if keys.entry(Map::Annotations, labels::BACKUP_ONLY).is_some() {
        settings.backup_only = Some(flag(keys, labels::BACKUP_ONLY));
    }
    for key in keys.prefixed(labels::SET_PREFIX) {
        if let Some(entry) = free(keys, &key) {
            settings.set(entry);
        }
    }
    settings.omit = omit(keys);
    if settings == **NOTHING { Arc::clone(&NOTHING) } else { Arc::new(settings) }
}

fn place(key: &str) -> Place {
    Place(format!("the annotation {key}").into())
}

fn put(to: &mut Settings, field: &str, part: Option<&str>, value: Value, key: &str) {
    let Some(field) = position(field) else { return };
    let part = part.and_then(|part| FIELDS[field].group().iter().find(|known| known.name == part));
    to.set(Entry { path: FieldPath { side: None, field, part }, value, place: place(key) });
}

fn id(keys: &mut Keys<'_, '_>, key: &str) -> Option<i64> {
    let found = keys.find(Map::Annotations, key)?;
    match found.text.trim().parse::<i32>() {
        Ok(id) if id >= 0 && !found.text.trim().starts_with('+') => Some(i64::from(id)),
        Ok(_) | Err(_) => {
            let why = "is no id: a whole number from 0 to 2147483647";
            invalid(keys, key, found, why, &format!("{key}: \"1000\""));
            None
        }
    }
}

/// Reads the name of a class. Empty means absent, as for the operator.
fn class(keys: &mut Keys<'_, '_>, key: &str) -> Option<String> {
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    if text.is_empty() {
        return None;
    }
    if !name::is_dns_subdomain(&text) {
        invalid(
            keys,
            key,
            found,
            "is no name of a class",
            "kubectl get storageclass,volumesnapshotclass",
        );
        return None;
    }
    Some(text)
}

fn quantity(keys: &mut Keys<'_, '_>, key: &str) -> Option<String> {
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    if text.is_empty() {
        return None;
    }
    if !name::is_quantity(&text) {
        invalid(keys, key, found, "is no size", &format!("{key}: \"2Gi\""));
        return None;
    }
    Some(text)
}

/// Reads a text that a field takes.
fn text(keys: &mut Keys<'_, '_>, key: &str, field: &str) -> Option<Value> {
    let found = keys.find(Map::Annotations, key)?;
    let node = Node { value: NodeValue::String(found.text.trim().into()), mark: Mark::default() };
    checked(keys, key, &FIELDS[position(field)?], &node)
}

/// Checks a value as the configuration does.
fn checked(keys: &mut Keys<'_, '_>, key: &str, field: &Field, node: &Node) -> Option<Value> {
    let mut problems = Vec::new();
    let value = settings::field(field, node, &[], &mut problems);
    let Some(Problem { path, what, .. }) = problems.into_iter().next() else { return value };
    let found = keys.find(Map::Annotations, key)?;
    let at = if path.is_empty() { String::new() } else { format!(": {}", path.join(".")) };
    let (why, help) = match what {
        What::Wrong(Wrong { message, help }) => (message, help),
        What::UnknownKey(known) => {
            ("there is no such key".to_owned(), format!("there are {}", known.join(", ")))
        }
    };
    invalid(keys, key, found, &format!("does not fit{at}: {why}"), &help);
    None
}

/// Reads counts such as `hourly=24,daily=7`.
fn retain(keys: &mut Keys<'_, '_>) -> Option<Value> {
    let key = labels::RETAIN;
    let found = keys.find(Map::Annotations, key)?;
    let mut entries = Vec::new();
    for pair in found.text.split(',') {
        let Some((age, count)) = pair.split_once('=').map(|(a, c)| (a.trim(), c.trim())) else {
            let help = format!("{key}: \"hourly=24,daily=7\"");
            invalid(keys, key, found, "has a part without `=`", &help);
            return None;
        };
        let is_text = matches!(age, "last" | "within");
        let value = match count.parse::<i64>() {
            Ok(number) if !is_text => NodeValue::Number(number.into()),
            Ok(_) | Err(_) => NodeValue::String(count.into()),
        };
        let value = Node { value, mark: Mark::default() };
        entries.push(NodeEntry { key: age.into(), mark: Mark::default(), value });
    }
    let node = Node { value: NodeValue::Mapping(entries), mark: Mark::default() };
    checked(keys, key, &FIELDS[position("retain")?], &node)
}

/// Reads the name of an object, which may have placeholders.
fn object_name(keys: &mut Keys<'_, '_>, key: &str) -> Option<Template> {
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    let fits = template::has_placeholder(&text) || name::is_dns_subdomain(&text);
    let why = match template::check(&text) {
        Ok(()) if fits => return Some(Template { text, place: place(key) }),
        Ok(()) => "is no name that Kubernetes takes".to_owned(),
        Err(why) => format!("has no meaning: {why}"),
    };
    invalid(keys, key, found, &why, "use lower-case letters, digits and `-`");
    None
}

/// Reads one field of the mover, named by the key.
fn free(keys: &mut Keys<'_, '_>, key: &str) -> Option<Entry> {
    let found = keys.find(Map::Annotations, key)?;
    let path = match settings::path(key.strip_prefix(labels::SET_PREFIX).unwrap_or_default()) {
        Ok(path) => path,
        Err(Wrong { message, help }) => {
            invalid(keys, key, found, &format!("sets nothing: {message}"), &help);
            return None;
        }
    };
    let text = found.text;
    let node = if template::has_placeholder(text) {
        Some(Node { value: NodeValue::String(text.into()), mark: Mark::default() })
    } else {
        let decoded = decode(&found.location.source, found.location.mark.line(), text);
        decoded.ok().and_then(|decoded| decoded.node).filter(|node| !node.is_null())
    };
    let Some(node) = node else {
        invalid(keys, key, found, "is no value in YAML", &format!("{key}: \"[ReadWriteOnce]\""));
        return None;
    };
    let field = path.part.unwrap_or(&FIELDS[path.field]);
    let value = checked(keys, key, field, &node)?;
    Some(Entry { path, value, place: place(key) })
}

/// Reads the fields that are left out.
fn omit(keys: &mut Keys<'_, '_>) -> Vec<FieldPath> {
    let key = labels::OMIT;
    let Some(found) = keys.find(Map::Annotations, key) else { return Vec::new() };
    let text = found.text;
    let mut paths = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match (settings::omit(item), keys.find(Map::Annotations, key)) {
            (Ok(path), _) => paths.push(path),
            (Err(Wrong { message, help }), Some(found)) => {
                invalid(keys, key, found, &format!("leaves nothing out: {message}"), &help);
            }
            (Err(_), None) => {}
        }
    }
    paths
}
