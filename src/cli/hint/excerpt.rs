//! The line of a file that something is wrong with, and a mark below the place.
//!
//! Columns are counted as a terminal shows them; a line that is wider than one is shown in part.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::execute::SourcePlace;

/// The columns of a line that are shown.
const WIDEST: usize = 100;

/// The columns that are shown before a mark where not all can be.
const BEFORE: usize = 40;

/// Draws the place with what is wrong there.
#[must_use]
pub fn excerpt(place: &SourcePlace, wrong: &str) -> Vec<String> {
    let SourcePlace {
        path,
        line,
        span,
        text,
    } = place;
    let mut lines = Vec::new();
    if let Some(path) = path {
        lines.push(match line {
            0 => path.display().to_string(),
            line => format!("{}:{line}", path.display()),
        });
    }
    let number = match line {
        0 => String::new(),
        line => line.to_string(),
    };
    let margin = " ".repeat(number.len());
    let shown = Shown::new(text, *span);
    lines.push(format!("{number} | {}", shown.text));
    let mut wrong = wrong.lines();
    let first = wrong.next().unwrap_or_default();
    lines.push(match shown.mark {
        Some((before, width)) => {
            let (before, marks) = (" ".repeat(before), "^".repeat(width));
            format!("{margin} | {before}{marks} {first}")
        }
        None => format!("{margin} | {first}"),
    });
    lines.extend(wrong.map(|more| format!("{margin} | {more}")));
    lines
}

/// The part of a line that is shown.
struct Shown {
    text: String,
    /// The columns before the mark, and those of the mark.
    mark: Option<(usize, usize)>,
}

impl Shown {
    /// `span` is a column from 1 and a width, both in characters.
    fn new(text: &str, span: Option<(usize, usize)>) -> Self {
        // A terminal would jump at a tab, and do worse at others.
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let text: Vec<char> = text.chars().map(visible).collect();
        let (column, length) = span.unwrap_or((1, 0));
        let from = column.saturating_sub(1).min(text.len());
        let to = (from + length).min(text.len());
        let begin = match columns(&text) > WIDEST {
            true => last_within(&text[..from], BEFORE),
            false => 0,
        };
        let end = begin + first_within(&text[begin..], WIDEST);
        let before = if begin > 0 { "…" } else { "" };
        let after = if end < text.len() { "…" } else { "" };
        let part: String = text[begin..end].iter().collect();
        let mark = span.map(|_| {
            let width = columns(&text[from..to.min(end).max(from)]).max(1);
            (before.width() + columns(&text[begin..from]), width)
        });
        Self {
            text: format!("{before}{part}{after}"),
            mark,
        }
    }
}

/// Measured as one text, for some characters are drawn together.
fn columns(text: &[char]) -> usize {
    text.iter().collect::<String>().width()
}

/// Where the last characters begin that fit.
fn last_within(text: &[char], widest: usize) -> usize {
    text.len() - first_within(&text.iter().rev().copied().collect::<Vec<_>>(), widest)
}

/// Where the first characters end that fit.
fn first_within(text: &[char], widest: usize) -> usize {
    let mut used = 0;
    let too_much = text.iter().position(|c| {
        used += c.width().unwrap_or(0);
        used > widest
    });
    too_much.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(text: &str, word: &str, wrong: &str) -> String {
        let before = text.find(word).map(|at| text[..at].chars().count());
        let place = SourcePlace {
            path: Some("versions/1975ea_create_account.sql".into()),
            line: 14,
            span: before.map(|before| (before + 1, word.chars().count())),
            text: text.to_owned(),
        };
        excerpt(&place, wrong).join("\n")
    }

    #[test]
    fn the_mark_stands_below_the_word() {
        let wrong = "42P07 relation \"account\" already exists";
        insta::assert_snapshot!(draw("CREATE TABLE account (", "account", wrong), @r#"
        versions/1975ea_create_account.sql:14
        14 | CREATE TABLE account (
           |              ^^^^^^^ 42P07 relation "account" already exists
        "#);
    }

    #[test]
    fn wide_characters_take_two_columns_and_a_tab_one() {
        insta::assert_snapshot!(draw("\tSELECT '日本', 表, x", "表", "first\nsecond"), @"
        versions/1975ea_create_account.sql:14
        14 |  SELECT '日本', 表, x
           |                 ^^ first
           | second
        ");
    }

    #[test]
    fn a_long_line_is_shown_around_the_mark() {
        let text = format!("{}oops{}", "before, ".repeat(40), ", after".repeat(40));
        insta::assert_snapshot!(draw(&text, "oops", "wrong"), @"
        versions/1975ea_create_account.sql:14
        14 | …before, before, before, before, before, oops, after, after, after, after, after, after, after, after…
           |                                          ^^^^ wrong
        ");
        insta::assert_snapshot!(draw(&text, "not in it", "wrong"), @"
        versions/1975ea_create_account.sql:14
        14 | before, before, before, before, before, before, before, before, before, before, before, before, befo…
           | wrong
        ");
    }
}
