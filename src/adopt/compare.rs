//! The rows of a tool's table beside the files of its folder. Nothing is guessed: what a row and a
//! file do not say together is a conflict.

use super::{State, Tracked, Verdict};
use crate::declaration::Tool;
use crate::source::Legacy;
use crate::tracking::Row;

/// One verdict for each revision, and the keys of rows that no file has.
pub(super) fn compare(source: &Tracked) -> (Vec<Verdict>, Vec<String>) {
    match source.tool {
        Tool::GolangMigrate => by_mark(source),
        Tool::Drizzle => by_time(source),
        _ => by_key(source),
    }
}

/// One row says how far the tool came: what lies below counts as applied, whether it ever ran or not.
fn by_mark(source: &Tracked) -> (Vec<Verdict>, Vec<String>) {
    let Some(row) = source.rows.first() else {
        let verdicts = source.revisions.iter().map(|_| not_noted(source));
        return (verdicts.collect(), Vec::new());
    };
    let mark: i128 = row.key.parse().unwrap_or(-1);
    let mut has_file = mark < 0;
    let mut is_next = true;
    let mut verdicts = Vec::with_capacity(source.revisions.len());
    for (_, legacy) in &source.revisions {
        let number = legacy.version.parse::<i128>().unwrap_or(i128::MAX);
        has_file |= number == mark;
        verdicts.push(if number < mark {
            let reason = format!("below version {mark}; the table says no more of it");
            Verdict::new(State::Applied, reason)
        } else if number == mark && row.is_dirty {
            let reason =
                "the dirty flag is set: the tool stopped on its way up to it, or down to it";
            Verdict::new(State::Conflict, reason)
        } else if number == mark {
            Verdict::new(State::Applied, "")
        } else if row.is_dirty && is_next && legacy.leads_back {
            is_next = false;
            let reason = format!(
                "the dirty flag is set at {mark}: the tool may have stopped while it took this back"
            );
            Verdict::new(State::Conflict, reason)
        } else {
            is_next = false;
            Verdict::new(State::Pending, "")
        });
    }
    let orphans = match has_file {
        true => Vec::new(),
        false => vec![row.key.clone()],
    };
    (verdicts, orphans)
}

/// Drizzle applies what is newer than its newest row, and skips the rest without a word.
fn by_time(source: &Tracked) -> (Vec<Verdict>, Vec<String>) {
    let mut is_used = vec![false; source.rows.len()];
    let times: Vec<_> = source.revisions.iter().map(|(_, it)| it.when).collect();
    let mut found: Vec<Option<usize>> = vec![None; times.len()];
    // By name or time with the hash, then without it, then by the hash alone: a journal may have
    // been written anew.
    for round in 0..3 {
        for (at, (_, legacy)) in source.revisions.iter().enumerate() {
            let fits = |row: &Row| {
                let hash = row.checksum == legacy.checksum;
                let named = row.name.as_deref() == Some(&legacy.name);
                let timed =
                    row.name.is_none() && times[at].is_some_and(|time| row.key == time.to_string());
                match round {
                    0 => (named || timed) && hash,
                    1 => named || timed,
                    _ => hash,
                }
            };
            let mut rows = source.rows.iter().zip(&is_used);
            if found[at].is_none()
                && let Some(index) = rows.position(|(row, is_used)| !is_used && fits(row))
            {
                is_used[index] = true;
                found[at] = Some(index);
            }
        }
    }
    let newest = source
        .rows
        .iter()
        .filter_map(|row| row.key.parse::<i64>().ok());
    let newest = newest.max();
    let verdicts = source.revisions.iter().zip(&times).zip(found);
    let verdicts = verdicts.map(|(((_, legacy), time), found)| match found {
        Some(index) => of_row(&source.rows[index], legacy),
        None if newest.is_some() && *time <= newest => Verdict::new(
            State::Pending,
            "Drizzle skipped it: its time is not after that of the newest row",
        ),
        None => not_noted(source),
    });
    (verdicts.collect(), orphans(source, &is_used))
}

/// A row for each migration.
fn by_key(source: &Tracked) -> (Vec<Verdict>, Vec<String>) {
    let mut is_used = vec![false; source.rows.len()];
    let mut verdicts = Vec::with_capacity(source.revisions.len());
    for (_, legacy) in &source.revisions {
        let mut of_it = None;
        for (row, is_used) in source.rows.iter().zip(&mut is_used) {
            if row.is_of(legacy) {
                *is_used = true;
                of_it = of_it.or(Some(row));
            }
        }
        verdicts.push(of_it.map_or_else(|| not_noted(source), |row| of_row(row, legacy)));
    }
    (verdicts, orphans(source, &is_used))
}

/// What a row says of its file.
fn of_row(row: &Row, legacy: &Legacy) -> Verdict {
    let (state, reason) = if row.is_dirty {
        let reason = "it did not finish: the table notes that it failed";
        (State::Conflict, reason.to_owned())
    } else if is_edited(row, legacy) {
        let reason = "its file was edited after it ran: the table has another checksum";
        (State::Conflict, reason.to_owned())
    } else {
        (State::Applied, String::new())
    };
    Verdict {
        state,
        applied_at: row.applied_at,
        reason,
        is_untold: false,
    }
}

pub(super) fn is_edited(row: &Row, legacy: &Legacy) -> bool {
    let (Some(then), Some(now)) = (&row.checksum, &legacy.checksum) else {
        return false;
    };
    // How a runner of a project's own makes its sums is known only by their length.
    let is_loose = matches!(legacy.tool, Tool::Numbered | Tool::Rollbacks);
    let is_comparable = !is_loose || then.len() == now.len();
    is_comparable && !then.eq_ignore_ascii_case(now)
}

fn not_noted(source: &Tracked) -> Verdict {
    let reason = match &source.table {
        Some(_) => String::new(),
        None => format!("there is no table `{}`", source.wanted),
    };
    Verdict::new(State::Pending, reason)
}

fn orphans(source: &Tracked, is_used: &[bool]) -> Vec<String> {
    let rows = source.rows.iter().zip(is_used);
    let orphans = rows.filter(|(_, is_used)| !**is_used);
    let name = |row: &Row| match (&row.name, row.key.as_str()) {
        (Some(name), "") => name.clone(),
        (Some(name), _) if source.tool == Tool::Drizzle => name.clone(),
        (_, key) => key.to_owned(),
    };
    orphans.map(|(row, _)| name(row)).collect()
}
