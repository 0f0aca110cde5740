//! The folders of other tools with what their tables have.

use super::Tracked;
use crate::catalog::Catalog;
use crate::database::ledger;
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

/// Finds tables of other tools that no folder is read beside: by their usual names in any schema, and
/// by their columns whatever their names.
///
/// # Errors
/// Fails when the server does.
pub fn unread(
    session: &mut Session,
    sources: &[Tracked],
) -> Result<Vec<(String, Vec<Tool>)>, TrackingError> {
    let names = Tool::ALL.map(|tool| {
        let name = usual_table(tool);
        name.rsplit_once('.').map_or(name, |(_, name)| name)
    });
    let mut unread = Vec::new();
    for table in tracking::all(session)? {
        let read = |source: &Tracked| source.table.as_ref() == Some(&table.name);
        // The ledger's history is kept as refinery keeps its own.
        if sources.iter().any(read) || table.path.1 == ledger::HISTORY {
            continue;
        }
        let makers = match names.contains(&&table.path.1[..]) {
            true => table.makers(),
            false => table.only_maker().into_iter().collect(),
        };
        if !makers.is_empty() {
            unread.push((table.name, makers));
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
