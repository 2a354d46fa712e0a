//! Texts with placeholders in braces, filled in for each volume.
//!
//! `{{ … }}` and `${…}` belong to other tools and are left as they are, and so are braces around
//! anything that is no word.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// Every placeholder.
pub const PLACEHOLDERS: &[&str] =
    &["pvc", "namespace", "app", "target", "cluster", "capacity", "storageClass", "accessModes"];

/// The placeholder that stands for a list, and only alone.
const LIST: &str = "accessModes";

/// What the placeholders stand for, for one volume.
#[derive(Debug, Clone)]
pub struct Values<'v> {
    /// The volume's name.
    pub pvc: &'v str,
    /// Its namespace.
    pub namespace: &'v str,
    /// The application it belongs to.
    pub app: Option<&'v str>,
    /// The target that is rendered.
    pub target: Option<&'v str>,
    /// The cluster.
    pub cluster: Option<&'v str>,
    /// The size it requests.
    pub capacity: Option<&'v Value>,
    /// Its storage class.
    pub storage_class: Option<&'v str>,
    /// Its access modes.
    pub access_modes: &'v [String],
}

/// A placeholder that stands for nothing for a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub &'static str);

/// A piece of a text.
enum Piece<'t> {
    Text(&'t str),
    Placeholder(&'t str),
}

/// Cuts a text at its placeholders.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|found| at + found) {
        if text[open..].starts_with("{{") {
            at = text[open..].find("}}").map_or(text.len(), |close| open + close + 2);
            continue;
        }
        let rest = &text[open + 1..];
        let word = rest.find('}').map(|close| &rest[..close]);
        let word = word.filter(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        match word {
            Some(word) if !text[..open].ends_with('$') => {
                pieces.push(Piece::Text(&text[start..open]));
                pieces.push(Piece::Placeholder(word));
                at = open + word.len() + 2;
                start = at;
            }
            Some(_) | None => at = open + 1,
        }
    }
    pieces.push(Piece::Text(&text[start..]));
    pieces
}

/// Returns the placeholder of a text that is nothing else.
fn alone(text: &str) -> Option<&str> {
    let word = text.strip_prefix('{')?.strip_suffix('}')?;
    PLACEHOLDERS.contains(&word).then_some(word)
}

/// Returns whether a text has a placeholder.
pub fn has_placeholder(text: &str) -> bool {
    text.contains('{') && pieces(text).iter().any(|piece| matches!(piece, Piece::Placeholder(_)))
}

/// Returns the placeholders of a text, known or not.
pub fn placeholders(text: &str) -> Vec<&str> {
    let pieces = pieces(text).into_iter();
    pieces
        .filter_map(|piece| match piece {
            Piece::Placeholder(word) => Some(word),
            Piece::Text(_) => None,
        })
        .collect()
}

/// Checks the placeholders of a text.
///
/// # Errors
/// The first that does not exist, or that cannot stand where it stands.
pub fn check(text: &str) -> Result<(), String> {
    if alone(text).is_some() {
        return Ok(());
    }
    match placeholders(text).into_iter().find(|word| !PLACEHOLDERS[..7].contains(word)) {
        Some(LIST) => Err(format!("`{{{LIST}}}` is a list and stands alone: `\"{{{LIST}}}\"`")),
        Some(word) => Err(format!("there is no placeholder `{{{word}}}`")),
        None => Ok(()),
    }
}

