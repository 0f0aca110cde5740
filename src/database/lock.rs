//! The lock: one runner at a time for each schema that holds a version table.
//!
//! A connection of its own holds one open READ COMMITTED transaction with an advisory lock, taken
//! by polling. A session that waits inside `pg_advisory_lock` holds a snapshot, and CREATE INDEX
//! CONCURRENTLY in the holder waits for that snapshot: a deadlock. An idle transaction has none.
//! The lock ends with its connection, so a runner that dies leaves nothing behind.

use std::time::{Duration, Instant};

use crate::database::OpenError;
use crate::database::session::{Session, SessionError};
use crate::database::version_table::{TableName, schema_expression};

/// The first pause between two tries.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Occurs when another runner kept the lock for as long as the caller would wait.
    #[error("another run holds the lock{}", holder.as_ref().map(|h| format!(": {h}")).unwrap_or_default())]
    Held {
        /// Who holds it, where the server says.
        holder: Option<String>,
        /// How long was waited.
        waited: Duration,
    },
    /// Occurs when there is no second connection to hold it.
    #[error("the lock needs a connection of its own: {0}")]
    Open(#[from] OpenError),
    /// Occurs when the server fails.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// The lock; dropping it gives it back.
#[derive(Debug)]
pub struct Lock {
    session: Session,
}

impl Lock {
    /// Takes the lock on a connection of its own, waiting at most `patience` (none: for ever).
    ///
    /// `waiting` is told who holds the lock, once, when there is a wait.
    pub(super) fn take(
        mut session: Session,
        table: &TableName,
        patience: Option<Duration>,
        waiting: &mut dyn FnMut(Option<&str>),
    ) -> Result<Self, LockError> {
        let key = key(table);
        let begin = Instant::now();
        let mut message = "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned();
        for name in session.transaction_timeouts() {
            message.push_str(&format!("; SET LOCAL {name} = 0"));
        }
        message.push_str("; SET LOCAL statement_timeout = 0; ");
        message.push_str(&try_lock(&key));
        let mut pause = FIRST_PAUSE;
        let mut told = false;
        loop {
            let sets = session.rows(&message)?;
            let answer = sets.last().and_then(|s| s.rows.first()?.first()?.clone());
            if answer.as_deref() == Some("t") {
                return Ok(Self { session });
            }
            let waited = begin.elapsed();
            let over = patience.is_some_and(|most| waited >= most);
            if over || !told {
                let holder = holder(&mut session, &key)?;
                if over {
                    return Err(LockError::Held { holder, waited });
                }
                waiting(holder.as_deref());
                told = true;
            }
            let left = patience.map_or(pause, |most| most.saturating_sub(waited));
            session.pause(pause.min(left).max(Duration::from_millis(1)))?;
            pause = (pause * 2).min(LONGEST_PAUSE);
            message = try_lock(&key);
        }
    }

    /// Returns true where the connection that holds the lock is gone, and the lock with it.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.session.is_closed()
    }
}

/// The first half of the key, the same for every schema: "limb" in ASCII.
const CLASS: i32 = 0x6c69_6d62;

/// The second half of the key, as SQL: advisory locks are per database, so the schema is enough.
fn key(table: &TableName) -> String {
    format!(
        "pg_catalog.hashtext(coalesce({}, ''))",
        schema_expression(table)
    )
}

fn try_lock(key: &str) -> String {
    format!("SELECT pg_catalog.pg_try_advisory_xact_lock({CLASS}, {key})")
}

fn holder(session: &mut Session, key: &str) -> Result<Option<String>, SessionError> {
    let sets = session.rows(&format!(
        "SELECT pg_catalog.concat_ws(', ', 'process ' || a.pid, 'user ' || a.usename, \
         nullif(a.application_name, ''), 'since ' || \
         pg_catalog.date_trunc('second', a.xact_start)) FROM pg_catalog.pg_locks l JOIN \
         pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND \
         l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = \
         pg_catalog.current_database()) AND l.classid::bigint = {CLASS} AND l.objsubid = 2 AND \
         l.objid::bigint = {key}::bigint & 4294967295"
    ))?;
    Ok(sets.last().and_then(|s| s.rows.first()?.first()?.clone()))
}
