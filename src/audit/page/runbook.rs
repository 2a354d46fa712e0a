//! The runbook, where somebody needs it: what each code means, how to confirm it, and what to do.
//!
//! Its text is that of `docs/runbook.md`. A test holds every section there to one form, which is read
//! here.

use super::layout::Place;
use super::query::Query;
use crate::audit::code::Code;
use maud::{Markup, html};

/// The text.
const TEXT: &str = include_str!("../../../docs/runbook.md");

/// What is said of one code.
struct Section {
    code: Code,
    confirm: &'static str,
    fix: &'static str,
}

/// Reads the sections, in the order of the text.
fn sections() -> impl Iterator<Item = Section> {
    TEXT.split("\n## ").skip(1).filter_map(|section| {
        let (id, rest) = section.split_once('\n')?;
        let code = Code::ALL.iter().copied().find(|code| code.id() == id)?;
        let (_, rest) = rest.split_once("*Confirm:* ")?;
        let (confirm, fix) = rest.split_once("\n\n*Fix:* ")?;
        Some(Section { code, confirm, fix: fix.trim_end() })
    })
}

/// The page.
pub(super) fn page(query: &Query, place: Place) -> Markup {
    html! {
        nav.back aria-label="Back" { a href=(place.overview(&query.only(|_| ()))) { "‹ all volumes" } }
        h1 { "Runbook" }
        p {
            "What each code means, how to confirm it, and what to do. " code { "NAMESPACE" } " and "
            code { "NAME" } " stand for the volume's or the pair's. Reading is all that confirming needs."
        }
        @for Section { code, confirm, fix } in sections() {
            @let severity = code.severity().id();
            section.finding.(severity) id=(code.id()) {
                h2 { code { (code.id()) } }
                p { span.severity { (severity) } " at worst. " (code.summary()) }
                p { strong { "Confirm:" } " " (inline(confirm)) }
                p { strong { "Fix:" } " " (inline(fix)) }
                p.doc {
                    a href=(place.overview(&query.only(|query| query.verdict = Some(code)))) {
                        "volumes with this verdict"
                    }
                }
            }
        }
    }
}

/// The address of what is said of a code.
pub(super) fn address(place: Place, code: &str) -> String {
    place.below(&format!("runbook#{code}"))
}

/// A paragraph: text, code between backticks, and the words of links, whose files are not here.
fn inline(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (unlinked(part)) }
        }
    }
}

/// Leaves of a link its words, and says where they are written of.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let parts = link.split_once("](").and_then(|(words, link)| {
            let (file, after) = link.split_once(')')?;
            Some((words, file, after))
        });
        let Some((words, file, after)) = parts else { break };
        out.extend([before, words, " (docs/", file, ")"]);
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{sections, unlinked};
    use crate::audit::code::Code;

    #[test]
    fn every_code_has_its_section() {
        let told: Vec<Code> = sections().map(|section| section.code).collect();
        assert_eq!(told, Code::ALL);
        for section in sections() {
            for text in [section.confirm, section.fix] {
                assert!(text.matches('`').count().is_multiple_of(2), "{text}");
                let words: String = text.split('`').step_by(2).map(unlinked).collect();
                assert!(!words.contains(['[', '*', '|', '#']), "no other markup is read: {words}");
            }
        }
    }

    #[test]
    fn a_link_leaves_its_words() {
        assert_eq!(
            unlinked("see [labels](labels.md), [x] y"),
            "see labels (docs/labels.md), [x] y"
        );
    }
}
