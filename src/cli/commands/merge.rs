//! `limbeck merge`: a new revision that joins several heads and does nothing else.

use clap::Args;

use super::revision::announce;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint::Asking;
use crate::cli::new_revision::{self, NewRevision};
use crate::cli::project;
use crate::graph::{Edges, Node};

/// Create a revision that joins several heads
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The revisions to join, such as heads, or users@head orders@head
    #[arg(value_name = "REVISION", required = true)]
    pub revisions: Vec<String>,

    /// Say what it is for, in one line
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,

    /// Give the line that goes on from here a label; may be repeated
    #[arg(long, value_name = "LABEL")]
    pub branch_label: Vec<String>,

    /// Use this id instead of a random one
    #[arg(long, value_name = "ID")]
    pub rev_id: Option<String>,

    /// Allow revisions that are no heads
    #[arg(long)]
    pub splice: bool,
}

/// Runs the command.
///
/// # Errors
/// Fails when fewer than two revisions are meant, or as [`super::revision::run`] does.
pub fn run(args: &MergeArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::whole(context)?;
    let graph = catalog.graph();
    let mut parents: Vec<&Node> = Vec::new();
    for name in &args.revisions {
        for node in project::named(context, graph, name, Asking::Merge)? {
            if parents.iter().any(|parent| parent.id() == node.id()) {
                let message = format!("revision `{}` is named twice", node.id());
                return Err(Failure::new("duplicate_heads", message));
            }
            parents.push(node);
        }
    }
    if parents.len() < 2 {
        let message = match parents.first() {
            Some(node) => format!(
                "a merge joins two revisions or more, and `{}` is one",
                node.id()
            ),
            None => "a merge joins two revisions or more, and none is named".to_owned(),
        };
        return Err(Failure::new("nothing_to_merge", message)
            .hint("`limbeck heads` shows what there is to join"));
    }
    for node in &parents {
        let above = |other: &&&Node| {
            other.id() != node.id() && graph.ancestors([**other], Edges::Lineage).contains(node)
        };
        if let Some(other) = parents.iter().find(above) {
            let message = format!(
                "`{}` is below `{}` already, so there is nothing to join",
                node.id(),
                other.id()
            );
            return Err(Failure::new("nothing_to_merge", message));
        }
    }
    let written = new_revision::write(
        context,
        graph,
        &NewRevision {
            parents,
            splice: args.splice,
            labels: &args.branch_label,
            id: args.rev_id.as_deref(),
            message: args.message.as_deref(),
            ..NewRevision::default()
        },
    )?;
    announce(context.ui, &written)?;
    Ok(Exit::Done)
}
