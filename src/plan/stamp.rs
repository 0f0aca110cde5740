//! Planning a stamp: rows change, nothing runs.
//!
//! Each target takes the place of the rows in its own line, above or below it, and of rows that it
//! depends on. A row that merely depends on the target's line is left where it is. Also planned here
//! is the row of a revision of which it is declared what became of it.

use super::rows::Rows;
use super::{Direction, Note, Plan, PlanError, Way};
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::{Heads, RowEdit};
use crate::id::RevisionId;
use crate::resolve::{self, ResolveError, Resolver};
use crate::target::Target;

/// What happens to rows that no target takes the place of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purge {
    /// They stay.
    #[default]
    Keep,
    /// All rows go first, even those that the graph does not know.
    All,
}

/// Plans the rows that the targets name.
///
/// # Errors
/// Fails when a target does not resolve, or two are revisions of one line; and, unless all rows are
/// purged, when the database has a row that the graph does not know.
pub fn stamp(
    graph: &RevisionGraph,
    heads: &Heads,
    targets: &[Target],
    purge: Purge,
) -> Result<Plan, PlanError> {
    let mut plan = Plan::new(Way::Stamp, heads);
    let known = match purge {
        Purge::Keep => heads.clone(),
        // Targets that count from the database's heads still can, where these are known.
        Purge::All => heads
            .iter()
            .filter(|id| graph.get(id.as_str()).is_some())
            .cloned()
            .collect(),
    };
    let resolver = Resolver::new(graph, Some(&known))?;
    let mut points: Vec<&Node> = Vec::new();
    for target in targets {
        let goal = resolver.goal(target)?;
        if goal.points.is_empty() && purge == Purge::Keep {
            let lineage = goal.branch.map(|branch| graph.lineage(branch));
            for id in plan.to.clone().iter() {
                let node = graph.get(id.as_str());
                if lineage
                    .as_ref()
                    .is_none_or(|set| node.is_some_and(|n| set.contains(n)))
                {
                    change(&mut plan, id, Some(RowEdit::Delete(id.clone())));
                }
            }
        }
        for point in goal.points {
            if !points.contains(&point) {
                points.push(point);
            }
        }
    }
    refuse_overlaps(graph, &points)?;
    if purge == Purge::All {
        for id in heads.iter() {
            if !points.iter().any(|point| point.id() == id) {
                change(&mut plan, id, Some(RowEdit::Delete(id.clone())));
            }
        }
    }
    for point in &points {
        place(graph, &mut plan, point, &points);
    }
    Ok(plan)
}

/// What became of a revision that was left half-done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is there.
    Applied,
    /// Nothing of it is there.
    NotApplied,
}

/// Plans the row that a revision has, or has not, once it is declared what became of it; no step
/// where the rows say so already.
///
/// # Errors
/// Fails when the graph does not know what is needed to move the row, when what the revision needs
/// is not applied, or when another row stands on one that is declared not to be applied.
pub fn settle(
    graph: &RevisionGraph,
    heads: &Heads,
    revision: &RevisionId,
    outcome: Outcome,
) -> Result<Plan, PlanError> {
    let mut plan = Plan::new(Way::Stamp, heads);
    let is_row = heads.contains(revision.as_str());
    if is_row && outcome == Outcome::Applied {
        return Ok(plan);
    }
    let Some(node) = graph.get(revision.as_str()) else {
        // Without a row and without a place in the graph, it is not applied.
        return match (outcome, is_row) {
            (Outcome::NotApplied, false) => Ok(plan),
            _ => Err(ResolveError::UnknownRevision {
                target: revision.to_string(),
                name: revision.to_string(),
                similar: Vec::new(),
            }
            .into()),
        };
    };
    let current = resolve::current(graph, heads)?;
    let applied = graph.ancestors(current.iter().copied(), Edges::All);
    let mut rows = Rows::new(graph, &current, &applied);
    let edit = match (outcome, applied.contains(node)) {
        (Outcome::Applied, true) | (Outcome::NotApplied, false) => return Ok(plan),
        (Outcome::Applied, false) => {
            let mut needed = graph.requirements(node);
            if let Some(missing) = needed.find(|needed| !applied.contains(needed)) {
                return Err(PlanError::NotApplied {
                    revision: missing.id().clone(),
                    heads: heads.clone(),
                });
            }
            rows.apply(node)
        }
        (Outcome::NotApplied, true) => {
            let mut above = graph.descendants([node], Edges::All);
            above.intersect(&applied);
            above.remove(node);
            if !above.is_empty() {
                let above = graph.members(&above).map(|node| node.id().clone());
                return Err(PlanError::StillNeeded {
                    revision: revision.clone(),
                    by: above.collect(),
                });
            }
            rows.revert(node)
        }
    };
    plan.push(Direction::Stamp, revision, edit);
    plan.to = rows.heads();
    Ok(plan)
}

/// Adds a step and makes its edit.
fn change(plan: &mut Plan, revision: &RevisionId, edit: Option<RowEdit>) {
    plan.push(Direction::Stamp, revision, edit);
    if let Some(step) = plan.steps.last() {
        plan.to
            .apply(&step.edit)
            .expect("edits are made for the rows that the steps before them leave");
    }
}

fn refuse_overlaps(graph: &RevisionGraph, points: &[&Node]) -> Result<(), PlanError> {
    if points.len() < 2 {
        return Ok(());
    }
    for upper in points {
        let below = graph.ancestors([*upper], Edges::Lineage);
        if let Some(lower) = points.iter().find(|p| *p != upper && below.contains(p)) {
            return Err(PlanError::Overlapping {
                lower: lower.id().clone(),
                upper: upper.id().clone(),
            });
        }
    }
    Ok(())
}

/// Adds the step that makes a revision a row.
fn place(graph: &RevisionGraph, plan: &mut Plan, point: &Node, points: &[&Node]) {
    if plan.to.contains(point.id().as_str()) {
        return;
    }
    let lineage = graph.lineage(point);
    let below = graph.ancestors([point], Edges::All);
    let above = graph.descendants([point], Edges::All);
    let mut moved: Vec<RevisionId> = Vec::new();
    for row in plan.to.iter().filter_map(|id| graph.get(id.as_str())) {
        if points.contains(&row) {
            continue;
        }
        if lineage.contains(row) || below.contains(row) {
            moved.push(row.id().clone());
        } else if above.contains(row) {
            plan.notes.push(Note::Implied {
                revision: point.id().clone(),
                by: row.id().clone(),
            });
        }
    }
    let edit = RowEdit::replace(moved, vec![point.id().clone()]);
    change(plan, point.id(), edit);
}
