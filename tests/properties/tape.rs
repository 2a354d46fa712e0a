//! Choices from bytes. A byte of zero, and every byte after the end, is the plainest choice, so
//! that a failing stream shrinks to plain documents with one odd thing in them.

/// A tape of choices.
pub(crate) struct Tape<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Tape<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn byte(&mut self) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        usize::from(byte)
    }

    /// One of `count` choices, the first the plainest.
    pub(crate) fn pick(&mut self, count: usize) -> usize {
        self.byte() * count / 256
    }

    /// Whether something odd happens.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.byte() * 100 / 256 >= 100 - percent
    }

    pub(crate) fn choose<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.pick(choices.len())]
    }
}
