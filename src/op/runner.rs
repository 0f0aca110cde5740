//! What stands behind the handle: the one question that a revision may put to a database.
//!
//! The executor implements it with a connection; offline writing uses the one that refuses.

use postgres::Row;
use postgres::types::ToSql;

use super::recording::Recording;
use super::{Error, Result};

/// A query that a revision reads rows with.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// One statement.
    pub sql: &'q str,
    /// The values of `$1`, `$2` …
    pub params: &'q [&'q (dyn ToSql + Sync)],
    /// The line of the call in the revision file.
    pub line: u32,
}

/// The database as a revision's function sees it; the executor has one, the offline writer another.
pub trait Runner {
    /// Sends what was recorded so far and reads the rows of a query after it.
    ///
    /// The recording may hold operations that run outside of the transaction; they keep their order.
    /// It is given once: what is handed over here is not handed over again.
    ///
    /// # Errors
    /// Fails with the database's error, or refuses where there is no database.
    fn query(&mut self, pending: Recording, query: Query<'_>) -> Result<Vec<Row>>;
}

/// The runner where there is no database: it refuses to read rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Runner for Offline {
    fn query(&mut self, _: Recording, query: Query<'_>) -> Result<Vec<Row>> {
        Err(Error::OfflineQuery { line: query.line })
    }
}
