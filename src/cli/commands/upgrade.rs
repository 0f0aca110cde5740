//! `limbeck upgrade`: takes the database up.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::order::Order;
use crate::cli::run::{self, OfflineArgs};
use crate::plan::Direction;

/// Take the database up to a revision
#[derive(Debug, Args)]
pub struct UpgradeArgs {
    /// Where to go, such as head, heads, +1, 1975ea or users@head
    #[arg(value_name = "TARGET", required = true, allow_negative_numbers = true)]
    pub targets: Vec<String>,

    /// Offline mode
    #[command(flatten)]
    pub offline: OfflineArgs,
}

/// Runs the command.
///
/// # Errors
/// Fails when there is no way to the target or a step fails.
pub fn run(args: &UpgradeArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if args.offline.sql {
        return run::offline(Direction::Upgrade, &args.targets, &args.offline, context);
    }
    let order = Order::parse(Direction::Upgrade, &args.targets)?;
    run::live(&order, args.offline.tag.as_deref(), context)
}
