//! The folders of other tools with what their tables have.

use super::Tracked;
use crate::catalog::Catalog;
use crate::database::session::Session;
use crate::declaration::{Format, Tool};
use crate::graph::Node;
use crate::source::takeover::usual_table;
use crate::source::{Legacy, Repeatable};
use crate::tracking::{self, TrackingError, find};

/// Reads the tables of all folders of other tools. Writes nothing.
///
/// # Errors
/// Fails when a table is not as its tool makes it, or cannot be read.
pub fn read(session: &mut Session, catalog: &Catalog) -> Result<Vec<Tracked>, TrackingError> {
    read_of(session, catalog, |_| true)
}

/// Reads the tables that are kept in step. Writes nothing.
///
/// # Errors
/// As [`read`] does.
pub fn read_mirrored(
    session: &mut Session,
    catalog: &Catalog,
) -> Result<Vec<Tracked>, TrackingError> {
    read_of(session, catalog, |legacy| legacy.is_mirrored)
}

fn read_of(
    session: &mut Session,
    catalog: &Catalog,
    is_meant: impl Fn(&Legacy) -> bool,
) -> Result<Vec<Tracked>, TrackingError> {
    let mut sources = sources(catalog);
    sources.retain(|source| source.revisions.iter().any(|(_, legacy)| is_meant(legacy)));
    for source in &mut sources {
        let Some(table) = find(session, &source.wanted)? else {
            continue;
        };
        source.rows = tracking::rows(session, &table, source.tool, &source.label)?;
        // Files that run again are not in the graph, and have rows of their own.
        let again = catalog.repeatables().iter().map(Repeatable::legacy);
        let again: Vec<_> = again.filter(|it| it.label == source.label).collect();
        source
            .rows
            .retain(|row| !again.iter().any(|it| row.is_of(it)));
        source.table = Some(table.name);
        source.path = Some(table.path);
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
) -> Result<Vec<(String, Vec<Tool>)>, TrackingError> {
    let mut unread: Vec<(String, Vec<Tool>)> = Vec::new();
    for tool in Tool::ALL {
        let Some(table) = find(session, usual_table(tool))? else {
            continue;
        };
        let is_read = sources
            .iter()
            .any(|it| it.table.as_ref() == Some(&table.name));
        if !is_read && !unread.iter().any(|(known, _)| *known == table.name) {
            let makers = table.makers();
            unread.extend((!makers.is_empty()).then_some((table.name, makers)));
        }
    }
    Ok(unread)
}

/// Sorts the revisions of the graph by the folders they are in.
fn sources(catalog: &Catalog) -> Vec<Tracked> {
    let mut sources: Vec<Tracked> = Vec::new();
    let is_tool = |node: &&Node| matches!(node.format(), Format::Tool(_));
    for node in catalog.graph().revisions().filter(is_tool) {
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
