//! What a command's exit code says.

/// What a command's exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a volume is in trouble.
    Trouble,
    /// 2: the command could not run: its arguments, configuration or input cannot be read.
    CouldNotRun,
}

impl Exit {
    /// Returns the code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Trouble => 1,
            Self::CouldNotRun => 2,
        }
    }
}
