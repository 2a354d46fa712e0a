//! A sentence that knows which of its words are values of somebody's manifests, so that each
//! format can show those as its readers need them: quoted, escaped, never interpreted.

use std::fmt;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words: the project's own, or those of a diagnostic.
    Words(String),
    /// A value of the manifests.
    Value(String),
}

/// A sentence in parts: lower case, no final period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sentence(Vec<Part>);

impl Sentence {
    /// Makes a sentence of words with `{}` where a value stands.
    pub fn new(words: &str, values: &[&str]) -> Self {
        let mut parts = Vec::new();
        let mut values = values.iter();
        for (n, piece) in words.split("{}").enumerate() {
            if n > 0 {
                let value = values.next().copied().unwrap_or_default();
                parts.push(Part::Value(value.to_owned()));
            }
            if !piece.is_empty() {
                parts.push(Part::Words(piece.to_owned()));
            }
        }
        debug_assert!(values.next().is_none(), "a value without a place in: {words}");
        Self(parts)
    }

    /// Makes a sentence of words alone, whatever they hold.
    pub fn plain(words: &str) -> Self {
        Self(vec![Part::Words(words.to_owned())])
    }

    /// Goes on with words in which `{}` stands for a value.
    #[must_use]
    pub fn and(self, words: &str, values: &[&str]) -> Self {
        self.then(Self::new(words, values))
    }

    /// Goes on with another sentence.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }

    /// Returns the parts.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// Values stand in backticks, without characters that would act on a terminal.
impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Words(words) => f.write_str(&visible(words)),
            Part::Value(value) => write!(f, "`{}`", visible(value)),
        })
    }
}

/// Returns a text with its control characters, and those that turn the direction of writing,
/// spelled out.
pub fn visible(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .flat_map(|c| if acts(c) { c.escape_default().collect() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Sentence, visible};

    #[test]
    fn values_stand_in_their_places() {
        let sentence = Sentence::new("from {} to {}", &["a", "b"]).and(", {} lost", &["c"]);
        assert_eq!(sentence.to_string(), "from `a` to `b`, `c` lost");
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}é"), "a\\u{1b}[31m\\u{202e}é");
    }
}
