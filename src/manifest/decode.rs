//! One document's text → a [`Node`], as Argo CD's reader understands it.
//!
//! Aliases are expanded, merge keys applied, the last of duplicate keys kept, keys turned to text.
//! What readers disagree on is refused, never guessed.

mod mapping;

use super::{encoding, scalar};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Entry, Location, Mark, Node, Value};
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// How many nodes the aliases of one document may add.
const ALIAS_NODES: usize = 200_000;
/// How deep a document may nest.
const DEPTH: usize = 200;

/// A document that was read: its value, if it has one, and what is worth saying about it.
#[derive(Debug)]
pub struct Decoded {
    /// The value; nothing for a document of blanks and comments.
    pub node: Option<Node>,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// How many nodes its aliases added.
    pub(super) alias_nodes: usize,
}

/// Decodes the text of one document, which starts on `line` of the input `name`.
///
/// # Errors
/// A diagnostic with its place, where the text is not one document that every reader understands
/// alike.
pub fn decode(name: &Arc<str>, line: usize, text: &str) -> Result<Decoded, Box<Diagnostic>> {
    decode_seen(name, line, text, |_, _| {})
}

/// Decodes as [`decode`] does, and shows each event and its place on the way.
pub(super) fn decode_seen<'t>(
    name: &Arc<str>,
    line: usize,
    text: &'t str,
    mut see: impl FnMut(&Event<'t>, &Span),
) -> Result<Decoded, Box<Diagnostic>> {
    let mut builder = Builder {
        name,
        line,
        stack: Vec::new(),
        anchors: Vec::new(),
        alias_nodes: 0,
        root: None,
        diagnostics: Vec::new(),
    };
    builder.line_breaks(text)?;
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options()) {
        let (event, span) = event.map_err(|error| {
            let mark = builder.mark(error.marker());
            let message = format!("not valid YAML: {}", error.kind());
            let help = if message.contains("tab") { TAB_HELP } else { INVALID_HELP };
            builder.refuse(Code::InvalidDocument, mark, message, help)
        })?;
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents > 1 {
                let mark = builder.mark(&span.start);
                return Err(builder.refuse(
                    Code::ContentAfterDocumentEnd,
                    mark,
                    "a second document starts here without a `---` line; Argo CD drops it",
                    "put a line with `---` before it",
                ));
            }
        }
        see(&event, &span);
        builder.event(event, &span.start)?;
    }
    let Builder { root, diagnostics, alias_nodes, .. } = builder;
    Ok(Decoded { node: root.map(|built| built.node), diagnostics, alias_nodes })
}

/// The parser names the start of what the tab is in.
const TAB_HELP: &str = "indent with blanks: YAML takes no tabs there, or on the next line";
const INVALID_HELP: &str = "run the file through `kubectl apply --dry-run=client -f` to see more";

