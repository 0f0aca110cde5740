//! `limbeck plan`: what a command that changes the database would do.

use clap::{Args, Subcommand};

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::order::{ExtentArgs, Order};
use crate::cli::project;
use crate::cli::{json, text};
use crate::database::Interrupt;
use crate::execute;
use crate::graph::{Node, RevisionGraph};
use crate::heads::Heads;
use crate::plan::{Direction, Plan, Step, Way};
use crate::resolve;
use crate::script::{Foreign, Untranslated};
use crate::source::Repeatable;
use crate::target::Target;

/// Show what a command would do, and do nothing
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub struct PlanArgs {
    /// The command to plan
    #[command(subcommand)]
    pub what: What,

    /// Plan from these heads instead of asking the database
    #[arg(long, global = true, value_name = "REV,REV|base")]
    pub from: Option<String>,
}

/// What to plan.
#[derive(Debug, Subcommand)]
pub enum What {
    /// What `limbeck upgrade` would do
    Upgrade(Targets),
    /// What `limbeck downgrade` would do
    Downgrade(Targets),
    /// What `limbeck rollback` would do
    Rollback(ExtentArgs),
    /// What `limbeck goto` would do
    Goto {
        /// Where to go, as the command takes it
        #[arg(value_name = "REVISION", allow_negative_numbers = true)]
        target: String,
    },
    /// What `limbeck redo` would do
    Redo {
        /// The revision, instead of the one that was applied last
        #[arg(value_name = "REVISION", allow_negative_numbers = true)]
        target: Option<String>,
    },
    /// What `limbeck stamp` would do
    Stamp {
        /// Where it stands
        #[command(flatten)]
        targets: Targets,

        /// Forget all rows first
        #[arg(long)]
        purge: bool,
    },
}

/// Where to go.
#[derive(Debug, Args)]
pub struct Targets {
    /// Where to go, as the command takes it
    #[arg(value_name = "TARGET", required = true, allow_negative_numbers = true)]
    pub targets: Vec<String>,
}

impl What {
    fn order(&self) -> Result<Order, Failure> {
        match self {
            Self::Upgrade(Targets { targets }) => Order::parse(Direction::Upgrade, targets),
            Self::Downgrade(Targets { targets }) => Order::parse(Direction::Downgrade, targets),
            Self::Rollback(extent) => Order::rollback(extent),
            Self::Goto { target } => Order::goto(target),
            Self::Redo { target } => Order::redo(target.as_deref()),
            Self::Stamp { targets, purge } => {
                Ok(Order::parse(Direction::Stamp, &targets.targets)?.purge(*purge))
            }
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read, or there is no way to the target.
pub fn run(args: &PlanArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let order = args.what.order()?;
    let catalog = project::whole(context)?;
    match &args.from {
        Some(from) => {
            let graph = catalog.graph();
            let plan = order.plan(graph, &heads_of(from, graph)?)?;
            let due: Vec<_> = catalog.repeatables().iter().collect();
            tell(&plan, &due, &catalog, context)?;
        }
        None => ask(&order, &catalog, context)?,
    }
    Ok(Exit::Done)
}

/// Plans from where the database stands, with what its ledger knows.
fn ask(order: &Order, catalog: &Catalog, context: &mut Context<'_>) -> Result<(), Failure> {
    let mut database = live::open(context, Interrupt::default())?;
    let planned = execute::plan(&mut database, catalog, &order.request);
    let (plan, known) = planned.map_err(|error| Failure::of_run(&error, catalog, order.asking))?;
    let due = execute::due(&mut database, catalog);
    let due = due.map_err(|error| Failure::of_run(&error, catalog, order.asking))?;
    tell(&plan, &due, &known, context)
}

/// Reads `--from`: revisions separated by commas.
fn heads_of(text: &str, graph: &RevisionGraph) -> Result<Heads, Failure> {
    let targets: Result<Vec<Target>, _> = text.split(',').map(Target::parse).collect();
    let targets = targets.map_err(|error| Failure::of_target(&error, Asking::From))?;
    resolve::heads(graph, &targets)
        .map_err(|error| Failure::of_resolve(&error, graph, Asking::From))
}

/// Returns why a step in Python is not translated, where it is not.
fn untranslated(step: &Step, catalog: &Catalog) -> Option<Untranslated> {
    let node = catalog.node(step.revision.as_str())?;
    let mut untranslated = catalog.untranslated(node).into_iter();
    untranslated.find(|it| it.direction == step.direction)
}

/// Tells of a plan, and of the files that would run again after it if it goes up.
fn tell(
    plan: &Plan,
    due: &[&Repeatable],
    catalog: &Catalog,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let due = match plan.way {
        Way::Upgrade | Way::Both => due,
        _ => &[],
    };
    let graph = catalog.graph();
    let untranslated: Vec<_> = plan
        .steps
        .iter()
        .map(|step| untranslated(step, catalog))
        .collect();
    let mirrored = plan.steps.iter();
    let mirrored: Vec<_> = mirrored
        .map(|step| catalog.mirrored(&step.revision))
        .collect();
    if context.ui.json {
        let out = json::plan(plan, graph, &untranslated, &mirrored, due);
        return context.ui.answer(&out);
    }
    for note in &plan.notes {
        context.ui.talk(&format!("note: {note}"));
    }
    let steps = text::count(plan.steps.len(), "step");
    let way = match plan.way {
        Way::Both => "down and up".to_owned(),
        way => way.to_string(),
    };
    let (from, to) = (&plan.from, &plan.to);
    context
        .ui
        .talk(&format!("{way} from {from} to {to}: {steps}"));
    let mut told: Vec<String> = Vec::new();
    for legacy in mirrored.iter().flatten() {
        let line = format!("`{}` of {} is kept in step", legacy.table, legacy.tool);
        if !told.contains(&line) {
            context.ui.talk(&line);
            told.push(line);
        }
    }
    let mut out = String::new();
    for (step, why) in plan.steps.iter().zip(&untranslated) {
        out.push_str(&format!("{}\n", step.display(graph)));
        let Some(why) = why else {
            continue;
        };
        let (words, Foreign { line, reason }) = (why.in_short(), &why.why);
        let node = graph.get(step.revision.as_str());
        let path = node.and_then(Node::path).map(|path| path.display());
        let path = path.map(|path| path.to_string()).unwrap_or_default();
        out.push_str(&format!("    {words}: {path}:{line}: it {reason}\n"));
    }
    for file in due {
        out.push_str(&format!("repeat {}\n", file.name()));
    }
    context.ui.answer(&out)
}
