//! What can go wrong while a revision's function runs.
//!
//! Each variant that comes from an operation knows the line of the revision file it was written on.

use super::reverse::Irreversible;

/// Why a function of a revision did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Occurs when a revision reads rows while its SQL is only written out.
    #[error("line {line} reads rows with `query`, so the revision cannot be rendered offline")]
    OfflineQuery {
        /// The line of the call.
        line: u32,
    },
    /// Occurs when rows are read inside of `no_transaction`.
    #[error("line {line} reads rows inside of `no_transaction`; call `query` before or after it")]
    QueryOutsideTransaction {
        /// The line of the call.
        line: u32,
    },
    /// Occurs when a concurrent operation is recorded inside the revision's transaction.
    #[error(
        "`{operation}` on line {line} is `concurrently` and cannot run in a transaction; \
         write `op.no_transaction(|op| op.{method}(…))`"
    )]
    ConcurrentlyInTransaction {
        /// The operation, as [`Operation`](super::Operation) displays it.
        operation: String,
        /// The method of the handle.
        method: &'static str,
        /// The line of the call.
        line: u32,
    },
    /// Occurs when no operation could undo one that the revision records.
    #[error(
        "`{}` on line {line} cannot be reversed: {}; write a `downgrade` function",
        irreversible.operation,
        irreversible.reason
    )]
    Irreversible {
        /// The operation and the reason.
        irreversible: Irreversible,
        /// The line of the call.
        line: u32,
    },
    /// Occurs when the downgrade of a revision that reads rows would have to be derived.
    #[error(
        "line {line} reads rows with `query`, so no downgrade can be derived; \
         write a `downgrade` function"
    )]
    IrreversibleQuery {
        /// The line of the call.
        line: u32,
    },
    /// Occurs when an operation makes no sense whatever the database holds.
    #[error("`{operation}` on line {line}: {reason}")]
    BadOperation {
        /// The operation, as [`Operation`](super::Operation) displays it.
        operation: String,
        /// The line of the call.
        line: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// Occurs when the text given to `execute` cannot be split into statements.
    #[error("the SQL on line {line} cannot be split into statements")]
    Text {
        /// The line of the call.
        line: u32,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Occurs when a revision in another language turns out, while it runs, not to be translated.
    #[error("line {line}: it {reason}")]
    Untranslated {
        /// The line of the revision file.
        line: u32,
        /// What stands in the way, as the end of a sentence that begins with the revision.
        reason: String,
    },
    /// Occurs when the runner fails; its own error is the source.
    #[error("the database refused")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Occurs when a value of a row cannot be read, or a driver call of the revision fails.
    #[error("reading rows failed")]
    Postgres(#[from] postgres::Error),
    /// Occurs when a library that the revision calls fails.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// Occurs when the revision itself refuses to go on.
    #[error("{0}")]
    Message(String),
}

impl Error {
    /// Makes an error of the revision's own, to refuse what it finds in the database.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// Wraps the error of a runner.
    pub fn database(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Database(source.into())
    }

    /// Wraps the error of another library, to pass it on with `map_err(Error::other)?`.
    pub fn other(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(source.into())
    }

    /// Returns the line of the revision file, where the error came from a recorded call.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::OfflineQuery { line }
            | Self::QueryOutsideTransaction { line }
            | Self::ConcurrentlyInTransaction { line, .. }
            | Self::Irreversible { line, .. }
            | Self::IrreversibleQuery { line }
            | Self::BadOperation { line, .. }
            | Self::Text { line, .. }
            | Self::Untranslated { line, .. } => Some(*line),
            Self::Database(_) | Self::Postgres(_) | Self::Other(_) | Self::Message(_) => None,
        }
    }
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Self::Message(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Self {
        Self::Message(text.to_owned())
    }
}
