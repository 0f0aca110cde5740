//! Reading a tool's table: where it is, whether it is the tool's, and its rows.

use chrono::{DateTime, Datelike, FixedOffset};

use super::shape::{Columns, shape};
use super::{Row, TrackingError};
use crate::database::session::{Session, SessionError};
use crate::declaration::Tool;
use crate::sql::quote::literal;

/// A table that may be a tool's.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name with its schema, as SQL.
    pub name: String,
    /// Its schema and its name.
    pub path: (String, String),
    pub(super) columns: Columns,
    /// The columns that each row must be given a value for.
    pub(super) needed: Vec<String>,
    /// Whether the role may write and delete rows.
    pub(super) is_writable: bool,
}

impl Table {
    /// Returns the tools that make such a table.
    #[must_use]
    pub fn makers(&self) -> Vec<Tool> {
        self.columns.makers()
    }

    /// Returns the tool that makes a table with just these columns and no others, where they are such
    /// as nobody else would think of.
    #[must_use]
    pub fn only_maker(&self) -> Option<Tool> {
        self.columns.only_maker()
    }

    pub(super) fn wrong(&self, tool: Tool, label: &str, reason: String) -> TrackingError {
        let mut looks_like = self.makers();
        looks_like.retain(|maker| *maker != tool);
        TrackingError::Shape {
            table: self.name.clone(),
            tool,
            label: label.to_owned(),
            reason,
            looks_like,
        }
    }
}

/// Finds a table by its name.
///
/// # Errors
/// Fails when the server does.
pub fn find(session: &mut Session, name: &str) -> Result<Option<Table>, SessionError> {
    let is_it = format!("c.oid = pg_catalog.to_regclass({})", literal(name));
    Ok(tables(session, &is_it)?.pop())
}

/// Finds all tables with columns as tools have them, wherever they are and whatever they are called.
///
/// # Errors
/// Fails when the server does.
pub fn all(session: &mut Session) -> Result<Vec<Table>, SessionError> {
    let is_like_one = "c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> \
                       'information_schema' AND EXISTS (SELECT FROM pg_catalog.pg_attribute k WHERE \
                       k.attrelid = c.oid AND k.attname IN ('version', 'version_id', 'name', 'hash'))";
    tables(session, is_like_one)
}

fn tables(session: &mut Session, condition: &str) -> Result<Vec<Table>, SessionError> {
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname, t.typcategory, \
         a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', \
         pg_catalog.has_table_privilege(c.oid, 'INSERT') AND \
         pg_catalog.has_table_privilege(c.oid, 'DELETE'), n.nspname, c.relname FROM \
         pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN \
         pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE {condition} ORDER BY n.nspname, \
         c.relname, a.attnum"
    );
    let mut tables: Vec<Table> = Vec::new();
    session.each_row(&sql, |row| {
        let text = |at: usize| row.get(at).unwrap_or_default();
        if tables.last().is_none_or(|last| last.name != text(0)) {
            tables.push(Table {
                name: text(0).to_owned(),
                path: (text(5).to_owned(), text(6).to_owned()),
                columns: Columns::default(),
                needed: Vec::new(),
                is_writable: text(4) == "t",
            });
        }
        let Some(table) = tables.last_mut() else {
            return;
        };
        let kind = text(2).chars().next().unwrap_or('X');
        table.columns.0.push((text(1).to_owned(), kind));
        if text(3) == "t" {
            table.needed.push(text(1).to_owned());
        }
    })?;
    Ok(tables)
}

/// Reads the rows of a tool's table, which is read for the folder of that label.
///
/// # Errors
/// Fails when the table is not as the tool makes it, or cannot be read.
pub fn rows(
    session: &mut Session,
    table: &Table,
    tool: Tool,
    label: &str,
) -> Result<Vec<Row>, TrackingError> {
    let shape = shape(tool, &table.columns).map_err(|reason| table.wrong(tool, label, reason))?;
    let mut rows = Vec::new();
    let read = session.each_row(&shape.query(&table.name), |row| {
        rows.push(Row {
            key: row.get(0).unwrap_or_default().to_owned(),
            name: row.get(1).map(str::to_owned),
            applied_at: row.get(2).and_then(time),
            checksum: row.get(3).map(str::to_owned),
            is_dirty: row.get(4) == Some("t"),
        });
    });
    read.map_err(|error| match error {
        // The class of values that are none of their type, such as a time in a column of text.
        SessionError::Server(server) if server.code.starts_with("22") => {
            table.wrong(tool, label, server.message)
        }
        error => error.into(),
    })?;
    if tool == Tool::GolangMigrate && rows.len() > 1 {
        let reason = format!("it has {} rows, and golang-migrate keeps one", rows.len());
        return Err(table.wrong(tool, label, reason));
    }
    Ok(rows)
}

/// Reads seconds since 1970; none where they are infinite, or of a year that is not written in four
/// digits.
fn time(seconds: &str) -> Option<DateTime<FixedOffset>> {
    let seconds: f64 = seconds.parse().ok()?;
    let time = DateTime::from_timestamp_micros((seconds * 1e6).round() as i64)?;
    let is_written = seconds.is_finite() && (1..=9999).contains(&time.year());
    is_written.then(|| time.fixed_offset())
}
