//! The ledger: limbeck's own record of what was done to each revision, beside the version table.
//!
//! Its two tables are versioned with refinery, carried over our own session in one turn each. A
//! run writes one row per revision in the revision's transaction; nothing is ever changed. What a
//! row holds is enough to go back when the file of a revision is gone. The journal says how far a
//! revision came whose non-transactional statements were not finished.

mod record;

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use refinery::{Migration, Runner};
use refinery_core::traits::sync::{Query, Transaction};

pub use record::{Record, Records, parents, records};

use crate::database::root_cause;
use crate::database::session::{ResultSet, Session, SessionError};
use crate::database::version_table::{State, TableName, VersionTable};
use crate::id::RevisionId;
use crate::script::Direction;
use crate::sql::quote::{ident, literal};
use crate::sql::split;

/// The ledger's table.
pub const TABLE: &str = "limbeck_ledger";
/// The table of revisions that were left half-done, which the ledger's newest form has.
pub const JOURNAL: &str = "limbeck_journal";
/// The table in which the forms of the ledger are noted.
pub const HISTORY: &str = "limbeck_schema_history";
const FORMS: [(&str, &str); 1] = [("V1__ledger", include_str!("ledger/V1__ledger.sql"))];

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Occurs when the ledger cannot be created or brought to its newest form.
    #[error("the ledger `{schema}.{TABLE}` cannot be created or brought up to date: {reason}")]
    Prepare {
        /// The schema it belongs in.
        schema: String,
        /// What refinery or the server said.
        reason: String,
    },
    /// Occurs when a row of the ledger is not as limbeck writes it.
    #[error("the ledger has a row that limbeck did not write: {reason}")]
    Row {
        /// What is wrong with it.
        reason: String,
    },
    /// Occurs when the server fails otherwise.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// What is to be written of one revision.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The revision.
    pub revision: &'a RevisionId,
    /// What was done.
    pub direction: Direction,
    /// Whether it is applied afterwards.
    pub applied: bool,
    /// When it was done, where that was not just now.
    pub done_at: Option<DateTime<FixedOffset>>,
    /// Who runs it, where the caller knows more than the database role.
    pub client: Option<&'a str>,
    /// The checksum of the file.
    pub checksum: Option<&'a str>,
    /// The format of the file.
    pub format: Option<String>,
    /// The message.
    pub message: &'a str,
    /// When the file was written.
    pub created: Option<String>,
    /// The parents.
    pub down_revision: &'a [RevisionId],
    /// What it depends on.
    pub depends_on: &'a [RevisionId],
    /// The labels it declares.
    pub branch_labels: Vec<&'a str>,
    /// What was sent upwards, in the format of a SQL revision's sections.
    pub upgrade_sql: Option<String>,
    /// What leads down, likewise.
    pub downgrade_sql: Option<String>,
}

/// What the ledger keeps of an applied revision, enough to take part in a graph and to go down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// The revision.
    pub revision: String,
    /// The parents.
    pub down_revision: Vec<String>,
    /// What it depends on.
    pub depends_on: Vec<String>,
    /// The labels it declared.
    pub branch_labels: Vec<String>,
    /// The message.
    pub message: String,
    /// When its file was written, RFC 3339.
    pub created: Option<String>,
    /// The checksum of its file.
    pub checksum: Option<String>,
    /// What was sent upwards.
    pub upgrade_sql: Option<String>,
    /// What leads down.
    pub downgrade_sql: Option<String>,
}

/// How far a half-done revision came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Journal {
    /// The revision.
    pub revision: RevisionId,
    /// The direction it was going.
    pub direction: String,
    /// How many statements were completed.
    pub statements_done: usize,
    /// The checksum of those statements.
    pub done_checksum: String,
    /// Whether the next statement had begun.
    pub running: bool,
}

/// refinery's view of a run: what it would execute is collected, to be sent with the first
/// revision, so that a run that fails leaves not even an empty ledger behind.
#[derive(Default)]
struct Carrier<'a> {
    /// Where the history can be read, and its name; none where there is no history yet.
    history: Option<(&'a mut Session, String)>,
    collected: Vec<String>,
}

