//! Desired against observed: the only comparison there is.
//!
//! Managed are the whole `spec`, and of labels and annotations the keys that are rendered: what a
//! later tool adds to the metadata is its own business.

use crate::object::Node;
use serde_json::{Map, Value};

/// One field in which an object differs from what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field, as a dotted path.
    pub field: String,
    /// What it should be; nothing if it should not be there.
    pub desired: Option<Value>,
    /// What it is; nothing if it is not there.
    pub observed: Option<Value>,
}

/// Compares the specs of two objects.
pub fn compare_spec(observed: &Node, desired: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    let observed = observed.get("spec").map(Node::to_json);
    fields("spec", observed.as_ref(), desired.get("spec"), &mut differences);
    differences
}

/// Compares everything that is managed of an object.
pub fn compare(observed: &Node, desired: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    for map in ["labels", "annotations"] {
        let rendered = desired.pointer(&format!("/metadata/{map}")).and_then(Value::as_object);
        for (key, value) in rendered.into_iter().flatten() {
            let found = observed.at(&["metadata", map, key]).map(Node::to_json);
            fields(&format!("metadata.{map}.{key}"), found.as_ref(), Some(value), &mut differences);
        }
    }
    differences.extend(compare_spec(observed, desired));
    differences
}

/// Compares two values; `path` is what the fields that are found start with.
pub fn differences(
    path: &str,
    observed: Option<&Value>,
    desired: Option<&Value>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    fields(path, observed, desired, &mut differences);
    differences
}

/// Returns the object as it should be: what is managed from `desired`, the rest as observed.
pub fn updated(observed: &Node, desired: &Value) -> Value {
    let mut object = observed.to_json();
    for map in ["labels", "annotations"] {
        let rendered = desired.pointer(&format!("/metadata/{map}")).and_then(Value::as_object);
        let Some(rendered) = rendered.filter(|rendered| !rendered.is_empty()) else { continue };
        let target = &mut object["metadata"][map];
        if !target.is_object() {
            *target = Value::Object(Map::new());
        }
        for (key, value) in rendered {
            target[key] = value.clone();
        }
    }
    object["spec"] = desired["spec"].clone();
    object
}

/// Returns whether an object without a spec of VolSync's is as it should be: everything beside
/// its metadata, and of that what is rendered.
pub fn is_whole(observed: &Node, desired: &Value) -> bool {
    updated_whole(observed, desired) == observed.to_json()
}

/// Returns such an object as it should be.
pub fn updated_whole(observed: &Node, desired: &Value) -> Value {
    let mut object = updated(observed, desired);
    let observed = observed.to_json();
    if let Some(map) = object.as_object_mut() {
        map.retain(|key, _| key == "metadata" || desired.get(key).is_some());
        for (key, value) in desired.as_object().into_iter().flatten() {
            if key != "metadata" && observed.get(key) != Some(value) {
                map.insert(key.clone(), value.clone());
            }
        }
    }
    object
}

fn fields(
    path: &str,
    observed: Option<&Value>,
    desired: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    if let (Some(Value::Object(observed)), Some(Value::Object(desired))) = (observed, desired) {
        let added = observed.keys().filter(|key| !desired.contains_key(*key));
        for key in desired.keys().chain(added) {
            fields(&format!("{path}.{key}"), observed.get(key), desired.get(key), differences);
        }
    } else if observed != desired {
        differences.push(Difference {
            field: path.to_owned(),
            desired: desired.cloned(),
            observed: observed.cloned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{compare, updated};
    use serde_json::json;

    #[test]
    fn finds_what_is_managed_and_leaves_the_rest() {
        let observed = crate::manifest::decode(
            &"in".into(),
            1,
            "metadata: {name: a, labels: {x: z, tier: old}}\nspec: {a: 1, b: {c: 2}}\n",
        )
        .unwrap()
        .node
        .unwrap();
        let desired = json!({
            "metadata": {"name": "a", "labels": {"tier": "new"}, "annotations": {}},
            "spec": {"a": 1, "b": {"d": 3}},
        });
        let fields: Vec<_> = compare(&observed, &desired).into_iter().map(|d| d.field).collect();
        assert_eq!(fields, ["metadata.labels.tier", "spec.b.d", "spec.b.c"]);
        let updated = updated(&observed, &desired);
        assert_eq!(updated["metadata"]["labels"], json!({"x": "z", "tier": "new"}));
        assert_eq!(updated["spec"], desired["spec"]);
    }
}
