//! How long to wait after a failure: longer each time, never in step with others.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

/// No server may put the daemon off for longer.
const LONGEST_ASKED: Duration = Duration::from_mins(5);

/// Pauses that double.
#[derive(Debug)]
pub(super) struct Pause {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pause {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// Starts again with the first pause.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    /// Returns the next pause, which is not shorter than the server asks for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let pause = spread(self.next);
        self.next = (self.next * 2).min(self.longest);
        pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

/// Returns between half of a duration and all of it.
pub(super) fn spread(duration: Duration) -> Duration {
    // The keys of a hash table are what the standard library has of chance.
    let chance = RandomState::new().build_hasher().finish() % 1000;
    duration / 2 + duration / 2 * u32::try_from(chance).unwrap_or_default() / 1000
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_ASKED, Pause};
    use std::time::Duration;

    #[test]
    fn pauses_grow_up_to_the_longest_and_honour_what_is_asked() {
        let seconds = Duration::from_secs;
        let mut pause = Pause::new(seconds(1), seconds(4));
        for longest in [1, 2, 4, 4] {
            let next = pause.next(None);
            assert!(next >= seconds(longest) / 2 && next <= seconds(longest), "{next:?}");
        }
        assert_eq!(pause.next(Some(seconds(60))), seconds(60));
        assert_eq!(pause.next(Some(seconds(6000))), LONGEST_ASKED);
        pause.reset();
        assert!(pause.next(None) <= seconds(1));
    }
}
