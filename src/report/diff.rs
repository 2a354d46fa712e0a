//! A comparison as people and programs read it.

pub mod json_v1;
pub mod markdown;
pub mod text;

use crate::compare::{Comparison, Conclusion, Consequence, VolumeChange};

/// Which objects are shown under the volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objects {
    /// None.
    None,
    /// All, unless they are long.
    Short,
    /// All.
    All,
}

/// Says in one line what was compared and what came out: `3 volumes: 1 loses its backup, …`.
pub fn counts(comparison: &Comparison) -> String {
    let total = match comparison.total {
        0 if comparison.is_complete() => return "no volume on either side".into(),
        0 => return format!("nothing could be compared{}", unread(comparison)),
        1 => "1 volume".to_owned(),
        total => format!("{total} volumes"),
    };
    format!("{total}: {}{}", outcomes(comparison), unread(comparison))
}

/// Counts the volumes by the worst that happens to them: `1 loses its backup, 2 unchanged`.
fn outcomes(comparison: &Comparison) -> String {
    let mut parts: Vec<String> = comparison
        .by_consequence()
        .into_iter()
        .map(|(consequence, count)| match count {
            1 => format!("1 {}", consequence.title()),
            _ => format!("{count} {}", consequence.title_of_many()),
        })
        .collect();
    match (comparison.total, comparison.total - comparison.volumes.len()) {
        (1, 1) => parts.push("nothing changes for it".into()),
        (total, unchanged) if total == unchanged => {
            parts.push("nothing changes for any of them".into());
        }
        (_, 0) => {}
        (_, unchanged) => parts.push(format!("{unchanged} unchanged")),
    }
    parts.join(", ")
}

fn unread(comparison: &Comparison) -> String {
    match comparison.unread_base.len() + comparison.unread_head.len() {
        0 => String::new(),
        1 => "; 1 application could not be read".into(),
        count => format!("; {count} applications could not be read"),
    }
}

/// From how many volumes on those that could not be compared share one line.
const MANY: usize = 4;
/// How many of them are named.
const NAMED: usize = 20;

/// Parts off the volumes that could not be compared for want of an application, if they are many:
/// of each the same is to be said.
fn parted(comparison: &Comparison) -> (Vec<&VolumeChange>, Vec<&VolumeChange>) {
    let unread = |volume: &&VolumeChange| {
        volume.worst() == Some(Consequence::NotCompared)
            && (volume.base.is_none() || volume.head.is_none())
    };
    let (unread, told): (Vec<_>, Vec<_>) = comparison.volumes.iter().partition(unread);
    if !comparison.is_complete() && unread.len() >= MANY {
        (told, unread)
    } else {
        (comparison.volumes.iter().collect(), Vec::new())
    }
}

/// Names volumes that could not be compared, each as `show` writes it.
fn not_compared(volumes: &[&VolumeChange], show: impl Fn(&str) -> String) -> String {
    let names: Vec<String> =
        volumes.iter().take(NAMED).map(|volume| show(&volume.key.to_string())).collect();
    let more = match volumes.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} volumes could not be compared: {}{more}", volumes.len(), names.join(", "))
}

/// Returns what the plans conclude, where they differ: BASE, HEAD.
fn verdicts(volume: &VolumeChange) -> Option<(&'static str, &'static str)> {
    let word = |side: &Option<Conclusion>| side.as_ref().map(|concluded| concluded.verdict.id());
    let (base, head) = (word(&volume.base)?, word(&volume.head)?);
    let known = volume.worst().is_some_and(Consequence::is_known);
    (known && base != head).then_some((base, head))
}
