//! What `upgrade`, `downgrade` and `stamp` have in common: carrying a plan out, or writing it down.

use clap::Args;
use super::context::Context; use super::failure::Failure; use super::exit::Exit; use super::order::Order; use super::hint::Asking;

/// Options of the offline mode.
#[derive(Clone, Debug, Default, Args)]
pub struct OfflineArgs {
    /// Print the SQL instead of running it; a target may be FROM:TO
    #[arg(long)]
    pub sql: bool,

    /// Note this word down in the ledger
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,

    /// With --sql, leave out the check that the database stands where the script begins
    #[arg(long, requires = "sql")]
    pub no_guard: bool,

    /// With --sql, leave out the entries of the ledger
    #[arg(long, requires = "sql")]
    pub no_ledger: bool,
}

pub fn live(_: &Order, _: Option<&str>, _: &mut Context<'_>) -> Result<Exit, Failure> { Err(Failure::new("connection", "x")) }
pub fn offline(_: Asking, _: &[String], _: &OfflineArgs, _: &mut Context<'_>) -> Result<Exit, Failure> { Err(Failure::new("connection", "x")) }
