//! Tables that several folders are read with: whose a row is. Nothing is guessed: a row that may stand
//! for files of two folders says nothing of either, unless its checksum is that of one.

use std::collections::BTreeSet;

use super::compare::is_edited;
use super::{State, Taken, Tracked, Verdict};
use crate::declaration::Tool;
use crate::id::RevisionId;
use crate::source::Legacy;
use crate::tracking::Row;

/// Settles what tables say that are read for more than one folder.
pub(super) fn share_tables(taken: &mut [Taken]) {
    let tables = taken.iter().filter_map(|taken| taken.source.table.as_ref());
    let tables: Vec<&String> = tables.collect();
    let shared: BTreeSet<String> = tables
        .iter()
        .enumerate()
        .filter(|(at, table)| tables[..*at].contains(table))
        .map(|(_, table)| (*table).clone())
        .collect();
    let is_shared = |source: &Tracked| {
        let table = source.table.as_ref();
        table.is_some_and(|table| shared.contains(table))
    };
    let all: Vec<(Tracked, Vec<String>)> = taken
        .iter()
        .filter(|taken| is_shared(&taken.source))
        .map(|it| (it.source.clone(), it.rows_without_file.clone()))
        .collect();
    for taken in taken.iter_mut().filter(|taken| is_shared(&taken.source)) {
        let own = &taken.source;
        let others = all.iter().filter(|(source, _)| {
            source.table == own.table
                && (&source.label, &source.folder) != (&own.label, &own.folder)
        });
        let others: Vec<&(Tracked, Vec<String>)> = others.collect();
        // A row is without a file only where none of them has it.
        let is_nobodys = |row: &String| others.iter().all(|(_, rows)| rows.contains(row));
        taken.rows_without_file.retain(is_nobodys);
        if taken.source.places.is_none() {
            for (other, _) in others {
                contest(taken, other);
            }
        }
    }
}

/// Takes back what rows say that may be those of another folder.
fn contest(taken: &mut Taken, other: &Tracked) {
    let source = &taken.source;
    let table = source.table.as_deref().unwrap_or_default();
    for ((_, legacy), verdict) in source.revisions.iter().zip(&mut taken.verdicts) {
        if source.tool == Tool::GolangMigrate {
            let reason = format!(
                "`{table}` speaks for one folder only, and not for `{}` as well",
                other.label
            );
            *verdict = Verdict::new(State::Conflict, reason);
            taken.rivals.insert(other.label.clone());
            continue;
        }
        let mut rows = source.rows.iter().filter(|row| row.is_of(legacy));
        let Some((row, rival)) = rows.find_map(|row| Some((row, of_row(row, other)?))) else {
            continue;
        };
        let (id, theirs) = rival;
        match (is_certain(row, legacy), is_certain(row, theirs)) {
            (true, false) => {}
            (false, true) => {
                *verdict = Verdict::new(State::Pending, format!("its row is that of `{id}`"));
            }
            _ => {
                let reason = format!("its row may be that of `{id}` as well");
                *verdict = Verdict::new(State::Conflict, reason);
                taken.rivals.insert(other.label.clone());
            }
        }
    }
}

/// The file of a folder that a row may stand for.
fn of_row<'s>(row: &Row, source: &'s Tracked) -> Option<&'s (RevisionId, Legacy)> {
    let mut revisions = source.revisions.iter();
    revisions.find(|(_, legacy)| row.is_of(legacy))
}

/// Returns whether a row has the checksum of a file.
fn is_certain(row: &Row, legacy: &Legacy) -> bool {
    row.checksum.is_some() && legacy.checksum.is_some() && !is_edited(row, legacy)
}

/// Returns each table that does not say which of its folders it speaks for, with their labels.
#[must_use]
pub fn contested(taken: &[Taken]) -> Vec<(&str, BTreeSet<&str>)> {
    let mut contested: Vec<(&str, BTreeSet<&str>)> = Vec::new();
    for taken in taken.iter().filter(|taken| !taken.rivals.is_empty()) {
        let table = taken.source.table.as_deref().unwrap_or_default();
        let mut labels: BTreeSet<&str> = taken.rivals.iter().map(String::as_str).collect();
        labels.insert(&taken.source.label);
        match contested.iter_mut().find(|(known, _)| *known == table) {
            Some((_, known)) => known.extend(labels),
            None => contested.push((table, labels)),
        }
    }
    contested
}
