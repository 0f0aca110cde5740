//! `limbeck history`: the revisions, newest first, as lines or as a drawn graph.

use clap::Args;

use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::draw;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::json;
use crate::cli::live;
use crate::cli::project;
use crate::cli::text::Words;
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::resolve::{self, ResolveError};
use crate::target::Range;

/// Show the revisions, newest first
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Show this part only, such as base:users@head, -3:current or 1975ea:
    #[arg(short, long, value_name = "START:END", allow_hyphen_values = true)]
    pub rev_range: Option<String>,

    /// Show each with its parents, message and path
    #[arg(short, long)]
    pub verbose: bool,

    /// Mark where the database stands and what is applied
    #[arg(short, long)]
    pub indicate_current: bool,

    /// Draw the graph even where the output is no terminal
    #[arg(long, conflicts_with_all = ["verbose", "no_graph"])]
    pub graph: bool,

    /// Print plain lines even on a terminal
    #[arg(long)]
    pub no_graph: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions or the database cannot be read, or the range is none.
pub fn run(args: &HistoryArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let range = match &args.rev_range {
        None => None,
        Some(text) => {
            let range = Range::parse(text);
            Some(range.map_err(|error| Failure::of_target(&error, Asking::History))?)
        }
    };
    let asks_database = range.as_ref().is_some_and(Range::needs_database);
    let heads = if args.indicate_current || asks_database {
        Some(live::heads(context)?)
    } else {
        None
    };
    let catalog = project::healthy_part(context)?;
    let graph = catalog.graph();
    let nodes: Vec<&Node> = match &range {
        None => graph.revisions().rev().collect(),
        Some(range) => resolve::range(graph, heads.as_ref(), range)
            .map_err(|error| Failure::of_resolve(&error, graph, Asking::History))?,
    };
    if let Some(heads) = &heads {
        warn_of_unknown(context, graph, heads);
    }
    let out = print(
        args,
        context,
        &Shown {
            catalog: &catalog,
            graph,
            nodes,
            heads,
        },
    );
    context.ui.answer(&out)?;
    Ok(Exit::Done)
}

/// A row that is in no file is marked nowhere in the list.
fn warn_of_unknown(context: &mut Context<'_>, graph: &RevisionGraph, heads: &Heads) {
    let unknown = heads.iter().filter(|id| graph.get(id.as_str()).is_none());
    let revisions: Vec<_> = unknown.cloned().collect();
    if !revisions.is_empty() {
        let error = ResolveError::UnknownInDatabase { revisions };
        let failure = Failure::of_resolve(&error, graph, Asking::History);
        context.ui.warn(&failure);
    }
}

struct Shown<'a> {
    catalog: &'a Catalog,
    graph: &'a RevisionGraph,
    nodes: Vec<&'a Node>,
    heads: Option<Heads>,
}

fn print(args: &HistoryArgs, context: &Context<'_>, shown: &Shown<'_>) -> String {
    let graph = shown.graph;
    let applied: Option<RevisionSet> = shown.heads.as_ref().map(|heads| {
        let known = heads.iter().filter_map(|id| graph.get(id.as_str()));
        graph.ancestors(known, Edges::All)
    });
    let is_applied = |node: &Node| applied.as_ref().map(|applied| applied.contains(node));
    if context.ui.json {
        let revisions = shown
            .nodes
            .iter()
            .map(|node| json::Revision::new(node, is_applied(node)));
        return json::revisions(revisions);
    }
    let words = Words {
        current: shown.heads.as_ref(),
        paint: context.ui.paint,
        ..Words::drawn()
    };
    if args.graph || context.ui.terminal && !args.no_graph && !args.verbose {
        return draw::history(graph, &shown.nodes, words, |node| {
            is_applied(node).unwrap_or(false)
        });
    }
    let words = Words {
        parents: true,
        depends_on: false,
        ..words
    };
    let mut out = String::with_capacity(shown.nodes.len() * 80);
    for node in &shown.nodes {
        if args.verbose {
            words.write_block(&mut out, shown.catalog, node);
        } else {
            words.write(&mut out, node);
            out.push('\n');
        }
    }
    out
}
