//! Documents that no render reads, because nothing in them could matter: are they manifests at all?

use super::{Document, decode};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Location, Mark};
use std::sync::Arc;

/// Finds what is wrong with a document that a render would pass on unread. What is cut off, or is
/// no manifest at all, may hide a volume, and that volume would seem gone.
pub fn stray(document: Document<'_>) -> Option<Diagnostic> {
    if document.is_blank() {
        return None;
    }
    let decoded = |line| decode(&document.source.name, line, document.text);
    let node = match decoded(1) {
        Ok(decoded) => decoded.node?,
        // The line is counted where it is wanted: that takes the text from its start.
        Err(_) => return decoded(document.line()).err().map(|found| *found),
    };
    let is_manifest = node.text_at(&["kind"]).is_some() || node.get("items").is_some();
    (!node.is_null() && !is_manifest).then(|| {
        let mark = Mark::new(document.line(), 1);
        let location = Location { source: Arc::clone(&document.source.name), mark };
        Diagnostic::new(Code::InvalidDocument, "a document that is no Kubernetes manifest")
            .at(location)
            .help("check what makes it: it may be the message of a program that failed")
    })
}
