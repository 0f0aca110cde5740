//! The lock: one runner at a time for each schema that holds a version table.
//!
//! A connection of its own holds one open READ COMMITTED transaction with an advisory lock, taken
//! by polling. A session that waits inside `pg_advisory_lock` holds a snapshot, and CREATE INDEX
//! CONCURRENTLY in the holder waits for that snapshot: a deadlock. An idle transaction has none.
//! The lock ends with its connection, so a runner that dies leaves nothing behind.
//!
//! What the server still does for a dead runner is a matter of its own: a message of many
//! transactions goes on without its sender. So every transaction of a run begins with a [fence]:
//! it is refused where the lock of its run is gone, and it shares a second lock, which the next
//! runner finds taken until the transaction has ended.
//!
//! [fence]: Lock::fence

use std::time::{Duration, Instant};

use crate::database::OpenError;
use crate::database::session::{ServerError, Session, SessionError};
use crate::database::version_table::{TableName, schema_expression};
use crate::sql::quote::literal;

/// The first pause between two tries.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// How long a wait is too short to be told of: a server takes a moment to notice that the run before
/// has gone.
const UNTOLD: Duration = Duration::from_millis(250);
/// How long a failing run waits for what the server still does for it, to tell where that leads.
const SETTLED_WITHIN: Duration = Duration::from_secs(5);

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

/// What the text of a transaction begins with that is refused for want of the lock.
const REFUSED: &str = "limbeck: the lock of this run is gone, process ";

/// Returns true where a transaction was refused at its fence.
#[must_use]
pub fn is_refused(error: &ServerError) -> bool {
    error.message.contains(REFUSED)
}

/// The lock; dropping it gives it back.
#[derive(Debug)]
pub struct Lock {
    session: Session,
    key: Key,
    /// The run's own lock, which ends with the connection as the other one does.
    run: String,
}

/// The second half of the locks' keys: a number that the server made of the schema.
#[derive(Clone, Debug)]
pub(super) struct Key(String);

