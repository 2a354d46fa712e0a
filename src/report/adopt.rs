//! A proposal to adopt → text for people.

use crate::adopt::{Adopted, Adoption, Missed};
use crate::api::labels;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How much is told of the volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What is beside a volume and not on all.
    Short,
    /// Every label and annotation.
    Everything,
}

/// What one path holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The path as it was given.
    pub path: String,
    /// The volumes that something backs up.
    pub volumes: usize,
    /// Those whose objects come out equal.
    pub reproduced: usize,
    /// The lines of their objects.
    pub lines_before: usize,
    /// The lines of `plumber.yaml` and of labels and annotations.
    pub lines_after: usize,
}

/// Counts a proposal by path: a volume belongs to the longest path that holds its file.
pub fn rows(adoption: &Adoption, paths: &[String]) -> Vec<Row> {
    let lines = adoption.configuration.lines().count();
    let mut rows: Vec<Row> = paths
        .iter()
        .enumerate()
        .map(|(n, path)| Row {
            path: path.clone(),
            volumes: 0,
            reproduced: 0,
            lines_before: 0,
            lines_after: if n == 0 { lines } else { 0 },
        })
        .collect();
    let row = |file: &str| {
        // What was built is named by the command that builds it, with the path behind it.
        let inside = |path: &String| {
            let built = file.strip_suffix(path.as_str()).is_some_and(|rest| rest.ends_with(' '));
            built || std::path::Path::new(file).starts_with(path)
        };
        let known = paths.iter().enumerate().filter(|(_, path)| inside(path));
        known.max_by_key(|(n, path)| (path.len(), std::cmp::Reverse(*n))).map_or(0, |(n, _)| n)
    };
    for adopted in &adoption.adopted {
        let row = &mut rows[row(&adopted.volume.place.location.source)];
        row.volumes += 1;
        row.reproduced += 1;
        row.lines_before += adopted.lines_before;
        row.lines_after += adopted.lines_after;
    }
    for missed in adoption.missed.iter().filter(|missed| missed.is_volume()) {
        rows[row(&missed.location.source)].volumes += 1;
    }
    rows
}

/// Writes a proposal.
pub fn text(adoption: &Adoption, paths: &[String], detail: Detail) -> String {
    let mut out = String::new();
    table(&mut out, &rows(adoption, paths));
    if !adoption.adopted.is_empty() {
        line(&mut out, format_args!("\nplumber.yaml:"));
        for text in adoption.configuration.lines() {
            line(&mut out, format_args!("  {text}"));
        }
        volumes(&mut out, &adoption.adopted, detail);
        by_choice(&mut out, adoption);
        gates(&mut out, &adoption.adopted);
    }
    list(&mut out, "comes out equal, to be changed by hand", &adoption.by_hand);
    list(&mut out, "not adopted", &adoption.missed);
    out
}

fn list(out: &mut String, heading: &str, all: &[Missed]) {
    if !all.is_empty() {
        line(out, format_args!("\n{heading}:"));
    }
    for missed in all {
        line(out, format_args!("  {}", self::missed(missed)));
        if let Some(help) = &missed.help {
            line(out, format_args!("    help: {help}"));
        }
    }
}

/// Writes one thing that is not adopted, on one line.
pub fn missed(missed: &Missed) -> String {
    format!("{}: {}: {}", missed.location, missed.what, missed.message)
}

fn table(out: &mut String, rows: &[Row]) {
    let width = rows.iter().map(|row| row.path.len()).max().unwrap_or_default().max(4);
    line(
        out,
        format_args!(
            "{:width$}  {:>7}  {:>10}  {:>12}  {:>11}",
            "PATH", "VOLUMES", "REPRODUCED", "LINES BEFORE", "LINES AFTER"
        ),
    );
    for row in rows {
        line(
            out,
            format_args!(
                "{:width$}  {:>7}  {:>10}  {:>12}  {:>11}",
                row.path, row.volumes, row.reproduced, row.lines_before, row.lines_after
            ),
        );
    }
}

fn volumes(out: &mut String, adopted: &[Adopted], detail: Detail) {
    line(out, format_args!("\nlabels of every volume:"));
    line(out, format_args!("  {}: \"true\"", labels::ENABLED));
    line(out, format_args!("  {}: \"true\"", labels::MANAGE_VOLSYNC));
    let mut heading = false;
    for one in adopted {
        let shared = |key: &str| matches!(key, labels::ENABLED | labels::MANAGE_VOLSYNC);
        let mut words: Vec<String> = Vec::new();
        for (key, value) in &one.knobs.labels {
            if detail == Detail::Everything || !shared(key) {
                words.push(format!("label {}: {value}", short(key)));
            }
        }
        for (key, value) in &one.knobs.annotations {
            words.push(format!("annotation {}: {value}", short(key)));
        }
        if words.is_empty() {
            continue;
        }
        if !heading {
            line(out, format_args!("\nand beside them (all under {}):", labels::PREFIX));
            heading = true;
        }
        line(out, format_args!("  {}: {}", one.volume.id(), words.join(", ")));
    }
}

fn short(key: &str) -> &str {
    key.strip_prefix(labels::PREFIX).unwrap_or(key)
}

/// How many labels and annotations are shown that leave.
const SHOWN: usize = 8;

/// What differs because it is meant to.
fn by_choice(out: &mut String, adoption: &Adoption) {
    let mut metadata: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut minutes = 0;
    for one in &adoption.adopted {
        minutes += one.comparison.minutes.len();
        for (kind, entry) in &one.comparison.metadata {
            *metadata.entry((kind, entry)).or_default() += 1;
        }
    }
    line(out, format_args!("\nwhat differs by choice:"));
    line(
        out,
        format_args!(
            "  the objects carry the labels of pvc-plumber, among them {}: {}",
            labels::MANAGED_BY,
            labels::MANAGED_BY_US
        ),
    );
    if minutes > 0 {
        line(
            out,
            format_args!(
                "  the minute of {minutes} schedule{}: each volume gets one of its own \
                 (--keep-schedules keeps it)",
                plural(minutes)
            ),
        );
    }
    for ((kind, entry), count) in metadata.iter().take(SHOWN) {
        line(out, format_args!("  {count} {kind}{} without `{entry}`", plural(*count)));
    }
    if metadata.len() > SHOWN {
        line(out, format_args!("  and {} more labels and annotations", metadata.len() - SHOWN));
    }
    if adoption.configuration.contains("inject: false") {
        line(
            out,
            format_args!(
                "  no reference is added: some volumes have none today. Remove restore.inject once \
                 new volumes are to be restored"
            ),
        );
    }
}

/// What has to be open before what is written is applied: a closed namespace renders nothing, and
/// what left Git would be pruned.
fn gates(out: &mut String, adopted: &[Adopted]) {
    let known = adopted.iter().filter_map(|one| one.volume.namespace.as_deref());
    let known: std::collections::BTreeSet<&str> = known.collect();
    let names: Vec<&str> = known.into_iter().collect();
    let names = if names.is_empty() { "of these volumes".to_owned() } else { names.join(", ") };
    line(out, format_args!("\nbefore it is applied, open the namespaces {names}:"));
    line(
        out,
        format_args!(
            "  label them {}: \"true\", or name them in the trusted configuration; a closed one \
             renders nothing",
            labels::MANAGED_NAMESPACE
        ),
    );
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    out.write_fmt(text).unwrap_or_default();
    out.push('\n');
}
