//! A stream and edits → the stream that leaves.
//!
//! Without edits that is the input's own bytes. With edits every document stands after a `---`
//! line of its own, and what is added stands right after the document it belongs to.

use super::emit::emit_compact;
use super::splice::{ended, eol_of, splice};
use super::{Stream, encoding, split};
use crate::diagnostic::Diagnostic;
use crate::edit::{Change, Edit};
use crate::parallel;
use std::borrow::Cow;

/// Fewer documents than this are edited on one core.
const MANY: usize = 64;

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
    let edits: Vec<&[&Edit]> = edits.chunk_by(|a, b| a.document == b.document).collect();
    let edited = parallel::map(&edits, MANY, |edits| edited(stream, edits));
    let mut out = Output { pieces: Vec::new(), diagnostics: Vec::new() };
    let mut refusals = Vec::new();
    let mut at = documents.start;
    for (edits, edited) in edits.into_iter().zip(edited) {
        let index = edits.first().map_or(at, |edit| edit.document);
        refusals.extend(run(stream, at..index, documents.end, &mut out).err());
        refusals.extend(edited.and_then(|edited| edited.write(stream, index, &mut out)).err());
        at = index + 1;
    }
    refusals.extend(run(stream, at..documents.end, documents.end, &mut out).err());
    if refusals.is_empty() {
        Ok(out)
    } else {
        Err(refusals.into_iter().map(|found| *found).collect())
    }
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
        let marked = split::is_marked(document.text);
        // Documents with a marker that follow each other in one input are one piece.
        let mut last = index;
        if marked {
            while last + 1 < range.end
                && stream.starts[last + 1].source == stream.starts[index].source
                && split::is_marked(stream.document(last + 1).text)
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
    let ended = ended(document, document.text.to_owned())?;
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

/// A document with its changes, and what is added after it.
struct Edited {
    /// The new text; nothing if the document itself stays as it is.
    text: Option<String>,
    /// What is added, each with a `---` line before it.
    added: String,
    diagnostics: Vec<Diagnostic>,
}

/// Applies the edits of one document.
fn edited(stream: &Stream, edits: &[&Edit]) -> Result<Edited, Box<Diagnostic>> {
    let document = stream.document(edits.first().map_or(0, |edit| edit.document));
    let changes: Vec<&Change> = edits
        .iter()
        .map(|edit| &edit.change)
        .filter(|change| !matches!(change, Change::Add(_)))
        .collect();
    let mut edited = Edited { text: None, added: String::new(), diagnostics: Vec::new() };
    if !changes.is_empty() {
        let spliced = splice(document, &changes)?;
        edited.diagnostics.extend(spliced.rewritten);
        let ended = ended(document, spliced.text)?;
        edited.diagnostics.extend(ended.rewritten);
        edited.text = Some(ended.text);
    }
    let eol = eol_of(document.text);
    let additions = edits.iter().filter_map(|edit| match &edit.change {
        Change::Add(additions) => Some(additions),
        Change::Wire { .. } | Change::Update { .. } => None,
    });
    for addition in additions.flatten() {
        let text = if document.is_json() {
            format!("{}{eol}", addition.to_json())
        } else {
            emit_compact(&addition.to_compact(), 0, eol)
        };
        edited.added.extend(["---", eol, text.as_str()]);
    }
    Ok(edited)
}

impl Edited {
    /// Writes it in the place of the document with that index.
    fn write<'s>(
        self,
        stream: &'s Stream,
        index: usize,
        out: &mut Output<'s>,
    ) -> Result<(), Box<Diagnostic>> {
        let document = stream.document(index);
        let marked = split::is_marked(document.text);
        out.diagnostics.extend(self.diagnostics);
        if let Some(text) = self.text {
            let bare = text.trim_start_matches(encoding::BOM);
            if bare.len() < text.len() && out.pieces.is_empty() {
                out.pieces.push(Cow::Borrowed("\u{feff}"));
            }
            if !marked {
                out.pieces.push(Cow::Owned(format!("---{}", eol_of(bare))));
            }
            let bom = text.len() - bare.len();
            out.pieces.push(Cow::Owned(if bom == 0 { text } else { text[bom..].to_owned() }));
        } else {
            separated(stream, index, document.text, marked, out);
            if !document.text.ends_with('\n') {
                end_line(stream, index, out)?;
            }
        }
        if !self.added.is_empty() {
            out.pieces.push(Cow::Owned(self.added));
        }
        Ok(())
    }
}