impl Transaction for Carrier<'_> {
    type Error = SessionError;

    fn execute<'a, T: Iterator<Item = &'a str>>(
        &mut self,
        queries: T,
    ) -> Result<usize, Self::Error> {
        let trimmed = queries.map(|q| q.trim_end().trim_end_matches(';').to_owned());
        self.collected.extend(trimmed);
        Ok(0)
    }
}

impl Query<Vec<Migration>> for Carrier<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Self::Error> {
        let Some((session, history)) = &mut self.history else {
            return Ok(Vec::new());
        };
        let sets = session.rows(&query.replace(HISTORY, history))?;
        let rows = sets.last().map(|s| s.rows.as_slice()).unwrap_or_default();
        Ok(rows.iter().filter_map(|row| applied_form(row)).collect())
    }
}

impl refinery_core::Migrate for Carrier<'_> {}

/// A form that the history names and we ship is applied; a newer one is another limbeck's, whose
/// additions do not concern this one.
fn applied_form(row: &[Option<String>]) -> Option<Migration> {
    let version = row.first()?.as_deref()?;
    FORMS
        .iter()
        .find(|(name, _)| {
            name.strip_prefix('V').and_then(|n| n.split("__").next()) == Some(version)
        })
        .and_then(|(name, sql)| Migration::unapplied(name, sql).ok())
}

/// Returns the statements that create the ledger or bring it to its newest form, to be sent in one
/// transaction with what is done first; none where it is current.
///
/// # Errors
/// Fails when the history of the ledger cannot be read.
pub fn preparation(session: &mut Session, state: &State) -> Result<Vec<String>, LedgerError> {
    if state.ledger_current {
        return Ok(Vec::new());
    }
    let history = table_sql(&state.table, HISTORY);
    let carrier = Carrier {
        history: state.ledger_exists.then_some((session, history)),
        collected: vec![format!(
            "SET LOCAL search_path = {}",
            ident(&state.table.schema)
        )],
    };
    collect(carrier).map_err(|error| LedgerError::Prepare {
        schema: state.table.schema.clone(),
        reason: root_cause(&error),
    })
}

fn collect(mut carrier: Carrier<'_>) -> Result<Vec<String>, refinery::Error> {
    let forms = FORMS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<Result<Vec<_>, _>>()?;
    let mut runner = Runner::new(&forms)
        .set_grouped(true)
        .set_abort_missing(false);
    runner.set_migration_table_name(HISTORY);
    runner.run(&mut carrier)?;
    Ok(split_all(&carrier.collected))
}

/// One string a statement, so that the statements of a message can be counted.
fn split_all(texts: &[String]) -> Vec<String> {
    let split = |text: &String| match split(text, 1) {
        Ok(statements) => statements.into_iter().map(|s| s.text).collect(),
        Err(_) => vec![text.clone()],
    };
    texts.iter().flat_map(split).collect()
}

/// Returns the ledger's table with its schema, as SQL.
fn table_sql(table: &VersionTable, name: &str) -> String {
    format!("{}.{}", ident(&table.schema), ident(name))
}

