//! Whether the tables of other tools that are kept in step say what the version table says.

use super::failure::Failure;
use super::live::Told;
use super::text::count;
use crate::adopt::{self, Known, Marks, Taken};
use crate::catalog::Catalog;
use crate::database::Database;
use crate::graph::{Edges, RevisionGraph};

/// Tells of each table that does not, as a warning. Asks nothing where no table is kept in step.
#[must_use]
pub fn warnings(database: &mut Database, catalog: &Catalog, told: &Told) -> Vec<Failure> {
    let sources = match adopt::read_mirrored(database.session(), catalog) {
        Ok(sources) => sources,
        Err(error) => return vec![Failure::of_tracking(&error)],
    };
    if sources.is_empty() {
        return Vec::new();
    }
    let known = Known {
        heads: told.state.heads.clone(),
        taken_back: told.taken_back(),
    };
    let graph = catalog.graph();
    let taken = adopt::settle(graph, sources, &known, &Marks::default());
    let warnings = taken.iter();
    warnings
        .filter_map(|taken| warning(graph, taken, &known))
        .collect()
}

fn warning(graph: &RevisionGraph, taken: &Taken, known: &Known) -> Option<Failure> {
    let heads = known.heads.iter().filter_map(|id| graph.get(id.as_str()));
    let below = graph.ancestors(heads, Edges::All);
    let mut alone = 0;
    let mut untold = 0;
    for (id, verdict) in taken.revisions() {
        let is_before = graph.get(id.as_str()).is_some_and(|it| below.contains(it));
        match verdict.state {
            adopt::State::Applied if !is_before => alone += 1,
            adopt::State::Conflict if is_before => untold += 1,
            _ => {}
        }
    }
    let tool = taken.source.tool;
    // A revision that was left half-done is in question, too.
    let is_dirty = taken.is_dirty();
    let parts = [
        is_dirty.then(|| format!("{tool} stopped half-way")),
        (alone > 0).then(|| format!("{tool} applied {} by itself", count(alone, "revision"))),
        (untold > 0 && !is_dirty)
            .then(|| format!("it has nothing of {}", count(untold, "applied revision"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return None;
    }
    let table = taken.source.table.as_ref().unwrap_or(&taken.source.wanted);
    let message = format!("`{table}` is not in step: {}", parts.join(", and "));
    Some(Failure::new("not_in_step", message).hint("`limbeck adopt` shows which"))
}
