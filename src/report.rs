//! Views of a plan: text for people, JSON for programs. No view decides anything.

pub mod diff;
pub mod explain;
pub mod json_v1;
pub mod text;
#[cfg(feature = "schema")]
pub mod validate;

/// The JSON Schema of the report, as published.
pub const SCHEMA: &str = include_str!("../docs/schema/plumber-report.schema.json");
