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
        let Some((table, columns)) = find(session, &source.wanted)? else {
            continue;
        };
        source.rows = rows(session, source, &table, &columns)?;
        source.table = Some(table);
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
        let Some((table, columns)) = find(session, usual_table(tool))? else {
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
                wanted: legacy.table.clone(),
                rows: Vec::new(),
                revisions: vec![(revision, legacy)],
            }),
        }
    }
    sources
}

/// Finds a table by its name: its name with the schema, as SQL, and its columns.
fn find(session: &mut Session, name: &str) -> Result<Option<(String, Columns)>, AdoptError> {
    let name = literal(name);
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname, t.typcategory FROM \
         pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN \
         pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE c.oid = \
         pg_catalog.to_regclass({name}) ORDER BY a.attnum"
    );
    let mut table = None;
    let mut columns = Columns::default();
    session.each_row(&sql, |row| {
        let text = |at: usize| row.get(at).unwrap_or_default();
        table = Some(text(0).to_owned());
        let kind = text(2).chars().next().unwrap_or('X');
        columns.0.push((text(1).to_owned(), kind));
    })?;
    Ok(table.map(|table| (table, columns)))
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
