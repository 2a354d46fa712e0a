//! A value with its positions in one text, read where it lies: what is kept of thousands of objects
//! at once.
//!
//! Takes a [`Node`], gives a [`Flat`] of a few bytes for each key, and [`Part`]s that read it. Texts
//! stand in it as they are, so that parts lend them out; all else is digits of six bits, each an
//! ASCII character. The form is of one run: it is never written anywhere. Rules read parts of it all
//! the time; what is read seldom and whole is smaller compressed, as the audit keeps it.

use super::words;
use crate::object::{Entry, Mark, Node, Value};
use smol_str::SmolStr;

/// A value, words about it and where it is, in one allocation.
#[derive(Debug, Clone)]
pub(super) struct Flat(Box<str>);

/// A value inside a [`Flat`].
#[derive(Debug, Clone, Copy)]
pub struct Part<'p> {
    /// Where the value starts.
    pub mark: Mark,
    tag: Tag,
    body: &'p str,
}

/// One key of a mapping with its value.
#[derive(Debug, Clone, Copy)]
pub struct PartEntry<'p> {
    /// The key.
    pub key: &'p str,
    /// Where the key stands.
    pub mark: Mark,
    /// The value.
    pub value: Part<'p>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Null,
    False,
    True,
    Number,
    String,
    Sequence,
    Mapping,
}

const TAGS: [Tag; 7] =
    [Tag::Null, Tag::False, Tag::True, Tag::Number, Tag::String, Tag::Sequence, Tag::Mapping];

/// How a place follows from the one before it: most do as a writer of YAML lays them out.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The same place, as that of all that is rendered.
    Same,
    /// The next line, in the same column.
    Below,
    /// The same line, after a key of so many characters, a colon and a blank.
    After,
    /// The next line, two columns on.
    Nested,
    /// Any place; its differences are written.
    Stated,
}

const STEPS: [Step; 5] = [Step::Same, Step::Below, Step::After, Step::Nested, Step::Stated];
const STATED: usize = 4;

impl Step {
    /// Returns the place that follows, unless it has to be stated.
    fn from(self, mark: Mark, width: usize) -> Option<Mark> {
        let (line, column) = (mark.line(), mark.column());
        match self {
            Self::Same => Some(Mark::new(line, column)),
            Self::Below => Some(Mark::new(line + 1, column)),
            Self::After => Some(Mark::new(line, column + width + 2)),
            Self::Nested => Some(Mark::new(line + 1, column + 2)),
            Self::Stated => None,
        }
    }

    /// Returns the number of the step from one place to another.
    fn number(before: Mark, mark: Mark, width: usize) -> usize {
        let leads = |step: &Self| step.from(before, width).is_none_or(|place| place == mark);
        STEPS.iter().position(leads).unwrap_or_default()
    }
}

impl Flat {
    /// Packs a value with words about it and the place of what it is of.
    pub(super) fn new(words: &[&str], mark: Mark, node: &Node) -> Self {
        let mut out = Writer::default();
        for word in words {
            out.text(word, 0, 1);
        }
        out.mark(STATED, Mark::default(), mark);
        out.node(node, mark, 0);
        Self(out.0.into())
    }

    /// Returns the word at a position.
    pub(super) fn word(&self, at: usize) -> &str {
        let mut reader = Reader(&self.0);
        for _ in 0..at {
            reader.text(1);
        }
        reader.text(1).0
    }

    /// Returns the place and the value, which stand behind so many words.
    pub(super) fn value(&self, words: usize) -> (Mark, Part<'_>) {
        let mut reader = Reader(&self.0);
        for _ in 0..words {
            reader.text(1);
        }
        let mark = reader.mark(STATED, Mark::default(), 0);
        (mark, reader.part(mark, 0))
    }
}

