//! Why there is no plan.

use super::Direction;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::resolve::ResolveError;

/// Why a plan cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Occurs when a target does not resolve, or the database stands at an unknown revision.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Occurs when a downgrade's target is not below the database's heads.
    #[error("`{target}` is not below the database's heads ({heads}), so no downgrade leads to it")]
    NotBelow {
        /// The target as typed.
        target: String,
        /// The database's heads.
        heads: Heads,
    },
    /// Occurs when an upgrade is told to count down from the current heads, or a downgrade up.
    #[error(
        "`{target}` counts {} from the current heads, and `{command}` only goes {}",
        if *command == Direction::Upgrade { "down" } else { "up" },
        if *command == Direction::Upgrade { "up" } else { "down" }
    )]
    WrongWay {
        /// The target as typed.
        target: String,
        /// The command it was given to.
        command: Direction,
    },
    /// Occurs when two targets of a stamp are revisions of one line.
    #[error("`{lower}` is below `{upper}`; one line cannot be stamped at two revisions")]
    Overlapping {
        /// The older revision.
        lower: RevisionId,
        /// The newer revision.
        upper: RevisionId,
    },
}

impl PlanError {
    /// Returns the kind of error as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resolve(error) => error.code(),
            Self::NotBelow { .. } => "not_ancestor",
            Self::WrongWay { .. } => "invalid_target",
            Self::Overlapping { .. } => "overlapping_targets",
        }
    }

    /// Returns the names or targets that could have been meant, or that the error is about.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::Resolve(error) => error.candidates(),
            Self::NotBelow { heads, .. } => heads.iter().map(ToString::to_string).collect(),
            Self::WrongWay { .. } => Vec::new(),
            Self::Overlapping { lower, upper } => vec![lower.to_string(), upper.to_string()],
        }
    }
}
