//! The graph as a Mermaid flowchart, the oldest revision at the bottom.

use std::fmt::Write as _;

use super::{Chart, Kind, Row};

/// Writes the graph for Mermaid, as a page of Markdown can hold it.
#[must_use]
pub fn mermaid(chart: &Chart) -> String {
    let mut out = String::from("flowchart BT\n");
    for (index, row) in chart.rows.iter().enumerate() {
        let class = match chart.asked {
            true if row.applied => ":::applied",
            true => ":::pending",
            false => "",
        };
        let _ = writeln!(out, "    r{index}[\"{}\"]{class}", label(row));
    }
    for (lower, upper, kind) in chart.lines() {
        let line = match kind {
            Kind::Parent => "-->",
            Kind::Below => "-- … -->",
            Kind::Dependency => "-.->",
        };
        let _ = writeln!(out, "    r{lower} {line} r{upper}");
    }
    if chart.asked {
        out.push_str(
            "    classDef applied stroke-width:3px\n    classDef pending stroke-dasharray:4\n",
        );
    }
    out
}

fn label(row: &Row) -> String {
    let mut label = escaped(&row.id);
    if !row.labels.is_empty() {
        let _ = write!(label, " ({})", escaped(&row.labels.join(", ")));
    }
    if !row.message.is_empty() {
        let _ = write!(label, "<br>{}", escaped(&row.message));
    }
    label
}

/// Mermaid has entities of its own, whose sign is `#`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => out.push_str("#quot;"),
            '#' | '&' | '<' | '>' | '`' | '\\' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
