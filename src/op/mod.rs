//! What a Rust-coded revision is written with: the [`Op`] handle and the operations it records.
//!
//! An operation is data ([`Operation`]), made by builders that read like the SQL they stand for. It
//! knows its reverse where it has one, and nothing of SQL text, connections or transactions: text
//! is made in `sql`, and what is recorded runs when the function has returned, or when it reads rows.

mod check;
mod code;
mod column;
mod constraint;
mod dropping;
mod error;
mod handle;
mod index;
mod methods;
mod name;
mod object;
mod operation;
mod recording;
mod reverse;
mod revision;
mod runner;
mod table;
mod value;

pub use postgres::Row;
pub use postgres::types::ToSql;

pub use self::code::{Code, OpFn};
pub use self::column::{AlterColumn, Column, alter, column};
pub use self::constraint::{
    Action, Check, Constraint, Exclude, ForeignKey, Match, PrimaryKey, Unique, check, exclude,
    foreign_key, primary_key, unique,
};
pub use self::dropping::{Dropping, dropping};
pub use self::error::Error;
pub use self::handle::Op;
pub use self::index::{Index, Key, expression, index, key};
pub use self::name::{Columns, QualifiedName};
pub use self::object::{
    AddValue, EnumType, Execute, Extension, Function, Schema, Trigger, View, enum_type, enum_value,
    extension, function, schema, sql, trigger, view,
};
pub use self::operation::Operation;
pub use self::recording::{Place, Recorded, Recording};
pub use self::reverse::Irreversible;
pub use self::revision::{CompiledCode, CompiledRevision, Parents, Revision};
pub use self::runner::{Arguments, Offline, Query, Reads, Runner, Texts};
pub use self::table::{Table, table};
pub use self::value::{IntoRow, Rows, Value, raw, rows};

pub(crate) use self::column::{Identity, Nullability};
pub(crate) use self::constraint::{Backing, Deferrable};
pub(crate) use self::index::{KeyPart, Nulls, Order};
pub(crate) use self::object::Position;
pub(crate) use self::operation::Commented;

/// What a function of a revision returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
