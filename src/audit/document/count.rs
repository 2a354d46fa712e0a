//! Counts over volumes, taken in one pass.

use super::{NotProtected, PerScenario, Rated, Readiness, Summary, Word};
use crate::audit::case::Standing;
use crate::audit::code::Code;
use crate::audit::finding::Outcome;
use crate::audit::operator::{ACTIONS, LABEL_SOURCES, OWNERS};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What was counted so far; each list in the order of what it counts.
#[derive(Debug)]
pub(super) struct Counts {
    total: usize,
    stale: usize,
    oldest: Option<Timestamp>,
    actions: [usize; ACTIONS.len()],
    owners: [usize; OWNERS.len()],
    label_sources: [usize; LABEL_SOURCES.len()],
    standings: [usize; Standing::ALL.len()],
    rebuild: [usize; Outcome::ALL.len()],
    recreate: [usize; Outcome::ALL.len()],
    verdicts: [usize; Code::ALL.len()],
}

impl Counts {
    /// Has counted nothing.
    pub(super) fn new() -> Self {
        Self {
            total: 0,
            stale: 0,
            oldest: None,
            actions: [0; _],
            owners: [0; _],
            label_sources: [0; _],
            standings: [0; _],
            rebuild: [0; _],
            recreate: [0; _],
            verdicts: [0; _],
        }
    }

    /// Counts a volume.
    pub(super) fn add(&mut self, rated: &Rated) {
        let [action, owner, label_source] = rated.operator.map(usize::from);
        self.total += 1;
        self.stale += usize::from(rated.stale);
        let oldest = self.oldest.map_or(rated.observed_at, |oldest| oldest.min(rated.observed_at));
        self.oldest = Some(oldest);
        self.actions[action] += 1;
        self.owners[owner] += 1;
        self.label_sources[label_source] += 1;
        self.standings[rated.standing as usize] += 1;
        self.verdicts[rated.verdict as usize] += 1;
        if rated.standing == Standing::Protected {
            self.rebuild[rated.rebuild as usize] += 1;
            self.recreate[rated.recreate as usize] += 1;
        }
    }

    /// Returns the counts that the operator makes.
    pub(super) fn summary(&self) -> Summary {
        let by = |words: &[Word], counts: &[usize]| {
            words.iter().copied().zip(counts.iter().copied()).collect()
        };
        Summary {
            total_pvcs: self.total,
            by_action: by(ACTIONS, &self.actions),
            by_owner_classification: by(OWNERS, &self.owners),
            by_label_source: by(LABEL_SOURCES, &self.label_sources),
            entries_stale: self.stale,
            oldest_evaluated_at: self.oldest.map(|oldest| oldest.to_string()),
        }
    }

    /// Returns the counts of what would come back.
    pub(super) fn readiness(&self) -> Readiness {
        let by_outcome = |counts: &[usize]| -> BTreeMap<Word, usize> {
            Outcome::ALL.iter().map(|outcome| outcome.id()).zip(counts.iter().copied()).collect()
        };
        let verdicts = Code::ALL.iter().zip(self.verdicts).filter(|(_, count)| *count > 0);
        let standing = |standing: Standing| self.standings[standing as usize];
        Readiness {
            protected: standing(Standing::Protected),
            would_restore: PerScenario {
                rebuild: self.rebuild[Outcome::Restore as usize],
                pvc_recreate: self.recreate[Outcome::Restore as usize],
            },
            by_outcome: PerScenario {
                rebuild: by_outcome(&self.rebuild),
                pvc_recreate: by_outcome(&self.recreate),
            },
            by_verdict: verdicts.map(|(code, count)| (code.id(), count)).collect(),
            not_protected: NotProtected {
                exempt: standing(Standing::Exempt),
                native: standing(Standing::Native),
                not_wanted: standing(Standing::BackupOnly) + standing(Standing::Disabled),
                undecided: standing(Standing::Undecided),
                not_in_git: standing(Standing::Unintended),
            },
        }
    }
}
