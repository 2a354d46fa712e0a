//! A stream and edits → the stream that leaves.
//!
//! Without edits that is the input's own bytes. With edits every document stands after a `---`
//! line of its own, and what is added stands right after the document it belongs to.

use super::splice::{ended, eol_of, splice};
use super::{Stream, emit, encoding, split};
use crate::diagnostic::Diagnostic;
use crate::edit::{Change, Edit};
use std::borrow::Cow;

/// The text that leaves, in pieces; most are the input's own.
#[derive(Debug)]
pub struct Output<'s> {
    /// The pieces in order.
    pub pieces: Vec<Cow<'s, str>>,
    /// Warnings on documents that had to be written anew.
    pub diagnostics: Vec<Diagnostic>,
}

impl Output<'_> {
    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// Returns whether nothing leaves.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Applies edits, which must be in the order of their documents.
///
/// # Errors
/// A diagnostic for each document whose edit cannot be proved.
pub fn apply<'s>(stream: &'s Stream, edits: &[&Edit]) -> Result<Output<'s>, Vec<Diagnostic>> {
    if edits.is_empty() && stream.sources().len() == 1 {
        let pieces = stream.sources().iter().map(|s| Cow::Borrowed(s.text.as_str())).collect();
        return Ok(Output { pieces, diagnostics: Vec::new() });
    }
    write(stream, 0..stream.len(), edits)
}

/// Applies the edits of one input alone.
///
/// # Errors
/// A diagnostic for each document whose edit cannot be proved.
pub fn apply_source<'s>(
    stream: &'s Stream,
    source: usize,
    edits: &[&Edit],
) -> Result<Output<'s>, Vec<Diagnostic>> {
    let first = stream.starts.partition_point(|start| (start.source as usize) < source);
    let end = stream.starts.partition_point(|start| start.source as usize <= source);
    let from = edits.partition_point(|edit| edit.document < first);
    let to = edits.partition_point(|edit| edit.document < end);
    if from == to {
        let pieces = vec![Cow::Borrowed(stream.sources()[source].text.as_str())];
        return Ok(Output { pieces, diagnostics: Vec::new() });
    }
    write(stream, first..end, &edits[from..to])
}

fn write<'s>(
    stream: &'s Stream,
    documents: std::ops::Range<usize>,
    edits: &[&Edit],
) -> Result<Output<'s>, Vec<Diagnostic>> {
    let mut out = Output { pieces: Vec::new(), diagnostics: Vec::new() };
    let mut refusals = Vec::new();
    let mut edits = edits;
    let mut at = documents.start;
    while at < documents.end {
        let next = edits.first().map_or(documents.end, |edit| edit.document);
        refusals.extend(run(stream, at..next, documents.end, &mut out).err().map(|found| *found));
        if next == documents.end {
            break;
        }
        let count = edits.iter().take_while(|edit| edit.document == next).count();
        let (here, rest) = edits.split_at(count);
        edits = rest;
        if let Err(refusal) = edited(stream, next, here, &mut out) {
            refusals.push(*refusal);
        }
        at = next + 1;
    }
    if refusals.is_empty() { Ok(out) } else { Err(refusals) }
}

/// Passes documents on, in as few pieces as their bytes allow.
fn run<'s>(
    stream: &'s Stream,
    range: std::ops::Range<usize>,
    end_of_output: usize,
    out: &mut Output<'s>,
) -> Result<(), Box<Diagnostic>> {
    let mut index = range.start;
    while index < range.end {
        let document = stream.document(index);
        let marked = split::marker_line_len(document.text) > 0;
        // Documents with a marker that follow each other in one input are one piece.
        let mut last = index;
        if marked {
            while last + 1 < range.end
                && stream.starts[last + 1].source == stream.starts[index].source
                && split::marker_line_len(stream.document(last + 1).text) > 0
            {
                last += 1;
            }
        }
        let end = stream.range(last).end;
        let text = &document.source.text[document.offset..end];
        separated(stream, index, text, marked, out);
        if !text.ends_with('\n') && last + 1 < end_of_output {
            end_line(stream, last, out)?;
        }
        index = last + 1;
    }
    Ok(())
}

/// Puts a text after a `---` line, without the byte order mark where it is not the first.
fn separated<'s>(
    stream: &'s Stream,
    index: usize,
    text: &'s str,
    marked: bool,
    out: &mut Output<'s>,
) {
    let (bom, text) = match text.strip_prefix(encoding::BOM) {
        Some(rest) => (if out.pieces.is_empty() { "\u{feff}" } else { "" }, rest),
        None => ("", text),
    };
    let first = out.pieces.iter().all(|piece| piece.is_empty());
    out.pieces.push(Cow::Borrowed(bom));
    // Blank lines and indented comments would lengthen a block scalar before them.
    let inert = stream.document(index).is_blank()
        && (first || text.lines().all(|line| line.starts_with('#')));
    if !marked && !inert {
        out.pieces.push(Cow::Owned(format!("---{}", eol_of(text))));
    }
    out.pieces.push(Cow::Borrowed(text));
}

/// Ends the line of the document that was written last.
fn end_line(stream: &Stream, index: usize, out: &mut Output<'_>) -> Result<(), Box<Diagnostic>> {
    let document = stream.document(index);
    if document.text.is_empty() {
        return Ok(());
    }
    let ended = ended(document, document.text)?;
    let Some(rewritten) = ended.rewritten else {
        out.pieces.push(Cow::Borrowed(eol_of(document.text)));
        return Ok(());
    };
    out.diagnostics.push(rewritten);
    if let Some(last) = out.pieces.last_mut() {
        let kept = last.len() - document.text.trim_start_matches(encoding::BOM).len();
        let text = ended.text.trim_start_matches(encoding::BOM);
        *last = Cow::Owned(format!("{}{text}", &last[..kept]));
    }
    Ok(())
}

/// Writes a document with its changes, and what is added after it.
fn edited<'s>(
    stream: &'s Stream,
    index: usize,
    edits: &[&Edit],
    out: &mut Output<'s>,
) -> Result<(), Box<Diagnostic>> {
    let document = stream.document(index);
    let changes: Vec<&Change> = edits
        .iter()
        .map(|edit| &edit.change)
        .filter(|change| !matches!(change, Change::Add(_)))
        .collect();
    let marked = split::marker_line_len(document.text) > 0;
    if changes.is_empty() {
        separated(stream, index, document.text, marked, out);
        if !document.text.ends_with('\n') {
            end_line(stream, index, out)?;
        }
    } else {
        let spliced = splice(document, &changes)?;
        out.diagnostics.extend(spliced.rewritten);
        let ended = ended(document, &spliced.text)?;
        out.diagnostics.extend(ended.rewritten);
        let text = ended.text;
        let bare = text.trim_start_matches(encoding::BOM);
        if bare.len() < text.len() && out.pieces.is_empty() {
            out.pieces.push(Cow::Borrowed("\u{feff}"));
        }
        if !marked {
            out.pieces.push(Cow::Owned(format!("---{}", eol_of(bare))));
        }
        out.pieces.push(Cow::Owned(bare.to_owned()));
    }
    let eol = eol_of(document.text);
    for edit in edits {
        let Change::Add(additions) = &edit.change else { continue };
        for addition in additions {
            let value = addition.to_json();
            let text =
                if document.is_json() { format!("{value}{eol}") } else { emit(&value, 0, eol) };
            out.pieces.push(Cow::Owned(format!("---{eol}{text}")));
        }
    }
    Ok(())
}
