//! `limbeck revision`: a new revision file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::{self, Asking};
use crate::cli::new_revision::{self, NewRevision, Written};
use crate::cli::project;
use crate::cli::ui::Ui;
use crate::declaration::Format;
use crate::graph::{Node, RevisionGraph};

/// Create a revision file
#[derive(Debug, Args)]
pub struct RevisionArgs {
    /// Say what it is for, in one line
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,

    /// Write it in SQL
    #[arg(long, conflicts_with = "rust")]
    pub sql: bool,

    /// Write it in Rust
    #[arg(long)]
    pub rust: bool,

    /// Put it on top of this revision instead of the head; base begins a new line
    #[arg(long, value_name = "REVISION")]
    pub head: Option<String>,

    /// Allow a revision that is no head, so that a branch begins there
    #[arg(long)]
    pub splice: bool,

    /// Give the line that begins here a label; may be repeated
    #[arg(long, value_name = "LABEL")]
    pub branch_label: Vec<String>,

    /// Put the file into this folder, one of version_locations
    #[arg(long, value_name = "FOLDER")]
    pub version_path: Option<PathBuf>,

    /// Use this id instead of a random one
    #[arg(long, value_name = "ID")]
    pub rev_id: Option<String>,

    /// Have this revision applied first, without it being a parent; may be repeated
    #[arg(long, value_name = "REVISION")]
    pub depends_on: Vec<String>,

    /// Not offered: limbeck does not compare models with a database
    #[arg(long, hide = true)]
    pub autogenerate: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read, the place of the new one is not clear, a name is not
/// legal or taken, or the file cannot be written.
pub fn run(args: &RevisionArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if args.autogenerate {
        return Err(
            Failure::usage("`--autogenerate` is not offered by this version of limbeck")
                .hint("`limbeck revision -m \"…\"` creates a file to fill in"),
        );
    }
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
    let parents = match &args.head {
        Some(name) => project::named(context, graph, name, Asking::Revision)?,
        None => single_head(graph)?,
    };
    let format = match (args.sql, args.rust) {
        (true, _) => Some(Format::Sql),
        (_, true) => Some(Format::Rust),
        _ => None,
    };
    let written = new_revision::write(
        context,
        graph,
        &NewRevision {
            parents,
            splice: args.splice,
            labels: &args.branch_label,
            id: args.rev_id.as_deref(),
            message: args.message.as_deref(),
            depends_on: &args.depends_on,
            folder: args.version_path.as_deref(),
            format,
            sections: None,
        },
    )?;
    announce(context.ui, &written)?;
    Ok(Exit::Done)
}

/// Tells which file was written.
///
/// # Errors
/// Fails when stdout cannot be written.
pub fn announce(ui: &mut Ui, written: &Written) -> Result<(), Failure> {
    let path = written.path.display().to_string();
    if ui.json {
        return ui.answer_json(&json!({ "revision": written.id.as_str(), "path": path }));
    }
    if ui.terminal {
        // A person has just read it; the bare path is for programs.
        return Ok(());
    }
    ui.answer(&format!("{path}\n"))
}

fn single_head(graph: &RevisionGraph) -> Result<Vec<&Node>, Failure> {
    let heads = graph.heads();
    if heads.len() < 2 {
        return Ok(heads);
    }
    let count = heads.len();
    let message = format!("a new revision goes on top of one head, but there are {count}");
    let one = hint::name_of_one(&heads);
    let choose = |one| format!("`limbeck revision -m \"…\" --head {one}` chooses one");
    Err(Failure::new("multiple_heads", message)
        .candidates(heads.iter().map(|node| hint::candidate(node)).collect())
        .hints(one.map(choose))
        .hint("`limbeck merge heads -m \"…\"` joins them"))
}
