//! The graph as an SVG image that any browser shows, in light and in dark.
//!
//! What a font makes of a text is not known here; a text that something stands behind is therefore
//! given the width that was counted for it.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::escape::markup;
use super::lanes::{Lanes, Route, lay_out};
use super::{Chart, Kind, Row};

/// The height of a row.
pub(super) const ROW: usize = 28;
/// The width of a lane, where there are no more than fit.
const LANE: f64 = 16.0;
/// How many lanes fit before they move together.
const MOST_LANES: f64 = 24.0;
/// The space at each side of the lanes.
const SIDE: f64 = 16.0;
/// The width of one column of text: of an id, of a word in a pill, of a message at most.
const ID: f64 = 7.8;
const WORD: f64 = 6.6;
const MESSAGE: f64 = 8.0;
/// The number of colours in the style sheet.
const COLORS: usize = 6;

/// The style of lines and dots.
pub(super) const LINES: &str = include_str!("lines.css");
const STYLE: &str = include_str!("svg.css");

/// Writes the graph as an image.
#[must_use]
pub fn svg(chart: &Chart) -> String {
    let lanes = lay_out(chart);
    let left = lanes_width(&lanes);
    let widths = chart.rows.iter().map(|row| left + text_width(row));
    let width = widths.fold(240.0, f64::max) + SIDE;
    let height = ROW * chart.rows.len().max(1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" \
         viewBox=\"0 0 {width:.0} {height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n<style>\n{LINES}{STYLE}</style>\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
        title(chart)
    );
    draw_lines(&mut out, &lanes);
    for (index, row) in chart.rows.iter().enumerate() {
        let _ = write!(
            out,
            "<g><title>{}</title>",
            markup(&in_words(row, chart.asked))
        );
        draw_dot(&mut out, &lanes, index, row);
        draw_text(&mut out, row, left, index);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

fn title(chart: &Chart) -> String {
    let heads = chart.rows.iter().filter(|row| row.head);
    let heads: Vec<_> = heads.map(|row| row.id.as_str()).take(8).collect();
    let count = chart.rows.len();
    markup(&format!(
        "{count} revisions, newest first; heads: {}",
        heads.join(", ")
    ))
}

/// Returns a row as a sentence, for those who do not see it.
pub(super) fn in_words(row: &Row, asked: bool) -> String {
    let mut words = row.id.clone();
    let states = row.labels.iter().map(String::as_str);
    let states: Vec<_> = states.chain(row.states(asked)).collect();
    if !states.is_empty() {
        let _ = write!(words, " ({})", states.join(", "));
    }
    if !row.message.is_empty() {
        let _ = write!(words, ": {}", row.message);
    }
    words
}

/// Returns the width of the lanes with the space beside them.
pub(super) fn lanes_width(lanes: &Lanes) -> f64 {
    2.0 * SIDE + lane_width(lanes) * (lanes.count.max(1) - 1) as f64
}

fn lane_width(lanes: &Lanes) -> f64 {
    let count = lanes.count as f64;
    LANE * (MOST_LANES / count.max(MOST_LANES))
}

fn x(lanes: &Lanes, lane: usize) -> f64 {
    SIDE + lane_width(lanes) * lane as f64
}

fn y(row: usize) -> f64 {
    (ROW * row + ROW / 2) as f64
}

/// Draws all lines; those of the parents last, so that they lie on top.
pub(super) fn draw_lines(out: &mut String, lanes: &Lanes) {
    let mut lines: Vec<&Route> = lanes.lines.iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.kind));
    for line in lines {
        let class = match line.kind {
            Kind::Parent => "line",
            Kind::Below => "line below",
            Kind::Dependency => "line dependency",
        };
        let color = line.lane % COLORS;
        let _ = writeln!(
            out,
            "<path class=\"{class} c{color}\" d=\"{}\"/>",
            path(lanes, line)
        );
    }
}

fn path(lanes: &Lanes, line: &Route) -> String {
    let (from, to) = (line.from, line.to);
    let mut path = format!("M{} {}", number(x(lanes, from.1)), number(y(from.0)));
    if line.open {
        let end = y(from.0) + ROW as f64 * 0.7;
        curve(
            &mut path,
            (x(lanes, from.1), y(from.0)),
            (x(lanes, line.lane), end),
        );
        return path;
    }
    let mut lane = from.1;
    let mut row = from.0;
    // A line of one row goes straight to its end; a longer one first into its lane.
    if lane != line.lane && row + 1 < to.0 {
        let end = (x(lanes, line.lane), y(row + 1));
        curve(&mut path, (x(lanes, lane), y(row)), end);
        (lane, row) = (line.lane, row + 1);
    }
    if lane == to.1 {
        let _ = write!(path, "V{}", number(y(to.0)));
        return path;
    }
    if row + 1 < to.0 {
        row = to.0 - 1;
        let _ = write!(path, "V{}", number(y(row)));
    }
    let end = (x(lanes, to.1), y(to.0));
    curve(&mut path, (x(lanes, lane), y(row)), end);
    path
}

fn curve(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    if from.0 == to.0 {
        let _ = write!(path, "V{}", number(to.1));
        return;
    }
    let middle = number(f64::midpoint(from.1, to.1));
    let (from, to, end) = (number(from.0), number(to.0), number(to.1));
    let _ = write!(path, "C{from} {middle} {to} {middle} {to} {end}");
}

/// A tenth of a pixel is exact enough, and most are whole.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Draws what stands for a revision.
pub(super) fn draw_dot(out: &mut String, lanes: &Lanes, index: usize, row: &Row) {
    let lane = lanes.of_row[index];
    let applied = if row.applied { " applied" } else { "" };
    let _ = write!(
        out,
        "<circle class=\"dot c{}{applied}\" cx=\"{}\" cy=\"{}\" r=\"5\"/>",
        lane % COLORS,
        number(x(lanes, lane)),
        number(y(index))
    );
}

/// The words of a row that get a frame, with the class of the frame.
fn pills(row: &Row) -> impl Iterator<Item = (&str, &str)> {
    let labels = row.labels.iter().map(|label| (label.as_str(), "pill"));
    let head = row.head.then_some(("head", "pill head"));
    let current = row.current.then_some(("current", "pill current"));
    labels.chain(head).chain(current)
}

fn pill_width(text: &str) -> f64 {
    text.width() as f64 * WORD + 12.0
}

fn text_width(row: &Row) -> f64 {
    let pills: f64 = pills(row).map(|(text, _)| pill_width(text) + 6.0).sum();
    row.id.width() as f64 * ID + 10.0 + pills + row.message.width() as f64 * MESSAGE
}

fn draw_text(out: &mut String, row: &Row, left: f64, index: usize) {
    let base = y(index) + 4.5;
    let base_y = number(base);
    let mut at = left;
    let width = row.id.width() as f64 * ID;
    let _ = write!(
        out,
        "<text class=\"id\" x=\"{}\" y=\"{base_y}\" textLength=\"{}\">{}</text>",
        number(at),
        number(width),
        markup(&row.id)
    );
    at += width + 10.0;
    for (text, class) in pills(row) {
        let width = pill_width(text);
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"18\" rx=\"9\"/>\
             <text class=\"word\" x=\"{}\" y=\"{}\" textLength=\"{}\">{}</text>",
            number(at),
            number(base - 13.5),
            number(width),
            number(at + 6.0),
            number(base - 0.5),
            number(width - 12.0),
            markup(text)
        );
        at += width + 6.0;
    }
    if !row.message.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{base_y}\">{}</text>",
            number(at),
            markup(&row.message)
        );
    }
}
