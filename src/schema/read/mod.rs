//! Reads the schema of a live database into a [`Model`], with one message and in one snapshot.
//!
//! The queries stand beside this file, one for each kind of object, and are the same in number
//! whatever the database holds. Nothing is written: the transaction is read-only, and a standby will
//! do. Names in definitions are qualified because only the system's schema is in the search path.

mod assemble;
mod query;

use crate::database::session::SessionError;
use crate::database::version_table::TableName;
use crate::database::{Database, ledger, repeats};
use crate::schema::model::Model;
use crate::schema::{ReadError, Scope, TableFilter};

/// Reads a schema; what the scope leaves out, and limbeck's own tables, are not in the model.
///
/// One turn. Takes a few hundred milliseconds for thousands of tables.
///
/// # Errors
/// Fails when the server does, such as for want of a right.
pub fn read(database: &mut Database, scope: &Scope) -> Result<Model, ReadError> {
    let table = database.table().clone();
    let session = database.session();
    let major = session.major();
    let message = query::message(major, &table);
    let mut tries = 0;
    let sets = loop {
        tries += 1;
        match session.rows(&message) {
            Ok(sets) => break sets,
            Err(error) => {
                session.roll_back();
                if tries == TRIES || !is_changing(&error) {
                    return Err(error.into());
                }
            }
        }
    };
    let mut sets = sets.into_iter();
    let first = sets.next().and_then(|set| set.rows.into_iter().next());
    let mut first = first.into_iter().flatten();
    let (schema, search_path) = (first.next().flatten(), first.next().flatten());
    let model = assemble::assemble(major, search_path.unwrap_or_default(), sets)?;
    let own = own_tables(&table, schema.as_deref());
    Ok(scope.apply(model, &own))
}

/// How often a schema is read that somebody changes meanwhile.
const TRIES: usize = 3;

/// The server describes an object by what it is now, not by what it was in the snapshot; one that is
/// dropped in between it does not find.
fn is_changing(error: &SessionError) -> bool {
    error.server().is_some_and(|server| {
        server.code == "XX000"
            && (server.message.starts_with("cache lookup failed")
                || server.message.starts_with("could not open relation"))
    })
}

/// The tables that limbeck keeps for itself.
fn own_tables(table: &TableName, schema: Option<&str>) -> Vec<TableFilter> {
    let names = [
        &table.name[..],
        ledger::TABLE,
        ledger::JOURNAL,
        ledger::HISTORY,
        repeats::TABLE,
    ];
    let schema = schema.or(table.schema.as_deref());
    let own = names.map(|name| TableFilter {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
    });
    own.to_vec()
}
