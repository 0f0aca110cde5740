//! limbeck: a revision graph manager for PostgreSQL.

pub mod catalog;
pub mod cli;
pub mod database;
pub mod declaration;
mod error;
pub mod execute;
pub mod graph;
pub mod heads;
pub mod id;
pub mod op;
pub mod plan;
pub mod prelude;
pub mod resolve;
pub mod script;
pub mod source;
pub mod sql;
pub mod target;

pub use error::Error;
