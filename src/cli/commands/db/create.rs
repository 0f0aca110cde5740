//! `limbeck db create`: creates the database where it is missing.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;
use crate::database::{Interrupt, whole};

/// Create the database where it is missing
#[derive(Debug, Args)]
pub struct CreateArgs {}

/// Runs the command.
///
/// # Errors
/// Fails when the server cannot be reached, or the user may not.
pub fn run(_: &CreateArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let settings = live::settings(context, Interrupt::default())?;
    let of = |error| Failure::of_whole(&error);
    let name = whole::name(&settings).map_err(of)?;
    let created = whole::create(&settings).map_err(of)?;
    if context.ui.json {
        context
            .ui
            .answer_json(&json!({ "database": name, "created": created }))?;
    } else if created {
        context.ui.talk(&format!("created the database {name}"));
    } else {
        context.ui.talk(&format!("the database {name} is there"));
    }
    Ok(Exit::Done)
}
