//! The JSON Schema of settings blocks, made of the table of fields.

use super::blocks::{RawBlock, RawBlocks, RawRetain};
use crate::api::fields::{FIELDS, Field, Kind};
use crate::api::mover::Side;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A text in which a placeholder stands for something.
const TEMPLATE: &str = r"\{[A-Za-z]+\}";
const NAME: &str = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";
const QUANTITY: &str = r"^[0-9]+(\.[0-9]*)?(Ki|Mi|Gi|Ti|Pi|Ei|m|k|M|G|T|P|E|[eE][+-]?[0-9]+)?$";

/// A text that has this pattern, or placeholders.
fn text(pattern: &str) -> Value {
    json!({"type": "string", "pattern": format!("{pattern}|{TEMPLATE}")})
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Name => text(NAME),
        Kind::Identity => text(r"^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$"),
        Kind::Path => text("^/"),
        Kind::CopyMethod => json!({"enum": ["Snapshot", "Clone", "Direct"]}),
        Kind::Compression => text("^[a-z0-9-]+$"),
        Kind::Quantity => {
            let pattern = format!("{QUANTITY}|{TEMPLATE}");
            json!({"type": ["string", "integer"], "pattern": pattern, "minimum": 1})
        }
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Integer(least) => json!({"type": "integer", "minimum": least, "maximum": i32::MAX}),
        Kind::Id => json!({"type": "integer", "minimum": 0, "maximum": i32::MAX}),
        Kind::Texts(least, most) => {
            let mut list = json!({"type": ["array", "string"], "items": {"type": "string"}});
            list["minItems"] = json!(least);
            list["pattern"] = json!(r"^\{accessModes\}$");
            if most < usize::MAX {
                list["maxItems"] = json!(most);
            }
            list
        }
        Kind::Ids => json!({"type": "array", "items": {"type": "integer"}}),
        Kind::TextMap => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::Objects => json!({"type": "array", "items": {"type": "object"}}),
        Kind::Object => json!({"type": "object"}),
        Kind::Group(parts) => {
            let properties = defined(parts);
            json!({"type": "object", "additionalProperties": false, "properties": properties})
        }
    }
}

/// The schemas of fields, by their names.
fn defined(of: &[Field]) -> Map<String, Value> {
    let schema = |field: &Field| {
        let mut schema = kind(field.kind);
        if !field.doc.is_empty() {
            schema["description"] = json!(sentence(field.doc));
        }
        (field.name.to_owned(), schema)
    };
    of.iter().map(schema).collect()
}

/// The schemas that others refer to: one for each field of the movers.
pub(super) fn definitions() -> Value {
    Value::Object(defined(FIELDS))
}

/// References to the fields of the movers, or to those of one side.
fn fields(side: Option<Side>) -> Map<String, Value> {
    let of = FIELDS.iter().filter(|field| side.is_none_or(|side| field.is_of_side(side)));
    let refer = |name| json!({"$ref": format!("#/definitions/{name}")});
    of.map(|field| (field.name.to_owned(), refer(field.name))).collect()
}

/// A description as editors show it.
fn sentence(doc: &str) -> String {
    let mut letters = doc.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let text: String = first.into_iter().chain(letters).collect();
    format!("{}.", text.replace('`', "").trim_end_matches('.'))
}

/// The properties of a settings block.
fn block(beside: &[(&str, Value)]) -> Value {
    let described = |mut schema: Value, text: &str| {
        schema["description"] = json!(text);
        schema
    };
    let any = || json!({"type": "string"});
    let texts = || json!({"type": "array", "items": {"type": "string"}});
    let metadata = || json!({"type": "object", "additionalProperties": {"type": "string"}});
    let of_side = |side| {
        let mut properties = fields(Some(side));
        properties.insert("labels".into(), described(metadata(), "More labels of this object."));
        let annotations = described(metadata(), "More annotations of this object.");
        properties.insert("annotations".into(), annotations);
        json!({"type": "object", "additionalProperties": false, "properties": properties})
    };
    let map = |properties: Value| json!({"type": "object", "additionalProperties": false, "properties": properties});
    let own = [
        ("mover", described(json!({"enum": ["kopia", "restic"]}), "What carries the data.")),
        ("tier", described(any(), "How often, where no label names a tier.")),
        (
            "names",
            described(
                map(json!({"source": any(), "destination": any()})),
                "The names of ReplicationSource and ReplicationDestination. Renaming a destination \
                 breaks bound volumes.",
            ),
        ),
        (
            "identity",
            json!({
                "description": "Under which name kopia keeps backups: explicit states the volume's \
                    name and namespace, inherit leaves it to VolSync. History hangs on it.",
                "anyOf": [
                    {"enum": ["explicit", "inherit"]},
                    {"type": "object", "additionalProperties": false,
                        "required": ["username", "hostname"],
                        "properties": {"username": any(), "hostname": any()}},
                ],
            }),
        ),
        (
            "backupOnly",
            described(json!({"type": "boolean"}), "Back up, and leave the way back out."),
        ),
        ("restoreTrigger", described(any(), "The manual trigger of the destination.")),
        ("source", described(of_side(Side::Source), "Fields of the source alone.")),
        ("destination", described(of_side(Side::Destination), "Fields of the destination alone.")),
        ("omit", described(texts(), "Fields that are left out though a weaker block sets them.")),
        (
            "unchecked",
            described(
                map(json!({"source": {"type": "object"}, "destination": {"type": "object"}})),
                "Fields that VolSync's API does not have, written as they are.",
            ),
        ),
        ("labels", described(metadata(), "More labels of both objects.")),
        ("annotations", described(metadata(), "More annotations of both objects.")),
        (
            "repositorySecret",
            json!({
                "description": "A Secret or ExternalSecret that is rendered with the pair.",
                "type": "object",
                "required": ["apiVersion", "kind", "metadata"],
                "properties": {"kind": {"enum": ["Secret", "ExternalSecret"]}},
            }),
        ),
        ("targets", described(texts(), "Which targets; without it, all of them.")),
    ];
    let mut properties: Map<String, Value> =
        beside.iter().cloned().chain(own).map(|(k, v)| (k.to_owned(), v)).collect();
    properties.extend(fields(None));
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap()
}

impl JsonSchema for RawBlock {
    fn schema_name() -> Cow<'static, str> {
        "Settings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(block(&[]))
    }
}

impl JsonSchema for RawBlocks {
    fn schema_name() -> Cow<'static, str> {
        "NamedSettings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let base = json!({"type": "string", "description": "The profile that this one builds on."});
        let restore = json!({"type": "boolean",
            "description": "Whether volumes are restored from this target."});
        let beside = [("base", base), ("restore", restore)];
        schema(json!({"type": "object", "additionalProperties": block(&beside)}))
    }
}

impl JsonSchema for RawRetain {
    fn schema_name() -> Cow<'static, str> {
        "Retain".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let retain = FIELDS.iter().find(|field| field.name == "retain").unwrap();
        let mut retain = kind(retain.kind);
        retain["minProperties"] = json!(1);
        schema(retain)
    }
}
