//! Where a database is and how to connect to it, settled before anything is sent.
//!
//! [`Location::parse`] takes what the user typed and what the surroundings say, in libpq's order:
//! the connection string, then the service file, then `PG*` variables, then defaults. A
//! [`ConnectInfo`] that exists is complete and has been checked. Nothing here opens a connection,
//! and nothing here prints a password: not `Display`, not `Debug`, not an error.

mod display;
mod environment;
mod error;
mod keyword;
mod passfile;
mod service;
mod settle;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use environment::Environment;
pub use error::{ConnectInfoError, Origin, UrlPart};
pub use passfile::Warning;

use passfile::Passfile;

/// The port where none is named.
pub const DEFAULT_PORT: u16 = 5432;

/// A password, which is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a password.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the password itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a connection string points at.
#[derive(Clone, Debug)]
pub enum Location {
    /// A server.
    Server(Box<ConnectInfo>),
    /// A directory of an embedded PostgreSQL: `embedded:PATH`.
    Embedded(PathBuf),
}

impl Location {
    /// Reads a connection string of any form; an empty one leaves all to the surroundings.
    ///
    /// # Errors
    /// Fails when the string, a variable or a service file cannot be read or believed.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, ConnectInfoError> {
        let Some(path) = text.trim().strip_prefix("embedded:") else {
            let info = ConnectInfo::parse(text, environment)?;
            return Ok(Self::Server(Box::new(info)));
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(ConnectInfoError::EmbeddedPath);
        }
        let in_home = path
            .strip_prefix("~/")
            .and_then(|rest| environment.in_home(rest));
        Ok(Self::Embedded(in_home.unwrap_or_else(|| path.into())))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(info) => info.fmt(f),
            Self::Embedded(path) => write!(f, "embedded:{}", path.display()),
        }
    }
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A unix socket in this directory.
    Socket(PathBuf),
    /// A TCP port.
    Tcp {
        /// The name, which a certificate is checked against; the address where only that is known.
        name: String,
        /// The address, where it needs no look-up.
        address: Option<IpAddr>,
    },
}

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// How it is reached.
    pub place: Place,
    /// Its port, which is part of a socket's name too.
    pub port: u16,
}

impl Host {
    /// Returns the socket's path, where it is one.
    #[must_use]
    pub fn socket(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Socket(directory) => Some(directory.join(format!(".s.PGSQL.{}", self.port))),
            Place::Tcp { .. } => None,
        }
    }
}

impl fmt::Display for Host {
    /// `host:port`, `[::1]:port`, or the socket's path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, self.socket()) {
            (_, Some(socket)) => write!(f, "{}", socket.display()),
            (Place::Tcp { name, .. }, None) if name.contains(':') => {
                write!(f, "[{name}]:{}", self.port)
            }
            (Place::Tcp { name, .. }, None) => write!(f, "{name}:{}", self.port),
            (Place::Socket(_), None) => Ok(()),
        }
    }
}

/// Whether a connection is encrypted, and what is checked; libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted only where the server insists.
    Allow,
    /// Encrypted where the server can.
    Prefer,
    /// Encrypted; the certificate is checked only where there is a root certificate.
    Require,
    /// Encrypted, and the certificate's chain is checked.
    VerifyCa,
    /// Encrypted, and the certificate's chain and name are checked.
    VerifyFull,
}

impl SslMode {
    /// Returns libpq's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A file that was named, or that is used where it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSetting {
    /// Named: it has to exist.
    Named(PathBuf),
    /// The usual place: used where it exists.
    Usual(PathBuf),
    /// None named, and no home directory is known.
    Unknown,
}

/// What a server's certificate is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The operating system's certificates: `sslrootcert=system`.
    System,
    /// Those in a file.
    File(FileSetting),
}

/// The lowest and highest version of TLS, as rustls has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// The settings of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// `sslmode`.
    pub mode: SslMode,
    /// `sslnegotiation=direct`: TLS from the first byte, PostgreSQL 17 and later.
    pub direct: bool,
    /// `sslrootcert`.
    pub roots: Roots,
    /// `sslcert`, or none where `sslcertmode=disable`.
    pub certificate: Option<FileSetting>,
    /// `sslkey`.
    pub key: FileSetting,
    /// `sslsni`.
    pub server_name_indication: bool,
    /// The versions to offer, lowest and highest.
    pub versions: (TlsVersion, TlsVersion),
}

/// `channel_binding`: whether SCRAM is bound to the TLS session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where the server can.
    Prefer,
    /// Always.
    Require,
}

