//! Why there is no plan.

use super::{Direction, Plan};
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
    /// Occurs when a revision is needed and the target is a base.
    #[error("`{target}` names no revision")]
    NoRevision {
        /// The target as typed.
        target: String,
    },
    /// Occurs when something is to be taken back and nothing is applied.
    #[error("nothing is applied, so there is nothing to take back")]
    NothingApplied,
    /// Occurs when more is to be taken back than is applied.
    #[error(
        "{steps} steps back are too many: {} applied",
        if *applied == 1 { "only 1 revision is".to_owned() } else { format!("only {applied} revisions are") }
    )]
    TooManySteps {
        /// How many steps were asked for.
        steps: u32,
        /// How many revisions are applied.
        applied: u32,
    },
    /// Occurs when a revision that is to be kept, or taken back, is not applied.
    #[error("`{revision}` is not applied")]
    NotApplied {
        /// The revision.
        revision: RevisionId,
        /// The database's heads.
        heads: Heads,
    },
    /// Occurs when a revision is declared not to be applied, and others that stand on it are.
    #[error("`{revision}` counts as applied, because {} stand{} on it", quoted(by), if by.len() == 1 { "s" } else { "" })]
    StillNeeded {
        /// The revision.
        revision: RevisionId,
        /// What stands on it.
        by: Vec<RevisionId>,
    },
    /// Occurs when what was applied last is to be taken back, and nobody knows which that was.
    #[error("which of {} was applied last is not known", quoted(revisions))]
    OrderUnknown {
        /// Those that may have been.
        revisions: Vec<RevisionId>,
    },
    /// Occurs when going to a revision would take back others that do not stand on it, while the
    /// database also stands in the revision's own line or in several others.
    #[error(
        "going to exactly `{target}` would take back {}, which {} not stand on it",
        quoted(others),
        if others.len() == 1 { "does" } else { "do" }
    )]
    OtherLines {
        /// The target as typed.
        target: String,
        /// The revisions.
        others: Vec<RevisionId>,
        /// What going there would be.
        plan: Box<Plan>,
    },
}

fn quoted(revisions: &[RevisionId]) -> String {
    let quoted: Vec<String> = revisions.iter().map(|r| format!("`{r}`")).collect();
    match &quoted[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}

impl PlanError {
    /// Returns the kind of error as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resolve(error) => error.code(),
            Self::NotBelow { .. } => "not_ancestor",
            Self::WrongWay { .. } | Self::NoRevision { .. } => "invalid_target",
            Self::NothingApplied | Self::NotApplied { .. } => "not_applied",
            Self::TooManySteps { .. } => "walked_too_far",
            Self::StillNeeded { .. } => "still_needed",
            Self::OrderUnknown { .. } => "ambiguous_walk",
            Self::OtherLines { .. } => "other_lines",
            Self::Overlapping { .. } => "overlapping_targets",
        }
    }

    /// Returns the names or targets that could have been meant, or that the error is about.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::Resolve(error) => error.candidates(),
            Self::NotBelow { heads, .. } | Self::NotApplied { heads, .. } => {
                heads.iter().map(ToString::to_string).collect()
            }
            Self::WrongWay { .. }
            | Self::NoRevision { .. }
            | Self::NothingApplied
            | Self::TooManySteps { .. } => Vec::new(),
            Self::OrderUnknown { revisions } => {
                revisions.iter().map(|one| format!("{one}@-1")).collect()
            }
            Self::StillNeeded { by, .. } => by.iter().map(ToString::to_string).collect(),
            Self::OtherLines { others, .. } => others.iter().map(ToString::to_string).collect(),
            Self::Overlapping { lower, upper } => vec![lower.to_string(), upper.to_string()],
        }
    }
}
