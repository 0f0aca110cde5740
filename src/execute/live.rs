//! Carries a plan out on a live database.
//!
//! Revisions whose SQL is known beforehand travel several to a message, each in a transaction of
//! its own that also moves the heads and writes the ledger; the number in a message grows while
//! the server answers quickly. A Rust-coded revision that reads rows travels alone, and one with
//! statements outside of transactions goes through the journal.

use std::time::{Duration, Instant};

use crate::database::Database;
use crate::database::ledger;
use crate::database::lock::Lock;
use crate::database::session::{SessionError, Stopped};
use crate::database::version_table::{VersionTable, is_refused_edit};
use crate::execute::entry;
use crate::execute::event::{Event, Observer};
use crate::execute::failure::{Cause, During, Failure, SourcePlace};
use crate::execute::message::{Message, Part, Place};
use crate::execute::prepare::Prepared;
use crate::execute::rows::StepRunner;
use crate::execute::{Options, TransactionMode};
use crate::heads::Heads;
use crate::op;
use crate::plan::{Plan, Step};
use crate::script::{Body, Mode, Segment, Statement};
use crate::sql::{self, locate};

/// A message is sent once it is this long, in bytes.
const MESSAGE_LENGTH: usize = 256 * 1024;
/// The most revisions in one message: progress is seen once per message.
const MOST_STEPS: usize = 128;
/// Messages that take longer than this are made shorter.
const SLOW: Duration = Duration::from_millis(500);

/// A run under way.
pub(super) struct Live<'a> {
    pub(super) database: &'a mut Database,
    pub(super) plan: &'a Plan,
    pub(super) prepared: &'a [Prepared],
    pub(super) options: &'a Options,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) lock: &'a Lock,
    pub(super) table: VersionTable,
    /// What creates the version table and the ledger, until it is committed.
    pub(super) tables: Vec<String>,
    pub(super) begun: Instant,
    batch: Batch,
    /// How many steps are committed.
    done: usize,
    /// Whether statements of a half-done revision stayed in the database.
    pub(super) partly: bool,
    limit: usize,
    /// What the current revision sent before it read rows.
    sent: Vec<Segment>,
    /// The step that was said to begin before its batch was sent.
    announced: Option<usize>,
}

/// Steps that wait to be sent together.
#[derive(Debug, Default)]
struct Batch {
    message: Message,
    first: usize,
    steps: usize,
}

/// What a live run is made of.
pub(super) struct Parts<'a> {
    pub(super) database: &'a mut Database,
    pub(super) plan: &'a Plan,
    pub(super) prepared: &'a [Prepared],
    pub(super) options: &'a Options,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) lock: &'a Lock,
    pub(super) table: VersionTable,
    pub(super) tables: Vec<String>,
}

impl<'a> Live<'a> {
    pub(super) fn new(parts: Parts<'a>) -> Self {
        Self {
            database: parts.database,
            plan: parts.plan,
            prepared: parts.prepared,
            options: parts.options,
            observer: parts.observer,
            lock: parts.lock,
            table: parts.table,
            tables: parts.tables,
            begun: Instant::now(),
            batch: Batch::default(),
            done: 0,
            partly: false,
            limit: 1,
            sent: Vec::new(),
            announced: None,
        }
    }

    /// Runs every step.
    pub(super) fn run(&mut self) -> Result<(), Box<Failure>> {
        for position in 0..self.plan.steps.len() {
            let prepared = &self.prepared[position];
            let (segments, opened) = match &prepared.body {
                Body::Sql(segments) => (segments.clone(), false),
                Body::Rust(function) => self.record(position, *function)?,
                Body::Reversed(function) => {
                    let recorded = sql::record_reverse(*function);
                    (self.or_code(position, recorded)?, false)
                }
                Body::Absent | Body::NotCompiled => (Vec::new(), false),
            };
            if segments.iter().any(|s| s.mode == Mode::NoTransaction) {
                self.flush()?;
                self.run_journalled(position, &segments)?;
            } else if opened {
                self.close(position, &segments)?;
            } else {
                self.add(position, &segments)?;
            }
        }
        self.flush()?;
        self.commit_all()
    }

    fn one_transaction(&self) -> bool {
        self.options.transaction == TransactionMode::All
    }

