//! `limbeck current`: where the database stands.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::live;
use crate::cli::paint::Paint;
use crate::cli::project;
use crate::cli::text::Words;
use crate::database::{Database, Interrupt};
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::Heads;

/// Show where the database stands
#[derive(Debug, Args)]
pub struct CurrentArgs {
    /// Show each revision with its parents, message and path
    #[arg(short, long)]
    pub verbose: bool,

    /// Exit with 4 unless the database stands at all heads
    #[arg(short, long)]
    pub check_heads: bool,

    /// Read the settings from this file instead of the nearest limbeck.toml
    // Alembic's `-c` after this command is `--check-heads`; in front of it, it names the file.
    #[arg(long, value_name = "FILE", help_heading = "Global options")]
    pub config: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read.
pub fn run(args: &CurrentArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let first = |database: &mut Database| {
        database
            .heads()
            .map_err(|error| Failure::of_version_table(&error))
    };
    let (catalog, opening) = live::read_and_open(context, Interrupt::default(), first, |_| {})?;
    project::warn(context.ui, &catalog);
    let graph = catalog.graph();
    let (database, heads) = opening.finish()?;
    if context.ui.json {
        context.ui.answer_json(&object(graph, &heads))?;
    } else {
        let mut out = String::new();
        if args.verbose {
            let place = database.connect_info().to_string();
            // Who and where; the settings of the connection are not asked for.
            let place = place.split('?').next().unwrap_or_default();
            out = format!("Current revision(s) for {place}:\n");
        }
        out.push_str(&render(&catalog, &heads, args.verbose, context.ui.paint));
        context.ui.answer(&out)?;
    }
    let all = graph.real_heads();
    let complete =
        all.len() == heads.len() && all.iter().all(|node| heads.contains(node.id().as_str()));
    if args.check_heads && !complete {
        context.ui.talk("the database is not at all heads");
        return Ok(Exit::No);
    }
    Ok(Exit::Done)
}

fn object(graph: &RevisionGraph, heads: &Heads) -> Value {
    let row = |id: &crate::id::RevisionId| {
        let node = graph.get(id.as_str());
        json!({
            "revision": id.as_str(),
            "known": node.is_some(),
            "head": node.is_some_and(Node::is_real_head),
            "message": node.map(Node::message),
        })
    };
    json!({ "heads": heads.iter().map(row).collect::<Vec<_>>() })
}

fn render(catalog: &Catalog, heads: &Heads, verbose: bool, paint: Paint) -> String {
    let graph = catalog.graph();
    let words = Words {
        shape: true,
        paint,
        ..Words::default()
    };
    let mut out = String::new();
    for id in heads.iter() {
        match graph.get(id.as_str()) {
            Some(node) if verbose => words.write_block(&mut out, catalog, node),
            Some(node) => {
                words.write(&mut out, node);
                out.push('\n');
            }
            None => {
                let id = paint.revision(id);
                out.push_str(&format!("{id} {}\n", paint.warning("(unknown)")));
            }
        }
    }
    for node in implied(graph, heads) {
        if verbose {
            words.write_block(&mut out, catalog, node);
        } else {
            words.write(&mut out, node);
            out.push_str(&format!(" {}\n", paint.mark("(by dependency)")));
        }
    }
    out
}

/// The tips of lines that are applied only because a row depends on them, as Alembic lists them.
fn implied<'g>(graph: &'g RevisionGraph, heads: &Heads) -> Vec<&'g Node> {
    let rows = heads.iter().filter_map(|id| graph.get(id.as_str()));
    let applied = graph.ancestors(rows, Edges::All);
    let is_tip = |node: &&Node| !graph.children(node).any(|child| applied.contains(child));
    let is_row = |node: &&Node| heads.contains(node.id().as_str());
    let members = graph.members(&applied);
    members
        .filter(|node| is_tip(node) && !is_row(node))
        .collect()
}
