//! A comparison for a terminal: one block a volume, worst first, then the objects.

use super::{Objects, not_compared, parted, verdicts};
use crate::compare::{Comparison, ObjectChange, ObjectDiff, VolumeChange, visible};
use std::fmt::Write as _;

/// How many lines of objects are shown unasked.
const SHORT: usize = 60;
/// How long old and new may be on one line.
const LINE: usize = 90;

/// Writes a comparison; empty if nothing changes. `base` and `head` name the sides.
pub fn text(comparison: &Comparison, base: &str, head: &str, objects: Objects) -> String {
    let mut out = String::new();
    let (told, unread) = parted(comparison);
    if !unread.is_empty() {
        line(&mut out, format_args!("{}", not_compared(&unread, visible)));
    }
    for volume in told {
        if !out.is_empty() {
            out.push('\n');
        }
        block(&mut out, volume);
    }
    let shown: Vec<(&VolumeChange, &ObjectDiff)> = comparison
        .volumes
        .iter()
        .flat_map(|volume| volume.objects.iter().map(move |object| (volume, object)))
        .collect();
    let lines: usize = shown.iter().map(|(_, object)| object.diff.lines().count() + 2).sum();
    match objects {
        Objects::None => {}
        _ if shown.is_empty() => {}
        Objects::Short if lines > SHORT => {
            line(&mut out, format_args!("\n{lines} lines of objects are not shown: add --objects"));
        }
        Objects::Short | Objects::All => {
            for (volume, object) in shown {
                out.push('\n');
                unified(&mut out, volume, object, base, head);
            }
        }
    }
    out
}

fn block(out: &mut String, volume: &VolumeChange) {
    let from = volume.moved_from.as_ref();
    let from = from.map_or(String::new(), |from| format!("{} → ", visible(&from.to_string())));
    let title = volume.worst().map_or("", |worst| worst.title());
    let place = volume.location.as_ref();
    let place = place.map_or(String::new(), |place| format!(" ({})", visible(&place.to_string())));
    line(out, format_args!("{from}{} {title}{place}", visible(&volume.key.to_string())));
    for change in &volume.changes {
        let consequence = change.consequence;
        line(
            out,
            format_args!(
                "  {}[{}]: {}",
                consequence.severity().id(),
                consequence.id(),
                change.message
            ),
        );
        if let (Some(old), Some(new)) = (&change.old, &change.new) {
            let (old, new) = (visible(old), visible(new));
            if old.chars().count() + new.chars().count() <= LINE {
                line(out, format_args!("    {old} → {new}"));
            } else {
                line(out, format_args!("    - {old}\n    + {new}"));
            }
        }
        if let Some(remedy) = change.remedy() {
            line(out, format_args!("    fix: {remedy}"));
        }
    }
    if let Some((base, head)) = verdicts(volume) {
        let reason = volume.head.as_ref().and_then(|head| head.reason.as_ref());
        let reason = reason.map_or(String::new(), |r| format!(": {}", visible(&r.message)));
        line(out, format_args!("  verdict: {base} → {head}{reason}"));
    }
}

fn unified(out: &mut String, volume: &VolumeChange, object: &ObjectDiff, base: &str, head: &str) {
    let id = format!("{} {}", object.kind, object.name);
    let namespace = |key: &crate::compare::Key| key.namespace.clone().unwrap_or_else(|| "?".into());
    let new = namespace(&volume.key);
    let old = volume.moved_from.as_ref().map_or_else(|| new.clone(), namespace);
    let name = |there: bool, side: &str, namespace: &str| {
        if there { visible(&format!("{side}: {namespace} {id}")) } else { "/dev/null".into() }
    };
    let before = name(object.change != ObjectChange::Added, base, &old);
    let after = name(object.change != ObjectChange::Removed, head, &new);
    line(out, format_args!("--- {before}\n+++ {after}"));
    for text in object.diff.lines() {
        line(out, format_args!("{}", visible(text)));
    }
}

fn line(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    writeln!(out, "{arguments}").unwrap_or_default();
}
