//! Wrong input of every kind, given as a stranger would give it.
//!
//! Each test shows what a person reads. That a program gets the same in one line of JSON under the
//! right code, and that neither the database nor the files were changed, is checked for each of them
//! by [`Case::refused`].

mod command_line;
mod config;
mod error_codes;
mod files;
mod graph;
mod mistyped;
mod server;
mod sql;
mod targets;

use crate::support::limbeck::{Output, Project};
use crate::support::{Database, database, project};

/// A project, and the database that must stay as it is.
struct Case {
    project: Project,
    database: Option<Database>,
}

impl Case {
    /// A project that reaches no database.
    fn alone(project: Project) -> Self {
        Self {
            project,
            database: None,
        }
    }

    /// A project on an empty database.
    fn new(build: impl FnOnce(Project) -> Project) -> Self {
        let database = database();
        let project = build(project().database(&database).file("limbeck.toml", ""));
        Self {
            project,
            database: Some(database),
        }
    }

    fn database(&self) -> &Database {
        self.database.as_ref().expect("the case has a database")
    }

    /// The same after a command that succeeds.
    #[track_caller]
    fn after(self, line: &str) -> Self {
        self.project.ok(line);
        self
    }

    /// The same after SQL that somebody ran.
    #[track_caller]
    fn after_sql(self, sql: &str) -> Self {
        self.database().execute(sql);
        self
    }

    /// Runs a command that must be refused under a code, and leave everything as it was.
    #[track_caller]
    fn refused(&self, line: &str, code: &str) -> Output {
        let before = self.state();
        let told = self.project.run(line);
        assert_eq!(before, self.state(), "`{line}` changed something\n{told}");
        assert!(
            matches!(told.code(), Some(1 | 2)),
            "`{line}` is not refused\n{told}"
        );
        self.same_for_programs(line, code, &told);
        assert_eq!(before, self.state(), "`{line}` changed something\n{told}");
        told
    }

    /// Runs a command that stops part-way under a code.
    #[track_caller]
    fn stopped(&self, line: &str, code: &str) -> Output {
        let told = self.project.run(line);
        assert_eq!(told.code(), Some(3), "{told}");
        let for_programs = self.project.run(&format!("--format json {line}"));
        assert_eq!(error_of(&for_programs)["code"], code, "{for_programs}");
        told
    }

    /// Holds what a program gets against what a person was told.
    #[track_caller]
    fn same_for_programs(&self, line: &str, code: &str, told: &Output) {
        let for_programs = self.project.run(&format!("--format json {line}"));
        for output in [told, &for_programs] {
            assert!(!output.stderr.contains("s3cr"), "a password\n{output}");
        }
        assert_eq!(for_programs.stdout, "", "{for_programs}");
        assert_eq!(for_programs.code(), told.code(), "{for_programs}");
        let error = error_of(&for_programs);
        assert_eq!(error["code"], code, "{for_programs}");
        let message = error["message"].as_str().unwrap_or_default();
        let first = message.lines().next().unwrap_or_default();
        assert!(!first.is_empty(), "{for_programs}");
        // The command line's own refusals are broken into lines in another way.
        let in_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let holds = in_one_line(&told.stderr).contains(&in_one_line(first));
        assert!(holds, "{told}\n{for_programs}");
    }

    /// Everything that a refused command must not change.
    fn state(&self) -> (Vec<String>, Vec<String>, Vec<String>) {
        let Some(database) = &self.database else {
            return (self.project.files(), Vec::new(), Vec::new());
        };
        let relations = database.rows(
            "SELECT n.nspname, c.relname, c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON \
             n.oid = c.relnamespace WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> \
             'information_schema' ORDER BY 1, 2, 3",
        );
        let mut rows = database.rows(
            "SELECT c.relname, query_to_xml(format('SELECT * FROM %s', c.oid::regclass), true, \
             true, '') FROM pg_class AS c WHERE c.relname IN ('alembic_version', \
             'limbeck_ledger', 'limbeck_journal') AND relkind = 'r' ORDER BY 1",
        );
        rows.sort();
        (self.project.files(), relations, rows)
    }
}

/// The error that the last line of stderr holds; warnings stand before it.
#[track_caller]
fn error_of(output: &Output) -> serde_json::Value {
    let last = output.stderr.lines().last().unwrap_or_default();
    let Ok(value) = serde_json::from_str::<serde_json::Value>(last) else {
        panic!("stderr is not JSON\n{output}");
    };
    value["error"].clone()
}
