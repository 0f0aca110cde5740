//! `limbeck ensure-version`: makes the version table where it is missing.

use clap::Args;
use serde_json::json;

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::database::{Interrupt, version_table};
use crate::execute;

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
        let create = version_table::create_offline(&live::table(context.config));
        context
            .ui
            .answer(&format!("BEGIN;\n\n{create};\n\nCOMMIT;\n\n"))?;
        return Ok(Exit::Done);
    }
    let mut database = live::open(context, Interrupt::default())?;
    let none = Catalog::load_healthy(&[]);
    let created = execute::ensure_version_table(&mut database)
        .map_err(|error| Failure::of_run(&error, &none, Asking::Stamp))?;
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
