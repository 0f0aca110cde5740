//! What is asked of a database: where to take it, or what to note down.

use super::failure::Failure;
use super::hint::Asking;
use crate::graph::RevisionGraph;
use crate::heads::Heads;
use crate::plan::{self, Plan};
use crate::target::Target;

/// A command that plans: `upgrade`, `downgrade` or `stamp`, with its targets.
#[derive(Clone, Debug)]
pub struct Order {
    asking: Asking,
    targets: Vec<Target>,
    purge: bool,
}

impl Order {
    /// Reads the targets.
    ///
    /// # Errors
    /// Fails when one is no target.
    pub fn parse(asking: Asking, targets: &[String], purge: bool) -> Result<Self, Failure> {
        let parse = |text: &String| {
            Target::parse(text).map_err(|error| Failure::of_target(&error, asking))
        };
        Ok(Self {
            asking,
            targets: targets.iter().map(parse).collect::<Result<_, _>>()?,
            purge,
        })
    }

    /// Plans it from these heads.
    ///
    /// # Errors
    /// Fails when there is no way to the targets.
    pub fn plan(&self, graph: &RevisionGraph, from: &Heads) -> Result<Plan, Failure> {
        let plan = match self.asking {
            Asking::Downgrade => plan::downgrade(graph, from, &self.targets),
            Asking::Stamp => plan::stamp(graph, from, &self.targets, if self.purge { plan::Purge::All } else { plan::Purge::Keep }),
            _ => plan::upgrade(graph, from, &self.targets),
        };
        plan.map_err(|error| Failure::of_plan(&error, graph, self.asking))
    }
}
