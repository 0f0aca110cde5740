//! `limbeck reset`: drops what the revisions made and runs all of them again.

use clap::Args;
use serde_json::json;

use crate::cli::bridge;
use crate::cli::confirm::ConfirmArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::handover;
use crate::cli::hint::{Asking, named};
use crate::cli::json;
use crate::cli::live;
use crate::cli::progress::Progress;
use crate::cli::project;
use crate::cli::run::{options, stop_on_signal, tell};
use crate::cli::text::{self, count};
use crate::database::about::About;
use crate::database::held::Held;
use crate::database::{Database, Interrupt};
use crate::execute::{self, Reset, ResetError, RunError, Strangers, Survey};

/// Drop what the revisions have made, data included, and run all of them again
///
/// What they made is read off their SQL and off the ledger's. Nothing is dropped while there is
/// something in their schemas that none of them makes.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// The database once more
    #[command(flatten)]
    pub confirm: ConfirmArgs,

    /// Drop what no revision makes as well
    #[arg(long)]
    pub with_unknown: bool,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Fails when it is not confirmed, something would go that no revision makes, the server refuses,
/// or a step fails.
pub fn run(args: &ResetArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
    if handover::is_needed(context, graph) {
        return handover::run(context);
    }
    let interrupt = Interrupt::default();
    let mut database = live::open(context, interrupt.clone())?;
    let tag = args.tag.as_deref().unwrap_or("reset");
    let mut options = options(context, Some(tag));
    options.bridge = bridge::of(context);
    let of = |error: ResetError| Failure::of_reset(&error, &catalog);
    let survey = execute::survey(&mut database, &catalog, &options).map_err(of)?;
    let strangers = match args.with_unknown {
        true => Strangers::Drop,
        false => Strangers::Refuse,
    };
    if strangers == Strangers::Refuse && !survey.unknown.is_empty() {
        return Err(of(ResetError::Unknown(survey.unknown)));
    }
    if !survey.is_empty() {
        confirm(args, &survey, &mut database, context)?;
    }
    stop_on_signal(interrupt)?;
    let mut progress = Progress::new(context.ui, graph);
    let reset = Reset {
        survey: &survey,
        strangers,
        options: &options,
    };
    if !survey.is_empty() {
        execute::clear(&mut database, &catalog, &reset, &mut progress).map_err(of)?;
        progress.say(&format!("dropped {survey}"));
    }
    let request = execute::everything();
    let result = execute::run(&mut database, &catalog, &request, &options, &mut progress);
    let durations = progress.durations();
    let report = result.map_err(|error: RunError| {
        let failure = Failure::of_run(&error, &catalog, Asking::Upgrade);
        match survey.is_empty() {
            true => failure,
            false => failure
                .exit(Exit::Stopped)
                .detail(format!("before it: dropped {survey}")),
        }
    })?;
    if !context.ui.json {
        tell(&report, &durations, context)?;
        return Ok(Exit::Done);
    }
    let mut object = json::report(&report, &durations);
    object["dropped"] = survey.objects.iter().map(object_of).collect();
    object["dropped_schemas"] = json!(survey.doomed.schemas);
    object["dropped_extensions"] = json!(survey.doomed.extensions);
    context.ui.answer_json(&object)?;
    Ok(Exit::Done)
}

fn object_of(held: &Held) -> serde_json::Value {
    json!({ "kind": held.kind, "name": held.identity })
}

/// Shows what will be dropped, and goes on only where the database is named.
fn confirm(
    args: &ResetArgs,
    survey: &Survey,
    database: &mut Database,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let about: About = database
        .about()
        .map_err(|error| Failure::of_session(&error))?;
    let place = text::place(database.location());
    let what = format!(
        "this drops {survey}, with all data, and runs {} again: {place}",
        count(survey.revisions, "revision")
    );
    let lines = named(&survey.objects);
    args.confirm
        .confirm(context.ui, &about.database, (&what, &lines))
}
