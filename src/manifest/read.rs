//! Inputs → a stream with the objects of every document that can matter.

use super::decode::Decoded;
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
/// stream has no volume, and what cannot be read is told wherever it stands. The objects of further
/// kinds are taken out too.
pub fn read_whole(sources: Vec<Source>, limits: Limits, further: &[Kind]) -> Reading {
    read_chosen(sources, limits, further, |stream| all((0..stream.len()).collect()))
}

/// What is known already of the documents of one input, in their order, blank ones left out:
/// nothing of a document in which nothing is looked for.
pub type Known = Vec<Option<Decoded>>;

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

/// Reads inputs as [`read_further`] does, of which all documents are known, as [`judge`] gives them
/// for the same kinds: none is decoded again.
pub fn read_known(
    sources: Vec<Source>,
    limits: Limits,
    secrets: Secrets,
    further: &[Kind],
    known: Vec<Known>,
) -> Reading {
    let (stream, mut diagnostics) = split_sources(sources, limits);
    let mut objects = Vec::new();
    let aliases = AtomicUsize::new(0);
    let documents = if diagnostics.is_empty() { stream.len() } else { 0 };
    let mut known = known.into_iter().flatten();
    for index in (0..documents).filter(|index| !stream.document(*index).is_blank()) {
        let Some(decoded) = known.next().flatten() else { continue };
        match read_decoded(stream.document(index), limits, &aliases, further, || Ok(decoded)) {
            Ok((found, warnings)) => {
                if found.iter().any(|object| is_rendered_by(&object.id, secrets)) {
                    diagnostics.extend(warnings);
                }
                objects.extend(found);
            }
            Err(refusal) => diagnostics.push(*refusal),
        }
    }
    finish(stream, objects, diagnostics, aliases.into_inner())
}

/// Whether a render reads an object.
fn is_rendered_by(id: &ObjectRef, secrets: Secrets) -> bool {
    relevant(id) && (secrets == Secrets::Read || !SECRETS.contains(&id.kind.as_str()))
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
        return finish(stream, objects, diagnostics, aliases.into_inner());
    }
    finish(stream, objects, diagnostics, 0)
}