impl Values<'_> {
    fn text(&self, word: &str) -> Result<Cow<'_, str>, Missing> {
        let known = |value: Option<&'_ str>, word| value.map(str::to_owned).ok_or(Missing(word));
        Ok(Cow::Owned(match word {
            "pvc" => return Ok(Cow::Borrowed(self.pvc)),
            "namespace" => return Ok(Cow::Borrowed(self.namespace)),
            "app" => known(self.app, "app")?,
            "target" => known(self.target, "target")?,
            "cluster" => known(self.cluster, "cluster")?,
            "storageClass" => {
                known(self.storage_class.filter(|class| !class.is_empty()), "storageClass")?
            }
            "capacity" => match self.capacity {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => return Err(Missing("capacity")),
            },
            // The reader of the configuration has refused other words.
            _ => String::new(),
        }))
    }

    /// Fills a text in.
    ///
    /// # Errors
    /// A placeholder that stands for nothing here.
    pub fn fill(&self, text: &str) -> Result<String, Missing> {
        if !text.contains('{') {
            return Ok(text.to_owned());
        }
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Placeholder(word) => filled.push_str(&self.text(word)?),
            }
        }
        Ok(filled)
    }

    /// Fills a value in. `{capacity}` and `{accessModes}` alone keep their types; `{storageClass}`
    /// alone is absent where the volume names no class.
    ///
    /// # Errors
    /// A placeholder that stands for nothing here.
    pub fn fill_value(&self, value: &Value) -> Result<Option<Value>, Missing> {
        Ok(Some(match value {
            Value::String(text) => match alone(text) {
                Some("capacity") => self.capacity.cloned().ok_or(Missing("capacity"))?,
                Some(LIST) => Value::from(self.access_modes),
                Some("storageClass") => match self.storage_class.filter(|c| !c.is_empty()) {
                    Some(class) => Value::from(class),
                    None => return Ok(None),
                },
                Some(_) | None => Value::String(self.fill(text)?),
            },
            Value::Array(items) => {
                let mut filled = Vec::with_capacity(items.len());
                for item in items {
                    filled.extend(self.fill_value(item)?);
                }
                Value::Array(filled)
            }
            Value::Object(map) => {
                let mut filled = Map::new();
                for (key, value) in map {
                    if let Some(value) = self.fill_value(value)? {
                        filled.insert(self.fill(key)?, value);
                    }
                }
                Value::Object(filled)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, Values, check};
    use serde_json::{Value, json};

    fn values<'v>(capacity: &'v Value, modes: &'v [String]) -> Values<'v> {
        Values {
            pvc: "data",
            namespace: "media",
            app: None,
            target: Some("ceph"),
            cluster: Some("home"),
            capacity: Some(capacity),
            storage_class: None,
            access_modes: modes,
        }
    }

    #[test]
    fn placeholders_are_filled_and_other_tools_left_alone() {
        let (capacity, modes) = (json!("5Gi"), ["ReadWriteMany".to_owned()]);
        let values = values(&capacity, &modes);
        let filled = |text: &str| values.fill(text);
        assert_eq!(filled("{pvc}-{target}").unwrap(), "data-ceph");
        assert_eq!(filled("{{ .pvc }}/{pvc}").unwrap(), "{{ .pvc }}/data");
        assert_eq!(filled("{{ {pvc} }}").unwrap(), "{{ {pvc} }}");
        assert_eq!(filled("${APP}-{cluster}").unwrap(), "${APP}-home");
        assert_eq!(filled("{\"a\": 1}{").unwrap(), "{\"a\": 1}{");
        assert_eq!(filled("{app}"), Err(Missing("app")));
        let value = json!({"a": "{capacity}", "b": "{accessModes}", "c": "{storageClass}", "d": 1});
        let value = values.fill_value(&value).unwrap().unwrap();
        assert_eq!(value, json!({"a": "5Gi", "b": ["ReadWriteMany"], "d": 1}));
    }

    #[test]
    fn unknown_placeholders_are_refused() {
        for good in ["{pvc}", "x", "{{pvx}}", "${PVX}", "{accessModes}", "{ pvc }", "{}"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check("{pvx}-a").unwrap_err(), "there is no placeholder `{pvx}`");
        assert_eq!(
            check("a-{accessModes}").unwrap_err(),
            "`{accessModes}` is a list and stands alone: `\"{accessModes}\"`"
        );
    }
}
