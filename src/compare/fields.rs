//! What differs between two objects of one kind, field by field, in words.

use super::{Change, Consequence, Sentence};
use crate::drift::Difference;
use serde_json::Value;
use std::cmp::Ordering;

/// The annotations by which Argo CD, Helm and VolSync treat an object.
const TREATMENT: &[&str] = &["argocd.argoproj.io/", "helm.sh/", "volsync.backube/"];
/// Argo CD's own bookkeeping, which says nothing about the treatment.
const TRACKING: &str = "argocd.argoproj.io/tracking-id";
/// How many fields are named in one line.
const FIELDS: usize = 6;

/// Returns a text of an object.
pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> Option<&'v str> {
    object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A change with the fields in which both sides differ.
pub(super) fn listing(consequence: Consequence, message: Sentence, found: &[Difference]) -> Change {
    // `desired` is the old value, as `differences` is asked what was there.
    let list = |value: fn(&Difference) -> Option<&Value>| {
        Some(listed(found.iter().map(|d| (d.field.as_str(), value(d)))))
    };
    let (old, new) = (list(|d| d.desired.as_ref()), list(|d| d.observed.as_ref()));
    Change::new(consequence, message).values(old, new)
}

/// Tells classes that change, and takes them out of the rest.
pub(super) fn classes(
    kind: &str,
    name: &str,
    rest: &mut Vec<Difference>,
    changes: &mut Vec<Change>,
) {
    let is_class = |d: &Difference| d.field.ends_with("lassName");
    let found: Vec<Difference> = rest.iter().filter(|d| is_class(d)).cloned().collect();
    if found.is_empty() {
        return;
    }
    rest.retain(|difference| !is_class(difference));
    let words = if kind.starts_with("Replication") {
        format!("the {kind} {{}} makes its copies with another class")
    } else {
        format!(
            "{kind} {{}} names another class, which a volume that exists cannot take: the sync fails"
        )
    };
    let message = Sentence::new(&words, &[name]);
    changes.push(listing(Consequence::ClassChanged, message, &found));
}

/// Tells the settings that no other consequence tells.
pub(super) fn settings(kind: &str, name: &str, rest: &[Difference], changes: &mut Vec<Change>) {
    if rest.is_empty() {
        return;
    }
    let message = Sentence::new(&format!("the {kind} {{}} has other settings"), &[name]);
    changes.push(listing(Consequence::SettingsChanged, message, rest));
}

/// Tells the annotations by which other tools treat an object.
pub(super) fn sync_annotations(kind: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    let annotations = |object: &Value| {
        let mut map = object
            .pointer("/metadata/annotations")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        map.retain(|key, _| TREATMENT.iter().any(|p| key.starts_with(p)) && key != TRACKING);
        map
    };
    let [old, new] = [old, new].map(annotations);
    let keys: Vec<&String> = old
        .keys()
        .chain(new.keys().filter(|key| !old.contains_key(*key)))
        .filter(|key| old.get(*key) != new.get(*key))
        .collect();
    if keys.is_empty() {
        return;
    }
    let message = Sentence::new(&format!("annotations of the {kind}"), &[]);
    let list = |map: &serde_json::Map<String, Value>| {
        Some(listed(keys.iter().map(|key| (key.as_str(), map.get(*key)))))
    };
    changes.push(Change::new(Consequence::SyncChanged, message).values(list(&old), list(&new)));
}

/// Compares two quantities, if both are such.
pub(super) fn larger(old: &str, new: &str) -> Option<Ordering> {
    quantity(old)?.partial_cmp(&quantity(new)?)
}

/// Reads a Kubernetes quantity, near enough to compare two.
fn quantity(text: &str) -> Option<f64> {
    const UNITS: &[(&str, f64)] = &[
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("m", 0.001),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
    ];
    let unit = UNITS.iter().find_map(|(unit, n)| Some((text.strip_suffix(unit)?, *n)));
    let (number, factor) = unit.unwrap_or((text, 1.0));
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// Lists fields with their values on one side.
pub(super) fn listed<'d>(fields: impl Iterator<Item = (&'d str, Option<&'d Value>)>) -> String {
    let mut words: Vec<String> = fields
        .map(|(field, value)| format!("{field}: {}", value.map_or_else(|| "none".into(), plain)))
        .collect();
    let more = words.len().saturating_sub(FIELDS);
    words.truncate(FIELDS);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

/// Words a value: text as it is, the rest as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::larger;
    use std::cmp::Ordering;

    #[test]
    fn quantities_are_compared_across_units() {
        assert_eq!(larger("1Gi", "1024Mi"), Some(Ordering::Equal));
        assert_eq!(larger("10G", "10Gi"), Some(Ordering::Less));
        assert_eq!(larger("2e9", "1Gi"), Some(Ordering::Greater));
        assert_eq!(larger("much", "1Gi"), None);
    }
}