    /// Runs a Rust-coded function; true where it read rows and so has an open transaction.
    fn record(
        &mut self,
        position: usize,
        function: op::OpFn,
    ) -> Result<(Vec<Segment>, bool), Box<Failure>> {
        let mut runner = StepRunner::new(self, position);
        let recorded = sql::record(function, &mut runner);
        let (opened, failure) = runner.finish();
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok((self.or_code(position, recorded)?, opened))
    }

    fn or_code(
        &mut self,
        position: usize,
        recorded: op::Result<Vec<Segment>>,
    ) -> Result<Vec<Segment>, Box<Failure>> {
        match recorded {
            Ok(segments) => Ok(segments),
            Err(error) => {
                // Steps before this one are the user's already; they are not taken back.
                self.flush()?;
                let path = self.prepared[position].path.clone();
                Err(self.fail(position, Cause::Code { error, path }))
            }
        }
    }

    /// Puts the session straight and opens a transaction.
    ///
    /// What an earlier revision did to the session must not reach this one, and a role's timeouts
    /// must not end a long migration. Everything is set for one transaction only, so that nothing
    /// stays behind on a connection that a pooler hands on.
    pub(super) fn open(&self, message: &mut Message, position: usize, fresh: bool) {
        let mut push = |sql: &str| message.push(position, Part::Open, sql);
        push("RESET SESSION AUTHORIZATION");
        push("RESET ROLE");
        push("RESET ALL");
        if fresh {
            push("BEGIN");
        }
        let mut settings = String::from(
            "SELECT pg_catalog.set_config('limbeck.started', pg_catalog.clock_timestamp()::text, \
             true), pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true)",
        );
        for (name, value) in self.options.timeouts() {
            settings.push_str(&format!(
                ", pg_catalog.set_config('{name}', '{value}', true)"
            ));
        }
        message.push(position, Part::Open, &settings);
    }

    /// Returns true where the step's transaction is not open yet.
    pub(super) fn begins_transaction(&self, position: usize) -> bool {
        !self.one_transaction() || position == 0
    }

    /// Remembers what a revision sent before it read rows, for the ledger.
    pub(super) fn keep_sent(&mut self, segments: &[Segment]) {
        self.sent.extend_from_slice(segments);
    }

    /// Says that one step begins by itself.
    pub(super) fn announce(&mut self, position: usize) {
        self.announced = Some(position);
        self.observer.event(&Event::Started {
            first: position,
            steps: &self.plan.steps[position..=position],
        });
    }

