//! JSON values in little room, for what is held of every volume at once: short texts stand in
//! place, and an object is a list of its entries.

use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value};
use smol_str::SmolStr;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Compact {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(SmolStr),
    /// A list.
    List(Box<[Compact]>),
    /// An object.
    Object(Entries),
}

/// The entries of an object, in their order, no key twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entries(Box<[(SmolStr, Compact)]>);

impl Entries {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Compact> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

impl Compact {
    /// Returns the text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }
}

/// Of two values of one key the later counts, in the place of the earlier.
impl FromIterator<(SmolStr, Compact)> for Entries {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Compact)>>(given: I) -> Self {
        let mut entries: Vec<(SmolStr, Compact)> = Vec::new();
        for (key, value) in given {
            match entries.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = value,
                None => entries.push((key, value)),
            }
        }
        Self(entries.into_boxed_slice())
    }
}

impl From<&Map<String, Value>> for Entries {
    fn from(map: &Map<String, Value>) -> Self {
        Self(map.iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl From<&Value> for Compact {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.into()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into()),
        }
    }
}

impl Serialize for Compact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(entries) => entries.serialize(serializer),
        }
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key.as_str(), value)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Compact, Entries};
    use serde_json::json;

    #[test]
    fn a_value_is_the_same_in_little_room() {
        let value = json!({"a": [1, -2, 0.5, true, null, "x"], "b": {"c": "a longer text than stands in place", "d": {}}});
        assert_eq!(serde_json::to_value(Compact::from(&value)).unwrap(), value);
        assert!(size_of::<(smol_str::SmolStr, Compact)>() <= 56);
    }

    #[test]
    fn of_two_values_the_later_counts_in_the_place_of_the_earlier() {
        let text = |text: &str| Compact::Text(text.into());
        let given = [("a", "1"), ("b", "2"), ("a", "3")];
        let entries: Entries = given.into_iter().map(|(k, v)| (k.into(), text(v))).collect();
        assert_eq!(serde_json::to_string(&entries).unwrap(), r#"{"a":"3","b":"2"}"#);
    }
}
