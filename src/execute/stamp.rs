//! Carries a stamp out: the version table and the ledger are moved in one transaction, and no
//! revision runs. It is also how a person declares what became of a half-done revision.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::database::ledger::{self, Entry};
use crate::database::version_table::TableName;
use crate::execute::Options;
use crate::execute::entry;
use crate::execute::failure::{Failure, RunError};
use crate::execute::live::Live;
use crate::execute::message::{Message, Part};
use crate::execute::prepare::{self, Prepared};
use crate::graph::Edges;
use crate::heads::Heads;
use crate::id::RevisionId;

/// What a stamp writes to the ledger.
pub(super) struct Changes {
    applied: Vec<(RevisionId, Prepared)>,
    removed: Vec<RevisionId>,
}

/// Finds the revisions that a stamp makes applied, and those that it makes not applied.
pub(super) fn changes(catalog: &Catalog, from: &Heads, to: &Heads) -> Result<Changes, RunError> {
    let before = closure(catalog, from);
    let after = closure(catalog, to);
    let mut applied = Vec::new();
    // The ledger's order is the one in which they go back.
    for node in catalog.graph().revisions() {
        let revision = node.id();
        if after.contains(revision) && !before.contains(revision) {
            let prepared = prepare::of_revision(catalog, revision)?;
            applied.extend(prepared.map(|prepared| (revision.clone(), prepared)));
        }
    }
    let removed = before.difference(&after).cloned().collect();
    Ok(Changes { applied, removed })
}

/// The heads and everything below them, dependencies included.
fn closure(catalog: &Catalog, heads: &Heads) -> BTreeSet<RevisionId> {
    let graph = catalog.graph();
    let known = heads.iter().filter_map(|id| graph.get(id.as_str()));
    let set = graph.ancestors(known, Edges::All);
    let below = graph.members(&set).map(|node| node.id().clone());
    below.chain(heads.iter().cloned()).collect()
}

impl Changes {
    /// Returns the statements for a script that does not know the table's schema.
    pub(super) fn offline(&self, table: &TableName, options: &Options) -> Vec<String> {
        self.statements(options, |entries| ledger::insert_offline(table, entries))
    }

    fn statements(
        &self,
        options: &Options,
        insert: impl Fn(&[Entry<'_>]) -> String,
    ) -> Vec<String> {
        let applied = self
            .applied
            .iter()
            .map(|(revision, prepared)| entry::of_revision(revision, prepared, options));
        let removed = self
            .removed
            .iter()
            .map(|revision| entry::of_removed(revision, options));
        let entries: Vec<_> = removed.chain(applied).collect();
        // Statements of a bounded length, whatever the number of revisions.
        entries.chunks(200).map(insert).collect()
    }
}

impl Live<'_> {
    /// Sends the stamp as one transaction.
    pub(super) fn stamp(&mut self, changes: &Changes) -> Result<(), Box<Failure>> {
        self.done_after_all(|live| live.send_stamp(changes))
    }

    fn send_stamp(&mut self, changes: &Changes) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        self.open(&mut message, 0, true);
        self.push_tables(&mut message, 0);
        for (position, step) in self.plan.steps.iter().enumerate() {
            let edit = self.table.checked_edit(&step.edit);
            message.push(position, Part::Edit, &edit);
        }
        let insert = |entries: &[Entry<'_>]| ledger::insert(&self.table, entries);
        for sql in changes.statements(self.options, insert) {
            message.push(0, Part::Edit, &sql);
        }
        message.push(0, Part::Edit, &ledger::forget(&self.table, None));
        message.push(0, Part::Commit, "COMMIT");
        self.send_part(&message, 0)?;
        self.committed(self.plan.steps.len(), None);
        Ok(())
    }
}
