//! The graph as a picture: what is drawn, and in which forms.
//!
//! A [`Chart`] has one row for each revision, newest first, and the lines between them. [`dot`] and
//! [`mermaid`] leave the drawing to other programs; [`svg`] and [`html`] are laid out here and need
//! none.

mod dot;
mod escape;
mod html;
mod lanes;
mod mermaid;
mod svg;

pub use self::dot::dot;
pub use self::html::{Block, Details, html};
pub use self::mermaid::mermaid;
pub use self::svg::svg;
use crate::graph::{Down, Edges, Node, Part, RevisionGraph};
use crate::heads::Heads;

/// Revisions to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// Newest first.
    pub rows: Vec<Row>,
    /// Whether a database was asked what is applied.
    pub asked: bool,
}

/// One revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The labels of its line, where it declares them or the line ends.
    pub labels: Vec<String>,
    /// Its message; may be empty.
    pub message: String,
    /// Whether no revision goes on top of it.
    pub head: bool,
    /// Whether a database has it.
    pub applied: bool,
    /// Whether a database stands here.
    pub current: bool,
    /// What leads down from it: to its parents first, in their order.
    pub lines: Vec<Line>,
}

/// A line down from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row that it leads to; none where that is not drawn.
    pub to: Option<usize>,
    /// What it stands for.
    pub kind: Kind,
}

/// What a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A parent.
    Parent,
    /// Revisions that are left out.
    Below,
    /// What must be applied first.
    Dependency,
}

impl Chart {
    /// Draws some revisions of a graph, which are given newest first.
    ///
    /// `heads` are the rows of the version table, where a database was asked.
    #[must_use]
    pub fn new(graph: &RevisionGraph, nodes: &[&Node], heads: Option<&Heads>) -> Self {
        let mut row_of = vec![None; graph.len()];
        for (row, node) in nodes.iter().enumerate() {
            row_of[node.index()] = Some(row);
        }
        let row_of = |node: &Node| row_of[node.index()];
        let current = heads.into_iter().flat_map(Heads::iter);
        let applied = graph.ancestors(current.filter_map(|id| graph.get(id.as_str())), Edges::All);
        let part = Part::new(graph, nodes);
        let row = |node: &&Node| {
            let down = part.down(node).into_iter().map(|down| match down {
                Down::Parent(parent) => (row_of(parent), Kind::Parent),
                Down::Below(ancestor) => (row_of(ancestor), Kind::Below),
                Down::Nothing => (None, Kind::Below),
            });
            let needs = graph.dependencies(node).filter(|it| part.shows(it));
            let needs = needs.map(|dependency| (row_of(dependency), Kind::Dependency));
            let labels = match node.is_head() {
                true => node.branch_names(),
                false => node.labels(),
            };
            Row {
                id: node.id().to_string(),
                labels: labels.iter().map(ToString::to_string).collect(),
                message: node.message().to_owned(),
                head: node.is_head(),
                applied: applied.contains(node),
                current: heads.is_some_and(|heads| heads.contains(node.id().as_str())),
                lines: down
                    .chain(needs)
                    .map(|(to, kind)| Line { to, kind })
                    .collect(),
            }
        };
        Self {
            rows: nodes.iter().map(row).collect(),
            asked: heads.is_some(),
        }
    }

    /// Returns a line's ends, the lower one first, for forms that are laid out elsewhere.
    fn lines(&self) -> impl Iterator<Item = (usize, usize, Kind)> {
        let rows = self.rows.iter().enumerate();
        rows.flat_map(|(row, revision)| {
            let lines = revision.lines.iter();
            lines.filter_map(move |line| Some((line.to?, row, line.kind)))
        })
    }
}

impl Row {
    /// Returns what there is to say of its state, in words.
    fn states(&self, asked: bool) -> Vec<&'static str> {
        let mut states = Vec::new();
        if self.head {
            states.push("head");
        }
        if self.current {
            states.push("current");
        }
        if asked {
            states.push(if self.applied { "applied" } else { "pending" });
        }
        states
    }
}

#[cfg(test)]
mod tests;
