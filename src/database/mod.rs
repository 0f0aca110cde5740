//! The database: connecting, the version table, the ledger and the lock.
//!
//! The only place that speaks to a server. It knows SQL and rows; which revisions to run, and in
//! what order, is decided elsewhere.

pub mod connect;
pub mod conninfo;
pub mod ledger;
pub mod lock;
pub mod session;
pub mod tls;
pub mod version_table;

use std::time::Duration;

pub use connect::ConnectError;
pub use conninfo::ConnectInfo;
pub use session::Interrupt;

use crate::heads::Heads;
use crate::id::RevisionId;
use lock::{Lock, LockError};
use session::{Loop, Session};
use version_table::{State, TableName, VersionTableError};

/// How to reach a database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server, database and user.
    pub connect: ConnectInfo,
    /// The name of the version table.
    pub table: TableName,
    /// For how long to try again while a starting server refuses.
    pub retry: Duration,
    /// Asks to stop.
    pub interrupt: Interrupt,
}

/// A database with its version table.
#[derive(Debug)]
pub struct Database {
    settings: Settings,
    events: Loop,
    session: Session,
}

impl Database {
    /// Connects. One connection; nothing is read or created.
    ///
    /// # Errors
    /// Fails when the server cannot be reached or refuses the user.
    pub fn connect(settings: Settings) -> Result<Self, ConnectError> {
        let events = Loop::new(settings.interrupt.clone())?;
        let session = open(&events, &settings)?;
        Ok(Self {
            settings,
            events,
            session,
        })
    }

    /// Returns the name of the version table as configured.
    #[must_use]
    pub fn table(&self) -> &TableName {
        &self.settings.table
    }

    /// Returns how the database is reached, without the password when shown.
    #[must_use]
    pub fn connect_info(&self) -> &ConnectInfo {
        &self.settings.connect
    }

    /// Returns the conversation with the server.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Reads the rows of the version table in the order that the server returns them; none where
    /// there is no table. One turn; nothing is created.
    ///
    /// # Errors
    /// Fails when the table is not a version table or cannot be read.
    pub fn rows(&mut self) -> Result<Option<Vec<RevisionId>>, VersionTableError> {
        version_table::read(&mut self.session, &self.settings.table)
    }

    /// Reads the heads: the rows of the version table, or none where there is no table.
    ///
    /// # Errors
    /// Fails when the table is not a version table or cannot be read.
    pub fn heads(&mut self) -> Result<Heads, VersionTableError> {
        let rows = self.rows()?.unwrap_or_default();
        Ok(rows.into_iter().collect())
    }

    /// Reads the heads together with where the tables are and whether they exist.
    ///
    /// # Errors
    /// Fails when the table is not a version table or cannot be read.
    pub fn inspect(&mut self) -> Result<State, VersionTableError> {
        version_table::inspect(
            &mut self.session,
            &self.settings.table,
            (ledger::TABLE, ledger::NEWEST_COLUMN),
        )
    }

    /// Takes the lock on a connection of its own, waiting at most `patience` (none: for ever).
    ///
    /// # Errors
    /// Fails when another run keeps the lock, or the server fails.
    pub fn lock(
        &self,
        patience: Option<Duration>,
        waiting: &mut dyn FnMut(Option<&str>),
    ) -> Result<Lock, LockError> {
        let session = open(&self.events, &self.settings)?;
        Lock::take(session, &self.settings.table, patience, waiting)
    }

    /// Reads the heads after a failure, on a new connection where the old one is gone; none where
    /// the server does not answer.
    pub fn heads_afresh(&mut self) -> Option<Heads> {
        if self.session.is_closed() {
            self.session = open(&self.events, &self.settings).ok()?;
        }
        self.heads().ok()
    }
}

fn open(events: &Loop, settings: &Settings) -> Result<Session, ConnectError> {
    let options = connect::Options {
        retry: settings.retry,
        ..Default::default()
    };
    Session::connect(events, &settings.connect, options)
}
