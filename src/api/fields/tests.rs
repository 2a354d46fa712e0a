//! The table, held to the schema of VolSync's API.

use super::{FIELDS, Field, Kind, Mover, Side};
use serde_json::Value;
use std::collections::BTreeMap;

const SCHEMA: &str = include_str!("../../../docs/schema/volsync-v1alpha1.schema.json");

/// Every field of a side of a mover, with its type and rules as the schema words them.
fn of_table(fields: &[Field], mover: Mover, side: Side, path: &str, found: &mut Paths) {
    for field in fields.iter().filter(|field| field.is_of(mover, side)) {
        let path = format!("{path}.{}", field.name);
        let kind = match field.kind {
            Kind::Text | Kind::Name | Kind::Compression => "string",
            Kind::Identity => "string ^[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9]$|^[a-zA-Z0-9]$",
            Kind::Path => "string ^/.*",
            Kind::CopyMethod => "enum",
            Kind::Quantity => "quantity",
            Kind::Flag => "boolean",
            Kind::Integer(_) | Kind::Id => "integer",
            Kind::Texts(0, usize::MAX) => "array string",
            Kind::Texts(1, usize::MAX) => "array string minItems 1",
            Kind::Texts(_, _) => "array string maxItems 20",
            Kind::Ids => "array integer",
            Kind::TextMap | Kind::Object | Kind::Group(_) => "object",
            Kind::Objects => "array object",
        };
        found.insert(path.clone(), kind.to_owned());
        of_table(field.group(), mover, side, &path, found);
    }
}

type Paths = BTreeMap<String, String>;

fn of_schema(schema: &Value, path: &str, found: &mut Paths) {
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            "quantity".to_owned()
        }
    };
    let items = schema["items"]["type"].as_str().map(|items| format!(" {items}"));
    let mut kind = format!("{kind}{}", items.unwrap_or_default());
    for rule in ["minItems", "maxItems"] {
        if let Some(count) = schema[rule].as_u64() {
            kind = format!("{kind} {rule} {count}");
        }
    }
    if let (Some(pattern), "string") = (schema["pattern"].as_str(), kind.as_str()) {
        kind = format!("{kind} {pattern}");
    }
    if schema.get("enum").is_some() {
        kind = "enum".to_owned();
    }
    found.insert(path.to_owned(), kind);
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        of_schema(value, &format!("{path}.{key}"), found);
    }
}

#[test]
fn the_table_is_the_schema_of_volsync() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for (side, kind) in
        [(Side::Source, "ReplicationSource"), (Side::Destination, "ReplicationDestination")]
    {
        for mover in Mover::ALL {
            let at = format!("/$defs/{kind}/properties/spec/properties/{}", mover.id());
            let mut published = Paths::new();
            of_schema(schema.pointer(&at).unwrap(), "", &mut published);
            published.remove("");
            let mut table = Paths::new();
            of_table(FIELDS, *mover, side, "", &mut table);
            assert_eq!(table, published, "{kind} {}", mover.id());
        }
    }
}
