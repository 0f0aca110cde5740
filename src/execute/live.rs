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
use crate::database::version_table::VersionTable;
use crate::execute::entry;
use crate::execute::event::{Event, Observer};
use crate::execute::failure::{Cause, Failure};
use crate::execute::message::{Message, Part};
use crate::execute::prepare::Prepared;
use crate::execute::verify;
use crate::execute::{Options, TransactionMode};
use crate::op;
use crate::plan::{Direction, Plan, Step};
use crate::script::{Body, Segment, commits_midway};
use crate::sql;
use crate::sql::classify::sets_later_transactions;
use crate::sql::quote::literal;
use crate::tracking::Mirror;

/// A message is sent once it is this long, in bytes.
const MESSAGE_LENGTH: usize = 256 * 1024;
/// The most revisions in one message: progress is seen once per message.
const MOST_STEPS: usize = 128;
/// Messages that take longer than this are made shorter.
const SLOW: Duration = Duration::from_millis(500);

/// Returns the statement that lets the ledger count a step's time from so long ago.
pub(super) fn started_before(time: Duration) -> String {
    format!(
        "SELECT pg_catalog.set_config('limbeck.started', (extract(epoch FROM \
         pg_catalog.clock_timestamp()) - {:.6})::text, true)",
        time.as_secs_f64()
    )
}

/// Returns the statement that fences a transaction and sets what holds in it.
pub(super) fn opening(lock: &Lock, timeouts: &[&'static str], options: &Options) -> String {
    let mut settings = format!(
        "SELECT {}, pg_catalog.set_config('limbeck.started', extract(epoch FROM \
         pg_catalog.clock_timestamp())::text, true)",
        lock.fence()
    );
    let idle = timeouts.iter().map(|name| (*name, "0".to_owned()));
    for (name, value) in idle.chain(options.settings()) {
        let value = literal(&value);
        settings.push_str(&format!(", pg_catalog.set_config('{name}', {value}, true)"));
    }
    settings
}

/// A run under way.
pub(super) struct Live<'a> {
    pub(super) database: &'a mut Database,
    pub(super) plan: &'a Plan,
    pub(super) prepared: &'a [Prepared],
    pub(super) options: &'a Options,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) lock: Lock,
    pub(super) table: VersionTable,
    /// What creates the version table and the ledger, until it is committed.
    pub(super) tables: Vec<String>,
    /// What other tools are told.
    pub(super) mirror: Mirror,
    pub(super) begun: Instant,
    pub(super) batch: Batch,
    /// How many steps are committed.
    pub(super) done: usize,
    /// Whether something of the current revision is in the database already.
    pub(super) partly: bool,
    limit: usize,
    /// The server's settings that would end a long transaction.
    timeouts: &'static [&'static str],
    /// What the current revision sent before it read rows.
    pub(super) sent: Vec<Segment>,
    /// The step that was said to begin before its batch was sent.
    announced: Option<usize>,
}

/// Steps that wait to be sent together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) message: Message,
    pub(super) first: usize,
    pub(super) steps: usize,
}

/// What a live run is made of.
pub(super) struct Parts<'a> {
    pub(super) database: &'a mut Database,
    pub(super) plan: &'a Plan,
    pub(super) prepared: &'a [Prepared],
    pub(super) options: &'a Options,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) lock: Lock,
    pub(super) table: VersionTable,
    pub(super) tables: Vec<String>,
    pub(super) mirror: Mirror,
}

impl<'a> Live<'a> {
    pub(super) fn new(parts: Parts<'a>) -> Self {
        Self {
            timeouts: parts.database.session().transaction_timeouts(),
            database: parts.database,
            plan: parts.plan,
            prepared: parts.prepared,
            options: parts.options,
            observer: parts.observer,
            lock: parts.lock,
            table: parts.table,
            tables: parts.tables,
            mirror: parts.mirror,
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
        self.done_after_all(Self::run_steps)
    }

    /// A connection may be lost with the answer to the last commit: then all is done all the same.
    pub(super) fn done_after_all(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), Box<Failure>>,
    ) -> Result<(), Box<Failure>> {
        match work(self) {
            Err(_) if self.done == self.plan.steps.len() => Ok(()),
            result => result,
        }
    }

