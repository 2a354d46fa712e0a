//! Which documents can matter, found without parsing.
//!
//! A document matters if some scalar of it could be one of a few kinds. The scan looks at values
//! alone, never at keys, so `kind :`, `? kind`, quoted and escaped keys, aliases and List items
//! cost nothing. It may say "maybe" too often and never "no" wrongly: a scalar can spell a kind
//! only literally, by an escape in double quotes, by `!!binary`, or by a tag that hides one.

use super::{Stream, lines};
use crate::api::{volsync, volume};
use crate::parallel;
use memchr::memmem::Finder;
use std::ops::Range;

/// How far back a tag or an anchor is looked for. A longer token may have one: without a bound, a
/// long line of kinds would be read once for each of them.
const LOOK_BACK: usize = 128;

/// Returns the indices of the documents that can hold a volume, a gate or a VolSync object, in
/// order; none where no document can hold a volume, since then nothing can be planned.
pub fn scan(stream: &Stream, secrets: Secrets) -> Vec<usize> {
    let volumes = Needles::new(&[volume::PVC, volume::STATEFUL_SET]);
    let mut found = volumes.documents(stream, Hidden::Included);
    if !found.is_empty() {
        let others = Needles::new(&[
            volume::NAMESPACE,
            volsync::REPLICATION_SOURCE,
            volsync::REPLICATION_DESTINATION,
        ]);
        found.extend(others.documents(stream, Hidden::Excluded));
        if secrets == Secrets::Read {
            found.extend(Needles::new(SECRETS).documents(stream, Hidden::Excluded));
        }
        found.sort_unstable();
        found.dedup();
    }
    found
}

/// Whether Secrets and `ExternalSecret`s are read: where some are to be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They are.
    Read,
    /// They do not matter.
    PassedOver,
}

/// Returns the indices of the documents that can hold one of these kinds, in order, whatever else
/// the stream holds.
pub(super) fn scan_for(stream: &Stream, kinds: &[&str], hidden: Hidden) -> Vec<usize> {
    Needles::new(kinds).documents(stream, hidden)
}

/// Whether scalars in disguise are looked for: once is enough for all needles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    Included,
    Excluded,
}

struct Needles<'n> {
    finders: Vec<(&'n str, Finder<'n>)>,
}

