//! A stream → the objects the audit reads: volumes, what makes them, pairs, Namespaces, and what
//! makes the Secrets of repositories.
//!
//! The renderer looks no further where a stream holds no volume. Here a pair without a volume
//! matters too.

use crate::api::{volsync, volume};
use crate::audit::key::Key;
use crate::audit::packed::{Packed, Packer};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Document, Source, decode, split};
use crate::object::{Location, Node, ObjectRef};
use crate::parallel;
use std::sync::Arc;

/// The kinds that are read, each with its API group.
const KINDS: &[(&str, &str)] = &[
    (volume::PVC, ""),
    (volume::STATEFUL_SET, volume::APPS),
    (volume::NAMESPACE, ""),
    (volsync::REPLICATION_SOURCE, volsync::GROUP),
    (volsync::REPLICATION_DESTINATION, volsync::GROUP),
    ("ExternalSecret", "external-secrets.io"),
];

/// An object of a stream.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Who it is.
    pub id: ObjectRef,
    /// Where it starts.
    pub location: Location,
    /// Its manifest.
    pub manifest: Packed,
}

/// From how many documents on they are read side by side: reading one takes some tens of
/// microseconds.
const MANY: usize = 64;

/// Reads a stream; what is read is packed, one object after the other.
///
/// # Errors
/// Everything that cannot be read and holds the name of one of the kinds.
pub fn rendered(source: Source, packer: &Packer) -> Result<Vec<Rendered>, Vec<Diagnostic>> {
    let (stream, mut errors) = split(source);
    let mut line = 1;
    let documents = stream.documents().map(|document| {
        // Counted on the way: from the start each time would be quadratic.
        let here = line;
        line += memchr::memchr_iter(b'\n', document.text.as_bytes()).count();
        (here, document)
    });
    let documents: Vec<_> = documents.collect();
    let read = parallel::map(&documents, MANY, |(line, document)| read(document, *line, packer));
    let mut objects = Vec::new();
    for read in read {
        match read {
            Ok(read) => objects.extend(read),
            Err(found) => errors.push(*found),
        }
    }
    if errors.is_empty() { Ok(objects) } else { Err(errors) }
}

/// Reads a document that starts on a line.
fn read(
    document: &Document<'_>,
    line: usize,
    packer: &Packer,
) -> Result<Vec<Rendered>, Box<Diagnostic>> {
    let mut objects = Vec::new();
    let named = KINDS.iter().any(|(kind, _)| document.text.contains(kind));
    // A kind can be spelled with escapes, or hidden behind a tag.
    if named || document.text.contains(['\\', '!']) {
        match decode(&document.source.name, line, document.text) {
            Ok(decoded) => {
                if let Some(node) = decoded.node {
                    collect(document, &node, None, packer, &mut objects);
                }
            }
            Err(found) if named => return Err(found),
            Err(_) => {}
        }
    }
    Ok(objects)
}

/// Takes out an object, or the items of a List, which may say neither kind nor version.
fn collect(
    document: &Document<'_>,
    node: &Node,
    list: Option<(&str, &str)>,
    packer: &Packer,
    objects: &mut Vec<Rendered>,
) {
    let text = |path: &[&str]| node.text_at(path).filter(|text| !text.is_empty());
    let kind = text(&["kind"]).or(list.map(|(kind, _)| kind));
    let version = text(&["apiVersion"]).or(list.map(|(_, version)| version));
    let (Some(kind), Some(version)) = (kind, version) else { return };
    if let Some(items) = node.get("items").and_then(Node::items) {
        let typed = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for item in items {
            collect(document, item, typed.map(|kind| (kind, version)), packer, objects);
        }
        return;
    }
    let id = ObjectRef {
        api_version: version.to_owned(),
        kind: kind.to_owned(),
        namespace: text(&["metadata", "namespace"]).map(str::to_owned),
        name: text(&["metadata", "name"]).unwrap_or_default().to_owned(),
    };
    if KINDS.contains(&(kind, id.group())) {
        let key = Key::new(id.namespace.as_deref().unwrap_or_default(), &id.name).of_volume();
        let manifest = packer.pack_node(node, &key);
        let location = Location { source: Arc::clone(&document.source.name), mark: node.mark };
        objects.push(Rendered { id, location, manifest });
    }
}
