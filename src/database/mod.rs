//! The database: connecting, the version table, the ledger and the lock.
//!
//! The only place that speaks to a server. It knows SQL and rows; which revisions to run, and in
//! what order, is decided elsewhere.

pub mod about;
pub mod connect;
pub mod conninfo;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod held;
pub mod ledger;
pub mod lock;
pub mod repeats;
pub mod session;
pub mod tls;
pub mod version_table;
pub mod whole;

use std::time::Duration;

pub use connect::{ConnectError, Notice, NoticeHook, Peer, Retry, RetryHook};
pub use conninfo::{ConnectInfo, Location};
pub use session::Interrupt;

use crate::heads::Heads;
use crate::id::RevisionId;
use lock::{Lock, LockError};
use session::{Loop, Session};
use version_table::{State, TableName, VersionTableError};

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Occurs when the server cannot be reached or refuses the user.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Occurs when the embedded PostgreSQL does not start.
    #[cfg(feature = "embedded")]
    #[error(transparent)]
    Embedded(#[from] embedded::EmbeddedError),
    /// Occurs when an embedded PostgreSQL is asked for and this program has none.
    #[error("this program was built without the embedded PostgreSQL")]
    NoEmbedded,
    /// Occurs when the caller asked to stop before there was a connection.
    #[error("interrupted")]
    Interrupted,
    /// Occurs when the system has no room for an event loop.
    #[error("the event loop cannot be started: {0}")]
    Loop(#[from] std::io::Error),
}

/// How to reach a database.
#[derive(Clone)]
pub struct Settings {
    /// The server, database and user, or the folder of an embedded one.
    pub location: Location,
    /// The name of the version table.
    pub table: TableName,
    /// For how long to try again while a starting server refuses.
    pub retry: Retry,
    /// What is called before each new try.
    pub retrying: Option<RetryHook>,
    /// What is called with each notice of the server.
    pub notices: Option<NoticeHook>,
    /// Asks to stop.
    pub interrupt: Interrupt,
}

impl Settings {
    /// Settings with Alembic's table name, no retries and no hooks.
    #[must_use]
    pub fn new(location: Location) -> Self {
        Self {
            location,
            table: TableName::default(),
            retry: Retry::default(),
            retrying: None,
            notices: None,
            interrupt: Interrupt::default(),
        }
    }
}

/// A database with its version table.
pub struct Database {
    settings: Settings,
    connect: ConnectInfo,
    events: Loop,
    session: Session,
    /// What was read ahead of the question.
    ahead: Option<Result<Option<Vec<RevisionId>>, VersionTableError>>,
    may_have_journal: bool,
    // Stops after the sessions that use it are gone.
    #[cfg(feature = "embedded")]
    _embedded: Option<embedded::Embedded>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let location = &self.settings.location;
        f.debug_struct("Database")
            .field("location", location)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Connects. One connection; nothing is read or created.
    ///
    /// # Errors
    /// Fails when the server cannot be reached or refuses the user.
    pub fn connect(settings: Settings) -> Result<Self, OpenError> {
        #[cfg(feature = "embedded")]
        let mut started = None;
        let connect = match &settings.location {
            Location::Server(info) => ConnectInfo::clone(info),
            #[cfg(not(feature = "embedded"))]
            Location::Embedded(_) => return Err(OpenError::NoEmbedded),
            #[cfg(feature = "embedded")]
            Location::Embedded(path) => {
                let embedded = embedded::Embedded::open(path)?;
                let info = embedded.connect_info()?;
                started = Some(embedded);
                info
            }
        };
        let events = Loop::new(settings.interrupt.clone())?;
        let session = open(&events, &settings, &connect)?;
        Ok(Self {
            settings,
            connect,
            events,
            session,
            ahead: None,
            may_have_journal: false,
            #[cfg(feature = "embedded")]
            _embedded: started,
        })
    }

    /// Connects to another database of the same server, which is there for as long as this value is.
    ///
    /// Notices are not told, and `interrupt` stops this connection alone.
    ///
    /// # Errors
    /// Fails when the server cannot be reached or has no such database.
    pub fn sibling(&self, database: &str, interrupt: Interrupt) -> Result<Self, OpenError> {
        let connect = self.connect.with_database(database);
        let settings = Settings {
            location: Location::Server(Box::new(connect.clone())),
            notices: None,
            interrupt: interrupt.clone(),
            ..self.settings.clone()
        };
        let events = Loop::new(interrupt)?;
        let session = open(&events, &settings, &connect)?;
        Ok(Self {
            settings,
            connect,
            events,
            session,
            ahead: None,
            may_have_journal: false,
            #[cfg(feature = "embedded")]
            _embedded: None,
        })
    }

    /// Returns the name of the version table as configured.
    #[must_use]
    pub fn table(&self) -> &TableName {
        &self.settings.table
    }

    /// Returns what stops the conversation with this database.
    #[must_use]
    pub fn interrupt(&self) -> Interrupt {
        self.settings.interrupt.clone()
    }

    /// Returns what was connected to.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.settings.location
    }

    /// Returns how the database is reached, without the password when shown.
    #[must_use]
    pub fn connect_info(&self) -> &ConnectInfo {
        &self.connect
    }

    /// Returns the conversation with the server.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Reads the rows of the version table for the next [`Database::rows`], which then costs no turn.
    ///
    /// For a caller that has something else to do on another thread until it needs them.
    pub fn read_ahead(&mut self) {
        self.ahead = Some(self.rows());
    }

    /// Reads the rows of the version table in the order that the server returns them; none where
    /// there is no table. One turn; nothing is created.
    ///
    /// # Errors
    /// Fails when the table is not a version table or cannot be read.
    pub fn rows(&mut self) -> Result<Option<Vec<RevisionId>>, VersionTableError> {
        if let Some(rows) = self.ahead.take() {
            return rows;
        }
        let read = version_table::read(&mut self.session, &self.settings.table, ledger::JOURNAL)?;
        self.may_have_journal = read.as_ref().is_some_and(|read| read.journal_written);
        Ok(read.map(|read| read.rows))
    }

    /// Returns whether the rows that were read last may not be the whole truth: the journal beside
    /// them was written to and may hold a half-done revision.
    #[must_use]
    pub fn may_have_journal(&self) -> bool {
        self.may_have_journal
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
            ledger::TABLE,
            ledger::JOURNAL,
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
        let connect = || open(&self.events, &self.settings, &self.connect);
        Lock::take(&connect, &self.settings.table, patience, waiting)
    }

    /// Waits until the server no longer runs a statement that an earlier run left behind outside of
    /// a transaction, at most for `patience` (none: for ever).
    ///
    /// # Errors
    /// Fails when the statement goes on, or the server fails.
    pub fn wait_for_statement(
        &mut self,
        statement: &str,
        patience: Option<Duration>,
        waiting: &mut dyn FnMut(Option<&str>),
    ) -> Result<(), LockError> {
        lock::wait_for_statement(&mut self.session, statement, patience, waiting)
    }

    /// Connects again where the connection is gone, as it is when a server ends idle sessions.
    ///
    /// # Errors
    /// Fails when the server cannot be reached or refuses the user.
    pub fn reconnect_if_closed(&mut self) -> Result<(), OpenError> {
        if self.session.is_closed() {
            self.session = open(&self.events, &self.settings, &self.connect)?;
        }
        Ok(())
    }

    /// Reads the heads after a failure; none where the server does not answer.
    ///
    /// Where the connection is gone, what was sent over it may still be under way. Then the lock is
    /// given back, which lets no other transaction of the run begin, and the last one is waited
    /// for; none where it does not end.
    pub fn heads_afresh(&mut self, lock: &mut Lock) -> Option<Heads> {
        if self.session.is_closed() {
            let key = lock.release();
            self.session = open(&self.events, &self.settings, &self.connect).ok()?;
            if !lock::has_settled(&mut self.session, key).ok()? {
                return None;
            }
        }
        self.heads().ok()
    }
}

fn open(events: &Loop, settings: &Settings, connect: &ConnectInfo) -> Result<Session, OpenError> {
    let options = connect::Options {
        retry: settings.retry,
        retrying: settings.retrying.clone(),
        notices: settings.notices.clone(),
    };
    Session::connect(events, connect, options)
}

/// The last of a chain of errors, which says most: the driver's own words are only "db error".
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
