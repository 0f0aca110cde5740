//! What is asked of a database: where to take it, or what to note down.

use super::failure::Failure;
use super::hint::Asking;
use crate::execute::Request;
use crate::graph::RevisionGraph;
use crate::heads::Heads;
use crate::plan::{Direction, Plan, Purge};
use crate::target::Target;

/// A request, and the command that it is told with.
#[derive(Clone, Debug)]
pub struct Order {
    /// The command.
    pub asking: Asking,
    /// The request.
    pub request: Request,
}

impl Order {
    /// Reads the targets of `upgrade`, `downgrade` or `stamp`.
    ///
    /// # Errors
    /// Fails when one is no target.
    pub fn parse(direction: Direction, targets: &[String]) -> Result<Self, Failure> {
        let asking = Asking::of(direction);
        let parse =
            |text: &String| Target::parse(text).map_err(|error| Failure::of_target(&error, asking));
        let targets = targets.iter().map(parse).collect::<Result<_, _>>()?;
        let request = Request::new(direction, targets);
        Ok(Self { asking, request })
    }

    /// The same with the version table emptied first.
    #[must_use]
    pub fn purge(mut self, purge: bool) -> Self {
        if purge {
            self.request.purge = Purge::All;
        }
        self
    }

    /// Plans it from these heads.
    ///
    /// # Errors
    /// Fails when there is no way to the targets.
    pub fn plan(&self, graph: &RevisionGraph, from: &Heads) -> Result<Plan, Failure> {
        let plan = self.request.plan(graph, from);
        plan.map_err(|error| Failure::of_plan(&error, graph, self.asking))
    }
}
