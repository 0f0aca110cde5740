//! `limbeck check`: whether the revision files are one healthy graph with one head.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hint;
use crate::cli::project;
use crate::cli::text::count;

/// Check the revision files, for a CI job
#[derive(Debug, Args)]
pub struct CheckArgs {}

/// Runs the command.
///
/// # Errors
/// Fails when the revisions cannot be read at all.
pub fn run(_: &CheckArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let catalog = project::Reading::of(context).load()?;
    let graph = catalog.graph();
    let mut problems: Vec<Failure> = project::faults(&catalog);
    let heads = graph.heads();
    if heads.len() > 1 {
        let message = format!("there are {} heads", heads.len());
        problems.push(
            Failure::new("multiple_heads", message)
                .candidates(heads.iter().map(|node| hint::candidate(node)).collect())
                .hint("`limbeck merge heads -m \"…\"` joins them"),
        );
    }
    let ok = problems.is_empty();
    if context.ui.json {
        let list: Vec<_> = problems
            .iter()
            .map(|problem| json!({ "code": problem.code, "message": problem.message }))
            .collect();
        context
            .ui
            .answer_json(&json!({ "ok": ok, "revisions": graph.len(), "problems": list }))?;
    } else {
        for problem in &problems {
            context.ui.fail(problem);
        }
        if ok {
            let revisions = count(graph.len(), "revision");
            context.ui.talk(&format!("{revisions}, one head, no fault"));
        }
    }
    Ok(if ok { Exit::Done } else { Exit::No })
}
