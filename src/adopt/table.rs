//! Reading a tool's table: where it is, whether it is the tool's, and its rows.

use chrono::{DateTime, FixedOffset};

use super::shape::{Columns, shape};
use super::{AdoptError, Row, Tracked};
use crate::catalog::Catalog;
use crate::database::session::Session;
use crate::declaration::Tool;
use crate::source::takeover::usual_table;
use crate::sql::quote::literal;

/// Reads the tables of all folders of other tools. Writes nothing.
///
/// # Errors
/// Fails when a table is not as its tool makes it, or cannot be read.
pub fn read(session: &mut Session, catalog: &Catalog) -> Result<Vec<Tracked>, AdoptError> {
    let mut sources = sources(catalog);
    for source in &mut sources {
        let Some(Found {
            table,
            path,
            columns,
        }) = find(session, &source.wanted)?
        else {
            continue;
        };
        source.rows = rows(session, source, &table, &columns)?;
        source.table = Some(table);
        source.path = Some(path);
    }
    Ok(sources)
}

/// Finds tables of other tools, by their usual names and their columns, that no folder is read
/// beside.
///
/// # Errors
/// Fails when the server does.
pub fn unread(
    session: &mut Session,
    sources: &[Tracked],
) -> Result<Vec<(String, Vec<Tool>)>, AdoptError> {
    let mut unread: Vec<(String, Vec<Tool>)> = Vec::new();
    for tool in Tool::ALL {
        let Some(Found { table, columns, .. }) = find(session, usual_table(tool))? else {
            continue;
        };
        let is_read = sources.iter().any(|it| it.table.as_ref() == Some(&table));
        if !is_read && !unread.iter().any(|(known, _)| *known == table) {
            let makers = columns.makers();
            unread.extend((!makers.is_empty()).then_some((table, makers)));
        }
    }
    Ok(unread)
}

/// Sorts the revisions of the graph by the folders they are in.
fn sources(catalog: &Catalog) -> Vec<Tracked> {
    let mut sources: Vec<Tracked> = Vec::new();
    for node in catalog.graph().revisions() {
        let Some(legacy) = catalog.legacy(node.id()) else {
            continue;
        };
        let is_its = |it: &&mut Tracked| it.label == legacy.label && it.folder == legacy.folder;
        let revision = node.id().clone();
        match sources.iter_mut().find(is_its) {
            Some(source) => source.revisions.push((revision, legacy)),
            None => sources.push(Tracked {
                label: legacy.label.clone(),
                folder: legacy.folder.clone(),
                tool: legacy.tool,
                table: None,
                path: None,
                wanted: legacy.table.clone(),
                rows: Vec::new(),
                revisions: vec![(revision, legacy)],
                places: None,
            }),
        }
    }
    sources
}

/// A table that was found by its name.
struct Found {
    /// Its name with the schema, as SQL.
    table: String,
    /// Schema and name.
    path: (String, String),
    columns: Columns,
}

fn find(session: &mut Session, name: &str) -> Result<Option<Found>, AdoptError> {
    let name = literal(name);
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname, t.typcategory, \
         n.nspname, c.relname FROM \
         pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN \
         pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE c.oid = \
         pg_catalog.to_regclass({name}) ORDER BY a.attnum"
    );
    let mut found: Option<Found> = None;
    session.each_row(&sql, |row| {
        let text = |at: usize| row.get(at).unwrap_or_default();
        let found = found.get_or_insert_with(|| Found {
            table: text(0).to_owned(),
            path: (text(3).to_owned(), text(4).to_owned()),
            columns: Columns::default(),
        });
        let kind = text(2).chars().next().unwrap_or('X');
        found.columns.0.push((text(1).to_owned(), kind));
    })?;
    Ok(found)
}

fn rows(
    session: &mut Session,
    source: &Tracked,
    table: &str,
    columns: &Columns,
) -> Result<Vec<Row>, AdoptError> {
    let wrong = |reason| AdoptError::Shape {
        table: table.to_owned(),
        tool: source.tool,
        label: source.label.clone(),
        reason,
        looks_like: makers(columns, source.tool),
    };
    let shape = shape(source.tool, columns).map_err(wrong)?;
    let mut rows = Vec::new();
    session.each_row(&shape.query(table), |row| {
        rows.push(Row {
            key: row.get(0).unwrap_or_default().to_owned(),
            name: row.get(1).map(str::to_owned),
            applied_at: row.get(2).and_then(time),
            checksum: row.get(3).map(str::to_owned),
            is_dirty: row.get(4) == Some("t"),
        });
    })?;
    if source.tool == Tool::GolangMigrate && rows.len() > 1 {
        let reason = format!("it has {} rows, and golang-migrate keeps one", rows.len());
        return Err(wrong(reason));
    }
    Ok(rows)
}

/// The other tools that make such a table.
fn makers(columns: &Columns, tool: Tool) -> Vec<Tool> {
    let mut makers = columns.makers();
    makers.retain(|maker| *maker != tool);
    makers
}

/// Reads seconds since 1970; none where they are infinite.
fn time(seconds: &str) -> Option<DateTime<FixedOffset>> {
    let seconds: f64 = seconds.parse().ok()?;
    let time = DateTime::from_timestamp_micros((seconds * 1e6).round() as i64)?;
    seconds.is_finite().then(|| time.fixed_offset())
}