impl<'p> Part<'p> {
    /// Returns the value of a key, if this is a mapping that has it.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|entry| entry.value)
    }

    /// Returns the entry of a key, if this is a mapping that has it.
    pub fn entry(self, key: &str) -> Option<PartEntry<'p>> {
        self.entries().find(|entry| entry.key == key)
    }

    /// Returns the value at the end of a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |part, key| part.get(key))
    }

    /// Returns the text, if this is text.
    pub fn as_str(self) -> Option<&'p str> {
        (self.tag == Tag::String).then_some(self.body)
    }

    /// Returns the text at the end of a path of keys, if text is there.
    pub fn text_at(self, path: &[&str]) -> Option<&'p str> {
        self.at(path).and_then(Self::as_str)
    }

    /// Returns the number, if this is a whole one.
    pub fn as_i64(self) -> Option<i64> {
        if self.tag == Tag::Number { self.body.parse().ok() } else { None }
    }

    /// Returns the entries in their order; none if this is no mapping.
    pub fn entries(self) -> impl Iterator<Item = PartEntry<'p>> + use<'p> {
        let mut reader = Reader(if self.tag == Tag::Mapping { self.body } else { "" });
        let mut before = self.mark;
        std::iter::from_fn(move || {
            if reader.0.is_empty() {
                return None;
            }
            let (key, step) = reader.text(STEPS.len());
            before = reader.mark(step, before, 0);
            let value = reader.part(before, key.chars().count());
            Some(PartEntry { key, mark: before, value })
        })
    }

    /// Returns the items in their order; none if this is no sequence.
    pub fn items(self) -> impl Iterator<Item = Self> + use<'p> {
        let mut reader = Reader(if self.tag == Tag::Sequence { self.body } else { "" });
        let mut before = self.mark;
        std::iter::from_fn(move || {
            if reader.0.is_empty() {
                return None;
            }
            let item = reader.part(before, 0);
            before = item.mark;
            Some(item)
        })
    }

    /// Returns whether this is `null` or an empty value.
    pub fn is_null(self) -> bool {
        self.tag == Tag::Null
    }

    /// Returns whether this is `true`.
    pub fn is_true(self) -> bool {
        self.tag == Tag::True
    }

    /// Returns whether this is one value that stands beside its key, and neither many nor none.
    pub fn is_scalar(self) -> bool {
        !matches!(self.tag, Tag::Null | Tag::Sequence | Tag::Mapping)
    }

    /// Returns the value as it was written.
    pub fn to_node(self) -> Node {
        let value = match self.tag {
            Tag::Null => Value::Null,
            Tag::False => Value::Bool(false),
            Tag::True => Value::Bool(true),
            // A number's own text is a number.
            Tag::Number => self.body.parse().map_or(Value::Null, Value::Number),
            Tag::String => Value::String(SmolStr::new(self.body)),
            Tag::Sequence => Value::Sequence(self.items().map(Self::to_node).collect()),
            Tag::Mapping => Value::Mapping(self.entries().map(PartEntry::to_entry).collect()),
        };
        Node { value, mark: self.mark }
    }
}

impl PartEntry<'_> {
    /// Returns the entry as it was written.
    pub fn to_entry(self) -> Entry {
        Entry { key: SmolStr::new(self.key), mark: self.mark, value: self.value.to_node() }
    }
}

/// How many values a digit has; the bit above says that another digit follows.
const BASE: usize = 64;
const MORE: u8 = 0x40;

#[derive(Default)]
struct Writer(String);

impl Writer {
    fn number(&mut self, mut number: usize) {
        let digit = |number| u8::try_from(number % BASE).unwrap_or_default();
        while number >= BASE {
            self.0.push(char::from(digit(number) | MORE));
            number /= BASE;
        }
        self.0.push(char::from(digit(number)));
    }

    /// Writes a text and, with it, one of `of` choices.
    fn text(&mut self, text: &str, choice: usize, of: usize) {
        if let Some(number) = words::number(text) {
            self.number(number * 2 * of + choice);
        } else {
            self.number((text.len() * 2 + 1) * of + choice);
            self.0.push_str(text);
        }
    }

    /// Writes the differences of a place that has to be stated.
    fn mark(&mut self, step: usize, before: Mark, mark: Mark) {
        if matches!(STEPS[step], Step::Stated) {
            for (then, now) in [(before.line(), mark.line()), (before.column(), mark.column())] {
                // What an alias stands for is above it.
                self.number(if now < then { (then - now) * 2 - 1 } else { (now - then) * 2 });
            }
        }
    }

    fn node(&mut self, node: &Node, before: Mark, width: usize) {
        let step = Step::number(before, node.mark, width);
        let mut head = |tag: Tag| {
            self.number(tag as usize * STEPS.len() + step);
            self.mark(step, before, node.mark);
        };
        match &node.value {
            Value::Null => head(Tag::Null),
            Value::Bool(false) => head(Tag::False),
            Value::Bool(true) => head(Tag::True),
            Value::Number(number) => {
                head(Tag::Number);
                self.text(&number.to_string(), 0, 1);
            }
            Value::String(text) => {
                head(Tag::String);
                self.text(text, 0, 1);
            }
            Value::Sequence(items) => {
                head(Tag::Sequence);
                let (mut body, mut before) = (Self::default(), node.mark);
                for item in items {
                    body.node(item, before, 0);
                    before = item.mark;
                }
                self.body(&body);
            }
            Value::Mapping(entries) => {
                head(Tag::Mapping);
                let (mut body, mut before) = (Self::default(), node.mark);
                for Entry { key, mark, value } in entries {
                    let step = Step::number(before, *mark, 0);
                    body.text(key, step, STEPS.len());
                    body.mark(step, before, *mark);
                    body.node(value, *mark, key.chars().count());
                    before = *mark;
                }
                self.body(&body);
            }
        }
    }

