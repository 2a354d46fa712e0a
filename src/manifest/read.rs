//! Inputs → a stream with the objects of every document that can matter.

use super::scan::{Hidden, KINDS, SECRETS, Secrets, scan_for};
use super::{Document, Framing, Limits, Source, Start, Stream, decode, scan, split};
use crate::api::kinds::Kind;
use crate::api::{volsync, volume};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Location, Mark, Node, Object, ObjectRef};
use crate::parallel;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What was read.
#[derive(Debug)]
pub struct Reading {
    /// All documents.
    pub stream: Stream,
    /// The objects of the documents that can matter, in the order of the stream.
    pub objects: Vec<Object>,
    /// What is to say about the stream. An error among them means that it cannot be read for
    /// certain.
    pub diagnostics: Vec<Diagnostic>,
}

/// Fewer documents than this are decoded on one core.
const MANY: usize = 64;

/// How many nodes the aliases of one stream may add, over all documents.
const ALIAS_NODES: usize = 1_000_000;

/// Reads inputs: splits all of them, decodes what can matter to a plan; no Secrets.
pub fn read(sources: Vec<Source>, limits: Limits) -> Reading {
    read_with(sources, limits, Secrets::PassedOver)
}

/// Reads inputs: splits all of them, decodes what can matter to a plan.
pub fn read_with(sources: Vec<Source>, limits: Limits, secrets: Secrets) -> Reading {
    read_chosen(sources, limits, &[], |stream| all(scan(stream, secrets)))
}

/// Reads inputs whole: decodes every document, so that VolSync's objects are found where the
/// stream has no volume, and what cannot be read is told wherever it stands.
pub fn read_whole(sources: Vec<Source>, limits: Limits) -> Reading {
    read_chosen(sources, limits, &[], |stream| all((0..stream.len()).collect()))
}

/// Reads inputs as [`read_with`] does, and takes out the objects of further kinds too. Those are
/// found where they are spelled plainly; a document that holds nothing else is passed over where it
/// cannot be read, since nothing is decided by it. The objects of a stream without a volume are
/// read as well.
pub fn read_further(
    sources: Vec<Source>,
    limits: Limits,
    secrets: Secrets,
    further: &[Kind],
) -> Reading {
    read_chosen(sources, limits, further, |stream| {
        let mut matter = scan_for(stream, KINDS, Hidden::Included);
        if secrets == Secrets::Read {
            matter.extend(scan_for(stream, SECRETS, Hidden::Excluded));
            matter.sort_unstable();
            matter.dedup();
        }
        let kinds: Vec<&str> = further.iter().map(|kind| kind.kind).collect();
        let mut others = scan_for(stream, &kinds, Hidden::Excluded);
        others.retain(|index| matter.binary_search(index).is_err());
        let mut chosen = all(matter);
        chosen.extend(others.into_iter().map(|index| (index, false)));
        chosen.sort_unstable();
        chosen
    })
}

/// Documents that matter, all of them.
fn all(documents: Vec<usize>) -> Vec<(usize, bool)> {
    documents.into_iter().map(|index| (index, true)).collect()
}

/// Reads the documents that are chosen, each with whether it matters: what is to say of one that
/// does not is left out.
fn read_chosen(
    sources: Vec<Source>,
    limits: Limits,
    further: &[Kind],
    choose: impl Fn(&Stream) -> Vec<(usize, bool)>,
) -> Reading {
    let (stream, mut diagnostics) = split_sources(sources, limits);
    let mut objects = Vec::new();
    if diagnostics.is_empty() {
        let aliases = AtomicUsize::new(0);
        let read = parallel::map(&choose(&stream), MANY, |(index, matters)| {
            (*matters, read_document(stream.document(*index), limits, &aliases, further))
        });
        objects.reserve_exact(read.len());
        for (matters, result) in read {
            match result {
                Ok((found, warnings)) => {
                    objects.extend(found);
                    if matters {
                        diagnostics.extend(warnings);
                    }
                }
                Err(refusal) if matters => diagnostics.push(*refusal),
                Err(_) => {}
            }
        }
        if aliases.into_inner() > ALIAS_NODES {
            // Which documents were still read hangs on the cores, so nothing of them is told.
            let message =
                format!("the aliases of all documents stand for over {ALIAS_NODES} values");
            let found = Diagnostic::new(Code::LimitExceeded, message)
                .help("write the values out, or render the input in parts");
            return Reading { stream, objects: Vec::new(), diagnostics: vec![found] };
        }
    }
    if diagnostics.is_empty() && stream.documents().all(|document| document.is_blank()) {
        diagnostics.push(
            Diagnostic::new(
                Code::EmptyInput,
                "the input holds no manifest; applied by Argo CD, that deletes everything",
            )
            .help("check the command before the pipe: set -o pipefail shows its failure"),
        );
    }
    Reading { stream, objects, diagnostics }
}

