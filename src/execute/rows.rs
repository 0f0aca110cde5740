//! The database as a Rust-coded revision sees it while it runs: it may read rows in the midst.
//!
//! Nothing is sent until the first query. From then on the revision has a transaction of its own,
//! which the executor ends together with the row edit.

use crate::database::session::{Session, SessionError};
use crate::declaration::Format;
use crate::execute::event::Event;
use crate::execute::failure::{Cause, Failure};
use crate::execute::live::Live;
use crate::execute::message::{Message, Part, Place};
use crate::op::{self, Arguments, Query, Recording, Row, Runner, Texts};
use crate::script::{Foreign, Mode, Segment, Statement, commits_midway};
use crate::sql::{self, classify};

/// What is said of a revision that has both: its way back to where it stopped would read again.
const READS_AND_OUTSIDE: &str = "a revision that reads rows cannot run a part outside \
                                            of transactions; make them two revisions";

/// Runs the queries of one step.
pub(super) struct StepRunner<'l, 'a> {
    live: &'l mut Live<'a>,
    position: usize,
    opened: bool,
    failure: Option<Box<Failure>>,
}

impl<'l, 'a> StepRunner<'l, 'a> {
    pub(super) fn new(live: &'l mut Live<'a>, position: usize) -> Self {
        Self {
            live,
            position,
            opened: false,
            failure: None,
        }
    }

    /// Returns whether a transaction is open, and the failure of a query if there was one.
    pub(super) fn finish(self) -> (bool, Option<Box<Failure>>) {
        (self.opened, self.failure)
    }

    fn send(&mut self, pending: &[Segment]) -> Result<(), Box<Failure>> {
        let mut message = Message::default();
        if !self.opened {
            self.live.flush()?;
            self.live.check_lock(self.position)?;
            self.live.announce(self.position);
            let fresh = self.live.begins_transaction(self.position);
            self.live.open(&mut message, self.position, fresh);
            self.opened = true;
        }
        for statement in pending.iter().flat_map(|s| &s.statements) {
            message.push_body(self.position, statement);
        }
        if message.is_empty() {
            return Ok(());
        }
        self.live.send_part(&message, self.position)
    }

    /// Sends what is pending and asks.
    fn ask<T>(
        &mut self,
        pending: &[Segment],
        query: Query<'_>,
        ask: impl FnOnce(&mut Session) -> Result<T, SessionError>,
    ) -> Result<T, Box<Failure>> {
        self.send(pending)?;
        self.live.keep_sent(pending);
        let step = &self.live.plan.steps[self.position];
        self.live.observer.event(&Event::Asked { step, query });
        ask(self.live.database.session()).map_err(|error| {
            let position = error.server().and_then(|server| server.position);
            let place = Place {
                step: self.position,
                part: Part::Body(Statement {
                    text: query.sql.to_owned(),
                    line: query.line,
                }),
                position,
                unread: false,
            };
            self.live.fail_sql(self.position, error, Some(place))
        })
    }
}

impl Live<'_> {
    /// Runs code; true where it read rows and so has an open transaction.
    ///
    /// Returns none where only now it turns out that another program is to run it: then nothing of it
    /// is left.
    pub(super) fn record(
        &mut self,
        position: usize,
        function: &op::Code,
    ) -> Result<Option<(Vec<Segment>, bool)>, Box<Failure>> {
        let mut runner = StepRunner::new(self, position);
        let recorded = sql::record(function, &mut runner);
        let (opened, failure) = runner.finish();
        if let Some(failure) = failure {
            return Err(failure);
        }
        let prepared = &self.prepared[position];
        let of_python = prepared.format == Format::Alembic;
        let bridged = of_python && self.options.bridge.is_some() && !self.one_transaction();
        if bridged && let Err(op::Error::Untranslated { line, reason }) = &recorded {
            if opened {
                self.abandon();
            }
            self.hand_over(position, *line, reason);
            return Ok(None);
        }
        let segments = self.or_code(position, recorded)?;
        let is_journalled = commits_midway(&segments) || prepared.journal.is_some();
        if !opened || !is_journalled {
            return Ok(Some((segments, opened)));
        }
        self.refuse_in_one_transaction(position)?;
        if of_python && self.sent.iter().all(|it| it.statements.is_empty()) {
            // It has only asked, such as whether an index is there before it is built concurrently.
            self.abandon();
            return Ok(Some((segments, false)));
        }
        if bridged {
            self.abandon();
            let reason = "runs a part outside of transactions after it has asked the database";
            self.hand_over(position, 0, reason);
            return Ok(None);
        }
        let path = self.prepared[position].path.clone();
        let error = op::Error::message(READS_AND_OUTSIDE);
        Err(self.fail(position, Cause::Code { error, path }))
    }

    fn hand_over(&mut self, position: usize, line: u32, reason: &str) {
        let step = &self.plan.steps[position];
        let reason = reason.to_owned();
        let why = &Foreign { line, reason };
        self.observer.event(&Event::HandedOver { step, why });
    }

    /// Ends a transaction that code has opened, without anything of it.
    fn abandon(&mut self) {
        self.database.session().roll_back();
        self.sent.clear();
    }

    pub(super) fn or_code(
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
}

impl Runner for StepRunner<'_, '_> {
    fn arguments(&self) -> Option<&Arguments> {
        Some(&self.live.options.arguments)
    }

    fn query(&mut self, pending: Recording, query: Query<'_>) -> op::Result<Vec<Row>> {
        self.answer(&pending, query, |session| {
            session.query(query.sql, query.params)
        })
    }

    fn texts(&mut self, pending: Recording, query: Query<'_>) -> op::Result<Texts> {
        self.answer(&pending, query, |session| session.texts(query.sql))
    }
}

impl StepRunner<'_, '_> {
    fn answer<T>(
        &mut self,
        pending: &Recording,
        query: Query<'_>,
        ask: impl FnOnce(&mut Session) -> Result<T, SessionError>,
    ) -> op::Result<T> {
        if self.failure.is_some() {
            return Err(op::Error::message(
                "an earlier query of this revision failed",
            ));
        }
        if classify::is_transaction_control(query.sql) {
            return Err(op::Error::message(format!(
                "line {}: `{}` would begin or end a transaction, which is limbeck's to do",
                query.line, query.sql
            )));
        }
        let pending = sql::segments(pending)?;
        if pending.iter().any(|s| s.mode == Mode::NoTransaction) {
            return Err(op::Error::message(READS_AND_OUTSIDE));
        }
        self.ask(&pending, query, ask).map_err(|failure| {
            let error = op::Error::message(failure.cause.to_string());
            self.failure = Some(failure);
            error
        })
    }
}
