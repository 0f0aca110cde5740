//! The rows that each tool writes for a migration, and takes away with it.
//!
//! Everything a statement names has its schema: a revision may leave any `search_path` behind.

use super::mirror::Occasion;
use super::shape::{Columns, KEYS, TIMES};
use super::{Row, TrackingError};
use crate::declaration::Tool;
use crate::source::Legacy;
use crate::sql::quote::{ident, literal};

/// The seconds since the transaction of a step began, as the ledger counts them.
const SECONDS: &str = "greatest(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) - \
                       nullif(pg_catalog.current_setting('limbeck.started', true), '')::float8, 0)";

/// Writes the rows of one table.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    /// The table as SQL.
    pub(super) table: String,
    pub(super) tool: Tool,
    /// For a table that a program of the project's own has made.
    pub(super) runner: Option<Runner>,
    /// Whether Drizzle's table has names in it.
    pub(super) is_named: bool,
}

/// How a program of a project's own notes down a file.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    key: String,
    naming: Naming,
    time: Option<String>,
    success: Option<String>,
    checksum: Option<String>,
}

/// What such a program calls a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    WithEnding,
    WithoutEnding,
    Number,
}

impl Runner {
    /// Reads off the columns and the rows how the table is kept.
    pub(super) fn of(columns: &Columns, rows: &[Row]) -> Option<Self> {
        let named = columns.first(&KEYS, 'S');
        let is_number = named.is_none();
        let key = named.or_else(|| columns.first(&["version"], 'N'))?;
        let is_counted = |row: &Row| row.key.bytes().all(|byte| byte.is_ascii_digit());
        let naming = match rows.last() {
            _ if is_number => Naming::Number,
            Some(row) if is_counted(row) => Naming::Number,
            Some(row) if !row.key.ends_with(".sql") => Naming::WithoutEnding,
            _ => Naming::WithEnding,
        };
        // A sum of another length is made in a way of the program's own.
        let lengths = |row: &Row| row.checksum.as_ref().map(String::len);
        let is_ours = rows.iter().filter_map(lengths).all(|length| length == 64);
        Some(Self {
            key,
            naming,
            time: columns.first(&TIMES, 'D'),
            success: columns.first(&["success"], 'B'),
            checksum: columns
                .first(&["checksum", "hash"], 'S')
                .filter(|_| is_ours),
        })
    }

    fn key_of(&self, legacy: &Legacy) -> String {
        match self.naming {
            Naming::WithEnding => literal(&legacy.version),
            Naming::WithoutEnding => literal(&legacy.name),
            Naming::Number => literal(legacy.number()),
        }
    }
}

/// What one row is made of.
struct Entry {
    /// The columns that are given a value, as SQL.
    columns: Vec<(String, String)>,
    /// What holds for this row alone.
    is_it: String,
}

impl Keeper {
    /// Returns the statements that note down a migration as applied.
    pub(super) fn applied(&self, legacy: &Legacy, occasion: Occasion<'_>) -> Vec<String> {
        let table = &self.table;
        if self.tool == Tool::GolangMigrate {
            let version = &legacy.version;
            let is_below = match occasion {
                Occasion::Stamp => format!("version < {version} OR version = {version} AND dirty"),
                _ => format!("version < {version} AND NOT dirty"),
            };
            return vec![
                format!("DELETE FROM {table} WHERE {is_below}"),
                format!(
                    "INSERT INTO {table} (version, dirty) SELECT {version}, false WHERE NOT \
                     EXISTS (SELECT FROM {table})"
                ),
            ];
        }
        let Entry { columns, is_it } = self.entry(legacy);
        let (names, values): (Vec<String>, Vec<String>) = columns.into_iter().unzip();
        let (names, values) = (names.join(", "), values.join(", "));
        let failed = self
            .success()
            .map(|success| format!("DELETE FROM {table} WHERE {is_it} AND NOT {success}"));
        let failed = failed.filter(|_| matches!(occasion, Occasion::Stamp));
        let note = match occasion {
            Occasion::Run { .. } => format!("INSERT INTO {table} ({names}) VALUES ({values})"),
            Occasion::Again => format!(
                "INSERT INTO {table} ({names}) SELECT {values} WHERE (SELECT checksum FROM {table} \
                 WHERE {is_it} ORDER BY installed_rank DESC LIMIT 1) IS DISTINCT FROM {}",
                legacy.checksum.as_deref().unwrap_or("NULL")
            ),
            Occasion::Stamp => format!(
                "INSERT INTO {table} ({names}) SELECT {values} WHERE NOT EXISTS (SELECT FROM \
                 {table} WHERE {is_it})"
            ),
        };
        failed.into_iter().chain([note]).collect()
    }

    /// Returns the column that says whether a migration was finished, as SQL.
    fn success(&self) -> Option<&str> {
        match self.tool {
            Tool::Sqlx | Tool::Flyway => Some("success"),
            _ => self.runner.as_ref()?.success.as_deref(),
        }
    }

    /// Returns the statements that note down a migration as not applied.
    pub(super) fn taken_back(&self, legacy: &Legacy) -> Vec<String> {
        let table = &self.table;
        if self.tool != Tool::GolangMigrate {
            let is_it = self.entry(legacy).is_it;
            return vec![format!("DELETE FROM {table} WHERE {is_it}")];
        }
        let version = &legacy.version;
        let mut statements = vec![format!("DELETE FROM {table} WHERE version >= {version}")];
        // Without a row it stands before the first file.
        statements.extend(legacy.before.as_ref().map(|before| {
            format!(
                "INSERT INTO {table} (version, dirty) SELECT {before}, false WHERE NOT EXISTS \
                 (SELECT FROM {table})"
            )
        }));
        statements
    }

