//! Connects to a server as libpq would, and says precisely why it cannot.
//!
//! [`connect`] tries the hosts in order, encrypts as `sslmode` asks, waits for a server that is
//! starting where the caller allows it, and returns a [`Connected`]: the client, the [`Driver`]
//! that moves its bytes, what is known of the other side, and a way to cancel. It runs on whatever
//! tokio runtime the caller is on, and needs its I/O and time drivers. What is then sent is not its
//! business.

mod cause;
mod driver;
mod error;
mod session;
mod socket;

use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::config::{self, SslNegotiation};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use driver::{Cancel, Driver, Notice, NoticeHook};
pub use error::{ConnectError, Endpoint, Refusal};

use super::conninfo::{ChannelBinding, ConnectInfo, Host, Place, SessionAttrs, SslMode};
use super::tls;
use driver::{CancelTls, Wire};
use socket::{Address, Stream};

/// How long to wait before a starting server is asked again, the first time and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How long asking for a cancellation may take where no `connect_timeout` is set.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);

/// For how long a server that is starting is asked again; by default not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    /// The time from the first try to the last.
    pub within: Duration,
}

/// What is called before a pause after which a starting server is asked again.
pub type RetryHook = Arc<dyn Fn(&ConnectError) + Send + Sync>;

/// What a caller may ask of [`connect`] beyond the settings.
#[derive(Clone, Default)]
pub struct Options {
    /// For how long a server that is starting is asked again.
    pub retry: Retry,
    /// What is called before each new try.
    pub retrying: Option<RetryHook>,
    /// What is called with each notice, from the start of the session on.
    pub notices: Option<NoticeHook>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// What is known of the other side of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The server, the database and the user.
    pub endpoint: Endpoint,
    /// True where the session is encrypted.
    pub encrypted: bool,
    /// The server's version as it says it, such as `15.14 (Debian 15.14-0+deb12u1)`.
    pub server_version: String,
    /// True where the server says that it is a standby; servers before 14 do not say.
    pub in_hot_standby: Option<bool>,
}

/// A session that has begun.
#[derive(Debug)]
pub struct Connected {
    /// What sends requests.
    pub client: Client,
    /// What moves their bytes: poll it, or nothing happens.
    pub driver: Driver,
    /// What is known of the other side.
    pub peer: Peer,
    /// What cancels a request.
    pub cancel: Cancel,
}

