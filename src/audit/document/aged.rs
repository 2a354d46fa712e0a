//! A document some time after it was made: the same answer, with the ages of now.

use super::Document;
use crate::audit::STALE_AFTER;
use jiff::{SignedDuration, Timestamp};
use memchr::memmem;

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
        let mut summary = self.summary.clone();
        if later.is_stale() {
            summary.entries_stale = summary.total_pvcs;
        }
        Self {
            schema_version: self.schema_version,
            generated_at: later.now.to_string(),
            operator_mode: self.operator_mode,
            naming_strategy: self.naming_strategy,
            default_repo_secret: self.default_repo_secret.clone(),
            summary,
            readiness: self.readiness.clone(),
            intent_sources: self.intent_sources.clone(),
            findings: self.findings.clone(),
            entries: Vec::new(),
        }
    }
}

/// What an age stands behind in an entry's JSON. No text of it can hold this: a quote is escaped
/// there. The first is the entry's, before `stale`, the second that of its last backup.
const AGE: &[u8] = b"\"age_seconds\":";

/// What stands behind the entry's age.
const STALE: &[u8] = b",\"stale\":";

/// Writes the JSON of an entry as of later.
pub(super) fn write(json: &[u8], later: Later, into: &mut Vec<u8>) {
    let seconds = later.elapsed.as_secs();
    if seconds == 0 {
        return into.extend_from_slice(json);
    }
    let mut rest = json;
    for _ in 0..2 {
        let Some(at) = memmem::find(rest, AGE) else { break };
        let (before, after) = rest.split_at(at + AGE.len());
        into.extend_from_slice(before);
        let digits = after.iter().take_while(|byte| matches!(byte, b'-' | b'0'..=b'9')).count();
        // Where there was no backup there is no number.
        let (age, after) = after.split_at(digits);
        if let Some(age) = str::from_utf8(age).ok().and_then(|age| age.parse::<i64>().ok()) {
            into.extend_from_slice((age + seconds).to_string().as_bytes());
        }
        rest = after;
        if let Some(after) = rest.strip_prefix(STALE).filter(|_| later.is_stale()) {
            into.extend_from_slice(STALE);
            into.extend_from_slice(b"true");
            rest = after.strip_prefix(b"true").or(after.strip_prefix(b"false")).unwrap_or(after);
        }
    }
    into.extend_from_slice(rest);
}
