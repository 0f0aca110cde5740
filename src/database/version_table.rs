//! The version table: Alembic's, to the letter, one row per head.
//!
//! Reading never creates it. Its edits are decided while planning ([`RowEdit`]); here they become
//! SQL in two forms: plain statements as Alembic writes them offline, and one statement that
//! refuses, inside the transaction, when it does not hit exactly the rows the plan counted on.

use crate::database::session::{ResultSet, ServerError, Session, SessionError};
use crate::heads::{Heads, RowEdit};
use crate::id::RevisionId;
use crate::sql::quote::{ident, literal};

/// The name that Alembic gives the table unless told otherwise.
pub const DEFAULT_NAME: &str = "alembic_version";

/// The only column of the table.
const COLUMN: &str = "version_num";

/// What the text of a refused row edit begins with, so that it can be told from other errors.
const REFUSED: &str = "limbeck: the version table is not as planned, rows changed: ";

/// Why the version table cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VersionTableError {
    /// Occurs when the table is not Alembic's one column.
    #[error("table `{table}` has the columns {}; a version table has one, `version_num`", columns.join(", "))]
    Shape {
        /// The table as addressed.
        table: String,
        /// The columns found.
        columns: Vec<String>,
    },
    /// Occurs when the table has a row twice, which its primary key would have prevented.
    #[error("the version table `{table}` has the row `{revision}` twice")]
    Twice {
        /// The table as addressed.
        table: String,
        /// The row.
        revision: RevisionId,
    },
    /// Occurs when the connection's role may not read the table.
    #[error("no right to read the version table `{table}`: {}", server.message)]
    Rights {
        /// The table as addressed.
        table: String,
        /// The server's words.
        server: Box<ServerError>,
    },
    /// Occurs when there is no schema to put the table in.
    #[error("there is no schema for the version table: the search_path names none that exists")]
    NoSchema,
    /// Occurs when the schema that the configuration names does not exist.
    #[error("schema `{schema}` for the version table does not exist")]
    SchemaMissing {
        /// The schema.
        schema: String,
    },
    /// Occurs when the server fails otherwise.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// The table's name as configured: where no schema is given, the session's search_path decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// The schema, where one is configured.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

impl Default for TableName {
    fn default() -> Self {
        Self {
            schema: None,
            name: DEFAULT_NAME.to_owned(),
        }
    }
}

impl TableName {
    /// Returns the name as SQL.
    #[must_use]
    pub fn to_sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", ident(schema), ident(&self.name)),
            None => ident(&self.name),
        }
    }
}

/// The table with the schema that it is, or will be, in: a revision may change the search_path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionTable {
    /// The schema.
    pub schema: String,
    /// The table.
    pub name: String,
}

/// The state of a database, read in one turn.
#[derive(Clone, Debug)]
pub struct State {
    /// Where the version table is or will be.
    pub table: VersionTable,
    /// Whether it exists.
    pub exists: bool,
    /// Its rows.
    pub heads: Heads,
    /// Whether the ledger beside it exists.
    pub ledger_exists: bool,
    /// Whether the ledger has its newest form.
    pub ledger_current: bool,
    /// Whether the journal was ever written to, so that it is worth a look.
    pub journal_written: bool,
    /// Whether the server takes no writes: a standby, or `default_transaction_read_only`.
    pub read_only: bool,
}

/// The rows of the table, read in one turn.
#[derive(Clone, Debug)]
pub struct Read {
    /// In the order that the server returns them.
    pub rows: Vec<RevisionId>,
    /// Whether the journal beside the table was ever written to, so that it is worth a look.
    pub journal_written: bool,
}

/// Reads the rows of the table, or none where there is no table. One turn, nothing is created.
///
/// # Errors
/// Fails when the table is not a version table or cannot be read.
pub fn read(
    session: &mut Session,
    table: &TableName,
    journal: &str,
) -> Result<Option<Read>, VersionTableError> {
    let sql = table.to_sql();
    let journal = TableName {
        schema: table.schema.clone(),
        name: journal.to_owned(),
    };
    // A table that may be missing cannot be read in the same query; its size can be asked for.
    let message = format!(
        "SELECT pg_catalog.pg_relation_size(pg_catalog.to_regclass({})) AS journal, v.* FROM \
         (SELECT 1) AS one LEFT JOIN {sql} AS v ON true",
        literal(&journal.to_sql())
    );
    let sets = match session.rows(&message) {
        Ok(sets) => sets,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(explain(error, &sql)),
    };
    let size = sets
        .first()
        .and_then(|set| set.rows.first()?.first()?.as_deref());
    Ok(Some(Read {
        journal_written: size.is_some_and(|size| size != "0"),
        rows: rows(sets.first(), &sql, 1)?,
    }))
}

