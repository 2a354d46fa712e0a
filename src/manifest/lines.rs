//! Which line an offset stands on, without counting from the start each time.

use std::ops::Range;

/// Inputs are gone through in windows of so many bytes: one stays in a core's cache while
/// everything that is looked for is looked for in it.
pub(super) const WINDOW: usize = 256 << 10;

/// Inputs of fewer windows than this are gone through on one core.
pub(super) const MANY_WINDOWS: usize = 16;

/// Returns the windows of a text.
pub(super) fn windows(text: &str) -> Vec<Range<usize>> {
    (0..text.len()).step_by(WINDOW).map(|at| at..(at + WINDOW).min(text.len())).collect()
}

/// Lines are counted in steps of so many bytes, of which a window has a whole number.
const STEP: usize = 16 << 10;

/// Counts the line feeds in each step of a window.
pub(super) fn counts(window: &[u8]) -> Vec<usize> {
    window.chunks(STEP).map(count).collect()
}

/// The number of line feeds before each step of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    before: Vec<usize>,
}

impl Lines {
    /// Makes the lines of a text from the line feeds in each step.
    pub(super) fn new(counts: impl Iterator<Item = usize>) -> Self {
        let mut sum = 0;
        let before = counts
            .map(|count| {
                sum += count;
                sum - count
            })
            .collect();
        Self { before }
    }

    /// Returns the line of an offset, from 1.
    pub(super) fn at(&self, text: &str, offset: usize) -> usize {
        let step = (offset / STEP).min(self.before.len().saturating_sub(1));
        let before = self.before.get(step).copied().unwrap_or_default();
        1 + before + count(&text.as_bytes()[step * STEP..offset])
    }
}

fn count(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use super::{Lines, STEP, WINDOW, count, counts, windows};

    #[test]
    fn lines_are_those_counted_from_the_start() {
        let text = "a\nbc\n\ndefgh\n".repeat(WINDOW / 5);
        let windows = windows(&text).into_iter();
        let lines = Lines::new(windows.flat_map(|window| counts(&text.as_bytes()[window])));
        for offset in [
            0,
            1,
            2,
            STEP - 1,
            STEP,
            STEP + 7,
            WINDOW - 1,
            WINDOW,
            WINDOW + 1,
            2 * WINDOW,
            text.len(),
        ] {
            assert_eq!(lines.at(&text, offset), 1 + count(&text.as_bytes()[..offset]), "{offset}");
        }
        assert_eq!(Lines::default().at("", 0), 1);
    }
}
