//! The graph in Graphviz's language, the oldest revision at the bottom.

use std::fmt::Write as _;

use super::{Chart, Kind, Row};

/// Writes the graph for `dot`.
#[must_use]
pub fn dot(chart: &Chart) -> String {
    let mut out = String::from(
        "digraph revisions {\n    rankdir=BT\n    node [shape=box, style=rounded, fontname=monospace]\n",
    );
    for row in &chart.rows {
        let _ = writeln!(
            out,
            "    {} [label={}{}]",
            quoted(&row.id),
            label(row),
            style(row)
        );
    }
    for (lower, upper, kind) in chart.lines() {
        let style = match kind {
            Kind::Parent => "",
            Kind::Below => " [style=dotted]",
            Kind::Dependency => " [style=dashed, constraint=false]",
        };
        let (lower, upper) = (quoted(&chart.rows[lower].id), quoted(&chart.rows[upper].id));
        let _ = writeln!(out, "    {lower} -> {upper}{style}");
    }
    out.push_str("}\n");
    out
}

fn label(row: &Row) -> String {
    let mut lines = vec![row.id.clone()];
    if !row.labels.is_empty() {
        lines[0].push_str(&format!(" ({})", row.labels.join(", ")));
    }
    if !row.message.is_empty() {
        lines.push(row.message.clone());
    }
    let lines = lines.iter().map(|line| escaped(line));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
}

fn style(row: &Row) -> &'static str {
    match (row.applied, row.head) {
        (true, true) => ", style=\"rounded,filled,bold\"",
        (true, false) => ", style=\"rounded,filled\"",
        (false, true) => ", style=\"rounded,bold\"",
        (false, false) => "",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace(|c: char| c.is_control(), " ")
}
