//! `limbeck db drop`: drops the database, once it was named again.

use clap::Args;
use serde_json::json;

use crate::cli::confirm::ConfirmArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;
use crate::cli::text;
use crate::database::Interrupt;
use crate::database::whole::{self, Others};

/// Drop the database and all that is in it
#[derive(Debug, Args)]
pub struct DropArgs {
    /// The database once more
    #[command(flatten)]
    pub confirm: ConfirmArgs,

    /// End the sessions of others in it
    #[arg(long)]
    pub force: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when it is not confirmed, the server cannot be reached, others are connected to the
/// database, or the user may not.
pub fn run(args: &DropArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let settings = live::settings(context, Interrupt::default())?;
    let of = |error| Failure::of_whole(&error);
    let name = whole::name(&settings).map_err(of)?;
    if whole::exists(&settings).map_err(of)? {
        let place = text::place(&settings.location);
        let what = format!("this drops the database `{name}` with all that is in it: {place}");
        args.confirm.confirm(context.ui, name, (&what, &[]))?;
    }
    let others = match args.force {
        true => Others::Go,
        false => Others::Stay,
    };
    let dropped = whole::drop(&settings, others).map_err(of)?;
    if context.ui.json {
        context
            .ui
            .answer_json(&json!({ "database": name, "dropped": dropped }))?;
    } else if dropped {
        context.ui.talk(&format!("dropped the database {name}"));
    } else {
        context.ui.talk(&format!("there is no database {name}"));
    }
    Ok(Exit::Done)
}
