//! Revisions that came too late: they stand below others that are applied, and never ran.
//!
//! The version table has the heads and takes all below them as applied. A file that is added between
//! two that are applied, as when branches of a repository are merged whose files are numbered by
//! time, would be passed over without a word. The ledger knows better: what stands above had other
//! parents when it was applied.

use std::collections::HashSet;

use super::failure::Failure;
use super::live::Told;
use crate::database::{Database, ledger};
use crate::graph::{Edges, Node, RevisionGraph};
use crate::id::RevisionId;

/// Finds them, in the order of the graph.
///
/// # Errors
/// Fails when the ledger cannot be read.
pub fn find<'g>(
    database: &mut Database,
    told: &Told,
    graph: &'g RevisionGraph,
) -> Result<Vec<&'g Node>, Failure> {
    let heads = told.state.heads.iter();
    let heads = heads.filter_map(|id| graph.get(id.as_str()));
    let below = graph.ancestors(heads, Edges::All);
    let is_noted = |node: &Node| told.records.get(node.id()).is_some_and(|r| r.applied);
    let unnoted = || graph.members(&below).filter(|node| !is_noted(node));
    // As a rule there is none, and nothing more to ask.
    if !unnoted().any(|node| graph.children(node).any(is_noted)) {
        return Ok(Vec::new());
    }
    let parents = ledger::parents(database.session(), &told.state.table)
        .map_err(|error| Failure::of_ledger(&error))?;
    let known: HashSet<&str> = parents.values().flatten().map(String::as_str).collect();
    let had_others = |child: &Node, node: &Node| {
        let then = parents.get(child.id());
        then.is_some_and(|then| !then.iter().any(|parent| *node.id() == **parent))
    };
    let mut late: HashSet<&RevisionId> = HashSet::new();
    // What stands above comes first.
    for node in graph.revisions().rev() {
        let is_passed_over = below.contains(node)
            && !is_noted(node)
            && !known.contains(node.id().as_str())
            && graph
                .children(node)
                .any(|child| had_others(child, node) || late.contains(child.id()));
        if is_passed_over {
            late.insert(node.id());
        }
    }
    let late = graph.revisions().filter(|node| late.contains(node.id()));
    Ok(late.collect())
}

/// Tells of one, as a warning.
#[must_use]
pub fn warning(node: &Node) -> Failure {
    let message = format!(
        "revision `{}` never ran here: it came below revisions that are applied",
        node.id()
    );
    let failure = Failure::new("late_revision", message)
        .hint("number its file anew, so that it comes last, or run it by hand");
    match node.path() {
        Some(path) => failure.detail(path.display().to_string()),
        None => failure,
    }
}
