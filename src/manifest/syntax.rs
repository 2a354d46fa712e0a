//! One document's text → the places of its nodes, for edits in place.

use granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A node's place and form. Offsets are bytes of the document's text.
#[derive(Debug)]
pub(super) struct Piece<'t> {
    /// Where it starts; for a block mapping, where its first key does.
    pub(super) start: usize,
    /// Where it ends; meaningful for scalars and flow collections.
    pub(super) end: usize,
    /// Its form.
    pub(super) form: Form<'t>,
    /// Whether an alias elsewhere stands for it, or it is one itself, so that an edit here would
    /// change another place too.
    pub(super) shared: bool,
    anchor: usize,
}

/// The form of a node.
#[derive(Debug)]
pub(super) enum Form<'t> {
    /// A scalar: its text, and whether it stands on one line in plain or quoted form.
    Scalar { text: Cow<'t, str>, inline: bool },
    /// An alias.
    Alias,
    /// A sequence.
    Sequence(Vec<Piece<'t>>),
    /// A mapping: flow or block, keys and values in order.
    Mapping { flow: bool, entries: Vec<(Piece<'t>, Piece<'t>)> },
}

impl Piece<'_> {
    /// Returns the last entry of a key, which is the one that counts.
    pub(super) fn entry(&self, key: &str) -> Option<&(Self, Self)> {
        match &self.form {
            Form::Mapping { entries, .. } => entries
                .iter()
                .rev()
                .find(|(piece, _)| matches!(&piece.form, Form::Scalar { text, .. } if text == key)),
            Form::Scalar { .. } | Form::Alias | Form::Sequence(_) => None,
        }
    }

    /// Returns an item of the list under `items`, and whether the way there is shared.
    pub(super) fn item(&self, index: usize) -> Option<&Self> {
        let (_, items) = self.entry("items").filter(|(_, items)| !items.shared)?;
        match &items.form {
            Form::Sequence(pieces) => pieces.get(index),
            Form::Scalar { .. } | Form::Alias | Form::Mapping { .. } => None,
        }
    }
}

/// Finds the places of a document's nodes from the events of its parser, in the same pass in which
/// something else reads them.
#[derive(Debug)]
pub(super) struct Places<'t> {
    text: &'t str,
    stack: Vec<Piece<'t>>,
    root: Option<Piece<'t>>,
    aliased: BTreeSet<usize>,
    /// Whether every event had a place.
    known: bool,
}

impl<'t> Places<'t> {
    /// Takes a document's text, of which all events follow.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, stack: Vec::new(), root: None, aliased: BTreeSet::new(), known: true }
    }

    /// Takes an event.
    pub(super) fn see(&mut self, event: &Event<'t>, span: &Span) {
        self.known = self.known && self.place(event, span).is_some();
    }

    /// Returns the root; nothing if there is none, or a node has no place that is known.
    pub(super) fn root(self) -> Option<Piece<'t>> {
        let mut root = self.root.filter(|_| self.known)?;
        root.share(&self.aliased);
        Some(root)
    }

    fn place(&mut self, event: &Event<'t>, span: &Span) -> Option<()> {
        let piece = |form, anchor| new(span, form, anchor);
        let finished = match event {
            Event::Scalar(value, style, anchor, _) => {
                let flat = !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let inline = flat && !span.slice(self.text).unwrap_or("\n").contains('\n');
                piece(Form::Scalar { text: value.clone(), inline }, *anchor)
            }
            Event::Alias(id) => {
                self.aliased.insert(*id);
                piece(Form::Alias, 0)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.stack.push(piece(Form::Sequence(Vec::new()), *anchor)?);
                return Some(());
            }
            Event::MappingStart(style, anchor, _) => {
                let flow = *style == StructureStyle::Flow;
                self.stack.push(piece(Form::Mapping { flow, entries: Vec::new() }, *anchor)?);
                return Some(());
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let mut piece = self.stack.pop()?;
                piece.end = span.byte_range()?.end;
                Some(piece)
            }
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..) => return Some(()),
            // A node that this reader does not know has no place an edit could rely on.
            Event::UnresolvedAlias(_) | _ => return None,
        }?;
        match self.stack.last_mut().map(|parent| &mut parent.form) {
            None => self.root = Some(finished),
            Some(Form::Sequence(items)) => items.push(finished),
            Some(Form::Mapping { entries, .. }) => match entries.last_mut() {
                Some((_, value)) if value.is_pending() => *value = finished,
                Some(_) | None => entries.push((finished, Piece::pending())),
            },
            Some(Form::Scalar { .. } | Form::Alias) => return None,
        }
        Some(())
    }
}

fn new<'t>(span: &Span, form: Form<'t>, anchor: usize) -> Option<Piece<'t>> {
    let range = span.byte_range()?;
    Some(Piece { start: range.start, end: range.end, form, shared: false, anchor })
}

impl Piece<'_> {
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