    fn body(&mut self, body: &Self) {
        self.number(body.0.len());
        self.0.push_str(&body.0);
    }
}

struct Reader<'p>(&'p str);

impl<'p> Reader<'p> {
    fn number(&mut self) -> usize {
        let (mut number, mut unit) = (0, 1);
        while let Some(digit) = self.str(1).bytes().next() {
            number += usize::from(digit % MORE) * unit;
            unit *= BASE;
            if digit < MORE {
                break;
            }
        }
        number
    }

    fn str(&mut self, len: usize) -> &'p str {
        let (text, rest) = self.0.split_at_checked(len).unwrap_or_default();
        self.0 = rest;
        text
    }

    /// Reads a text and the choice that was written with it.
    fn text(&mut self, of: usize) -> (&'p str, usize) {
        let head = self.number();
        let (code, choice) = (head / of, head % of);
        let text = if code % 2 == 0 { words::word(code / 2) } else { self.str(code / 2) };
        (text, choice)
    }

    fn mark(&mut self, step: usize, before: Mark, width: usize) -> Mark {
        STEPS[step].from(before, width).unwrap_or_else(|| {
            let mut from = |then: usize| match self.number() {
                ahead if ahead % 2 == 0 => then + ahead / 2,
                back => then.saturating_sub(back / 2 + 1),
            };
            Mark::new(from(before.line()), from(before.column()))
        })
    }

    fn part(&mut self, before: Mark, width: usize) -> Part<'p> {
        let head = self.number();
        let tag = TAGS.get(head / STEPS.len()).copied().unwrap_or(Tag::Null);
        let mark = self.mark(head % STEPS.len(), before, width);
        let body = match tag {
            Tag::Null | Tag::False | Tag::True => "",
            Tag::Number | Tag::String => self.text(1).0,
            Tag::Sequence | Tag::Mapping => {
                let len = self.number();
                self.str(len)
            }
        };
        Part { mark, tag, body }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flat, Part};
    use crate::manifest::decode;
    use crate::object::{Mark, Node};
    use proptest::prelude::*;

    fn decoded(text: &str) -> Node {
        decode(&"a.yaml".into(), 1, text).unwrap().node.unwrap()
    }

    #[test]
    fn what_is_written_flat_is_read_with_its_places() {
        let text = "# a comment\nkind: ReplicationSource\nmetadata:\n    labels: &l {a: 1.50, b: ~, \"c\" : yes}\n\
                    \n    empty: {}\n    none: []\nspec:\n- &x ünïcödé\n- [*x, -7, 0x1F, 1e300]\n- again: *l\n  \
                    more: |\n    a\n    b\n? long\n: value\n\"\": \"\"\n123456: 18446744073709551615\n";
        let node = decoded(text);
        let mark = Mark::new(7, 3);
        let flat = Flat::new(&["app", "", "a word of its own"], mark, &node);
        assert_eq!((flat.word(0), flat.word(1)), ("app", ""));
        assert_eq!(flat.word(2), "a word of its own");
        let (place, part) = flat.value(3);
        assert_eq!(place, mark);
        // Equality looks at values alone; this shows the places too.
        assert_eq!(format!("{:?}", part.to_node()), format!("{node:?}"));
        assert_eq!(part.text_at(&["kind"]), Some("ReplicationSource"));
        assert_eq!(part.at(&["metadata", "labels", "a"]).and_then(Part::as_i64), None);
        let list: Vec<_> = part.get("spec").unwrap().items().collect();
        assert_eq!(list[0].as_str(), Some("ünïcödé"));
        assert_eq!(list[1].items().nth(1).and_then(Part::as_i64), Some(-7));
        assert!(part.get("missing").is_none() && list[0].get("a").is_none());
    }

    proptest! {
        #[test]
        fn any_value_comes_back(text in "[a-c:{}\\[\\], \n\"&*x-]{0,60}") {
            if let Some(node) = decode(&"a.yaml".into(), 1, &text).ok().and_then(|read| read.node) {
                let flat = Flat::new(&["Secret"], node.mark, &node);
                prop_assert_eq!(format!("{:?}", flat.value(1).1.to_node()), format!("{node:?}"));
            }
        }
    }
}
