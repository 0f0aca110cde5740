//! limbeck: a revision graph manager for PostgreSQL.

pub mod declaration;
pub mod graph;
pub mod heads;
pub mod id;
pub mod op;
pub mod plan;
pub mod resolve;
pub mod script;
pub mod target;
