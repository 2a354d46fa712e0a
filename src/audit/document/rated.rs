//! One volume, as it is kept.

use super::aged::{self, Later};
use super::past::{Moment, past};
use super::{Entry, Word};
use crate::audit::case::Standing;
use crate::audit::code::{Code, Severity};
use crate::audit::finding::{Outcome, Scenario};
use crate::audit::key::Key;
use crate::audit::operator::{ACTIONS, LABEL_SOURCES, OWNERS};
use crate::audit::packed::{Packed, Packer};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;
use smol_str::SmolStr;

/// One volume, as it is kept: what volumes are counted, chosen and ordered by, and beside it the
/// entry, packed.
#[derive(Debug, Clone)]
pub struct Rated {
    /// Its namespace, `?` where nothing says it, and its name.
    key: Key,
    /// The application that keeps it.
    pub app: Option<SmolStr>,
    /// What is expected of it.
    pub standing: Standing,
    /// The worst that is known of it, or that it is well.
    pub verdict: Code,
    /// How much that matters.
    pub severity: Severity,
    /// What would happen if the cluster were rebuilt.
    pub rebuild: Outcome,
    /// What would happen if the volume were recreated.
    pub recreate: Outcome,
    /// Whether the cluster was read too long ago when it was evaluated.
    pub stale: bool,
    /// Whether the last backup failed.
    pub(super) is_failing: bool,
    /// Where the operator's words for it stand in their lists: action, owner, source of labels.
    pub(super) operator: [u8; 3],
    /// When the cluster was read.
    pub observed_at: Timestamp,
    /// When the last backup succeeded.
    pub last_success: Option<Timestamp>,
    /// From when the data would be if the cluster were rebuilt.
    pub restore_point: Option<Timestamp>,
    /// From when the data would be if the volume were recreated.
    pub recreate_point: Option<Timestamp>,
    /// When the restore image was made.
    pub(super) image_made: Option<Timestamp>,
    /// What was seen of it while it was kept, oldest first.
    pub past: Box<[Moment]>,
    /// The entry as JSON.
    json: Packed,
}

impl Rated {
    /// Packs an entry.
    ///
    /// # Panics
    /// If a word of the entry is none of its closed list.
    pub fn new(entry: &Entry, packer: &Packer) -> Self {
        let readiness = &entry.restore_readiness;
        let key = Key::new(&entry.namespace, &entry.pvc);
        let image = entry.live.rd.as_ref().filter(|rd| rd.latest_image.is_some());
        Self {
            app: entry.intent.app.as_ref().map(SmolStr::new),
            standing: among(Standing::ALL, Standing::id, entry.intent.standing),
            verdict: among(Code::ALL, Code::id, readiness.verdict),
            severity: among(Severity::ALL, Severity::id, readiness.severity),
            rebuild: among(Outcome::ALL, Outcome::id, readiness.rebuild),
            recreate: among(Outcome::ALL, Outcome::id, readiness.pvc_recreate),
            stale: entry.stale,
            is_failing: entry.backup.result.as_deref() == Some("Failed"),
            operator: [
                place(ACTIONS, entry.action),
                place(OWNERS, entry.owner_classification),
                place(LABEL_SOURCES, entry.label_source),
            ],
            observed_at: entry.evaluated_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            last_success: time(entry.backup.last_success.as_ref()),
            restore_point: time(readiness.restore_point.as_ref()),
            recreate_point: time(readiness.recreate_point.as_ref()),
            image_made: time(image.and_then(|rd| rd.last_sync.as_ref())),
            past: Box::default(),
            json: packer.pack_json(entry, &key),
            key,
        }
    }

    /// Remembers what was seen of the volume until now.
    #[must_use]
    pub(in crate::audit) fn after(mut self, before: Option<&Self>, now: Timestamp) -> Self {
        self.past = past(before, &self, now);
        self
    }

    /// Returns its namespace and its name.
    pub fn name(&self) -> (&str, &str) {
        (self.namespace(), self.pvc())
    }

    /// Returns its namespace; `?` where nothing says it.
    pub fn namespace(&self) -> &str {
        self.key.namespace()
    }

    /// Returns its name, without its namespace.
    pub fn pvc(&self) -> &str {
        self.key.name()
    }

    /// Returns its namespace and its name, by themselves.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns what would happen in a scenario.
    pub fn outcome(&self, scenario: Scenario) -> Outcome {
        match scenario {
            Scenario::Rebuild => self.rebuild,
            Scenario::Recreate => self.recreate,
        }
    }

    /// Returns from when the data would be in a scenario.
    pub fn point(&self, scenario: Scenario) -> Option<Timestamp> {
        match scenario {
            Scenario::Rebuild => self.restore_point,
            Scenario::Recreate => self.recreate_point,
        }
    }

    /// Unpacks the entry, as it was when it was evaluated.
    ///
    /// # Panics
    /// Never: what was packed was an entry.
    pub fn entry(&self) -> Entry {
        self.json.json()
    }

    /// Unpacks the entry as JSON, as it was when it was evaluated.
    pub fn json(&self) -> Value {
        self.json.json()
    }

    /// Writes the entry's JSON as of later.
    pub fn write(&self, later: Later, into: &mut Vec<u8>) {
        aged::write(&self.json.text(), later, into);
    }
}

impl Serialize for Rated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entry().serialize(serializer)
    }
}

fn time(text: Option<&String>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// Returns what a word was written from.
fn among<T: Copy>(all: &[T], id: fn(T) -> Word, word: Word) -> T {
    let found = all.iter().copied().find(|one| id(*one) == word);
    found.unwrap_or_else(|| panic!("`{word}` is no word of its list"))
}

/// Returns where a word stands in its list.
fn place(words: &[Word], word: Word) -> u8 {
    let found = words.iter().position(|known| *known == word);
    let found = found.and_then(|at| u8::try_from(at).ok());
    found.unwrap_or_else(|| panic!("`{word}` is no word of its list"))
}
