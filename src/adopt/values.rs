//! Values of fields: compared as VolSync reads them, and turned into templates.
//!
//! A number written as text counts as that number, and the order of keys counts for nothing.
//! Knows no volume beyond what placeholders stand for.

use crate::api::fields::{Field, Kind};
use crate::settings::template::Values;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Returns a text that is equal for two values if they mean the same to VolSync.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let entries = keys.iter().map(|key| format!("{key:?}:{}", canonical(&map[*key])));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        Value::String(text) if is_number(text) => text.clone(),
        Value::String(text) => format!("{text:?}"),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Returns whether two values mean the same to VolSync.
pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    a.map(canonical) == b.map(canonical)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || !digits.starts_with('0');
    plain && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the fields of a mover with numbers written as text turned to numbers where VolSync's API
/// takes a number, and numbers to text where it takes text, since the configuration is read by
/// type.
pub(super) fn typed(fields: Map<String, Value>, known: &[Field]) -> Map<String, Value> {
    let kind = |name: &str| known.iter().find(|field| field.name == name).map(|field| field.kind);
    fields
        .into_iter()
        .map(|(name, value)| {
            let value = kind(&name).map_or_else(|| value.clone(), |kind| of_kind(kind, &value));
            (name, value)
        })
        .collect()
}

fn of_kind(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Integer(_) | Kind::Id, Value::String(text)) if is_number(text) => {
            text.parse::<i64>().map_or_else(|_| value.clone(), Value::from)
        }
        (Kind::Text | Kind::Name | Kind::Identity | Kind::Path, Value::Number(number)) => {
            Value::String(number.to_string())
        }
        (Kind::Ids, Value::Array(items)) => {
            items.iter().map(|item| of_kind(Kind::Id, item)).collect()
        }
        (Kind::Texts(..), Value::Array(items)) => {
            items.iter().map(|item| of_kind(Kind::Text, item)).collect()
        }
        (Kind::TextMap, Value::Object(map)) => {
            map.iter().map(|(key, value)| (key.clone(), of_kind(Kind::Text, value))).collect()
        }
        (Kind::Group(known), Value::Object(map)) => Value::Object(typed(map.clone(), known)),
        (_, value) => value.clone(),
    }
}

/// Returns what a template stands for, as [`canonical`]; nothing where it stands for nothing.
pub(super) fn filled(template: &Value, values: &Values<'_>) -> Option<String> {
    values.fill_value(template).ok().flatten().as_ref().map(canonical)
}

/// Returns the templates that stand for a value, the value itself first.
pub(super) fn templates(value: &Value, values: &Values<'_>) -> Vec<Value> {
    let mut found = vec![value.clone()];
    let wanted = canonical(value);
    for alone in ["{capacity}", "{storageClass}", "{accessModes}"] {
        let template = Value::from(alone);
        if filled(&template, values).is_some_and(|filled| filled == wanted) {
            found.push(template);
        }
    }
    let words: [(&str, Option<&str>); 5] = [
        ("{pvc}", Some(values.pvc)),
        ("{app}", values.app),
        ("{namespace}", Some(values.namespace)),
        ("{target}", values.target),
        ("{storageClass}", values.storage_class),
    ];
    // Every choice of words, so that where two stand for the same text each gets its chance.
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for choice in 1..1_u32 << words.len() {
        let chosen = words.iter().enumerate().filter(|(n, _)| choice & (1 << n) != 0);
        let mut template = value.clone();
        let mut all = true;
        for (_, (placeholder, word)) in chosen {
            let changed = word.is_some_and(|word| replace_in(&mut template, word, placeholder));
            all &= changed;
        }
        if all && seen.insert(template.to_string()) {
            found.push(template);
        }
    }
    found.dedup();
    found
}

/// Replaces a word in every text of a value; says whether there was one.
fn replace_in(value: &mut Value, word: &str, placeholder: &str) -> bool {
    match value {
        Value::String(text) => {
            let replaced = replace_word(text, word, placeholder);
            let changed = replaced.is_some();
            if let Some(replaced) = replaced {
                *text = replaced;
            }
            changed
        }
        Value::Array(items) => {
            let mut changed = false;
            for item in items {
                changed |= replace_in(item, word, placeholder);
            }
            changed
        }
        Value::Object(map) => {
            let mut changed = false;
            let old = std::mem::replace(map, Map::new());
            for (key, mut value) in old {
                changed |= replace_in(&mut value, word, placeholder);
                map.insert(key, value);
            }
            changed
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Replaces a word where it does not stand inside another, nor inside a placeholder.
pub(super) fn replace_word(text: &str, word: &str, placeholder: &str) -> Option<String> {
    if word.is_empty() {
        return None;
    }
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut out = String::new();
    let mut at = 0;
    let mut changed = false;
    while let Some(found) = text[at..].find(word).map(|found| at + found) {
        let end = found + word.len();
        let inside =
            letter(text[..found].chars().next_back()) || letter(text[end..].chars().next());
        let braced = text[..found].ends_with('{') && text[end..].starts_with('}');
        if inside || braced || within_braces(text, found) {
            let step = text[found..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..found + step]);
            at = found + step;
            continue;
        }
        out.push_str(&text[at..found]);
        out.push_str(placeholder);
        changed = true;
        at = end;
    }
    out.push_str(&text[at..]);
    changed.then_some(out)
}

/// Returns whether a place is inside braces that other tools fill in.
fn within_braces(text: &str, at: usize) -> bool {
    let open = text[..at].rfind('{');
    let close = text[..at].rfind('}');
    open.is_some_and(|open| close.is_none_or(|close| close < open) && text[at..].contains('}'))
}

#[cfg(test)]
mod tests {
    use super::{canonical, replace_word, typed};
    use crate::api::fields::FIELDS;
    use serde_json::json;

    #[test]
    fn numbers_in_quotes_are_numbers_and_order_is_nothing() {
        assert_eq!(canonical(&json!({"a": "1", "b": 2})), canonical(&json!({"b": "2", "a": 1})));
        assert_ne!(canonical(&json!("true")), canonical(&json!(true)));
        assert_ne!(canonical(&json!("01")), canonical(&json!(1)));
        assert_ne!(canonical(&json!("1Gi")), canonical(&json!("2Gi")));
    }

    #[test]
    fn numbers_and_texts_become_what_the_api_takes() {
        let fields = json!({
            "retain": {"hourly": "24", "last": 3, "within": "7d"},
            "unlock": 7,
            "pruneIntervalDays": "14",
            "moverSecurityContext": {"runAsUser": "1000", "supplementalGroups": ["82", 568]},
            "cacheCapacity": "5368709120",
            "beyond": "1",
        });
        let typed = typed(fields.as_object().unwrap().clone(), FIELDS);
        let wanted = json!({
            "retain": {"hourly": 24, "last": "3", "within": "7d"},
            "unlock": "7",
            "pruneIntervalDays": 14,
            "moverSecurityContext": {"runAsUser": 1000, "supplementalGroups": [82, 568]},
            "cacheCapacity": "5368709120",
            "beyond": "1",
        });
        assert_eq!(serde_json::Value::Object(typed), wanted);
    }

    #[test]
    fn words_are_replaced_whole() {
        let replaced = |text: &str| replace_word(text, "plex", "{pvc}");
        assert_eq!(replaced("plex-secret").unwrap(), "{pvc}-secret");
        assert_eq!(replaced("a/plex/plex").unwrap(), "a/{pvc}/{pvc}");
        assert_eq!(replaced("complex"), None);
        assert_eq!(replaced("{{ .plex }}/x"), None);
        assert_eq!(replaced("plexplex"), None);
    }
}
