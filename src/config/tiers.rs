//! How often a volume is backed up, by the word on its label.

use super::cron::Cron;
use serde_json::Value;

/// What a tier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tier {
    /// Backed up by a schedule.
    Scheduled {
        /// When.
        cron: Cron,
        /// How many backups are kept; without it the defaults say.
        retain: Option<Value>,
    },
    /// Backed up on demand.
    Manual,
    /// Neither backed up nor restored.
    Disabled,
}

/// Every tier by its word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers(Vec<(String, Tier)>);

impl Default for Tiers {
    fn default() -> Self {
        let tier = |word: &str, cron: &str| {
            (word.to_owned(), Tier::Scheduled { cron: Cron::built_in(cron), retain: None })
        };
        Self(vec![
            tier("hourly", "{minute} * * * *"),
            tier("daily", "{minute} 2 * * *"),
            tier("weekly", "{minute} 2 * * 0"),
            ("manual".to_owned(), Tier::Manual),
            ("disabled".to_owned(), Tier::Disabled),
        ])
    }
}

impl Tiers {
    /// Returns the tier of a word in lower case.
    pub fn get(&self, word: &str) -> Option<&Tier> {
        self.iter().find(|(known, _)| *known == word).map(|(_, tier)| tier)
    }

    /// Returns every word: the built-in ones, then the configured ones by the alphabet.
    pub fn words(&self) -> Vec<&str> {
        self.iter().map(|(word, _)| word).collect()
    }

    /// Returns every tier with its word.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Tier)> {
        self.0.iter().map(|(word, tier)| (word.as_str(), tier))
    }

    /// Defines a tier, or redefines it.
    pub(super) fn set(&mut self, word: &str, tier: Tier) {
        if let Some(known) = self.0.iter_mut().find(|(known, _)| known == word) {
            known.1 = tier;
            return;
        }
        let built_in = Self::default().0.len();
        let later = self.0[built_in..].partition_point(|(known, _)| known.as_str() < word);
        self.0.insert(built_in + later, (word.to_owned(), tier));
    }
}

#[cfg(test)]
mod tests {
    use super::{Cron, Tier, Tiers};

    #[test]
    fn built_in_schedules_are_valid() {
        for (word, tier) in Tiers::default().iter() {
            if let Tier::Scheduled { cron, .. } = tier {
                assert_eq!(Cron::parse(cron.template()).as_ref(), Ok(cron), "{word}");
            }
        }
    }

    #[test]
    fn words_keep_an_order() {
        let mut tiers = Tiers::default();
        for word in ["nightly", "daily", "b", "fast"] {
            tiers.set(word, Tier::Manual);
        }
        let words = tiers.words().join(" ");
        assert_eq!(words, "hourly daily weekly manual disabled b fast nightly");
        assert_eq!(tiers.get("daily"), Some(&Tier::Manual));
        assert_eq!(tiers.get("monthly"), None);
    }
}