/// Reads everything that a run must know, after the lock is held. One turn; two where there is no
/// version table yet.
///
/// # Errors
/// Fails when the table is not a version table or cannot be read, or has no schema to be in.
pub fn inspect(
    session: &mut Session,
    table: &TableName,
    ledger: &str,
    journal: &str,
) -> Result<State, VersionTableError> {
    let about = about(table, ledger, journal);
    let sql = table.to_sql();
    let with_rows =
        format!("SELECT about.*, v.* FROM ({about}) AS about LEFT JOIN {sql} AS v ON true");
    let (sets, exists) = match session.rows(&with_rows) {
        Ok(sets) => (sets, true),
        Err(error) if is_missing(&error) => (session.rows(&about)?, false),
        Err(error) => return Err(explain(error, &sql)),
    };
    let set = sets.first();
    let first = set
        .and_then(|s| s.rows.first())
        .cloned()
        .unwrap_or_default();
    let value = |at: usize| first.get(at).cloned().flatten();
    let yes = |at: usize| value(at).as_deref() == Some("t");
    let journal = value(2);
    if let (Some(schema), None) = (&table.schema, value(0)) {
        let schema = schema.clone();
        return Err(VersionTableError::SchemaMissing { schema });
    }
    let Some(schema) = value(0) else {
        return Err(VersionTableError::NoSchema);
    };
    let heads = if exists {
        rows(set, &sql, ABOUT_COLUMNS)?.into_iter().collect()
    } else {
        Heads::base()
    };
    Ok(State {
        table: VersionTable {
            schema,
            name: table.name.clone(),
        },
        exists,
        heads,
        ledger_exists: yes(1),
        ledger_current: yes(1) && journal.is_some(),
        journal_written: journal.is_some_and(|size| size != "0"),
        read_only: yes(3),
    })
}

/// How many columns [`about`] returns before the table's own.
const ABOUT_COLUMNS: usize = 4;

/// Returns SQL for the schema that the table is, or will be, in; null where there is none.
///
/// Functions rather than catalogs here and below: in a session that has just begun, most of the
/// time is the planner's, which has to read about each catalog that a query names.
pub(crate) fn schema_expression(table: &TableName) -> String {
    match &table.schema {
        Some(schema) => format!(
            "(SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname = {})",
            literal(schema)
        ),
        None => format!(
            "coalesce((pg_catalog.pg_identify_object_as_address({CLASSES}, \
             pg_catalog.to_regclass({}), 0)).object_names[1], pg_catalog.current_schema()::text)",
            literal(&table.to_sql())
        ),
    }
}

/// The catalog `pg_class`, whose number is the same on every server.
const CLASSES: u32 = 1259;

fn about(table: &TableName, ledger: &str, journal: &str) -> String {
    let schema = schema_expression(table);
    let beside = |name: &str| {
        let name = literal(&format!(".{}", ident(name)));
        format!("pg_catalog.to_regclass(pg_catalog.quote_ident(h.schema) || {name})")
    };
    format!(
        "SELECT h.schema, {} IS NOT NULL AS ledger, pg_catalog.pg_relation_size({}) AS journal, \
         pg_catalog.current_setting('transaction_read_only') = 'on' AS read_only FROM (SELECT \
         {schema} AS schema OFFSET 0) h",
        beside(ledger),
        beside(journal),
    )
}

fn is_missing(error: &SessionError) -> bool {
    // 42P01 undefined_table, 3F000 invalid_schema_name.
    matches!(error.sqlstate(), Some("42P01" | "3F000"))
}

fn explain(error: SessionError, table: &str) -> VersionTableError {
    match error {
        SessionError::Server(server) if server.code == "42501" => VersionTableError::Rights {
            table: table.to_owned(),
            server,
        },
        other => other.into(),
    }
}

fn rows(
    set: Option<&ResultSet>,
    table: &str,
    skip: usize,
) -> Result<Vec<RevisionId>, VersionTableError> {
    let Some(set) = set else {
        return Ok(Vec::new());
    };
    let columns = set.columns.get(skip..).unwrap_or_default();
    if columns != [COLUMN] {
        return Err(VersionTableError::Shape {
            table: table.to_owned(),
            columns: columns.to_vec(),
        });
    }
    let mut revisions: Vec<RevisionId> = set
        .rows
        .iter()
        .filter_map(|row| row.get(skip)?.as_deref())
        .map(RevisionId::from_database)
        .collect();
    revisions.sort_unstable();
    if let Some(twice) = revisions.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(VersionTableError::Twice {
            table: table.to_owned(),
            revision: twice[0].clone(),
        });
    }
    Ok(revisions)
}

/// Returns true where the error is a refused row edit: another program moved the heads.
#[must_use]
pub fn is_refused_edit(error: &ServerError) -> bool {
    error.message.contains(REFUSED)
}

