//! What an error of the operating system, of TLS, of the driver or of the server means here.

use std::io;

use tokio_postgres::error::{DbError, SqlState};

use super::error::{ConnectError, Endpoint, Refusal};
use crate::database::tls::CertificateProblem;

impl ConnectError {
    /// Says what an error of the operating system means for a socket.
    pub(super) fn from_io(to: Box<Endpoint>, source: io::Error) -> Self {
        if let Some(tls) = rustls_error(&source) {
            return Self::from_rustls(to, tls);
        }
        match source.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { to },
            io::ErrorKind::NotFound if to.host.socket().is_some() => Self::SocketMissing { to },
            // What was read cannot be understood: the operating system raises neither.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                let reason = source.to_string();
                Self::Protocol { to, reason }
            }
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Closed { to },
            _ => Self::Unreachable { to, source },
        }
    }

    fn from_rustls(to: Box<Endpoint>, error: &rustls::Error) -> Self {
        match CertificateProblem::of(error) {
            Some(problem) => Self::Certificate { to, problem },
            None => Self::Handshake {
                to,
                reason: error.to_string(),
            },
        }
    }

    /// Says what the driver's error means while a session begins.
    pub(super) fn from_driver(to: Box<Endpoint>, error: tokio_postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return Self::from_server(to, error);
        }
        if error.is_closed() {
            return Self::Closed { to };
        }
        let kind = error.to_string();
        let Some(cause) = error.into_source() else {
            return Self::Protocol { to, reason: kind };
        };
        let cause = match cause.downcast::<io::Error>() {
            Ok(error) => return Self::from_io(to, *error),
            Err(cause) => cause,
        };
        let reason = cause.to_string();
        match reason.as_str() {
            "password missing" => Self::PasswordMissing { to },
            _ => Self::Authentication { to, reason },
        }
    }

    fn from_server(to: Box<Endpoint>, error: &DbError) -> Self {
        let message = error.message().to_owned();
        let code = error.code();
        if *code == SqlState::INVALID_PASSWORD {
            return Self::WrongPassword { to };
        }
        if *code == SqlState::INVALID_CATALOG_NAME {
            return Self::NoSuchDatabase { to };
        }
        if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
            // The message is in the server's language; the function that raised it is not.
            return match error.routine() {
                Some("InitializeSessionUserId") => Self::NoSuchRole { to, message },
                _ => Self::Rejected { to, message },
            };
        }
        if *code == SqlState::TOO_MANY_CONNECTIONS {
            return Self::TooManyConnections { to, message };
        }
        if *code == SqlState::CANNOT_CONNECT_NOW {
            return Self::StartingUp { to, message };
        }
        let refusal = Box::new(Refusal {
            code: code.code().to_owned(),
            message,
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
        });
        Self::Server { to, refusal }
    }
}

/// Finds rustls' error in one of the operating system's.
fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
