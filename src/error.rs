//! The sum of what can go wrong, for programs that use the library and pass errors on.
//!
//! No module below returns it: each has an enum of its own, with data.

use crate::catalog::ScriptError;
use crate::database::OpenError;
use crate::database::conninfo::ConnectInfoError;
use crate::execute::RunError;
use crate::plan::PlanError;
use crate::source::SourceErrors;
use crate::target::TargetError;

/// Anything that a call of this library fails with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Occurs when revision files cannot be read.
    #[error(transparent)]
    Source(#[from] SourceErrors),
    /// Occurs when a revision's body cannot be read.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// Occurs when a target is not written as one.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Occurs when there is no way to a target.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Occurs when a connection string cannot be read.
    #[error(transparent)]
    ConnectInfo(#[from] ConnectInfoError),
    /// Occurs when the database cannot be reached.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Occurs when a run fails.
    #[error(transparent)]
    Run(#[from] RunError),
}
