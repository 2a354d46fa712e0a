//! Rendered objects against the schema of VolSync's API.
//!
//! VolSync's own CRDs check little, so this finds what the API server would refuse; what would be
//! accepted and not work is the plan's concern.

use crate::diagnostic::{Code, Diagnostic};
use crate::edit::{Addition, Change};
use crate::plan::{Plan, VolumePlan};
use serde_json::Value;

/// The schema of the two kinds, as published.
pub const VOLSYNC_SCHEMA: &str = include_str!("../../docs/schema/volsync-v1alpha1.schema.json");

/// Returns one diagnostic for each field of a rendered object that does not fit.
pub fn mismatches(plan: &Plan) -> Vec<Diagnostic> {
    let schema: Value = serde_json::from_str(VOLSYNC_SCHEMA).unwrap_or_default();
    let mut found = Vec::new();
    for kind in ["ReplicationSource", "ReplicationDestination"] {
        // The branch of the kind words its errors better than the choice between both.
        let branch = schema.pointer(&format!("/$defs/{kind}")).cloned().unwrap_or_default();
        match jsonschema::validator_for(&branch) {
            Ok(validator) => {
                for volume in &plan.volumes {
                    for object in objects(volume).into_iter().filter(|o| o["kind"] == kind) {
                        found.extend(validator.iter_errors(&object).map(|error| {
                            mismatch(
                                volume,
                                &object,
                                &error.instance_path().to_string(),
                                &error.to_string(),
                            )
                        }));
                    }
                }
            }
            Err(error) => found.push(Diagnostic::new(
                Code::SchemaMismatch,
                format!("the schema of {kind} cannot be used: {error}"),
            )),
        }
    }
    found
}

fn objects(volume: &VolumePlan) -> Vec<Value> {
    let changes = volume.edits.iter().map(|edit| &edit.change);
    changes
        .flat_map(|change| match change {
            Change::Wire { .. } => Vec::new(),
            Change::Update { object, .. } => vec![object.clone()],
            Change::Add(additions) => additions.iter().map(Addition::to_json).collect(),
        })
        .collect()
}

fn mismatch(volume: &VolumePlan, object: &Value, path: &str, error: &str) -> Diagnostic {
    let text = |key: &str| object.pointer(key).and_then(Value::as_str).unwrap_or("?").to_owned();
    // A JSON pointer, in which keys have their slashes escaped.
    let field =
        path.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
    Diagnostic::new(
        Code::SchemaMismatch,
        format!(
            "{} {} does not fit VolSync's API: {field}: {error}",
            text("/kind"),
            text("/metadata/name")
        ),
    )
    .at(volume.location.clone())
    .help("correct the label, annotation or configuration that the value comes from")
}
