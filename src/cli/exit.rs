//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or there was nothing to do.
    Done,
    /// Refused or failed; the database is as it was.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Stopped part-way; the database has changed.
    Stopped,
    /// The question was answered, and the answer is no.
    No,
}

impl Exit {
    /// Returns the number that the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Stopped => 3,
            Self::No => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
