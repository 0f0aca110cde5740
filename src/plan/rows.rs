//! The version table's rows while a plan is made.
//!
//! A row is kept for each revision that is applied and below no other applied one. What a step does
//! to the rows is found by counting, for each revision, the applied ones that stand on it.

use crate::graph::{Node, RevisionGraph, RevisionSet};
use crate::heads::{Heads, RowEdit};
use crate::id::RevisionId;

pub(super) struct Rows<'g> {
    graph: &'g RevisionGraph,
    rows: RevisionSet,
    /// For each revision, how many applied ones need it directly.
    needed: Vec<u32>,
}

impl<'g> Rows<'g> {
    pub(super) fn new(graph: &'g RevisionGraph, current: &[&Node], applied: &RevisionSet) -> Self {
        let mut rows = graph.nothing();
        for node in current {
            rows.insert(node);
        }
        let mut needed = vec![0; graph.len()];
        for node in graph.members(applied) {
            for requirement in graph.requirements(node) {
                needed[requirement.index()] += 1;
            }
        }
        Self {
            graph,
            rows,
            needed,
        }
    }

    /// Whether nothing applied stands on it.
    pub(super) fn is_bare(&self, node: &Node) -> bool {
        self.needed[node.index()] == 0
    }

    /// The rows as they are now.
    pub(super) fn heads(&self) -> Heads {
        let rows = self.graph.members(&self.rows);
        rows.map(|node| node.id().clone()).collect()
    }

    /// The edit of an upgrade: the rows it stands on become its own.
    pub(super) fn apply(&mut self, node: &Node) -> Option<RowEdit> {
        let mut before = Vec::new();
        for requirement in self.graph.requirements(node) {
            self.needed[requirement.index()] += 1;
            if self.rows.remove(requirement) {
                before.push(requirement.id().clone());
            }
        }
        self.rows.insert(node);
        RowEdit::replace(before, vec![node.id().clone()])
    }

    /// The edit of a downgrade: its row becomes those of what nothing else stands on any more.
    pub(super) fn revert(&mut self, node: &Node) -> Option<RowEdit> {
        let mut after: Vec<RevisionId> = Vec::new();
        for requirement in self.graph.requirements(node) {
            let needed = &mut self.needed[requirement.index()];
            *needed -= 1;
            if *needed == 0 && self.rows.insert(requirement) {
                after.push(requirement.id().clone());
            }
        }
        let before = self.rows.remove(node).then(|| node.id().clone());
        RowEdit::replace(before.into_iter().collect(), after)
    }
}
