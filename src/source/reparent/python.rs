//! The parents of an Alembic revision: what `down_revision` is set to.
//!
//! The docstring stays: what it says after `Revises:` is prose, which no program reads.

use alembic_compat::revision::{Literal, Parents, parents};

use super::edit::{Commas, Edit, Item, change_list};
use super::{Change, Reason, literal_like};

pub(super) fn edits(text: &str, change: &Change<'_>) -> Result<Vec<Edit>, Reason> {
    let parents = parents(text).map_err(|unwritable| unwritable.to_string())?;
    let Parents {
        value,
        items,
        tuple,
        quote,
        ..
    } = parents;
    if items.is_empty() {
        let example = format!("{quote}x{quote}");
        let new = change
            .new
            .map(|new| literal_like(&example, "x", new.as_str()));
        return Ok(new.map(|new| Edit::new(value, new)).into_iter().collect());
    }
    if change.new.is_none() && items.iter().all(|item| change.takes(&item.text)) {
        return Ok(vec![Edit::new(value, "None")]);
    }
    let joined = |item: &Literal| item.joined && change.takes(&item.text);
    if items.iter().any(joined) {
        return Err("a parent is written as several strings in a row".to_owned());
    }
    let items: Vec<Item> = items
        .into_iter()
        .map(|Literal { text, range, .. }| Item {
            name: text,
            whole: range.clone(),
            place: range,
        })
        .collect();
    let commas = match tuple {
        true => Commas::BehindOne,
        false => Commas::Between,
    };
    change_list(text, &items, commas, change, |item, name| {
        Ok(literal_like(&text[item.place.clone()], &item.name, name))
    })
}
