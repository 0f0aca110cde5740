//! `limbeck redo`: takes a revision back and applies it again.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::order::Order;
use crate::cli::run::live;

/// Take a revision back and apply it again, with all that stands on it
#[derive(Debug, Args)]
pub struct RedoArgs {
    /// The revision, instead of the one that was applied last
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub target: Option<String>,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revision is not applied, or a step fails.
pub fn run(args: &RedoArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let order = Order::redo(args.target.as_deref())?;
    live(&order, args.tag.as_deref(), context)
}
