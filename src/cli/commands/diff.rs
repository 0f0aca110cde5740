//! `limbeck diff`: how the schema of a database differs from what its revisions make, or from that
//! of another database.

use clap::Args;

use crate::catalog::Catalog;
use crate::cli::comparison::{Side, answer, name_of};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::handover;
use crate::cli::hint::Asking;
use crate::cli::live;
use crate::cli::project;
use crate::cli::run::stop_on_signal;
use crate::cli::schema::{self, AspectArgs, Replaying, ScopeArgs, ScratchArgs};
use crate::database::{Database, Interrupt};
use crate::graph::Node;
use crate::heads::Heads;
use crate::resolve;
use crate::target::Target;

/// Compare the schema of the database with what its revisions make
///
/// The revisions are run on a throw-away database. Exits with 4 where the two differ.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Compare with these revisions instead of those that the database stands at
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub targets: Vec<String>,

    /// Compare with another database instead
    #[arg(long, value_name = "URL", conflicts_with_all = ["targets", "scratch"])]
    pub against: Option<String>,

    /// Where the revisions are run
    #[command(flatten)]
    pub scratch: ScratchArgs,

    /// What part of the database
    #[command(flatten)]
    pub scope: ScopeArgs,

    /// What is compared
    #[command(flatten)]
    pub aspects: AspectArgs,
}

/// Runs the command.
///
/// # Errors
/// Fails when the database cannot be read, or the revisions cannot be replayed.
pub fn run(args: &DiffArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let scope = args.scope.scope();
    if let Some(url) = &args.against {
        let mut database = live::open(context, Interrupt::default())?;
        let mut other = live::open_other(context, url, Interrupt::default())?;
        let expected = schema::read(&mut other, &scope)?;
        let actual = schema::read(&mut database, &scope)?;
        let name = |database: &Database| format!("database {}", database.connect_info().database());
        let mut names = (name(&other), name(&database));
        if names.0 == names.1 {
            names = ("the other database".to_owned(), "this one".to_owned());
        }
        let (expected, actual) = (
            Side {
                name: names.0,
                model: &expected,
            },
            Side {
                name: names.1,
                model: &actual,
            },
        );
        return answer(&expected, &actual, &args.aspects.aspects(), context);
    }
    let catalog = project::whole(context)?;
    if handover::is_needed(context, catalog.graph()) {
        return handover::run(context);
    }
    let interrupt = Interrupt::default();
    stop_on_signal(interrupt.clone())?;
    let mut database = live::open(context, interrupt)?;
    let heads = database
        .heads()
        .map_err(|e| Failure::of_version_table(&e))?;
    let heads = wanted(&args.targets, &catalog, heads)?;
    let actual = schema::read(&mut database, &scope)?;
    let replaying = Replaying::new(&catalog, &scope, (&mut database, &args.scratch), context)?;
    let expected = replaying.schema(&database, &heads)?;
    let (expected, actual) = (
        Side {
            name: name_of(&heads),
            model: &expected,
        },
        Side {
            name: "the database".to_owned(),
            model: &actual,
        },
    );
    answer(&expected, &actual, &args.aspects.aspects(), context)
}

/// The heads that were asked for; those of the database where nothing was.
fn wanted(targets: &[String], catalog: &Catalog, heads: Heads) -> Result<Heads, Failure> {
    let graph = catalog.graph();
    if targets.is_empty() {
        let unknown = heads.iter().find(|id| graph.get(id.as_str()).is_none());
        if let Some(unknown) = unknown {
            let message = format!("the database stands at `{unknown}`, which is in no file");
            return Err(Failure::new("unknown_in_database", message)
                .hint("`limbeck diff REVISION` compares with a revision of this checkout"));
        }
        return Ok(heads);
    }
    let mut wanted: Vec<&Node> = Vec::new();
    for text in targets {
        let target =
            Target::parse(text).map_err(|error| Failure::of_target(&error, Asking::Diff))?;
        let found = resolve::revisions(graph, Some(&heads), &target);
        wanted.extend(found.map_err(|error| Failure::of_resolve(&error, graph, Asking::Diff))?);
    }
    Ok(wanted.iter().map(|node| node.id().clone()).collect())
}
