//! Carries a stamp out: the version table and the ledger are moved in one transaction, and no
//! revision runs. A declaration of what became of a half-done revision is carried out likewise.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::database::ledger::{self, Entry};
use crate::database::version_table::{TableName, VersionTable};
use crate::execute::Options;
use crate::execute::entry;
use crate::execute::failure::{Failure, RunError};
use crate::execute::live::Live;
use crate::execute::message::{Message, Part};
use crate::execute::prepare::{self, Prepared};
use crate::graph::Edges;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::Outcome;

/// What a stamp writes to the ledger.
#[derive(Default)]
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

/// Writes down what became of one revision, which may be known by its name alone.
pub(super) fn change(
    catalog: &Catalog,
    revision: &RevisionId,
    outcome: Outcome,
) -> Result<Changes, RunError> {
    let mut changes = Changes::default();
    match outcome {
        Outcome::Applied => {
            let prepared = prepare::of_revision(catalog, revision)?;
            changes.applied = prepared
                .map(|prepared| (revision.clone(), prepared))
                .into_iter()
                .collect();
        }
        Outcome::NotApplied => changes.removed.push(revision.clone()),
    }
    Ok(changes)
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

    /// Returns the statements for a table whose schema is known.
    pub(super) fn live(&self, table: &VersionTable, options: &Options) -> Vec<String> {
        self.statements(options, |entries| ledger::insert(table, entries))
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
    ///
    /// The journal is forgotten, of one revision or of all: what was half-done is no more.
    pub(super) fn stamp(
        &mut self,
        changes: &Changes,
        half_done: Option<&RevisionId>,
    ) -> Result<(), Box<Failure>> {
        self.done_after_all(|live| live.send_stamp(changes, half_done))
    }

    fn send_stamp(
        &mut self,
        changes: &Changes,
        half_done: Option<&RevisionId>,
    ) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        self.open(&mut message, 0, true);
        self.push_tables(&mut message, 0);
        for (position, step) in self.plan.steps.iter().enumerate() {
            let edit = self.table.checked_edit(&step.edit);
            message.push(position, Part::Edit, &edit);
        }
        for sql in changes.live(&self.table, self.options) {
            message.push(0, Part::Edit, &sql);
        }
        message.push(0, Part::Edit, &ledger::forget(&self.table, half_done));
        message.push(0, Part::Commit, "COMMIT");
        self.send_part(&message, 0)?;
        self.committed(self.plan.steps.len(), None);
        Ok(())
    }
}
