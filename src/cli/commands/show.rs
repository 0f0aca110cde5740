//! `limbeck show`: one revision, or several, with all that is known of them.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::json;
use crate::cli::project;
use crate::cli::text::Words;

/// Show a revision with its parents, message and path
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The revision, such as head, 1975ea or users@head
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub revision: String,
}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read or none is meant.
pub fn run(args: &ShowArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::healthy_part(context)?;
    let graph = catalog.graph();
    let nodes = project::named(context, graph, &args.revision, Asking::Show)?;
    let mut out = String::new();
    if context.ui.json {
        out = json::revisions(
            nodes
                .iter()
                .map(|node| json::Revision::new(&catalog, node, None)),
        );
    } else {
        let words = Words {
            paint: context.ui.paint,
            ..Words::default()
        };
        for node in nodes {
            words.write_block(&mut out, &catalog, node);
        }
    }
    context.ui.answer(&out)?;
    Ok(Exit::Done)
}
