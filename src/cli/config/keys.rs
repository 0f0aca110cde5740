//! Every key of the configuration, once.
//!
//! The file, the environment, `limbeck init` and the reference page `docs/configuration.md` all go
//! by this list; a test holds the page against it. What a value means is [`super::Config`]'s concern.

/// What a key's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `"text"`
    Text,
    /// `["a", "b"]`; in a variable `a,b`
    List,
    /// `true` or `false`
    Switch,
    /// `40`
    Number,
    /// `[{ name = "a", type = "exec" }]`; in a variable the same
    Hooks,
    /// `{ a = "b" }`
    Table,
    /// `[{ path = "migrations" }]`, or tables `[[source]]`; in a variable the former
    Sources,
    /// `"10s"`: a number with `ms`, `s`, `min` or `h`
    Time,
}

impl Kind {
    /// Returns what to write, for a message.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::List => "a list of strings",
            Self::Switch => "true or false",
            Self::Number => "a whole number",
            Self::Hooks => "a list of tables of strings, each with a `name`",
            Self::Table => "a table of strings",
            Self::Sources => "tables, each written `[[source]]` and with a `path`",
            Self::Time => "a time such as \"500ms\", \"10s\" or \"5min\"",
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in the file; a dot stands for a table.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Its default as it would be written in the file, or an example where it has none.
    pub example: &'static str,
    /// Whether `example` is the default.
    pub has_default: bool,
    /// One or two sentences for a person, each line on its own.
    pub about: &'static [&'static str],
}

impl Key {
    /// Returns the variable that overrides the file.
    #[must_use]
    pub fn variable(&self) -> String {
        let name = self.name.replace('.', "_").to_ascii_uppercase();
        format!("LIMBECK_{name}")
    }
}

const fn with_default(
    name: &'static str,
    kind: Kind,
    example: &'static str,
    about: &'static [&'static str],
) -> Key {
    Key {
        name,
        kind,
        example,
        has_default: true,
        about,
    }
}

const fn without_default(
    name: &'static str,
    kind: Kind,
    example: &'static str,
    about: &'static [&'static str],
) -> Key {
    Key {
        name,
        kind,
        example,
        has_default: false,
        about,
    }
}

