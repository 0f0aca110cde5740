//! The graph as one page that needs nothing else: the drawing, a search field, and what each
//! revision says and runs.
//!
//! The rows are in the page as they are; what belongs to each is data beside them, which a short
//! script shows and searches. The page may load nothing, from nowhere, and says so itself.

use std::fmt::Write as _;

use serde::Serialize;

use super::escape::{markup, script};
use super::lanes::lay_out;
use super::svg::{LINES, ROW, draw_dot, draw_lines, in_words, lanes_width};
use super::{Chart, Row};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page shows of a revision beside its place in the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The ids of its parents.
    pub parents: Vec<String>,
    /// The ids of what it depends on.
    pub depends_on: Vec<String>,
    /// All labels of its line.
    pub labels: Vec<String>,
    /// When its file was written, in words.
    pub created: Option<String>,
    /// Its file.
    pub path: Option<String>,
    /// What it runs.
    pub blocks: Vec<Block>,
}

/// A text with a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// The heading.
    pub title: String,
    /// The text.
    pub text: String,
    /// Whether it is SQL.
    pub sql: bool,
}

/// What the script finds of a revision.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    message: &'a str,
    labels: &'a [String],
    states: Vec<&'static str>,
    parents: &'a [String],
    needs: &'a [String],
    created: Option<&'a str>,
    path: Option<&'a str>,
    blocks: &'a [Block],
}

/// Writes the page; `details` are those of the chart's rows, in their order.
#[must_use]
pub fn html(chart: &Chart, details: &[Details]) -> String {
    let lanes = lay_out(chart);
    let width = lanes_width(&lanes);
    let height = ROW * chart.rows.len();
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Revisions</title>\n\
         <style>\n{LINES}{STYLE}:root {{ --row: {ROW}px; --lanes: {width:.0}px }}\n</style>\n\
         </head>\n<body>\n"
    );
    header(&mut out, chart);
    let _ = write!(
        out,
        "<main>\n<nav aria-label=\"Revisions\">\n<svg width=\"{width:.0}\" height=\"{height}\" \
         aria-hidden=\"true\">\n"
    );
    draw_lines(&mut out, &lanes);
    for (index, row) in chart.rows.iter().enumerate() {
        draw_dot(&mut out, &lanes, index, row);
    }
    out.push_str("\n</svg>\n<ol>\n");
    for row in &chart.rows {
        line(&mut out, row, chart.asked);
    }
    out.push_str(
        "</ol>\n<p id=\"none\" hidden>no revision has all of these words</p>\n</nav>\n\
         <article tabindex=\"-1\" aria-live=\"polite\"></article>\n</main>\n",
    );
    let entries: Vec<_> = chart
        .rows
        .iter()
        .zip(details)
        .map(|(row, details)| entry(row, details, chart.asked))
        .collect();
    let data = serde_json::to_string(&entries).expect("these have string keys only");
    let _ = write!(
        out,
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>\n{SCRIPT}</script>\n\
         </body>\n</html>\n",
        script(&data)
    );
    out
}

fn header(out: &mut String, chart: &Chart) {
    let count = chart.rows.len();
    let heads = chart.rows.iter().filter(|row| row.head).count();
    let plural = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    };
    let mut facts = vec![plural(count, "revision"), plural(heads, "head")];
    if chart.asked {
        let applied = chart.rows.iter().filter(|row| row.applied).count();
        facts.push(format!("{applied} applied"));
        facts.push(format!("{} pending", count - applied));
    }
    let _ = write!(
        out,
        "<header>\n<h1>Revisions</h1>\n<p id=\"facts\">{}</p>\n<label>\
         <span class=\"hidden\">Search</span><input id=\"search\" type=\"search\" \
         placeholder=\"Search ids, messages, labels, paths and SQL  ( / )\" autocomplete=\"off\" \
         spellcheck=\"false\"></label>\n<output id=\"found\" for=\"search\"></output>\n</header>\n",
        facts.join(" · ")
    );
}

fn line(out: &mut String, row: &Row, asked: bool) {
    let id = markup(&row.id);
    let _ = write!(
        out,
        "<li><a href=\"#{}\" title=\"{}\"><code>{id}</code>",
        fragment(&row.id),
        markup(&in_words(row, asked))
    );
    for label in &row.labels {
        let _ = write!(out, "<b>{}</b>", markup(label));
    }
    if row.head {
        out.push_str("<b class=\"head\">head</b>");
    }
    if row.current {
        out.push_str("<b class=\"current\">current</b>");
    }
    let _ = writeln!(out, "<span>{}</span></a></li>", markup(&row.message));
}

/// Returns an id as the end of an address, in which most signs mean something.
fn fragment(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn entry<'a>(row: &'a Row, details: &'a Details, asked: bool) -> Entry<'a> {
    Entry {
        id: &row.id,
        message: &row.message,
        labels: &details.labels,
        states: row.states(asked),
        parents: &details.parents,
        needs: &details.depends_on,
        created: details.created.as_deref(),
        path: details.path.as_deref(),
        blocks: &details.blocks,
    }
}
