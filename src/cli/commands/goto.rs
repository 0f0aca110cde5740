//! `limbeck goto`: takes the database to exactly one place, whichever way that is.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::order::Order;
use crate::cli::run::live;

/// Take the database to exactly this revision, up or down
#[derive(Debug, Args)]
pub struct GotoArgs {
    /// Where to go, such as head, base, 1975ea or users@head
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub target: String,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Fails when there is no way to the target, another line would have to go, or a step fails.
pub fn run(args: &GotoArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let order = Order::goto(&args.target)?;
    live(&order, args.tag.as_deref(), context)
}
