//! Files that run again and again: what each of them comes to, and that it is noted down together with
//! what the file did.

use insta::assert_snapshot;

use super::{legacy_with, tables};
use crate::support::limbeck::Project;
use crate::support::{Database, database};

const ALWAYS: &str = "repeat = \"always\"\n";
const ON_CHANGE: &str = "repeat = \"on-change\"\n";

fn startup(database: &Database, repeat: &str, files: &[(&str, &str)]) -> Project {
    legacy_with(database, repeat, files).file(
        "versions/0001.sql",
        "-- revision: 0001\n-- message: groups\n\n-- limbeck: upgrade\n\
         CREATE TABLE groups (id bigint);\n\n-- limbeck: downgrade\nDROP TABLE groups CASCADE;\n",
    )
}

fn states(database: &Database) -> Vec<String> {
    database.rows("SELECT name || ' ' || state FROM limbeck_repeats ORDER BY name")
}

#[test]
fn each_runs_at_every_upgrade_and_three_outcomes_are_told_apart() {
    let database = database();
    let files = [
        (
            "001_custom.sql",
            "ALTER TABLE groups ADD COLUMN IF NOT EXISTS custom text;\n",
        ),
        (
            "002_log.sql",
            "CREATE TABLE log (n int);\nINSERT INTO log VALUES (1);\n",
        ),
        (
            "003_later.sql",
            "CREATE TABLE half (n int);\nCREATE VIEW v AS SELECT * FROM later;\n",
        ),
        ("type.sql", "CREATE TYPE mood AS ENUM ('good', 'bad');\n"),
    ];
    let mut project = startup(&database, ALWAYS, &files);
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> 0001, groups
    repeat migrations/001_custom.sql
    repeat migrations/002_log.sql
    repeat migrations/003_later.sql
    repeat migrations/type.sql
    ------- stderr -------
    upgrade from <base> to 0001: 1 step
    ");
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/001_custom.sql  ([TIME])
    repeat migrations/002_log.sql  ([TIME])
    warning: migrations/003_later.sql waits: relation "later" does not exist
    hint: nothing of it ran; the next upgrade tries again
    repeat migrations/type.sql  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    "#);
    assert_eq!(tables(&database), ["groups", "log"]);
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    repeat migrations/001_custom.sql  ([TIME])
    repeat migrations/002_log.sql, 1 of 2 were there already  ([TIME])
    warning: migrations/003_later.sql waits: relation "later" does not exist
    hint: nothing of it ran; the next upgrade tries again
    repeat migrations/type.sql, already there
    0 applied, 1 already applied, 1 total ([TIME])
    "#);
    assert_eq!(database.rows("SELECT n::text FROM log"), ["1", "1"]);
    assert_snapshot!(project.run("status --exit-code"), @r#"
    applied  0001  groups  [DATE] in [TIME]
    repeat   migrations/001_custom.sql  [DATE]
    repeat   migrations/002_log.sql     [DATE]
    repeat   migrations/003_later.sql   waits: relation "later" does not exist  [DATE]
    repeat   migrations/type.sql        [DATE], already there
    ------- stderr -------
    1 applied, 0 pending; the database stands at 0001
    [exit status: 4]
    "#);
    assert_snapshot!(project.run("upgrade heads --format json"), @r#"
    {"direction":"upgrade","from":["0001"],"to":["0001"],"steps":[],"applied_before":1,"applied_after":1,"total":1,"repeated":[{"name":"migrations/001_custom.sql","path":"migrations/001_custom.sql","state":"ran","reason":null,"already_there":0,"statements":1,"duration_ms":[TIME]},{"name":"migrations/002_log.sql","path":"migrations/002_log.sql","state":"ran","reason":null,"already_there":1,"statements":2,"duration_ms":[TIME]},{"name":"migrations/003_later.sql","path":"migrations/003_later.sql","state":"waiting","reason":"relation \"later\" does not exist","already_there":0,"statements":2,"duration_ms":[TIME]},{"name":"migrations/type.sql","path":"migrations/type.sql","state":"already_there","reason":null,"already_there":1,"statements":1,"duration_ms":[TIME]}],"verified":[],"duration_ms":[TIME]}
    ------- stderr -------
    {"warning":{"code":"repeat_waits","message":"migrations/003_later.sql waits: relation \"later\" does not exist","candidates":[],"hints":["nothing of it ran; the next upgrade tries again"]}}
    "#);
    project.write("versions/0002.sql", "-- revision: 0002\n-- down_revision: 0001\n\n-- limbeck: upgrade\nCREATE TABLE later (n int);\n");
    assert_snapshot!(project.run("upgrade heads --format json"), @r#"
    {"direction":"upgrade","from":["0001"],"to":["0002"],"steps":[{"revision":"0002","direction":"upgrade","duration_ms":[TIME]}],"applied_before":1,"applied_after":2,"total":2,"repeated":[{"name":"migrations/001_custom.sql","path":"migrations/001_custom.sql","state":"ran","reason":null,"already_there":0,"statements":1,"duration_ms":[TIME]},{"name":"migrations/002_log.sql","path":"migrations/002_log.sql","state":"ran","reason":null,"already_there":1,"statements":2,"duration_ms":[TIME]},{"name":"migrations/003_later.sql","path":"migrations/003_later.sql","state":"ran","reason":null,"already_there":0,"statements":2,"duration_ms":[TIME]},{"name":"migrations/type.sql","path":"migrations/type.sql","state":"already_there","reason":null,"already_there":1,"statements":1,"duration_ms":[TIME]}],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), ["groups", "half", "later", "log"]);
    assert_snapshot!(project.run("history"), @r"
    0001 -> 0002 (head), empty message
    <base> -> 0001, groups
    ");
}

#[test]
fn one_that_did_not_change_does_not_run_again_until_a_downgrade_may_have_dropped_what_it_made() {
    let database = database();
    let view = "CREATE OR REPLACE VIEW ids AS SELECT id FROM groups;\n";
    let mut project = startup(&database, ON_CHANGE, &[("ids.sql", view)]);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/ids.sql  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    0 applied, 1 already applied, 1 total ([TIME])
    ");
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  0001  groups  [DATE] in [TIME]
    repeat   migrations/ids.sql  [DATE]
    ------- stderr -------
    1 applied, 0 pending; the database stands at 0001
    ");
    let more = "CREATE OR REPLACE VIEW ids AS SELECT id, 1 AS one FROM groups;\n";
    project.write("migrations/ids.sql", more);
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  0001  groups  [DATE] in [TIME]
    repeat   migrations/ids.sql  [DATE]  changed since
    ------- stderr -------
    1 applied, 0 pending; the database stands at 0001
    [exit status: 4]
    ");
    assert_snapshot!(project.run("plan upgrade heads --format json"), @r#"
    {"direction":"upgrade","from":["0001"],"to":["0001"],"steps":[],"repeat":["migrations/ids.sql"]}
    "#);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    repeat migrations/ids.sql  ([TIME])
    0 applied, 1 already applied, 1 total ([TIME])
    ");
    project.ok("downgrade base");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/ids.sql  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
    assert_snapshot!(project.run("redo"), @r"
    ------- stderr -------
    notice: drop cascades to view ids
    downgrade 0001 -> , groups  ([TIME])
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/ids.sql  ([TIME])
    2 steps done in [TIME]; 1 of 1 revision applied
    ");
    assert_eq!(
        database.rows("SELECT one::text FROM ids"),
        [] as [String; 0]
    );
    assert_snapshot!(project.run(&format!("reset --database-name {}", database.name())), @r"
    ------- stderr -------
    dropped 1 table, 1 view in public
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/ids.sql  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
}

#[test]
fn any_other_error_takes_back_its_file_and_ends_the_run() {
    let database = database();
    let files = [
        ("1.sql", "CREATE TABLE IF NOT EXISTS one (n int);\n"),
        (
            "2.sql",
            "CREATE TABLE two (n int);\nINSERT INTO two\nVALUES (1 / 0);\n",
        ),
        ("3.sql", "CREATE TABLE three (n int);\n"),
    ];
    let mut project = startup(&database, ON_CHANGE, &files);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/1.sql  ([TIME])
    error: migrations/2.sql failed and was rolled back
      migrations/2.sql:2
      2 | INSERT INTO two
        | 22012 division by zero
      done before it: 1 step, and 1 repeated file; the database stands at 0001
    [exit status: 3]
    ");
    assert_eq!(tables(&database), ["groups", "one"]);
    assert_eq!(states(&database), ["migrations/1.sql ran"]);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/2.sql failed and was rolled back
      migrations/2.sql:2
      2 | INSERT INTO two
        | 22012 division by zero
      done before it: 0 steps, and 0 repeated files; the database stands at 0001
    [exit status: 1]
    ");
    // What limbeck itself cannot read is found before anything runs.
    project.write(
        "migrations/2.sql",
        "CREATE TABLE two (n int);\nSELECT 'unfinished;\n",
    );
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/2.sql:2: the string that begins here has no end
    [exit status: 1]
    ");
}

#[test]
fn what_is_outside_of_transactions_runs_statement_by_statement() {
    let database = database();
    let files = [(
        "index.sql",
        "CREATE INDEX CONCURRENTLY ids ON groups (id);\nCREATE TABLE after (n int);\n",
    )];
    let more = format!("{ALWAYS}multi_statement = true\n");
    let project = startup(&database, &more, &files);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 0001, groups  ([TIME])
    repeat migrations/index.sql  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    repeat migrations/index.sql, already there
    0 applied, 1 already applied, 1 total ([TIME])
    ");
    assert_eq!(states(&database), ["migrations/index.sql already_there"]);
}

#[test]
fn what_a_file_commits_before_its_end_stays_when_it_fails() {
    let database = database();
    let text = "CREATE TABLE one (n int);\nCOMMIT;\nCREATE TABLE two (n int);\n";
    let files = [("1.sql", &*format!("{text}SELECT 1 / 0;\n"))];
    let more = format!("{ALWAYS}multi_statement = true\n");
    let mut project = startup(&database, &more, &files);
    let _ = project.run("upgrade heads");
    database.execute("DROP TABLE one");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/1.sql failed
      migrations/1.sql:4
      4 | SELECT 1 / 0
        | 22012 division by zero
      what it commits before its end stays; the next upgrade runs all of it again
      done before it: 0 steps, and 0 repeated files; the database stands at 0001
    [exit status: 3]
    ");
    assert_eq!(tables(&database), ["groups", "one"]);
    project.write("migrations/1.sql", format!("{text}SELECT * FROM later;\n"));
    database.execute("DROP TABLE one");
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    warning: migrations/1.sql waits: relation "later" does not exist
    hint: what it commits before that stays; the next upgrade tries again
    0 applied, 1 already applied, 1 total ([TIME])
    "#);
    assert_eq!(tables(&database), ["groups", "one"]);
}

#[test]
fn what_keeps_all_files_from_running_does_not_hide_what_was_done() {
    let database = database();
    let project = startup(&database, ALWAYS, &[("1.sql", "SELECT 1;\n")]);
    database.execute("CREATE VIEW limbeck_repeats AS SELECT 1 AS n");
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    upgrade  -> 0001, groups  ([TIME])
    error: 42703 column "name" does not exist
      done before it: 1 step; the database stands at 0001
      the files that run again did not run; the next upgrade runs them
    [exit status: 3]
    "#);
}

#[test]
fn files_of_flyway_without_a_version_can_be_such() {
    let database = database();
    let files = [
        ("V1__people.sql", "CREATE TABLE people (id int);\n"),
        (
            "R__People_view.sql",
            "CREATE OR REPLACE VIEW v AS SELECT * FROM people;\n",
        ),
    ];
    let project = legacy_with(&database, ON_CHANGE, &files);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 1, people  ([TIME])
    repeat migrations/R__People_view.sql  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
    assert_snapshot!(project.run("current"), @r"
    1 (head)
    ");
}

#[test]
fn a_script_has_all_of_them_at_its_end() {
    let database = database();
    let files = [("v.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;\n")];
    let project = startup(&database, ON_CHANGE, &files);
    let script = project.ok("upgrade heads --sql --no-ledger --no-guard");
    assert_snapshot!(script, @r"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> 0001

    CREATE TABLE groups (id bigint);

    INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;

    COMMIT;

    -- Running repeat migrations/v.sql

    BEGIN;

    CREATE OR REPLACE VIEW v AS SELECT 1;

    COMMIT;
    ");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let database = database();
    let files = [
        ("000001_a.up.sql", "SELECT 1;\n"),
        ("000001_a.down.sql", "SELECT 1;\n"),
    ];
    let more = format!("{ALWAYS}format = \"golang-migrate\"\n");
    let versioned = legacy_with(&database, &more, &files);
    assert_snapshot!(versioned.run("upgrade heads"), @r#"
    ------- stderr -------
    error: migrations: `repeat` is for files without a version, and those of golang-migrate have one
    hint: `repeat` goes with `format = "numbered"`, and with Flyway's `R__` files
    [exit status: 1]
    "#);
    let often = legacy_with(&database, "repeat = \"often\"\n", &files);
    assert_snapshot!(often.run("upgrade heads"), @r#"
    ------- stderr -------
    error: limbeck.toml:3: `source.repeat` takes "always" or "on-change"
    [exit status: 1]
    "#);
    let broken = startup(&database, ALWAYS, &[("a.sql", "SELECT 'never closed;\n")]);
    assert_snapshot!(broken.run("plan upgrade heads"), @r"
    upgrade  -> 0001, groups
    repeat migrations/a.sql
    ------- stderr -------
    upgrade from <base> to 0001: 1 step
    ");
    assert_snapshot!(broken.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/a.sql:1: the string that begins here has no end
    [exit status: 1]
    ");
}
