//! `limbeck plan`: what `upgrade`, `downgrade` or `stamp` would do.

use clap::{Args, ValueEnum};

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::order::Order;
use crate::cli::project;
use crate::cli::{json, text};
use crate::graph::{Node, RevisionGraph};
use crate::heads::Heads;
use crate::plan::{Direction, Plan, Step};
use crate::resolve;
use crate::script::Foreign;
use crate::target::Target;

/// What to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// What `limbeck upgrade` would do
    Upgrade,
    /// What `limbeck downgrade` would do
    Downgrade,
    /// What `limbeck stamp` would do
    Stamp,
}

/// Show what upgrade, downgrade or stamp would do, and do nothing
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The command to plan
    #[arg(value_name = "COMMAND")]
    pub what: What,

    /// Where to go, as the command takes it
    #[arg(value_name = "TARGET", required = true, allow_negative_numbers = true)]
    pub targets: Vec<String>,

    /// Plan from these heads instead of asking the database
    #[arg(long, value_name = "REV,REV|base")]
    pub from: Option<String>,

    /// Plan a stamp that forgets all rows first
    #[arg(long)]
    pub purge: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read, or there is no way to the target.
pub fn run(args: &PlanArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let direction = match args.what {
        What::Upgrade => Direction::Upgrade,
        What::Downgrade => Direction::Downgrade,
        What::Stamp => Direction::Stamp,
    };
    let order = Order::parse(direction, &args.targets)?.purge(args.purge);
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
    let from = match &args.from {
        Some(from) => heads_of(from, graph)?,
        None => live::heads(context)?,
    };
    let plan = order.plan(graph, &from)?;
    let untranslated: Vec<_> = plan
        .steps
        .iter()
        .map(|step| untranslated(step, &catalog))
        .collect();
    let out = if context.ui.json {
        json::plan(&plan, graph, &untranslated)
    } else {
        render(&plan, graph, &untranslated, context)
    };
    context.ui.answer(&out)?;
    Ok(Exit::Done)
}

/// Reads `--from`: revisions separated by commas.
fn heads_of(text: &str, graph: &RevisionGraph) -> Result<Heads, Failure> {
    let targets: Result<Vec<Target>, _> = text.split(',').map(Target::parse).collect();
    let targets = targets.map_err(|error| Failure::of_target(&error, Asking::From))?;
    resolve::heads(graph, &targets)
        .map_err(|error| Failure::of_resolve(&error, graph, Asking::From))
}

/// Returns why a step in Python is not translated, where it is not.
fn untranslated(step: &Step, catalog: &Catalog) -> Option<Foreign> {
    let node = catalog.node(step.revision.as_str())?;
    let mut untranslated = catalog.untranslated(node).into_iter();
    let it = untranslated.find(|it| it.direction == step.direction)?;
    Some(it.why)
}

fn render(
    plan: &Plan,
    graph: &RevisionGraph,
    untranslated: &[Option<Foreign>],
    context: &mut Context<'_>,
) -> String {
    let mut out = String::new();
    for (step, why) in plan.steps.iter().zip(untranslated) {
        out.push_str(&format!("{}\n", step.display(graph)));
        let Some(Foreign { line, reason }) = why else {
            continue;
        };
        let node = graph.get(step.revision.as_str());
        let path = node.and_then(Node::path).map(|path| path.display());
        let path = path.map(|path| path.to_string()).unwrap_or_default();
        out.push_str(&format!("    not translated: {path}:{line}: it {reason}\n"));
    }
    for note in &plan.notes {
        context.ui.talk(&format!("note: {note}"));
    }
    let steps = text::count(plan.steps.len(), "step");
    let line = format!(
        "{} from {} to {}: {steps}",
        plan.direction, plan.from, plan.to
    );
    context.ui.talk(&line);
    out
}
