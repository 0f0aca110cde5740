//! The schema of a live database: reading it, comparing two, and writing it down as SQL.
//!
//! [`read()`] makes a [`model::Model`] with a constant number of queries; [`compare()`] tells how two
//! differ, [`fingerprint()`] whether; [`write()`] makes the statements that create it in an empty
//! database. Which databases those are, and what the answers mean, is decided elsewhere.

mod body;
mod compare;
mod fingerprint;
pub mod grants;
pub mod model;
mod read;
mod scope;
mod write;

pub use compare::{Aspect, Aspects, AttributeChange, Change, Difference, compare};
pub use fingerprint::fingerprint;
pub use read::read;
pub use scope::{Outside, Scope, TableFilter};
pub use write::{Baseline, LeftOut, Statement, Style, write};

use crate::database::session::SessionError;

/// Why a schema cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Occurs when the server describes something in a way that is not understood.
    #[error("the server's description of a {kind} is not understood: {reason}")]
    Row {
        /// The kind of object.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Occurs when the server fails.
    #[error(transparent)]
    Session(#[from] SessionError),
}
