//! Tells which objects of the database a statement creates, changes or drops.
//!
//! Words only, no grammar. What a statement merely reads or refers to is left out, and so are
//! temporary tables. The statements in the body of a `DO` are looked at, too; functions are not
//! looked into, for creating one runs nothing of it.

mod reader;

use std::fmt;

use super::split::split;
use crate::script::Statement;

/// What an object is; those of one variant cannot share a name, `Other` ones of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A table, view, index or sequence.
    Relation(&'static str),
    /// A type or domain.
    Type(&'static str),
    /// A function, procedure or aggregate; those that differ in their arguments are taken as one.
    Routine(&'static str),
    /// Anything else.
    Other(&'static str),
}

/// An object of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is, as it was named.
    pub kind: Kind,
    /// Its schema, where it is given.
    pub schema: Option<String>,
    /// Its name as the catalog holds it.
    pub name: String,
}

/// What tells one object from another: kind, schema and name.
pub type Key<'o> = (Kind, &'o str, &'o str);

impl Object {
    /// Returns what two names of one object have in common.
    ///
    /// A name without a schema is taken as one of `public`.
    #[must_use]
    pub fn key(&self) -> Key<'_> {
        let (kind, schema) = match self.kind {
            Kind::Relation(_) => (Kind::Relation(""), self.schema.as_deref()),
            Kind::Type(_) => (Kind::Type(""), self.schema.as_deref()),
            Kind::Routine(_) => (Kind::Routine(""), self.schema.as_deref()),
            Kind::Other(word) => (Kind::Other(word), self.schema.as_deref()),
        };
        (kind, schema.unwrap_or("public"), &self.name)
    }
}

impl fmt::Display for Object {
    /// ``table `app.users` ``
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Kind::Relation(kind) | Kind::Type(kind) | Kind::Routine(kind) | Kind::Other(kind)) =
            self.kind;
        write!(f, "{kind} `")?;
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}`", self.name)
    }
}

/// What statements touch, and where what they touch cannot be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Objects with the line of the statement (1-based; 0 where there is no file), in order.
    pub objects: Vec<(Object, u32)>,
    /// Those that come into being by it, in order.
    pub made: Vec<Made>,
    /// The lines of what makes its SQL only when it runs.
    pub unread: Vec<u32>,
}

/// An object that a statement creates, or gives its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The object.
    pub object: Object,
    /// Whether the statement leaves one alone that is there already: `IF NOT EXISTS`, or a block
    /// that may have asked.
    pub unless_there: bool,
}

impl Touched {
    /// Adds the objects of a statement.
    pub fn add(&mut self, statement: &Statement) {
        reader::read(statement, self);
    }

    /// Adds the objects of SQL text that begins on a line.
    pub fn add_text(&mut self, text: &str, line: u32) {
        match split(text, line) {
            Ok(statements) => {
                for statement in &statements {
                    self.add(statement);
                }
            }
            Err(_) => self.unread.push(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(sql: &str) -> Touched {
        let mut touched = Touched::default();
        touched.add_text(sql, 1);
        touched
    }

    fn names(sql: &str) -> String {
        let touched = touched(sql);
        assert!(touched.unread.is_empty(), "{sql}");
        let names = touched.objects.iter().map(|(object, _)| object.to_string());
        names.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn what_is_created_changed_or_dropped_is_touched() {
        for (sql, expected) in [
            (
                "CREATE TABLE IF NOT EXISTS App.Users (id int REFERENCES other)",
                "table `app.users`",
            ),
            ("create unlogged table \"A\"\"b\" ()", "table `A\"b`"),
            (
                "CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1)",
                "table `m1`, table `m`",
            ),
            ("CREATE TABLE a AS SELECT * FROM b", "table `a`"),
            ("CREATE OR REPLACE VIEW v AS SELECT * FROM t", "view `v`"),
            (
                "CREATE OR REPLACE RECURSIVE VIEW v (a) AS SELECT 1",
                "view `v`",
            ),
            ("CREATE MATERIALIZED VIEW v AS SELECT 1", "view `v`"),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t (a)",
                "index `s.i`, table `s.t`",
            ),
            ("CREATE INDEX ON t (a)", "table `t`"),
            ("CREATE TYPE mood AS ENUM ('a')", "type `mood`"),
            (
                "CREATE OR REPLACE FUNCTION f(a int) RETURNS int AS $$ UPDATE t SET a = 1 $$",
                "function `f`",
            ),
            (
                "CREATE CONSTRAINT TRIGGER g AFTER INSERT OR UPDATE OF a ON s.t FOR EACH ROW EXECUTE FUNCTION f()",
                "table `s.t`",
            ),
            (
                "CREATE EVENT TRIGGER g ON ddl_command_end EXECUTE FUNCTION f()",
                "event trigger `g`",
            ),
            ("CREATE POLICY p ON t USING (true)", "table `t`"),
            (
                "CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING",
                "table `t`",
            ),
            (
                "CREATE STATISTICS s (mcv) ON a, b FROM t",
                "statistics `s`, table `t`",
            ),
            ("CREATE SCHEMA IF NOT EXISTS app", "schema `app`"),
            ("CREATE SCHEMA AUTHORIZATION joe", "schema `joe`"),
            ("CREATE USER joe", "role `joe`"),
            ("CREATE FOREIGN TABLE t () SERVER s", "table `t`"),
            ("ALTER TABLE IF EXISTS ONLY t ADD COLUMN a int", "table `t`"),
            (
                "ALTER TABLE app.t RENAME TO u",
                "table `app.t`, table `app.u`",
            ),
            ("ALTER TABLE t RENAME a TO b", "table `t`"),
            ("ALTER TABLE t SET SCHEMA app", "table `t`, table `app.t`"),
            (
                "ALTER TABLE t ATTACH PARTITION p DEFAULT",
                "table `t`, table `p`",
            ),
            ("ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", ""),
            ("ALTER TYPE mood ADD VALUE 'b'", "type `mood`"),
            (
                "ALTER FUNCTION f(int, text) RENAME TO g",
                "function `f`, function `g`",
            ),
            ("ALTER TRIGGER g ON t RENAME TO h", "table `t`"),
            (
                "DROP TABLE IF EXISTS a, s.b CASCADE",
                "table `a`, table `s.b`",
            ),
            (
                "DROP FUNCTION f(int, text), g",
                "function `f`, function `g`",
            ),
            ("DROP TRIGGER IF EXISTS g ON t", "table `t`"),
            ("DROP OWNED BY joe", ""),
            ("COMMENT ON COLUMN s.t.a IS 'x'", "table `s.t`"),
            ("COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'", "domain `d`"),
            ("COMMENT ON TABLE t IS NULL", "table `t`"),
            (
                "GRANT SELECT, UPDATE (a) ON s.t, u TO joe",
                "table `s.t`, table `u`",
            ),
            ("REVOKE ALL ON SCHEMA app FROM joe", "schema `app`"),
            ("GRANT ALL ON ALL TABLES IN SCHEMA app TO joe", ""),
            ("GRANT staff TO joe", ""),
            ("GRANT USAGE ON FOREIGN SERVER s TO joe", "server `s`"),
        ] {
            assert_eq!(names(sql), expected, "{sql}");
        }
    }

    #[test]
    fn rows_that_are_written_touch_their_table_and_rows_that_are_read_do_not() {
        for (sql, expected) in [
            (
                "INSERT INTO s.t (a) SELECT a FROM u ON CONFLICT (a) DO UPDATE SET a = 1",
                "table `s.t`",
            ),
            ("UPDATE ONLY t SET a = 1 FROM u", "table `t`"),
            ("DELETE FROM t USING u", "table `t`"),
            (
                "MERGE INTO t USING u ON a WHEN MATCHED THEN UPDATE SET b = 1",
                "table `t`",
            ),
            ("TRUNCATE TABLE a, ONLY b", "table `a`, table `b`"),
            ("COPY t (a) FROM '/x'", "table `t`"),
            ("COPY (SELECT 1) TO '/x'", ""),
            ("SELECT * FROM t FOR UPDATE", ""),
            (
                "WITH gone AS (DELETE FROM a RETURNING *), u AS (SELECT 1) INSERT INTO b SELECT * FROM gone",
                "table `a`, table `b`",
            ),
            ("CREATE TEMP TABLE t (a int)", ""),
            ("SET search_path = a", ""),
        ] {
            assert_eq!(names(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_comes_into_being_is_told_from_what_is_only_touched() {
        let made = |sql: &str| {
            let made = touched(sql).made.into_iter();
            let mark = |made: &Made| if made.unless_there { "?" } else { "" };
            let made = made.map(|made| format!("{}{}", made.object, mark(&made)));
            made.collect::<Vec<_>>().join(", ")
        };
        for (sql, expected) in [
            ("CREATE TABLE s.t (id int)", "table `s.t`"),
            ("CREATE TABLE IF NOT EXISTS t ()", "table `t`?"),
            ("CREATE TEMP TABLE t ()", ""),
            ("CREATE TABLE m1 PARTITION OF m DEFAULT", "table `m1`"),
            ("CREATE INDEX i ON s.t (a)", "index `s.i`"),
            ("CREATE SCHEMA app", "schema `app`"),
            ("CREATE SCHEMA AUTHORIZATION joe", "schema `joe`"),
            (
                "CREATE EXTENSION IF NOT EXISTS citext",
                "extension `citext`?",
            ),
            (
                "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ $$",
                "function `f`",
            ),
            (
                "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
                "",
            ),
            ("ALTER TABLE s.t RENAME TO u", "table `s.u`"),
            ("ALTER TABLE t SET SCHEMA s", "table `s.t`"),
            ("ALTER TABLE t RENAME a TO b", ""),
            (
                "DROP TABLE t; INSERT INTO u VALUES (1); COMMENT ON TABLE v IS ''",
                "",
            ),
            (
                "DO $$ BEGIN CREATE TYPE mood AS ENUM (); END $$",
                "type `mood`?",
            ),
        ] {
            assert_eq!(made(sql), expected, "{sql}");
        }
    }

    #[test]
    fn the_body_of_do_is_looked_into() {
        let sql = "SELECT 1;\nDO LANGUAGE plpgsql $x$\nDECLARE n int;\nBEGIN\n  ALTER TABLE a ADD b int;\n\
                   IF n > (1) THEN\n    UPDATE c SET d = CASE WHEN e THEN f ELSE g END;\n  ELSE\n\
                   EXECUTE 'DROP TABLE \"H\"';\n    EXECUTE format('DROP TABLE %I', n);\n  END IF;\n\
                   MERGE INTO m USING u ON a WHEN MATCHED THEN UPDATE SET b = 1;\n  END $x$";
        let touched = touched(sql);
        let lines: Vec<_> = touched
            .objects
            .iter()
            .map(|(object, line)| format!("{line} {object}"))
            .collect();
        assert_eq!(
            lines,
            ["5 table `a`", "7 table `c`", "9 table `H`", "12 table `m`"]
        );
        assert_eq!(touched.unread, [10]);
        assert_eq!(
            names("do 'begin drop table a; execute ''drop table b''; end'"),
            "table `a`, table `b`"
        );
    }

    #[test]
    fn one_object_has_one_key() {
        let key = |sql: &str| {
            let (object, _) = touched(sql).objects.remove(0);
            let (kind, schema, name) = object.key();
            (kind, schema.to_owned(), name.to_owned())
        };
        assert_eq!(key("DROP TABLE a"), key("CREATE VIEW public.A AS SELECT 1"));
        assert_ne!(key("DROP TABLE a"), key("DROP TABLE s.a"));
        assert_ne!(key("DROP TABLE a"), key("DROP TYPE a"));
        assert_ne!(key("DROP ROLE a"), key("DROP SCHEMA a"));
    }
}