/// Returns the statement that writes several entries.
///
/// The duration is taken from the setting `limbeck.started` of the transaction.
#[must_use]
pub fn insert(table: &VersionTable, entries: &[Entry<'_>]) -> String {
    insert_into(&table_sql(table, TABLE), &table.name, entries)
}

/// Returns the statement that writes several entries, for a script: the ledger is addressed as the
/// version table is.
#[must_use]
pub fn insert_offline(table: &TableName, entries: &[Entry<'_>]) -> String {
    insert_into(&beside(table, TABLE), &table.name, entries)
}

/// Returns the statement that creates the ledger where a script finds none.
///
/// # Errors
/// Fails when refinery does.
pub fn offline_preparation(table: &TableName) -> Result<String, LedgerError> {
    let statements = collect(Carrier::default()).map_err(|error| LedgerError::Prepare {
        schema: table.schema.clone().unwrap_or_default(),
        reason: root_cause(&error),
    })?;
    // Only for the block: what follows in the script finds the search_path as it was.
    let path = table.schema.as_ref().map_or_else(
        || "pg_catalog.current_setting('search_path')".to_owned(),
        |schema| literal(&ident(schema)),
    );
    Ok(format!(
        "DO $limbeck$\nDECLARE\n    path text := \
         pg_catalog.current_setting('search_path');\nBEGIN\nIF pg_catalog.to_regclass({}) IS NULL \
         THEN\nPERFORM pg_catalog.set_config('search_path', {path}, true);\n{};\nPERFORM \
         pg_catalog.set_config('search_path', path, true);\nEND IF;\nEND\n$limbeck$",
        literal(&beside(table, TABLE)),
        statements.join(";\n")
    ))
}

fn beside(table: &TableName, name: &str) -> String {
    let beside = TableName {
        schema: table.schema.clone(),
        name: name.to_owned(),
    };
    beside.to_sql()
}

fn insert_into(into: &str, version_table: &str, entries: &[Entry<'_>]) -> String {
    let is_dated = entries.iter().any(|entry| entry.done_at.is_some());
    let done_at = if is_dated { ", done_at" } else { "" };
    let mut sql = format!(
        "INSERT INTO {into} (version_table, revision, direction, applied, duration, client, \
         checksum, format, message, created, down_revision, depends_on, branch_labels, \
         upgrade_sql, downgrade_sql{done_at}) VALUES "
    );
    for (i, entry) in entries.iter().enumerate() {
        let duration = if matches!(entry.direction, Direction::Stamp) {
            "NULL"
        } else {
            // Seconds, for a time as text depends on `DateStyle` and on the names of zones.
            "pg_catalog.clock_timestamp() - pg_catalog.to_timestamp(nullif(\
             pg_catalog.current_setting('limbeck.started', true), '')::float8)"
        };
        let separator = if i > 0 { ", " } else { "" };
        let _ = write!(
            sql,
            "{separator}({}, {}, '{}', {}, {duration}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}{})",
            literal(version_table),
            literal(entry.revision.as_str()),
            entry.direction,
            entry.applied,
            nullable(entry.client),
            nullable(entry.checksum),
            nullable(entry.format.as_deref()),
            literal(entry.message),
            nullable(entry.created.as_deref()),
            array(entry.down_revision.iter().map(RevisionId::as_str)),
            array(entry.depends_on.iter().map(RevisionId::as_str)),
            array(entry.branch_labels.iter().copied()),
            nullable(entry.upgrade_sql.as_deref()),
            nullable(entry.downgrade_sql.as_deref()),
            if is_dated {
                time(entry.done_at)
            } else {
                String::new()
            },
        );
    }
    sql
}

/// The last value of a row that says when; where it does not, it is now.
fn time(at: Option<DateTime<FixedOffset>>) -> String {
    at.map_or_else(
        || ", DEFAULT".to_owned(),
        |at| format!(", '{}'", at.to_rfc3339_opts(SecondsFormat::Micros, false)),
    )
}

fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}

fn array<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = items.map(literal).collect();
    if quoted.is_empty() {
        return "'{}'".to_owned();
    }
    format!("ARRAY[{}]::text[]", quoted.join(", "))
}

/// Reads what the ledger keeps of every revision that is applied as far as it knows.
///
/// # Errors
/// Fails when the server does.
pub fn kept(session: &mut Session, table: &VersionTable) -> Result<Vec<Kept>, LedgerError> {
    let sql = format!(
        "SELECT revision, pg_catalog.to_json(down_revision), pg_catalog.to_json(depends_on), \
         pg_catalog.to_json(branch_labels), message, created, checksum, upgrade_sql, \
         downgrade_sql FROM (SELECT DISTINCT ON (revision) * FROM {} WHERE version_table = {} \
         ORDER BY revision, id DESC) AS newest WHERE applied ORDER BY id",
        table_sql(table, TABLE),
        literal(&table.name)
    );
    let sets = session.rows(&sql)?;
    let rows = sets.first().map(|s| s.rows.as_slice()).unwrap_or_default();
    rows.iter()
        .map(|row| {
            let text = |at: usize| row.get(at).cloned().flatten();
            Ok(Kept {
                revision: text(0).unwrap_or_default(),
                down_revision: list(text(1))?,
                depends_on: list(text(2))?,
                branch_labels: list(text(3))?,
                message: text(4).unwrap_or_default(),
                created: text(5),
                checksum: text(6),
                upgrade_sql: text(7),
                downgrade_sql: text(8),
            })
        })
        .collect()
}

/// Reads what was sent the last time that a revision went this way; none where that is not known.
///
/// # Errors
/// Fails when the server does.
pub fn sent(
    session: &mut Session,
    table: &VersionTable,
    revision: &RevisionId,
    direction: Direction,
) -> Result<Option<String>, LedgerError> {
    let column = match direction {
        Direction::Downgrade => "downgrade_sql",
        Direction::Upgrade | Direction::Stamp => "upgrade_sql",
    };
    let sql = format!(
        "SELECT {column} FROM {} WHERE version_table = {} AND revision = {} AND direction = {} \
         ORDER BY id DESC LIMIT 1",
        table_sql(table, TABLE),
        literal(&table.name),
        literal(revision.as_str()),
        literal(&direction.to_string()),
    );
    let sets = session.rows(&sql)?;
    let row = sets
        .into_iter()
        .next()
        .and_then(|set| set.rows.into_iter().next());
    Ok(row.and_then(|row| row.into_iter().next().flatten()))
}

/// Reads which revisions are applied as far as the ledger knows, by when they were, oldest first.
///
/// # Errors
/// Fails when the server does.
pub fn order(session: &mut Session, table: &VersionTable) -> Result<Vec<RevisionId>, LedgerError> {
    let sql = format!(
        "SELECT revision FROM (SELECT DISTINCT ON (revision) id, revision, applied FROM {} WHERE \
         version_table = {} ORDER BY revision, id DESC) AS newest WHERE applied ORDER BY id",
        table_sql(table, TABLE),
        literal(&table.name)
    );
    let mut order = Vec::new();
    session.each_row(&sql, |row| {
        order.extend(row.get(0).map(RevisionId::from_database));
    })?;
    Ok(order)
}

fn list(json: Option<String>) -> Result<Vec<String>, LedgerError> {
    let json = json.unwrap_or_else(|| "[]".to_owned());
    serde_json::from_str(&json).map_err(|error| LedgerError::Row {
        reason: format!("a list of revisions is {json}: {error}"),
    })
}

/// Reads the journal: the revisions that were left half-done.
///
/// # Errors
/// Fails when the server does.
pub fn journal(session: &mut Session, table: &VersionTable) -> Result<Vec<Journal>, LedgerError> {
    let sql = format!(
        "SELECT revision, direction, statements_done, done_checksum, running FROM {} WHERE \
         version_table = {} ORDER BY changed_at, revision",
        table_sql(table, JOURNAL),
        literal(&table.name)
    );
    let sets: Vec<ResultSet> = session.rows(&sql)?;
    let rows = sets.first().map(|s| s.rows.as_slice()).unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| {
            let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            Journal {
                revision: RevisionId::from_database(&text(0)),
                direction: text(1),
                statements_done: text(2).parse().unwrap_or(0),
                done_checksum: text(3),
                running: text(4) == "t",
            }
        })
        .collect())
}

/// Returns the statement that notes how far a revision came.
#[must_use]
pub fn note(table: &VersionTable, journal: &Journal) -> String {
    format!(
        "INSERT INTO {journal_table} (version_table, revision, direction, statements_done, \
         done_checksum, running) VALUES ({}, {}, {}, {done}, {checksum}, {running}) ON CONFLICT \
         (version_table, revision) DO UPDATE SET statements_done = {done}, done_checksum = \
         {checksum}, running = {running}, changed_at = pg_catalog.clock_timestamp()",
        literal(&table.name),
        literal(journal.revision.as_str()),
        literal(&journal.direction),
        journal_table = table_sql(table, JOURNAL),
        done = journal.statements_done,
        checksum = literal(&journal.done_checksum),
        running = journal.running,
    )
}

/// Returns the statement that forgets a revision's journal, or every revision's.
#[must_use]
pub fn forget(table: &VersionTable, revision: Option<&RevisionId>) -> String {
    let mut sql = format!(
        "DELETE FROM {} WHERE version_table = {}",
        table_sql(table, JOURNAL),
        literal(&table.name)
    );
    if let Some(revision) = revision {
        let _ = write!(sql, " AND revision = {}", literal(revision.as_str()));
    }
    sql
}
