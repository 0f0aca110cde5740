//! PostgreSQL text: operations rendered, names and values quoted, files split into statements.
//!
//! No other module writes or takes apart SQL of a revision's body. Nothing here knows a connection.

pub mod classify;
mod locate;
mod lookup;
pub mod objects;
pub mod quote;
mod record;
mod render;
mod settle;
pub mod split;
mod words;

pub use self::locate::{Place, locate, named_in};
pub use self::lookup::asks_for_schema;
pub use self::record::{record, record_reverse, segments};
pub use self::render::render;
pub use self::settle::settled;
pub use self::split::split;

#[cfg(test)]
mod tests;
