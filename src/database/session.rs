//! One conversation with a server, as blocking calls over the simple query protocol.
//!
//! A message may hold many statements and whole transactions; a failure says how many statements
//! were completed before it, which is how a caller finds the revision and the line. Nothing is
//! prepared and no session state is relied on, so a transaction pooler in between does no harm.
//! What the statements mean is the callers' concern.

mod read;

use std::error::Error as _;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio_postgres::error::{DbError, ErrorPosition, Severity};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryStream};

use super::connect::{self, Cancel, Connected, Options, Peer};
use super::conninfo::ConnectInfo;
use super::{OpenError, root_cause};

pub use self::read::{ResultSet, TextRow};

/// How long a cancelled statement may take to end before the connection is given up.
const CANCEL_GRACE: Duration = Duration::from_secs(10);

/// What the server said when it refused a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {message}")]
#[non_exhaustive]
pub struct ServerError {
    /// The SQLSTATE.
    pub code: String,
    /// The primary message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What the server suggests.
    pub hint: Option<String>,
    /// Where in the message sent, in characters from 1.
    pub position: Option<usize>,
    /// The statement within a function that failed.
    pub query: Option<String>,
    /// The call stack of a function that failed.
    pub context: Option<String>,
}

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> Self {
        let (position, query) = match error.position() {
            Some(ErrorPosition::Original(at)) => (Some(*at as usize), None),
            Some(ErrorPosition::Internal { query, .. }) => (None, Some(query.clone())),
            None => (None, None),
        };
        Self {
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position,
            query,
            context: error.where_().map(str::to_owned),
        }
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Occurs when the server refuses a statement.
    #[error(transparent)]
    Server(Box<ServerError>),
    /// Occurs when the connection ends, or is given up because a cancelled statement goes on;
    /// whether the last statement took effect is not known.
    #[error("the connection to the server was lost: {reason}")]
    Lost {
        /// What the network or the server said last.
        reason: String,
    },
    /// Occurs when a query's parameters do not fit it; it was not run.
    #[error("{reason}")]
    Parameters {
        /// What does not fit.
        reason: String,
    },
    /// Occurs when the caller asked to stop, before the statement was sent or by cancelling it.
    #[error("interrupted")]
    Interrupted,
}

impl SessionError {
    /// Returns what the server said, where it is the one that refused.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            Self::Server(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the SQLSTATE where the server gave one.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        Some(&self.server()?.code)
    }

    fn from_driver(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // The server ends the session itself; nothing more can be asked of it.
            Some(db) if is_end_of_session(db) => Self::Lost {
                reason: db.message().to_owned(),
            },
            Some(db) => Self::Server(Box::new(db.into())),
            None => Self::Lost {
                reason: root_cause(error),
            },
        }
    }
}

/// Tells whether the error is neither the server's nor the network's.
fn is_of_driver(error: &tokio_postgres::Error) -> bool {
    let network = error
        .source()
        .is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    error.as_db_error().is_none() && !error.is_closed() && !network
}

fn is_end_of_session(error: &DbError) -> bool {
    match error.parsed_severity() {
        Some(severity) => matches!(severity, Severity::Fatal | Severity::Panic),
        None => error.code().code().starts_with("57P"),
    }
}

/// A message that failed part of the way.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Stopped {
    /// How many of its statements had been completed.
    pub completed: usize,
    /// Why the next one was not.
    #[source]
    pub error: SessionError,
}

/// Asks a running program to stop; clones ask the same program.
///
/// May be triggered from any thread, such as a signal handler's.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    wake: Arc<Notify>,
}

impl Interrupt {
    /// Asks to stop: the running statement is cancelled on the server, and no other begins.
    pub fn trigger(&self) {
        self.asked.store(true, Ordering::SeqCst);
        self.wake.notify_waiters();
        // A waiter that has not begun to wait yet finds this permit.
        self.wake.notify_one();
    }

    /// Returns true where someone asked to stop.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The event loop that the sessions of one database share.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    runtime: Arc<Runtime>,
    interrupt: Interrupt,
}

impl Loop {
    pub(super) fn new(interrupt: Interrupt) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Arc::new(runtime),
            interrupt,
        })
    }

    /// Waits, unless someone asks to stop first.
    pub(super) fn sleep(&self, time: Duration) -> Result<(), SessionError> {
        self.runtime.block_on(async {
            let _ = tokio::time::timeout(time, self.asked()).await;
        });
        if self.interrupt.is_triggered() {
            return Err(SessionError::Interrupted);
        }
        Ok(())
    }

    async fn asked(&self) {
        while !self.interrupt.is_triggered() {
            self.interrupt.wake.notified().await;
        }
    }
}

/// One connection to the server.
pub struct Session {
    events: Loop,
    client: tokio_postgres::Client,
    cancel: Cancel,
    /// What is known of the other side.
    peer: Peer,
    /// Why the connection ended, where that was said while nobody asked anything.
    ended: Arc<OnceLock<String>>,
    /// Whether notices are kept back.
    quiet: Arc<AtomicBool>,
    /// Whether the database or role reads backslashes in plain strings.
    backslashes: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn connect(
        events: &Loop,
        connect_to: &ConnectInfo,
        mut options: Options,
    ) -> Result<Self, OpenError> {
        let quiet = Arc::new(AtomicBool::new(false));
        if let Some(hook) = options.notices.take() {
            let quiet = Arc::clone(&quiet);
            options.notices = Some(Arc::new(move |notice| {
                if !quiet.load(Ordering::SeqCst) {
                    hook(notice);
                }
            }));
        }
        let Connected {
            client,
            driver,
            cancel,
            peer,
        } = events.runtime.block_on(async {
            tokio::select! {
                connected = connect::connect(connect_to, &options) => Ok(connected?),
                () = events.asked() => Err(OpenError::Interrupted),
            }
        })?;
        let strings = driver.parameter("standard_conforming_strings");
        let backslashes = strings.is_some_and(|value| value == "off");
        // On the loop rather than with each request, so that the loss of a session that is idle is
        // noticed while another one works.
        let ended = Arc::new(OnceLock::new());
        let told = Arc::clone(&ended);
        events.runtime.spawn(async move {
            if let Err(error) = driver.await
                && let SessionError::Lost { reason } = SessionError::from_driver(&error)
            {
                let _ = told.set(reason);
            }
        });
        Ok(Self {
            events: events.clone(),
            client,
            cancel,
            ended,
            quiet,
            backslashes,
            peer,
        })
    }

