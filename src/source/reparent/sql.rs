//! The parents of a SQL revision: the header's `down_revision`.

use super::edit::{Commas, Edit, Item, change_list, with_blanks};
use super::{Change, Reason};
use crate::source::sql::{Row, key_value, marker, rows};

pub(super) fn edits(text: &str, change: &Change<'_>) -> Result<Vec<Edit>, Reason> {
    let Some((row, value)) = find(text, "down_revision") else {
        return insert(text, change);
    };
    let items = items(text, value.clone());
    if items.is_empty() {
        let new = change.new.map_or("", |new| new.as_str());
        let blank = if value.is_empty() { " " } else { "" };
        return Ok(vec![Edit::insert(value.end, format!("{blank}{new}"))]);
    }
    // A base has no such line.
    if change.new.is_none() && items.iter().all(|item| change.takes(&item.name)) {
        let row = row.start..row.start + row.text.len();
        return Ok(vec![Edit::remove(with_blanks(text, row))]);
    }
    change_list(text, &items, Commas::Between, change, |_, name| {
        Ok(name.to_owned())
    })
}

/// Finds the line of a key, and the range of its value.
fn find<'t>(text: &'t str, key: &str) -> Option<(Row<'t>, std::ops::Range<usize>)> {
    let is_header = |row: &Row<'_>| match row.text.strip_prefix("--") {
        Some(_) => marker(row.text).is_none(),
        None => row.text.starts_with("/*"),
    };
    let mut header = rows(text).take_while(is_header);
    header.find_map(|row| {
        let comment = row.text.strip_prefix("--")?;
        let (found, value) = key_value(comment.trim_start())?;
        if found != key {
            return None;
        }
        let end = row.start + row.text.len();
        // Blanks behind the colon are no part of the row where nothing follows them.
        let blanks = match value {
            "" => text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len(),
            _ => 0,
        };
        Some((row, end - value.len()..end + blanks))
    })
}

fn items(text: &str, value: std::ops::Range<usize>) -> Vec<Item> {
    let mut start = value.start;
    let mut items = Vec::new();
    for part in text[value].split(',') {
        let name = part.trim();
        if !name.is_empty() {
            let begin = start + part.len() - part.trim_start().len();
            let place = begin..begin + name.len();
            items.push(Item {
                name: name.to_owned(),
                whole: place.clone(),
                place,
            });
        }
        start += part.len() + 1;
    }
    items
}

/// Gives a base its first parent, on a line below the one of its id and written like it.
fn insert(text: &str, change: &Change<'_>) -> Result<Vec<Edit>, Reason> {
    let Some(new) = change.new else {
        return Ok(Vec::new());
    };
    let (row, value) = find(text, "revision").ok_or("its header has no `revision`")?;
    let line = text[..row.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = match text[line..row.start].trim() {
        "" => &text[line..row.start],
        _ => "",
    };
    let id = value.end - text[value.clone()].trim_start().len();
    let before = text[row.start..id].replacen("revision", "down_revision", 1);
    let end = text[id..].find('\n').map_or(text.len(), |at| id + at + 1);
    Ok(vec![Edit::insert(end, format!("{indent}{before}{new}\n"))])
}
