//! One document's text → the places of its nodes, for edits in place.

use super::decode;
use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};
use std::collections::BTreeSet;

/// A node's place and form. Offsets are bytes of the document's text.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it starts; for a block mapping, where its first key does.
    pub(super) start: usize,
    /// Where it ends; meaningful for scalars and flow collections.
    pub(super) end: usize,
    /// Its form.
    pub(super) form: Form,
    /// Whether an alias elsewhere stands for it, or it is one itself, so that an edit here would
    /// change another place too.
    pub(super) shared: bool,
    anchor: usize,
}

/// The form of a node.
#[derive(Debug)]
pub(super) enum Form {
    /// A scalar: its text, and whether it stands on one line in plain or quoted form.
    Scalar { text: String, inline: bool },
    /// An alias.
    Alias,
    /// A sequence.
    Sequence(Vec<Piece>),
    /// A mapping: flow or block, keys and values in order.
    Mapping { flow: bool, entries: Vec<(Piece, Piece)> },
}

impl Piece {
    /// Returns the last entry of a key, which is the one that counts.
    pub(super) fn entry(&self, key: &str) -> Option<&(Piece, Piece)> {
        match &self.form {
            Form::Mapping { entries, .. } => entries
                .iter()
                .rev()
                .find(|(piece, _)| matches!(&piece.form, Form::Scalar { text, .. } if text == key)),
            Form::Scalar { .. } | Form::Alias | Form::Sequence(_) => None,
        }
    }

    /// Returns an item of the list under `items`, and whether the way there is shared.
    pub(super) fn item(&self, index: usize) -> Option<&Piece> {
        let (_, items) = self.entry("items").filter(|(_, items)| !items.shared)?;
        match &items.form {
            Form::Sequence(pieces) => pieces.get(index),
            Form::Scalar { .. } | Form::Alias | Form::Mapping { .. } => None,
        }
    }
}

/// Finds the places of a document's nodes; nothing if there is no node, or no parse.
pub(super) fn syntax(text: &str) -> Option<Piece> {
    let mut stack: Vec<Piece> = Vec::new();
    let mut root = None;
    let mut aliased = BTreeSet::new();
    for event in Parser::new_from_str_with_options(text, decode::options()) {
        let (event, span) = event.ok()?;
        let piece = |form, anchor| new(&span, form, anchor);
        let finished = match event {
            Event::Scalar(value, style, anchor, _) => {
                let flat = !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let inline = flat && !span.slice(text).unwrap_or("\n").contains('\n');
                piece(Form::Scalar { text: value.into_owned(), inline }, anchor)
            }
            Event::Alias(id) => {
                aliased.insert(id);
                piece(Form::Alias, 0)
            }
            Event::SequenceStart(_, anchor, _) => {
                stack.push(piece(Form::Sequence(Vec::new()), anchor)?);
                continue;
            }
            Event::MappingStart(style, anchor, _) => {
                let flow = style == StructureStyle::Flow;
                stack.push(piece(Form::Mapping { flow, entries: Vec::new() }, anchor)?);
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let mut piece = stack.pop()?;
                piece.end = span.byte_range()?.end;
                Some(piece)
            }
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..) => continue,
            // A node that this reader does not know has no place an edit could rely on.
            Event::UnresolvedAlias(_) | _ => return None,
        }?;
        match stack.last_mut().map(|parent| &mut parent.form) {
            None => root = Some(finished),
            Some(Form::Sequence(items)) => items.push(finished),
            Some(Form::Mapping { entries, .. }) => match entries.last_mut() {
                Some((_, value)) if value.is_pending() => *value = finished,
                Some(_) | None => entries.push((finished, Piece::pending())),
            },
            Some(Form::Scalar { .. } | Form::Alias) => return None,
        }
    }
    let mut root = root?;
    root.share(&aliased);
    Some(root)
}

fn new(span: &Span, form: Form, anchor: usize) -> Option<Piece> {
    let range = span.byte_range()?;
    Some(Piece { start: range.start, end: range.end, form, shared: false, anchor })
}

impl Piece {
    /// The value of a key that was read and whose value was not yet.
    fn pending() -> Self {
        Self { start: usize::MAX, end: usize::MAX, form: Form::Alias, shared: true, anchor: 0 }
    }

    fn is_pending(&self) -> bool {
        self.start == usize::MAX
    }

    fn share(&mut self, aliased: &BTreeSet<usize>) {
        self.shared = aliased.contains(&self.anchor) || matches!(self.form, Form::Alias);
        match &mut self.form {
            Form::Scalar { .. } | Form::Alias => {}
            Form::Sequence(items) => items.iter_mut().for_each(|item| item.share(aliased)),
            Form::Mapping { entries, .. } => {
                for (_, value) in entries {
                    value.share(aliased);
                }
            }
        }
    }
}
