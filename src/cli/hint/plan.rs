//! Why there is no plan, with what to do about it.

use super::{Asking, candidates};
use crate::cli::failure::Failure;
use crate::graph::RevisionGraph;
use crate::plan::{Direction, PlanError};

impl Failure {
    /// Tells of a target that there is no way to.
    #[must_use]
    pub fn of_plan(error: &PlanError, graph: &RevisionGraph, asking: Asking) -> Self {
        Self::tell_plan(error, graph, asking).because(error)
    }

    fn tell_plan(error: &PlanError, graph: &RevisionGraph, asking: Asking) -> Self {
        let failure = Self::new(error.code(), error.to_string())
            .candidates(candidates(graph, &error.candidates()));
        match error {
            PlanError::Resolve(error) => Self::of_resolve(error, graph, asking),
            PlanError::NotBelow { target, .. } => failure.hint(format!(
                "`limbeck plan upgrade {target}` shows whether it is above"
            )),
            PlanError::WrongWay { target, command } => {
                let other = match command {
                    Direction::Upgrade => "downgrade",
                    Direction::Downgrade | Direction::Stamp => "upgrade",
                };
                failure.hint(format!("`limbeck {other} {target}` goes there"))
            }
            PlanError::Overlapping { upper, .. } => failure.hint(format!(
                "`limbeck stamp {upper}` says that everything below it is applied, too"
            )),
            PlanError::NoRevision { .. } => {
                failure.hint(format!("`limbeck {} head`, for example", asking.command()))
            }
            PlanError::NotApplied { .. } | PlanError::TooManySteps { .. } => {
                failure.hint("`limbeck status` shows what is applied")
            }
            PlanError::NothingApplied => failure,
            PlanError::StillNeeded { .. } => failure
                .hint("`limbeck current` shows where the database stands; `limbeck stamp` moves it"),
            PlanError::OrderUnknown { revisions } => failure
                .hints(
                    revisions
                        .first()
                        .map(|one| format!("`limbeck downgrade {one}@-1` takes one of them back")),
                )
                .hint("only the ledger knows when a revision was applied, and only of what limbeck applied"),
            PlanError::OtherLines { target, plan, .. } => {
                let steps = plan.steps.iter();
                let up = plan
                    .steps
                    .iter()
                    .any(|step| step.direction == Direction::Upgrade);
                let command = if up { "upgrade" } else { "downgrade" };
                let lines = steps.map(|step| format!("  {}", step.display(graph)));
                let mut failure = failure.hint(format!(
                    "`limbeck {command} {target}` goes there and leaves other lines as they are"
                ));
                failure.details.push("the plan would be".to_owned());
                failure.details.extend(lines);
                failure
            }
        }
    }
}
