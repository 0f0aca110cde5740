//! The revision graph: built once from declarations, validated, and then only asked.
//!
//! Nothing here knows a database, a file format or a command. Two kinds of edges are told apart
//! throughout, as Alembic does: `down_revision` makes lines, branches and merges; `depends_on` only
//! says what must be applied first. Every list comes in a fixed order: file order, or the order in
//! which Alembic would list or run the revisions.

mod build;
mod cycles;
mod fault;
mod names;
mod order;
mod part;
#[cfg(test)]
pub(crate) mod picture;
mod set;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

pub use self::fault::{CycleKind, CycleMember, Fault, Place};
use self::names::Names;
pub use self::part::{Down, Part};
use self::set::Adjacency;
pub use self::set::RevisionSet;
use crate::declaration::{Declaration, Format};
use crate::id::{Label, RevisionId};

/// What building makes: the healthy part of the graph, and all that was wrong.
#[derive(Clone, Debug)]
#[must_use]
pub struct Built {
    /// The revisions that are sound down to their bases.
    pub graph: RevisionGraph,
    /// Everything wrong, in file order; empty where the graph is complete.
    pub faults: Vec<Fault>,
    /// The revisions that the graph does not have, with their positions among the declarations.
    pub left_out: Vec<(Box<Declaration>, usize)>,
}

/// One revision of a graph.
#[derive(Clone, Debug)]
pub struct Node {
    index: u32,
    position: u32,
    id: RevisionId,
    down_revisions: Vec<RevisionId>,
    depends_on: Vec<RevisionId>,
    labels: Vec<Label>,
    branch_names: Arc<[Label]>,
    /// As it was handed in, for what is only passed on.
    declaration: Box<Declaration>,
    children: u32,
    dependents: u32,
}

impl Node {
    /// Returns the id.
    #[must_use]
    pub fn id(&self) -> &RevisionId {
        &self.id
    }

    /// Returns the position among the graph's revisions in file order, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// Returns the position of its declaration among those that the graph was built from, from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position as usize
    }

    /// Returns the parents, as declared.
    #[must_use]
    pub fn down_revisions(&self) -> &[RevisionId] {
        &self.down_revisions
    }

    /// Returns the revisions that must be applied first, as declared; labels are resolved to ids.
    #[must_use]
    pub fn depends_on(&self) -> &[RevisionId] {
        &self.depends_on
    }

    /// Returns the branch labels that this revision declares.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Returns the branch labels of the lines that this revision is part of, in file order.
    ///
    /// A label holds for every revision above the one that declares it, and for the plain line
    /// below it, down to where that line branches or merges.
    #[must_use]
    pub fn branch_names(&self) -> &[Label] {
        &self.branch_names
    }

    /// Returns what the author wrote of it; may be empty.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.declaration.message
    }

    /// Returns when it was written, where the file says so.
    #[must_use]
    pub fn created(&self) -> Option<DateTime<FixedOffset>> {
        self.declaration.created
    }

    /// Returns its file; none where only the ledger has it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.declaration.path.as_deref()
    }

    /// Returns the place of its id.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            path: self.declaration.path.clone(),
            line: self.declaration.revision.line,
        }
    }

    /// Returns the line of its id in the file.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.declaration.revision.line
    }

    /// Returns the format it was read from.
    #[must_use]
    pub fn format(&self) -> Format {
        self.declaration.format
    }

    /// Returns all that it says of itself, as it was handed in.
    #[must_use]
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// Returns true where no revision has it as a parent.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.children == 0
    }

    /// Returns true where no revision has it as a parent or depends on it.
    #[must_use]
    pub fn is_real_head(&self) -> bool {
        self.children == 0 && self.dependents == 0
    }

    /// Returns true for a head that others depend on, so that it is never a row once all is applied.
    #[must_use]
    pub fn is_effective_head(&self) -> bool {
        self.children == 0 && self.dependents > 0
    }

    /// Returns true where it has no parent.
    #[must_use]
    pub fn is_base(&self) -> bool {
        self.down_revisions.is_empty()
    }

    /// Returns true where several revisions have it as a parent.
    #[must_use]
    pub fn is_branch_point(&self) -> bool {
        self.children > 1
    }

    /// Returns true where it has several parents.
    #[must_use]
    pub fn is_merge_point(&self) -> bool {
        self.down_revisions.len() > 1
    }
}

impl PartialEq for Node {
    /// Nodes of one graph are equal when they are the same revision.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Node {}

/// Which edges a question follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// Only `down_revision`.
    Lineage,
    /// `down_revision` and `depends_on`.
    All,
}

/// An immutable graph of revisions.
///
/// Questions that take a [`Node`] expect one of this graph.
#[derive(Clone, Debug)]
pub struct RevisionGraph {
    nodes: Vec<Node>,
    names: Names,
    parents: Adjacency,
    children: Adjacency,
    dependencies: Adjacency,
    dependents: Adjacency,
    /// Parents, then the dependencies that no ancestor in the line has too.
    down: Adjacency,
    up: Adjacency,
    /// All revisions, newest first.
    newest_first: Vec<u32>,
}

