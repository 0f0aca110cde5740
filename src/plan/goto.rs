//! Going to exactly one place: up, down, or down another line and up this one.
//!
//! Afterwards, of all that has a base in common with the target, the target and what it needs are
//! applied and nothing else. Lines with bases of their own stay as they are.

use super::rows::Rows;
use super::{Plan, PlanError, Way, downgrade, merge_undone};
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::resolve::{self, Resolver};
use crate::target::Target;

/// Plans the way to exactly the target.
///
/// # Errors
/// Fails when the target does not resolve; when revisions would go that do not stand on it, unless
/// they are the only line that the database stands in; and when the database has a row that the
/// graph does not know.
pub fn goto(graph: &RevisionGraph, heads: &Heads, target: &Target) -> Result<Plan, PlanError> {
    let goal = Resolver::new(graph, Some(heads))?.goal(target)?;
    if goal.points.is_empty() {
        return downgrade(graph, heads, std::slice::from_ref(target));
    }
    let current = resolve::current(graph, heads)?;
    let applied = graph.ancestors(current.iter().copied(), Edges::All);
    let needed = graph.ancestors(goal.points.iter().copied(), Edges::All);
    let related = related(graph, &applied, &goal.points);
    let mut goes = graph.ancestors(related.iter().copied(), Edges::Lineage);
    goes.subtract(&needed);
    let mut goes = graph.descendants(graph.members(&goes), Edges::All);
    goes.intersect(&applied);
    let mut comes = needed;
    comes.subtract(&applied);

    let way = match (goes.is_empty(), comes.is_empty()) {
        (true, _) => Way::Upgrade,
        (false, true) => Way::Downgrade,
        (false, false) => Way::Both,
    };
    let mut plan = Plan::new(way, heads);
    plan.notes.extend(goal.stepped_off.and_then(merge_undone));
    let mut rows = Rows::new(graph, &current, &applied);
    plan.push_down(&mut rows, graph.newest_first(&goes, &current));
    let newest_first = graph.newest_first(&comes, &goal.points);
    plan.push_up(&mut rows, newest_first.into_iter().rev());

    let mut others = goes;
    others.subtract(&graph.descendants(goal.points.iter().copied(), Edges::All));
    let only_line = related.len() == 1 && related.iter().all(|tip| others.contains(tip));
    if others.is_empty() || only_line {
        return Ok(plan);
    }
    Err(PlanError::OtherLines {
        target: target.text().to_owned(),
        others: graph
            .members(&others)
            .map(|node| node.id().clone())
            .collect(),
        plan: Box::new(plan),
    })
}

/// The tips of the applied lines that have a base in common with one of the points.
///
/// More than the rows: a line that another one depends on has no row of its own.
fn related<'g>(graph: &'g RevisionGraph, applied: &RevisionSet, points: &[&Node]) -> Vec<&'g Node> {
    let below = graph.ancestors(points.iter().copied(), Edges::Lineage);
    let is_tip = |node: &&Node| !graph.children(node).any(|child| applied.contains(child));
    let meets = |tip: &&Node| {
        let mut common = graph.ancestors([*tip], Edges::Lineage);
        common.intersect(&below);
        !common.is_empty()
    };
    let tips = graph.members(applied).filter(is_tip);
    tips.filter(meets).collect()
}