/// Splits inputs into documents.
pub(super) fn split_sources(sources: Vec<Source>, limits: Limits) -> (Stream, Vec<Diagnostic>) {
    let size: usize = sources.iter().map(|source| source.text.len()).sum();
    let limit = limits.stream_size.min(Limits::STREAM_MAX);
    if size > limit {
        let found = Diagnostic::new(
            Code::LimitExceeded,
            format!("the input has {size} bytes, more than the limit of {limit}"),
        )
        .help("render it in parts, or raise limits.streamSize in plumber.yaml");
        return (Stream::default(), vec![found]);
    }
    let mut starts = Vec::new();
    let mut lines = Vec::new();
    let mut diagnostics = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let split::Split { starts: offsets, lines: counted, found } = split::split(source);
        // Sizes are below 2^32, see the limit above.
        #[expect(clippy::cast_possible_truncation, reason = "bounded by Limits::STREAM_MAX")]
        starts.extend(
            offsets.into_iter().map(|offset| Start { source: index as u32, offset: offset as u32 }),
        );
        lines.push(counted);
        diagnostics.extend(found);
    }
    (Stream { sources, starts, lines }, diagnostics)
}

type Found = (Vec<Object>, Vec<Diagnostic>);

/// Decodes one document and takes out its objects; nothing once the aliases of the stream are too
/// many. `aliases` counts their nodes.
fn read_document(
    document: Document<'_>,
    limits: Limits,
    aliases: &AtomicUsize,
    further: &[Kind],
) -> Result<Found, Box<Diagnostic>> {
    if aliases.load(Ordering::Relaxed) > ALIAS_NODES {
        return Ok((Vec::new(), Vec::new()));
    }
    let line = document.line();
    if document.text.len() > limits.document_size {
        let location =
            Location { source: Arc::clone(&document.source.name), mark: Mark { line, column: 1 } };
        let message = format!(
            "the document has {} bytes, more than the limit of {}",
            document.text.len(),
            limits.document_size
        );
        let help = "split the document, or raise limits.documentSize in plumber.yaml";
        return Err(Box::new(
            Diagnostic::new(Code::LimitExceeded, message).at(location).help(help),
        ));
    }
    let decoded = decode(&document.source.name, line, document.text)?;
    aliases.fetch_add(decoded.alias_nodes, Ordering::Relaxed);
    // Most documents are one object, and all results wait for each other.
    let mut objects = Vec::with_capacity(1);
    if let Some(node) = decoded.node {
        collect(&document, further, node, None, &mut Vec::new(), &mut objects)?;
    }
    let diagnostics = if objects.is_empty() { Vec::new() } else { decoded.diagnostics };
    Ok((objects, diagnostics))
}

