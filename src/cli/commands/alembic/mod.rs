//! `limbeck alembic`: what there is of an Alembic project's revisions, and the way out of Python.

mod eject;
mod report;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Look at revisions in Python, or write them in SQL
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub struct AlembicArgs {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do with revisions in Python.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "the help text stands at each command's arguments"
)]
pub enum What {
    Report(report::ReportArgs),
    Eject(eject::EjectArgs),
}

/// Runs the command.
///
/// # Errors
/// Fails as the one that was named.
pub fn run(args: &AlembicArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match &args.what {
        What::Report(args) => report::run(args, context),
        What::Eject(args) => eject::run(args, context),
    }
}
