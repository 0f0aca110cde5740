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
        let row = renderer.next_row(
            node.index(),
            parents.collect(),
            glyph.to_owned(),
            text.clone(),
        );
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

/// Returns the lines that pass a revision, from what is drawn in front of its text.
fn going_on(drawn: Option<&str>) -> String {
    let passing = |sign| if sign == '│' { sign } else { ' ' };
    drawn.unwrap_or_default().chars().map(passing).collect()
}
