//! What is asked of a database, before it is known where that stands.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use super::{Outcome, PlanError, Purge, downgrade, goto, redo, rollback, stamp, upgrade};
use crate::graph::RevisionGraph;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::Plan;
use crate::script::Direction;
use crate::target::Target;

/// What is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {
    /// Up to all targets, with everything they need.
    Upgrade(Vec<Target>),
    /// Down to all targets: what stands on them goes.
    Downgrade(Vec<Target>),
    /// The version table says so, and nothing runs.
    Stamp(Vec<Target>, Purge),
    /// A stamp of what another tool has applied.
    Adopt(Adopted),
    /// Back in time: what was applied last goes first.
    Rollback(Extent),
    /// Exactly there: up, down, or down and then up.
    Goto(Target),
    /// Down and up again: the target and what stands on it, or what was applied last.
    Redo(Option<Target>),
}

/// What another tool has applied.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The uppermost of these revisions.
    pub targets: Vec<Target>,
    /// The heads for which they were found; a database that stands elsewhere meanwhile is refused.
    pub from: Heads,
    /// When they were applied, as far as the tool noted it down.
    pub applied_at: AppliedAt,
    /// Revisions that stay as they are here, and of which their tools are to be told.
    pub told: Vec<(RevisionId, Outcome)>,
}

/// When revisions were applied.
pub type AppliedAt = BTreeMap<RevisionId, DateTime<FixedOffset>>;

/// How far back in time.
#[derive(Clone, Debug)]
pub enum Extent {
    /// So many revisions.
    Steps(u32),
    /// All that was applied after this revision, which stays.
    To(Target),
}

impl Request {
    /// A request for one direction; a stamp keeps rows of other lines.
    #[must_use]
    pub fn new(direction: Direction, targets: Vec<Target>) -> Self {
        match direction {
            Direction::Upgrade => Self::Upgrade(targets),
            Direction::Downgrade => Self::Downgrade(targets),
            Direction::Stamp => Self::Stamp(targets, Purge::Keep),
        }
    }

    /// Returns true where no revision runs.
    #[must_use]
    pub fn is_stamp(&self) -> bool {
        matches!(self, Self::Stamp(..) | Self::Adopt(_))
    }

    /// Returns true where revisions may be taken back, or forgotten, so that one whose file is gone
    /// may take part.
    #[must_use]
    pub fn goes_down(&self) -> bool {
        !matches!(self, Self::Upgrade(_))
    }

    /// Returns true where the plan depends on the order in which revisions were applied.
    #[must_use]
    pub fn needs_order(&self) -> bool {
        matches!(self, Self::Rollback(_) | Self::Redo(None))
    }

    /// Plans the way from these heads.
    ///
    /// `order` lists the revisions that are applied by when they were, oldest first, as far as that
    /// is known; only requests that [need it](Self::needs_order) look at it.
    ///
    /// # Errors
    /// Fails when there is no such way.
    pub fn plan(
        &self,
        graph: &RevisionGraph,
        heads: &Heads,
        order: &[RevisionId],
    ) -> Result<Plan, PlanError> {
        match self {
            Self::Upgrade(targets) => upgrade(graph, heads, targets),
            Self::Downgrade(targets) => downgrade(graph, heads, targets),
            Self::Stamp(targets, purge) => stamp(graph, heads, targets, *purge),
            Self::Adopt(adopted) => stamp(graph, heads, &adopted.targets, Purge::Keep),
            Self::Rollback(extent) => rollback(graph, heads, order, extent),
            Self::Goto(target) => goto(graph, heads, target),
            Self::Redo(target) => redo(graph, heads, order, target.as_ref()),
        }
    }
}
