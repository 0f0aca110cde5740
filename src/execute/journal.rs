//! Revisions with statements outside of transactions: one at a time, and each journalled.
//!
//! Such a statement commits by itself, so body and bookkeeping cannot be one transaction. Instead
//! the journal says before each statement that it begins, and with the next note that it is done.
//! A transaction that is not the revision's last notes its end itself. A run that finds a half-done
//! revision goes on where it stopped.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::database::ledger::{self, Journal};
use crate::database::lock::LockError;
use crate::execute::event::Event;
use crate::execute::failure::{Cause, Failure};
use crate::execute::index;
use crate::execute::live::{Live, started_before};
use crate::execute::message::{Message, Part};
use crate::plan::Direction;
use crate::script::{Body, Mode, Segment, Statement};
use crate::sql::classify::{concurrent_index, dropped_index, is_session_setting};
use crate::sql::quote::literal;

/// A statement of a body, and which of its segments it stands in.
pub(super) struct Placed<'s> {
    segment: usize,
    mode: Mode,
    pub(super) statement: &'s Statement,
    /// What was digested once this statement is.
    digest: Sha256,
}

/// All statements of a body in order.
pub(super) fn in_order(segments: &[Segment]) -> Vec<Placed<'_>> {
    let mut placed = Vec::new();
    let mut digest = Sha256::new();
    for (index, segment) in segments.iter().enumerate() {
        for statement in &segment.statements {
            digest.update(statement.text.as_bytes());
            digest.update([0]);
            placed.push(Placed {
                segment: index,
                mode: segment.mode,
                statement,
                digest: digest.clone(),
            });
        }
    }
    placed
}

/// Returns the checksum of the first statements, which are done: by it an edited one is noticed.
fn done_checksum(statements: &[Placed<'_>], done: usize) -> String {
    let last = done.checked_sub(1).and_then(|last| statements.get(last));
    let digest = last.map_or_else(Sha256::new, |placed| placed.digest.clone());
    let sum = digest.finalize();
    sum.iter().map(|b| format!("{b:02x}")).collect()
}

/// Tells whether these statements begin with those that are done.
pub(super) fn goes_on(journal: &Journal, statements: &[Placed<'_>]) -> bool {
    // A text that has fewer by now was edited.
    journal.statements_done <= statements.len()
        && done_checksum(statements, journal.statements_done) == journal.done_checksum
}

/// Tells whether a statement failed because something else has the name of what it makes.
fn is_name_taken(failure: &Failure) -> bool {
    // 42P07 duplicate_table, which an index is to the server as well.
    matches!(&failure.cause, Cause::Sql { server, .. } if server.code == "42P07")
}

/// The settings that earlier statements of the same section made for the one at this place: the note
/// in between puts the session straight, and a run that goes on has another session.
fn settings_before<'s>(statements: &[Placed<'s>], at: usize) -> Vec<&'s Statement> {
    let begin = statements[..at]
        .iter()
        .rposition(|placed| placed.mode != Mode::NoTransaction)
        .map_or(0, |last| last + 1);
    let section = statements[begin..at].iter().map(|placed| placed.statement);
    let settings = section.filter(|statement| is_session_setting(&statement.text));
    settings.collect()
}

