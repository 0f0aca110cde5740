//! The queries of a `verify` section: they travel with the revision, and the server itself must stop
//! at one that does not hold.
//!
//! Here a query is wrapped so that it fails then, and such a failure is told from others.

use super::failure::Answer;
use crate::database::session::ServerError;
use crate::script::Statement;

/// What the failure of a query that does not hold says before it says how many rows there are.
const NOT_TRUE: &str = "limbeck: does not hold, rows: ";

const UNDEFINED_FUNCTION: &str = "42883";
const SYNTAX_ERROR: &str = "42601";

/// Returns the query wrapped so that it fails where it does not hold, and how many characters stand
/// before it.
///
/// What fails is the cast of a text that is no number: the server cannot evaluate it beforehand. More
/// than one column the server itself refuses to unite with one, of no type and no row.
pub(super) fn sql(statement: &Statement) -> (String, usize) {
    let before = format!(
        "SELECT CASE WHEN coalesce(pg_catalog.bool_and(v.holds), false) THEN 0 ELSE ('{NOT_TRUE}' \
         || pg_catalog.count(*))::int END FROM (SELECT NULL WHERE false UNION ALL ("
    );
    let shift = before.chars().count();
    (format!("{before}{}\n)) AS v(holds)", statement.text), shift)
}

/// Returns what a query answered where the wrapping was what failed.
pub(super) fn answer(server: &ServerError) -> Option<Answer> {
    if server.code == UNDEFINED_FUNCTION && server.message.contains("pg_catalog.bool_and(") {
        return Some(Answer::NotBoolean);
    }
    // The keyword is the same in all of the server's languages.
    if server.code == SYNTAX_ERROR && server.message.contains("UNION") {
        return Some(Answer::NotOneColumn);
    }
    let (_, rows) = server.message.split_once(NOT_TRUE)?;
    let end = rows.find(|c: char| !c.is_ascii_digit());
    match rows[..end.unwrap_or(rows.len())].parse().ok()? {
        0 => Some(Answer::Nothing),
        rows => Some(Answer::NotTrue { rows }),
    }
}
