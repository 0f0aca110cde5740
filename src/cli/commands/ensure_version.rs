//! `limbeck ensure-version`: makes the version table where it is missing.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;

/// Create the version table where it is missing
#[derive(Debug, Args)]
pub struct EnsureVersionArgs {
    /// Print the SQL instead of running it
    #[arg(long)]
    pub sql: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the table cannot be created.
pub fn run(args: &EnsureVersionArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if args.sql {
        let sql = live::version_table_sql(context.config);
        context.ui.answer(&sql)?;
        return Ok(Exit::Done);
    }
    let created = live::ensure_version(context)?;
    if context.ui.json {
        context.ui.answer_json(&json!({ "created": created }))?;
    } else {
        let table = &context.config.version_table;
        let line = match created {
            true => format!("created the table {table}"),
            false => format!("the table {table} is there"),
        };
        context.ui.talk(&line);
    }
    Ok(Exit::Done)
}
