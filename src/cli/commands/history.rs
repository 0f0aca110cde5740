//! `limbeck history`: the revisions, newest first, as lines or as a drawn graph.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::draw;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::look::Look;
use crate::cli::text::Words;
use crate::graph::Node;
use crate::heads::Heads;

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
    let look = Look::take(args.rev_range.as_deref(), args.indicate_current, context)?;
    let nodes = look.nodes(context)?;
    let out = if context.ui.json {
        object(&look, &nodes)
    } else if args.graph || context.ui.terminal && !args.no_graph && !args.verbose {
        drawn(&look, &nodes, context)
    } else {
        lines(args, &look, &nodes, context)
    };
    context.ui.answer(&out)?;
    Ok(Exit::Done)
}

/// Returns the revisions for programs.
#[must_use]
pub fn object(look: &Look, nodes: &[&Node]) -> String {
    let applied = look.applied();
    let graph = look.graph();
    let rows = || look.heads.iter().flat_map(Heads::iter);
    let all_known = rows().all(|id| graph.get(id.as_str()).is_some());
    // What is below a row that nobody knows, nobody knows.
    let is_applied = |node: &Node| match applied.as_ref()?.contains(node) {
        false if !all_known => None,
        applied => Some(applied),
    };
    let revisions = nodes
        .iter()
        .map(|node| json::Revision::new(&look.catalog, node, is_applied(node)));
    json::revisions(revisions)
}

/// Returns the revisions as a drawn graph.
#[must_use]
pub fn drawn(look: &Look, nodes: &[&Node], context: &Context<'_>) -> String {
    let applied = look.applied();
    let words = words(look, context);
    draw::history(look.graph(), nodes, words, |node| {
        applied
            .as_ref()
            .is_some_and(|applied| applied.contains(node))
    })
}

fn lines(args: &HistoryArgs, look: &Look, nodes: &[&Node], context: &Context<'_>) -> String {
    let words = Words {
        parents: true,
        depends_on: false,
        ..words(look, context)
    };
    let mut out = String::with_capacity(nodes.len() * 80);
    for node in nodes {
        if args.verbose {
            words.write_block(&mut out, &look.catalog, node);
        } else {
            words.write(&mut out, node);
            out.push('\n');
        }
    }
    out
}

fn words<'a>(look: &'a Look, context: &Context<'_>) -> Words<'a> {
    Words {
        untranslated: Some(&look.catalog),
        current: look.heads.as_ref(),
        paint: context.ui.paint,
        ..Words::drawn()
    }
}
