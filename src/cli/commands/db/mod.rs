//! `limbeck db`: the database itself, apart from its revisions.

pub mod config;
pub mod create;
pub mod drop;
pub mod test;
pub mod wait;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Test, create, drop or wait for the database, and show how it is configured
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub struct DbArgs {
    /// What to do
    #[command(subcommand)]
    pub command: DbCommand,
}

/// What to do with the database itself.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "the help text stands at each command's arguments"
)]
pub enum DbCommand {
    Test(test::TestArgs),
    Config(config::ConfigArgs),
    Create(create::CreateArgs),
    Drop(drop::DropArgs),
    Wait(wait::WaitArgs),
}

/// Runs the command.
///
/// # Errors
/// Fails as the command that is meant.
pub fn run(args: &DbArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match &args.command {
        DbCommand::Test(args) => test::run(args, context),
        DbCommand::Config(args) => config::run(args, context),
        DbCommand::Create(args) => create::run(args, context),
        DbCommand::Drop(args) => drop::run(args, context),
        DbCommand::Wait(args) => wait::run(args, context),
    }
}
