//! Why a connection could not be made, with what is needed to say what to do about it.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::database::conninfo::{ConnectInfo, Host, SessionAttrs, SslMode};
use crate::database::tls::{CertificateProblem, TlsError};

/// What was being connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The server.
    pub host: Host,
    /// The database.
    pub database: String,
    /// The database user.
    pub user: String,
}

impl Endpoint {
    pub(super) fn new(info: &ConnectInfo, host: &Host) -> Box<Self> {
        Box::new(Self {
            host: host.clone(),
            database: info.database().to_owned(),
            user: info.user().to_owned(),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            database,
            user,
        } = self;
        write!(f, "{host} (database `{database}`, user `{user}`)")
    }
}

/// What a server said when it refused a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE.
    pub code: String,
    /// The server's message, in its language.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why a connection could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Occurs when nothing listens on the port.
    #[error("nothing listens on {to}")]
    Refused {
        /// What was being connected to.
        to: Box<Endpoint>,
    },
    /// Occurs when the socket is not there.
    #[error("there is no socket {to}")]
    SocketMissing {
        /// What was being connected to.
        to: Box<Endpoint>,
    },
    /// Occurs when connecting took too long.
    #[error("no answer within {:.1} s from {to}", .after.as_secs_f32())]
    TimedOut {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// How long it was waited for.
        after: Duration,
    },
    /// Occurs when a name has no address.
    #[error("no address is known for {to}: {reason}")]
    HostNotFound {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// What the resolver said.
        reason: String,
    },
    /// Occurs when the network or the operating system refuses.
    #[error("cannot reach {to}: {source}")]
    Unreachable {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// Why.
        source: io::Error,
    },
    /// Occurs when the other side hangs up before the session has begun.
    #[error("{to} closed the connection before the session began")]
    Closed {
        /// What was being connected to.
        to: Box<Endpoint>,
    },
    /// Occurs when the other side does not speak PostgreSQL's protocol.
    #[error("what answers at {to} does not speak as PostgreSQL does: {reason}")]
    Protocol {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// What was wrong.
        reason: String,
    },
    /// Occurs when the server wants a password and there is none.
    #[error("{to} asks for a password, and none is given")]
    PasswordMissing {
        /// What was being connected to.
        to: Box<Endpoint>,
    },
    /// Occurs when the password is wrong, or the user has none or does not exist.
    #[error("wrong password, or no such user, for {to}")]
    WrongPassword {
        /// What was being connected to.
        to: Box<Endpoint>,
    },
    /// Occurs when the database does not exist.
    #[error("database `{}` does not exist on {} (user `{}`)", .to.database, .to.host, .to.user)]
    NoSuchDatabase {
        /// What was being connected to.
        to: Box<Endpoint>,
    },
    /// Occurs when the user does not exist, or may not log in.
    #[error("user `{}` cannot log in on {} (database `{}`): {message}", .to.user, .to.host, .to.database)]
    NoSuchRole {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// The server's message.
        message: String,
    },
    /// Occurs when the server's `pg_hba.conf` does not let this connection in.
    #[error("{to} does not let this connection in: {message}")]
    Rejected {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// The server's message.
        message: String,
    },
    /// Occurs when the server has no room for another session.
    #[error("{to} has too many connections: {message}")]
    TooManyConnections {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// The server's message.
        message: String,
    },
    /// Occurs when the server is starting up, shutting down or recovering.
    #[error("{to} takes no connections yet: {message}")]
    StartingUp {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// The server's message.
        message: String,
    },
    /// Occurs when the server refuses for another reason.
    #[error("{to} refuses: {} {}", .refusal.code, .refusal.message)]
    Server {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// What it said.
        refusal: Box<Refusal>,
    },
    /// Occurs when signing in fails on this side.
    #[error("cannot sign in on {to}: {reason}")]
    Authentication {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// Why.
        reason: String,
    },
    /// Occurs when TLS is asked for and the server does not speak it.
    #[error("`sslmode={mode}` asks for TLS, and {to} does not speak it")]
    TlsRefused {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// The mode.
        mode: SslMode,
    },
    /// Occurs when the server's certificate does not hold.
    #[error("the certificate of {to} is not accepted: {problem}")]
    Certificate {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// What is wrong with it.
        problem: CertificateProblem,
    },
    /// Occurs when TLS fails for another reason.
    #[error("TLS fails with {to}: {reason}")]
    Handshake {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// Why.
        reason: String,
    },
    /// Occurs when TLS cannot be set up on this side.
    #[error("TLS cannot be set up for {to}: {source}")]
    Tls {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// Why.
        source: TlsError,
    },
    /// Occurs when a socket's server runs as another user than `requirepeer` says.
    #[error("`requirepeer={expected}`, but {to} is run by {found}")]
    WrongPeer {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// The user that was asked for.
        expected: String,
        /// Who it is.
        found: String,
    },
    /// Occurs when a server is not of the kind that `target_session_attrs` asks for.
    #[error("{to} is not `{}`, which `target_session_attrs` asks for", .wanted.as_str())]
    SessionAttrs {
        /// What was being connected to.
        to: Box<Endpoint>,
        /// What was asked for.
        wanted: SessionAttrs,
    },
    /// Occurs when none of several hosts will do.
    #[error("none of {} hosts takes the connection{}", .tried.len(), lines(.tried))]
    None {
        /// Why each will not, in the order they were tried.
        tried: Vec<ConnectError>,
    },
}

fn lines(tried: &[ConnectError]) -> String {
    tried.iter().map(|error| format!("\n  {error}")).collect()
}

