//! Views of a plan and of findings: text for people, formats for programs. No view decides anything.

pub mod adopt;
pub mod adopt_json;
pub mod check_text;
pub mod check_v1;
pub mod diff;
pub mod explain;
pub mod findings;
pub mod github;
pub mod json_v1;
pub mod junit;
pub mod sarif;
pub mod text;
#[cfg(feature = "schema")]
pub mod validate;

/// The JSON Schema of the report, as published.
pub const SCHEMA: &str = include_str!("../docs/schema/plumber-report.schema.json");
