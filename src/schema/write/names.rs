//! Names of foreign keys that the server might give away before.
//!
//! A foreign key that leads to a partitioned table stands for one to each partition, and one of a
//! partitioned table for one in each partition. Those get names as unnamed constraints do: the first
//! that is free, which may be that of a foreign key still to come. Such a name is kept free by a
//! check of that name, which then gives way.

use std::collections::BTreeSet;

use super::step::{Building, Step, phase};
use crate::schema::model::{Body, Object};

impl Building<'_> {
    /// Adds the steps that keep names free.
    pub(super) fn reserve_names(&mut self) {
        for (at, object) in self.layout.model.objects.iter().enumerate() {
            let Some(whole) = self.layout.whole(object) else {
                continue;
            };
            let rivals = self.rivals(at, whole).into_iter();
            let rivals = rivals.filter_map(|rival| self.created.get(&rival).copied());
            let (Some(own), Some(table)) = (self.created.get(&at), self.created.get(&whole)) else {
                continue;
            };
            let (own, table) = (*own, *table);
            // One of the same table that follows by its name anyway takes nothing away.
            let (later, earlier): (Vec<_>, Vec<_>) =
                rivals.partition(|rival| self.nodes[*rival].rank > self.nodes[own].rank);
            for rival in later {
                self.nodes[rival].after.insert(own);
            }
            if earlier.is_empty() {
                continue;
            }
            let path = object.identity.path[..2].to_vec();
            let rank = (phase::CONSTRAINTS, path, 0, String::new());
            let reserve = self.push(Step::ReserveName(at), rank, BTreeSet::from([table]));
            for node in earlier.into_iter().chain([own]) {
                self.nodes[node].needs.insert(reserve);
            }
        }
    }

    /// The foreign keys whose copies may take the name of this one, which is on the same table.
    fn rivals(&self, at: usize, whole: usize) -> Vec<usize> {
        let object = self.object(at);
        let (Some(_), Body::Table(table)) = (columns(object), &self.object(whole).body) else {
            return Vec::new();
        };
        let wholes = std::iter::once(whole).chain(self.layout.ancestors(table));
        let others = wholes.flat_map(|whole| self.layout.parts(whole));
        let rivals = others.filter(|other| **other != at && self.may_take(**other, object));
        rivals.copied().collect()
    }

    /// Returns whether a copy of a foreign key may be called as another one is.
    fn may_take(&self, rival: usize, object: &Object) -> bool {
        let rival = self.object(rival);
        let mut needs = rival.needs.iter().map(|need| &self.object(*need).body);
        let has_copies = columns(rival).is_some()
            && needs.any(|body| matches!(body, Body::Table(table) if table.partition_by.is_some()));
        let name = object.identity.name();
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
        // From PostgreSQL 18 on, the name of the rival with a number behind it.
        let is_numbered = bare.strip_suffix('_') == Some(rival.identity.name());
        let is_chosen_by_server = bare.ends_with("_fkey") && columns(object) == columns(rival);
        has_copies && (name == rival.identity.name() || is_numbered || is_chosen_by_server)
    }
}

/// The columns of a foreign key, as it has them in parentheses.
fn columns(object: &Object) -> Option<&str> {
    match &object.body {
        Body::Constraint(constraint) if constraint.r#type == "foreign key" => {
            let columns = constraint.definition.split_once(") REFERENCES ")?;
            Some(columns.0)
        }
        _ => None,
    }
}
