//! Everything that a revision file is written with: `use limbeck::prelude::*;`.
//!
//! ```
//! //! create bots and their chats
//! use limbeck::prelude::*;
//!
//! pub const REVISION: Revision = Revision::new("0001").created("2025-01-01T00:01:00Z");
//!
//! pub fn upgrade(op: &mut Op) -> Result<()> {
//!     op.create_table(
//!         table("bots")
//!             .column(column("id", "bigint").identity().primary_key())
//!             .column(column("owner_email", "text").not_null().unique()),
//!     )?;
//!     op.create_table(
//!         table("chats")
//!             .column(column("id", "bigint").identity().primary_key())
//!             .column(column("bot_id", "bigint").not_null())
//!             .constraint(foreign_key("bot_id", "bots", "id").on_delete(Action::Cascade)),
//!     )?;
//!     op.create_index(index("chats_bot_id_idx", "chats").on("bot_id"))
//! }
//! ```
//!
//! All of it has a reverse, so that `downgrade` is derived and need not be written.
//!
//! Only names that revision files use; programs that run revisions name their modules.

pub use crate::op::{
    Action, AlterColumn, Column, Constraint, Error, Index, Match, Op, PrimaryKey, QualifiedName,
    Result, Revision, Row, Table, ToSql, Unique, Value, alter, check, column, dropping, enum_type,
    enum_value, exclude, expression, extension, foreign_key, function, index, key, primary_key,
    raw, rows, schema, sql, table, trigger, unique, view,
};