/// How the parser is set: as libyaml reads, without comments.
fn options() -> Options {
    let mut options = granit_parser::options! {
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
        disallow_directives: true,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    options.set_emit_comments(false);
    options
}

/// A node with what the limits need.
#[derive(Debug, Clone)]
struct Built {
    node: Node,
    size: usize,
    depth: usize,
    /// Whether it was written as a plain `<<`.
    merge_key: bool,
}

#[derive(Debug)]
enum Open {
    Sequence { items: Vec<Node> },
    Mapping { entries: Vec<Entry>, merges: Vec<(usize, Node)>, key: Option<Key> },
}

#[derive(Debug)]
enum Key {
    Text(SmolStr, Mark),
    Merge,
}

#[derive(Debug)]
struct Frame {
    open: Open,
    mark: Mark,
    anchor: usize,
    size: usize,
    depth: usize,
}

struct Builder<'t> {
    name: &'t Arc<str>,
    line: usize,
    stack: Vec<Frame>,
    /// Finished anchored nodes by the parser's anchor id.
    anchors: Vec<Option<Built>>,
    alias_nodes: usize,
    root: Option<Built>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn mark(&self, marker: &Marker) -> Mark {
        Mark::new(self.line + marker.line() - 1, marker.col() + 1)
    }

    fn location(&self, mark: Mark) -> Location {
        Location { source: Arc::clone(self.name), mark }
    }

    fn refuse(
        &self,
        code: Code,
        mark: Mark,
        message: impl Into<String>,
        help: &str,
    ) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(code, message).at(self.location(mark)).help(help))
    }

    /// libyaml takes NEL, LS and PS for line breaks, YAML 1.2 does not; a byte order mark inside
    /// a document hides the key it stands before.
    fn line_breaks(&self, text: &str) -> Result<(), Box<Diagnostic>> {
        let lead = if text.starts_with(encoding::BOM) { encoding::BOM.len_utf8() } else { 0 };
        let odd = ['\u{85}', '\u{2028}', '\u{2029}', encoding::BOM];
        if text.is_ascii() {
            return Ok(());
        }
        let Some(at) = text[lead..].find(odd).map(|at| at + lead) else { return Ok(()) };
        let before = &text[..at];
        let mark = Mark::new(
            self.line + before.matches('\n').count(),
            1 + before.rsplit('\n').next().unwrap_or_default().chars().count(),
        );
        let character = text[at..].chars().next().unwrap_or_default();
        Err(self.refuse(
            Code::AmbiguousLineBreak,
            mark,
            format!(
                "the character U+{:04X}, which YAML readers take for different things",
                u32::from(character)
            ),
            "remove it, or write it as an escape in double quotes",
        ))
    }

    fn event(&mut self, event: Event<'_>, at: &Marker) -> Result<(), Box<Diagnostic>> {
        let mark = self.mark(at);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let merge_key = text == "<<"
                    && match &tag {
                        None => style == ScalarStyle::Plain,
                        Some(tag) => tag.to_string() == "tag:yaml.org,2002:merge",
                    };
                let value = scalar::resolve(&text, style, tag.as_deref()).map_err(|why| {
                    self.refuse(Code::InvalidDocument, mark, why, "put the value in quotes")
                })?;
                let node = Node { value, mark };
                self.finish(Built { node, size: 1, depth: 1, merge_key }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Open::Sequence { items: Vec::new() }, mark, anchor)
            }
            Event::MappingStart(_, anchor, _) => self.open(
                Open::Mapping { entries: Vec::new(), merges: Vec::new(), key: None },
                mark,
                anchor,
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => {
                let Some(mut built) = self.anchors.get(id).cloned().flatten() else {
                    return Err(self.refuse(
                        Code::InvalidDocument,
                        mark,
                        "the alias stands inside what it stands for",
                        "write the value out",
                    ));
                };
                self.alias_nodes += built.size;
                if self.alias_nodes > ALIAS_NODES {
                    return Err(self.refuse(
                        Code::LimitExceeded,
                        mark,
                        format!("the aliases stand for more than {ALIAS_NODES} values"),
                        "write the values out",
                    ));
                }
                built.node.mark = mark;
                built.merge_key = false;
                self.finish(built, 0)
            }
            Event::UnresolvedAlias(_)
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            // Never emitted: see `options`. The Kubernetes client brings the feature anyway.
            | Event::Comment(..) => Ok(()),
            // A kind of event that this reader does not know could hide a node.
            _ => Err(self.refuse(
                Code::InvalidDocument,
                mark,
                "a YAML feature that is not supported",
                "write the value in plain YAML",
            )),
        }
    }

    fn open(&mut self, open: Open, mark: Mark, anchor: usize) -> Result<(), Box<Diagnostic>> {
        if self.stack.len() >= DEPTH {
            return Err(self.too_deep(mark));
        }
        self.stack.push(Frame { open, mark, anchor, size: 1, depth: 1 });
        Ok(())
    }

    fn too_deep(&self, mark: Mark) -> Box<Diagnostic> {
        let message = format!("the document nests deeper than {DEPTH} levels");
        self.refuse(Code::LimitExceeded, mark, message, "flatten the document")
    }

    fn close(&mut self) -> Result<(), Box<Diagnostic>> {
        let Some(Frame { open, mark, anchor, size, depth }) = self.stack.pop() else {
            return Ok(());
        };
        let value = match open {
            Open::Sequence { mut items } => {
                items.shrink_to_fit();
                Value::Sequence(items)
            }
            Open::Mapping { mut entries, merges, .. }
                if merges.is_empty() && are_unique(&entries) =>
            {
                // Values live as long as the plan; most mappings have fewer keys than a Vec
                // sets aside.
                entries.shrink_to_fit();
                Value::Mapping(entries)
            }
            Open::Mapping { entries, merges, .. } => self.mapping(entries, merges)?,
        };
        self.finish(Built { node: Node { value, mark }, size, depth, merge_key: false }, anchor)
    }

    fn finish(&mut self, built: Built, anchor: usize) -> Result<(), Box<Diagnostic>> {
        if anchor > 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            self.anchors[anchor] = Some(built.clone());
        }
        let mark = built.node.mark;
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(built);
            return Ok(());
        };
        frame.size += built.size;
        frame.depth = frame.depth.max(built.depth + 1);
        let too_deep = frame.depth > DEPTH;
        let refused = match &mut frame.open {
            Open::Sequence { items } => {
                items.push(built.node);
                None
            }
            Open::Mapping { entries, merges, key } => match key.take() {
                None if built.merge_key => {
                    *key = Some(Key::Merge);
                    None
                }
                None => match key_text(built.node.value) {
                    Ok(text) => {
                        *key = Some(Key::Text(text, mark));
                        None
                    }
                    Err(why) => Some(why),
                },
                Some(Key::Merge) => {
                    merges.push((entries.len(), built.node));
                    None
                }
                Some(Key::Text(key, at)) => {
                    entries.push(Entry { key, mark: at, value: built.node });
                    None
                }
            },
        };
        if let Some(why) = refused {
            return Err(self.refuse(
                Code::InvalidDocument,
                mark,
                format!("the key is {why}, which Kubernetes does not read"),
                "use a text as the key; put `{{ }}` templates in quotes",
            ));
        }
        if too_deep { Err(self.too_deep(mark)) } else { Ok(()) }
    }
}

/// Returns whether no key stands twice.
fn are_unique(entries: &[Entry]) -> bool {
    // Comparing all pairs is the fastest way as long as they are few.
    if entries.len() <= 16 {
        return entries
            .iter()
            .enumerate()
            .all(|(index, entry)| entries[..index].iter().all(|earlier| earlier.key != entry.key));
    }
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    entries.iter().all(|entry| seen.insert(entry.key.as_str()))
}

/// Spells a key as JSON does.
fn key_text(value: Value) -> Result<SmolStr, &'static str> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string().into()),
        Value::Bool(flag) => Ok(flag.to_string().into()),
        Value::Null => Err("null"),
        Value::Sequence(_) => Err("a list"),
        Value::Mapping(_) => Err("a mapping"),
    }
}

#[cfg(test)]
mod tests;
