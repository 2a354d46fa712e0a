//! What was seen of a volume's backups while it was kept; bounded. What lies further back is the
//! business of a monitoring system.

use super::Rated;
use crate::audit::code::Code;
use jiff::Timestamp;

/// How many moments of a volume are kept.
const MOMENTS: usize = 32;

/// Something that happened to a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When, by the cluster's word.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
}

/// What happened to a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// A backup ended well.
    BackedUp,
    /// A backup failed.
    BackupFailed,
    /// The restore image was made.
    ImageMade,
    /// The verdict became this one.
    Verdict(Code),
}

/// Returns what was seen until now of a volume that was and is; of a new one what last happened.
pub(super) fn past(before: Option<&Rated>, after: &Rated, now: Timestamp) -> Box<[Moment]> {
    let mut moments = before.map(|before| before.past.to_vec()).unwrap_or_default();
    let mut push = |at, what| moments.push(Moment { at, what });
    let new = |time: fn(&Rated) -> Option<Timestamp>| {
        time(after).filter(|at| before.and_then(time) != Some(*at))
    };
    if let Some(at) = new(|rated| rated.image_made) {
        push(at, Happened::ImageMade);
    }
    if let Some(at) = new(|rated| rated.last_success) {
        push(at, Happened::BackedUp);
    }
    if after.is_failing && before.is_some_and(|before| !before.is_failing) {
        push(now, Happened::BackupFailed);
    }
    if before.is_none_or(|before| before.verdict != after.verdict) {
        push(now, Happened::Verdict(after.verdict));
    }
    moments.drain(..moments.len().saturating_sub(MOMENTS));
    moments.into()
}
