//! Plans: every step from the database's heads to the targets, written down before anything runs.
//!
//! Every planner makes the same [`Plan`]. A step carries the exact edit of the version table's rows;
//! what a revision runs is not known here. Making a plan needs no database, and a plan is its own
//! dry run.

mod back;
mod error;
mod goto;
mod request;
mod rows;
mod stamp;

use std::fmt;
use std::rc::Rc;

pub use self::back::{redo, rollback};
pub use self::error::PlanError;
pub use self::goto::goto;
pub use self::request::{Adopted, AppliedAt, Extent, Request};
use self::rows::Rows;
pub use self::stamp::{Outcome, Purge, settle, stamp};
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::{Heads, RowEdit};
use crate::id::RevisionId;
use crate::resolve::{self, Goal, Resolver};
pub use crate::script::Direction;
use crate::target::{Steps, Target};

/// Which way a plan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Only up.
    Upgrade,
    /// Only down.
    Downgrade,
    /// Nowhere: only the version table moves.
    Stamp,
    /// Down first, and then up.
    Both,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
            Self::Both => "both",
        })
    }
}

/// One revision to run, and what its running does to the version table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The revision; for a stamp the one that becomes a row, or whose row goes.
    pub revision: RevisionId,
    /// Which of its bodies runs; none for a stamp.
    pub direction: Direction,
    /// What happens to the rows, in the same transaction.
    pub edit: RowEdit,
}

/// Something that a person should be told before a plan runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A step down undoes a merge and so leads to several revisions.
    MergeUndone {
        /// The merge.
        revision: RevisionId,
        /// Its parents.
        parents: Vec<RevisionId>,
    },
    /// A stamped revision still counts as applied because of another row, and so does what is
    /// between them.
    Implied {
        /// The stamped revision.
        revision: RevisionId,
        /// The row that depends on it.
        by: RevisionId,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MergeUndone { revision, parents } => {
                let parents: Vec<String> = parents.iter().map(|p| format!("`{p}`")).collect();
                let parents = parents.join(" and ");
                write!(
                    f,
                    "`{revision}` is a merge: one step down from it leads to {parents}"
                )
            }
            Self::Implied { revision, by } => write!(
                f,
                "row `{by}` depends on what is above `{revision}`, which therefore still counts \
                 as applied"
            ),
        }
    }
}

/// The steps from the database's heads to the targets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Plan {
    /// Which way it goes.
    pub way: Way,
    /// The database's heads before.
    pub from: Heads,
    /// The database's heads after.
    pub to: Heads,
    /// The steps, in order; empty where there is nothing to do.
    pub steps: Vec<Step>,
    /// What a person should be told.
    pub notes: Vec<Note>,
}

/// A step with the database's heads around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked<'p> {
    /// The step.
    pub step: &'p Step,
    /// The heads before it.
    pub before: Rc<Heads>,
    /// The heads after it.
    pub after: Rc<Heads>,
}

impl Plan {
    /// A plan whose steps are to be added.
    fn new(way: Way, from: &Heads) -> Self {
        Self {
            way,
            from: from.clone(),
            to: from.clone(),
            steps: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a step; the heads after are for the planner to set.
    fn push(&mut self, direction: Direction, revision: &RevisionId, edit: Option<RowEdit>) {
        let edit = edit.expect("a step changes the row of its own revision");
        self.steps.push(Step {
            revision: revision.clone(),
            direction,
            edit,
        });
    }

    /// Adds steps down, in this order.
    fn push_down<'g>(&mut self, rows: &mut Rows<'_>, nodes: impl IntoIterator<Item = &'g Node>) {
        for node in nodes {
            self.push(Direction::Downgrade, node.id(), rows.revert(node));
        }
        self.to = rows.heads();
    }

    /// Adds steps up, in this order.
    fn push_up<'g>(&mut self, rows: &mut Rows<'_>, nodes: impl IntoIterator<Item = &'g Node>) {
        for node in nodes {
            self.push(Direction::Upgrade, node.id(), rows.apply(node));
        }
        self.to = rows.heads();
    }

    /// Returns true where there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the steps with the database's heads before and after each.
    pub fn walk(&self) -> impl Iterator<Item = Walked<'_>> {
        let mut heads = Rc::new(self.from.clone());
        self.steps.iter().map(move |step| {
            let before = Rc::clone(&heads);
            let mut after = Heads::clone(&before);
            after
                .apply(&step.edit)
                .expect("edits are made for the rows that the steps before them leave");
            heads = Rc::new(after);
            let after = Rc::clone(&heads);
            Walked {
                step,
                before,
                after,
            }
        })
    }

    /// Returns the dry run: heads before, one line per step, heads after, notes.
    pub fn display<'a>(&'a self, graph: &'a RevisionGraph) -> impl fmt::Display + 'a {
        DryRun { plan: self, graph }
    }
}

impl Step {
    /// Returns the step as one line: `upgrade a, b -> c, message`.
    pub fn display<'a>(&'a self, graph: &'a RevisionGraph) -> impl fmt::Display + 'a {
        Line { step: self, graph }
    }

    /// Returns the step as one line without the message: `upgrade a, b -> c`.
    pub fn short<'a>(&'a self, graph: &'a RevisionGraph) -> impl fmt::Display + 'a {
        Short { step: self, graph }
    }
}

struct Short<'a> {
    step: &'a Step,
    graph: &'a RevisionGraph,
}

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step {
            revision,
            direction,
            edit,
        } = self.step;
        let node = self.graph.get(revision.as_str());
        let parents = || {
            let ids = node.map_or(&[][..], Node::down_revisions).iter();
            ids.map(RevisionId::as_str).collect::<Vec<_>>().join(", ")
        };
        match (direction, node) {
            (Direction::Upgrade, Some(_)) => write!(f, "upgrade {} -> {revision}", parents()),
            (Direction::Downgrade, Some(_)) => write!(f, "downgrade {revision} -> {}", parents()),
            _ => write!(f, "{direction} {edit}"),
        }
    }
}

