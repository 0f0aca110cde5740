//! What the table of each tool looks like, and how its rows are read: tables of one name are told
//! apart by their columns.

use crate::declaration::Tool;
use crate::sql::quote::ident;

/// The columns of a table with the server's category of their types.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(pub(super) Vec<(String, char)>);

const NUMBER: char = 'N';
const TEXT: char = 'S';
const BOOLEAN: char = 'B';
const TIME: char = 'D';

/// SQL expressions that make a row's parts, and where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    key: String,
    name: String,
    applied_at: String,
    checksum: String,
    is_dirty: String,
    /// What rows count, and in which order; the table is `{table}`.
    from: String,
}

impl Shape {
    fn new(key: impl Into<String>) -> Self {
        let null = || "NULL".to_owned();
        Self {
            key: key.into(),
            name: null(),
            applied_at: null(),
            checksum: null(),
            is_dirty: "false".to_owned(),
            from: "{table}".to_owned(),
        }
    }

    /// Returns the query whose rows are key, name, seconds since 1970, checksum, whether it is dirty.
    pub(super) fn query(&self, table: &str) -> String {
        let Self {
            key,
            name,
            applied_at,
            checksum,
            is_dirty,
            from,
        } = self;
        let from = from.replace("{table}", table);
        format!(
            "SELECT ({key})::text, ({name})::text, pg_catalog.date_part('epoch', \
             ({applied_at})::timestamptz), ({checksum})::text, {is_dirty} FROM {from}"
        )
    }
}

impl Columns {
    fn has(&self, name: &str, kind: char) -> bool {
        self.0.iter().any(|(n, k)| n == name && *k == kind)
    }

    pub(super) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// The first of these columns that is there, as SQL.
    pub(super) fn first(&self, names: &[&str], kind: char) -> Option<String> {
        let name = names.iter().find(|name| self.has(name, kind))?;
        Some(ident(name))
    }

    fn need(&self, needed: &[(&str, char)]) -> Result<(), String> {
        for (name, kind) in needed {
            if !self.names(name) {
                return Err(format!("it has no column `{name}`"));
            }
            if !self.has(name, *kind) {
                let kind = match *kind {
                    NUMBER => "a number",
                    TEXT => "text",
                    BOOLEAN => "a boolean",
                    _ => "a time",
                };
                return Err(format!("its column `{name}` is not {kind}"));
            }
        }
        Ok(())
    }

    fn lack(&self, name: &str) -> Result<(), String> {
        match self.names(name) {
            true => Err(format!("it has a column `{name}`")),
            false => Ok(()),
        }
    }

    /// Returns the tools that make such a table; those that make any with a name and a time are told
    /// only where nothing else fits.
    pub(super) fn makers(&self) -> Vec<Tool> {
        let fits = |tool: &Tool| shape(*tool, self).is_ok();
        let loose = [Tool::Numbered, Tool::Rollbacks];
        let (any, certain): (Vec<_>, Vec<_>) = Tool::ALL
            .into_iter()
            .filter(fits)
            .partition(|tool| loose.contains(tool));
        if certain.is_empty() { any } else { certain }
    }
}

impl Columns {
    /// The tool whose table has these columns and no others.
    pub(super) fn only_maker(&self) -> Option<Tool> {
        let whole = [
            (Tool::GolangMigrate, 2),
            (Tool::Goose, 4),
            (Tool::Refinery, 4),
            (Tool::Sqlx, 6),
            (Tool::Flyway, 10),
        ];
        let mut fitting = whole
            .into_iter()
            .filter(|(tool, columns)| self.0.len() == *columns && shape(*tool, self).is_ok());
        fitting.next().map(|(tool, _)| tool)
    }
}

/// Columns in which runners of numbered files keep a file's name.
pub(super) const KEYS: [&str; 9] = [
    "version",
    "name",
    "filename",
    "file_name",
    "migration_name",
    "migration",
    "file",
    "script",
    "id",
];
/// Columns in which they keep when it ran.
pub(super) const TIMES: [&str; 7] = [
    "applied_at",
    "executed_at",
    "installed_on",
    "run_on",
    "run_at",
    "created_at",
    "applied",
];

