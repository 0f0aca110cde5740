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
}
