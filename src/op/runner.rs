//! What stands behind the handle: the one question that a revision may put to a database.
//!
//! The executor implements it with a connection; offline writing uses the one that refuses.

use std::collections::BTreeMap;

use postgres::Row;
use postgres::types::ToSql;

use super::recording::Recording;
use super::{Error, Result};

/// Values that whoever runs limbeck hands to the revisions, as with `-x KEY=VALUE`.
pub type Arguments = BTreeMap<String, String>;

/// A query that a revision reads rows with.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// One statement.
    pub sql: &'q str,
    /// The values of `$1`, `$2` …
    pub params: &'q [&'q (dyn ToSql + Sync)],
    /// The line of the call in the revision file.
    pub line: u32,
    /// What it reads.
    pub reads: Reads,
}

/// What a query reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The server's catalogs alone: whoever wrote the query knows.
    Catalog,
    /// Whatever its text says.
    Rows,
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

    /// As [`query`](Runner::query) without parameters, with the server's own text of each value.
    ///
    /// # Errors
    /// Fails with the database's error, or refuses where there is no database.
    fn texts(&mut self, pending: Recording, query: Query<'_>) -> Result<Texts>;

    /// Returns the values handed to the revisions.
    fn arguments(&self) -> Option<&Arguments> {
        None
    }
}

/// Rows as the server writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The name of each column, and that of its type in `pg_type`.
    pub columns: Vec<(String, String)>,
    /// The rows, each as wide as the columns; none for a null.
    pub rows: Vec<Vec<Option<String>>>,
}

/// The runner where there is no database: it refuses to read rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline<'a> {
    /// The values handed to the revisions.
    pub arguments: Option<&'a Arguments>,
}

impl Runner for Offline<'_> {
    fn query(&mut self, _: Recording, query: Query<'_>) -> Result<Vec<Row>> {
        Err(Error::OfflineQuery { line: query.line })
    }

    fn texts(&mut self, _: Recording, query: Query<'_>) -> Result<Texts> {
        Err(Error::OfflineQuery { line: query.line })
    }

    fn arguments(&self) -> Option<&Arguments> {
        self.arguments
    }
}
