//! The table of files that run again and again: what became of each when it ran last.
//!
//! It stands beside the version table and is made when the first such file runs.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use super::session::{Session, SessionError};
use super::version_table::VersionTable;
use crate::sql::quote::{ident, literal};

/// The table.
pub const TABLE: &str = "limbeck_repeats";

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It ran.
    Ran,
    /// All that it makes was there already.
    AlreadyThere,
    /// Something that it needs was not there; nothing of it ran.
    Waiting,
}

impl State {
    /// Returns its name, as in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::AlreadyThere => "already_there",
            Self::Waiting => "waiting",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Ran, Self::AlreadyThere, Self::Waiting]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// What is noted down of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// What became of it.
    pub state: State,
    /// What it waited for, in the server's words.
    pub reason: Option<String>,
    /// The checksum of its text at that time.
    pub checksum: String,
    /// When.
    pub done_at: Option<DateTime<FixedOffset>>,
}

/// Reads what is noted down, by the files' names; none where there is no table.
///
/// # Errors
/// Fails when the server does.
pub fn records(
    session: &mut Session,
    table: &VersionTable,
) -> Result<Option<BTreeMap<String, Record>>, SessionError> {
    if !exists(session, table)? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT name, state, reason, checksum, pg_catalog.to_char(done_at AT TIME ZONE 'UTC', \
         'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM {} WHERE version_table = {}",
        to_sql(table),
        literal(&table.name)
    );
    let sets = session.rows(&sql)?;
    let rows = sets.into_iter().next().unwrap_or_default().rows;
    Ok(Some(rows.into_iter().filter_map(record).collect()))
}

fn record(row: Vec<Option<String>>) -> Option<(String, Record)> {
    let [name, state, reason, checksum, done_at] = <[_; 5]>::try_from(row).ok()?;
    let record = Record {
        state: State::named(&state?)?,
        reason,
        checksum: checksum?,
        done_at: done_at.and_then(|at| DateTime::parse_from_rfc3339(&at).ok()),
    };
    Some((name?, record))
}

/// Returns whether there is a table.
///
/// # Errors
/// Fails when the server does.
pub fn exists(session: &mut Session, table: &VersionTable) -> Result<bool, SessionError> {
    let sql = format!(
        "SELECT pg_catalog.to_regclass({}) IS NOT NULL",
        literal(&to_sql(table))
    );
    let sets = session.rows(&sql)?;
    let first = sets.first().and_then(|set| set.rows.first());
    Ok(first.and_then(|row| row.first()?.as_deref()) == Some("t"))
}

/// Returns the statement that makes the table.
#[must_use]
pub fn create(table: &VersionTable) -> String {
    format!(
        "CREATE TABLE {} (version_table text NOT NULL, name text NOT NULL, state text NOT NULL, \
         reason text, checksum text NOT NULL, done_at timestamptz NOT NULL DEFAULT \
         clock_timestamp(), done_by text NOT NULL DEFAULT session_user, client text, \
         PRIMARY KEY (version_table, name))",
        to_sql(table)
    )
}

/// Returns the statement that notes down what became of a file.
#[must_use]
pub fn note(
    table: &VersionTable,
    name: &str,
    state: State,
    reason: Option<&str>,
    checksum: &str,
    client: Option<&str>,
) -> String {
    let nullable = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), literal);
    format!(
        "INSERT INTO {} (version_table, name, state, reason, checksum, client) VALUES ({}, {}, \
         '{}', {}, {}, {}) ON CONFLICT (version_table, name) DO UPDATE SET state = excluded.state, \
         reason = excluded.reason, checksum = excluded.checksum, done_at = excluded.done_at, \
         done_by = excluded.done_by, client = excluded.client",
        to_sql(table),
        literal(&table.name),
        literal(name),
        state.as_str(),
        nullable(reason),
        literal(checksum),
        nullable(client),
    )
}

/// Returns the statement that forgets what became of all files, so that each runs again.
#[must_use]
pub fn forget(table: &VersionTable) -> String {
    format!(
        "DELETE FROM {} WHERE version_table = {}",
        to_sql(table),
        literal(&table.name)
    )
}

fn to_sql(table: &VersionTable) -> String {
    format!("{}.{}", ident(&table.schema), ident(TABLE))
}