    fn run_steps(&mut self) -> Result<(), Box<Failure>> {
        for position in 0..self.plan.steps.len() {
            if position > 0 && self.step(position).direction != self.step(position - 1).direction {
                // Where heads come again, they must tell how far a run came that was cut off.
                self.flush()?;
            }
            let prepared = &self.prepared[position];
            let (segments, opened) = match &prepared.body {
                Body::Sql(segments) => (segments.clone(), false),
                Body::Code(code) | Body::Asking { code, .. } => {
                    match self.record(position, code)? {
                        Some(recorded) => recorded,
                        None => {
                            self.bridge(position)?;
                            continue;
                        }
                    }
                }
                Body::Reversed(function) => {
                    let recorded = sql::record_reverse(function, self.options.offline());
                    (self.or_code(position, recorded)?, false)
                }
                Body::Foreign(_) => {
                    self.bridge(position)?;
                    continue;
                }
                Body::Absent | Body::NotCompiled | Body::Raises { .. } => (Vec::new(), false),
            };
            let midway = commits_midway(&segments);
            // One that is half-done goes on, though what is left may be transactional by now.
            if midway || prepared.journal.is_some() {
                self.refuse_in_one_transaction(position)?;
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

    pub(super) fn one_transaction(&self) -> bool {
        self.options.transaction == TransactionMode::All
    }

    /// What a Rust-coded revision runs outside of transactions is known only once it has run.
    pub(super) fn refuse_in_one_transaction(
        &mut self,
        position: usize,
    ) -> Result<(), Box<Failure>> {
        if !self.one_transaction() {
            return Ok(());
        }
        let error = op::Error::message(
            "it has a part that runs outside of transactions, and the whole run is to be one",
        );
        let path = self.prepared[position].path.clone();
        Err(self.fail(position, Cause::Code { error, path }))
    }

    fn bridge(&mut self, position: usize) -> Result<(), Box<Failure>> {
        let bridge = self.options.bridge.as_deref();
        self.run_bridged(position, bridge.expect("looked for before anything ran"))
    }

    /// Puts the session straight and opens a transaction.
    ///
    /// What an earlier revision did to the session must not reach this one, and a role's timeouts
    /// must not end a long migration. Everything is set for one transaction only, so that nothing
    /// stays behind on a connection that a pooler hands on.
    pub(super) fn open(&self, message: &mut Message, position: usize, fresh: bool) {
        // Where a step stands before this one in the message, its end has reset the role.
        let resets_role = message.is_empty();
        let mut push = |sql: &str| message.push(position, Part::Open, sql);
        if resets_role {
            push("RESET SESSION AUTHORIZATION");
            push("RESET ROLE");
        }
        push("RESET ALL");
        if fresh {
            push("BEGIN");
        }
        let opening = opening(&self.lock, self.timeouts, self.options);
        message.push(position, Part::Open, &opening);
    }

    /// Returns true where the step's transaction is not open yet.
    pub(super) fn begins_transaction(&self, position: usize) -> bool {
        !self.one_transaction() || position == 0
    }

    /// Remembers what a revision sent before it read rows, for the ledger.
    pub(super) fn keep_sent(&mut self, segments: &[Segment]) {
        add_sent(&mut self.sent, segments);
    }

    /// Says that one step begins by itself.
    pub(super) fn announce(&mut self, position: usize) {
        if self.announced.replace(position) == Some(position) {
            return;
        }
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
        self.push_mirrored(&mut batch.message, position, Direction::Downgrade);
        let mut is_last = false;
        for statement in segments.iter().flat_map(|s| &s.statements) {
            batch.message.push_body(position, statement);
            // Within a message a transaction has begun before its RESET.
            is_last |= sets_later_transactions(&statement.text);
        }
        self.tail(&mut batch.message, position, segments, &[]);
        batch.steps += 1;
        self.batch = batch;
        let is_long = self.batch.message.text().len() >= MESSAGE_LENGTH;
        if is_last || is_long || self.batch.steps >= self.limit {
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
        add_sent(&mut sent, rest);
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
            let (sql, shift) = verify::sql(statement);
            let statement = statement.clone();
            message.push(position, Part::Verify { statement, shift }, &sql);
        }
        if position == self.first_with_tables() {
            self.push_tables(message, position);
        }
        for sql in also {
            message.push(position, Part::Edit, sql);
        }
        self.push_mirrored(message, position, Direction::Upgrade);
        let entry = entry::of_step(step, prepared, segments, self.options);
        let edit = self.table.checked_edit(&step.edit);
        message.push(position, Part::Edit, &edit);
        // Not carried along by the edit: that takes the server longer than another statement.
        let entry = ledger::insert(&self.table, std::slice::from_ref(&entry));
        message.push(position, Part::Edit, &entry);
        if !self.one_transaction() {
            message.push(position, Part::Commit, "COMMIT");
            message.push(position, Part::Open, "DISCARD TEMP");
        }
    }

    /// Ends a message: the server reads the whole of the next one by the settings that hold before
    /// it, `client_encoding` and `standard_conforming_strings` among them.
    pub(super) fn leave(&self, message: &mut Message, position: usize) {
        let all = ["RESET ALL"];
        // A transaction that goes on keeps its timeouts.
        let reading = ["RESET client_encoding", "RESET standard_conforming_strings"];
        let resets = if self.one_transaction() {
            &reading[..]
        } else {
            &all
        };
        for sql in resets {
            message.push(position, Part::Open, sql);
        }
    }

    /// The step whose transaction creates the tables: the first that is not committed.
    fn first_with_tables(&self) -> usize {
        if self.tables.is_empty() && self.mirror.tables.is_empty() {
            return usize::MAX;
        }
        if self.one_transaction() { 0 } else { self.done }
    }

    pub(super) fn push_tables(&self, message: &mut Message, position: usize) {
        for sql in &self.tables {
            message.push(position, Part::Tables, sql);
        }
        for sql in &self.mirror.tables {
            message.push(position, Part::Mirror, sql);
        }
    }

    /// Takes note that the tables are committed.
    pub(super) fn made_tables(&mut self) {
        self.tables.clear();
        self.mirror.tables.clear();
    }

    /// Sends what waits.
    pub(super) fn flush(&mut self) -> Result<(), Box<Failure>> {
        if self.batch.steps == 0 {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.leave(&mut batch.message, batch.first + batch.steps - 1);
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
        self.partly = false;
        if upto > 0 {
            self.made_tables();
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
        self.send_part(&message, last)?;
        self.committed(last + 1, None);
        Ok(())
    }

    pub(super) fn step(&self, position: usize) -> &'a Step {
        &self.plan.steps[position]
    }
}

/// Adds what went into the same transaction.
fn add_sent(sent: &mut Vec<Segment>, more: &[Segment]) {
    match sent.last_mut() {
        Some(last) => {
            let statements = more.iter().flat_map(|segment| &segment.statements);
            last.statements.extend(statements.cloned());
        }
        None => sent.extend_from_slice(more),
    }
}