/// All keys, in the order in which `init` writes them.
pub const KEYS: [Key; 30] = [
    with_default(
        "version_locations",
        Kind::List,
        r#"["versions"]"#,
        &["The folders that hold revisions, relative to this file."],
    ),
    with_default(
        "recursive_version_locations",
        Kind::Switch,
        "false",
        &["Read the folders below them, too."],
    ),
    without_default(
        "url",
        Kind::Text,
        r#""postgresql://app@localhost/app""#,
        &[
            "The database: a URL or libpq's key=value form. The variable `DATABASE_URL` goes before",
            "it; without both, libpq's `PG*` variables say where it is. Keep passwords out of here.",
        ],
    ),
    with_default(
        "version_table",
        Kind::Text,
        r#""alembic_version""#,
        &["The table that holds the database's heads."],
    ),
    without_default(
        "version_table_schema",
        Kind::Text,
        r#""public""#,
        &[
            "The schema of that table and of the ledger. Without it: the first schema of the",
            "connection's search_path.",
        ],
    ),
    without_default(
        "search_path",
        Kind::Text,
        r#""app, public""#,
        &["The search_path that each revision begins with, in place of the role's own."],
    ),
    with_default(
        "transaction",
        Kind::Text,
        r#""revision""#,
        &[
            "\"revision\": each revision commits on its own. \"all\": one transaction round the",
            "whole run.",
        ],
    ),
    with_default(
        "lock_wait",
        Kind::Time,
        r#""60s""#,
        &["How long to wait for another limbeck that is at work on this database."],
    ),
    with_default(
        "lock_timeout",
        Kind::Time,
        r#""0""#,
        &["How long a revision's statement may wait for a lock on a table. \"0\": no limit."],
    ),
    with_default(
        "statement_timeout",
        Kind::Time,
        r#""0""#,
        &["How long a revision's statement may run. \"0\": no limit."],
    ),
    with_default(
        "connect_timeout",
        Kind::Time,
        r#""10s""#,
        &["How long one attempt to connect may take."],
    ),
    with_default(
        "connect_retry",
        Kind::Time,
        r#""0""#,
        &["How long to go on trying while the server refuses or is starting. \"0\": one attempt."],
    ),
    with_default(
        "new_revision",
        Kind::Text,
        r#""sql""#,
        &["The format of a new revision file: \"sql\" or \"rust\"."],
    ),
    with_default(
        "file_template",
        Kind::Text,
        r#""{rev}_{slug}""#,
        &[
            "The name of a new revision file, without its ending. Tokens: {rev} {slug} {epoch}",
            "{year} {month} {day} {hour} {minute} {second}; Alembic's %(rev)s, %(month).2d and so",
            "on are understood as well. A `/` makes sub-folders.",
        ],
    ),
    with_default(
        "truncate_slug_length",
        Kind::Number,
        "40",
        &["The length at which the message in a file name is cut."],
    ),
    with_default(
        "timezone",
        Kind::Text,
        r#""UTC""#,
        &["The time zone of dates in new revision files, such as \"Europe/Berlin\"."],
    ),
    without_default(
        "post_write_hooks",
        Kind::Hooks,
        r#"[{ name = "format", type = "exec", executable = "pg_format", options = "-i" }]"#,
        &["Programs to run on a new revision file, as Alembic's hooks of the same name."],
    ),
    without_default(
        "verify.tables",
        Kind::List,
        r#"["customers", "audit.events"]"#,
        &["Tables that must be there after a run that leaves no revision pending."],
    ),
    without_default(
        "alembic.config",
        Kind::Text,
        r#""alembic.ini""#,
        &[
            "An Alembic project's `alembic.ini` or `pyproject.toml`: what this file leaves open is",
            "taken from there.",
        ],
    ),
    without_default(
        "alembic.bridge",
        Kind::Text,
        r#""alembic""#,
        &[
            "The command that starts the project's own Alembic. It then runs the revisions that limbeck",
            "cannot translate, each when its turn has come.",
        ],
    ),
    without_default(
        "alembic.declarations",
        Kind::Table,
        r#"{ "30018084ec99.branch_labels" = "contract" }"#,
        &[
            "What variables of revision files are worth whose values only Python knows, several",
            "separated by commas: `REVISION.VARIABLE`, or `FILE.py.VARIABLE`.",
        ],
    ),
    without_default(
        "alembic.naming_convention",
        Kind::Table,
        r#"{ ix = "ix_%(column_0_label)s", uq = "uq_%(table_name)s_%(column_0_name)s" }"#,
        &[
            "The naming convention of the project's `MetaData`, which its `env.py` hands to Alembic: it",
            "names constraints and indexes that have no name.",
        ],
    ),
    without_default(
        "alembic.types",
        Kind::Table,
        r#"{ "app.types.GUID" = "UUID" }"#,
        &["What column types of the project's own, by their full names, are in PostgreSQL."],
    ),
    without_default(
        "alembic.python_path",
        Kind::List,
        r#"["."]"#,
        &[
            "Folders of the project's modules, which revisions import helper functions from. They are",
            "read and never run.",
        ],
    ),
    without_default(
        "alembic.ignore",
        Kind::List,
        r#"["app.migrations.log_progress"]"#,
        &["Functions of the project that do nothing to the database, by their full names."],
    ),
    without_default(
        "check.heads",
        Kind::List,
        r#"["users", "orders"]"#,
        &[
            "The lines, by their branch label, that may each have a head of their own. Without it:",
            "`limbeck check` wants one head in all.",
        ],
    ),
    without_default(
        "check.ignore",
        Kind::List,
        r#"["missing_downgrade:0001", "file_name"]"#,
        &[
            "What `limbeck check` is not to report: a code, or a code and the one revision that is",
            "meant.",
        ],
    ),
    without_default(
        "rust.binary",
        Kind::Text,
        r#""target/release/migrate""#,
        &[
            "This project's own binary, built with its Rust-coded revisions; `limbeck` hands over",
            "to it where their code is needed.",
        ],
    ),
    with_default(
        "rust.command",
        Kind::List,
        r#"["cargo", "run", "--quiet", "--"]"#,
        &["The command that builds and runs it, where `rust.binary` is not set."],
    ),
    without_default(
        SOURCE,
        Kind::Sources,
        r#"[{ path = "backend/migrations" }]"#,
        &["A folder of another migration tool, read in place as a branch of the graph."],
    ),
];

/// The key whose tables are folders of other tools.
pub const SOURCE: &str = "source";

