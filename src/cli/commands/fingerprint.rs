//! `limbeck fingerprint`: one number for the schema of a database.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;
use crate::cli::schema::{self, AspectArgs, ScopeArgs};
use crate::database::Interrupt;

/// Print a number that two databases share if they have the same schema
#[derive(Debug, Args)]
pub struct FingerprintArgs {
    /// What part of the database
    #[command(flatten)]
    pub scope: ScopeArgs,

    /// What counts
    #[command(flatten)]
    pub aspects: AspectArgs,
}

/// Runs the command.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn run(args: &FingerprintArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let mut database = live::open(context, Interrupt::default())?;
    let scope = args.scope.scope();
    let model = schema::read(&mut database, &scope)?;
    schema::refuse_unknown(&model, &scope)?;
    let fingerprint = crate::schema::fingerprint(&model, &args.aspects.aspects());
    if context.ui.json {
        let object = json!({ "fingerprint": fingerprint, "objects": model.objects.len() });
        context.ui.answer_json(&object)?;
    } else {
        context.ui.answer(&format!("{fingerprint}\n"))?;
    }
    Ok(Exit::Done)
}
