//! A decoded document → raw structs, through serde.
//!
//! The document is read from its nodes, not from its text, so that the rules of the manifest
//! reader hold here too and an error knows the way to the node that caused it.

use crate::object::{Entry, Node, Value};
use crate::settings::{FLAG, LIST, MAPPING, NUMBER, TEXT};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Expected, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// What is wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// A key that does not exist.
    UnknownKey {
        /// The keys that do.
        known: &'static [&'static str],
    },
    /// A value of another type than this.
    Expected(String),
    /// Anything else, in serde's words.
    Other(String),
}

/// What is wrong, and the way to it.
#[derive(Debug)]
pub(super) struct Error {
    /// What is wrong.
    pub(super) problem: Problem,
    /// Indices of entries and items, innermost first.
    pub(super) route: Vec<usize>,
}

impl Error {
    fn new(problem: Problem) -> Self {
        Self { problem, route: Vec::new() }
    }

    fn expected(what: &str) -> Self {
        Self::new(Problem::Expected(what.to_owned()))
    }

    fn under(mut self, index: usize) -> Self {
        self.route.push(index);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::UnknownKey { .. } => f.write_str("unknown key"),
            Problem::Expected(what) => write!(f, "expected {what}"),
            Problem::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Other(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Problem::Expected(expected.to_string()))
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownKey { known })
    }
}

/// Reads a node.
pub(super) struct De<'de>(pub(super) &'de Node);

impl<'de> de::Deserializer<'de> for De<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => visitor.visit_i64(number),
                (None, Some(number)) => visitor.visit_u64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Mapping(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.value {
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => Err(Error::expected(FLAG)),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let number = match &self.0.value {
            Value::Number(number) => number.as_i64(),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => None,
        };
        number.map_or_else(|| Err(Error::expected(NUMBER)), |n| visitor.visit_i64(n))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.0.as_str().ok_or_else(|| Error::expected(TEXT))?;
        visitor.visit_borrowed_str(text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    /// A key without a value counts as not written.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = self.0.items().ok_or_else(|| Error::expected(LIST))?;
        visitor.visit_seq(Items { items, next: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Mapping(entries) => visitor.visit_map(Entries { entries, next: 0 }),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Sequence(_) => Err(Error::expected(MAPPING)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct enum identifier ignored_any
    }
}

struct Items<'de> {
    items: &'de [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let index = self.next;
        self.next += 1;
        let Some(item) = self.items.get(index) else { return Ok(None) };
        seed.deserialize(De(item)).map(Some).map_err(|e| e.under(index))
    }
}

struct Entries<'de> {
    entries: &'de [Entry],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key = BorrowedStrDeserializer::<Error>::new(&entry.key);
        seed.deserialize(key).map(Some).map_err(|e| e.under(self.next))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let index = self.next;
        self.next += 1;
        let value = self.entries.get(index).map(|entry| De(&entry.value));
        let value = value.ok_or_else(|| Error::new(Problem::Other("no value".to_owned())))?;
        seed.deserialize(value).map_err(|e| e.under(index))
    }
}
