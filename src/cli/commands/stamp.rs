//! `limbeck stamp`: notes down where the database stands, without running anything.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::order::Order;
use crate::cli::run::{self, OfflineArgs};
use crate::plan::Direction;

/// Note down that the database stands at a revision, and run nothing
#[derive(Debug, Args)]
pub struct StampArgs {
    /// Where it stands, such as head, base, 1975ea or users@head
    #[arg(
        value_name = "REVISION",
        required = true,
        allow_negative_numbers = true
    )]
    pub targets: Vec<String>,

    /// Forget all rows of the version table first, unknown ones as well
    #[arg(long, conflicts_with = "sql")]
    pub purge: bool,

    /// Offline mode
    #[command(flatten)]
    pub offline: OfflineArgs,
}

/// Runs the command.
///
/// # Errors
/// Fails when no revision is meant or the version table cannot be written.
pub fn run(args: &StampArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if args.offline.sql {
        return run::offline(Direction::Stamp, &args.targets, &args.offline, context);
    }
    let order = Order::parse(Direction::Stamp, &args.targets)?.purge(args.purge);
    run::live(&order, args.offline.tag.as_deref(), context)
}
