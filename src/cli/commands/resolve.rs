//! `limbeck resolve`: declares what became of a revision that was left half-done.

use clap::Args;
use serde_json::json;

use super::adopt::{self, AdoptArgs};
use crate::adopt::Tracked;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::progress::Progress;
use crate::cli::project;
use crate::cli::run::{options, stop_on_signal};
use crate::database::Interrupt;
use crate::declaration::Tool;
use crate::execute::{self, Resolution, RunError};
use crate::graph::{Edges, RevisionGraph};
use crate::heads::Heads;
use crate::plan::Outcome;

/// Declare what became of a revision that was left half-done, and run nothing
///
/// A revision with a part outside of transactions may stop in its midst. The next run goes on there;
/// whoever has finished or undone it by hand says so here instead. Where the table of another tool has a
/// dirty flag, this is what `limbeck adopt --apply` does with that revision marked.
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

impl ResolveArgs {
    /// Returns what `adopt` is asked where another tool has left the revision half-done.
    fn of_tool(&self) -> AdoptArgs {
        let name = || vec![self.revision.clone()];
        AdoptArgs {
            apply: true,
            mark_applied: if self.applied { name() } else { Vec::new() },
            mark_pending: if self.applied { Vec::new() } else { name() },
            tag: self.tag.clone(),
            ..AdoptArgs::default()
        }
    }
}

/// Finds the revision above one of golang-migrate, unless it is applied: one row stands for all, so
/// whoever declares one of them says that nothing above it is there.
fn above<'s>(
    name: &str,
    sources: &'s [Tracked],
    heads: &Heads,
    graph: &RevisionGraph,
) -> Option<String> {
    let one_row = |source: &&'s Tracked| source.tool == Tool::GolangMigrate;
    let mut revisions = sources.iter().filter(one_row).flat_map(|it| &it.revisions);
    let _ = revisions.find(|(id, _)| id.as_str() == name)?;
    let (next, _) = revisions.next()?;
    let rows = heads.iter().filter_map(|id| graph.get(id.as_str()));
    let applied = graph.ancestors(rows, Edges::All);
    let is_pending = graph
        .get(next.as_str())
        .is_some_and(|it| !applied.contains(it));
    is_pending.then(|| next.to_string())
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
    let resolved = execute::resolve(&mut database, &catalog, &resolution, &mut progress);
    if matches!(resolved, Err(RunError::NotHalfDone { .. })) {
        let sources = crate::adopt::read(database.session(), &catalog);
        let mut sources = sources.map_err(|error| Failure::of_tracking(&error))?;
        sources.retain(|source| source.rows.iter().any(|row| row.is_dirty));
        if !sources.is_empty() {
            // It is another tool's table that says so.
            let heads = database.heads();
            let heads = heads.map_err(|error| Failure::of_version_table(&error))?;
            let mut marks = args.of_tool();
            marks
                .mark_pending
                .extend(above(&args.revision, &sources, &heads, catalog.graph()));
            drop(database);
            return adopt::run(&marks, context);
        }
    }
    let resolved = resolved.map_err(|error| Failure::of_run(&error, &catalog, Asking::Resolve))?;
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
