//! The text of a `plumber.yaml` → its keys.

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::decode;
use crate::object::{Location, Mark, Node, Value};
use std::sync::Arc;

/// `apiVersion` of a `plumber.yaml`.
pub(super) const API_VERSION: &str = "pvc-plumber.io/v1alpha1";
/// `kind` of a `plumber.yaml`.
pub(super) const KIND: &str = "PlumberConfig";

/// Reads the text of a `plumber.yaml`: one YAML document that says what it is. Its keys are
/// checked when it becomes part of a configuration.
///
/// # Errors
/// A diagnostic with its place.
pub fn parse_file(name: &Arc<str>, text: &str) -> Result<Node, Diagnostic> {
    let at = |mark| Location { source: Arc::clone(name), mark };
    let wrong = |mark, message: String, help: String| {
        Err(Diagnostic::new(Code::InvalidConfig, message).at(at(mark)).help(help))
    };
    let decoded = decode(name, 1, text).map_err(|refused| own(*refused, text))?;
    if let Some(warning) = decoded.diagnostics.into_iter().next() {
        return Err(own(warning, text));
    }
    let start = Mark::START;
    let header = format!("start it with `apiVersion: {API_VERSION}` and `kind: {KIND}`");
    let Some(node) = decoded.node.filter(|node| !node.is_null()) else {
        return wrong(start, "the configuration is empty".to_owned(), header);
    };
    let Value::Mapping(_) = node.value else {
        let message = format!("the configuration is {}, not a mapping of keys", node.kind_name());
        return wrong(node.mark, message, header);
    };
    for (key, value) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        let help = format!("write `{key}: {value}`");
        let Some(found) = node.get(key).filter(|node| !node.is_null()) else {
            let message = format!("`{key}` is missing, so this may be something else");
            return wrong(node.mark, message, help);
        };
        if found.as_str() != Some(value) {
            let seen = crate::settings::seen(found);
            let message = format!("`{key}` is {seen}, which is not read here");
            return wrong(found.mark, message, help);
        }
    }
    Ok(node)
}

/// Says what the manifest reader found in words that fit a configuration.
fn own(found: Diagnostic, text: &str) -> Diagnostic {
    let Diagnostic { code, message, location, help, repair: _ } = found;
    let line = location.as_ref().and_then(|at| text.lines().nth(at.mark.line().checked_sub(1)?));
    let (message, help) = if code == Code::ContentAfterDocumentEnd {
        let help = "keep one document: a configuration is not a stream";
        ("a second document starts here".to_owned(), Some(help.to_owned()))
    } else if code == Code::DuplicateKey {
        // What follows says which of the two Argo CD keeps.
        (message.split("; ").next().unwrap_or_default().to_owned(), help)
    } else if code == Code::InvalidDocument {
        (message, Some(hint(line.unwrap_or_default()).to_owned()))
    } else {
        (message, help)
    };
    Diagnostic { code: Code::InvalidConfig, message, location, help, repair: None }
}

/// Guesses what makes a line invalid: the two slips that everybody makes.
fn hint(line: &str) -> &'static str {
    let value = line.split_once(": ").map_or("", |(_, value)| value.trim_start());
    if line.starts_with('%') {
        "remove this line"
    } else if line.trim_end().contains('\t') {
        "indent with blanks instead of tabs"
    } else if value.starts_with(['{', '*', '@', '[', '&', '!', '%']) {
        "put the value in quotes, such as `\"{minute} 2 * * *\"`"
    } else {
        "check the indentation and the quotes on this line and the one before"
    }
}
