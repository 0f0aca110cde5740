//! Why something cannot be written as SQL, on its way up to the line it stands on.
//!
//! Most of what is read has no line of its own: a name is a text, a flag is a truth value. A refusal
//! takes the line of the innermost object around it, and in the end that of the action.

use crate::translate::Untranslated;

pub(super) type Result<T> = std::result::Result<T, Refusal>;

/// Why something cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    line: Option<u32>,
    reason: String,
}

impl Refusal {
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            line: None,
            reason: reason.into(),
        }
    }

    /// Returns it with the line of the action, where nothing inside had one.
    pub fn within(self, line: u32) -> Untranslated {
        Untranslated::new(self.line.unwrap_or(line), self.reason)
    }
}

/// Refuses, for a reason that continues a sentence about the revision.
pub(super) fn refuse<T>(reason: impl Into<String>) -> Result<T> {
    Err(Refusal::new(reason))
}

pub(super) trait At {
    /// Says where it stands, if nothing inside of it said so.
    fn at(self, line: u32) -> Self;
}

impl<T> At for Result<T> {
    fn at(self, line: u32) -> Self {
        self.map_err(|refusal| Refusal {
            line: refusal.line.or(Some(line)),
            ..refusal
        })
    }
}