/// Connects to the first host that will do.
///
/// # Errors
/// Fails with the reason when no host does, or when the first that answers says no.
pub async fn connect(info: &ConnectInfo, options: &Options) -> Result<Connected, ConnectError> {
    let deadline = Instant::now() + options.retry.within;
    let mut connector = Connector {
        info,
        options,
        // Only a caller that waits at all has a time by which a silent server is given up.
        deadline: (!options.retry.within.is_zero()).then_some(deadline),
        tls: None,
    };
    let mut pause = PAUSES.0;
    loop {
        let error = match connector.try_all().await {
            Ok(connected) => return Ok(connected),
            Err(error) => error,
        };
        let rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() || !error.is_transient() {
            return Err(error);
        }
        if let Some(hook) = &options.retrying {
            hook(&error);
        }
        tokio::time::sleep(pause.min(rest)).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Whether one try is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encryption {
    No,
    IfOffered,
    Required,
}

struct Connector<'a> {
    info: &'a ConnectInfo,
    options: &'a Options,
    deadline: Option<Instant>,
    /// Set up when the first server offers TLS, and kept for the other hosts and tries.
    tls: Option<MakeRustlsConnect>,
}

impl Connector<'_> {
    async fn try_all(&mut self) -> Result<Connected, ConnectError> {
        match self.info.session_attrs() {
            SessionAttrs::PreferStandby => match self.try_hosts(SessionAttrs::Standby).await {
                Err(error)
                    if error.leaves_other_hosts() || matches!(error, ConnectError::None { .. }) =>
                {
                    self.try_hosts(SessionAttrs::Any).await
                }
                result => result,
            },
            wanted => self.try_hosts(wanted).await,
        }
    }

    async fn try_hosts(&mut self, wanted: SessionAttrs) -> Result<Connected, ConnectError> {
        let mut hosts: Vec<&Host> = self.info.hosts().iter().collect();
        if self.info.shuffles_hosts() {
            shuffle(&mut hosts);
        }
        let mut tried = Vec::new();
        for host in hosts {
            match self.try_host(host, wanted).await {
                Ok(connected) => return Ok(connected),
                Err(error) if error.leaves_other_hosts() => tried.push(error),
                Err(error) => return Err(error),
            }
        }
        if tried.len() == 1
            && let Some(error) = tried.pop()
        {
            return Err(error);
        }
        Err(ConnectError::None { tried })
    }

    async fn try_host(
        &mut self,
        host: &Host,
        wanted: SessionAttrs,
    ) -> Result<Connected, ConnectError> {
        let to = || Endpoint::new(self.info, host);
        let timeout = self.timeout();
        let found = within(timeout, socket::addresses(host)).await;
        let mut addresses = match found {
            Ok(Ok(addresses)) => addresses,
            Ok(Err(error)) => {
                let reason = error.to_string();
                return Err(ConnectError::HostNotFound { to: to(), reason });
            }
            Err(after) => return Err(ConnectError::TimedOut { to: to(), after }),
        };
        if self.info.shuffles_hosts() {
            shuffle(&mut addresses);
        }
        let mut worst: Option<ConnectError> = None;
        for address in &addresses {
            let timeout = self.timeout();
            let error = match within(timeout, self.try_address(host, address, wanted)).await {
                Ok(Ok(connected)) => return Ok(connected),
                Ok(Err(error)) => error,
                Err(after) => ConnectError::TimedOut {
                    to: Endpoint::new(self.info, host),
                    after,
                },
            };
            if !error.leaves_other_hosts() {
                return Err(error);
            }
            if worst
                .as_ref()
                .is_none_or(|worst| weight(worst) <= weight(&error))
            {
                worst = Some(error);
            }
        }
        Err(worst.unwrap_or_else(|| ConnectError::HostNotFound {
            to: Endpoint::new(self.info, host),
            reason: "the name has no address".to_owned(),
        }))
    }

    /// Returns how long one try may take.
    fn timeout(&self) -> Option<Duration> {
        let rest = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let limits = [self.info.connect_timeout(), rest];
        // The try that the deadline leaves no time for is still made, if a short one.
        limits
            .into_iter()
            .flatten()
            .min()
            .map(|limit| limit.max(PAUSES.1))
    }

    /// Makes the one or two tries at an address that `sslmode` asks for.
    async fn try_address(
        &mut self,
        host: &Host,
        address: &Address,
        wanted: SessionAttrs,
    ) -> Result<Connected, ConnectError> {
        use Encryption::{IfOffered, No, Required};
        let mode = match address {
            Address::Tcp(_) => self.info.tls().mode,
            // libpq does not encrypt what stays inside the machine, whatever the mode.
            Address::Unix(_) => SslMode::Disable,
        };
        let (first, second) = match mode {
            SslMode::Disable => (No, None),
            SslMode::Allow => (No, Some(Required)),
            SslMode::Prefer => (IfOffered, Some(No)),
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (Required, None),
        };
        let error = match self.establish(host, address, first).await {
            Ok(connected) => {
                return session::check(connected, wanted, self.info.session_attrs()).await;
            }
            Err(error) => error,
        };
        let Some(second) = second else {
            return Err(error);
        };
        let handshake = first == IfOffered && error.is_about_tls();
        if !handshake && !error.may_be_about_encryption() {
            return Err(error);
        }
        match self.establish(host, address, second).await {
            Ok(connected) => session::check(connected, wanted, self.info.session_attrs()).await,
            // Of two refusals the first is about what was meant.
            Err(ConnectError::Rejected { .. } | ConnectError::TlsRefused { .. }) => Err(error),
            Err(error) => Err(error),
        }
    }

    async fn establish(
        &mut self,
        host: &Host,
        address: &Address,
        encryption: Encryption,
    ) -> Result<Connected, ConnectError> {
        let info = self.info;
        let to = || Endpoint::new(info, host);
        let failed = |error| ConnectError::from_io(to(), error);
        let opened = Stream::open(address, info.keepalive()).await;
        let mut stream = opened.map_err(failed)?;
        self.check_peer(host, &stream)?;

        let settings = info.tls();
        let encrypted = match encryption {
            Encryption::No => false,
            Encryption::IfOffered | Encryption::Required => {
                settings.direct || stream.offers_tls().await.map_err(failed)?
            }
        };
        if encryption == Encryption::Required && !encrypted {
            let mode = settings.mode;
            return Err(ConnectError::TlsRefused { to: to(), mode });
        }

        let mut config = self.config(host);
        let (client, wire, tls) = if encrypted {
            let tls = CancelTls {
                make: self.tls(host)?,
                name: server_name(host),
                direct: settings.direct,
                mode: settings.mode,
            };
            // The server has said yes: what is left of the negotiation is the handshake.
            config
                .ssl_mode(config::SslMode::Require)
                .ssl_negotiation(SslNegotiation::Direct);
            let Ok(connect) =
                MakeTlsConnect::<Stream>::make_tls_connect(&mut tls.make.clone(), &tls.name);
            let connected = config.connect_raw(stream, connect).await;
            let (client, connection) =
                connected.map_err(|error| ConnectError::from_driver(to(), error))?;
            (client, Wire::Tls(Box::new(connection)), Some(tls))
        } else {
            config.ssl_mode(config::SslMode::Disable);
            let connected = config.connect_raw(stream, NoTls).await;
            let (client, connection) =
                connected.map_err(|error| ConnectError::from_driver(to(), error))?;
            (client, Wire::Plain(Box::new(connection)), None)
        };

        let peer = Peer {
            endpoint: *to(),
            encrypted,
            server_version: wire.parameter("server_version").unwrap_or("").to_owned(),
            in_hot_standby: wire.parameter("in_hot_standby").map(|value| value == "on"),
        };
        let cancel = Cancel {
            token: client.cancel_token(),
            address: address.clone(),
            endpoint: to(),
            tls,
            timeout: info.connect_timeout().unwrap_or(CANCEL_TIMEOUT),
        };
        Ok(Connected {
            client,
            driver: Driver::new(wire, self.options.notices.clone()),
            peer,
            cancel,
        })
    }

    fn tls(&mut self, host: &Host) -> Result<MakeRustlsConnect, ConnectError> {
        if let Some(tls) = &self.tls {
            return Ok(tls.clone());
        }
        let made = tls::connector(self.info.tls()).map_err(|source| ConnectError::Tls {
            to: Endpoint::new(self.info, host),
            source,
        })?;
        Ok(self.tls.insert(made).clone())
    }

    fn config(&self, host: &Host) -> Config {
        let info = self.info;
        let mut config = Config::new();
        config
            .user(info.user())
            .dbname(info.database())
            .application_name(info.application_name())
            .channel_binding(match info.channel_binding() {
                ChannelBinding::Disable => config::ChannelBinding::Disable,
                ChannelBinding::Prefer => config::ChannelBinding::Prefer,
                ChannelBinding::Require => config::ChannelBinding::Require,
            });
        if let Some(password) = info.password(host) {
            config.password(password.expose());
        }
        if let Some(options) = info.options() {
            config.options(options);
        }
        config
    }

    /// Checks who runs a socket's server, where that was asked for.
    #[cfg(unix)]
    fn check_peer(&self, host: &Host, stream: &Stream) -> Result<(), ConnectError> {
        let to = || Endpoint::new(self.info, host);
        let Some(expected) = self.info.required_peer() else {
            return Ok(());
        };
        let found = stream
            .peer_user()
            .map_err(|source| ConnectError::Unreachable { to: to(), source })?;
        let Some(found) = found else {
            return Ok(());
        };
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        if user_number(&users, expected) == Some(found) {
            return Ok(());
        }
        Err(ConnectError::WrongPeer {
            to: to(),
            expected: expected.to_owned(),
            found: format!("the user with the number {found}"),
        })
    }

    #[cfg(not(unix))]
    fn check_peer(&self, _: &Host, _: &Stream) -> Result<(), ConnectError> {
        Ok(())
    }
}

