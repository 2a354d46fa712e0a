//! Schedules → the tier of each volume, and the tiers that are configured.

use super::Inference;
use crate::adopt::cadence::{Cadences, Minutes, Scheduled, cadences};
use crate::adopt::choose::{Cell, Grouping, Preferred};
use crate::adopt::subject::field;
use crate::api::mover::Side;
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Inference<'_, '_> {
    /// Tiers.
    pub(super) fn cadence(&mut self, minutes: Minutes) {
        let mut sources = Vec::new();
        for (at, subject) in self.subjects.iter().enumerate() {
            for (target, rs) in subject.sources.iter().enumerate() {
                let trigger = rs.map(|rs| &rs.spec["trigger"]);
                if let Some(cron) = trigger.and_then(|trigger| trigger["schedule"].as_str()) {
                    sources.push(Scheduled {
                        key: (at, target),
                        target,
                        cron: cron.to_owned(),
                        legacy: subject.labelled_tier().map(str::to_owned),
                    });
                }
            }
        }
        let found: Cadences<(usize, usize)> = cadences(&sources, minutes);
        let configuration = &mut self.inferred.configuration;
        configuration.tiers =
            found.tiers.into_iter().map(|(word, cron)| (word, (cron, None))).collect();
        let word = |at: usize, target: usize| {
            let manual = || {
                let rs = self.subjects[at].sources[target]?;
                rs.spec["trigger"].get("manual").map(|_| "manual".to_owned())
            };
            found.of.get(&(at, target)).map(|c| c.word.clone()).or_else(manual)
        };
        let all = 0..self.subjects.len();
        if self.targets.count() == 1 {
            self.tiers = all.clone().map(|at| word(at, 0)).collect();
            // What a label says already needs no default.
            let labelled = |at: usize| self.subjects[at].labelled_tier();
            let free = all.clone().filter(|at| labelled(*at).is_none());
            let usual = most_common(free.filter_map(|at| self.tiers[at].as_ref()));
            let meant = usual.unwrap_or_else(|| crate::desired::DEFAULT_TIER.to_owned());
            for at in all {
                let without = labelled(at).unwrap_or(&meant);
                if self.tiers[at].as_deref() != Some(without) {
                    self.inferred.marks[at].tier.clone_from(&self.tiers[at]);
                }
                let minute = found.of.get(&(at, 0)).and_then(|cadence| cadence.minute);
                self.inferred.marks[at].minutes =
                    minute.map(|minute| (None, minute)).into_iter().collect();
            }
            if meant != crate::desired::DEFAULT_TIER {
                self.set_default(field::TIER, json!(meant));
            }
            return;
        }
        let columns: Vec<Vec<Cell>> = (0..self.targets.count())
            .map(|target| {
                let cells = all.clone().filter_map(|at| {
                    self.subjects[at].sources[target]?;
                    Some(Cell {
                        subject: at,
                        target,
                        need: word(at, target).map(Value::from),
                        built_in: Some(json!(crate::desired::DEFAULT_TIER)),
                        group: None,
                    })
                });
                cells.collect()
            })
            .collect();
        for at in all {
            self.inferred.marks[at].minutes = (0..self.targets.count())
                .filter_map(|target| {
                    let minute = found.of.get(&(at, target))?.minute?;
                    Some((self.targets.name(target).map(str::to_owned), minute))
                })
                .collect();
        }
        self.settle(
            field::TIER,
            Side::Source,
            columns,
            None,
            Preferred::Literal,
            Grouping::Possible,
        );
    }
}

fn most_common<'w>(words: impl Iterator<Item = &'w String>) -> Option<String> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *counted.entry(word).or_default() += 1;
    }
    counted
        .into_iter()
        .max_by_key(|(word, count)| (*count, std::cmp::Reverse(*word)))
        .map(|(word, _)| word.to_owned())
}
