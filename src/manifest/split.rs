//! Text → documents, without parsing: a cut at each `---` line.
//!
//! YAML lets no line that starts with `---` and a blank stand inside a scalar, so the cut never
//! divides a document. `...`, `---text` and bare carriage returns are left inside; the parser
//! judges them where it matters.

use super::lines::{self, Lines};
use super::{Framing, Source, encoding};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Location, Mark};
use crate::parallel;
use memchr::memmem;
use std::ops::Range;
use std::sync::Arc;

/// A text in parts.
pub(super) struct Split {
    /// The offsets at which documents start, the first at 0.
    pub(super) starts: Vec<usize>,
    /// Its lines.
    pub(super) lines: Lines,
    /// What is wrong with it as a stream.
    pub(super) found: Vec<Diagnostic>,
}

/// Cuts a text into documents.
pub(super) fn split(source: &Source) -> Split {
    let text = source.text.as_str();
    let lead = if text.starts_with(encoding::BOM) { encoding::BOM.len_utf8() } else { 0 };
    let windows =
        parallel::map(&lines::windows(text), lines::MANY_WINDOWS, |range| window(text, range));
    let lines = Lines::new(windows.iter().flat_map(|window| &window.lines).copied());
    let mut starts = vec![0];
    let mut found = Vec::new();
    let first = marker_at(text.as_bytes(), lead).then_some(lead);
    let content = first.filter(|at| has_content(text, *at));
    starts.extend(windows.iter().flat_map(|window| &window.markers));
    for &at in content.iter().chain(windows.iter().flat_map(|window| &window.contents)) {
        found.push(
            Diagnostic::new(
                Code::ContentOnMarkerLine,
                "content on the `---` line: Argo CD reads it as part of the document before",
            )
            .at(locate(source, &lines, at))
            .help("put the content on the next line"),
        );
    }
    let first = text[lead..].starts_with('%').then_some(lead);
    if let Some(at) = first.or_else(|| windows.iter().find_map(|window| window.directive)) {
        found.push(
            Diagnostic::new(
                Code::Directive,
                "a `%` directive: Argo CD and kustomize fail on it, and it can rename what follows",
            )
            .at(locate(source, &lines, at))
            .help("remove the line"),
        );
    }
    if text[lead..].trim_ascii_start().starts_with('{') {
        concatenated(source, &lines, &mut starts, &mut found);
    }
    Split { starts, lines, found }
}

/// What one window of a text holds; a line belongs to the window that holds the line end before.
struct Window {
    /// The offsets of marker lines.
    markers: Vec<usize>,
    /// Those of them that hold more than the marker.
    contents: Vec<usize>,
    /// The offset of the first line that starts with `%`: a directive for libyaml and its
    /// descendants.
    directive: Option<usize>,
    lines: Vec<usize>,
}

fn window(text: &str, range: &Range<usize>) -> Window {
    let bytes = text.as_bytes();
    let with = |more: usize| &bytes[range.start..(range.end + more).min(bytes.len())];
    let markers: Vec<usize> = memmem::find_iter(with(3), b"\n---")
        .map(|at| range.start + at + 1)
        .filter(|at| marker_at(bytes, *at))
        .collect();
    Window {
        contents: markers.iter().copied().filter(|at| has_content(text, *at)).collect(),
        markers,
        directive: memmem::find(with(1), b"\n%").map(|at| range.start + at + 1),
        lines: lines::counts(with(0)),
    }
}

/// Returns whether anything but blanks and a comment stands on the marker line at an offset.
fn has_content(text: &str, at: usize) -> bool {
    let line = &text[at + 3..line_end(text.as_bytes(), at)];
    let content = line.trim_ascii();
    // A comment ends at a bare carriage return, and content follows.
    let comment = content.starts_with('#') && !content.contains('\r');
    !(content.is_empty() || comment)
}

/// Returns whether a document's text starts with a `---` line.
pub(super) fn is_marked(text: &str) -> bool {
    marker_at(text.strip_prefix(encoding::BOM).unwrap_or(text).as_bytes(), 0)
}

/// Returns the length of the `---` line that a document's text starts with; 0 without one.
pub(super) fn marker_line_len(text: &str) -> usize {
    let lead = if text.starts_with(encoding::BOM) { encoding::BOM.len_utf8() } else { 0 };
    if !marker_at(text.as_bytes(), lead) {
        return 0;
    }
    let end = line_end(text.as_bytes(), lead);
    (end + 1).min(text.len())
}

/// Returns whether a document marker stands at an offset: `---` and then a blank, a line end or
/// the end of the text.
fn marker_at(bytes: &[u8], at: usize) -> bool {
    bytes[at..].starts_with(b"---")
        && matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n)
}