/// Takes out the object of a node, or those of its `items` if it is a List: Argo CD flattens
/// whatever has a list under `items`, whatever it says of itself. An item without a kind has the
/// List's.
fn collect(
    document: &Document<'_>,
    further: &[Kind],
    node: Node,
    list: Option<(Option<&str>, &str)>,
    route: &mut Vec<usize>,
    objects: &mut Vec<Object>,
) -> Result<(), Box<Diagnostic>> {
    let text = |key: &str| node.text_at(&[key]).map(str::to_owned);
    let kind = text("kind").or_else(|| list.map(|(_, kind)| kind.to_owned()));
    let api_version =
        text("apiVersion").or_else(|| list.and_then(|(version, _)| version.map(str::to_owned)));
    let refuse = |mark: Mark, message: String, help: &str| {
        let location = Location { source: Arc::clone(&document.source.name), mark };
        Err(Box::new(Diagnostic::new(Code::InvalidDocument, message).at(location).help(help)))
    };
    if let Some(items) = node.get("items").and_then(Node::items) {
        let item_kind = kind.as_deref().and_then(|kind| kind.strip_suffix("List"));
        let typed =
            item_kind.filter(|kind| !kind.is_empty()).map(|kind| (api_version.as_deref(), kind));
        for (index, item) in items.iter().enumerate() {
            route.push(index);
            collect(document, further, item.clone(), typed, route, objects)?;
            route.pop();
        }
        return Ok(());
    }
    let (kind, api_version) = match (kind, api_version) {
        (Some(kind), Some(api_version)) => (kind, api_version),
        (Some(kind), None) if KINDS.contains(&kind.as_str()) => {
            let message = format!("a {kind} without apiVersion; Argo CD fails on it");
            return refuse(node.mark, message, "add apiVersion");
        }
        (Some(_) | None, Some(_) | None) => return Ok(()),
    };
    for key in ["name", "namespace"] {
        if let Some(value) = node.at(&["metadata", key])
            && !value.is_null()
            && value.as_str().is_none()
            && KINDS.contains(&kind.as_str())
        {
            let message = format!("metadata.{key} is {}, not text", value.kind_name());
            return refuse(value.mark, message, "put the value in quotes");
        }
    }
    let id = ObjectRef {
        api_version,
        kind,
        namespace: node
            .text_at(&["metadata", "namespace"])
            .filter(|namespace| !namespace.is_empty())
            .map(str::to_owned),
        name: node.text_at(&["metadata", "name"]).unwrap_or_default().to_owned(),
    };
    if relevant(&id) || further.iter().any(|kind| kind.is(id.group(), &id.kind)) {
        objects.push(Object {
            id,
            document: document.index,
            route: route.clone(),
            location: Location { source: Arc::clone(&document.source.name), mark: node.mark },
            node,
        });
    }
    Ok(())
}

/// Returns whether a decision can hang on an object.
fn relevant(id: &ObjectRef) -> bool {
    match id.kind.as_str() {
        volume::PVC | volume::NAMESPACE | volume::SECRET => id.group().is_empty(),
        volume::EXTERNAL_SECRET => id.group() == volume::EXTERNAL_SECRETS,
        volume::STATEFUL_SET => id.group() == volume::APPS,
        volsync::REPLICATION_SOURCE | volsync::REPLICATION_DESTINATION => {
            id.group() == volsync::GROUP
        }
        _ => false,
    }
}

/// Returns whether a document is a Kubernetes manifest: a mapping with `apiVersion` and `kind`.
/// For files of a folder, which may hold something else.
///
/// # Errors
/// The document cannot be read.
pub fn is_manifest(document: Document<'_>) -> Result<bool, Box<Diagnostic>> {
    debug_assert_eq!(document.source.framing, Framing::File);
    let decoded = decode(&document.source.name, document.line(), document.text)?;
    Ok(decoded.node.is_some_and(|node| {
        node.text_at(&["kind"]).is_some() && node.text_at(&["apiVersion"]).is_some()
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{Framing, Limits, Source};
    use super::{MANY, read};
    use crate::diagnostic::Code;

    /// Documents whose aliases stand for some 100,000 values each.
    fn aliases(documents: usize) -> String {
        let head = "---\nkind: PersistentVolumeClaim\napiVersion: v1\nl0: &l0 [a, a, a, a]\n";
        let levels = (1..8).map(|level| {
            let below = vec![format!("*l{}", level - 1); 4].join(", ");
            format!("l{level}: &l{level} [{below}]\n")
        });
        let text: Vec<String> = std::iter::once(head.to_owned()).chain(levels).collect();
        text.concat().repeat(documents)
    }

    #[test]
    fn the_aliases_of_a_stream_are_limited_over_all_documents() {
        let read = |documents| {
            let text = aliases(documents);
            let source = Source { name: "in".into(), text, framing: Framing::Stream };
            read(vec![source], Limits::default())
        };
        assert_eq!(read(2).diagnostics, []);
        let few = read(12);
        let many = read(MANY + 1);
        assert_eq!(few.diagnostics, many.diagnostics);
        assert_eq!(few.diagnostics.len(), 1);
        assert_eq!(few.diagnostics[0].code, Code::LimitExceeded);
    }
}