/// `target_session_attrs`: which of several servers will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAttrs {
    /// Any.
    Any,
    /// One where transactions may write.
    ReadWrite,
    /// One where they may not.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby, or any where there is none.
    PreferStandby,
}

impl SessionAttrs {
    /// Returns libpq's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }
}

/// What TCP does to find out that the other side is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// `keepalives`: whether it does anything; the rest is the system's where not said.
    pub enabled: bool,
    /// `keepalives_idle`.
    pub idle: Option<Duration>,
    /// `keepalives_interval`.
    pub interval: Option<Duration>,
    /// `keepalives_count`.
    pub count: Option<u32>,
    /// `tcp_user_timeout`.
    pub user_timeout: Option<Duration>,
}

/// Everything there is to know before connecting to a server.
#[derive(Clone)]
pub struct ConnectInfo {
    hosts: Vec<Host>,
    user: String,
    database: String,
    password: Option<Secret>,
    passfile: Option<Passfile>,
    application_name: String,
    options: Option<String>,
    connect_timeout: Option<Duration>,
    keepalive: Keepalive,
    tls: TlsSettings,
    channel_binding: ChannelBinding,
    session: SessionAttrs,
    shuffle_hosts: bool,
    require_peer: Option<String>,
    /// Settings beyond user, host and database, for printing.
    others: Vec<(&'static str, String)>,
    /// Where each setting that was given was found.
    origins: BTreeMap<&'static str, Origin>,
    warnings: Vec<Warning>,
}

impl ConnectInfo {
    /// Reads a connection string: a URL, `key=value` words, or a database's name.
    ///
    /// What it leaves out comes from a service file, `PG*` variables and defaults; an empty string
    /// leaves out everything.
    ///
    /// # Errors
    /// Fails when the string, a variable or a service file cannot be read or believed.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, ConnectInfoError> {
        settle::settle(text::read(text)?, environment)
    }

    /// Returns the servers to try, in order, at least one.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Returns the database user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Returns the password for a host: the one given, else the password file's.
    #[must_use]
    pub fn password(&self, host: &Host) -> Option<Secret> {
        self.password.clone().or_else(|| {
            let passfile = self.passfile.as_ref()?;
            passfile.find(host, &self.database, &self.user)
        })
    }

    /// Returns the name that the server shows for the session.
    #[must_use]
    pub fn application_name(&self) -> &str {
        &self.application_name
    }

    /// Returns the server settings to start with, as `-c name=value` words.
    #[must_use]
    pub fn options(&self) -> Option<&str> {
        self.options.as_deref()
    }

    /// Returns how long connecting to one address may take.
    #[must_use]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// Returns what TCP does to find out that the other side is gone.
    #[must_use]
    pub fn keepalive(&self) -> Keepalive {
        self.keepalive
    }

    /// Returns the settings of TLS.
    #[must_use]
    pub fn tls(&self) -> &TlsSettings {
        &self.tls
    }

    /// Returns whether SCRAM is bound to the TLS session.
    #[must_use]
    pub fn channel_binding(&self) -> ChannelBinding {
        self.channel_binding
    }

    /// Returns which of several servers will do.
    #[must_use]
    pub fn session_attrs(&self) -> SessionAttrs {
        self.session
    }

    /// Returns true where hosts are tried in random order (`load_balance_hosts=random`).
    #[must_use]
    pub fn shuffles_hosts(&self) -> bool {
        self.shuffle_hosts
    }

    /// Returns the operating system user that a socket's server has to run as (`requirepeer`).
    #[must_use]
    pub fn required_peer(&self) -> Option<&str> {
        self.require_peer.as_deref()
    }

    /// Returns the settings beyond user, password, host and database that were given, by keyword.
    pub fn others(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.others
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// Returns where a setting was found, by keyword; none for a default, or a password file's.
    #[must_use]
    pub fn origin(&self, keyword: &str) -> Option<&Origin> {
        self.origins.get(keyword)
    }

    /// Returns what the user should know about the settings.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the same settings for another database of the same server.
    #[must_use]
    pub fn with_database(&self, database: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            ..self.clone()
        }
    }

    /// Returns the same settings with another name for the session.
    #[must_use]
    pub fn with_application_name(&self, name: impl Into<String>) -> Self {
        Self {
            application_name: name.into(),
            ..self.clone()
        }
    }

    /// Returns the same settings with a password, such as one that the user was asked for.
    #[must_use]
    pub fn with_password(&self, password: Secret) -> Self {
        Self {
            password: Some(password),
            ..self.clone()
        }
    }
}