impl RevisionGraph {
    /// Validates declarations, given in file order, and makes a graph of the healthy ones.
    ///
    /// A revision at fault is left out together with everything that stands above it.
    pub fn build<D: Into<Box<Declaration>>>(declarations: impl IntoIterator<Item = D>) -> Built {
        build::build(declarations.into_iter().map(Into::into))
    }

    /// Returns the number of revisions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns true where there is no revision.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns all revisions, bases first; backwards it is Alembic's history.
    pub fn revisions(&self) -> impl DoubleEndedIterator<Item = &Node> + ExactSizeIterator {
        self.newest_first.iter().rev().map(|&i| self.node(i))
    }

    /// Returns all revisions in file order.
    pub fn in_file_order(&self) -> impl DoubleEndedIterator<Item = &Node> + ExactSizeIterator {
        self.nodes.iter()
    }

    /// Returns the revision with exactly this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Node> {
        Some(self.node(*self.names.revisions.get(id)?))
    }

    /// Returns the revisions that no other has as a parent, in file order.
    #[must_use]
    pub fn heads(&self) -> Vec<&Node> {
        self.nodes.iter().filter(|n| n.is_head()).collect()
    }

    /// Returns the heads that no other revision depends on: the rows once all is applied.
    #[must_use]
    pub fn real_heads(&self) -> Vec<&Node> {
        self.nodes.iter().filter(|n| n.is_real_head()).collect()
    }

    /// Returns the revisions without a parent, in file order.
    #[must_use]
    pub fn bases(&self) -> Vec<&Node> {
        self.nodes.iter().filter(|n| n.is_base()).collect()
    }

    /// Returns the revisions that have this one as a parent, in file order.
    pub fn children(&self, node: &Node) -> impl ExactSizeIterator<Item = &Node> {
        self.of(&self.children, node)
    }

    /// Returns the parents, as declared.
    pub fn parents(&self, node: &Node) -> impl ExactSizeIterator<Item = &Node> {
        self.of(&self.parents, node)
    }

    /// Returns the revisions that this one depends on, as declared.
    pub fn dependencies(&self, node: &Node) -> impl ExactSizeIterator<Item = &Node> {
        self.of(&self.dependencies, node)
    }

    /// Returns the revisions that depend on this one, in file order.
    pub fn dependents(&self, node: &Node) -> impl ExactSizeIterator<Item = &Node> {
        self.of(&self.dependents, node)
    }

    /// Returns what must be a row or below one for this revision to be applied: the parents, and
    /// the dependencies that no ancestor of its line has too.
    pub fn requirements(&self, node: &Node) -> impl ExactSizeIterator<Item = &Node> {
        self.of(&self.down, node)
    }

    /// Returns the given revisions and everything below them.
    #[must_use]
    pub fn ancestors<'a>(
        &self,
        nodes: impl IntoIterator<Item = &'a Node>,
        edges: Edges,
    ) -> RevisionSet {
        let adjacency = match edges {
            Edges::Lineage => &self.parents,
            Edges::All => &self.down,
        };
        adjacency.reach(nodes.into_iter().map(|n| n.index))
    }

    /// Returns the given revisions and everything above them.
    #[must_use]
    pub fn descendants<'a>(
        &self,
        nodes: impl IntoIterator<Item = &'a Node>,
        edges: Edges,
    ) -> RevisionSet {
        let adjacency = match edges {
            Edges::Lineage => &self.children,
            Edges::All => &self.up,
        };
        adjacency.reach(nodes.into_iter().map(|n| n.index))
    }

    /// Returns a revision with its ancestors and descendants by `down_revision`.
    #[must_use]
    pub fn lineage(&self, node: &Node) -> RevisionSet {
        let mut lineage = self.ancestors([node], Edges::Lineage);
        for index in self.descendants([node], Edges::Lineage).indices() {
            lineage.add(index);
        }
        lineage
    }

    /// Returns a set without members.
    #[must_use]
    pub fn nothing(&self) -> RevisionSet {
        RevisionSet::empty(self.nodes.len())
    }

    /// Returns the members of a set in file order.
    pub fn members<'g, 's>(
        &'g self,
        set: &'s RevisionSet,
    ) -> impl Iterator<Item = &'g Node> + use<'g, 's> {
        set.indices().map(|i| self.node(i))
    }

    /// Lists the members of a set as Alembic does, newest first, walking down from the tips.
    #[must_use]
    pub fn newest_first(&self, set: &RevisionSet, tips: &[&Node]) -> Vec<&Node> {
        let edges = self.order_edges();
        let tips: Vec<u32> = tips.iter().map(|n| n.index).collect();
        let order = order::newest_first(&edges, set, &tips);
        order.into_iter().map(|i| self.node(i)).collect()
    }

    fn order_edges(&self) -> order::Edges<'_> {
        order::Edges {
            down: &self.down,
            up: &self.up,
        }
    }

    fn node(&self, index: u32) -> &Node {
        &self.nodes[index as usize]
    }

    fn of<'a>(
        &'a self,
        adjacency: &'a Adjacency,
        node: &Node,
    ) -> impl ExactSizeIterator<Item = &'a Node> + use<'a> {
        adjacency.of(node.index).iter().map(|&i| self.node(i))
    }
}

#[cfg(test)]
mod tests;
