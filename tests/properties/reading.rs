//! The promises about what is read: nothing is overlooked, nothing makes it fall over.

use super::oracle;
use super::render::{cases, sources, survive};
use super::streams::{raw_inputs, soup, spelled_kind};
use plumber::api::mode::Mode;
use plumber::manifest::{Limits, Secrets, decode, read, scan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

const KINDS: &[&str] = &[
    "PersistentVolumeClaim",
    "StatefulSet",
    "Namespace",
    "ReplicationSource",
    "ReplicationDestination",
];

/// Returns whether another reader, or our own parser, sees an object that matters.
fn matters(text: &str) -> bool {
    let ours = decode(&"in".into(), 1, text).ok().and_then(|decoded| decoded.node);
    let ours = ours.map(|node| node.to_json());
    oracle::libyaml(text)
        .into_iter()
        .flatten()
        .chain(ours)
        .flat_map(|value| oracle::objects(&value))
        .any(|object| KINDS.contains(&object.kind.as_str()))
}

/// Holds the scan to account for one document, which may be cut into several.
fn is_scanned(text: &str) -> Result<(), TestCaseError> {
    if !matters(text) {
        return Ok(());
    }
    let gate = "kind: PersistentVolumeClaim\n---\n".to_owned();
    let reading = read(sources(&[gate + text]), Limits::default());
    prop_assert!(
        reading.stream.is_empty() || scan(&reading.stream, Secrets::PassedOver).len() > 1,
        "{text:?}"
    );
    Ok(())
}

/// What is done to a stream that was whole.
#[derive(Debug, Clone)]
enum Harm {
    Cut(Index),
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let piece = prop_oneof![
        vec(any::<u8>(), 1..4),
        prop::sample::select(
            &[
                "---\n",
                "\u{feff}",
                "\u{85}",
                "\r",
                "\n",
                "\\\n",
                "\"",
                "'",
                "{",
                "}",
                "*a",
                "&a ",
                ": ",
                "? ",
                "- ",
                "#",
                "|",
                "...\n",
                "\t",
                "<<: ",
                "!!binary ",
                "%",
                "null",
                "[",
                "1e400",
            ][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        any::<Index>().prop_map(Harm::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Harm::Set(at, byte)),
        (any::<Index>(), piece).prop_map(|(at, piece)| Harm::Insert(at, piece)),
        (any::<Index>(), 1..40usize).prop_map(|(at, count)| Harm::Remove(at, count)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Harm::Repeat(from, to)),
    ]
}

fn harmed(mut bytes: Vec<u8>, harms: &[Harm]) -> Vec<u8> {
    for harm in harms {
        let at = |index: &Index| index.index(bytes.len() + 1);
        match harm {
            Harm::Cut(index) => bytes.truncate(at(index)),
            Harm::Set(index, byte) if !bytes.is_empty() => {
                let at = index.index(bytes.len());
                bytes[at] = *byte;
            }
            Harm::Set(..) => {}
            Harm::Insert(index, piece) => {
                let at = at(index);
                bytes.splice(at..at, piece.iter().copied());
            }
            Harm::Remove(index, count) => {
                let at = at(index);
                let end = (at + count).min(bytes.len());
                bytes.drain(at..end);
            }
            Harm::Repeat(from, to) => {
                let (from, to) = (at(from), at(to));
                let piece = bytes[from.min(to)..from.max(to).min(from.min(to) + 300)].to_vec();
                bytes.extend(piece);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(cases(800))]

    /// Trouble is a diagnostic, never a panic: for bytes that mean nothing.
    #[test]
    fn no_bytes_make_it_fall_over(bytes in vec(any::<u8>(), 0..300)) {
        survive(bytes, Mode::Strict);
    }

    /// The same for text that nearly means something.
    #[test]
    fn no_text_makes_it_fall_over(text in soup()) {
        survive(text.into_bytes(), Mode::Permissive);
    }

    /// The same for real streams that came to harm.
    #[test]
    fn no_harmed_stream_makes_it_fall_over(
        inputs in raw_inputs(),
        harms in vec(harm(), 0..6),
    ) {
        survive(harmed(inputs.texts.concat().into_bytes(), &harms), Mode::Permissive);
    }

    /// The same for UTF-16, in both byte orders.
    #[test]
    fn no_utf16_makes_it_fall_over(inputs in raw_inputs(), big: bool, odd in 0..9usize) {
        let text = format!("\u{feff}{}", inputs.texts.concat());
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let mut bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        bytes.truncate(bytes.len() - usize::from(odd == 8));
        survive(bytes, Mode::Permissive);
    }

    /// The scan may say "maybe" too often, and never "no" wrongly: generated documents.
    #[test]
    fn no_document_that_matters_is_passed_over(inputs in raw_inputs()) {
        for text in &inputs.texts {
            for piece in oracle::pieces(text) {
                is_scanned(piece)?;
            }
        }
    }

    /// The same for whatever a reader can make of a soup.
    #[test]
    fn no_soup_that_matters_is_passed_over(text in soup()) {
        for piece in oracle::pieces(&text) {
            is_scanned(piece)?;
        }
    }

    /// The same for kinds that nobody would recognise.
    #[test]
    fn no_kind_in_disguise_is_passed_over(kind in spelled_kind(), form in 0..7usize) {
        let text = match form {
            0 => format!("apiVersion: v1\nkind: {kind}"),
            1 => format!("? kind\n: {kind}"),
            2 => format!("{{apiVersion: v1, kind: {kind}}}"),
            3 => format!("{{\"kind\":{kind}}}"),
            4 => format!("x: &x {kind}\nkind: *x\n"),
            5 => format!("x: &x\n  kind: {kind}\n<<: *x\n"),
            _ => format!("items:\n- kind: {kind}"),
        };
        for piece in oracle::pieces(&text) {
            is_scanned(piece)?;
        }
    }

    /// Whatever both readers can read, they read alike.
    #[test]
    fn documents_are_read_as_libyaml_reads_them(inputs in super::streams::inputs()) {
        for piece in inputs.texts.iter().flat_map(|text| oracle::pieces(text)) {
            let (Ok(ours), Some(theirs)) = (decode(&"in".into(), 1, piece), oracle::libyaml(piece))
            else {
                continue;
            };
            let ours = ours.node.map_or(Value::Null, |node| node.to_json());
            let theirs = theirs.into_iter().next().unwrap_or_default();
            prop_assert_eq!(&oracle::whole_numbers(&ours), &theirs, "{}", piece);
        }
    }
}
