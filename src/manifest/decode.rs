//! One document's text → a [`Node`], as Argo CD's reader understands it.
//!
//! Aliases are expanded, merge keys applied, the last of duplicate keys kept, keys turned to text.
//! What readers disagree on is refused, never guessed.

use super::{encoding, scalar};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Entry, Location, Mark, Node, Value};
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle};
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
}

/// Decodes the text of one document, which starts on `line` of the input `name`.
///
/// # Errors
/// A diagnostic with its place, where the text is not one document that every reader understands
/// alike.
pub fn decode(name: &Arc<str>, line: usize, text: &str) -> Result<Decoded, Box<Diagnostic>> {
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
            let message = format!("not valid YAML: {error_kind}", error_kind = error.kind());
            builder.refuse(Code::InvalidDocument, mark, message, INVALID_HELP)
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
        builder.event(event, &span.start)?;
    }
    Ok(Decoded { node: builder.root.map(|built| built.node), diagnostics: builder.diagnostics })
}

const INVALID_HELP: &str = "run the file through `kubectl apply --dry-run=client -f` to see more";

/// How the parser is set: as libyaml reads, without comments.
pub(super) fn options() -> Options {
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
    Text(String, Mark),
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
        Mark { line: self.line + marker.line() - 1, column: marker.col() + 1 }
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
        let Some(at) = text[lead..].find(odd).map(|at| at + lead) else { return Ok(()) };
        let before = &text[..at];
        let mark = Mark {
            line: self.line + before.matches('\n').count(),
            column: 1 + before.rsplit('\n').next().unwrap_or_default().chars().count(),
        };
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
                let merge_key = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
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
            | Event::Anchor(..) => Ok(()),
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
            Open::Sequence { items } => Value::Sequence(items),
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
                None => match key_text(&built.node.value) {
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

    /// Applies merge keys, and keeps the last of duplicate keys at the place of the last.
    fn mapping(
        &mut self,
        entries: Vec<Entry>,
        merges: Vec<(usize, Node)>,
    ) -> Result<Value, Box<Diagnostic>> {
        let mut unique: Vec<(usize, Entry)> = Vec::with_capacity(entries.len());
        let mut seen = std::collections::HashMap::with_capacity(entries.len());
        for (position, entry) in entries.into_iter().enumerate() {
            if let Some(earlier) = seen.insert(entry.key.clone(), unique.len()) {
                let first: &Entry = &unique[earlier].1;
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::DuplicateKey,
                        format!(
                            "the key `{}` stands twice in one mapping, first on line {}; \
                             Argo CD keeps this one",
                            entry.key, first.mark.line
                        ),
                    )
                    .at(self.location(entry.mark))
                    .help("remove one of them"),
                );
            }
            unique.push((position, entry));
        }
        unique.retain({
            let mut index = 0;
            move |(_, entry)| {
                index += 1;
                seen.get(&entry.key) == Some(&(index - 1))
            }
        });
        let mut merged: Vec<Entry> = Vec::new();
        for (position, node) in merges {
            self.merge(&unique, &mut merged, position, node)?;
        }
        let mut entries: Vec<Entry> = unique.into_iter().map(|(_, entry)| entry).collect();
        entries.extend(merged);
        Ok(Value::Mapping(entries))
    }

    /// Takes over the keys of one `<<`. A key of the mapping itself wins in YAML 1.1 and for
    /// kustomize; for Argo CD's reader the later one wins, so a difference before `<<` is refused.
    fn merge(
        &self,
        own: &[(usize, Entry)],
        merged: &mut Vec<Entry>,
        position: usize,
        node: Node,
    ) -> Result<(), Box<Diagnostic>> {
        let mark = node.mark;
        let sources = match node.value {
            Value::Mapping(_) => vec![node],
            Value::Sequence(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![node],
        };
        let already = merged.len();
        for source in sources {
            let Value::Mapping(entries) = source.value else {
                return Err(self.refuse(
                    Code::InvalidDocument,
                    mark,
                    "the merge key `<<` needs a mapping, or a list of mappings",
                    "name an anchor of a mapping",
                ));
            };
            for entry in entries {
                let ours = own.iter().find(|(_, own)| own.key == entry.key);
                let earlier = merged.iter().position(|m| m.key == entry.key);
                let conflict = match (ours, earlier) {
                    (Some((at, own)), _) => *at < position && own.value != entry.value,
                    (None, Some(at)) => at < already && merged[at].value != entry.value,
                    (None, None) => false,
                };
                if conflict {
                    return Err(self.refuse(
                        Code::AmbiguousMerge,
                        mark,
                        format!(
                            "`{}` stands before the merge key `<<` with another value than in \
                             it; Argo CD and kustomize keep different ones",
                            entry.key
                        ),
                        "move `<<` to the top of the mapping",
                    ));
                }
                if ours.is_none() && earlier.is_none() {
                    merged.push(entry);
                }
            }
        }
        Ok(())
    }
}

