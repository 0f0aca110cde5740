//! Creating and dropping a whole database, from another one of the same server.

use super::session::{Session, SessionError};
use super::{Database, OpenError, Settings};
use crate::database::ConnectError;
use crate::database::conninfo::{ConnectInfo, Location};
use crate::sql::quote::{ident, literal};

/// The databases to connect to for it: every server has one of them, unless somebody dropped both.
const OTHERS: [&str; 2] = ["postgres", "template1"];

/// What the server says where somebody else has created it, or is about to: the latter as of a row
/// that its catalog has twice.
const DUPLICATE_DATABASE: [&str; 2] = ["42P04", "23505"];
const NO_SUCH_DATABASE: &str = "3D000";

/// Why a database cannot be created or dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WholeError {
    /// Occurs when it is a folder and not a server's.
    #[error("an embedded PostgreSQL is a folder, with one database in it")]
    Embedded,
    /// Occurs when the server cannot be reached or refuses the user.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Occurs when others are connected to the database that is to be dropped.
    #[error("database `{database}` is in use: {detail}")]
    InUse {
        /// The database.
        database: String,
        /// Who, as far as the server says.
        detail: String,
    },
    /// Occurs when the server refuses otherwise.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// What happens to those who are connected to a database that is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They stay, and it is not dropped.
    Stay,
    /// Their sessions are ended.
    Go,
}

/// Returns the name of the database that the settings lead to.
///
/// # Errors
/// Fails when it is no server's.
pub fn name(settings: &Settings) -> Result<&str, WholeError> {
    match &settings.location {
        Location::Server(info) => Ok(info.database()),
        Location::Embedded(_) => Err(WholeError::Embedded),
    }
}

/// Returns whether the database that the settings lead to is there.
///
/// # Errors
/// Fails when the server cannot be reached or refuses the user.
pub fn exists(settings: &Settings) -> Result<bool, WholeError> {
    let (info, mut other) = connect_beside(settings)?;
    Ok(is_there(other.session(), info.database())?)
}

/// Creates the database that the settings lead to; false where it is there.
///
/// # Errors
/// Fails when the server cannot be reached, or the user may not.
pub fn create(settings: &Settings) -> Result<bool, WholeError> {
    let (info, mut other) = connect_beside(settings)?;
    if is_there(other.session(), info.database())? {
        return Ok(false);
    }
    let create = format!("CREATE DATABASE {}", ident(info.database()));
    let Err(stopped) = other.session().send(&create) else {
        return Ok(true);
    };
    match stopped.error.sqlstate() {
        Some(code) if DUPLICATE_DATABASE.contains(&code) => Ok(false),
        _ => Err(stopped.error.into()),
    }
}

/// Drops the database that the settings lead to; false where it is not there.
///
/// # Errors
/// Fails when the server cannot be reached, the user may not, or others are connected to it and are
/// to stay.
pub fn drop(settings: &Settings, others: Others) -> Result<bool, WholeError> {
    let (info, mut other) = connect_beside(settings)?;
    if !is_there(other.session(), info.database())? {
        return Ok(false);
    }
    let mut drop = format!("DROP DATABASE {}", ident(info.database()));
    if others == Others::Go {
        if other.session().major() >= 13 {
            drop.push_str(" WITH (FORCE)");
        } else {
            let end = format!(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
                 WHERE datname = {}",
                literal(info.database())
            );
            other.session().rows(&end)?;
        }
    }
    match other.session().send(&drop) {
        Ok(()) => Ok(true),
        Err(stopped) => match stopped.error {
            SessionError::Server(server) if server.code == NO_SUCH_DATABASE => Ok(false),
            // 55006 object_in_use
            SessionError::Server(server) if server.code == "55006" => Err(WholeError::InUse {
                database: info.database().to_owned(),
                detail: server.detail.unwrap_or(server.message),
            }),
            error => Err(error.into()),
        },
    }
}

/// Connects to another database of the same server.
fn connect_beside(settings: &Settings) -> Result<(ConnectInfo, Database), WholeError> {
    let Location::Server(info) = &settings.location else {
        return Err(WholeError::Embedded);
    };
    let connect = |database: &str| {
        let beside = info.with_database(database);
        Database::connect(Settings {
            location: Location::Server(Box::new(beside)),
            ..settings.clone()
        })
    };
    let [first, second] = OTHERS;
    let opened = match info.database() == first {
        true => connect(second),
        false => match connect(first) {
            Err(OpenError::Connect(ConnectError::NoSuchDatabase { .. })) => connect(second),
            opened => opened,
        },
    };
    Ok((ConnectInfo::clone(info), opened?))
}

fn is_there(session: &mut Session, database: &str) -> Result<bool, SessionError> {
    let look = format!(
        "SELECT 1 FROM pg_catalog.pg_database WHERE datname = {}",
        literal(database)
    );
    let sets = session.rows(&look)?;
    Ok(sets.first().is_some_and(|set| !set.rows.is_empty()))
}
