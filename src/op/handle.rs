//! The handle that a revision's functions are given.
//!
//! Operations are checked for themselves and recorded; nothing is sent until the function returns.
//! Only `query` needs a database: it sends what is recorded so far and reads rows.

use std::panic::Location;

use postgres::Row;
use postgres::types::ToSql;

use super::object::Execute;
use super::operation::Operation;
use super::recording::{Place, Recorded, Recording};
use super::runner::{Query, Reads, Runner, Texts};
use super::{Error, Result};

/// The handle of a revision's `upgrade` and `downgrade`: records schema operations, reads rows.
///
/// Names are plain identifiers, quoted where they need it, and may be given with a schema as
/// `("app", "chats")`. Types, expressions and conditions are SQL text, taken as written.
pub struct Op<'r> {
    runner: &'r mut dyn Runner,
    pending: Recording,
    place: Place,
}

impl<'r> Op<'r> {
    /// A handle with nothing recorded.
    pub fn new(runner: &'r mut dyn Runner) -> Self {
        Self {
            runner,
            pending: Recording::default(),
            place: Place::Transaction,
        }
    }

    /// Returns the value that was handed to the revisions under this name, as with `-x KEY=VALUE`.
    ///
    /// What a revision does should depend on it only where the databases themselves differ: the
    /// ledger keeps the SQL that was sent, but a later run is not held to the same values.
    #[must_use]
    pub fn argument(&self, key: &str) -> Option<&str> {
        self.runner.arguments()?.get(key).map(String::as_str)
    }

    /// Returns what was recorded since the last `query`.
    #[must_use]
    pub fn recorded(self) -> Recording {
        self.pending
    }

    /// Records an operation made without one of the other methods.
    ///
    /// # Errors
    /// Fails when the operation makes no sense whatever the database holds, and when it is
    /// `concurrently` but not inside of [`no_transaction`](Op::no_transaction).
    #[track_caller]
    pub fn record(&mut self, operation: Operation) -> Result<()> {
        self.record_at(Location::caller().line(), operation)
    }

    /// Records an operation that stands on a line of a file which is not Rust.
    pub(crate) fn record_at(&mut self, line: u32, operation: Operation) -> Result<()> {
        if let Err(reason) = operation.check() {
            return Err(Error::BadOperation {
                operation: operation.to_string(),
                line,
                reason,
            });
        }
        if operation.is_concurrent() && self.place == Place::Transaction {
            return Err(Error::ConcurrentlyInTransaction {
                operation: operation.to_string(),
                method: operation.method(),
                line,
            });
        }
        self.pending.push(Recorded {
            operation,
            place: self.place,
            line,
        });
        Ok(())
    }

    /// Lets what the closure records run outside of any transaction, statement by statement.
    ///
    /// What stands before it is committed first, so a failure leaves the revision half done: keep
    /// such parts short, and best in a revision of their own.
    ///
    /// # Errors
    /// Fails with the closure's error.
    pub fn no_transaction(&mut self, part: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let place = std::mem::replace(&mut self.place, Place::NoTransaction);
        let result = part(self);
        self.place = place;
        result
    }

    /// Sends what is recorded so far and reads rows.
    ///
    /// A revision that reads rows cannot be rendered offline, and its downgrade cannot be derived.
    ///
    /// # Errors
    /// Fails with the database's error, in offline mode, and inside of `no_transaction`.
    #[track_caller]
    pub fn query(&mut self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        self.query_at(Location::caller().line(), sql, params)
    }

    /// Reads rows as texts, with a query that stands on a line of a file which is not Rust.
    pub(crate) fn texts_at(&mut self, line: u32, sql: &str, reads: Reads) -> Result<Texts> {
        if self.place == Place::NoTransaction {
            return Err(Error::QueryOutsideTransaction { line });
        }
        let pending = std::mem::take(&mut self.pending);
        let query = Query {
            sql,
            params: &[],
            line,
            reads,
        };
        self.runner.texts(pending, query)
    }

    fn query_at(
        &mut self,
        line: u32,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>> {
        if self.place == Place::NoTransaction {
            return Err(Error::QueryOutsideTransaction { line });
        }
        let pending = std::mem::take(&mut self.pending);
        let query = Query {
            sql,
            params,
            line,
            reads: Reads::Rows,
        };
        self.runner.query(pending, query)
    }

    /// Runs SQL text of any number of statements; [`sql`](super::sql) gives one its reverse.
    ///
    /// # Errors
    /// Fails when the text is empty.
    #[track_caller]
    pub fn execute(&mut self, text: impl Into<Execute>) -> Result<()> {
        self.record(Operation::Execute(text.into()))
    }
}