/// Returns how the tool's rows are read from a table with these columns, or what is wrong with them.
pub(super) fn shape(tool: Tool, columns: &Columns) -> Result<Shape, String> {
    match tool {
        Tool::GolangMigrate => {
            columns.need(&[("version", NUMBER), ("dirty", BOOLEAN)])?;
            Ok(Shape {
                is_dirty: "dirty".to_owned(),
                ..Shape::new("version")
            })
        }
        Tool::Drizzle => {
            columns.need(&[("hash", TEXT), ("created_at", NUMBER)])?;
            Ok(Shape {
                name: columns.first(&["name"], TEXT).unwrap_or("NULL".into()),
                applied_at: columns
                    .first(&["applied_at"], TIME)
                    .unwrap_or("NULL".into()),
                checksum: "hash".to_owned(),
                from: "{table} ORDER BY created_at".to_owned(),
                ..Shape::new("created_at")
            })
        }
        Tool::Numbered | Tool::Rollbacks => of_a_runner(tool, columns),
        Tool::Refinery => {
            columns.need(&[
                ("version", NUMBER),
                ("name", TEXT),
                ("applied_on", TEXT),
                ("checksum", TEXT),
            ])?;
            Ok(Shape {
                name: "name".to_owned(),
                applied_at: "applied_on".to_owned(),
                checksum: "checksum".to_owned(),
                from: "{table} ORDER BY version".to_owned(),
                ..Shape::new("version")
            })
        }
        Tool::Sqlx => {
            columns.need(&[
                ("version", NUMBER),
                ("installed_on", TIME),
                ("success", BOOLEAN),
            ])?;
            // Of type bytea, which is in no category that tells it apart.
            if !columns.names("checksum") {
                return Err("it has no column `checksum`".to_owned());
            }
            Ok(Shape {
                name: columns
                    .first(&["description"], TEXT)
                    .unwrap_or("NULL".into()),
                applied_at: "installed_on".to_owned(),
                checksum: "pg_catalog.encode(checksum, 'hex')".to_owned(),
                is_dirty: "NOT success".to_owned(),
                from: "{table} ORDER BY version".to_owned(),
                ..Shape::new("version")
            })
        }
        Tool::Diesel => {
            columns.need(&[("version", TEXT), ("run_on", TIME)])?;
            Ok(Shape {
                applied_at: "run_on".to_owned(),
                from: "{table} ORDER BY version".to_owned(),
                ..Shape::new("version")
            })
        }
        Tool::Dbmate => {
            columns.need(&[("version", TEXT)])?;
            columns.lack("dirty")?;
            Ok(Shape {
                from: "{table} ORDER BY version".to_owned(),
                ..Shape::new("version")
            })
        }
        Tool::Goose => {
            columns.need(&[
                ("version_id", NUMBER),
                ("is_applied", BOOLEAN),
                ("tstamp", TIME),
                ("id", NUMBER),
            ])?;
            // A row for each event: the newest one counts, and version 0 is the table itself.
            Ok(Shape {
                applied_at: "tstamp".to_owned(),
                from: "(SELECT DISTINCT ON (version_id) version_id, is_applied, tstamp FROM \
                       {table} ORDER BY version_id, id DESC) AS newest WHERE is_applied AND \
                       version_id > 0 ORDER BY version_id"
                    .to_owned(),
                ..Shape::new("version_id")
            })
        }
        Tool::Flyway => {
            columns.need(&[
                ("installed_rank", NUMBER),
                ("version", TEXT),
                ("description", TEXT),
                ("type", TEXT),
                ("script", TEXT),
                ("checksum", NUMBER),
                ("installed_on", TIME),
                ("success", BOOLEAN),
            ])?;
            // What has no version is told apart by its description; what was undone or deleted has a
            // newer row that says so.
            Ok(Shape {
                name: "description".to_owned(),
                applied_at: "installed_on".to_owned(),
                checksum: "checksum".to_owned(),
                is_dirty: "NOT success".to_owned(),
                from: "(SELECT DISTINCT ON (version, CASE WHEN version IS NULL THEN description \
                       END) * FROM {table} WHERE type NOT IN ('SCHEMA', 'TABLE') ORDER BY version, \
                       CASE WHEN version IS NULL THEN description END, installed_rank DESC) AS \
                       newest WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE' ORDER BY \
                       installed_rank"
                    .to_owned(),
                ..Shape::new("coalesce(version, '')")
            })
        }
        Tool::NodePgMigrate => {
            columns.need(&[("name", TEXT), ("run_on", TIME)])?;
            Ok(Shape {
                applied_at: "run_on".to_owned(),
                from: "{table} ORDER BY run_on, name".to_owned(),
                ..Shape::new("name")
            })
        }
    }
}

/// The table of a runner that a project wrote for itself: a column that names the file, and what
/// else it has.
fn of_a_runner(tool: Tool, columns: &Columns) -> Result<Shape, String> {
    columns.lack("dirty")?;
    let named = columns.first(&KEYS, TEXT);
    let key = named.or_else(|| columns.first(&["version"], NUMBER));
    let key = key.ok_or_else(|| match tool {
        Tool::Rollbacks => "it has no column `name` of text".to_owned(),
        _ => "it has no column `version` of text or numbers".to_owned(),
    })?;
    let or_null = |column: Option<String>| column.unwrap_or_else(|| "NULL".to_owned());
    let success = columns.first(&["success"], BOOLEAN);
    Ok(Shape {
        applied_at: or_null(columns.first(&TIMES, TIME)),
        checksum: or_null(columns.first(&["checksum", "hash"], TEXT)),
        is_dirty: success.map_or_else(|| "false".to_owned(), |it| format!("NOT {it}")),
        from: format!("{{table}} ORDER BY {key}"),
        ..Shape::new(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn makers(columns: &[(&str, char)]) -> Vec<Tool> {
        let columns = columns
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), *kind));
        Columns(columns.collect()).makers()
    }

    #[test]
    fn tables_of_one_name_are_told_apart_by_their_columns() {
        let version = ("version", NUMBER);
        assert_eq!(
            makers(&[version, ("dirty", BOOLEAN)]),
            [Tool::GolangMigrate]
        );
        assert_eq!(makers(&[("version", TEXT)]), [Tool::Dbmate]);
        assert_eq!(makers(&[version]), [Tool::Numbered, Tool::Rollbacks]);
        assert_eq!(makers(&[("greeting", TEXT)]), []);
    }
}
