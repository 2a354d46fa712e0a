//! Words of closed lists, read back as what they were written from.

use crate::api::mode::Mode;
use crate::audit::case::Standing;
use crate::audit::code::{Code, Severity};
use crate::audit::finding::{Outcome, Scenario};
use crate::audit::operator::{ACTIONS, LABEL_SOURCES, OWNERS};
use crate::audit::verdict::DataEvidence;
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// A word of a closed list.
pub type Word = &'static str;

macro_rules! readers {
    ($($name:ident: $known:expr;)+) => {$(
        pub(super) fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
            deserializer.deserialize_str(Known($known))
        }
    )+};
}

readers! {
    mode: Mode::ALL.iter().map(|mode| mode.id());
    label_source: LABEL_SOURCES.iter().copied();
    owner: OWNERS.iter().copied();
    action: ACTIONS.iter().copied();
    intent_source: ["git", "none"].into_iter();
    standing: Standing::ALL.iter().map(|standing| standing.id());
    verdict: Code::ALL.iter().map(|code| code.id());
    severity: Severity::ALL.iter().map(|severity| severity.id());
    outcome: Outcome::ALL.iter().map(|outcome| outcome.id());
    scenario: Scenario::ALL.iter().map(|scenario| scenario.id()).chain(["both"]);
    data_evidence: DataEvidence::ALL.iter().map(|evidence| evidence.id());
}

/// Takes one of these words.
struct Known<I>(I);

impl<I: Iterator<Item = Word>> Visitor<'_> for Known<I> {
    type Value = Word;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a known word")
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<Word, E> {
        let found = self.0.find(|word| *word == text);
        found.ok_or_else(|| E::custom(format_args!("there is no word `{text}` here")))
    }
}
