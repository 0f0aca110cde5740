//! Carries a stamp out: the version table and the ledger are moved in one transaction, and no
//! revision runs. A declaration of what became of a half-done revision is carried out likewise.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};

use crate::catalog::Catalog;
use crate::database::Database;
use crate::database::ledger::{self, Entry};
use crate::database::version_table::{TableName, VersionTable};
use crate::execute::entry;
use crate::execute::failure::{Failure, RunError};
use crate::execute::live::Live;
use crate::execute::message::{Message, Part};
use crate::execute::mirrored;
use crate::execute::prepare::{self, Prepared};
use crate::execute::{AppliedAt, Options};
use crate::graph::{Edges, Node};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::Outcome;
use crate::tracking::{self, Change, Mirror, Occasion, Way};

/// What a stamp writes to the ledger.
#[derive(Default)]
pub(super) struct Changes {
    applied: Vec<Applied>,
    removed: Vec<RevisionId>,
    /// What other tools are told, from above downwards and then upwards.
    mirrored: Vec<Option<Change>>,
}

/// A revision that becomes applied.
struct Applied {
    revision: RevisionId,
    prepared: Prepared,
    done_at: Option<DateTime<FixedOffset>>,
}

impl Applied {
    /// Reads what the ledger keeps of a revision; none where there is no file of it.
    fn of(
        catalog: &Catalog,
        revision: &RevisionId,
        done_at: Option<&DateTime<FixedOffset>>,
    ) -> Result<Option<Self>, RunError> {
        let prepared = prepare::of_revision(catalog, revision)?;
        Ok(prepared.map(|prepared| Self {
            revision: revision.clone(),
            prepared,
            done_at: done_at.copied(),
        }))
    }
}

/// Finds the revisions that a stamp makes applied, and those that it makes not applied.
pub(super) fn changes(
    catalog: &Catalog,
    from: &Heads,
    to: &Heads,
    applied_at: &AppliedAt,
) -> Result<Changes, RunError> {
    let before = closure(catalog, from);
    let after = closure(catalog, to);
    let mut applied = Vec::new();
    // The ledger's order is the one in which they go back.
    for node in catalog.graph().revisions() {
        let revision = node.id();
        if after.contains(revision) && !before.contains(revision) {
            applied.extend(Applied::of(catalog, revision, applied_at.get(revision))?);
        }
    }
    let removed: Vec<RevisionId> = before.difference(&after).cloned().collect();
    let ids = catalog.graph().revisions().map(Node::id);
    let gone = ids.filter(|id| before.contains(*id) && !after.contains(*id));
    let gone: Vec<_> = gone
        .map(|id| mirrored::change(catalog, id, Way::Down))
        .collect();
    let come = applied
        .iter()
        .map(|it| mirrored::change(catalog, &it.revision, Way::Up));
    let mirrored = gone.into_iter().rev().chain(come).collect();
    Ok(Changes {
        applied,
        removed,
        mirrored,
    })
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
            changes
                .applied
                .extend(Applied::of(catalog, revision, None)?);
        }
        Outcome::NotApplied => changes.removed.push(revision.clone()),
    }
    let change = mirrored::change(catalog, revision, way(outcome));
    changes.mirrored.push(change);
    Ok(changes)
}

fn way(outcome: Outcome) -> Way {
    match outcome {
        Outcome::Applied => Way::Up,
        Outcome::NotApplied => Way::Down,
    }
}

/// The heads and everything below them, dependencies included.
pub(super) fn closure(catalog: &Catalog, heads: &Heads) -> BTreeSet<RevisionId> {
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

    /// Has tools told of revisions as well that stay as they are.
    pub(super) fn tell(&mut self, catalog: &Catalog, revisions: &[(RevisionId, Outcome)]) {
        let told = revisions
            .iter()
            .map(|(id, outcome)| mirrored::change(catalog, id, way(*outcome)));
        self.mirrored.splice(0..0, told);
    }

    /// Looks at the tables of other tools that are kept in step, and decides what is written to them.
    pub(super) fn mirror(&self, database: &mut Database) -> Result<Mirror, RunError> {
        let session = database.session();
        let look = tracking::look(session, &self.mirrored, Occasion::Stamp);
        Ok(look?)
    }

    /// As [`Self::mirror`], without a database.
    pub(super) fn mirror_offline(&self) -> Result<Mirror, RunError> {
        Ok(tracking::offline(&self.mirrored, Occasion::Stamp)?)
    }

    fn statements(
        &self,
        options: &Options,
        insert: impl Fn(&[Entry<'_>]) -> String,
    ) -> Vec<String> {
        let applied = self.applied.iter().map(|applied| {
            let Applied {
                revision,
                prepared,
                done_at,
            } = applied;
            entry::of_revision(revision, prepared, *done_at, options)
        });
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
        for sql in self.mirror.rows.iter().flatten() {
            message.push(0, Part::Mirror, sql);
        }
        message.push(0, Part::Edit, &ledger::forget(&self.table, half_done));
        message.push(0, Part::Commit, "COMMIT");
        self.send_part(&message, 0)?;
        self.committed(self.plan.steps.len(), None);
        Ok(())
    }
}