/// Cuts JSON objects that follow each other without a marker, as a pipe of JSON tools prints them.
/// Only an input that starts as JSON can hold them.
fn concatenated(
    source: &Source,
    lines: &Lines,
    starts: &mut Vec<usize>,
    found: &mut Vec<Diagnostic>,
) {
    let mut cuts = Vec::new();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(source.text.len());
        let text = &source.text[start..end];
        let body = start + marker_line_len(text);
        let json = source.text[body..end].trim_start_matches(encoding::BOM);
        let base = end - json.len();
        if !json.trim_ascii_start().starts_with('{') {
            continue;
        }
        let mut values =
            serde_json::Deserializer::from_str(json).into_iter::<serde::de::IgnoredAny>();
        let mut ends = Vec::new();
        while let Some(Ok(_)) = values.next() {
            ends.push(base + values.byte_offset());
        }
        // Anything else than whole JSON values up to the end is a YAML flow mapping, or an error
        // that the parser words better.
        let whole = ends.last().is_some_and(|&last| source.text[last..end].trim_ascii().is_empty());
        if whole && ends.len() > 1 {
            ends.pop();
            cuts.extend(ends);
        }
    }
    if let (Some(&at), Framing::File) = (cuts.first(), source.framing) {
        found.push(
            Diagnostic::new(
                Code::ConcatenatedJson,
                "several JSON objects in one file: Argo CD fails on it, kustomize keeps the first",
            )
            .at(locate(source, lines, at))
            .help("put each object into its own file, or into the `items` of a List"),
        );
    }
    starts.extend(cuts.into_iter().map(|cut| {
        let blank = source.text[cut..].len() - source.text[cut..].trim_ascii_start().len();
        cut + blank
    }));
    starts.sort_unstable();
}

/// Returns the place of an offset at the start of a line or an object.
fn locate(source: &Source, lines: &Lines, at: usize) -> Location {
    let line = lines.at(&source.text, at);
    let column = 1 + source.text[..at].rsplit('\n').next().unwrap_or_default().chars().count();
    Location { source: Arc::clone(&source.name), mark: Mark::new(line, column) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let source = Source { name: "in".into(), text: text.into(), framing: Framing::Stream };
        let Split { starts, found, .. } = split(&source);
        let mut parts: Vec<String> = starts
            .iter()
            .enumerate()
            .map(|(i, &s)| text[s..starts.get(i + 1).copied().unwrap_or(text.len())].into())
            .collect();
        assert_eq!(parts.concat(), text, "nothing may be lost");
        parts.extend(
            found
                .iter()
                .map(|d| format!("! {} {}", d.location.as_ref().unwrap().mark.line(), d.code.id())),
        );
        parts
    }

    #[test]
    fn cuts_before_each_marker_line() {
        assert_eq!(
            parts("a: 1\n---\nb: 2\n--- # c\nc: 3"),
            ["a: 1\n", "---\nb: 2\n", "--- # c\nc: 3"]
        );
        assert_eq!(parts("---\na: 1\n---"), ["---\na: 1\n", "---"]);
        assert_eq!(parts("a: 1\r\n---\r\nb: 2\r\n"), ["a: 1\r\n", "---\r\nb: 2\r\n"]);
        assert_eq!(parts("\u{feff}---\na: 1\n"), ["\u{feff}---\na: 1\n"]);
        assert_eq!(parts(""), [""]);
    }

    #[test]
    fn cuts_wherever_windows_end() {
        for pad in 0..8 {
            let lead = format!("#{}\n", " ".repeat(lines::WINDOW - pad));
            assert_eq!(parts(&format!("{lead}---\nb: 2\n")), [lead.as_str(), "---\nb: 2\n"]);
            let found = parts(&format!("{lead}%YAML 1.1\n"));
            assert_eq!(found.last().unwrap(), "! 2 directive", "{pad}");
            assert!(
                parts(&format!("{lead}--- a\n")).contains(&"! 2 content-on-marker-line".into())
            );
        }
    }

    #[test]
    fn does_not_cut_inside_scalars() {
        for text in ["a: |\n  x\n  ---\n  y\n", "a: 1\n---b\n", "a: ---\n", "----\n", "a: 1\n...\n"]
        {
            assert_eq!(parts(text), [text]);
        }
    }

    #[test]
    fn names_what_argo_cd_would_misread() {
        assert_eq!(
            parts("a: 1\n--- {b: 2}\n"),
            ["a: 1\n", "--- {b: 2}\n", "! 2 content-on-marker-line"]
        );
        assert_eq!(
            parts("a: 1\n--- # c\rb: 2\r"),
            ["a: 1\n", "--- # c\rb: 2\r", "! 2 content-on-marker-line"]
        );
        assert_eq!(
            parts("%YAML 1.1\n---\na: 1\n"),
            ["%YAML 1.1\n", "---\na: 1\n", "! 1 directive"]
        );
        assert_eq!(parts("a: 1\n%TAG ! x\n"), ["a: 1\n%TAG ! x\n", "! 2 directive"]);
    }

    #[test]
    fn concatenated_json_is_cut() {
        assert_eq!(parts("{\"a\":1}{\"b\":\"}{\"}\n"), ["{\"a\":1}", "{\"b\":\"}{\"}\n"]);
        assert_eq!(
            parts("{\"a\":1}\n\n{\"b\":2}\n---\nc: 3\n"),
            ["{\"a\":1}\n\n", "{\"b\":2}\n", "---\nc: 3\n"]
        );
        assert_eq!(parts("{a: 1}\n"), ["{a: 1}\n"]);
    }
}
