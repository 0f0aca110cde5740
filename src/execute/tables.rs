//! Tables that must be there once no revision is pending, whatever made them.
//!
//! Looked for after the run and not in its transactions: what is missing then is no fault of a
//! single revision, and nothing is rolled back for it.

use super::failure::{RunError, Unverified};
use super::{Options, Report};
use crate::database::Database;
use crate::database::session::SessionError;
use crate::sql::quote::literal;

/// Looks for the tables that the options name, where the run left nothing pending.
pub(super) fn verify(
    database: &mut Database,
    options: &Options,
    mut report: Report,
) -> Result<Report, RunError> {
    let tables = &options.verify_tables;
    if tables.is_empty() || report.applied_after < report.total {
        return Ok(report);
    }
    let problem = match missing(database, tables) {
        Ok(missing) if missing.is_empty() => {
            report.verified.clone_from(tables);
            return Ok(report);
        }
        Ok(missing) => Unverified::Missing(missing),
        Err(error) => wrong_name(database, tables).unwrap_or(Unverified::Session(error)),
    };
    let report = Box::new(report);
    Err(RunError::Unverified { problem, report })
}

/// Finds the name that the server cannot read.
fn wrong_name(database: &mut Database, tables: &[String]) -> Option<Unverified> {
    tables.iter().find_map(|name| {
        let error = missing(database, std::slice::from_ref(name)).err()?;
        let name = name.clone();
        error.server()?;
        Some(Unverified::Name { name, error })
    })
}

/// Returns the names that stand for no table or view. They are read as in SQL, by the search_path.
fn missing(database: &mut Database, tables: &[String]) -> Result<Vec<String>, SessionError> {
    let names: Vec<String> = tables.iter().map(|name| literal(name)).collect();
    let sql = format!(
        "SELECT t.name FROM pg_catalog.unnest(ARRAY[{}]::text[]) WITH ORDINALITY AS t(name, place) \
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = \
         pg_catalog.to_regclass(t.name) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')) ORDER BY t.place",
        names.join(", ")
    );
    let sets = database.session().rows(&sql)?;
    let rows = sets.into_iter().next().unwrap_or_default().rows;
    Ok(rows.into_iter().filter_map(|mut row| row.pop()?).collect())
}