    /// Returns the server's major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        major(&self.peer.server_version)
    }

    /// Returns the settings, beyond the caller's own, that would end a transaction which is idle or
    /// long: a role may have them, and a migration is both.
    pub(crate) fn transaction_timeouts(&self) -> &'static [&'static str] {
        const ALL: [&str; 2] = ["idle_in_transaction_session_timeout", "transaction_timeout"];
        if self.major() >= 17 { &ALL } else { &ALL[..1] }
    }

    /// Returns what is known of the other side.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Returns true where the server or the network ended the connection.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Waits, unless someone asks to stop first.
    ///
    /// # Errors
    /// Fails when someone asked.
    pub fn pause(&self, time: Duration) -> Result<(), SessionError> {
        self.events.sleep(time)
    }

    async fn ask(&self, message: &str) -> Result<SimpleQueryStream, tokio_postgres::Error> {
        self.read_strings_as_standard().await?;
        self.client.simple_query_raw(message).await
    }

    /// Where a database or role has `standard_conforming_strings` off, every message is preceded by
    /// another: the server takes a text apart by the setting that holds before it. A turn more, for
    /// a setting that has been on by default since 2011 and that our splitting relies on.
    async fn read_strings_as_standard(&self) -> Result<(), tokio_postgres::Error> {
        if self.backslashes {
            let set = "SET standard_conforming_strings = on";
            self.client.batch_execute(set).await?;
        }
        Ok(())
    }

    /// Sends one message of one or more statements.
    ///
    /// # Errors
    /// Fails at the first statement that the server refuses; the server skips the rest. The
    /// failure says how many statements were completed.
    pub fn send(&mut self, message: &str) -> Result<(), Stopped> {
        let mut completed = 0;
        let result = self.wait(async {
            let mut answers = pin!(self.ask(message).await?);
            while let Some(answer) = answers.next().await {
                if let SimpleQueryMessage::CommandComplete(_) = answer? {
                    completed += 1;
                }
            }
            Ok(())
        });
        result.map_err(|error| Stopped { completed, error })
    }

    /// Rolls back what is open, even where someone asked to stop; best effort, for a bounded time.
    /// Where nothing is open, the server's warning about that is not passed on.
    pub(crate) fn roll_back(&mut self) {
        self.quiet.store(true, Ordering::SeqCst);
        let client = &self.client;
        let rolled_back = self.events.runtime.block_on(async {
            tokio::time::timeout(CANCEL_GRACE, client.batch_execute("ROLLBACK")).await
        });
        // A server that does not answer ends the transaction with the connection.
        drop(rolled_back);
        self.quiet.store(false, Ordering::SeqCst);
    }

    /// Waits for an answer; when asked to stop, cancels on the server and still takes the answer, so
    /// that the connection is left in order.
    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, SessionError> {
        if self.events.interrupt.is_triggered() {
            return Err(SessionError::Interrupted);
        }
        self.events.runtime.block_on(async {
            let mut work = pin!(work);
            tokio::select! {
                biased;
                done = &mut work => return done.map_err(|e| self.failed(&e)),
                () = self.events.asked() => {}
            }
            let cancelled = async {
                // A cancel request that cannot be delivered leaves only waiting, which is bounded.
                let _ = self.cancel.cancel().await;
                work.await
            };
            match tokio::time::timeout(CANCEL_GRACE, cancelled).await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(error)) if error.code().is_some_and(|c| c.code() == "57014") => {
                    Err(SessionError::Interrupted)
                }
                Ok(Err(error)) => Err(self.failed(&error)),
                Err(_) => Err(SessionError::Lost {
                    reason: format!(
                        "interrupted, and the server did not end the statement within {} s",
                        CANCEL_GRACE.as_secs()
                    ),
                }),
            }
        })
    }

    fn failed(&self, error: &tokio_postgres::Error) -> SessionError {
        match self.ended.get() {
            Some(reason) if error.is_closed() => SessionError::Lost {
                reason: reason.clone(),
            },
            _ => SessionError::from_driver(error),
        }
    }
}

/// The number that a version such as `17.2 (Debian 17.2-1)` or `18beta1` begins with.
fn major(version: &str) -> u32 {
    let digits = version.find(|c: char| !c.is_ascii_digit());
    version[..digits.unwrap_or(version.len())]
        .parse()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_kinds_have_a_major_number() {
        for (version, number) in [
            ("15.14 (Debian 15.14-0+deb12u1)", 15),
            ("18beta1", 18),
            ("", 0),
        ] {
            assert_eq!(major(version), number);
        }
    }

    #[test]
    fn an_interrupt_before_a_wait_ends_it_at_once() {
        let interrupt = Interrupt::default();
        let events = Loop::new(interrupt.clone()).unwrap();
        assert!(events.sleep(Duration::from_millis(1)).is_ok());
        interrupt.trigger();
        let begin = std::time::Instant::now();
        assert!(matches!(
            events.sleep(Duration::from_secs(60)),
            Err(SessionError::Interrupted)
        ));
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}
