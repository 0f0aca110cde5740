//! Revisions that only Python can run, run by the project's own Alembic, one step at a time.

use crate::support::limbeck::Project;
use crate::support::{Database, database, oracle, project};

/// An env.py that connects where the variable `APP_URL` says.
const ENV: &str = "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\
    url = 'postgresql+psycopg://' + os.environ['APP_URL'].split('://', 1)[1]\n\
    with create_engine(url).connect() as connection:\n    \
    context.configure(connection=connection)\n    with context.begin_transaction():\n        \
    context.run_migrations()\n";

/// A revision whose table has a name that only its environment knows.
fn python(id: &str, parents: &str) -> String {
    format!(
        "'''add {id}'''\nimport os\nfrom alembic import op\n\nrevision = '{id}'\n\
         down_revision = {parents}\n\n\n\
         def upgrade():\n    op.execute(f\"CREATE TABLE {{os.environ['PREFIX']}}_{id} (n int)\")\n\n\n\
         def downgrade():\n    op.execute(f\"DROP TABLE {{os.environ['PREFIX']}}_{id}\")\n"
    )
}

/// A trunk, two lines, their merge, and revisions of limbeck in between and on top.
fn mixed(database: &Database) -> Project {
    let sql = |id: &str, down: &str| {
        format!(
            "-- revision: {id}\n-- down_revision: {down}\n-- limbeck: upgrade\n\
             CREATE TABLE s_{id} (n int);\n-- limbeck: downgrade\nDROP TABLE s_{id};\n"
        )
    };
    project()
        .database(database)
        .file(
            "alembic.ini",
            "[alembic]\nscript_location = db\nversion_locations = db/versions new\n",
        )
        .file("db/env.py", ENV)
        .file("db/versions/a.py", python("a1", "None"))
        .file("db/versions/b.py", python("b1", "'a1'"))
        .file("db/versions/c.py", python("c1", "'a1'"))
        .file("db/versions/m.py", python("m1", "('b1', 'c1')"))
        .file("new/n.sql", sql("n1", "m1"))
        .env("APP_URL", database.url())
        .env("PREFIX", "t")
        .env("LIMBECK_ALEMBIC_BRIDGE", command())
}

fn command() -> String {
    format!("'{}' -m alembic", oracle::python().display())
}

/// What each row of the ledger says, in order.
fn ledger(database: &Database) -> Vec<String> {
    database.rows(
        "SELECT direction || ' ' || revision || CASE WHEN duration IS NULL THEN ' at once' ELSE '' \
         END FROM limbeck_ledger ORDER BY id",
    )
}

#[test]
fn each_step_is_alembics_or_limbecks_own_and_all_are_in_the_ledger() {
    let database = database();
    let project = mixed(&database);
    project.ok("upgrade heads");
    assert_eq!(database.heads(), ["n1"]);
    let tables = ["s_n1", "t_a1", "t_b1", "t_c1", "t_m1"];
    for table in tables {
        assert!(database.has(table), "{table}");
    }
    let up = ["a1", "b1", "c1", "m1", "n1"].map(|id| format!("upgrade {id}"));
    let mut done = ledger(&database);
    done[1..3].sort();
    assert_eq!(done, up);
    // One of two lines: the other child of the trunk stays.
    project.ok("downgrade m1-1");
    assert_eq!(database.heads(), ["b1", "c1"]);
    project.ok("downgrade b1@a1");
    assert_eq!(database.heads(), ["c1"]);
    project.ok("downgrade base");
    assert_eq!(database.heads(), [""; 0]);
    for table in tables {
        assert!(!database.has(table), "{table}");
    }
    let status = project.ok("status --format json").json();
    assert_eq!(status["pending"].as_array().unwrap().len(), 5);
}

#[test]
fn what_alembic_says_when_it_fails_is_told_and_what_was_done_stays() {
    let database = database();
    let project = mixed(&database);
    database.execute("CREATE TABLE t_m1 ()");
    let output = project.run("upgrade heads --format json");
    assert_eq!(output.code(), Some(3), "{output}");
    let error = &output.json_error()["error"];
    assert_eq!(error["code"], "bridge_failed", "{output}");
    assert!(output.stderr.contains("DuplicateTable"), "{output}");
    assert_eq!(database.heads(), ["b1", "c1"]);
    database.execute("DROP TABLE t_m1");
    project.ok("upgrade heads");
    assert_eq!(database.heads(), ["n1"]);
}

