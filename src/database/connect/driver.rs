//! The half of a session that moves bytes, and the two ways to reach into it from outside.

use std::fmt;
use std::future::{self, Future};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::tls::{MakeTlsConnect, NoTlsStream};
use tokio_postgres::{AsyncMessage, CancelToken, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{ConnectError, Endpoint};
use super::socket::{Address, Stream};
use crate::database::conninfo::{Keepalive, SslMode};

/// Something that a server says without being asked, such as what `RAISE NOTICE` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING`, `INFO` …, in the server's language.
    pub severity: String,
    /// SQLSTATE; `00000` where there is nothing special about it.
    pub code: String,
    /// What it says.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<DbError> for Notice {
    fn from(error: DbError) -> Self {
        Self {
            severity: error.severity().to_owned(),
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
        }
    }
}

/// What a ROLLBACK says that finds nothing to roll back. It is sent after every failure, without
/// asking first whether the server had come to open a transaction.
const NO_TRANSACTION: SqlState = SqlState::NO_ACTIVE_SQL_TRANSACTION;

/// What is called with each [`Notice`], while the [`Driver`] is polled.
pub type NoticeHook = Arc<dyn Fn(Notice) + Send + Sync>;

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Stream>>::Stream;

pub(super) enum Wire {
    Plain(Box<Connection<Stream, NoTlsStream>>),
    Tls(Box<Connection<Stream, TlsStream>>),
}

impl Wire {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        match self {
            Self::Plain(connection) => connection.parameter(name),
            Self::Tls(connection) => connection.parameter(name),
        }
    }
}

/// The half of a session that moves bytes: nothing happens unless it is polled.
///
/// Either spawn it, or run each request through [`Driver::run`], which needs no task. It is done
/// when the client has been dropped or the connection is lost.
#[must_use = "a session does nothing unless its driver is polled"]
pub struct Driver {
    wire: Option<Wire>,
    notices: Option<NoticeHook>,
}

impl Driver {
    pub(super) fn new(wire: Wire, notices: Option<NoticeHook>) -> Self {
        let wire = Some(wire);
        Self { wire, notices }
    }

    /// Returns the server's current value of a setting that it reports, such as `server_version`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.wire.as_ref()?.parameter(name)
    }

    /// Waits for a request of this session's client while moving its bytes.
    pub async fn run<F: Future>(&mut self, request: F) -> F::Output {
        let mut request = pin!(request);
        future::poll_fn(|cx| {
            // Once the connection is lost the client's requests fail by themselves, saying why.
            let _ = self.poll_wire(cx);
            request.as_mut().poll(cx)
        })
        .await
    }

    fn poll_wire(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), tokio_postgres::Error>> {
        loop {
            let message = match &mut self.wire {
                None => return Poll::Ready(Ok(())),
                Some(Wire::Plain(connection)) => connection.poll_message(cx),
                Some(Wire::Tls(connection)) => connection.poll_message(cx),
            };
            match message {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => match &self.notices {
                    Some(hook) if *notice.code() != NO_TRANSACTION => hook(notice.into()),
                    _ => {}
                },
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    self.wire = None;
                    return Poll::Ready(Err(error));
                }
                Poll::Ready(None) => {
                    self.wire = None;
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl Future for Driver {
    type Output = Result<(), tokio_postgres::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().poll_wire(cx)
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = self.wire.is_none();
        f.debug_struct("Driver").field("lost", &lost).finish()
    }
}

/// Asks the server to cancel what a session is doing, over a connection of its own.
///
/// It may be used from another thread and another runtime.
#[derive(Clone)]
pub struct Cancel {
    pub(super) token: CancelToken,
    pub(super) address: Address,
    pub(super) endpoint: Box<Endpoint>,
    pub(super) tls: Option<CancelTls>,
    pub(super) timeout: Duration,
}

/// How the session that is to be cancelled is encrypted: the request for it is, too.
#[derive(Clone)]
pub(super) struct CancelTls {
    pub make: MakeRustlsConnect,
    pub name: String,
    pub direct: bool,
    pub mode: SslMode,
}

impl Cancel {
    /// Asks for it. The server does not say whether there was something to cancel.
    ///
    /// # Errors
    /// Fails when the server cannot be reached, or not as it was before.
    pub async fn cancel(&self) -> Result<(), ConnectError> {
        let to = || self.endpoint.clone();
        match tokio::time::timeout(self.timeout, self.send()).await {
            Ok(result) => result,
            Err(_) => Err(ConnectError::TimedOut {
                to: to(),
                after: self.timeout,
            }),
        }
    }

    async fn send(&self) -> Result<(), ConnectError> {
        let to = || self.endpoint.clone();
        let silent = Keepalive {
            enabled: false,
            idle: None,
            interval: None,
            count: None,
            user_timeout: None,
        };
        let opened = Stream::open(&self.address, silent).await;
        let mut stream = opened.map_err(|error| ConnectError::from_io(to(), error))?;
        let sent = match &self.tls {
            None => self.token.cancel_query_raw(stream, NoTls).await,
            Some(tls) => {
                let offered = tls.direct
                    || stream
                        .offers_tls()
                        .await
                        .map_err(|error| ConnectError::from_io(to(), error))?;
                if !offered {
                    let mode = tls.mode;
                    return Err(ConnectError::TlsRefused { to: to(), mode });
                }
                let Ok(connect) =
                    MakeTlsConnect::<Stream>::make_tls_connect(&mut tls.make.clone(), &tls.name);
                self.token.cancel_query_raw(stream, connect).await
            }
        };
        sent.map_err(|error| ConnectError::from_driver(to(), error))
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.endpoint).finish()
    }
}
