//! Steps that another program carries out: where they led is checked, and noted in the ledger.
//!
//! Such a program has a connection and a transaction of its own, so body, row edit and ledger entry
//! cannot commit together. The rows have the last word: where they are as the plan has them after
//! the step, it is done and only its entry is missing.

use std::fmt;
use std::time::Instant;

use crate::database::ledger;
use crate::execute::entry;
use crate::execute::failure::{Cause, Failure};
use crate::execute::live::{Live, started_before};
use crate::execute::message::{Message, Part};
use crate::id::RevisionId;
use crate::plan::Step;

/// Another program that runs what limbeck cannot: the project's own Alembic.
pub trait Bridge: fmt::Debug + Send + Sync {
    /// Carries out exactly one step over a connection of its own, the version table's rows included;
    /// `parents` are those of the step's revision.
    ///
    /// # Errors
    /// Fails with what the program said.
    fn carry_out(&self, step: &Step, parents: &[RevisionId]) -> Result<(), String>;
}

impl Live<'_> {
    /// Has one step carried out, and writes its ledger entry.
    pub(super) fn run_bridged(
        &mut self,
        position: usize,
        bridge: &dyn Bridge,
    ) -> Result<(), Box<Failure>> {
        self.flush()?;
        self.check_lock(position)?;
        self.announce(position);
        let begun = Instant::now();
        let parents = &self.prepared[position].down_revision;
        let said = bridge.carry_out(self.step(position), parents);
        let took = begun.elapsed();
        // The connection was idle meanwhile, and roles may have a timeout for that.
        let heads = match self.database.reconnect_if_closed() {
            Ok(()) => self.database.heads().ok(),
            Err(_) => None,
        };
        let before = self.heads_after(position);
        if heads.as_ref() != Some(&self.heads_after(position + 1)) {
            self.partly = heads.as_ref() != Some(&before);
            let message = said.err();
            return Err(self.fail(position, Cause::Bridge { message, heads }));
        }
        self.partly = true;
        // The rows are in it: it exists by now.
        let create = self.table.create();
        self.tables.retain(|sql| *sql != create);
        let mut message = Message::default();
        self.open(&mut message, position, true);
        message.push(position, Part::Open, &started_before(took));
        self.push_tables(&mut message, position);
        let entry = entry::of_bridged(self.step(position), &self.prepared[position], self.options);
        let entry = ledger::insert(&self.table, std::slice::from_ref(&entry));
        message.push(position, Part::Edit, &entry);
        message.push(position, Part::Commit, "COMMIT");
        self.leave(&mut message, position);
        self.send_part(&message, position)?;
        if let Err(message) = said {
            let message = Some(message);
            return Err(self.fail(position, Cause::Bridge { message, heads }));
        }
        self.committed(position + 1, Some(took));
        Ok(())
    }
}
