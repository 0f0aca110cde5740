//! Replacing parts of a text, and taking items out of a list with commas.
//!
//! Ranges are those of the text as the formats read it, with plain line ends and without a byte
//! order mark; [`apply`] finds them in the text as it stands in the file.

use std::ops::Range;

use super::{Change, Reason};

/// A part of a text and what comes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { range, text }
    }

    /// Puts a text in front of what stands at a place.
    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }

    pub(super) fn remove(range: Range<usize>) -> Self {
        Self::new(range, "")
    }
}

/// Replaces parts of a text, given by their ranges in the normal one, in order.
pub(super) fn apply(raw: &str, edits: Vec<Edit>) -> String {
    let mark = raw.len() - raw.strip_prefix('\u{feff}').unwrap_or(raw).len();
    let ends: Vec<usize> = raw.match_indices("\r\n").map(|(at, _)| at).collect();
    // A line end of two bytes is one byte of the normal text.
    let place = |offset: usize| {
        let before = ends
            .iter()
            .enumerate()
            .take_while(|(count, end)| **end - count - mark < offset);
        offset + mark + before.count()
    };
    let is_windows = raw.find('\n').is_some_and(|at| raw[..at].ends_with('\r'));
    let mut after = String::with_capacity(raw.len() + 64);
    let mut at = 0;
    for Edit { range, text } in edits {
        after.push_str(&raw[at..place(range.start)]);
        match is_windows {
            true => after.push_str(&text.replace('\n', "\r\n")),
            false => after.push_str(&text),
        }
        at = place(range.end);
    }
    after.push_str(&raw[at..]);
    after
}

/// An item of a list.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The name that it means.
    pub(super) name: String,
    /// All that goes with it when it goes.
    pub(super) whole: Range<usize>,
    /// What is replaced when another name comes, and by what.
    pub(super) place: Range<usize>,
}

/// What a list needs beside its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commas {
    /// Commas between items.
    Between,
    /// The same, and one behind an item that is alone.
    BehindOne,
}

/// Takes items out of a list of which some stay, and puts the new name where the first one stood.
pub(super) fn change_list(
    text: &str,
    items: &[Item],
    commas: Commas,
    change: &Change<'_>,
    write: impl Fn(&Item, &str) -> Result<String, Reason>,
) -> Result<Vec<Edit>, Reason> {
    let mut new = change.new;
    let mut edits = Vec::new();
    let mut gone = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if !change.takes(&item.name) {
            continue;
        }
        match new.take() {
            Some(new) => {
                let written = write(item, new.as_str())?;
                edits.push(Edit::new(item.place.clone(), written));
            }
            None => gone.push(index),
        }
    }
    let kept = items.len() - gone.len();
    // Those at the end take the comma before them along, for none may follow.
    let mut tail = items.len();
    while gone.last() == Some(&(tail - 1)) && comma_after(text, items[tail - 1].whole.end).is_none()
    {
        gone.pop();
        tail -= 1;
        while gone.last() == Some(&(tail - 1)) {
            gone.pop();
            tail -= 1;
        }
    }
    for index in gone {
        let whole = &items[index].whole;
        let comma = comma_after(text, whole.end).ok_or_else(in_the_way)?;
        edits.push(Edit::remove(with_blanks(text, whole.start..comma + 1)));
    }
    if tail < items.len() {
        let comma = tail
            .checked_sub(1)
            .and_then(|last| comma_after(text, items[last].whole.end))
            .ok_or_else(in_the_way)?;
        let is_bare = items[tail..].windows(2).all(|pair| {
            let between = &text[pair[0].whole.end..pair[1].whole.start];
            between.chars().all(|c| c == ',' || c.is_whitespace())
        });
        let before = &text[comma + 1..items[tail].whole.start];
        if !is_bare || !before.trim().is_empty() {
            return Err(in_the_way());
        }
        let keeps_comma = commas == Commas::BehindOne && kept == 1;
        let start = comma + usize::from(keeps_comma);
        edits.push(Edit::remove(start..items[items.len() - 1].whole.end));
    }
    edits.sort_by_key(|edit| edit.range.start);
    Ok(edits)
}

fn in_the_way() -> Reason {
    "something stands between the parents of its list".to_owned()
}

/// Returns where the comma stands that follows a place after nothing but white space.
fn comma_after(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].trim_start();
    rest.starts_with(',').then(|| text.len() - rest.len())
}

/// Returns the range with the blanks behind it, or with its line where nothing else stands there.
pub(super) fn with_blanks(text: &str, range: Range<usize>) -> Range<usize> {
    let line = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let blanks = text[range.end..].len() - text[range.end..].trim_start_matches([' ', '\t']).len();
    let end = range.end + blanks;
    let begins_line = text[line..range.start].trim().is_empty();
    match text[end..].chars().next() {
        Some('\n') if begins_line => line..end + 1,
        Some('\n') | None => range,
        Some(_) => range.start..end,
    }
}
