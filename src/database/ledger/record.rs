//! What was done last to each revision, and when: the ledger without its SQL.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::{LedgerError, TABLE, list, table_sql};
use crate::database::session::{Session, TextRow};
use crate::database::version_table::VersionTable;
use crate::id::RevisionId;
use crate::script::Checksum;
use crate::sql::quote::literal;

/// One row of the ledger, without its SQL.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// What is done later has a greater one.
    id: i64,
    /// The revision.
    pub revision: RevisionId,
    /// Whether the revision was applied afterwards.
    pub applied: bool,
    /// When.
    pub done_at: DateTime<FixedOffset>,
    /// How long it took, where it ran anything.
    pub duration: Option<Duration>,
    /// The checksum of the file at that time.
    pub checksum: Option<Checksum>,
}

/// The newest record of each revision.
///
/// A list grows where it is; a map of records would be made anew each time, at twice the size.
#[derive(Clone, Debug, Default)]
pub struct Records {
    all: Vec<Record>,
    /// The positions of the newest.
    newest: HashMap<RevisionId, usize>,
}

impl Records {
    fn of(all: Vec<Record>) -> Self {
        let mut newest = HashMap::with_capacity(all.len());
        for (at, record) in all.iter().enumerate() {
            let known = newest.entry(record.revision.clone()).or_insert(at);
            if all[*known].id < record.id {
                *known = at;
            }
        }
        Self { all, newest }
    }

    /// Returns the newest record of a revision.
    #[must_use]
    pub fn get(&self, revision: &RevisionId) -> Option<&Record> {
        self.newest.get(revision).map(|at| &self.all[*at])
    }

    /// Returns the newest record of each revision, as they are in the ledger.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        let records = self.all.iter().enumerate();
        let newest = records.filter(|(at, record)| self.newest.get(&record.revision) == Some(at));
        newest.map(|(_, record)| record)
    }
}

/// Reads the newest record of each revision. Creates nothing: where there is no ledger there are
/// no records.
///
/// The server neither sorts nor formats: for thousands of rows that takes it longer than all else.
///
/// # Errors
/// Fails when the server does, or a row is not limbeck's.
pub fn records(session: &mut Session, table: &VersionTable) -> Result<Records, LedgerError> {
    let sql = format!(
        "SELECT id, revision, applied, pg_catalog.date_part('epoch', done_at), \
         pg_catalog.date_part('epoch', duration), checksum FROM {} WHERE version_table = {}",
        table_sql(table, TABLE),
        literal(&table.name)
    );
    let mut all: Vec<Record> = Vec::new();
    let mut wrong = None;
    session.each_row(&sql, |row| match record(row) {
        Ok(record) => all.push(record),
        Err(error) => wrong = Some(error),
    })?;
    wrong.map_or_else(|| Ok(Records::of(all)), Err)
}

/// Reads the parents that each applied revision had when it was applied.
///
/// # Errors
/// Fails when the server does, or a row is not limbeck's.
pub fn parents(
    session: &mut Session,
    table: &VersionTable,
) -> Result<HashMap<RevisionId, Vec<String>>, LedgerError> {
    let sql = format!(
        "SELECT revision, pg_catalog.to_json(down_revision) FROM (SELECT DISTINCT ON (revision) \
         revision, down_revision, applied FROM {} WHERE version_table = {} ORDER BY revision, id \
         DESC) AS newest WHERE applied",
        table_sql(table, TABLE),
        literal(&table.name)
    );
    let mut parents = HashMap::new();
    let mut wrong = None;
    session.each_row(&sql, |row| {
        let revision = RevisionId::from_database(row.get(0).unwrap_or_default());
        match list(row.get(1).map(str::to_owned)) {
            Ok(list) => {
                parents.insert(revision, list);
            }
            Err(error) => wrong = Some(error),
        }
    })?;
    wrong.map_or(Ok(parents), Err)
}

fn record(row: TextRow<'_>) -> Result<Record, LedgerError> {
    let wrong = |what: &str, at: usize| LedgerError::Row {
        reason: format!("`{what}` is {:?}", row.get(at)),
    };
    let text = |at: usize| row.get(at).unwrap_or_default();
    let seconds = |at: usize| row.get(at).and_then(|s| s.parse::<f64>().ok());
    let done_at =
        seconds(3).and_then(|s| DateTime::from_timestamp_micros((s * 1e6).round() as i64));
    Ok(Record {
        id: text(0).parse().map_err(|_| wrong("id", 0))?,
        revision: RevisionId::from_database(text(1)),
        applied: text(2) == "t",
        done_at: done_at.ok_or_else(|| wrong("done_at", 3))?.fixed_offset(),
        duration: seconds(4).and_then(|s| Duration::try_from_secs_f64(s).ok()),
        checksum: row.get(5).map(Checksum::parse),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_record_of_a_revision_counts_wherever_it_stands() {
        let record = |id: i64, revision: &str, applied| Record {
            id,
            revision: RevisionId::from_database(revision),
            applied,
            done_at: DateTime::default(),
            duration: None,
            checksum: None,
        };
        let records = Records::of(vec![
            record(4, "a", false),
            record(2, "b", true),
            record(1, "a", true),
            record(3, "b", false),
        ]);
        let told: Vec<_> = records
            .iter()
            .map(|record| format!("{} {}", record.revision, record.id))
            .collect();
        assert_eq!(told, ["a 4", "b 3"]);
        let newest = |revision| records.get(&RevisionId::from_database(revision));
        assert_eq!(newest("b").map(|record| record.applied), Some(false));
        assert!(newest("c").is_none());
    }
}