impl Lock {
    /// Takes the lock on a connection of its own, waiting at most `patience` (none: for ever).
    ///
    /// `waiting` is told who holds the lock, once, when there is a wait.
    pub(super) fn take(
        connect: &dyn Fn() -> Result<Session, OpenError>,
        table: &TableName,
        patience: Option<Duration>,
        waiting: &mut dyn FnMut(Option<&str>),
    ) -> Result<Self, LockError> {
        let key = key(table);
        let begin = Instant::now();
        let mut session = connect()?;
        let mut pause = FIRST_PAUSE;
        let mut waited = Duration::ZERO;
        let mut told = false;
        loop {
            let class = match try_lock(&mut session, &key) {
                Ok(Try::Taken { key, run }) => return Ok(Self { session, key, run }),
                Ok(Try::Held) => RUNNER,
                Ok(Try::Busy) => WORK,
                // The server may end a session that is idle between two tries: roles have a timeout
                // for that.
                Err(SessionError::Lost { .. }) if !waited.is_zero() => {
                    session = connect()?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            waited = begin.elapsed();
            let over = patience.is_some_and(|most| waited >= most);
            if over || (!told && waited >= UNTOLD) {
                let holder = holder(&mut session, class, &key)?;
                if over {
                    return Err(LockError::Held { holder, waited });
                }
                waiting(holder.as_deref());
                told = true;
            }
            let left = patience.map_or(pause, |most| most.saturating_sub(waited));
            session.pause(pause.min(left).max(Duration::from_millis(1)))?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns true where the connection that holds the lock is gone, and the lock with it.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.session.is_closed()
    }

    /// Returns SQL that a transaction of the run begins with: an expression, which fails where the
    /// lock is gone.
    #[must_use]
    pub fn fence(&self) -> String {
        let Self { key, run, .. } = self;
        // In this order: whoever looks for transactions of a run that has lost its lock sees this
        // one, or this one sees that the lock is lost. The cast fails with the text in the message.
        format!(
            "CASE WHEN CASE WHEN pg_catalog.pg_try_advisory_xact_lock_shared({WORK}, {key}) THEN \
             pg_catalog.pg_try_advisory_xact_lock_shared({RUN}, {run}) ELSE true END THEN ({} || \
             pg_catalog.pg_backend_pid())::int END",
            literal(REFUSED),
            key = key.0,
        )
    }

    /// Gives the lock back, so that the run's transactions that are still under way are its last.
    pub(super) fn release(&mut self) -> &Key {
        // Where the connection is gone, so is the lock.
        let _ = self.session.send("ROLLBACK");
        &self.key
    }
}

/// The first half of the keys, the same for every schema: "limb", "limr" and "limw" in ASCII.
const RUNNER: i32 = 0x6c69_6d62;
const RUN: i32 = 0x6c69_6d72;
const WORK: i32 = 0x6c69_6d77;

/// The second half of the key, as SQL: advisory locks are per database, so the schema is enough.
fn key(table: &TableName) -> String {
    format!(
        "pg_catalog.hashtext(coalesce({}, ''))",
        schema_expression(table)
    )
}

/// What one try to take the lock came to.
enum Try {
    /// It is held, by an open transaction of the session.
    Taken { key: Key, run: String },
    /// Another runner holds it.
    Held,
    /// Nobody holds it, and the server still runs a transaction of an earlier runner.
    Busy,
}

/// Tries to take the lock, and the run's own, whose key is a random number.
///
/// Between two tries no transaction is open: CREATE INDEX CONCURRENTLY in the holder waits for the
/// end of each transaction that it finds with a snapshot, and a try needs one for a moment.
fn try_lock(session: &mut Session, key: &str) -> Result<Try, SessionError> {
    let mut message = "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned();
    for name in session.transaction_timeouts() {
        message.push_str(&format!("; SET LOCAL {name} = 0"));
    }
    message.push_str(&format!(
        "; SET LOCAL statement_timeout = 0; SELECT CASE WHEN NOT \
         pg_catalog.pg_try_advisory_xact_lock({RUNNER}, k.key) THEN 'held' WHEN NOT \
         pg_catalog.pg_try_advisory_xact_lock({RUN}, k.run) THEN 'held' WHEN NOT \
         pg_catalog.pg_try_advisory_lock({WORK}, k.key) THEN 'busy' WHEN \
         pg_catalog.pg_advisory_unlock({WORK}, k.key) THEN 'taken' END, k.key, k.run FROM (SELECT \
         {key} AS key, (pg_catalog.random() * 4294967295 - 2147483648)::bigint::int AS run OFFSET \
         0) AS k"
    ));
    let sets = session.rows(&message)?;
    let row = sets.last().and_then(|set| set.rows.first());
    let value = |column: usize| row.and_then(|row| row.get(column).cloned()?);
    let other = match (value(0).as_deref(), value(1), value(2)) {
        (Some("taken"), Some(key), Some(run)) => {
            let key = Key(key);
            return Ok(Try::Taken { key, run });
        }
        (Some("busy"), ..) => Try::Busy,
        _ => Try::Held,
    };
    session.send("ROLLBACK").map_err(|stopped| stopped.error)?;
    Ok(other)
}

/// SQL for who a row of `pg_stat_activity` is.
const WHO: &str = "pg_catalog.concat_ws(', ', 'process ' || a.pid, 'user ' || a.usename, \
                   nullif(a.application_name, ''), 'since ' || \
                   pg_catalog.date_trunc('second', a.xact_start))";

fn holder(session: &mut Session, class: i32, key: &str) -> Result<Option<String>, SessionError> {
    first_value(
        session,
        &format!(
            "SELECT {WHO} FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = \
             l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM \
             pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND \
             l.classid::bigint = {class} AND l.objsubid = 2 AND l.objid::bigint = {key}::bigint & \
             4294967295"
        ),
    )
}

fn first_value(session: &mut Session, sql: &str) -> Result<Option<String>, SessionError> {
    let sets = session.rows(sql)?;
    Ok(sets.last().and_then(|s| s.rows.first()?.first()?.clone()))
}

/// Waits until the server runs a statement for nobody any more, as it may for a runner that died:
/// outside of a transaction there is no fence, and the statement's own text must tell.
pub(super) fn wait_for_statement(
    session: &mut Session,
    statement: &str,
    patience: Option<Duration>,
    waiting: &mut dyn FnMut(Option<&str>),
) -> Result<(), LockError> {
    // The server keeps the beginning of what it was sent, which ends in a semicolon.
    let look = format!(
        "SELECT {WHO} FROM pg_catalog.pg_stat_activity a WHERE a.datname = \
         pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.state = \
         'active' AND a.query <> '' AND pg_catalog.strpos({}, pg_catalog.rtrim(a.query, E' \\n;')) = \
         1",
        literal(statement)
    );
    let begin = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    while let Some(holder) = first_value(session, &look)? {
        let waited = begin.elapsed();
        if patience.is_some_and(|most| waited >= most) {
            let holder = Some(holder);
            return Err(LockError::Held { holder, waited });
        }
        if !told && waited >= UNTOLD {
            waiting(Some(&holder));
            told = true;
        }
        session.pause(pause)?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}

/// Waits a moment for the end of what the server still does for a session that was lost; false
/// where it goes on.
pub(super) fn has_settled(session: &mut Session, key: &Key) -> Result<bool, SessionError> {
    let Key(key) = key;
    let look = format!("SELECT pg_catalog.pg_try_advisory_xact_lock({WORK}, {key})");
    let begin = Instant::now();
    while first_value(session, &look)?.as_deref() != Some("t") {
        if begin.elapsed() > SETTLED_WITHIN {
            return Ok(false);
        }
        session.pause(FIRST_PAUSE)?;
    }
    Ok(true)
}
