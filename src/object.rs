//! A decoded document: values with the positions they came from.
//!
//! Takes nothing, gives the types that the manifest reader fills and every later row reads.
//! Holds no document text and knows no Kubernetes kind.

use smol_str::SmolStr;
use std::fmt;
use std::sync::Arc;

/// A place in an input, counted from 1 as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mark {
    line: u32,
    column: u32,
}

impl Mark {
    /// Where an input begins.
    pub const START: Self = Self { line: 1, column: 1 };

    /// Makes one of a line, from 1 and counted from the start of the input, and a column in
    /// characters, from 1. Every value has two: beyond four thousand million they are not told
    /// apart.
    pub fn new(line: usize, column: usize) -> Self {
        let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self { line: narrow(line), column: narrow(column) }
    }

    /// Returns the line, from 1, counted from the start of the input.
    pub fn line(self) -> usize {
        self.line as usize
    }

    /// Returns the column in characters, from 1.
    pub fn column(self) -> usize {
        self.column as usize
    }
}

/// A place in a named input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The input's name as its user knows it: a path, or `<stdin>`.
    pub source: Arc<str>,
    /// Where in that input.
    pub mark: Mark,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.mark.line, self.mark.column)
    }
}

/// A value and where it stands. Equality looks at the value alone.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where the value starts.
    pub mark: Mark,
}

/// A value as Argo CD's YAML reader resolves it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, YAML 1.1's `yes`, `no`, `on` and `off` among them.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text.
    String(SmolStr),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping; keys are unique and in the order of the text.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key; keys that are numbers or booleans are spelled as JSON spells them.
    pub key: SmolStr,
    /// Where the key stands.
    pub mark: Mark,
    /// The value.
    pub value: Node,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl Node {
    /// Returns the value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the entry of a key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Returns the value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => None,
        }
    }

    /// Returns the text at the end of a path of keys, if text is there.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).and_then(Node::as_str)
    }

    /// Returns the entries; none if this is no mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Sequence(_) => &[],
        }
    }

    /// Returns the items, if this is a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Mapping(_) => None,
        }
    }

    /// Returns whether this is `null` or an empty value.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Says in a word or two what kind of value this is, for messages.
    pub fn kind_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Makes a node of a JSON value that stands nowhere itself: all of it is at one place.
    pub fn from_json(value: &serde_json::Value, mark: Mark) -> Self {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Bool(*flag),
            serde_json::Value::Number(number) => Value::Number(number.clone()),
            serde_json::Value::String(text) => Value::String(text.as_str().into()),
            serde_json::Value::Array(items) => {
                Value::Sequence(items.iter().map(|item| Self::from_json(item, mark)).collect())
            }
            serde_json::Value::Object(map) => Value::Mapping(
                map.iter()
                    .map(|(key, value)| Entry {
                        key: key.as_str().into(),
                        mark,
                        value: Self::from_json(value, mark),
                    })
                    .collect(),
            ),
        };
        Self { value, mark }
    }

    /// Converts to a JSON value, without positions.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => serde_json::Value::Bool(*flag),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::Sequence(items) => {
                serde_json::Value::Array(items.iter().map(Node::to_json).collect())
            }
            Value::Mapping(entries) => serde_json::Value::Object(
                entries.iter().map(|e| (e.key.to_string(), e.value.to_json())).collect(),
            ),
        }
    }
}

/// The identity of an object as its manifest states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.namespace`, where stated.
    pub namespace: Option<String>,
    /// `metadata.name`; empty where absent.
    pub name: String,
}

impl ObjectRef {
    /// Returns the API group: `apiVersion` without the version; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// An object of a stream: a document, or an item of a List document.
#[derive(Debug, Clone)]
pub struct Object {
    /// Who it is.
    pub id: ObjectRef,
    /// Which document of the stream holds it (index into the stream's documents).
    pub document: usize,
    /// The way from the document's root: one index for each List passed.
    pub route: Vec<usize>,
    /// Where the object starts.
    pub location: Location,
    /// Its content.
    pub node: Node,
}

impl Object {
    /// Returns the same object with other content, without copying what it has.
    #[must_use]
    pub fn with_node(&self, node: Node) -> Self {
        Self {
            id: self.id.clone(),
            document: self.document,
            route: self.route.clone(),
            location: self.location.clone(),
            node,
        }
    }

    /// Returns the location of a mark inside this object.
    pub fn locate(&self, mark: Mark) -> Location {
        Location { source: Arc::clone(&self.location.source), mark }
    }
}
