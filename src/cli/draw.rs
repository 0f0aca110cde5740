//! The history as a drawn graph: newest first, one line for each revision.
//!
//! Only the lines of `down_revision` are drawn; what a revision depends on stands in words beside
//! it, for lines to dependencies would cross the others.

use renderdag::{Ancestor, GraphRowRenderer, Renderer};

use super::text::Words;
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};

/// Draws revisions, which are given newest first.
///
/// Where a parent is not among them, a dotted line leads to the next ones below it that are, or the
/// line ends. `applied` tells for a revision whether the database has it.
#[must_use]
pub fn history(
    graph: &RevisionGraph,
    nodes: &[&Node],
    words: Words<'_>,
    applied: impl Fn(&Node) -> bool,
) -> String {
    let lines = Lines::new(graph, nodes);
    let mut renderer = GraphRowRenderer::new()
        .output()
        .with_min_row_height(1)
        .build_box_drawing();
    let mut drawing = String::new();
    for node in nodes {
        let parents = lines.down(node);
        let glyph = if applied(node) { "●" } else { "○" };
        let mut text = String::new();
        words.write(&mut text, node);
        let row = renderer.next_row(node.index(), parents, glyph.to_owned(), text.clone());
        let mut lines = row.lines().peekable();
        while let Some(line) = lines.next() {
            // An empty line keeps unrelated revisions of one column apart; the other columns go on.
            let beside = match lines.peek() {
                Some(next) if line.is_empty() => going_on(next.strip_suffix(&text)),
                _ => String::new(),
            };
            drawing.push_str(line.trim_end());
            drawing.push_str(beside.trim_end());
            drawing.push('\n');
        }
    }
    drawing
}

/// Which revisions are drawn, and where lines from them lead.
struct Lines<'g> {
    graph: &'g RevisionGraph,
    shown: RevisionSet,
    /// Those that are drawn and all above them.
    above_shown: RevisionSet,
}

impl<'g> Lines<'g> {
    fn new(graph: &'g RevisionGraph, nodes: &[&Node]) -> Self {
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

    fn down(&self, node: &Node) -> Vec<Ancestor<usize>> {
        let mut lines = Vec::new();
        let mut hidden = Vec::new();
        for parent in self.graph.parents(node) {
            if self.shown.contains(parent) {
                lines.push(Ancestor::Parent(parent.index()));
            } else if self.above_shown.contains(parent) {
                hidden.push(parent);
            } else {
                lines.push(Ancestor::Anonymous);
            }
        }
        if hidden.is_empty() {
            return lines;
        }
        let mut seen = self.graph.nothing();
        for parent in self.graph.parents(node) {
            seen.insert(parent);
        }
        while let Some(node) = hidden.pop() {
            for parent in self.graph.parents(node) {
                if !seen.insert(parent) {
                    continue;
                }
                if self.shown.contains(parent) {
                    lines.push(Ancestor::Ancestor(parent.index()));
                } else if self.above_shown.contains(parent) {
                    hidden.push(parent);
                }
            }
        }
        lines
    }
}

/// Returns the lines that pass a revision, from what is drawn in front of its text.
fn going_on(drawn: Option<&str>) -> String {
    let passing = |sign| if sign == '│' { sign } else { ' ' };
    drawn.unwrap_or_default().chars().map(passing).collect()
}
