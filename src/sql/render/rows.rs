//! Rows inserted and deleted again, in statements of bounded size.

use super::super::quote::{ident, qualified, value};
use super::{clause, columns};
use crate::op::{QualifiedName, Rows, Value};

/// Rows per statement: large enough to be fast, small enough to be read in a log.
const CHUNK: usize = 500;

pub(super) fn insert(table: &QualifiedName, rows: &Rows) -> Vec<String> {
    let head = format!(
        "INSERT INTO {} ({}) VALUES",
        qualified(table),
        columns(&rows.columns)
    );
    rows.rows
        .chunks(CHUNK)
        .map(|chunk| {
            let rows_text: Vec<String> = chunk.iter().map(|values| row(values)).collect();
            format!(
                "{head}{}{}",
                rows_text.join(","),
                clause(rows.on_conflict_do_nothing, "\nON CONFLICT DO NOTHING")
            )
        })
        .collect()
}

fn row(values: &[Value]) -> String {
    let values: Vec<String> = values.iter().map(value).collect();
    format!("\n    ({})", values.join(", "))
}

/// Deletes row by row, because a key may be NULL, which no list of keys finds.
pub(super) fn delete(table: &QualifiedName, rows: &Rows) -> Vec<String> {
    let head = format!("DELETE FROM {} WHERE ", qualified(table));
    let conditions = rows.keys().into_iter().flatten().map(|key| {
        let parts: Vec<String> = key.into_iter().map(|(name, v)| equals(name, v)).collect();
        head.clone() + &parts.join(" AND ")
    });
    conditions.collect()
}

fn equals(column: &str, of: &Value) -> String {
    match of {
        Value::Null => format!("{} IS NULL", ident(column)),
        of => format!("{} = {}", ident(column), value(of)),
    }
}
