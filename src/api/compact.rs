//! JSON values in little room, for what is held of every volume at once: short texts stand in
//! place, and an object is a list of its entries.

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
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Returns the entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Compact)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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

    /// Converts to JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.to_string()),
            Self::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Self::Object(entries) => Value::Object(
                entries.iter().map(|(key, value)| (key.to_owned(), value.to_json())).collect(),
            ),
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

#[cfg(test)]
mod tests {
    use super::{Compact, Entries};
    use serde_json::json;

    #[test]
    fn a_value_is_the_same_in_little_room() {
        let value = json!({"a": [1, -2, 0.5, true, null, "x"], "b": {"c": "a longer text than stands in place", "d": {}}});
        assert_eq!(Compact::from(&value).to_json(), value);
        assert!(size_of::<(smol_str::SmolStr, Compact)>() <= 56);
    }

    #[test]
    fn of_two_values_the_later_counts_in_the_place_of_the_earlier() {
        let text = |text: &str| Compact::Text(text.into());
        let given = [("a", "1"), ("b", "2"), ("a", "3")];
        let entries: Entries = given.into_iter().map(|(k, v)| (k.into(), text(v))).collect();
        let json = Compact::Object(entries).to_json().to_string();
        assert_eq!(json, r#"{"a":"3","b":"2"}"#);
    }
}
