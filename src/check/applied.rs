//! What a database has of the revision files.
//!
//! Where it stands, and what is still to come, is no finding: that is where a database happens to
//! be, and not something that is wrong with the files.

use super::finding::{Finding, Site};
use crate::catalog::Catalog;
use crate::database::ledger::Records;
use crate::graph::{Edges, Place};
use crate::heads::Heads;

/// What a database says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// The rows of the version table.
    pub heads: &'a Heads,
    /// What the ledger notes of each revision.
    pub records: &'a Records,
    /// The files together with what only the ledger has, where a row needs that.
    pub extended: Option<&'a Catalog>,
}

/// Returns what does not fit between the files and what is applied.
#[must_use]
pub fn applied(catalog: &Catalog, applied: Applied<'_>) -> Vec<Finding> {
    let graph = applied.extended.unwrap_or(catalog).graph();
    let mut findings = Vec::new();
    let rows = || applied.heads.iter();
    let below = graph.ancestors(rows().filter_map(|id| graph.get(id.as_str())), Edges::All);
    for node in graph.members(&below) {
        if catalog.checksum(node.id()).is_none() {
            let site = Site::of(node);
            findings.push(Finding::AppliedWithoutFile { site });
            continue;
        }
        let record = applied
            .records
            .get(node.id())
            .filter(|record| record.applied);
        if let Some(record) = record
            && let Some(then) = &record.checksum
            && catalog.has_checksum(node.id(), then) == Some(false)
        {
            findings.push(Finding::ChangedSinceApplied {
                site: Site::of(node),
                applied_at: record.done_at,
            });
        }
    }
    for id in rows().filter(|id| graph.get(id.as_str()).is_none()) {
        // One whose file is at fault is not in the graph, but it is no riddle.
        if catalog.checksum(id).is_none() {
            let revision = id.to_string();
            let place = Place::default();
            let site = Site { revision, place };
            findings.push(Finding::UnknownInDatabase { site });
        }
    }
    findings
}
