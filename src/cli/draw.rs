//! The history as a drawn graph: newest first, one line for each revision.
//!
//! Only the lines of `down_revision` are drawn; what a revision depends on stands in words beside
//! it, for lines to dependencies would cross the others.

use renderdag::{Ancestor, GraphRowRenderer, Renderer};

use super::text::Words;
use crate::graph::{Down, Node, Part, RevisionGraph};

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
    let part = Part::new(graph, nodes);
    let mut renderer = GraphRowRenderer::new()
        .output()
        .with_min_row_height(1)
        .build_box_drawing();
    let mut drawing = String::new();
    for node in nodes {
        let parents = part.down(node).into_iter().map(|line| match line {
            Down::Parent(parent) => Ancestor::Parent(parent.index()),
            Down::Below(ancestor) => Ancestor::Ancestor(ancestor.index()),
            Down::Nothing => Ancestor::Anonymous,
        });
        let glyph = if applied(node) { "●" } else { "○" };
        let glyph = match words.is_current(node) {
            true => words.paint.current(glyph).to_string(),
            false => glyph.to_owned(),
        };
        let mut text = String::new();
        words.write(&mut text, node);
        let row = renderer.next_row(node.index(), parents.collect(), glyph.clone(), text.clone());
        let mut lines = row.lines().peekable();
        while let Some(line) = lines.next() {
            // An empty line keeps unrelated revisions of one column apart; the other columns go on.
            let beside = match lines.peek().and_then(|next| next.strip_suffix(&text)) {
                Some(drawn) if line.is_empty() => going_on(&drawn.replacen(&glyph, " ", 1)),
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
fn going_on(drawn: &str) -> String {
    let passing = |sign| match sign {
        '│' | '╷' => sign,
        _ => ' ',
    };
    drawn.chars().map(passing).collect()
}
