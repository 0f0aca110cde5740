//! `limbeck stamp`: notes down where the database stands, without running anything.

use clap::Args;

use crate::cli::comparison::{Side, answer, name_of};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::handover;
use crate::cli::live;
use crate::cli::order::Order;
use crate::cli::project;
use crate::cli::run::{self, OfflineArgs};
use crate::cli::schema::{self, ReplayArgs, Replaying};
use crate::database::Interrupt;
use crate::plan::Direction;
use crate::schema::compare;

/// Note down that the database stands at a revision, and run nothing
#[derive(Debug, Args)]
pub struct StampArgs {
    /// Where it stands, such as head, base, 1975ea or users@head
    #[arg(
        value_name = "REVISION",
        required = true,
        allow_negative_numbers = true
    )]
    pub targets: Vec<String>,

    /// Forget all rows of the version table first, unknown ones as well
    #[arg(long, conflicts_with = "sql")]
    pub purge: bool,

    /// First compare the database with what the revisions make; refuse where it differs
    #[arg(long, conflicts_with = "sql")]
    pub verify: bool,

    /// How that is done
    #[command(flatten)]
    pub replay: ReplayArgs,

    /// Offline mode
    #[command(flatten)]
    pub offline: OfflineArgs,
}

/// Runs the command.
///
/// # Errors
/// Fails when no revision is meant or the version table cannot be written.
pub fn run(args: &StampArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if !args.verify {
        args.replay.refuse("--verify")?;
    }
    if args.offline.sql {
        return run::offline(Direction::Stamp, &args.targets, &args.offline, context);
    }
    let order = Order::parse(Direction::Stamp, &args.targets)?.purge(args.purge);
    if args.verify
        && let Some(exit) = verify(args, &order, context)?
    {
        return Ok(exit);
    }
    run::live(&order, args.offline.tag.as_deref(), context)
}

/// Compares the database with what the revisions make that it is to be stamped with; returns how to
/// end where it is not to be stamped here.
fn verify(
    args: &StampArgs,
    order: &Order,
    context: &mut Context<'_>,
) -> Result<Option<Exit>, Failure> {
    let catalog = project::whole(context)?;
    if handover::is_needed(context, catalog.graph()) {
        return handover::run(context).map(Some);
    }
    let scope = args.replay.scope.scope();
    let interrupt = Interrupt::default();
    run::stop_on_signal(interrupt.clone())?;
    let mut database = live::open(context, interrupt)?;
    let heads = database
        .heads()
        .map_err(|error| Failure::of_version_table(&error))?;
    let plan = order.plan(catalog.graph(), &heads)?;
    let actual = schema::read(&mut database, &scope)?;
    let replaying = Replaying::new(
        &catalog,
        &scope,
        (&mut database, &args.replay.scratch),
        context,
    )?;
    let expected = replaying.schema(&database, &plan.to)?;
    let expected = Side {
        name: name_of(&plan.to),
        model: &expected,
    };
    let actual = Side {
        name: "the database".to_owned(),
        model: &actual,
    };
    let ignored = args.replay.aspects.aspects();
    if compare(expected.model, actual.model, &ignored).is_empty() {
        context
            .ui
            .talk(&format!("{} is as {}", actual.name, expected.name));
        return Ok(None);
    }
    let exit = answer(&expected, &actual, &ignored, context)?;
    context.ui.talk("nothing was stamped");
    Ok(Some(exit))
}
