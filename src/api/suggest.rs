//! "Did you mean": the known word that a misspelt one most likely stands for.

/// Returns the candidate that a misspelt word most likely stands for.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let shortened = word.len() > 3 && candidate.starts_with(&word);
        let near = strsim::normalized_damerau_levenshtein(&word, &candidate);
        // The same letters in another order: `dayli`.
        let shuffled = letters(&word) == letters(&candidate);
        if shortened || shuffled { near.max(0.9) } else { near }
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.65)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Returns the candidate that a misspelt word stands for, where it is one or two slips away and no
/// other is: so sure that it can be written down.
pub fn only_near<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let slips = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let mut near = candidates.into_iter().filter(|candidate| slips(candidate) <= 2);
    let first = near.next().filter(|candidate| word.len() > 3 && candidate.len() > 3)?;
    near.next().is_none().then_some(first)
}

fn letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::{nearest, only_near};

    #[test]
    fn suggestions_are_near() {
        assert_eq!(nearest("tierz", ["tiers", "mode"]), Some("tiers"));
        assert_eq!(nearest("STRICT", ["strict"]), Some("strict"));
        assert_eq!(nearest("stream", ["documentSize", "streamSize"]), Some("streamSize"));
        assert_eq!(nearest("mover", ["mode"]), None);
        assert_eq!(nearest("profiles", ["repository", "mode"]), None);
    }

    #[test]
    fn only_what_can_mean_one_thing_is_sure() {
        assert_eq!(only_near("enabld", ["enabled", "tier"]), Some("enabled"));
        assert_eq!(only_near("teir", ["enabled", "tier"]), Some("tier"));
        assert_eq!(only_near("gid", ["uid", "gids"]), None);
        assert_eq!(only_near("enables", ["enabled", "enabler"]), None);
        assert_eq!(only_near("manage", ["manage-volsync"]), None);
    }

    #[test]
    fn shuffled_letters_are_seen() {
        assert_eq!(nearest("dayli", ["hourly", "daily"]), Some("daily"));
        assert_eq!(nearest("wekly", ["hourly", "weekly"]), Some("weekly"));
        assert_eq!(nearest("nightly", ["hourly", "daily", "weekly"]), None);
    }
}
