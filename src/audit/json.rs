//! JSON → nodes, without what nothing reads, and back.

use crate::object::{Entry, Mark, Node, Value};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use smol_str::SmolStr;
use std::fmt;

/// Large, and no answer hangs on it: who wrote which field, and an annotation that repeats the
/// whole object.
const SKIPPED: &[&str] = &["managedFields", "kubectl.kubernetes.io/last-applied-configuration"];

/// What comes from the API has no lines worth telling.
const MARK: Mark = Mark::START;

/// A node as JSON spells it.
#[derive(Debug)]
pub struct Json(pub Node);

/// Writes a node as JSON.
pub(super) struct AsJson<'n>(pub(super) &'n Node);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => number.serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::Sequence(items) => serializer.collect_seq(items.iter().map(AsJson)),
            Value::Mapping(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(entry.key.as_str(), &AsJson(&entry.value))?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(Any)?;
        Ok(Self(Node { value, mark: MARK }))
    }
}

/// Takes any value.
struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(SmolStr::new(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(Json(node)) = items.next_element()? {
            nodes.push(node);
        }
        nodes.shrink_to_fit();
        Ok(Value::Sequence(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let key = SmolStr::new(key);
            if SKIPPED.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let Json(value) = map.next_value()?;
            match entries.iter_mut().find(|entry| entry.key == key) {
                Some(entry) => entry.value = value,
                None => entries.push(Entry { key, mark: MARK, value }),
            }
        }
        entries.shrink_to_fit();
        Ok(Value::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn reads_what_the_api_writes_and_leaves_out_what_nothing_reads() {
        let text = r#"{"metadata":{"managedFields":[{"a":1}],"name":"yes","annotations":
            {"kubectl.kubernetes.io/last-applied-configuration":"{}","b":"c"}},
            "spec":{"n":1,"f":1.5,"t":true,"l":[null,"x"]}}"#;
        let Json(node) = serde_json::from_str(text).unwrap();
        assert_eq!(
            node.to_json().to_string(),
            r#"{"metadata":{"name":"yes","annotations":{"b":"c"}},"spec":{"n":1,"f":1.5,"t":true,"l":[null,"x"]}}"#
        );
        assert!(serde_json::from_str::<Json>(r#"{"a":"#).is_err());
    }
}
