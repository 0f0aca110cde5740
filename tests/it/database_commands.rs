//! The commands that ask or change a database: what they print, and how they end.

use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::limbeck::Project;
use crate::support::{Database, database, project};

fn line(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .line_of_revisions(3)
}

/// A line whose second revision fails, and whose first has a part outside of transactions.
fn broken(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .revisions(&[("a1", "", "")])
        .file(
            "versions/b1.sql",
            "-- revision: b1\n-- down_revision: a1\n-- message: sum up\n\n-- limbeck: upgrade\n\
             CREATE TABLE sums (id bigint);\nSELECT id,\n       total\nFROM sums;\n",
        )
}

#[test]
fn nothing_is_there_at_first_and_asking_makes_nothing() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("current"), @"");
    assert_snapshot!(project.run("current --format json"), @r#"{"heads":[]}"#);
    assert_snapshot!(project.run("status"), @r"
    pending  r0001  add t_r0001
    pending  r0002  add t_r0002
    pending  r0003  add t_r0003
    ------- stderr -------
    0 applied, 3 pending; the database stands at <base>
    ");
    assert_snapshot!(project.run("plan upgrade head"), @r"
    upgrade  -> r0001, add t_r0001
    upgrade r0001 -> r0002, add t_r0002
    upgrade r0002 -> r0003, add t_r0003
    ------- stderr -------
    upgrade from <base> to r0003: 3 steps
    ");
    assert_snapshot!(project.run("history -i --format json"), @r#"
    {"revisions":[{"revision":"r0003","down_revision":["r0002"],"depends_on":[],"branch_labels":[],"message":"add t_r0003","created":"[DATE]","path":"versions/r0003.sql","format":"sql","head":true,"base":false,"branch_point":false,"merge_point":false,"applied":false},{"revision":"r0002","down_revision":["r0001"],"depends_on":[],"branch_labels":[],"message":"add t_r0002","created":"[DATE]","path":"versions/r0002.sql","format":"sql","head":false,"base":false,"branch_point":false,"merge_point":false,"applied":false},{"revision":"r0001","down_revision":[],"depends_on":[],"branch_labels":[],"message":"add t_r0001","created":"[DATE]","path":"versions/r0001.sql","format":"sql","head":false,"base":true,"branch_point":false,"merge_point":false,"applied":false}]}
    "#);
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn current_also_shows_what_is_applied_only_because_a_head_depends_on_it() {
    let database = database();
    let project = project()
        .database(&database)
        .file("limbeck.toml", "")
        .revisions(&[
            ("a1", "", ""),
            ("a2", "a1", ""),
            ("a3", "a2", ""),
            ("b1", "", "depends_on: a2"),
        ]);
    project.ok("upgrade b1");
    assert_eq!(database.heads(), ["b1"]);
    assert_snapshot!(project.run("current"), @r"
    b1 (head)
    a2 (by dependency)
    ");
    project.ok("upgrade heads");
    assert_snapshot!(project.run("current"), @r"
    a3 (head)
    b1 (head)
    ");
}

#[test]
fn upgrade_says_each_step_and_the_sum() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("upgrade +2"), @"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    upgrade r0001 -> r0002, add t_r0002  ([TIME])
    2 applied, 0 already applied, 3 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade r0002"), @"
    ------- stderr -------
    0 applied, 2 already applied, 3 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    {"direction":"upgrade","from":["r0002"],"to":["r0003"],"steps":[{"revision":"r0003","direction":"upgrade","duration_ms":[TIME]}],"applied_before":2,"applied_after":3,"total":3,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_snapshot!(project.run("current"), @"r0003 (head)");
    assert_snapshot!(project.run("current -v"), @r"
    Current revision(s) for postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]:
    Rev: r0003 (head)
    Parent: r0002
    Path: versions/r0003.sql

        add t_r0003

        Create Date: [DATE]
    ");
    assert_snapshot!(project.run("current --check-heads --format json"), @r#"
    {"heads":[{"revision":"r0003","known":true,"head":true,"message":"add t_r0003"}]}
    "#);
    assert_eq!(database.heads(), ["r0003"]);
}

#[test]
fn downgrade_goes_back() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade head");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    downgrade r0003 -> r0002, add t_r0003  ([TIME])
    1 step done in [TIME]; 2 of 3 revisions applied
    ");
    assert_snapshot!(project.run("current -c"), @r"
    r0002
    ------- stderr -------
    the database is not at all heads
    [exit status: 4]
    ");
    assert_snapshot!(project.run("downgrade base -q"), @"");
    assert_eq!(database.heads(), [""; 0]);
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: `-1` goes too far: there is no revision that way
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn status_tells_what_is_applied_and_what_is_not() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade r0002");
    assert_snapshot!(project.run("status"), @r"
    applied  r0001  add t_r0001  [DATE] in [TIME]
    applied  r0002  add t_r0002  [DATE] in [TIME]
    pending  r0003  add t_r0003
    ------- stderr -------
    2 applied, 1 pending; the database stands at r0002
    ");
    assert_snapshot!(project.run("status --format json"), @r#"
    {"database":{"heads":["r0002"]},"applied":[{"revision":"r0001","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true},{"revision":"r0002","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true}],"pending":[{"revision":"r0003","message":"add t_r0003","path":"versions/r0003.sql"}],"late":[],"unclear":[],"unknown":[],"stopped":[],"repeated":[]}
    "#);
    assert_snapshot!(project.run("status --exit-code -q"), @r"
    applied  r0001  add t_r0001  [DATE] in [TIME]
    applied  r0002  add t_r0002  [DATE] in [TIME]
    pending  r0003  add t_r0003
    [exit status: 4]
    ");
    assert_snapshot!(project.run("history -i"), @r"
    r0002 -> r0003 (head), add t_r0003
    r0001 -> r0002 (current), add t_r0002
    <base> -> r0001, add t_r0001
    ");
    assert_snapshot!(project.run("history --graph -i"), @r"
    ○  r0003 (head), add t_r0003
    ●  r0002 (current), add t_r0002
    ●  r0001, add t_r0001
    ");
    assert_snapshot!(project.run("show current"), @r"
    Rev: r0002
    Parent: r0001
    Path: versions/r0002.sql

        add t_r0002

        Create Date: [DATE]
    ");
}

#[test]
fn a_changed_file_and_an_unknown_row_are_told() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade head");
    let text = project.read("versions/r0001.sql").replace("bigint", "int");
    let project = project.file("versions/r0001.sql", text);
    std::fs::remove_file(project.path("versions/r0003.sql")).unwrap();
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  r0001  add t_r0001  [DATE] in [TIME]  changed since
    applied  r0002  add t_r0002  [DATE] in [TIME]
    unknown  r0003  add t_r0003, in no file
    ------- stderr -------
    2 applied, 0 pending; the database stands at r0003, 1 unknown
    [exit status: 4]
    ");
    assert_snapshot!(project.run("current"), @"r0003 (unknown)");
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    error: the database stands at `r0003`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck downgrade r0003@-1` takes it back with what the ledger kept of it
    [exit status: 1]
    ");
    assert_snapshot!(project.run("show current"), @"
    ------- stderr -------
    error: the database stands at `r0003`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck status` shows what is known
    [exit status: 1]
    ");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    downgrade r0003 -> r0002  ([TIME])
    1 step done in [TIME]; 2 of 2 revisions applied
    ");
}

#[test]
fn below_a_row_that_nobody_knows_nothing_is_called_pending() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade r0002");
    database.execute("UPDATE alembic_version SET version_num = 'elsewhere'");
    assert_snapshot!(project.run("status --exit-code"), @"
    unclear  r0001      add t_r0001  in the ledger since [DATE]
    unclear  r0002      add t_r0002  in the ledger since [DATE]
    unclear  r0003      add t_r0003
    unknown  elsewhere  in no file
    ------- stderr -------
    0 applied, 0 pending, 3 unclear; the database stands at elsewhere, 1 unknown
    [exit status: 4]
    ");
    assert_snapshot!(project.run("status --format json"), @r#"
    {"database":{"heads":["elsewhere"]},"applied":[],"pending":[],"late":[],"unclear":[{"revision":"r0001","message":"add t_r0001","path":"versions/r0001.sql","applied_at":"[DATE]"},{"revision":"r0002","message":"add t_r0002","path":"versions/r0002.sql","applied_at":"[DATE]"},{"revision":"r0003","message":"add t_r0003","path":"versions/r0003.sql","applied_at":null}],"unknown":[{"revision":"elsewhere","message":""}],"stopped":[],"repeated":[]}
    "#);
    let known = project.run("history -i --format json").json();
    assert!(known["revisions"][0]["applied"].is_null());
    // One line that is known, and one that is not.
    database.execute("INSERT INTO alembic_version VALUES ('r0001')");
    assert_snapshot!(project.run("status -q"), @"
    applied  r0001      add t_r0001  [DATE] in [TIME]
    unclear  r0002      add t_r0002  in the ledger since [DATE]
    unclear  r0003      add t_r0003
    unknown  elsewhere  in no file
    ");
    let known = project.run("history -i --format json").json();
    assert!(known["revisions"][0]["applied"].is_null());
    assert_eq!(known["revisions"][2]["applied"], true);
}

#[test]
fn a_failing_step_is_shown_with_its_line() {
    let database = database();
    let project = broken(&database);
    assert_snapshot!(project.run("upgrade head"), @r#"
    ------- stderr -------
    upgrade  -> a1, add t_a1  ([TIME])
    error: step 2 of 2 failed and was rolled back: upgrade b1, sum up
      versions/b1.sql:8
      8 |        total
        |        ^^^^^ 42703 column "total" does not exist
      done before it: 1 step; the database stands at a1
    [exit status: 3]
    "#);
    assert_snapshot!(project.run("upgrade head"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, sum up
      versions/b1.sql:8
      8 |        total
        |        ^^^^^ 42703 column "total" does not exist
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"sql_failed","message":"step 1 of 1 failed and was rolled back: upgrade b1, sum up","candidates":[],"hints":[],"details":["versions/b1.sql:8","8 |        total","  |        ^^^^^ 42703 column \"total\" does not exist","done before it: nothing; the database stands at a1"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    downgrade a1 -> , add t_a1  ([TIME])
    1 step done in [TIME]; 0 of 2 revisions applied
    ");
    assert_eq!(database.heads(), [""; 0]);
}

#[test]
fn stamp_notes_down_and_purge_forgets() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("stamp r0002"), @r"
    ------- stderr -------
    stamp  -> r0002, add t_r0002
    1 step done in [TIME]; 2 of 3 revisions applied
    ");
    assert_snapshot!(project.run("stamp head --format json"), @r#"
    {"direction":"stamp","from":["r0002"],"to":["r0003"],"steps":[{"revision":"r0003","direction":"stamp","duration_ms":null}],"applied_before":2,"applied_after":3,"total":3,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    database.execute("UPDATE alembic_version SET version_num = 'elsewhere'");
    assert_snapshot!(project.run("stamp head"), @"
    ------- stderr -------
    error: the database stands at `elsewhere`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck stamp --purge REVISION` replaces all rows, unknown ones as well
    [exit status: 1]
    ");
    assert_snapshot!(project.run("stamp --purge head"), @r"
    ------- stderr -------
    stamp elsewhere -> 
    stamp  -> r0003, add t_r0003
    2 steps done in [TIME]; 3 of 3 revisions applied
    ");
    assert_snapshot!(project.run("stamp r0001 r0002"), @r"
    ------- stderr -------
    error: `r0001` is below `r0002`; one line cannot be stamped at two revisions
      r0001  add t_r0001
      r0002  add t_r0002
    hint: `limbeck stamp r0002` says that everything below it is applied, too
    [exit status: 1]
    ");
    assert_eq!(database.heads(), ["r0003"]);
}

#[test]
fn offline_mode_needs_no_database() {
    let project = project().file("limbeck.toml", "").line_of_revisions(2);
    assert_snapshot!(project.run("upgrade r0001:head --sql --no-guard --no-ledger"), @r#"
    BEGIN;

    -- Running upgrade r0001 -> r0002

    CREATE TABLE public."t_r0002" (id bigint PRIMARY KEY);

    UPDATE alembic_version SET version_num='r0002' WHERE alembic_version.version_num = 'r0001';

    COMMIT;
    "#);
    assert_snapshot!(project.run("downgrade base --sql"), @r"
    ------- stderr -------
    error: without a database, a downgrade needs to be told where to begin
    hint: `limbeck downgrade heads:base --sql`
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade r0001: --sql"), @r"
    ------- stderr -------
    error: the range `r0001:` has no end
    hint: `limbeck upgrade r0001:heads --sql`
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade +1 --sql --no-guard --no-ledger"), @r#"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> r0001

    CREATE TABLE public."t_r0001" (id bigint PRIMARY KEY);

    INSERT INTO alembic_version (version_num) VALUES ('r0001') RETURNING alembic_version.version_num;

    COMMIT;
    "#);
    assert_snapshot!(project.run("ensure-version --sql"), @r"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    COMMIT;
    ");
    assert_snapshot!(project.run("upgrade base:head"), @r"
    ------- stderr -------
    error: `base:head` is a range, but a single target is needed
    hint: a range belongs to `limbeck upgrade --sql`
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade head --no-guard"), @r"
    ------- stderr -------
    error: the following required arguments were not provided:
      --sql

    Usage: limbeck upgrade --sql --no-guard <TARGET>...

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn an_offline_script_does_what_the_program_does() {
    let database = database();
    let project = line(&database);
    let script = project.ok("upgrade head --sql").stdout;
    database.execute(&script);
    assert_eq!(database.heads(), ["r0003"]);
    assert_snapshot!(project.run("status --exit-code -q"), @r"
    applied  r0001  add t_r0001  [DATE]
    applied  r0002  add t_r0002  [DATE]
    applied  r0003  add t_r0003  [DATE]
    ");
}

#[test]
fn ensure_version_makes_the_table() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("ensure_version"), @r"
    ------- stderr -------
    created the table alembic_version
    ");
    assert_snapshot!(project.run("ensure-version --format json"), @r#"{"created":false}"#);
    assert_eq!(database.tables(), ["public.alembic_version"]);
}

#[test]
fn another_run_is_waited_for_and_told_of() {
    let database = database();
    let slow = "-- revision: s1\n\n-- limbeck: upgrade\nSELECT pg_sleep(60);\n";
    let project = line(&database).file("versions/s1.sql", slow);
    let mut first = project.spawn("upgrade s1");
    let begun = Instant::now();
    let sleeps = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' \
                  AND pid <> pg_backend_pid() AND state = 'active' AND datname = current_database()";
    while database.rows(sleeps).is_empty() {
        assert!(first.is_running() && begun.elapsed() < Duration::from_secs(30));
        thread::sleep(Duration::from_millis(5));
    }
    let project = project.env("LIMBECK_LOCK_WAIT", "700ms");
    let error = project.run("upgrade r0003").stderr;
    assert!(
        error.contains("waiting for another run to end: process "),
        "{error}"
    );
    assert!(
        error.contains("error: another run holds the lock: process "),
        "{error}"
    );
    assert!(first.is_running());
    first.signal("INT");
    assert_snapshot!(first.wait(), @"
    ------- stderr -------
    error: step 1 of 1 was interrupted and rolled back: upgrade s1
      done before it: nothing; the database stands at <base>
    [exit status: 1]
    ");
}

#[test]
fn no_database_is_no_mystery() {
    let project = project().file("limbeck.toml", "").line_of_revisions(1);
    assert_snapshot!(project.run("--url postgresql://me:secret@127.0.0.1:1/x current"), @r"
    ------- stderr -------
    error: nothing listens on 127.0.0.1:1 (database `x`, user `me`)
    hint: `pg_isready -h 127.0.0.1 -p 1` asks again
    [exit status: 1]
    ");
    assert_snapshot!(project.run("--url mysql://localhost/x current"), @r"
    ------- stderr -------
    error: `mysql://` is no PostgreSQL address
    hint: write `postgresql://USER:PASSWORD@HOST:PORT/DATABASE` or `host=HOST dbname=DATABASE user=USER`
    [exit status: 1]
    ");
    assert_snapshot!(project.run("--url embedded: current"), @r"
    ------- stderr -------
    error: `embedded:` names no directory
    hint: write `embedded:./pgdata`
    [exit status: 1]
    ");
    assert_snapshot!(project.run("--url postgresql://me:secret@127.0.0.1:1/x upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"connection","message":"nothing listens on 127.0.0.1:1 (database `x`, user `me`)","candidates":[],"hints":["`pg_isready -h 127.0.0.1 -p 1` asks again"]}}
    [exit status: 1]
    "#);
}
