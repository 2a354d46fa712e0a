//! Manifests as text: bytes ⇄ documents ⇄ objects.
//!
//! Takes named inputs, gives a [`Stream`] of documents that still own no copy of their text, the
//! objects of those that can matter, and, given edits, the text that leaves. Knows YAML, JSON and
//! how Argo CD reads both; knows no policy.

mod decode;
mod emit;
mod encoding;
mod lines;
mod mark;
mod output;
mod read;
mod repair;
mod scalar;
mod scan;
mod splice;
mod split;
mod stray;
mod syntax;
mod unlist;

use crate::diagnostic::Diagnostic;
use lines::Lines;
use std::ops::Range;
use std::sync::Arc;

pub use decode::decode;
pub use emit::{emit, flow};
pub use encoding::{Text, text_of};
pub use mark::{Mark, mark};
pub use output::{Output, apply, apply_source};
pub use read::{
    Known, Reading, judge, objects_of, read, read_further, read_known, read_whole, read_with,
};
pub use repair::{Repaired, repair};
pub use scan::{Secrets, scan};
pub use stray::stray;
pub use unlist::unlist;

/// Where a text came from, which decides what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// A stream, as a pipe delivers it: everything in it is a manifest.
    Stream,
    /// A file of a folder, which may hold something else; concatenated JSON is an error in it.
    File,
}

/// One named input.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name as its user knows it: a path, or `<stdin>`.
    pub name: Arc<str>,
    /// Its text, UTF-8, without what [`text_of`] converted away.
    pub text: String,
    /// What it may hold.
    pub framing: Framing,
}

/// The bounds of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest input in bytes, over all sources.
    pub stream_size: usize,
    /// The largest document in bytes that is parsed; documents that cannot matter are not.
    pub document_size: usize,
}

impl Limits {
    /// The hard bound of an input: positions are kept in 32 bits.
    pub const STREAM_MAX: usize = u32::MAX as usize;
}

impl Default for Limits {
    fn default() -> Self {
        Self { stream_size: 1 << 30, document_size: 64 << 20 }
    }
}

/// A document's place: it reaches to the start of the next.
#[derive(Debug, Clone, Copy)]
struct Start {
    source: u32,
    offset: u32,
}

/// All documents of all inputs, in order.
#[derive(Debug, Default)]
pub struct Stream {
    sources: Vec<Source>,
    starts: Vec<Start>,
    /// The lines of each source.
    lines: Vec<Lines>,
}

/// One document of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Index into the stream's documents.
    pub index: usize,
    /// The input that holds it.
    pub source: &'a Source,
    /// The lines of that input.
    lines: &'a Lines,
    /// Its text with the `---` line before it, if it has one.
    pub text: &'a str,
    /// Where [`Self::text`] starts in the input, in bytes.
    pub offset: usize,
}

/// Splits one input into its documents, and says what is wrong with it as a stream.
pub fn split(source: Source) -> (Stream, Vec<Diagnostic>) {
    read::split_sources(
        vec![source],
        Limits { stream_size: Limits::STREAM_MAX, ..Limits::default() },
    )
}

impl Stream {
    /// Returns the number of documents.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the inputs.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Returns a document.
    pub fn document(&self, index: usize) -> Document<'_> {
        let start = self.starts[index];
        let source = &self.sources[start.source as usize];
        let lines = &self.lines[start.source as usize];
        let range = self.range(index);
        Document { index, source, lines, text: &source.text[range.clone()], offset: range.start }
    }

    /// Returns the documents in order.
    pub fn documents(&self) -> impl Iterator<Item = Document<'_>> {
        (0..self.len()).map(|index| self.document(index))
    }

    /// Returns which part of its input a document counts as, from 1.
    pub fn number(&self, index: usize) -> usize {
        let source = self.starts[index].source;
        let first = self.starts.partition_point(|start| start.source < source);
        let lead = usize::from(self.document(first).is_blank());
        index + 1 - first - lead.min(index - first)
    }

    fn range(&self, index: usize) -> Range<usize> {
        let start = self.starts[index];
        let end = match self.starts.get(index + 1) {
            Some(next) if next.source == start.source => next.offset as usize,
            Some(_) | None => self.sources[start.source as usize].text.len(),
        };
        start.offset as usize..end
    }
}

impl<'a> Document<'a> {
    /// Returns the text after the `---` line.
    pub fn body(&self) -> &'a str {
        &self.text[split::marker_line_len(self.text)..]
    }

    /// Returns the line of the input on which [`Self::text`] starts, from 1.
    pub fn line(&self) -> usize {
        self.lines.at(&self.source.text, self.offset)
    }

    /// Returns whether it holds nothing but blanks and comments.
    pub fn is_blank(&self) -> bool {
        let body = self.body().trim_start_matches(encoding::BOM);
        // A comment ends at a bare carriage return too, and for libyaml at the other three.
        let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
        body.split(breaks).all(|line| {
            let line = line.trim_ascii();
            line.is_empty() || line.starts_with('#') || line == "..."
        })
    }

    /// Returns whether it is written as JSON: its first character opens an object.
    pub fn is_json(&self) -> bool {
        self.body().trim_start_matches(encoding::BOM).trim_ascii_start().starts_with('{')
    }
}