    /// Adds a step to the batch, and sends the batch when it is full.
    fn add(&mut self, position: usize, segments: &[Segment]) -> Result<(), Box<Failure>> {
        let mut batch = std::mem::take(&mut self.batch);
        if batch.steps == 0 {
            batch.first = position;
        }
        let fresh = self.begins_transaction(position);
        self.open(&mut batch.message, position, fresh);
        for statement in segments.iter().flat_map(|s| &s.statements) {
            batch.message.push_body(position, statement);
        }
        self.tail(&mut batch.message, position, segments, &[]);
        batch.steps += 1;
        self.batch = batch;
        if self.batch.steps >= self.limit || self.batch.message.text().len() >= MESSAGE_LENGTH {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends a step whose transaction is open already.
    fn close(&mut self, position: usize, rest: &[Segment]) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        for statement in rest.iter().flat_map(|s| &s.statements) {
            message.push_body(position, statement);
        }
        let mut sent = std::mem::take(&mut self.sent);
        sent.extend_from_slice(rest);
        self.tail(&mut message, position, &sent, &[]);
        self.batch = Batch {
            message,
            first: position,
            steps: 1,
        };
        self.flush()
    }

    /// Verifies, creates the tables where they are missing, moves the heads, commits.
    pub(super) fn tail(
        &self,
        message: &mut Message,
        position: usize,
        segments: &[Segment],
        also: &[String],
    ) {
        let step = &self.plan.steps[position];
        let prepared = &self.prepared[position];
        // A body may have left the session with a role that has no right to the tables.
        message.push(position, Part::Open, "RESET SESSION AUTHORIZATION");
        message.push(position, Part::Open, "RESET ROLE");
        for statement in &prepared.verify {
            let (sql, shift) = verify_sql(statement);
            let statement = statement.clone();
            message.push(position, Part::Verify { statement, shift }, &sql);
        }
        if position == self.first_with_tables() {
            self.push_tables(message, position);
        }
        for sql in also {
            message.push(position, Part::Edit, sql);
        }
        let entry = entry::of_step(step, prepared, segments, self.options);
        let along = [ledger::entry(&self.table, &entry)];
        let edit = self.table.checked_edit(&step.edit, &along);
        message.push(position, Part::Edit, &edit);
        if !self.one_transaction() {
            message.push(position, Part::Commit, "COMMIT");
        }
    }

    /// The step whose transaction creates the tables: the first that is not committed.
    fn first_with_tables(&self) -> usize {
        if self.tables.is_empty() {
            return usize::MAX;
        }
        if self.one_transaction() { 0 } else { self.done }
    }

    pub(super) fn push_tables(&self, message: &mut Message, position: usize) {
        for sql in &self.tables {
            message.push(position, Part::Tables, sql);
        }
    }

    /// Sends what waits.
    pub(super) fn flush(&mut self) -> Result<(), Box<Failure>> {
        if self.batch.steps == 0 {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        let steps = &self.plan.steps[batch.first..batch.first + batch.steps];
        let begin = Instant::now();
        if self.announced != Some(batch.first) {
            self.observer.event(&Event::Started {
                first: batch.first,
                steps,
            });
        }
        self.check_lock(batch.first)?;
        let result = self.database.session().send(batch.message.text());
        let took = begin.elapsed();
        match result {
            Ok(()) if self.one_transaction() => {}
            Ok(()) => self.committed(
                batch.first + batch.steps,
                (batch.steps == 1).then_some(took),
            ),
            Err(stopped) => return Err(self.stopped(&batch, stopped)),
        }
        self.limit = if took > SLOW {
            (self.limit / 2).max(1)
        } else {
            (self.limit * 2).min(MOST_STEPS)
        };
        Ok(())
    }

    /// Takes note of steps that the server has done.
    pub(super) fn committed(&mut self, upto: usize, took: Option<Duration>) {
        for position in self.done..upto {
            self.observer.event(&Event::Finished {
                position,
                step: &self.plan.steps[position],
                duration: took,
            });
        }
        self.done = self.done.max(upto);
        if upto > 0 {
            self.tables.clear();
        }
    }

    pub(super) fn check_lock(&mut self, position: usize) -> Result<(), Box<Failure>> {
        if self.lock.is_lost() {
            return Err(self.fail(position, Cause::LockLost));
        }
        Ok(())
    }

    fn commit_all(&mut self) -> Result<(), Box<Failure>> {
        if !self.one_transaction() {
            return Ok(());
        }
        let last = self.plan.steps.len() - 1;
        let mut message = Message::default();
        message.push(last, Part::Commit, "COMMIT");
        match self.database.session().send(message.text()) {
            Ok(()) => {
                self.committed(last + 1, None);
                Ok(())
            }
            Err(stopped) => {
                let place = message.place(stopped.completed, None);
                Err(self.fail_sql(last, stopped.error, place))
            }
        }
    }

    /// Finds out how far a failed batch came.
    fn stopped(&mut self, batch: &Batch, stopped: Stopped) -> Box<Failure> {
        let server = match &stopped.error {
            SessionError::Server(server) => Some(server.as_ref()),
            _ => None,
        };
        let place = batch.message.place(stopped.completed, server);
        if !self.one_transaction() {
            let committed = batch.message.committed(stopped.completed);
            if committed > 0 {
                self.committed(batch.first + committed, None);
            }
        }
        let Some(place) = place else {
            return self.fail_sql(batch.first, stopped.error, None);
        };
        if place.unread && place.step > batch.first {
            // The server read the text of a later step first and ran nothing. Those before it are
            // sound: they run, so that the outcome is the same as one by one.
            if let Err(earlier) = self.run_before(batch, place.step) {
                return earlier;
            }
        }
        self.fail_sql(place.step, stopped.error, Some(place))
    }

    /// Sends the steps of a batch that stand before one that the server could not read.
    fn run_before(&mut self, batch: &Batch, step: usize) -> Result<(), Box<Failure>> {
        if self.one_transaction() {
            return Ok(());
        }
        let mut message = batch.message.clone();
        message.truncate(step);
        self.batch = Batch {
            message,
            first: batch.first,
            steps: step - batch.first,
        };
        self.flush()
    }

    pub(super) fn fail_sql(
        &mut self,
        position: usize,
        error: SessionError,
        place: Option<Place>,
    ) -> Box<Failure> {
        let cause = match error {
            SessionError::Interrupted => Cause::Interrupted,
            SessionError::Lost { reason } => Cause::ConnectionLost { reason },
            SessionError::Server(server) => {
                let during = place.as_ref().map_or(During::Body, |p| during(&p.part));
                let moved =
                    during == During::Edit && (is_refused_edit(&server) || server.code == "23505");
                if moved {
                    Cause::HeadsMoved
                } else {
                    let place = place.and_then(|p| self.source_place(&p)).map(Box::new);
                    Cause::Sql {
                        server,
                        place,
                        during,
                    }
                }
            }
        };
        self.fail(position, cause)
    }

    fn source_place(&self, place: &Place) -> Option<SourcePlace> {
        let (Part::Body(statement) | Part::Verify { statement, .. }) = &place.part else {
            return None;
        };
        let at = locate(statement, place.position.unwrap_or(1));
        Some(SourcePlace {
            path: self.prepared[place.step].path.clone(),
            line: at.line,
            span: place.position.map(|_| (at.column, at.width)),
            text: at.text.to_owned(),
        })
    }

    /// Ends the run: what is open is rolled back, and the heads are those of the steps done.
    pub(super) fn fail(&mut self, position: usize, cause: Cause) -> Box<Failure> {
        let known = match cause {
            Cause::ConnectionLost { .. } | Cause::HeadsMoved | Cause::LockLost => None,
            _ => Some(self.heads()),
        };
        let _ = self.database.session().send("ROLLBACK");
        let heads = known.or_else(|| self.database.heads_afresh());
        // A connection may be lost after the server committed: the version row has the last word.
        let done = heads
            .as_ref()
            .and_then(|heads| self.steps_behind(heads))
            .unwrap_or(self.done)
            .max(self.done);
        Box::new(Failure {
            plan: self.plan.clone(),
            position: position.max(done).min(self.plan.steps.len() - 1),
            step: self.plan.steps[position].clone(),
            cause,
            heads,
            changed: done > 0 || self.partly,
            duration: self.begun.elapsed(),
        })
    }

    /// The heads after the steps that are committed.
    fn heads(&self) -> Heads {
        self.heads_after(self.done)
    }

    fn heads_after(&self, steps: usize) -> Heads {
        let mut heads = self.plan.from.clone();
        for step in &self.plan.steps[..steps] {
            // The plan was made by applying these edits; they apply.
            let _ = heads.apply(&step.edit);
        }
        heads
    }

    fn steps_behind(&self, heads: &Heads) -> Option<usize> {
        let mut walked = self.heads();
        for (ahead, step) in self.plan.steps[self.done..].iter().enumerate() {
            if walked == *heads {
                return Some(self.done + ahead);
            }
            let _ = walked.apply(&step.edit);
        }
        (walked == *heads).then_some(self.plan.steps.len())
    }

    pub(super) fn step(&self, position: usize) -> &'a Step {
        &self.plan.steps[position]
    }
}

fn during(part: &Part) -> During {
    match part {
        Part::Open => During::Open,
        Part::Body(_) => During::Body,
        Part::Verify { .. } => During::Verify,
        Part::Tables => During::Tables,
        Part::Edit => During::Edit,
        Part::Commit => During::Commit,
    }
}

/// A query that must hold, wrapped so that it fails where it does not: the cast of a text that is
/// no number, which the server cannot evaluate beforehand.
fn verify_sql(statement: &Statement) -> (String, usize) {
    let before = "SELECT CASE WHEN coalesce(pg_catalog.bool_and(v.holds), false) THEN 0 ELSE \
                  ('limbeck: does not hold, rows: ' || pg_catalog.count(*))::int END FROM (";
    (
        format!("{before}{}\n) AS v(holds)", statement.text),
        before.chars().count(),
    )
}