#[test]
fn an_alembic_that_works_elsewhere_is_noticed_after_its_first_step() {
    let (database, other) = (database(), database());
    let project = mixed(&database).env("APP_URL", other.url());
    let output = project.run("upgrade heads");
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(
        output.stderr.contains("the database stands at <base>"),
        "{output}"
    );
    assert!(
        output
            .stderr
            .contains("does its `env.py` name this database"),
        "{output}"
    );
    assert!(!database.has("limbeck_ledger"));
    assert_eq!(other.heads(), ["a1"]);
}

#[test]
fn a_bridge_that_cannot_be_used_is_refused() {
    let database = database();
    let project = mixed(&database).env("LIMBECK_ALEMBIC_BRIDGE", "no-such-program upgrade");
    let output = project.run("upgrade heads");
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(
        output.stderr.contains("cannot start `no-such-program`"),
        "{output}"
    );
    let project = mixed(&database).env("LIMBECK_TRANSACTION", "all");
    let output = project.run("upgrade heads --format json");
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(
        output.json_error()["error"]["code"],
        "no_transaction_in_one"
    );
    // A script has nobody to run it.
    let output = mixed(&database).run("upgrade heads --sql --format json");
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(output.json_error()["error"]["code"], "not_translated");
    assert_eq!(database.heads(), [""; 0]);
    let output = mixed(&database)
        .env("LIMBECK_ALEMBIC_BRIDGE", "'alembic")
        .run("heads");
    assert!(
        output.stderr.contains("its words quoted as in a shell"),
        "{output}"
    );
}

/// A revision that changes a table or not, then looks for an index and builds it if need be.
fn looking(id: &str, parents: &str, first: &str) -> String {
    format!(
        "from alembic import op\nimport sqlalchemy as sa\n\nrevision = '{id}'\n\
         down_revision = {parents}\n\n\ndef upgrade():\n    {first}\n    bind = op.get_bind()\n    \
         missing = not bind.execute(sa.text(\"SELECT to_regclass('t_n_{id}')\")).scalar()\n    \
         with op.get_context().autocommit_block():\n        if missing:\n            \
         op.create_index('t_n_{id}', 't', ['n'], postgresql_concurrently=True)\n"
    )
}

#[test]
fn a_look_at_the_database_may_stand_before_a_part_outside_of_transactions() {
    let database = database();
    database.execute("CREATE TABLE t (n int)");
    let project = project()
        .database(&database)
        .file("alembic.ini", "[alembic]\nscript_location = db\n")
        .file("db/env.py", ENV)
        .file("db/versions/a.py", looking("a1", "None", "pass"))
        .file(
            "db/versions/b.py",
            looking("b1", "'a1'", "op.execute('ALTER TABLE t ADD m int')"),
        )
        .env("APP_URL", database.url());
    // What has only asked goes on without its transaction; what has also changed something cannot.
    let output = project.run("upgrade head");
    assert_eq!(output.code(), Some(3), "{output}");
    assert!(
        output.stderr.contains("a revision that reads rows cannot"),
        "{output}"
    );
    assert_eq!(database.heads(), ["a1"]);
    let output = project.run("upgrade head --format json");
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(output.json_error()["error"]["code"], "code_failed");
    assert!(database.has("t_n_a1"));
    let columns = "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0";
    assert_eq!(database.rows(columns), ["n"]);
    let project = project.env("LIMBECK_ALEMBIC_BRIDGE", command());
    project.ok("upgrade head");
    assert_eq!(database.heads(), ["b1"]);
    assert!(database.has("t_n_b1"));
    assert_eq!(database.rows(columns), ["n", "m"]);
}

#[test]
fn a_revision_begins_with_the_search_path_of_the_settings() {
    let database = database();
    database.execute("CREATE SCHEMA app");
    let project = project()
        .database(&database)
        .env("LIMBECK_SEARCH_PATH", "app, pg_catalog")
        .file(
            "versions/a.sql",
            "-- revision: a1\n-- limbeck: upgrade\nCREATE TABLE t (n int);\n\
             -- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);\n\
             -- limbeck: downgrade\nDROP TABLE t;\n",
        );
    let script = project.ok("upgrade head --sql").stdout;
    project.ok("upgrade head");
    assert!(database.has("app.t"));
    assert!(database.has("app.t_n"));
    assert!(database.has("public.alembic_version"));
    project.ok("downgrade base");
    assert!(!database.has("app.t"));
    assert_eq!(
        script.matches("'search_path', 'app, pg_catalog'").count(),
        3,
        "{script}"
    );
}