/// Waits for a future, or returns the limit that ran out.
async fn within<F: Future>(limit: Option<Duration>, future: F) -> Result<F::Output, Duration> {
    match limit {
        None => Ok(future.await),
        Some(limit) => tokio::time::timeout(limit, future).await.map_err(|_| limit),
    }
}

/// How much an error says, of several addresses of one host.
fn weight(error: &ConnectError) -> u8 {
    match error {
        ConnectError::Unreachable { .. } => 0,
        ConnectError::Refused { .. } => 1,
        ConnectError::TimedOut { .. } | ConnectError::Closed { .. } => 2,
        _ => 3,
    }
}

/// The name that goes into the handshake and that a certificate is checked against.
fn server_name(host: &Host) -> String {
    match &host.place {
        Place::Tcp { name, .. } => name.clone(),
        Place::Socket(_) => String::new(),
    }
}

/// Finds a user's number in the text of `/etc/passwd`.
#[cfg(unix)]
fn user_number(users: &str, name: &str) -> Option<u32> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next() == Some(name);
        found.then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

fn shuffle<T>(items: &mut [T]) {
    let seed = RandomState::new();
    for last in (1..items.len()).rev() {
        let random = seed.hash_one(last) % (last as u64 + 1);
        items.swap(last, usize::try_from(random).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgres:x:109:117::/var:/bin/sh\n";
        assert_eq!(user_number(users, "postgres"), Some(109));
        assert_eq!(user_number(users, "post"), None);
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        shuffle(&mut items);
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