/// Spells a key as JSON does.
fn key_text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null => Err("null"),
        Value::Sequence(_) => Err("a list"),
        Value::Mapping(_) => Err("a mapping"),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use serde_json::json;

    fn json(text: &str) -> serde_json::Value {
        decode(&"in".into(), 1, text).unwrap().node.unwrap().to_json()
    }

    fn refusal(text: &str) -> String {
        let d = decode(&"in".into(), 1, text).unwrap_err();
        format!("{} {}: {}", d.code.id(), d.location.unwrap(), d.message)
    }

    #[test]
    fn documents_are_read_as_argo_cd_reads_them() {
        assert_eq!(json("a: &x {b: yes}\nc: *x\n"), json!({"a": {"b": true}, "c": {"b": true}}));
        assert_eq!(json("? a\n: - 1\n  - 0x10\n"), json!({"a": [1, 16]}));
        assert_eq!(json("1: a\ntrue: b\n"), json!({"1": "a", "true": "b"}));
        assert_eq!(json("a: 1\nb: 2\na: 3\n"), json!({"b": 2, "a": 3}));
        assert_eq!(json("a: |\n  x"), json!({"a": "x"}));
        assert_eq!(json("a: |\n  ---\n  x\n"), json!({"a": "---\nx\n"}));
        assert!(
            decode(&"in".into(), 1, "---\n# nothing\n").unwrap().node.is_none_or(|n| n.is_null())
        );
    }

    #[test]
    fn merge_keys_take_what_is_not_there() {
        let base = "x: &x {a: 1, b: 2}\n";
        let z = |rest: &str| json(&format!("{base}{rest}"))["z"].clone();
        assert_eq!(z("z:\n  <<: *x\n  a: 5\n"), json!({"a": 5, "b": 2}));
        assert_eq!(z("z:\n  <<: [*x, {c: 3}]\n"), json!({"a": 1, "b": 2, "c": 3}));
        assert_eq!(z("z:\n  a: 1\n  <<: *x\n"), json!({"a": 1, "b": 2}));
        assert_eq!(z("z:\n  \"<<\": 1\n"), json!({"<<": 1}));
    }

    #[test]
    fn what_readers_disagree_on_is_refused_with_its_place() {
        insta::assert_snapshot!(
            [
                "a: 1\n...\nb: 2\n",
                "x: &x {a: 1}\ny: {a: 2, <<: *x}\n",
                "a: 1 # \u{2028}kind: x\n",
                "{{ .Values }}: x\n",
                "a: &x [*x]\n",
                "a: *nobody\n",
                "a: \"open\n",
                "a:\n\t- b\n",
                "a: .inf\n",
                "a: !!int x\n",
            ]
            .map(refusal)
            .join("\n")
        );
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..8 {
            let many = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{many}]\n"));
        }
        assert!(refusal(&bomb).starts_with("limit-exceeded"));
        assert!(refusal(&"[".repeat(100_000)).contains(" in:1:"));
        let mut deep = String::from("a0: &a0 [x]\n");
        for n in 1..300 {
            deep.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
        }
        assert!(refusal(&deep).starts_with("limit-exceeded"));
    }
}
