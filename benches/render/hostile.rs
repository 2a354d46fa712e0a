//! Inputs that nobody writes on purpose, in two sizes: their cost must grow with their size alone.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// What is hostile about an input.
#[derive(Clone, Copy)]
pub(crate) enum Hostile {
    /// One line of a word that is looked for, without a blank.
    Line,
    /// A million documents of a few bytes.
    Documents,
    /// One document of 8 MiB: a List.
    Document,
    /// Documents whose aliases stand for aliases, for nearly as many values as are read of a stream.
    Aliases,
}

/// All of them with their names.
pub(crate) const ALL: [(&str, Hostile); 4] = [
    ("(e) one line of needles", Hostile::Line),
    ("(e) a million documents", Hostile::Documents),
    ("(e) one document of 8 MiB", Hostile::Document),
    ("(e) aliases of aliases", Hostile::Aliases),
];

/// A Namespace and a volume, so that everything is looked at.
const START: &str = include_str!("hostile.yaml");
/// The length of a chain of aliases, each of which stands twice for the one before.
const DEPTH: usize = 9;
/// How many documents have such a chain. The aliases of one stand for 4,070 values, those of a whole
/// stream may stand for 1,000,000: more is refused, and a refusal would be measured.
const CHAINS: usize = 240;

/// Writes an input, or the first half of it, piece by piece: what this process holds would count
/// for those that it starts.
pub(crate) fn hostile(path: &Path, what: Hostile, half: bool) -> std::io::Result<()> {
    let share = |whole: usize| if half { whole / 2 } else { whole };
    let volume = START.split_once("---\n").map_or("", |(_, volume)| volume);
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(START.as_bytes())?;
    match what {
        Hostile::Line => {
            out.write_all(b"---\nkind: ConfigMap\ndata: ")?;
            (0..share(1 << 20)).try_for_each(|_| out.write_all(b"PersistentVolumeClaim/"))?;
        }
        Hostile::Documents => {
            (0..share(1_000_000)).try_for_each(|_| out.write_all(b"---\na: 1\n"))?;
        }
        Hostile::Document => {
            out.write_all(b"---\napiVersion: v1\nkind: List\nitems:\n")?;
            let mut size = 0;
            for n in 0.. {
                let item = volume.replace("name: data", &format!("name: data-{n}"));
                let item = if n % 50 == 0 { item } else { item.replace("\"true\"", "\"false\"") };
                let item = format!("- {}\n", item.trim_end().replace('\n', "\n  "));
                out.write_all(item.as_bytes())?;
                size += item.len();
                if size >= share(8 << 20) {
                    break;
                }
            }
        }
        Hostile::Aliases => {
            for _ in 0..share(CHAINS) {
                out.write_all(b"---\napiVersion: apps/v1\nkind: StatefulSet\nx0: &x0 {k: v}\n")?;
                for n in 1..=DEPTH {
                    let before = n - 1;
                    writeln!(out, "x{n}: &x{n} [*x{before}, *x{before}]")?;
                }
            }
        }
    }
    out.write_all(b"\n")?;
    out.flush()
}
