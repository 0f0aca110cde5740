//! What a Rust-coded revision is written with: the [`Op`] handle and the operations it records.

use crate::script::Statement;

/// A function of a Rust-coded revision.
pub type OpFn = for<'a, 'r> fn(&'a mut Op<'r>) -> Result<()>;

/// What a function of a revision returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// PLACEHOLDER: op's owner replaces this file.
#[derive(Debug, thiserror::Error)]
#[error("placeholder")]
pub struct Error;

/// PLACEHOLDER: op's owner replaces this file.
pub struct Op<'r> {
    _runner: &'r mut dyn Runner,
}

/// The database as a revision's function sees it; the executor has one, the offline writer another.
pub trait Runner {
    /// Sends what was recorded so far.
    ///
    /// # Errors
    /// Fails with the database's error.
    fn run(&mut self, statements: &[Statement]) -> Result<()>;
}
