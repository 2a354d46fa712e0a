//! A document some time after it was made: the same answer, with the ages of now.

use super::{Document, Entry};
use crate::audit::STALE_AFTER;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

/// How much later a document is read than it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later {
    now: Timestamp,
    elapsed: SignedDuration,
}

impl Later {
    /// Measures from when a document was made; a clock that went back counts as no time.
    pub fn new(made: Timestamp, now: Timestamp) -> Self {
        let now = now.max(made);
        Self { now, elapsed: now.duration_since(made) }
    }

    /// Returns the time at which the document is read.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns whether the document is too old to be believed, whatever it says of itself.
    pub fn is_stale(&self) -> bool {
        self.elapsed > STALE_AFTER
    }
}

impl Document {
    /// Returns everything but the entries, as of later.
    #[must_use]
    pub fn head(&self, later: Later) -> Self {
        let mut head = Self { entries: Vec::new(), ..self.clone() };
        head.generated_at = later.now.to_string();
        if later.is_stale() {
            head.summary.entries_stale = head.summary.total_pvcs;
        }
        head
    }
}

impl Entry {
    /// Returns the entry as of later.
    pub fn aged(&self, later: Later) -> Cow<'_, Self> {
        let seconds = later.elapsed.as_secs();
        if seconds == 0 {
            return Cow::Borrowed(self);
        }
        let mut entry = self.clone();
        entry.age_seconds += seconds;
        entry.stale |= later.is_stale();
        if let Some(age) = &mut entry.backup.age_seconds {
            *age += seconds;
        }
        Cow::Owned(entry)
    }
}
