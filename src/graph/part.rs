//! A part of a graph that is shown, and where lines lead that leave it.

use std::collections::VecDeque;

use super::{Edges, Node, RevisionGraph, RevisionSet};

/// Some revisions of a graph.
#[derive(Clone, Debug)]
pub struct Part<'g> {
    graph: &'g RevisionGraph,
    shown: RevisionSet,
    /// Those that are shown and all above them.
    above_shown: RevisionSet,
}

/// Where a line from a revision to a parent leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down<'g> {
    /// To the parent.
    Parent(&'g Node),
    /// To the next one below that is shown; the parent is not.
    Below(&'g Node),
    /// Nothing below is shown.
    Nothing,
}

impl<'g> Part<'g> {
    /// Takes a part of a graph.
    #[must_use]
    pub fn new(graph: &'g RevisionGraph, nodes: &[&Node]) -> Self {
        let mut shown = graph.nothing();
        for node in nodes {
            shown.insert(node);
        }
        Self {
            graph,
            shown,
            above_shown: graph.descendants(nodes.iter().copied(), Edges::Lineage),
        }
    }

    /// Returns whether a revision is shown.
    #[must_use]
    pub fn shows(&self, node: &Node) -> bool {
        self.shown.contains(node)
    }

    /// Returns where the lines from a revision to its parents lead, no revision twice.
    #[must_use]
    pub fn down(&self, node: &Node) -> Vec<Down<'g>> {
        let mut lines = Vec::new();
        let mut hidden = VecDeque::new();
        for parent in self.graph.parents(node) {
            if self.shown.contains(parent) {
                lines.push(Down::Parent(parent));
            } else if self.above_shown.contains(parent) {
                hidden.push_back(parent);
            } else {
                lines.push(Down::Nothing);
            }
        }
        if hidden.is_empty() {
            return lines;
        }
        let mut seen = self.graph.nothing();
        for parent in self.graph.parents(node) {
            seen.insert(parent);
        }
        while let Some(node) = hidden.pop_front() {
            for parent in self.graph.parents(node) {
                if !seen.insert(parent) {
                    continue;
                }
                if self.shown.contains(parent) {
                    lines.push(Down::Below(parent));
                } else if self.above_shown.contains(parent) {
                    hidden.push_back(parent);
                }
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::picture::graph;

    #[test]
    fn lines_lead_to_the_next_revision_that_is_shown_or_end() {
        let graph = graph(
            "
            a
            b <- a
            c <- b
            d <- b
            e <- c, d
            x <- e
            y
            z <- y, x
            ",
        );
        let of = |shown: &[&str], id: &str| {
            let nodes: Vec<_> = shown.iter().filter_map(|id| graph.get(id)).collect();
            let part = Part::new(&graph, &nodes);
            let lines = part.down(graph.get(id).unwrap()).into_iter();
            let lines = lines.map(|line| match line {
                Down::Parent(node) => format!("{}", node.id()),
                Down::Below(node) => format!("..{}", node.id()),
                Down::Nothing => "~".to_owned(),
            });
            lines.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["e", "c", "d"], "e"), "c d");
        assert_eq!(of(&["e", "b"], "e"), "..b");
        assert_eq!(of(&["e", "c", "a"], "e"), "c ..a");
        assert_eq!(of(&["z", "e"], "z"), "~ ..e");
        assert_eq!(of(&["e"], "e"), "~ ~");
        assert_eq!(of(&["a"], "a"), "");
    }
}
