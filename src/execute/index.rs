//! Indexes that are built outside of transactions: whether one is there, and whether it is whole.
//!
//! A build that fails leaves its index behind, invalid.

use crate::database::session::{Session, SessionError};
use crate::sql::classify::ConcurrentIndex;
use crate::sql::quote::{ident, literal};

/// An index that is there.
pub(super) struct Found {
    /// Its name with its schema, as SQL.
    pub(super) name: String,
    /// Whether it was built to its end.
    pub(super) is_valid: bool,
}

impl Found {
    /// Returns the statement that drops it, outside of transactions as well.
    pub(super) fn drop(&self) -> String {
        format!("DROP INDEX CONCURRENTLY {}", self.name)
    }
}

/// Looks for the index that a statement names.
pub(super) fn find(
    session: &mut Session,
    index: &ConcurrentIndex,
) -> Result<Option<Found>, SessionError> {
    let visible = match &index.schema {
        Some(schema) => format!("n.nspname = {}", literal(schema)),
        None => "pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
    };
    let look = format!(
        "SELECT n.nspname, i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON \
         c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE \
         c.relname = {} AND {visible}",
        literal(&index.name)
    );
    let sets = session.rows(&look)?;
    let row = sets.first().and_then(|set| set.rows.first());
    Ok(match row.map(Vec::as_slice) {
        Some([Some(schema), Some(valid)]) => Some(Found {
            name: format!("{}.{}", ident(schema), ident(&index.name)),
            is_valid: valid == "t",
        }),
        _ => None,
    })
}

/// Looks for an index that was left invalid, other than the one that is about to be built.
pub(super) fn invalid(
    session: &mut Session,
    but: Option<&ConcurrentIndex>,
) -> Result<Option<String>, SessionError> {
    // One of a partitioned table is invalid until each partition has its own.
    let look = format!(
        "SELECT i.indexrelid::regclass FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON \
         c.oid = i.indexrelid WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relname <> {} ORDER \
         BY 1 LIMIT 1",
        literal(but.map_or("", |index| &index.name))
    );
    let sets = session.rows(&look)?;
    let row = sets
        .into_iter()
        .next()
        .and_then(|set| set.rows.into_iter().next());
    Ok(row.and_then(|mut row| row.pop()?))
}
