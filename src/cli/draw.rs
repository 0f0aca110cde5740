//! The history as a drawn graph: newest first, one line for each revision.
//!
//! Only the lines of `down_revision` are drawn; what a revision depends on stands in words beside
//! it, for lines to dependencies would cross the others.

use renderdag::{Ancestor, GraphRowRenderer, Renderer};

use super::text::Words;
use crate::graph::{Node, RevisionGraph};

/// Draws revisions, which are given newest first.
///
/// A parent that is not among them is drawn as a line that ends. `applied` tells for a revision
/// whether the database has it.
#[must_use]
pub fn history(
    graph: &RevisionGraph,
    nodes: &[&Node],
    words: Words<'_>,
    applied: impl Fn(&Node) -> bool,
) -> String {
    let mut shown = vec![false; graph.len()];
    for node in nodes {
        shown[node.index()] = true;
    }
    let mut renderer = GraphRowRenderer::new()
        .output()
        .with_min_row_height(1)
        .build_box_drawing();
    let mut drawing = String::new();
    for node in nodes {
        let parents = graph.parents(node).map(|parent| {
            if shown[parent.index()] {
                Ancestor::Parent(parent.index())
            } else {
                Ancestor::Anonymous
            }
        });
        let glyph = if applied(node) { "●" } else { "○" };
        let mut text = String::new();
        words.write(&mut text, node);
        let row = renderer.next_row(node.index(), parents.collect(), glyph.to_owned(), text);
        for line in row.lines() {
            drawing.push_str(line.trim_end());
            drawing.push('\n');
        }
    }
    drawing
}