impl Live<'_> {
    /// Runs one step through the journal, from where an earlier run left it.
    pub(super) fn run_journalled(
        &mut self,
        position: usize,
        segments: &[Segment],
    ) -> Result<(), Box<Failure>> {
        let begin = Instant::now();
        let statements = in_order(segments);
        let resumed = self.prepared[position].journal.clone();
        if let Some(journal) = &resumed {
            self.refuse_other_statements(position, journal, &statements)?;
        }
        let mut at = resumed.as_ref().map_or(0, |j| j.statements_done);
        self.partly |= at > 0;
        self.announce(position);
        if resumed.is_some() {
            self.observer.event(&Event::Resumed {
                step: self.step(position),
                statements_done: at,
            });
        }
        let mut uncertain = resumed.is_some_and(|j| j.running);
        let mut settings = settings_before(&statements, at);
        while let Some(placed) = statements.get(at) {
            let statement = placed.statement;
            self.check_lock(position)?;
            if placed.mode == Mode::NoTransaction {
                self.journal_alone(position, &statements, at, &settings)?;
                self.partly = true;
                let done = uncertain && self.is_done_after_all(position, statement)?;
                if !done && let Err(failure) = self.send_alone(position, statement) {
                    if is_name_taken(&failure) {
                        // Nothing began: what has the name is not this statement's.
                        self.note_alone(position, &statements, at)?;
                    }
                    return Err(failure);
                }
                if is_session_setting(&statement.text) {
                    settings.push(statement);
                }
                at += 1;
                // What comes next notes it too, unless it fails.
                let next = statements.get(at).map(|placed| placed.mode);
                if next != Some(Mode::NoTransaction) {
                    self.note_alone(position, &statements, at)?;
                }
            } else {
                let end = statements[at..]
                    .iter()
                    .position(|next| next.segment != placed.segment)
                    .map_or(statements.len(), |n| at + n);
                if end == statements.len() {
                    break;
                }
                self.transactional_part(position, &statements, at..end)?;
                settings.clear();
                at = end;
            }
            uncertain = false;
        }
        let rest: Vec<&Statement> = statements[at..].iter().map(|p| p.statement).collect();
        self.finish_journalled(position, segments, &rest, begin.elapsed())
    }

    /// What code runs that asks the database is known only now: it must begin with what is done, and
    /// nobody may be left with the statement at which it stopped, neither the server nor an index.
    fn refuse_other_statements(
        &mut self,
        position: usize,
        journal: &Journal,
        statements: &[Placed<'_>],
    ) -> Result<(), Box<Failure>> {
        if !goes_on(journal, statements) {
            let statements_done = journal.statements_done;
            return Err(self.fail(position, Cause::GoesOnOtherwise { statements_done }));
        }
        let prepared = &self.prepared[position];
        let is_known = prepared.begun.is_some()
            || !matches!(prepared.body, Body::Code(_) | Body::Asking { .. });
        if is_known || !journal.running {
            return Ok(());
        }
        let next = statements.get(journal.statements_done);
        let next = next.map(|placed| placed.statement);
        if let Some(next) = next {
            self.wait_for(position, next)?;
        }
        let next = next.and_then(|next| concurrent_index(&next.text));
        match index::invalid(self.database.session(), next.as_ref()) {
            Ok(None) => Ok(()),
            Ok(Some(index)) => Err(self.fail(position, Cause::InvalidIndex { index })),
            Err(error) => Err(self.fail_sql(position, error, None)),
        }
    }

    /// Waits for the end of a statement that the server may still run for a dead run.
    fn wait_for(&mut self, position: usize, statement: &Statement) -> Result<(), Box<Failure>> {
        let observer = &mut *self.observer;
        let mut waiting = |holder: Option<&str>| observer.event(&Event::WaitingForLock { holder });
        let patience = self.options.lock_wait;
        let waited = self
            .database
            .wait_for_statement(&statement.text, patience, &mut waiting);
        waited.map_err(|error| match error {
            LockError::Session(error) => self.fail_sql(position, error, None),
            error => self.fail(position, Cause::Lock { error }),
        })
    }

    /// Notes that a statement begins, and sets the session up for it: it has no transaction whose
    /// settings could hold.
    fn journal_alone(
        &mut self,
        position: usize,
        statements: &[Placed<'_>],
        at: usize,
        settings: &[&Statement],
    ) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        self.open(&mut message, position, true);
        self.push_tables(&mut message, position);
        let note = self.note(position, statements, at, true);
        message.push(position, Part::Edit, &note);
        message.push(position, Part::Commit, "COMMIT");
        for (name, value) in self.options.settings() {
            let value = literal(&value);
            let set = format!("SELECT pg_catalog.set_config('{name}', {value}, false)");
            message.push(position, Part::Open, &set);
        }
        for statement in settings {
            message.push_body(position, statement);
        }
        self.send_part(&message, position)?;
        self.made_tables();
        self.partly = true;
        Ok(())
    }

    /// Notes how far the revision came, and that nothing else has begun.
    fn note_alone(
        &mut self,
        position: usize,
        statements: &[Placed<'_>],
        done: usize,
    ) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        self.open(&mut message, position, true);
        let note = self.note(position, statements, done, false);
        message.push(position, Part::Edit, &note);
        message.push(position, Part::Commit, "COMMIT");
        self.send_part(&message, position)
    }

    fn note(
        &self,
        position: usize,
        statements: &[Placed<'_>],
        done: usize,
        running: bool,
    ) -> String {
        let step = self.step(position);
        let journal = Journal {
            revision: step.revision.clone(),
            direction: step.direction.to_string(),
            statements_done: done,
            done_checksum: done_checksum(statements, done),
            running,
        };
        ledger::note(&self.table, &journal)
    }

    fn send_alone(&mut self, position: usize, statement: &Statement) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        message.push_body(position, statement);
        self.send_part(&message, position)
    }

    fn transactional_part(
        &mut self,
        position: usize,
        statements: &[Placed<'_>],
        part: std::ops::Range<usize>,
    ) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        self.open(&mut message, position, true);
        for placed in &statements[part.clone()] {
            message.push_body(position, placed.statement);
        }
        message.push(position, Part::Open, "RESET SESSION AUTHORIZATION");
        message.push(position, Part::Open, "RESET ROLE");
        self.push_tables(&mut message, position);
        let note = self.note(position, statements, part.end, false);
        message.push(position, Part::Edit, &note);
        message.push(position, Part::Commit, "COMMIT");
        self.leave(&mut message, position);
        self.send_part(&message, position)?;
        self.made_tables();
        self.partly = true;
        Ok(())
    }

    fn finish_journalled(
        &mut self,
        position: usize,
        segments: &[Segment],
        rest: &[&Statement],
        took: Duration,
    ) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        self.open(&mut message, position, true);
        self.push_mirrored(&mut message, position, Direction::Downgrade);
        for statement in rest {
            message.push_body(position, statement);
        }
        message.push(position, Part::Open, &started_before(took));
        let forget = ledger::forget(&self.table, Some(&self.step(position).revision));
        self.tail(&mut message, position, segments, &[forget]);
        self.leave(&mut message, position);
        self.send_part(&message, position)?;
        self.committed(position + 1, Some(took));
        Ok(())
    }

    /// Looks what became of a statement that had begun when an earlier run ended: an index to make
    /// that is there and valid is done; one that is there and invalid is dropped, to be built again.
    /// An index to drop that is not there is done.
    fn is_done_after_all(
        &mut self,
        position: usize,
        statement: &Statement,
    ) -> Result<bool, Box<Failure>> {
        let dropped = dropped_index(&statement.text);
        let drops = dropped.is_some();
        let Some(index) = dropped.or_else(|| concurrent_index(&statement.text)) else {
            return Ok(false);
        };
        let found = match index::find(self.database.session(), &index) {
            Ok(found) => found,
            Err(error) => return Err(self.fail_sql(position, error, None)),
        };
        let Some(found) = found else {
            return Ok(drops);
        };
        if drops || found.is_valid {
            return Ok(!drops);
        }
        if let Err(stopped) = self.database.session().send(&found.drop()) {
            return Err(self.fail_sql(position, stopped.error, None));
        }
        self.observer
            .event(&Event::InvalidIndexDropped { index: &found.name });
        Ok(false)
    }

    /// Sends a message that is one part of a step.
    pub(super) fn send_part(
        &mut self,
        message: &Message,
        position: usize,
    ) -> Result<(), Box<Failure>> {
        let Err(stopped) = self.database.session().send(message.text()) else {
            return Ok(());
        };
        let server = stopped.error.server();
        let place = message.place(stopped.completed, server);
        Err(self.fail_sql(position, stopped.error, place))
    }
}
