//! Going back in time: what was applied last is taken back first, whatever line it stands in.
//!
//! The order is the ledger's. A revision that it does not know was applied by other means and counts
//! as older than those it knows; where several such could be the last, nobody knows which was.

use std::collections::BTreeMap;

use super::rows::Rows;
use super::{Extent, Plan, PlanError, Way, merge_undone};
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::resolve::{self, Resolver};
use crate::target::Target;

/// Plans the way back in time.
///
/// `order` lists applied revisions by when they were, oldest first.
///
/// # Errors
/// Fails when fewer revisions are applied, the one to keep is not, it is not known which was applied
/// last, or the database has a row that the graph does not know.
pub fn rollback(
    graph: &RevisionGraph,
    heads: &Heads,
    order: &[RevisionId],
    extent: &Extent,
) -> Result<Plan, PlanError> {
    let mut past = Past::new(graph, heads, order)?;
    let mut plan = Plan::new(Way::Downgrade, heads);
    match extent {
        Extent::Steps(steps) => {
            for applied in 0..*steps {
                let Some(node) = past.last()? else {
                    return Err(match (applied, *steps) {
                        (0, _) => PlanError::NothingApplied,
                        (applied, steps) => PlanError::TooManySteps { steps, applied },
                    });
                };
                past.take_back(node, &mut plan);
                plan.notes.extend(merge_undone(node));
            }
        }
        Extent::To(target) => {
            let kept = past.kept(target)?;
            while let Some(node) = past.last()?.filter(|node| !kept.contains(node)) {
                past.take_back(node, &mut plan);
            }
        }
    }
    Ok(plan)
}

/// Plans to take a revision back and to apply it again, with all that stands on it; without a
/// target, the one that was applied last.
///
/// # Errors
/// Fails when the target is not one applied revision, nothing is applied, or it is not known what
/// was applied last.
pub fn redo(
    graph: &RevisionGraph,
    heads: &Heads,
    order: &[RevisionId],
    target: Option<&Target>,
) -> Result<Plan, PlanError> {
    let mut past = Past::new(graph, heads, order)?;
    let roots = match target {
        Some(target) => {
            let roots = past.kept(target)?;
            if roots.is_empty() {
                let target = target.text().to_owned();
                return Err(PlanError::NoRevision { target });
            }
            roots
        }
        None => match past.last()? {
            Some(last) => vec![last],
            None => return Err(PlanError::NothingApplied),
        },
    };
    let mut again = graph.descendants(roots, Edges::All);
    again.intersect(&past.applied);
    let newest_first = graph.newest_first(&again, &past.current);
    let mut plan = Plan::new(Way::Both, heads);
    plan.push_down(&mut past.rows, newest_first.iter().copied());
    plan.push_up(&mut past.rows, newest_first.iter().rev().copied());
    Ok(plan)
}

/// What is applied, while it is taken back.
struct Past<'g> {
    graph: &'g RevisionGraph,
    heads: &'g Heads,
    current: Vec<&'g Node>,
    applied: RevisionSet,
    rows: Rows<'g>,
    /// For each revision, its place in the order; 0 where it has none.
    places: Vec<usize>,
    /// The applied revisions on which nothing applied stands, by their place and the file order.
    bare: BTreeMap<(usize, usize), &'g Node>,
}

impl<'g> Past<'g> {
    fn new(
        graph: &'g RevisionGraph,
        heads: &'g Heads,
        order: &[RevisionId],
    ) -> Result<Self, PlanError> {
        let current = resolve::current(graph, heads)?;
        let applied = graph.ancestors(current.iter().copied(), Edges::All);
        let rows = Rows::new(graph, &current, &applied);
        let mut places = vec![0; graph.len()];
        for (place, revision) in (1..).zip(order) {
            if let Some(node) = graph.get(revision.as_str()) {
                places[node.index()] = place;
            }
        }
        let bare = graph.members(&applied).filter(|node| rows.is_bare(node));
        let bare = bare.map(|node| ((places[node.index()], node.index()), node));
        Ok(Self {
            graph,
            heads,
            bare: bare.collect(),
            current,
            applied,
            rows,
            places,
        })
    }

    /// The revision that was applied last; none where nothing is applied.
    fn last(&self) -> Result<Option<&'g Node>, PlanError> {
        let Some((&(place, _), last)) = self.bare.last_key_value() else {
            return Ok(None);
        };
        if place == 0 && self.bare.len() > 1 {
            let revisions = self.bare.values().map(|node| node.id().clone());
            return Err(PlanError::OrderUnknown {
                revisions: revisions.collect(),
            });
        }
        Ok(Some(last))
    }

    /// Adds the step that takes back a revision on which nothing applied stands.
    fn take_back(&mut self, node: &'g Node, plan: &mut Plan) {
        plan.push_down(&mut self.rows, [node]);
        self.bare.remove(&(self.places[node.index()], node.index()));
        for below in self.graph.requirements(node) {
            if self.rows.is_bare(below) {
                let index = below.index();
                self.bare.insert((self.places[index], index), below);
            }
        }
    }

    /// The applied revisions that a target names; none where it is the base.
    fn kept(&self, target: &Target) -> Result<Vec<&'g Node>, PlanError> {
        let goal = Resolver::new(self.graph, Some(self.heads))?.goal(target)?;
        let target = target.text().to_owned();
        if goal.points.is_empty() && goal.branch.is_some() {
            return Err(PlanError::NoRevision { target });
        }
        match goal.points.iter().find(|node| !self.applied.contains(node)) {
            None => Ok(goal.points),
            Some(node) => Err(PlanError::NotApplied {
                revision: node.id().clone(),
                heads: self.heads.clone(),
            }),
        }
    }
}