    /// Returns the columns that a row is given a value for.
    pub(super) fn columns(&self, legacy: &Legacy) -> Vec<String> {
        if self.tool == Tool::GolangMigrate {
            return vec!["version".to_owned(), "dirty".to_owned()];
        }
        let columns = self.entry(legacy).columns;
        columns.into_iter().map(|(name, _)| name).collect()
    }

    fn entry(&self, legacy: &Legacy) -> Entry {
        let version = &legacy.version;
        let text = literal(version);
        let name = literal(&legacy.name);
        let checksum = legacy.checksum.as_deref().unwrap_or_default();
        let entry = |columns: &[(&str, String)], is_it: String| Entry {
            columns: columns
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            is_it,
        };
        let number_is = |column: &str| format!("{column} = {version}");
        let text_is = |column: &str| format!("{column} = {text}");
        match self.tool {
            Tool::GolangMigrate => entry(&[], String::new()),
            Tool::Sqlx => entry(
                &[
                    ("version", version.clone()),
                    ("description", name),
                    ("success", "true".to_owned()),
                    (
                        "checksum",
                        format!("pg_catalog.decode('{checksum}', 'hex')"),
                    ),
                    ("execution_time", elapsed("1e9")),
                ],
                number_is("version"),
            ),
            Tool::Refinery => entry(
                &[
                    ("version", version.clone()),
                    ("name", name),
                    (
                        "applied_on",
                        "pg_catalog.to_char(pg_catalog.timezone('UTC', \
                         pg_catalog.clock_timestamp()), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                            .to_owned(),
                    ),
                    ("checksum", literal(checksum)),
                ],
                number_is("version"),
            ),
            Tool::Diesel | Tool::Dbmate => entry(&[("version", text.clone())], text_is("version")),
            Tool::Goose => entry(
                &[
                    ("version_id", version.clone()),
                    ("is_applied", "true".to_owned()),
                ],
                number_is("version_id"),
            ),
            Tool::NodePgMigrate => entry(
                &[
                    ("name", text.clone()),
                    ("run_on", "pg_catalog.now()".to_owned()),
                ],
                text_is("name"),
            ),
            Tool::Drizzle => {
                let time = legacy.when.unwrap_or_default();
                let mut columns = vec![
                    ("hash", literal(checksum)),
                    ("created_at", time.to_string()),
                ];
                let mut is_it = format!("created_at = {time}");
                if self.is_named {
                    is_it = format!("name = {name}");
                    columns.push(("name", name));
                }
                entry(&columns, is_it)
            }
            Tool::Flyway => flyway(legacy, &self.table),
            Tool::Numbered | Tool::Rollbacks => self.of_runner(legacy),
        }
    }

    fn of_runner(&self, legacy: &Legacy) -> Entry {
        let Some(runner) = &self.runner else {
            unreachable!("a table of a program's own was looked at before");
        };
        let key = runner.key_of(legacy);
        let mut columns = vec![(runner.key.clone(), key.clone())];
        let mut add = |name: &Option<String>, value: String| {
            columns.extend(name.clone().map(|name| (name, value)));
        };
        add(&runner.time, "pg_catalog.now()".to_owned());
        add(&runner.success, "true".to_owned());
        let checksum = legacy.checksum.as_deref().unwrap_or_default();
        add(&runner.checksum, literal(checksum));
        Entry {
            columns,
            is_it: format!("{} = {key}", runner.key),
        }
    }
}

fn flyway(legacy: &Legacy, table: &str) -> Entry {
    let is_baseline = legacy.file.rsplit('/').next().unwrap_or_default();
    let kind = match is_baseline.starts_with('B') {
        true => "SQL_BASELINE",
        false => "SQL",
    };
    let (version, is_it) = match legacy.version.as_str() {
        "" => {
            let name = literal(&legacy.name);
            let is_it = format!("version IS NULL AND description = {name}");
            ("NULL".to_owned(), is_it)
        }
        version => (literal(version), format!("version = {}", literal(version))),
    };
    let columns = [
        (
            "installed_rank",
            format!("(SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1 FROM {table})"),
        ),
        ("version", version),
        ("description", literal(&legacy.name)),
        ("type", format!("'{kind}'")),
        ("script", literal(&legacy.file)),
        (
            "checksum",
            legacy.checksum.clone().unwrap_or_else(|| "NULL".to_owned()),
        ),
        ("installed_by", "current_user".to_owned()),
        ("execution_time", elapsed("1e3")),
        ("success", "true".to_owned()),
    ];
    Entry {
        columns: columns.map(|(name, value)| (name.to_owned(), value)).into(),
        is_it,
    }
}

/// The time that a step took so far; nothing where its beginning is not known.
fn elapsed(parts_of_a_second: &str) -> String {
    format!("coalesce(({SECONDS} * {parts_of_a_second})::bigint, 0)")
}

/// Refuses a table whose rows need more than the tool gives them, or have not what it writes.
pub(super) fn check(
    table: &super::Table,
    keeper: &Keeper,
    legacy: &Legacy,
) -> Result<(), TrackingError> {
    let written = keeper.columns(legacy);
    let is_written = |name: &str| written.iter().any(|it| *it == name || *it == ident(name));
    let wrong = |reason| table.wrong(keeper.tool, &legacy.label, reason);
    if let Some(name) = table.needed.iter().find(|name| !is_written(name)) {
        return Err(wrong(format!(
            "its column `{name}` needs a value, and the tool writes none"
        )));
    }
    let has = |name: &String| {
        table
            .columns
            .0
            .iter()
            .any(|(it, _)| it == name || ident(it) == *name)
    };
    match written.iter().find(|name| !has(name)) {
        Some(name) => Err(wrong(format!("it has no column `{name}`"))),
        None => Ok(()),
    }
}
