//! A source or destination as somebody wrote it, if a configuration can say what it says.

use super::missed::{Missed, Why};
use super::values::typed;
use crate::api::fields::FIELDS;
use crate::api::mover::{Mover, Side};
use crate::api::volsync;
use crate::object::{Location, Node, Object};
use crate::settings::template::has_placeholder;
use serde_json::{Map, Value};

/// Where an object stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// The document that holds it (index into the stream's documents).
    pub document: usize,
    /// The way to it inside the document, one index for each List.
    pub route: Vec<usize>,
    /// Where it starts.
    pub location: Location,
}

/// A source or destination as somebody wrote it.
#[derive(Debug, Clone)]
pub struct Original {
    /// Where it stands.
    pub place: Place,
    /// Which of the two it is.
    pub side: Side,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, where stated.
    pub namespace: Option<String>,
    /// `metadata.labels` and `metadata.annotations`.
    pub metadata: Value,
    /// `spec`.
    pub spec: Value,
    /// Its mover.
    pub mover: Mover,
    /// The fields of its mover.
    pub fields: Map<String, Value>,
}

impl Original {
    /// Reads a source or destination.
    pub(super) fn read(object: &Object, side: Side) -> Result<Self, Missed> {
        let refuse = |why, message: String, help: &str| {
            let id = format!(
                "{} {}/{}",
                object.id.kind,
                object.id.namespace.as_deref().unwrap_or("?"),
                object.id.name
            );
            Err(Missed::new(id, object.location.clone(), why, message).help(help))
        };
        let node = &object.node;
        let spec = node.get("spec").map(Node::to_json).unwrap_or_default();
        if object.id.name.contains("${") {
            let message = "its name is filled in after the manifests are built".to_owned();
            let help = "fill the manifests in first and adopt those: flux build kustomization, \
                        or envsubst; then change the component by hand";
            return refuse(Why::Placeholder, message, help);
        }
        let known =
            |key: &str| matches!(key, "trigger" | "sourcePVC") || Mover::parse(key).is_some();
        let movers: Vec<&str> = spec
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .filter(|key| !matches!(*key, "trigger" | "sourcePVC" | "paused"))
            .collect();
        let [mover] = movers.as_slice() else {
            let message = format!("its spec has {} movers, not one", movers.len());
            return refuse(Why::Mover, message, "leave it as it is, or complete it");
        };
        let Some(mover) = Mover::parse(mover) else {
            let why = Mover::refusal(mover).unwrap_or("plumber does not know it");
            let message = format!("its mover is {mover}: {why}");
            return refuse(Why::Mover, message, "leave it as it is");
        };
        if let Some(other) =
            spec.as_object().into_iter().flatten().map(|(key, _)| key).find(|key| !known(key))
        {
            let message = format!("spec.{other} has no counterpart in plumber.yaml");
            return refuse(Why::Field, message, "remove the field first, or leave it as it is");
        }
        let fields = spec[mover.id()].as_object().cloned().unwrap_or_default();
        let fields = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
        let fields = typed(fields, FIELDS);
        if let Some(path) = template_in(&spec[mover.id()], mover.id()) {
            let message =
                format!("spec.{path} holds `{{…}}` with a word, which plumber.yaml would fill in");
            return refuse(Why::Field, message, "leave it as it is, or write it without braces");
        }
        let empty = |trigger: &Value| trigger.as_object().is_none_or(Map::is_empty);
        if spec.get("trigger").is_none_or(empty) {
            let does = match side {
                Side::Source => "backs up",
                Side::Destination => "restores",
            };
            let message = format!("it has no spec.trigger: VolSync {does} over and over");
            return refuse(Why::Field, message, "give it a schedule or a manual trigger first");
        }
        Ok(Self {
            place: place(object),
            side,
            name: object.id.name.clone(),
            namespace: object.id.namespace.clone(),
            metadata: node.get("metadata").map(Node::to_json).unwrap_or_default(),
            mover,
            fields,
            spec,
        })
    }

    /// Returns its kind.
    pub fn kind(&self) -> &'static str {
        match self.side {
            Side::Source => volsync::REPLICATION_SOURCE,
            Side::Destination => volsync::REPLICATION_DESTINATION,
        }
    }

    /// Returns a text of its mover's fields.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}

/// Returns the path of a text that the configuration would take for one with placeholders.
fn template_in(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::String(text) => has_placeholder(text).then(|| path.to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(n, item)| template_in(item, &format!("{path}[{n}]"))),
        Value::Object(map) => {
            map.iter().find_map(|(key, value)| template_in(value, &format!("{path}.{key}")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

pub(super) fn place(object: &Object) -> Place {
    Place {
        document: object.document,
        route: object.route.clone(),
        location: object.location.clone(),
    }
}