impl ConnectError {
    /// Returns the error's name in machine-readable output.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "connection"
    }

    /// Returns the SQLSTATE, where the server gave one.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::WrongPassword { .. } => Some("28P01"),
            Self::NoSuchDatabase { .. } => Some("3D000"),
            Self::NoSuchRole { .. } | Self::Rejected { .. } => Some("28000"),
            Self::TooManyConnections { .. } => Some("53300"),
            Self::StartingUp { .. } => Some("57P03"),
            Self::Server { refusal, .. } => Some(&refusal.code),
            _ => None,
        }
    }

    /// Returns what was being connected to; the last of several.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Refused { to }
            | Self::SocketMissing { to }
            | Self::TimedOut { to, .. }
            | Self::HostNotFound { to, .. }
            | Self::Unreachable { to, .. }
            | Self::Closed { to }
            | Self::Protocol { to, .. }
            | Self::PasswordMissing { to }
            | Self::WrongPassword { to }
            | Self::NoSuchDatabase { to }
            | Self::NoSuchRole { to, .. }
            | Self::Rejected { to, .. }
            | Self::TooManyConnections { to, .. }
            | Self::StartingUp { to, .. }
            | Self::Server { to, .. }
            | Self::Authentication { to, .. }
            | Self::TlsRefused { to, .. }
            | Self::Certificate { to, .. }
            | Self::Handshake { to, .. }
            | Self::Tls { to, .. }
            | Self::WrongPeer { to, .. }
            | Self::SessionAttrs { to, .. } => Some(to),
            Self::None { tried } => tried.last().and_then(Self::endpoint),
        }
    }

    /// Returns what to type, one sentence each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Refused { to } => format!("`pg_isready {}` asks again", place(&to.host)),
            Self::SocketMissing { .. } => {
                "name the server with `host=HOST`, or the socket's directory with `host=/DIRECTORY`"
                    .to_owned()
            }
            Self::PasswordMissing { .. } => {
                "put it into the URL, into `PGPASSWORD` or into `~/.pgpass`".to_owned()
            }
            Self::WrongPassword { .. } => "in a URL, write `@` in a password as `%40`, `:` as \
                 `%3A`, `/` as `%2F` and `%` as `%25`"
                .to_owned(),
            Self::NoSuchDatabase { to } => {
                format!(
                    "`createdb {} -U {} {}` creates it",
                    place(&to.host),
                    to.user,
                    to.database
                )
            }
            Self::NoSuchRole { to, .. } => {
                format!(
                    "`createuser {} {}` creates one, `ALTER ROLE … LOGIN` lets an old one in",
                    place(&to.host),
                    to.user
                )
            }
            Self::TlsRefused { .. } => {
                "`ssl = on` in `postgresql.conf` lets the server speak it; `sslmode=prefer` does \
                 without"
                    .to_owned()
            }
            Self::Certificate { problem, .. } => match problem {
                CertificateProblem::UnknownIssuer => {
                    "`sslrootcert=FILE` names the certificate of the authority that signed it"
                        .to_owned()
                }
                CertificateProblem::WrongName(_) => {
                    "connect with a name that is in it, or check all but the name with \
                     `sslmode=verify-ca`"
                        .to_owned()
                }
                CertificateProblem::Version1 => {
                    "sign it again with its host as alternative name: `openssl x509 -req -in \
                     server.csr -CA root.crt -CAkey root.key -CAcreateserial -extfile <(printf \
                     subjectAltName=DNS:HOST) -out server.crt`"
                        .to_owned()
                }
                CertificateProblem::Expired
                | CertificateProblem::NotYetValid
                | CertificateProblem::Other(_) => return Vec::new(),
            },
            Self::Tls { source, .. } => return source.hints(),
            Self::Server { refusal, .. } => return refusal.hint.clone().into_iter().collect(),
            Self::None { tried } => {
                let mut hints: Vec<String> = Vec::new();
                for hint in tried.iter().flat_map(Self::hints) {
                    if !hints.contains(&hint) {
                        hints.push(hint);
                    }
                }
                return hints;
            }
            Self::TimedOut { .. }
            | Self::HostNotFound { .. }
            | Self::Unreachable { .. }
            | Self::Closed { .. }
            | Self::Protocol { .. }
            | Self::Rejected { .. }
            | Self::TooManyConnections { .. }
            | Self::StartingUp { .. }
            | Self::Authentication { .. }
            | Self::Handshake { .. }
            | Self::WrongPeer { .. }
            | Self::SessionAttrs { .. } => return Vec::new(),
        };
        vec![hint]
    }

    /// Returns true where a server that is starting may take the connection a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::SocketMissing { .. }
            | Self::TimedOut { .. }
            | Self::Closed { .. }
            | Self::StartingUp { .. } => true,
            Self::None { tried } => tried.iter().any(Self::is_transient),
            _ => false,
        }
    }

    /// Returns true where another host of the list may do; libpq's choice.
    pub(super) fn leaves_other_hosts(&self) -> bool {
        self.is_transient()
            || matches!(
                self,
                Self::HostNotFound { .. } | Self::Unreachable { .. } | Self::SessionAttrs { .. }
            )
    }

    /// Returns true where the server turned the connection away for being encrypted, or not.
    pub(super) fn may_be_about_encryption(&self) -> bool {
        matches!(self, Self::Rejected { .. })
    }

    /// Returns true where TLS failed, and not the connection.
    pub(super) fn is_about_tls(&self) -> bool {
        matches!(
            self,
            Self::Tls { .. } | Self::Certificate { .. } | Self::Handshake { .. }
        )
    }
}

/// `-h HOST -p PORT`, as PostgreSQL's own programs take it.
fn place(host: &Host) -> String {
    use crate::database::conninfo::Place;
    match &host.place {
        Place::Socket(directory) => format!("-h {} -p {}", directory.display(), host.port),
        Place::Tcp { name, .. } => format!("-h {name} -p {}", host.port),
    }
}
