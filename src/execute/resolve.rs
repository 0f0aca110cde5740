//! Declaring what became of a revision that was left half-done, where it is not to go on.
//!
//! Nothing of the revision runs. The row, the entry in the ledger and the end of the journal's note
//! commit together.

use std::borrow::Cow;

use super::event::{Event, Observer};
use super::failure::RunError;
use super::live::{Live, Parts};
use super::{Options, journals, kept, own_tables, prepare, send, stamp};
use crate::catalog::Catalog;
use crate::database::Database;
use crate::database::ledger::{self, Journal};
use crate::database::lock::LockError;
use crate::database::version_table::State;
use crate::id::RevisionId;
use crate::plan::{Outcome, Plan, settle};

/// What is to be declared.
#[derive(Clone, Copy, Debug)]
pub struct Resolution<'a> {
    /// The half-done revision: its id, or a unique beginning of it.
    pub revision: &'a str,
    /// What became of it.
    pub outcome: Outcome,
    /// How to write it down, and how long to wait for other runs.
    pub options: &'a Options,
}

/// What was declared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resolved {
    /// What the journal said of the revision until then.
    pub journal: Journal,
    /// What happened to the rows; no step where they said so already.
    pub plan: Plan,
}

/// Declares that a half-done revision is applied, or is not.
///
/// # Errors
/// Fails when the revision is not half-done, when its row cannot be moved so, or the server fails.
pub fn resolve(
    database: &mut Database,
    catalog: &Catalog,
    resolution: &Resolution<'_>,
    observer: &mut dyn Observer,
) -> Result<Resolved, RunError> {
    let Resolution {
        revision: name,
        outcome,
        options,
    } = *resolution;
    let state = database.inspect()?;
    half_done(name, journals(database, &state)?)?;
    let mut waiting = |holder: Option<&str>| observer.event(&Event::WaitingForLock { holder });
    let lock = database.lock(options.lock_wait, &mut waiting)?;
    database.reconnect_if_closed().map_err(LockError::Open)?;
    let state = database.inspect()?;
    let journal = half_done(name, journals(database, &state)?)?;
    if state.read_only {
        return Err(RunError::ReadOnly);
    }
    let revision = &journal.revision;
    let is_known = |id: &RevisionId| catalog.graph().get(id.as_str()).is_some();
    let known = if is_known(revision) && state.heads.iter().all(is_known) {
        Cow::Borrowed(catalog)
    } else {
        kept::with_ledger(database, catalog, &state)?
    };
    let plan = settle(known.graph(), &state.heads, revision, outcome)?;
    let changes = stamp::change(&known, revision, outcome)?;
    if let Some(statement) = prepare::begun(&known, &journal, options) {
        database.wait_for_statement(&statement.text, options.lock_wait, &mut waiting)?;
    }
    let tables = own_tables(database, &state)?;
    let mirror = changes.mirror(database)?;
    if plan.is_empty() {
        let mut statements = mirror.tables;
        statements.extend(changes.live(&state.table, options));
        statements.extend(mirror.rows.into_iter().flatten());
        note(database, &state, revision, statements)?;
    } else {
        let mut live = Live::new(Parts {
            database,
            plan: &plan,
            prepared: &[],
            options,
            observer,
            lock,
            table: state.table.clone(),
            tables,
            mirror,
        });
        live.stamp(&changes, Some(revision))?;
    }
    Ok(Resolved { journal, plan })
}

/// Returns whether a name is the beginning of a revision's; nothing begins none.
pub(super) fn is_beginning(name: &str, revision: &RevisionId) -> bool {
    !name.is_empty() && revision.as_str().starts_with(name)
}

/// Finds the half-done revision that a name stands for.
fn half_done(name: &str, journals: Vec<Journal>) -> Result<Journal, RunError> {
    let exact = |journal: &&Journal| journal.revision.as_str() == name;
    let begins = |journal: &&Journal| is_beginning(name, &journal.revision);
    let found: Vec<_> = match journals.iter().find(exact) {
        Some(exact) => vec![exact],
        None => journals.iter().filter(begins).collect(),
    };
    match found[..] {
        [one] => Ok(one.clone()),
        _ => Err(RunError::NotHalfDone {
            name: name.to_owned(),
            half_done: journals.iter().map(|it| it.revision.clone()).collect(),
        }),
    }
}

/// Writes the ledger and forgets the journal's note, where no row moves.
fn note(
    database: &mut Database,
    state: &State,
    revision: &RevisionId,
    mut statements: Vec<String>,
) -> Result<(), RunError> {
    statements.insert(0, "BEGIN".to_owned());
    statements.push(ledger::forget(&state.table, Some(revision)));
    statements.push("COMMIT".to_owned());
    send(database, &statements.join(";\n"))
}
