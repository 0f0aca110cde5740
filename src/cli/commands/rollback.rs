//! `limbeck rollback`: takes back what was applied last.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::order::{ExtentArgs, Order};
use crate::cli::run::live;

/// Take back what was applied last, whatever line it stands in
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// How far back
    #[command(flatten)]
    pub extent: ExtentArgs,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Fails when it is not known what was applied last, or a step fails.
pub fn run(args: &RollbackArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let order = Order::rollback(&args.extent)?;
    live(&order, args.tag.as_deref(), context)
}