/// Says what is to say of the whole stream.
fn finish(
    stream: Stream,
    objects: Vec<Object>,
    mut diagnostics: Vec<Diagnostic>,
    aliases: usize,
) -> Reading {
    if aliases > ALIAS_NODES {
        // Which documents were still read hangs on the cores, so nothing of them is told.
        let message = format!("the aliases of all documents stand for over {ALIAS_NODES} values");
        let found = Diagnostic::new(Code::LimitExceeded, message)
            .help("write the values out, or render the input in parts");
        return Reading { stream, objects: Vec::new(), diagnostics: vec![found] };
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

/// Decodes one document and takes out its objects.
fn read_document(
    document: Document<'_>,
    limits: Limits,
    aliases: &AtomicUsize,
    further: &[Kind],
) -> Result<Found, Box<Diagnostic>> {
    read_decoded(document, limits, aliases, further, || {
        decode(&document.source.name, document.line(), document.text)
    })
}

/// Takes out the objects of a document, which is decoded if it is small enough; nothing once the
/// aliases of the stream are too many. `aliases` counts their nodes.
fn read_decoded(
    document: Document<'_>,
    limits: Limits,
    aliases: &AtomicUsize,
    further: &[Kind],
    decoded: impl FnOnce() -> Result<Decoded, Box<Diagnostic>>,
) -> Result<Found, Box<Diagnostic>> {
    if aliases.load(Ordering::Relaxed) > ALIAS_NODES {
        return Ok((Vec::new(), Vec::new()));
    }
    if document.text.len() > limits.document_size {
        let mark = Mark::new(document.line(), 1);
        let location = Location { source: Arc::clone(&document.source.name), mark };
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
    let decoded = decoded()?;
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

/// Decodes the documents of a stream whose kind is one of some that no decision hangs on. What
/// cannot be read is left out, and so is what stands in a List.
pub fn objects_of(stream: &Stream, kinds: &[&str]) -> Vec<Object> {
    let mut objects = Vec::new();
    for document in stream.documents() {
        if !kinds.iter().any(|kind| document.text.contains(kind)) {
            continue;
        }
        let Ok(decoded) = decode(&document.source.name, document.line(), document.text) else {
            continue;
        };
        let Some(node) = decoded.node else { continue };
        let text = |path: &[&str]| node.text_at(path).map(str::to_owned);
        let Some(kind) = text(&["kind"]).filter(|kind| kinds.contains(&kind.as_str())) else {
            continue;
        };
        let id = ObjectRef {
            api_version: text(&["apiVersion"]).unwrap_or_default(),
            kind,
            namespace: text(&["metadata", "namespace"]).filter(|namespace| !namespace.is_empty()),
            name: text(&["metadata", "name"]).unwrap_or_default(),
        };
        let location = Location { source: Arc::clone(&document.source.name), mark: node.mark };
        objects.push(Object { id, document: document.index, route: Vec::new(), location, node });
    }
    objects
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

/// Returns whether a document is a Kubernetes manifest: a mapping with `apiVersion` and `kind`; and,
/// where further kinds are looked for, the document if it can hold one of those or what a render
/// reads. For files of a folder, which may hold something else.
///
/// # Errors
/// The document cannot be read.
pub fn judge(
    document: Document<'_>,
    further: &[Kind],
) -> Result<(bool, Option<Decoded>), Box<Diagnostic>> {
    debug_assert_eq!(document.source.framing, Framing::File);
    let decoded = decode(&document.source.name, document.line(), document.text)?;
    let Some(node) = &decoded.node else { return Ok((false, None)) };
    let kind = node.text_at(&["kind"]);
    let is_manifest = kind.is_some() && node.text_at(&["apiVersion"]).is_some();
    let is_looked_for = node.get("items").is_some()
        || kind.is_some_and(|kind| {
            let mut kinds = further.iter().map(|further| further.kind).chain(KINDS.iter().copied());
            kinds.any(|other| other == kind)
        });
    let kept = !further.is_empty() && is_looked_for;
    Ok((is_manifest, kept.then_some(decoded)))
}

#[cfg(test)]
mod tests {
    use super::super::{Framing, Limits, Source, split};
    use super::{MANY, Reading, Secrets, judge, read, read_further, read_known};
    use crate::api::kinds::FURTHER;
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
    fn what_is_known_is_read_as_what_is_looked_for() {
        let text = "kind: PersistentVolumeClaim\napiVersion: v1\nmetadata: {name: a, name: b}\n\
                    ---\n# nothing\n---\nkind: List\napiVersion: v1\nitems:\n- kind: Secret\n  \
                    apiVersion: v1\n---\nkind: Secret\napiVersion: v1\nmetadata: {x: 1, x: 2}\n---\n\
                    kind: Service\napiVersion: v1\n---\nkind: Secret\napiVersion: other/v1\n---\n\
                    kind: Namespace\napiVersion: v1\nmetadata: {name: 7}\n";
        for secrets in [Secrets::Read, Secrets::PassedOver] {
            for documents in [3, 7] {
                let text = text.split_inclusive("---\n").take(documents).collect::<String>();
                let source = Source { name: "in".into(), text, framing: Framing::File };
                let (stream, _) = split(source.clone());
                let documents = stream.documents().filter(|document| !document.is_blank());
                let known = documents.map(|document| judge(document, FURTHER).unwrap().1);
                let known = vec![known.collect()];
                let limits = Limits::default();
                let one = read_known(vec![source.clone()], limits, secrets, FURTHER, known);
                let other = read_further(vec![source], limits, secrets, FURTHER);
                let ids = |reading: &Reading| -> Vec<_> {
                    let objects = reading.objects.iter();
                    objects.map(|object| (object.id.clone(), object.document)).collect()
                };
                assert_eq!(ids(&one), ids(&other));
                assert_eq!(one.diagnostics, other.diagnostics);
                assert!(!one.objects.is_empty() && !one.diagnostics.is_empty());
            }
        }
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
