//! PostgreSQL text: operations rendered, names and values quoted, files split into statements.
//!
//! No other module writes SQL of a revision's body. Nothing here knows a connection.

pub mod quote;
mod record;
mod render;

pub use self::record::{record, record_reverse, segments};
pub use self::render::render;

#[cfg(test)]
mod tests;