/// The keys of one [`SOURCE`], in the order in which `init` writes them.
pub const OF_SOURCE: [Key; 11] = [
    without_default(
        "source.path",
        Kind::Text,
        r#""backend/migrations""#,
        &["The folder, relative to this file."],
    ),
    with_default(
        "source.format",
        Kind::Text,
        r#""auto""#,
        &[
            "The tool: \"golang-migrate\", \"drizzle\", \"numbered\", \"rollbacks\", \"refinery\", \"sqlx\",",
            "\"diesel\", \"dbmate\", \"goose\", \"flyway\" or \"node-pg-migrate\". \"auto\" recognises it.",
        ],
    ),
    without_default(
        "source.label",
        Kind::Text,
        r#""backend""#,
        &["The label of its branch. Without it: the name of the folder."],
    ),
    without_default(
        "source.depends_on",
        Kind::List,
        r#"["drizzle"]"#,
        &["Revisions or labels that must be applied before anything of this folder."],
    ),
    without_default(
        "source.table",
        Kind::Text,
        r#""schema_migrations""#,
        &["The table in which the tool keeps what is applied. Without it: the tool's usual one."],
    ),
    with_default(
        "source.mirror",
        Kind::Switch,
        "false",
        &["Keep that table in step: the tool sees what limbeck applies, and what it takes back."],
    ),
    without_default(
        "source.locations",
        Kind::List,
        r#"["backend/more"]"#,
        &["Further folders whose files count as this one's, relative to this file."],
    ),
    without_default(
        "source.rollbacks",
        Kind::Text,
        r#""rollbacks""#,
        &[
            "For \"rollbacks\": the folder of files that lead back, relative to `path`. Without it:",
            "`rollbacks` or `rollback`, in it or beside it.",
        ],
    ),
    with_default(
        "source.multi_statement",
        Kind::Switch,
        "false",
        &[
            "For \"golang-migrate\", \"numbered\" and \"rollbacks\": the tool sends a file statement by",
            "statement, as with `x-multi-statement`.",
        ],
    ),
    without_default(
        "source.repeat",
        Kind::Text,
        r#""on-change""#,
        &[
            "Runs its files after every upgrade, \"always\" or \"on-change\", and not as revisions. For",
            "\"numbered\" files, and those of \"flyway\" that have no version.",
        ],
    ),
    without_default(
        "source.placeholders",
        Kind::Table,
        r#"{ owner = "app" }"#,
        &["For \"flyway\": what stands for `${owner}` in its files."],
    ),
];

/// The keys that `-x KEY=VALUE` sets, as Alembic projects do it in their `env.py`.
pub const OF_X: [&str; 2] = ["version_table", "version_table_schema"];

/// Returns the key of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().chain(&OF_SOURCE).find(|key| key.name == name)
}

/// Returns the name that somebody probably meant.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Returns the key that somebody probably meant, who may have left out its table.
#[must_use]
pub fn meant(name: &str) -> Option<&'static str> {
    let in_a_table = |key: &&Key| {
        key.name
            .rsplit_once('.')
            .is_some_and(|(_, own)| own == name)
    };
    let known = || KEYS.iter().chain(&OF_SOURCE);
    let in_a_table = known().find(in_a_table).map(|key| key.name);
    in_a_table.or_else(|| nearest(name, known().map(|key| key.name)))
}

/// Writes all keys as they stand in a new `limbeck.toml`, commented out.
#[must_use]
pub fn commented() -> String {
    let mut text = String::new();
    let mut table = "";
    for key in &KEYS {
        let (in_table, name) = key.name.split_once('.').unwrap_or(("", key.name));
        text.push('\n');
        if in_table != table && key.kind != Kind::Sources {
            text.push_str(&format!("# [{in_table}]\n\n"));
            table = in_table;
        }
        if key.kind == Kind::Sources {
            for line in key.about {
                text.push_str(&format!("# {line}\n"));
            }
            text.push_str(&format!("\n# [[{name}]]\n"));
            for key in &OF_SOURCE {
                text.push('\n');
                example(&mut text, key);
            }
        } else {
            example(&mut text, key);
        }
    }
    text
}

fn example(text: &mut String, key: &Key) {
    for line in key.about {
        text.push_str(&format!("# {line}\n"));
    }
    let name = key.name.rsplit('.').next().unwrap_or_default();
    text.push_str(&format!("# {name} = {}\n", key.example));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_tells_of_each_key_and_of_no_other() {
        let page = include_str!("../../../docs/configuration.md");
        let told: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
            .collect();
        let known: Vec<&str> = KEYS.iter().chain(&OF_SOURCE).map(|key| key.name).collect();
        assert_eq!(told, known);
        for key in KEYS.iter().chain(&OF_SOURCE) {
            let is_top = KEYS.iter().any(|top| top.name == key.name);
            assert!(
                !is_top || page.contains(&key.variable()),
                "{}",
                key.variable()
            );
            let name = key.name.rsplit('.').next().unwrap_or_default();
            let line = format!("{name} = {}", key.example);
            assert!(page.contains(&line), "{line}");
        }
    }

    #[test]
    fn a_typo_finds_the_key_that_was_meant() {
        let names = || KEYS.iter().map(|key| key.name);
        assert_eq!(
            nearest("version_location", names()),
            Some("version_locations")
        );
        assert_eq!(nearest("time_zone", names()), Some("timezone"));
        assert_eq!(nearest("sqlalchemy", names()), None);
        assert_eq!(meant("heads"), Some("check.heads"));
        assert_eq!(meant("check.head"), Some("check.heads"));
    }
}
