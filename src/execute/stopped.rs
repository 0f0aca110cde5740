//! What a run does when the server refuses: it finds the revision, the line and what was done.
//!
//! The number of statements completed names the statement; where the connection is gone, the
//! version table has the last word.

use std::path::Path;

use crate::database::ledger;
use crate::database::lock;
use crate::database::session::{SessionError, Stopped};
use crate::database::version_table::is_refused_edit;
use crate::execute::failure::{Cause, During, Failure, SourcePlace};
use crate::execute::live::{Batch, Live};
use crate::execute::message::{Part, Place};
use crate::execute::verify;
use crate::heads::Heads;
use crate::op;
use crate::sql::{locate, named_in};

impl Live<'_> {
    /// Finds out how far a failed batch came.
    pub(super) fn stopped(&mut self, batch: &Batch, stopped: Stopped) -> Box<Failure> {
        let server = stopped.error.server();
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
        if place.unread && place.position.is_none() && !self.one_transaction() && batch.steps > 1 {
            // Nothing ran, and the server does not say for whose sake: one by one it does.
            for step in batch.first..batch.first + batch.steps {
                self.batch = Batch {
                    message: batch.message.only(step),
                    first: step,
                    steps: 1,
                };
                if let Err(failure) = self.flush() {
                    return failure;
                }
            }
        }
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
            SessionError::Parameters { reason } => Cause::Code {
                error: op::Error::message(match place.map(|p| p.part) {
                    Some(Part::Body(query)) => format!("line {}: {reason}", query.line),
                    _ => reason,
                }),
                path: self.prepared[position].path.clone(),
            },
            SessionError::Server(server) => {
                let during = place.as_ref().map_or(During::Body, during);
                if during == During::Open && lock::is_refused(&server) {
                    return self.fail(position, Cause::LockLost);
                }
                let moved =
                    during == During::Edit && (is_refused_edit(&server) || server.code == "23505");
                if moved {
                    Cause::HeadsMoved
                } else {
                    // A stamp has prepared nothing: none of its statements has a file.
                    let place = place.and_then(|p| {
                        let path = self.prepared.get(p.step).and_then(|it| it.path.as_deref());
                        source_place(&p, &server.message, path)
                    });
                    let place = place.map(Box::new);
                    match verify::answer(&server).filter(|_| during == During::Verify) {
                        Some(answer) => Cause::DoesNotHold { answer, place },
                        None => Cause::Sql {
                            server,
                            place,
                            during,
                        },
                    }
                }
            }
        };
        self.fail(position, cause)
    }

    /// Ends the run: what is open is rolled back, and the heads are those of the steps done.
    pub(super) fn fail(&mut self, position: usize, cause: Cause) -> Box<Failure> {
        let lost = matches!(cause, Cause::ConnectionLost { .. });
        let known = match cause {
            Cause::ConnectionLost { .. } | Cause::HeadsMoved | Cause::LockLost => None,
            _ => Some(self.heads()),
        };
        self.database.session().roll_back();
        let heads = known.or_else(|| self.database.heads_afresh(&mut self.lock));
        // One transaction that ends where it began may have been committed or not.
        let tells = !(lost && self.one_transaction() && self.plan.from == self.plan.to);
        let heads = heads.filter(|_| tells);
        // It may be lost with the answer to a commit: what is in the database has the last word.
        // Otherwise it is not this run that moved the row further than it knows.
        if lost && let Some(done) = heads.as_ref().and_then(|heads| self.steps_behind(heads)) {
            self.committed(done, None);
        }
        let position = position.max(self.done).min(self.plan.steps.len() - 1);
        self.partly |= lost && self.is_journalled(position);
        let partly = self.partly && self.done <= position;
        let unknown = lost && heads.is_none();
        Box::new(Failure {
            plan: self.plan.clone(),
            position,
            step: self.plan.steps[position].clone(),
            cause,
            heads,
            changed: self.done > 0 || partly || unknown,
            partly,
            duration: self.begun.elapsed(),
        })
    }

    /// Whether the journal says of a step that it is half-done.
    fn is_journalled(&mut self, position: usize) -> bool {
        let revision = &self.plan.steps[position].revision;
        ledger::journal(self.database.session(), &self.table)
            .is_ok_and(|journals| journals.iter().any(|it| it.revision == *revision))
    }

    /// The heads after the steps that are committed.
    fn heads(&self) -> Heads {
        self.heads_after(self.done)
    }

    pub(super) fn heads_after(&self, steps: usize) -> Heads {
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
}

/// Finds the place in a file that a server's error is about.
pub(super) fn source_place(
    place: &Place,
    message: &str,
    path: Option<&Path>,
) -> Option<SourcePlace> {
    let (Part::Body(statement) | Part::Verify { statement, .. }) = &place.part else {
        return None;
    };
    let position = place.position.or_else(|| named_in(statement, message));
    let at = locate(statement, position.unwrap_or(1));
    Some(SourcePlace {
        path: path.map(Path::to_owned),
        line: at.line,
        span: position.map(|_| (at.column, at.width)),
        text: at.text.to_owned(),
    })
}

/// Tells what a message was doing when it failed.
pub(super) fn during(place: &Place) -> During {
    match place.part {
        // What limbeck puts before a body can be read.
        _ if place.unread => During::Body,
        Part::Open => During::Open,
        Part::Body(_) => During::Body,
        Part::Verify { .. } => During::Verify,
        Part::Tables => During::Tables,
        Part::Edit => During::Edit,
        Part::Mirror => During::Mirror,
        Part::Commit => During::Commit,
    }
}
