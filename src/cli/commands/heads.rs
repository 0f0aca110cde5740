//! `limbeck heads`: the revisions that nothing follows.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::project;
use crate::cli::text::Words;

/// Show the heads of the revision files
#[derive(Debug, Args)]
pub struct HeadsArgs {
    /// Show each with its parents, message and path
    #[arg(short, long)]
    pub verbose: bool,

    /// Leave out heads that another revision depends on
    #[arg(long)]
    pub resolve_dependencies: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read.
pub fn run(args: &HeadsArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::healthy_part(context)?;
    let graph = catalog.graph();
    let heads = if args.resolve_dependencies {
        graph.real_heads()
    } else {
        graph.heads()
    };
    let mut out = String::new();
    if context.ui.json {
        out = json::revisions(
            heads
                .iter()
                .map(|node| json::Revision::new(&catalog, node, None)),
        );
    } else {
        let words = Words {
            labels: true,
            paint: context.ui.paint,
            ..Words::default()
        };
        for node in heads {
            if args.verbose {
                words.write_block(&mut out, &catalog, node);
            } else {
                words.write(&mut out, node);
                out.push('\n');
            }
        }
    }
    context.ui.answer(&out)?;
    Ok(Exit::Done)
}