struct Line<'a> {
    step: &'a Step,
    graph: &'a RevisionGraph,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.graph.get(self.step.revision.as_str());
        self.step.short(self.graph).fmt(f)?;
        match node.map(Node::message) {
            None | Some("") => Ok(()),
            Some(message) => write!(f, ", {message}"),
        }
    }
}

struct DryRun<'a> {
    plan: &'a Plan,
    graph: &'a RevisionGraph,
}

impl fmt::Display for DryRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "from {}", self.plan.from)?;
        for step in &self.plan.steps {
            writeln!(f, "{}", step.display(self.graph))?;
        }
        writeln!(f, "to {}", self.plan.to)?;
        for note in &self.plan.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// Plans the way up to all targets, everything they need included.
///
/// # Errors
/// Fails when a target does not resolve, or the database has a row that the graph does not know.
pub fn upgrade(
    graph: &RevisionGraph,
    heads: &Heads,
    targets: &[Target],
) -> Result<Plan, PlanError> {
    let resolver = Resolver::new(graph, Some(heads))?;
    let current = resolve::current(graph, heads)?;
    let mut points: Vec<&Node> = Vec::new();
    for target in targets {
        refuse_wrong_way(target, Direction::Upgrade)?;
        points.extend(resolver.goal(target)?.points);
    }
    let applied = graph.ancestors(current.iter().copied(), Edges::All);
    let mut needed = graph.ancestors(points.iter().copied(), Edges::All);
    needed.subtract(&applied);
    let mut plan = Plan::new(Way::Upgrade, heads);
    let mut rows = Rows::new(graph, &current, &applied);
    let newest_first = graph.newest_first(&needed, &points);
    plan.push_up(&mut rows, newest_first.into_iter().rev());
    Ok(plan)
}

/// Plans the way down to all targets: what stands on them goes, dependents included.
///
/// # Errors
/// Fails when a target does not resolve or is not below the database's heads, or the database has a
/// row that the graph does not know.
pub fn downgrade(
    graph: &RevisionGraph,
    heads: &Heads,
    targets: &[Target],
) -> Result<Plan, PlanError> {
    let resolver = Resolver::new(graph, Some(heads))?;
    let current = resolve::current(graph, heads)?;
    let applied = graph.ancestors(current.iter().copied(), Edges::All);
    let mut plan = Plan::new(Way::Downgrade, heads);
    let mut roots: Vec<&Node> = Vec::new();
    for target in targets {
        refuse_wrong_way(target, Direction::Downgrade)?;
        let goal = resolver.goal(target)?;
        plan.notes.extend(goal.stepped_off.and_then(merge_undone));
        let found = roots_of(graph, &goal);
        let dropped = dropped(graph, &found, &applied);
        let is_row = |point: &&Node| heads.contains(point.id().as_str());
        let is_below = |point: &&Node| applied.contains(point);
        let reached = goal.points.iter().all(is_below)
            && (!dropped.is_empty() || goal.points.iter().all(is_row));
        if !reached {
            return Err(PlanError::NotBelow {
                target: target.text().to_owned(),
                heads: heads.clone(),
            });
        }
        roots.extend(found);
    }
    let dropped = dropped(graph, &roots, &applied);
    let mut rows = Rows::new(graph, &current, &applied);
    plan.push_down(&mut rows, graph.newest_first(&dropped, &current));
    Ok(plan)
}

/// What a person should be told where a step down leads to several revisions.
fn merge_undone(node: &Node) -> Option<Note> {
    node.is_merge_point().then(|| Note::MergeUndone {
        revision: node.id().clone(),
        parents: node.down_revisions().to_vec(),
    })
}

/// Refuses steps from the current heads that the command cannot make, rather than doing nothing.
fn refuse_wrong_way(target: &Target, command: Direction) -> Result<(), PlanError> {
    let wrong = match target.steps() {
        Some(&Steps::Up(steps, _)) => command == Direction::Downgrade && steps > 0,
        Some(&Steps::Down(steps, _)) => command == Direction::Upgrade && steps > 0,
        None => false,
    };
    if wrong && target.needs_database() {
        let target = target.text().to_owned();
        return Err(PlanError::WrongWay { target, command });
    }
    Ok(())
}

/// The lowest revisions that must go for a goal to be reached.
fn roots_of<'g>(graph: &'g RevisionGraph, goal: &Goal<'g>) -> Vec<&'g Node> {
    if let Some(node) = goal.stepped_off {
        return vec![node];
    }
    let mut roots: Vec<&Node> = if goal.points.is_empty() {
        graph.bases()
    } else {
        let kept = graph.ancestors(goal.points.iter().copied(), Edges::All);
        let children = goal.points.iter().flat_map(|point| graph.children(point));
        children.filter(|child| !kept.contains(child)).collect()
    };
    if let Some(branch) = goal.branch.filter(|_| roots.len() > 1) {
        let below = graph.ancestors([branch], Edges::Lineage);
        if roots.iter().any(|root| below.contains(root)) {
            roots.retain(|root| below.contains(root));
        } else {
            let above = graph.descendants([branch], Edges::Lineage);
            roots.retain(|root| above.contains(root));
        }
    }
    roots
}

fn dropped(graph: &RevisionGraph, roots: &[&Node], applied: &RevisionSet) -> RevisionSet {
    let mut dropped = graph.descendants(roots.iter().copied(), Edges::All);
    dropped.intersect(applied);
    dropped
}

#[cfg(test)]
mod tests;
