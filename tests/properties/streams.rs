//! Tapes → inputs: documents with their marker lines, ends and comments, in one or more sources.

use super::model::Model;
use super::style::document;
use super::tape::Tape;
use proptest::collection::vec;
use proptest::prelude::*;

/// The texts of one run's inputs.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) texts: Vec<String>,
}

/// Inputs in which libyaml and Argo CD's reader take every scalar for the same thing.
pub(crate) fn inputs() -> impl Strategy<Value = Inputs> {
    tapes().prop_map(|tapes| Inputs { texts: tapes.iter().map(|t| source(t, false)).collect() })
}

/// Inputs with plain scalars such as `yes` and `0755`, too.
pub(crate) fn raw_inputs() -> impl Strategy<Value = Inputs> {
    tapes().prop_map(|tapes| Inputs { texts: tapes.iter().map(|t| source(t, true)).collect() })
}

fn tapes() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    // A document of fifteen keys takes some 150 choices; what is left of a short tape is plain.
    let tape = prop_oneof![vec(any::<u8>(), 0..100), vec(any::<u8>(), 100..500)];
    vec(vec(tape, 0..6), 1..4)
}

/// One source: the first tape says how it is framed, each other one is a document.
fn source(tapes: &[Vec<u8>], raw: bool) -> String {
    let Some((frame, documents)) = tapes.split_first() else { return String::new() };
    let mut frame = Tape::new(frame);
    let mut text = String::new();
    if frame.chance(5) {
        text.push('\u{feff}');
    }
    if frame.chance(8) {
        return text + &concatenated_json(documents);
    }
    for (n, tape) in documents.iter().enumerate() {
        let marker = if n == 0 && frame.chance(40) {
            ""
        } else {
            *frame.choose(&["---\n", "---\n", "--- # kind: List\n", "--- \n", "---\t\n", "---\r\n"])
        };
        text.push_str(marker);
        let mut tape = Tape::new(tape);
        let body = body(&mut tape, raw);
        let crlf = frame.chance(4);
        text.push_str(&if crlf { body.replace('\n', "\r\n") } else { body });
        if frame.chance(4) {
            text.push_str("...\n");
        }
    }
    if frame.chance(6) {
        text.push_str("---\n");
    }
    if frame.chance(10) {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    if frame.chance(25) {
        let end = if frame.chance(30) { text.trim_end().len() } else { text.len() };
        text.truncate(end);
        for end in ["\n", "\r"] {
            text.truncate(text.strip_suffix(end).unwrap_or(&text).len());
        }
    }
    text
}

fn body(tape: &mut Tape<'_>, raw: bool) -> String {
    let lead = match tape.pick(16) {
        0..12 => "",
        12 => "# a comment\n",
        13 => "\n  # an indented comment\n\n",
        14 => "#\n\n# kind: PersistentVolumeClaim\n",
        _ => "\n",
    };
    let bare = tape.chance(6);
    if bare {
        return lead.to_owned();
    }
    let object = Model { tape, raw }.object();
    let tail = match tape.pick(16) {
        0..13 => "",
        13 => "# the end\n",
        14 => "\n\n",
        _ => "# é\n\n",
    };
    format!("{lead}{}{tail}", document(tape, &object))
}

fn concatenated_json(documents: &[Vec<u8>]) -> String {
    let mut text = String::new();
    for tape in documents {
        let mut tape = Tape::new(tape);
        let object = Model { tape: &mut tape, raw: false }.object();
        if object.is_object() {
            text.push_str(&super::scalars::json_text(&mut tape, &object, None, 0));
            let end: &&str = tape.choose(&["\n", "", "\n\n", " ", "\n---\n"]);
            text.push_str(end);
        }
    }
    text
}

/// Texts of what matters to a YAML reader, thrown together.
pub(crate) fn soup() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => prop::sample::select(SOUP).prop_map(str::to_owned),
        2 => prop::sample::select(SOUP_LINES).prop_map(str::to_owned),
        1 => spelled_kind(),
    ];
    vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

const SOUP: &[&str] = &[
    "kind: ",
    "kind",
    ":",
    " ",
    "  ",
    "\n",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "\\",
    "\\\n",
    "?",
    "? ",
    "|",
    "|+\n",
    ">-\n",
    "&a ",
    "*a",
    "&a",
    "*a ",
    "<<: ",
    "<<",
    "!!binary ",
    "!!str ",
    "! ",
    "!<tag:yaml.org,2002:binary> ",
    "!!merge ",
    "#",
    " # ",
    "---\n",
    "\n---",
    "...",
    "\t",
    "\r",
    "\r\n",
    "é",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "items:\n",
    "items: ",
    "x",
    "1",
    "~",
    "PersistentVolumeClaim",
    "Persistent",
    "VolumeClaim",
    "List",
    "\\x50",
    "UGVyc2lzdGVudFZvbHVtZUNsYWlt",
];
const SOUP_LINES: &[&str] = &[
    "apiVersion: v1\n",
    "kind: PersistentVolumeClaim\n",
    "kind: PersistentVolumeClaimList\n",
    "kind: StatefulSet\n",
    "metadata: {name: x}\n",
    "x: &a {kind: PersistentVolumeClaim}\n",
    "x: &a PersistentVolumeClaim\n",
    "<<: *a\n",
    "kind: *a\n",
    "---\n",
    "...\n",
    "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\"}",
    "text: |\n  ---\n",
    "# c\n",
    "# c\r",
];

const SPELLED: &[&str] = &[
    "PersistentVolumeClaim",
    "PersistentVolumeClaimList",
    "StatefulSet",
    "Namespace",
    "ReplicationSource",
    "ReplicationDestination",
];

/// A kind, spelled so that few would recognise it.
pub(crate) fn spelled_kind() -> impl Strategy<Value = String> {
    (prop::sample::select(SPELLED), vec(any::<u8>(), 0..40)).prop_map(|(kind, tape)| {
        let mut tape = Tape::new(&tape);
        let before = *tape.choose(&[
            "",
            "",
            "&a ",
            "!!str ",
            "! ",
            "!x ",
            "!x,y ",
            "&a !!str\n  ",
            "!!str &é ",
            "!<x,[y> ",
        ]);
        let quote = *tape.choose(&["", "'", "\"", "\"", "\""]);
        let mut text = format!("{before}{quote}");
        for c in kind.chars() {
            let code = u32::from(c);
            match (quote, tape.chance(15), tape.pick(7)) {
                ("\"", true, 0) => text.push_str(&format!("\\x{code:02X}")),
                ("\"", true, 1) => text.push_str(&format!("\\u{code:04x}")),
                ("\"", true, 2) => text.push_str(&format!("\\U{code:08x}")),
                ("\"", true, 3) => text.push_str(&format!("\\\n  {c}")),
                ("\"", true, 4) => text.push_str(&format!("\\\r\n\t {c}")),
                ("\"", true, 5) => text.push_str(&format!("\\\u{85} {c}")),
                ("\"", true, _) => text.push_str(&format!("\\\n \\\r  {c}")),
                _ => text.push(c),
            }
        }
        let after = *tape.choose(&["", "\n", " # c\n", "\t", " ", ",", "}", "\u{85}", "\r"]);
        text + quote + after
    })
}
