//! Findings for people: the line, a caret, what to type.

use super::findings::{Checked, message};
use super::text::Detail;
use crate::diagnostic::Severity;
use crate::object::Location;
use crate::rules::Finding;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::BTreeMap;

/// Whether the text may hold colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// It is for a terminal.
    On,
    /// It is for anything else.
    Off,
}

/// The texts of the inputs by name, as far as they are at hand.
pub type Texts = BTreeMap<String, String>;

/// How many characters of a line are marked at most.
const MARKED: usize = 60;

/// Writes findings.
pub fn text(checked: &Checked, texts: &Texts, colour: Colour, detail: Detail) -> String {
    let renderer = match colour {
        Colour::On => Renderer::styled(),
        Colour::Off => Renderer::plain(),
    };
    let lines: BTreeMap<&str, Vec<usize>> = texts
        .iter()
        .map(|(name, text)| {
            let starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
            (name.as_str(), std::iter::once(0).chain(starts).collect())
        })
        .collect();
    let line = |location: &Location| {
        let text = texts.get(&*location.source)?;
        let starts = lines.get(&*location.source)?;
        let start = *starts.get(location.mark.line().checked_sub(1)?)?;
        let end = starts.get(location.mark.line()).copied().unwrap_or(text.len());
        text.get(start..end).map(|line| line.trim_end_matches(['\n', '\r']))
    };
    let shown = checked.findings.iter().filter(|finding| {
        detail == Detail::Everything
            || finding.allowed.is_none() && finding.severity() > Severity::Info
    });
    let mut out = String::new();
    for finding in shown {
        let place = finding.diagnostic.location.as_ref();
        out.push_str(&renderer.render(&[group(finding, place.and_then(line))]));
        out.push_str("\n\n");
    }
    out
}

fn group<'f>(finding: &'f Finding, line: Option<&'f str>) -> Group<'f> {
    let level = match finding.diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(
        level.primary_title(printable(&message(finding))).id(finding.code().id()),
    );
    if let Some(location) = &finding.diagnostic.location {
        // Not one of the lines of the text, where that is not at hand: the place alone.
        let shown = line.map(|line| (line, span(line, location.mark.column())));
        group = match shown {
            Some((line, span)) => group.element(
                Snippet::source(printable(line))
                    .path(printable(&location.source))
                    .line_start(location.mark.line())
                    .annotation(AnnotationKind::Primary.span(span)),
            ),
            None => group.element(
                annotate_snippets::Origin::path(printable(&location.source))
                    .line(location.mark.line())
                    .char_column(location.mark.column()),
            ),
        };
    }
    if finding.diagnostic.location.is_none() {
        let application = printable(&finding.application);
        group = group.element(annotate_snippets::Origin::path(application));
    }
    if let Some(help) = &finding.diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    if let Some(reason) = &finding.allowed {
        group = group.element(Level::NOTE.message(printable(&format!("allowed: {reason}"))));
    }
    group
}

/// What manifests say may hold characters that move a terminal's cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The part of a line from a column to the end of what stands there, in bytes of the line as it is
/// printed.
fn span(line: &str, column: usize) -> std::ops::Range<usize> {
    let line = printable(line);
    let start = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    let rest = &line[start..];
    // JSON may have everything on one line; the start of what is meant is enough.
    let end = rest.find(" #").unwrap_or(rest.len());
    let most = rest.char_indices().nth(MARKED).map_or(rest.len(), |(at, _)| at);
    let length = rest[..end.min(most)].trim_end().len();
    start..start + length.max(usize::from(!rest.is_empty()))
}
