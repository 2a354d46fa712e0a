//! Inputs, the same on every machine: real streams' kinds, sizes and shares, made-up content.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// The documents, with blanks to fill in. What follows `REPEAT` is repeated to the size wanted.
const DOCUMENTS: &str = include_str!("documents.yaml");
const REPEAT: &str = "# repeat\n";

/// A document's size in bytes by its share of the documents that are smaller, as in real
/// repositories: half of them below 400 bytes, most bytes in few large documents.
const SIZES: [(f64, f64); 6] =
    [(0.0, 150.0), (0.5, 400.0), (0.9, 2200.0), (0.99, 20e3), (0.999, 120e3), (1.0, 790e3)];

/// Whether a stream has volumes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Volumes {
    /// 2 % of the documents are labelled PVCs; some others have none of our labels.
    TwoPercent,
    /// No PVC and no `StatefulSet`.
    None,
}

/// A document of [`DOCUMENTS`], in its order.
#[derive(Clone, Copy)]
enum Kind {
    Namespace,
    LabelledVolume,
    OtherVolume,
    StatefulSet,
    Service,
    Workload,
    Script,
    Dashboard,
    Definition,
    Policy,
}

/// Writes an application of ten documents, two of them labelled PVCs.
pub(crate) fn application(path: &Path) -> std::io::Result<()> {
    use Kind::{LabelledVolume, Namespace, Script, Service, Workload};
    let mut random = Random(1);
    let mut text = document(Namespace, 0, 0, 0, &mut random);
    let others = [LabelledVolume, LabelledVolume, Workload, Workload, Service, Service, Service];
    for (n, kind) in others.into_iter().chain([Script, Script]).enumerate() {
        text.push_str("---\n");
        text.push_str(&document(kind, 0, n, 2200, &mut random));
    }
    std::fs::write(path, text)
}

/// Writes a stream of about `size` bytes. A smaller one is the start of a larger one.
pub(crate) fn stream(path: &Path, size: usize, volumes: Volumes) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut random = Random(2);
    let (mut written, mut namespaces) = (0, 0);
    while written < size {
        let (share, bytes) = (random.share(), random.size());
        let with_volumes = volumes == Volumes::TwoPercent;
        let kind = match share {
            _ if namespaces == 0 || share < 0.03 => Kind::Namespace,
            0.03..0.05 if with_volumes => Kind::LabelledVolume,
            0.05..0.058 if with_volumes => Kind::OtherVolume,
            0.058..0.06 if with_volumes => Kind::StatefulSet,
            _ if bytes < 500 => Kind::Service,
            _ if bytes < 5000 => Kind::Workload,
            ..0.5 => Kind::Definition,
            ..0.6 => Kind::Policy,
            ..0.8 => Kind::Dashboard,
            _ => Kind::Script,
        };
        let is_namespace = matches!(kind, Kind::Namespace);
        let (home, n) =
            if is_namespace { (0, namespaces) } else { (random.below(namespaces), written) };
        namespaces += usize::from(is_namespace);
        let text = document(kind, home, n, bytes, &mut random);
        out.write_all(b"---\n")?;
        out.write_all(text.as_bytes())?;
        written += 4 + text.len();
    }
    out.flush()
}

/// Fills in one document: `n` makes its name, `home` its namespace.
fn document(kind: Kind, home: usize, n: usize, bytes: usize, random: &mut Random) -> String {
    let template = DOCUMENTS.split("---\n").nth(kind as usize).unwrap_or_default();
    let fill =
        |text: &str| text.replace("{n}", &n.to_string()).replace("{home}", &home.to_string());
    let (head, more) = template.split_once(REPEAT).unwrap_or((template, ""));
    let (mut text, more) = (fill(head), fill(more));
    while !more.is_empty() {
        text.push_str(&more.replace("{r}", &random.below(1_000_000).to_string()));
        if text.len() >= bytes {
            break;
        }
    }
    text
}

/// A small generator of numbers (`SplitMix64`): no randomness is wanted, only variety.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }

    /// A number from 0 up to 1.
    fn share(&mut self) -> f64 {
        f64::from((self.next() >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
    }

    /// The size of a document, between the points of [`SIZES`] on a logarithmic line.
    fn size(&mut self) -> usize {
        let share = self.share();
        let above = SIZES.iter().position(|(upto, _)| share < *upto).unwrap_or(SIZES.len() - 1);
        let ((from, low), (to, high)) = (SIZES[above - 1], SIZES[above]);
        let size = low * f64::powf(high / low, (share - from) / (to - from));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 1e6")]
        let size = size as usize;
        size
    }
}
