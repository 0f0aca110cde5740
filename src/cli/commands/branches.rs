//! `limbeck branches`: the revisions from which several lines go on.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::project;
use crate::cli::text::Words;

/// Show the branch points and what follows them
#[derive(Debug, Args)]
pub struct BranchesArgs {
    /// Show each with its parents, message and path
    #[arg(short, long)]
    pub verbose: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read.
pub fn run(args: &BranchesArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::healthy_part(context)?;
    let graph = catalog.graph();
    let points = graph
        .revisions()
        .rev()
        .filter(|node| node.is_branch_point());
    if context.ui.json {
        let out = json::revisions(points.map(|node| json::Revision::new(&catalog, node, None)));
        context.ui.answer(&out)?;
        return Ok(Exit::Done);
    }
    let words = Words {
        labels: true,
        shape: true,
        paint: context.ui.paint,
        ..Words::default()
    };
    let below = Words {
        message: args.verbose,
        ..words
    };
    let mut out = String::new();
    for node in points {
        if args.verbose {
            words.write_block(&mut out, &catalog, node);
        } else {
            words.write(&mut out, node);
            out.push('\n');
        }
        let indent = " ".repeat(node.id().as_str().chars().count());
        for child in graph.children(node) {
            out.push_str(&indent);
            out.push_str(" -> ");
            below.write(&mut out, child);
            out.push('\n');
        }
        out.push('\n');
    }
    context.ui.answer(&out)?;
    Ok(Exit::Done)
}
