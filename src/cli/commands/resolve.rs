//! `limbeck resolve`: declares what became of a revision that was left half-done.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::progress::Progress;
use crate::cli::project;
use crate::cli::run::{options, stop_on_signal};
use crate::database::Interrupt;
use crate::execute::{self, Resolution};
use crate::heads::Heads;
use crate::plan::Outcome;

/// Declare what became of a revision that was left half-done, and run nothing
///
/// A revision with a part outside of transactions may stop in its midst. The next run goes on there;
/// whoever has finished or undone it by hand says so here instead.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("outcome").required(true))]
pub struct ResolveArgs {
    /// The half-done revision, as `limbeck status` shows it
    #[arg(value_name = "REVISION")]
    pub revision: String,

    /// All of it is there
    #[arg(long, group = "outcome")]
    pub applied: bool,

    /// Nothing of it is there
    #[arg(long, group = "outcome")]
    pub not_applied: bool,

    /// Note this down in the ledger, beside who ran it
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revision is not half-done, or its row cannot be moved so.
pub fn run(args: &ResolveArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let catalog = project::whole(context)?;
    let mut database = live::open(context, interrupt)?;
    let options = options(context, args.tag.as_deref());
    let (outcome, word) = match args.applied {
        true => (Outcome::Applied, "applied"),
        false => (Outcome::NotApplied, "not applied"),
    };
    let resolution = Resolution {
        revision: &args.revision,
        outcome,
        options: &options,
    };
    let mut progress = Progress::new(context.ui, catalog.graph());
    let resolved = execute::resolve(&mut database, &catalog, &resolution, &mut progress)
        .map_err(|error| Failure::of_run(&error, &catalog, Asking::Resolve))?;
    let (journal, plan) = (resolved.journal, resolved.plan);
    if context.ui.json {
        let ids = |heads: &Heads| heads.iter().map(ToString::to_string).collect::<Vec<_>>();
        context.ui.answer_json(&json!({
            "revision": journal.revision.as_str(),
            "applied": args.applied,
            "direction": journal.direction,
            "statements_done": journal.statements_done,
            "from": ids(&plan.from),
            "to": ids(&plan.to),
        }))?;
    } else {
        context.ui.talk(&format!(
            "{} is noted down as {word}; the database stands at {}",
            journal.revision, plan.to
        ));
    }
    Ok(Exit::Done)
}
