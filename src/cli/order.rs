//! What is asked of a database: where to take it, or what to note down.

use clap::Args;

use super::failure::Failure;
use super::hint::Asking;
use crate::graph::RevisionGraph;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::{Direction, Extent, Plan, Purge, Request};
use crate::target::Target;

/// Options of `rollback`.
#[derive(Clone, Debug, Default, Args)]
pub struct ExtentArgs {
    /// How many revisions, instead of the last one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,

    /// All that was applied after this revision, which stays; base takes back everything
    #[arg(
        long,
        value_name = "REVISION",
        allow_negative_numbers = true,
        conflicts_with = "steps"
    )]
    pub to: Option<String>,
}

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
        let targets = targets.iter().map(|text| target(text, asking));
        let request = Request::new(direction, targets.collect::<Result<_, _>>()?);
        Ok(Self { asking, request })
    }

    /// The same with the version table emptied first.
    #[must_use]
    pub fn purge(mut self, purge: bool) -> Self {
        if let (true, Request::Stamp(_, keep)) = (purge, &mut self.request) {
            *keep = Purge::All;
        }
        self
    }

    /// Reads the options of `rollback`.
    ///
    /// # Errors
    /// Fails when what is to stay is no target.
    pub fn rollback(args: &ExtentArgs) -> Result<Self, Failure> {
        let asking = Asking::Rollback;
        let extent = match &args.to {
            Some(text) => Extent::To(target(text, asking)?),
            None => Extent::Steps(args.steps.unwrap_or(1)),
        };
        let request = Request::Rollback(extent);
        Ok(Self { asking, request })
    }

    /// Reads the target of `goto`.
    ///
    /// # Errors
    /// Fails when it is none.
    pub fn goto(text: &str) -> Result<Self, Failure> {
        let asking = Asking::Goto;
        let request = Request::Goto(target(text, asking)?);
        Ok(Self { asking, request })
    }

    /// Reads the target of `redo`, where there is one.
    ///
    /// # Errors
    /// Fails when it is none.
    pub fn redo(text: Option<&str>) -> Result<Self, Failure> {
        let asking = Asking::Redo;
        let target = text.map(|text| target(text, asking)).transpose()?;
        let request = Request::Redo(target);
        Ok(Self { asking, request })
    }

    /// Plans it from these heads; when they were applied is not known.
    ///
    /// # Errors
    /// Fails when there is no way to the targets.
    pub fn plan(&self, graph: &RevisionGraph, from: &Heads) -> Result<Plan, Failure> {
        let order: &[RevisionId] = &[];
        let plan = self.request.plan(graph, from, order);
        plan.map_err(|error| Failure::of_plan(&error, graph, self.asking))
    }
}

fn target(text: &str, asking: Asking) -> Result<Target, Failure> {
    Target::parse(text).map_err(|error| Failure::of_target(&error, asking))
}