impl<'n> Needles<'n> {
    fn new(needles: &[&'n str]) -> Self {
        Self { finders: needles.iter().map(|needle| (*needle, Finder::new(*needle))).collect() }
    }

    /// Returns the documents that hold a needle, in order.
    fn documents(&self, stream: &Stream, hidden: Hidden) -> Vec<usize> {
        let mut found = Vec::new();
        for (source, input) in stream.sources.iter().enumerate() {
            let windows = lines::windows(&input.text);
            let first = stream.starts.partition_point(|start| (start.source as usize) < source);
            let last = stream.starts.partition_point(|start| start.source as usize <= source);
            let documents = parallel::map(&windows, lines::MANY_WINDOWS, |window| {
                let mut documents: Vec<usize> = Vec::new();
                for hit in self.hits(input.text.as_bytes(), window, hidden) {
                    let starts = &stream.starts[first..last];
                    let after = starts.partition_point(|start| start.offset as usize <= hit);
                    documents.push(first + after - 1);
                }
                documents.dedup();
                documents
            });
            found.extend(documents.into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Returns the offsets in a window at which a scalar can spell one of the needles, not all in
    /// order.
    fn hits(&self, text: &[u8], window: &Range<usize>, hidden: Hidden) -> Vec<usize> {
        let mut hits = Vec::new();
        for (needle, finder) in &self.finders {
            let end = (window.end + needle.len() - 1).min(text.len());
            hits.extend(
                finder
                    .find_iter(&text[window.start..end])
                    .map(|at| window.start + at)
                    .filter(|at| can_be_scalar(text, *at, needle.len())),
            );
        }
        if hidden == Hidden::Included {
            hits.extend(disguised(text, window));
        }
        hits
    }
}

/// Returns whether the text at `at` can be a whole scalar that is a key's value: what stands before
/// can start one, and what follows, after an optional `List`, can end one. An item of a list is no
/// key's value, unless it has an anchor: definitions and policies list kinds by the dozen.
fn can_be_scalar(text: &[u8], at: usize, len: usize) -> bool {
    let before = &text[..at];
    let blanks = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let before = &before[..before.len() - blanks];
    let starts = match before.last() {
        None | Some(b'\n' | b'\r' | b':' | b'?' | b',' | b'[' | b'{' | b'"' | b'\'' | 0x80..) => {
            true
        }
        // A node property: a tag or an anchor.
        Some(_) => {
            let near = &before[before.len().saturating_sub(LOOK_BACK)..];
            let token = near.rsplit(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).next();
            token.is_none_or(|token| {
                token.len() == LOOK_BACK || token.iter().any(|b| matches!(b, b'&' | b'!'))
            })
        }
    };
    let after = &text[at + len..];
    // An escaped line end can stand in the middle of `List` too.
    let list = after.iter().zip(b"List").take_while(|(a, b)| a == b).count();
    let after = match after.get(list) {
        Some(b'\\') => &after[list..],
        _ => after.strip_prefix(b"List").unwrap_or(after),
    };
    let next = after.iter().find(|b| !matches!(b, b' ' | b'\t'));
    starts
        && matches!(
            next,
            None | Some(
                b'\n' | b'\r' | b'#' | b',' | b']' | b'}' | b'"' | b'\'' | b'\\' | b':' | 0x80..
            )
        )
}

/// Returns the offsets of what can spell a kind in disguise: an escape in double quotes that
/// yields a letter or joins two lines, and tags that can be `!!binary`.
fn disguised(text: &[u8], window: &Range<usize>) -> impl Iterator<Item = usize> {
    let start = window.start;
    let found = memchr::memchr2_iter(b'\\', b'!', &text[window.clone()]).map(move |at| start + at);
    found.filter(|at| {
        let rest = &text[at + 1..];
        match (text[*at], rest) {
            (b'!', [b'<', ..] | [b'!', b'b' | b'%', ..])
            // NEL, LS and PS are line ends to libyaml, and can join two lines.
            | (b'\\', [0xc2, 0x85, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..]) => true,
            (b'\\', [b'x', digits @ ..]) => yields_letter(digits, 2),
            (b'\\', [b'u', digits @ ..]) => yields_letter(digits, 4),
            (b'\\', [b'U', digits @ ..]) => yields_letter(digits, 8),
            (b'\\', [b'\n' | b'\r', after @ ..]) => joins_kind(&text[..*at], after),
            _ => false,
        }
    })
}

/// Returns whether an escape's digits name an ASCII letter; all needles are made of those.
fn yields_letter(digits: &[u8], count: usize) -> bool {
    digits
        .get(..count)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32)
        .is_some_and(|letter| letter.is_ascii_alphabetic())
}

/// Returns whether an escaped line end can join two pieces of a kind: letters on both sides, or
/// another escape where the next letters would be.
fn joins_kind(before: &[u8], after: &[u8]) -> bool {
    let next = after.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    before.last().is_some_and(u8::is_ascii_alphabetic)
        && next.is_some_and(|b| b.is_ascii_alphabetic() || *b == b'\\')
        && KINDS
            .iter()
            .chain(SECRETS)
            .any(|kind| (1..kind.len()).any(|n| before.ends_with(&kind.as_bytes()[..n])))
}

/// The kinds of a repository's Secret.
pub(super) const SECRETS: &[&str] = &[volume::SECRET, volume::EXTERNAL_SECRET];

/// Every kind that the scan always looks for.
pub(super) const KINDS: &[&str] = &[
    volume::PVC,
    volume::STATEFUL_SET,
    volume::NAMESPACE,
    volsync::REPLICATION_SOURCE,
    volsync::REPLICATION_DESTINATION,
];

#[cfg(test)]
mod tests {
    use super::super::{Framing, Limits, Source, read};
    use super::{LOOK_BACK, Secrets, can_be_scalar, scan};

    fn matters(text: &str) -> bool {
        let source = Source { name: "in".into(), text: text.into(), framing: Framing::Stream };
        !scan(&read::split_sources(vec![source], Limits::default()).0, Secrets::PassedOver)
            .is_empty()
    }

    #[test]
    fn every_spelling_of_a_kind_is_seen() {
        for text in [
            "kind: PersistentVolumeClaim\n",
            "kind: PersistentVolumeClaim",
            "kind: 'PersistentVolumeClaim'",
            "\"kind\":\"PersistentVolumeClaim\"}",
            "{kind: PersistentVolumeClaim}",
            "kind: PersistentVolumeClaimList # c",
            "kind: &k PersistentVolumeClaim",
            "kind: &k- PersistentVolumeClaim",
            "a:\n- &k PersistentVolumeClaim\nkind: *k\n",
            "a:\n- &k\n  PersistentVolumeClaim\nkind: *k\n",
            "- kind: PersistentVolumeClaim\n",
            "kind: !!str PersistentVolumeClaim",
            "kind: &a !!str\n  PersistentVolumeClaim",
            "kind: |-\n  PersistentVolumeClaim\n",
            "kind: >-\r\n  PersistentVolumeClaim\r\n",
            "? kind\n: PersistentVolumeClaim\n",
            "k: \"\\u0050ersistentVolumeClaim\"",
            "k: \"Persistent\\x56olumeClaim\"",
            "k: \"Persi\\\n  stentVolumeClaim\"",
            "k: \"Persi\\\r\n  st\\\r\n  entVolumeClaim\"",
            "k: \"Persistent\\\u{85} VolumeClaim\"",
            "k: \"Persistent\\\u{2028}VolumeClaim\"",
            "k: \"PersistentVolumeClaimL\\\n  ist\"",
            "k: \"PersistentVolumeClaim\\\n  List\"",
            "k: !a,b PersistentVolumeClaim",
            "k: !!binary UGVyc2lzdGVudFZvbHVtZUNsYWlt",
            "k: !<tag:yaml.org,2002:binary> UGVyc2lzdGVudFZvbHVtZUNsYWlt",
            "kind: StatefulSet\n",
        ] {
            assert!(matters(text), "{text}");
        }
    }

    #[test]
    fn a_token_is_looked_back_into_so_far_and_no_further() {
        // Whatever stands further back cannot change the answer, so a line costs what it holds.
        let kind = "PersistentVolumeClaim";
        for (before, answer) in [(LOOK_BACK - 1, false), (LOOK_BACK, true), (9 << 20, true)] {
            for lead in ["", "a ", "a: &b ", "a: &"] {
                let token = "x".repeat(before - usize::from(lead.ends_with('&')));
                let text = format!("{lead}{token}{kind}\n");
                let at = text.len() - kind.len() - 1;
                let answer = answer || lead.ends_with('&');
                assert_eq!(can_be_scalar(text.as_bytes(), at, kind.len()), answer, "{before}");
            }
        }
    }

    #[test]
    fn kinds_are_seen_wherever_windows_end() {
        let document = "---\nkind: PersistentVolumeClaim\n";
        for pad in 0..document.len() {
            let lead = format!("#{}\n", " ".repeat(super::lines::WINDOW - pad));
            assert!(matters(&format!("{lead}{document}")), "{pad}");
        }
    }

    #[test]
    fn secrets_are_seen_only_where_they_matter() {
        let text = "kind: PersistentVolumeClaim\n---\nkind: Secret\n---\nkind: ExternalSecret\n\
                    ---\nkind: ClusterExternalSecret\n";
        let source = Source { name: "in".into(), text: text.into(), framing: Framing::Stream };
        let stream = read::split_sources(vec![source], Limits::default()).0;
        assert_eq!(scan(&stream, Secrets::PassedOver), [0]);
        assert_eq!(scan(&stream, Secrets::Read), [0, 1, 2]);
    }

    #[test]
    fn prose_longer_words_and_items_are_passed_over() {
        for text in [
            "kinds:\n- PersistentVolumeClaim\n",
            "kinds:\n  - - StatefulSet # each\n",
            "a: the PersistentVolumeClaim of x\n",
            "a: MyPersistentVolumeClaim\n",
            "a: PersistentVolumeClaimRetentionPolicy\n",
            "a: \"\\u003cb\\u003e\"\n",
            "a: \"a long line \\\n  that goes on\"\n",
            "a: x!b\n",
        ] {
            assert!(!matters(text), "{text}");
        }
    }
}
