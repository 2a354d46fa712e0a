//! The rendered stream → the objects the audit reads: those a decision hangs on, and what makes
//! the Secrets of repositories.

use crate::diagnostic::Diagnostic;
use crate::manifest::{Limits, Source, Stream, decode, read};
use crate::object::{Node, Object, ObjectRef};

/// A kind that the renderer does not read, and the audit does.
const EXTERNAL_SECRET: &str = "ExternalSecret";

/// Reads a rendered stream.
///
/// # Errors
/// What cannot be read: the renderer holds itself to writing nothing of that kind.
pub fn rendered(source: Source) -> Result<Vec<Object>, Vec<Diagnostic>> {
    let reading = read(vec![source], Limits { document_size: usize::MAX, ..Limits::default() });
    let errors: Vec<Diagnostic> = reading
        .diagnostics
        .into_iter()
        .filter(|found| found.severity() == crate::diagnostic::Severity::Error)
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut objects = reading.objects;
    objects.extend(external_secrets(&reading.stream));
    Ok(objects)
}

fn external_secrets(stream: &Stream) -> Vec<Object> {
    let mut found = Vec::new();
    for document in stream.documents().filter(|d| d.text.contains(EXTERNAL_SECRET)) {
        // Whatever cannot be read here is none of the objects that decide.
        let Ok(decoded) = decode(&document.source.name, document.line(), document.text) else {
            continue;
        };
        let mut nodes: Vec<Node> = decoded.node.into_iter().collect();
        while let Some(node) = nodes.pop() {
            if let Some(items) = node.get("items").and_then(Node::items) {
                nodes.extend(items.iter().cloned());
            } else if node.text_at(&["kind"]) == Some(EXTERNAL_SECRET) {
                let text = |path: &[&str]| node.text_at(path).map(str::to_owned);
                found.push(Object {
                    id: ObjectRef {
                        api_version: text(&["apiVersion"]).unwrap_or_default(),
                        kind: EXTERNAL_SECRET.to_owned(),
                        namespace: text(&["metadata", "namespace"]),
                        name: text(&["metadata", "name"]).unwrap_or_default(),
                    },
                    document: document.index,
                    route: Vec::new(),
                    location: crate::object::Location {
                        source: std::sync::Arc::clone(&document.source.name),
                        mark: node.mark,
                    },
                    node,
                });
            }
        }
    }
    found
}