impl VersionTable {
    /// Returns the name with its schema, as SQL.
    #[must_use]
    pub fn to_sql(&self) -> String {
        format!("{}.{}", ident(&self.schema), ident(&self.name))
    }

    /// Returns the statement that creates the table where it is missing.
    #[must_use]
    pub fn create(&self) -> String {
        create(&self.to_sql(), &self.name, " IF NOT EXISTS")
    }

    /// Returns the edit as one statement that fails unless it hits the rows it expects.
    #[must_use]
    pub fn checked_edit(&self, edit: &RowEdit) -> String {
        let table = self.to_sql();
        let mut parts = Vec::new();
        let mut hits = Vec::new();
        let mut expected = 0;
        let (delete, update, insert) = parts_of(edit);
        if !delete.is_empty() {
            parts.push(format!(
                "gone AS (DELETE FROM {table} WHERE {COLUMN} IN ({}) RETURNING 1)",
                literals(&delete)
            ));
            hits.push("gone");
            expected += delete.len();
        }
        if let Some((from, to)) = update {
            parts.push(format!(
                "moved AS (UPDATE {table} SET {COLUMN} = {} WHERE {COLUMN} = {} RETURNING 1)",
                literal(to.as_str()),
                literal(from.as_str())
            ));
            hits.push("moved");
            expected += 1;
        }
        if !insert.is_empty() {
            let values: Vec<String> = insert
                .iter()
                .map(|id| format!("({})", literal(id.as_str())))
                .collect();
            parts.push(format!(
                "come AS (INSERT INTO {table} ({COLUMN}) VALUES {} RETURNING 1)",
                values.join(", ")
            ));
            hits.push("come");
            expected += insert.len();
        }
        let hits = match hits[..] {
            [one] => one.to_owned(),
            _ => format!("(TABLE {}) AS hit", hits.join(" UNION ALL TABLE ")),
        };
        // The cast fails with the text in the message; a constant would fail while parsing.
        format!(
            "WITH {} SELECT ({} || pg_catalog.count(*) || ' of {expected}')::int FROM {hits} HAVING \
             pg_catalog.count(*) <> {expected}",
            parts.join(", "),
            literal(REFUSED),
        )
    }
}

/// Returns the statement that creates the table, as Alembic writes it offline.
#[must_use]
pub fn create_offline(table: &TableName) -> String {
    create(&table.to_sql(), &table.name, "")
}

fn create(sql: &str, name: &str, if_not_exists: &str) -> String {
    // Alembic's own constraint name comes from the table's.
    let key = ident(&format!("{name}_pkc"));
    format!(
        "CREATE TABLE{if_not_exists} {sql} (\n    {COLUMN} VARCHAR(32) NOT NULL, \n    \
         CONSTRAINT {key} PRIMARY KEY ({COLUMN})\n)"
    )
}

/// Returns the edit as the plain statements that Alembic writes offline, in order.
#[must_use]
pub fn offline_edit(table: &TableName, edit: &RowEdit) -> Vec<String> {
    let sql = table.to_sql();
    let name = ident(&table.name);
    let qualified = if table.schema.is_some() { &sql } else { &name };
    let (delete, update, insert) = parts_of(edit);
    let mut statements = Vec::new();
    for id in delete {
        statements.push(format!(
            "DELETE FROM {sql} WHERE {qualified}.{COLUMN} = {}",
            literal(id.as_str())
        ));
    }
    for id in insert {
        statements.push(format!(
            "INSERT INTO {sql} ({COLUMN}) VALUES ({}) RETURNING {qualified}.{COLUMN}",
            literal(id.as_str())
        ));
    }
    if let Some((from, to)) = update {
        statements.push(format!(
            "UPDATE {sql} SET {COLUMN}={} WHERE {qualified}.{COLUMN} = {}",
            literal(to.as_str()),
            literal(from.as_str())
        ));
    }
    statements
}

type Parts<'a> = (
    Vec<&'a RevisionId>,
    Option<(&'a RevisionId, &'a RevisionId)>,
    Vec<&'a RevisionId>,
);

fn parts_of(edit: &RowEdit) -> Parts<'_> {
    match edit {
        RowEdit::Insert(id) => (Vec::new(), None, vec![id]),
        RowEdit::Delete(id) => (vec![id], None, Vec::new()),
        RowEdit::Update { from, to } => (Vec::new(), Some((from, to)), Vec::new()),
        RowEdit::Merge { delete, from, to } => (delete.iter().collect(), Some((from, to)), vec![]),
        RowEdit::Split { from, to, insert } => (vec![], Some((from, to)), insert.iter().collect()),
    }
}

fn literals(ids: &[&RevisionId]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| literal(id.as_str())).collect();
    quoted.join(", ")
}
