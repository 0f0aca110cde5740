//! Everything that a revision file is written with: `use limbeck::prelude::*;`.
//!
//! Only names that revision files use; programs that run revisions name their modules.

pub use crate::op::{
    Action, AlterColumn, Column, Constraint, Error, Index, Match, Op, PrimaryKey, QualifiedName,
    Result, Revision, Row, Table, ToSql, Unique, Value, alter, check, column, dropping, enum_type,
    enum_value, exclude, expression, extension, foreign_key, function, index, key, primary_key,
    raw, rows, schema, sql, table, trigger, unique, view,
};
