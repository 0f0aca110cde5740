//! Errors of connecting, of limbeck's own tables and of the lock, with what to do about them.

use crate::cli::failure::{Failure, sentence};
use crate::database::conninfo::ConnectInfoError;
use crate::database::ledger::LedgerError;
use crate::database::lock::LockError;
use crate::database::session::{ServerError, SessionError};
use crate::database::version_table::VersionTableError;
use crate::database::whole::WholeError;
use crate::database::{ConnectError, OpenError};
use crate::execute::short;
use crate::sql::quote::ident;

/// The command for this machine. The crate of the embedded server looks for its files in the wrong
/// place and would download them; the variable says where cargo has put them.
fn how_to_get_embedded() -> String {
    let system = match std::env::consts::OS {
        "macos" => "apple-darwin",
        _ => "unknown-linux-gnu",
    };
    format!(
        "PGLITE_LIB_DIR=../pglite-rs-lib-{}-{system}-0.2.7/lib cargo install limbeck --features embedded",
        std::env::consts::ARCH
    )
}

impl Failure {
    /// Tells of a connection string that says nothing.
    #[must_use]
    pub fn of_connect_info(error: &ConnectInfoError) -> Self {
        Self::new(error.code(), sentence(error)).hints(error.hints())
    }

    /// Tells of a database that cannot be opened.
    #[must_use]
    pub fn of_open(error: &OpenError) -> Self {
        Self::tell_open(error).because(error)
    }

    fn tell_open(error: &OpenError) -> Self {
        let failure = |code| Self::new(code, sentence(error));
        match error {
            OpenError::Connect(connect) => Self::of_connect(connect),
            #[cfg(feature = "embedded")]
            OpenError::Embedded(_) => failure("embedded"),
            OpenError::NoEmbedded => failure("embedded").hint(format!(
                "`{}` builds one that has it",
                how_to_get_embedded()
            )),
            OpenError::Interrupted => failure("interrupted"),
            OpenError::Loop(_) => failure("io"),
        }
    }

    /// Tells of a server that does not take the connection.
    #[must_use]
    pub fn of_connect(error: &ConnectError) -> Self {
        let hints = match error {
            ConnectError::NoSuchDatabase { .. } => {
                vec!["`limbeck db create` creates it".to_owned()]
            }
            _ => error.hints(),
        };
        let mut failure = Self::new("connection", sentence(error)).hints(hints);
        if let ConnectError::None { tried } = error {
            for line in tried.iter().map(|error| sentence(error)) {
                // With `sslmode=prefer` each host is tried twice.
                if !failure.details.contains(&line) {
                    failure.details.push(line);
                }
            }
        }
        failure
    }

    /// Tells of a conversation with the server that failed.
    #[must_use]
    pub fn of_session(error: &SessionError) -> Self {
        match error {
            SessionError::Server(server) if server.code == NO_RIGHT => {
                let mut failure = Self::new("no_rights", server.message.clone());
                failure.tell_server(server);
                failure.hint("`GRANT` it, or connect as a user who has the right")
            }
            SessionError::Server(server) => told_by_server(server),
            SessionError::Lost { .. } => Self::new("connection", error.to_string())
                .hint("`limbeck db test` tells whether the server answers again"),
            SessionError::Parameters { .. } => Self::new("code_failed", error.to_string()),
            SessionError::Interrupted => Self::new("interrupted", "interrupted; nothing was done"),
        }
    }

    /// Tells of a database that cannot be created or dropped.
    #[must_use]
    pub fn of_whole(error: &WholeError) -> Self {
        let failure = match error {
            WholeError::Embedded => Self::new("embedded", error.to_string())
                .hint("any command creates it where it is missing; delete the folder to drop it"),
            WholeError::Open(error) => return Self::of_open(error),
            WholeError::InUse { .. } => {
                Self::new("in_use", error.to_string()).hint("`--force` ends the sessions of others")
            }
            WholeError::Session(error) => Self::of_session(error),
        };
        failure.because(error)
    }

    /// Tells of a version table that cannot be used.
    #[must_use]
    pub fn of_version_table(error: &VersionTableError) -> Self {
        Self::tell_version_table(error).because(error)
    }

    fn tell_version_table(error: &VersionTableError) -> Self {
        let failure = |code| Self::new(code, sentence(error));
        match error {
            VersionTableError::Shape { .. } => failure("not_a_version_table")
                .hint("`version_table` in limbeck.toml names another table"),
            VersionTableError::Twice { table, revision } => failure("not_a_version_table").hint(
                format!("delete one of the two, then `ALTER TABLE {table} ADD PRIMARY KEY (version_num)`; `{revision}` is one head"),
            ),
            VersionTableError::Rights { table, .. } => {
                failure("no_rights").hint(format!("`GRANT SELECT ON {table} TO …` lets it read"))
            }
            VersionTableError::NoSchema => {
                failure("no_schema").hint("`version_table_schema` in limbeck.toml names one")
            }
            VersionTableError::SchemaMissing { schema } => {
                failure("no_schema").hint(format!("`CREATE SCHEMA {}` makes it", ident(schema)))
            }
            VersionTableError::Session(error) => Self::of_session(error),
        }
    }

    /// Tells of a ledger that cannot be used.
    #[must_use]
    pub fn of_ledger(error: &LedgerError) -> Self {
        Self::tell_ledger(error).because(error)
    }

    fn tell_ledger(error: &LedgerError) -> Self {
        match error {
            LedgerError::Prepare { .. } | LedgerError::Row { .. } => {
                Self::new("ledger", sentence(error))
            }
            LedgerError::Session(SessionError::Server(server))
                if [UNDEFINED_COLUMN, UNDEFINED_TABLE].contains(&server.code.as_str()) =>
            {
                let message = "the ledger is not as limbeck makes it";
                Self::new("ledger", message)
                    .detail(server.to_string())
                    .hint("a table of another program may have the name `limbeck_ledger`")
            }
            LedgerError::Session(error) => Self::of_session(error),
        }
    }

    pub(super) fn of_lock(error: &LockError) -> Self {
        match error {
            LockError::Held { waited, .. } => Self::new("locked", error.to_string())
                .detail(format!("waited for {}", short(*waited)))
                .hint("`lock_wait` in limbeck.toml says how long to wait"),
            LockError::Open(open @ OpenError::Connect(_)) => {
                let failure = Self::of_open(open);
                let message = format!(
                    "the lock needs a connection of its own: {}",
                    failure.message
                );
                Self { message, ..failure }
            }
            LockError::Open(open) => Self::of_open(open),
            LockError::Session(error) => Self::of_session(error),
        }
    }
}

const NO_RIGHT: &str = "42501";
const UNDEFINED_COLUMN: &str = "42703";
const UNDEFINED_TABLE: &str = "42P01";

fn told_by_server(server: &ServerError) -> Failure {
    let mut failure = Failure::new("sql_failed", server.to_string());
    failure.tell_server(server);
    failure
}
