//! The table of the other tool kept in step: its rows come and go with the revisions.
//!
//! What the tools themselves say of it is in `tests/it/peers`; here are those that no registry has, and
//! what is refused.

use insta::assert_snapshot;

use super::legacy_with;
use crate::support::limbeck::Project;
use crate::support::{Database, Server, database, project};

const ROWS: &str = "SELECT * FROM schema_migrations ORDER BY 1";

/// Three migrations of golang-migrate; the first one's number is not the one before the second.
fn golang_migrate(database: &Database) -> Project {
    legacy_with(
        database,
        "format = \"golang-migrate\"\nmirror = true\n",
        &[
            ("000001_users.up.sql", "CREATE TABLE users (id int);"),
            ("000001_users.down.sql", "DROP TABLE users;"),
            ("000003_names.up.sql", "ALTER TABLE users ADD name text;"),
            ("000003_names.down.sql", "ALTER TABLE users DROP name;"),
            (
                "000004_index.up.sql",
                "CREATE INDEX CONCURRENTLY users_id ON users (id);",
            ),
            ("000004_index.down.sql", "DROP INDEX users_id;"),
        ],
    )
}

#[test]
fn golang_migrate_has_one_row_that_moves() {
    let database = database();
    let project = golang_migrate(&database);
    project.ok("upgrade +2");
    assert_eq!(database.rows(ROWS), ["3 | f"]);
    project.ok("upgrade head");
    assert_eq!(database.rows(ROWS), ["4 | f"]);
    project.ok("downgrade -2");
    assert_eq!(database.rows(ROWS), ["1 | f"]);
    // The tool goes on by itself.
    database.execute("ALTER TABLE users ADD name text; UPDATE schema_migrations SET version = 3");
    assert_snapshot!(project.run("status"), @r"
    applied  000001  users  [DATE] in [TIME]
    pending  000003  names
    pending  000004  index
    ------- stderr -------
    warning: `public.schema_migrations` is not in step: golang-migrate applied 1 revision by itself
    hint: `limbeck adopt` shows which
    1 applied, 2 pending; the database stands at 000001
    ");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: `public.schema_migrations` has `3` already: golang-migrate applied revision `000003`
    hint: `limbeck adopt --apply` notes down what the tool has applied
    [exit status: 1]
    ");
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (golang-migrate), table public.schema_migrations
    APPLIED   000001  users: the version table has it already
    APPLIED   000003  names
    PENDING   000004  index
    ------- stderr -------
    stamp 000001 -> 000003, names
    2 applied, 1 pending, 0 conflicts
    noted down 1 revision; the database stands at 000003
    ");
    project.ok("upgrade head");
    assert_eq!(database.rows(ROWS), ["4 | f"]);
    project.ok("downgrade base");
    assert_eq!(database.rows(ROWS), [""; 0]);
    assert_eq!(
        database.rows(
            "SELECT attname, format_type(atttypid, NULL), attnotnull FROM pg_attribute WHERE \
             attrelid = 'schema_migrations'::regclass AND attnum > 0"
        ),
        ["version | bigint | t", "dirty | boolean | t"]
    );
}

#[test]
fn a_person_says_what_became_of_a_dirty_version() {
    let database = database();
    let project = golang_migrate(&database);
    project.ok("upgrade 000001");
    let dirty = "UPDATE schema_migrations SET version = 3, dirty = true";
    database.execute(dirty);
    assert_snapshot!(project.run("resolve 000003 --not-applied"), @r"
    migrations (golang-migrate), table public.schema_migrations, dirty
    APPLIED   000001  users: the version table has it already
    PENDING   000003  names: marked by hand
    PENDING   000004  index: marked by hand
    ------- stderr -------
    1 applied, 2 pending, 0 conflicts
    told the tool of 1 revision
    ");
    assert_eq!(database.rows(ROWS), ["1 | f"]);
    project.ok("upgrade 000003");
    database.execute(dirty);
    assert_snapshot!(project.run("adopt"), @r"
    migrations (golang-migrate), table public.schema_migrations, dirty
    APPLIED   000001  users: the version table has it already
    CONFLICT  000003  names: it is applied here, and half-done by the tool's table
    CONFLICT  000004  index: the dirty flag is set at 3: the tool may have stopped while it took this back
    ------- stderr -------
    1 applied, 0 pending, 2 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("force 000003 --applied"), @r"
    migrations (golang-migrate), table public.schema_migrations, dirty
    APPLIED   000001  users: the version table has it already
    APPLIED   000003  names: marked by hand
    PENDING   000004  index: marked by hand
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    told the tool of 1 revision
    ");
    assert_eq!(database.rows(ROWS), ["3 | f"]);
    project.ok("downgrade -1");
    database.execute(&format!("{dirty}; ALTER TABLE users ADD name text"));
    project.ok("adopt --apply --mark-applied 000003 --mark-pending 000004");
    assert_eq!(database.rows(ROWS), ["3 | f"]);
    assert_eq!(database.heads(), ["000003"]);
    assert_snapshot!(project.run("resolve 000003 --applied"), @r"
    ------- stderr -------
    error: no revision was left half-done
    hint: `limbeck stamp 000003` notes down that the database stands at a revision
    [exit status: 1]
    ");
}

#[test]
fn a_row_that_says_it_failed_is_settled_likewise() {
    let database = database();
    let project = legacy_with(
        &database,
        "format = \"sqlx\"\nmirror = true\n",
        &[
            ("1_a.up.sql", "CREATE TABLE a (id int);"),
            ("1_a.down.sql", "DROP TABLE a;"),
        ],
    );
    project.ok("upgrade head");
    let failed = "UPDATE _sqlx_migrations SET success = false";
    let rows = "SELECT version, success FROM _sqlx_migrations";
    database.execute(failed);
    project.ok("resolve 1 --applied");
    assert_eq!(database.rows(rows), ["1 | t"]);
    project.ok("downgrade base");
    database.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (1, 'a', false, '', -1)",
    );
    assert_eq!(project.run("upgrade head").code(), Some(1));
    project.ok("resolve 1 --not-applied");
    assert_eq!(database.rows(rows), [] as [String; 0]);
    project.ok("upgrade head");
    assert_eq!(database.rows(rows), ["1 | t"]);
}

#[test]
fn a_dirty_flag_refuses() {
    let database = database();
    let project = golang_migrate(&database);
    project.ok("upgrade +1");
    database.execute("UPDATE schema_migrations SET version = 3, dirty = true");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: `public.schema_migrations` is dirty: golang-migrate stopped half-way at version 3
    hint: finish or undo what it began, then `limbeck resolve REVISION --applied` or `--not-applied` says so
    [exit status: 1]
    ");
    assert_snapshot!(project.run("downgrade base --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"dirty_tracking_table","message":"`public.schema_migrations` is dirty: golang-migrate stopped half-way at version 3","candidates":[],"hints":["finish or undo what it began, then `limbeck resolve REVISION --applied` or `--not-applied` says so"]}}
    [exit status: 1]
    "#);
    assert_eq!(database.rows(ROWS), ["3 | t"]);
    assert_eq!(database.heads(), ["000001"]);
}

#[test]
fn goose_has_a_row_for_each_and_one_for_none() {
    let database = database();
    let project = legacy_with(
        &database,
        "mirror = true\ntable = \"tools.goose_versions\"\n",
        &[
            (
                "00001_a.sql",
                "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n",
            ),
            (
                "00002_b.sql",
                "-- +goose Up\nSET search_path = pg_temp;\n-- +goose Down\nSELECT 1;\n",
            ),
        ],
    );
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: there is no schema for the table `tools.goose_versions`, which is to be kept in step
    hint: create the schema, or name the table with its schema
    [exit status: 1]
    ");
    database.execute("CREATE SCHEMA tools");
    project.ok("upgrade head");
    let rows = "SELECT id, version_id, is_applied, tstamp > now()::timestamp - interval '1 hour' \
                FROM tools.goose_versions ORDER BY id";
    assert_eq!(
        database.rows(rows),
        ["1 | 0 | t | t", "2 | 1 | t | t", "3 | 2 | t | t"]
    );
    project.ok("downgrade -1");
    assert_eq!(database.rows(rows), ["1 | 0 | t | t", "2 | 1 | t | t"]);
}

#[test]
fn flyway_has_rank_script_and_checksum() {
    let database = database();
    let project = legacy_with(
        &database,
        "mirror = true\n",
        &[
            ("V1__the_first.sql", "CREATE TABLE a (id int);\r\n"),
            ("more/V1.1__second.sql", "CREATE TABLE b (id int);\n"),
            ("U1.1__second.sql", "DROP TABLE b;\n"),
            ("R__view.sql", "CREATE VIEW v AS SELECT 1;\n"),
        ],
    );
    project.ok("upgrade heads");
    let rows = "SELECT installed_rank, version, description, type, script, checksum, installed_by = \
                current_user, execution_time >= 0, success FROM flyway_schema_history ORDER BY 1";
    assert_snapshot!(database.rows(rows).join("\n"), @r"
    1 | 1 | the first | SQL | V1__the_first.sql | -623083431 | t | t | t
    2 | 1.1 | second | SQL | more/V1.1__second.sql | 1128195672 | t | t | t
    3 | - | view | SQL | R__view.sql | 895998086 | t | t | t
    ");
    project.ok("downgrade 1.1@-1");
    assert_snapshot!(database.rows(rows).join("\n"), @r"
    1 | 1 | the first | SQL | V1__the_first.sql | -623083431 | t | t | t
    3 | - | view | SQL | R__view.sql | 895998086 | t | t | t
    ");
    assert_eq!(
        database.rows(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'flyway_schema_history' ORDER BY 1"
        ),
        ["flyway_schema_history_pk", "flyway_schema_history_s_idx"]
    );
}

#[test]
fn a_file_that_runs_again_has_a_row_for_each_of_its_texts() {
    let database = database();
    let mut project = legacy_with(
        &database,
        "mirror = true\nrepeat = \"on-change\"\n",
        &[
            ("V1__a.sql", "CREATE TABLE a (id int);\n"),
            (
                "R__view.sql",
                "CREATE OR REPLACE VIEW v AS SELECT 1 AS n;\n",
            ),
            ("R__wait.sql", "CREATE VIEW w AS SELECT * FROM later;\n"),
        ],
    );
    let rows = "SELECT installed_rank, version, description, checksum FROM flyway_schema_history \
                ORDER BY 1";
    project.ok("upgrade heads");
    let before = database.rows(rows);
    project.ok("upgrade heads");
    assert_eq!(database.rows(rows), before);
    project.write(
        "migrations/R__view.sql",
        "CREATE OR REPLACE VIEW v AS SELECT 2 AS n;\n",
    );
    project.ok("upgrade heads");
    assert_snapshot!(database.rows(rows).join("\n"), @r"
    1 | 1 | a | -623083431
    2 | - | view | -801610736
    3 | - | view | -506429811
    ");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (flyway), table public.flyway_schema_history
    APPLIED   1  a  [DATE]
    ------- stderr -------
    1 applied, 0 pending, 0 conflicts
    nothing to note down: the database stands at 1
    ");
    // Without a table that has rows of such files.
    let project = legacy_with(
        &database,
        "mirror = true\nrepeat = \"always\"\n",
        &[("1_a.sql", "SELECT 1;")],
    );
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations: `mirror` means nothing to files that run again and again: no table has rows of them
    hint: delete `mirror` from its [[source]]
    [exit status: 1]
    ");
}

#[test]
fn a_tool_that_went_back_or_was_never_told_is_noticed() {
    let files = [
        (
            "1_a.sql",
            "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;",
        ),
        (
            "2_b.sql",
            "-- migrate:up\nCREATE TABLE b ();\n-- migrate:down\nDROP TABLE b;",
        ),
        (
            "3_c.sql",
            "-- migrate:up\nCREATE TABLE c ();\n-- migrate:down\nDROP TABLE c;",
        ),
    ];
    let database = database();
    // Before the table was kept in step.
    legacy_with(&database, "", &files).ok("upgrade 2");
    let project = legacy_with(&database, "mirror = true\n", &files);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: `schema_migrations` has nothing of revision `1`, which is applied here
    hint: the tool took it back, or was never told: `limbeck stamp` below it says the former, `limbeck adopt --apply --mark-applied 1` tells the tool
    [exit status: 1]
    ");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: `schema_migrations` has nothing of revision `1`, which is applied here
    hint: the tool took it back, or was never told: `limbeck stamp` below it says the former, `limbeck adopt --apply --mark-applied 1` tells the tool
    [exit status: 1]
    ");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (dbmate), no table schema_migrations
    CONFLICT  1  a: it is applied here; the tool took it back, or was never told
    CONFLICT  2  b: it is applied here; the tool took it back, or was never told
    PENDING   3  c: there is no table `schema_migrations`
    ------- stderr -------
    0 applied, 1 pending, 2 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --mark-applied 1 2"), @r"
    migrations (dbmate), no table schema_migrations
    APPLIED   1  a: marked by hand
    APPLIED   2  b: marked by hand
    PENDING   3  c: there is no table `schema_migrations`
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --apply --mark-applied 1 2"), @r"
    migrations (dbmate), no table schema_migrations
    APPLIED   1  a: marked by hand
    APPLIED   2  b: marked by hand
    PENDING   3  c: there is no table `schema_migrations`
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    told the tool of 2 revisions
    ");
    assert_eq!(database.rows(ROWS), ["1", "2"]);
    assert_snapshot!(project.run("adopt --apply --mark-applied 1 2"), @r"
    migrations (dbmate), table public.schema_migrations
    APPLIED   1  a
    APPLIED   2  b
    PENDING   3  c
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    nothing to note down: the database stands at 2
    ");
    project.ok("upgrade head");
    // The tool takes one back by itself.
    database.execute("DROP TABLE c; DELETE FROM schema_migrations WHERE version = '3'");
    assert_snapshot!(project.run("status --format json"), @r#"
    {"database":{"heads":["3"]},"applied":[{"revision":"1","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true},{"revision":"2","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true},{"revision":"3","applied_at":"[DATE]","duration_ms":[TIME],"checksum_ok":true}],"pending":[],"late":[],"unclear":[],"unknown":[],"stopped":[],"repeated":[]}
    ------- stderr -------
    {"warning":{"code":"not_in_step","message":"`public.schema_migrations` is not in step: it has nothing of 1 applied revision","candidates":[],"hints":["`limbeck adopt` shows which"]}}
    "#);
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    error: `public.schema_migrations` has nothing of revision `3`, which is applied here
    hint: the tool took it back, or was never told: `limbeck stamp` below it says the former, `limbeck adopt --apply --mark-applied 3` tells the tool
    [exit status: 1]
    ");
    project.ok("stamp 2");
    assert_eq!(database.rows(ROWS), ["1", "2"]);
    project.ok("downgrade base");
    assert_eq!(database.rows(ROWS), [""; 0]);
}

/// A project whose own program runs its files.
fn numbered(database: &Database) -> Project {
    legacy_with(
        database,
        "mirror = true\n",
        &[
            ("001_rooms.sql", "CREATE TABLE rooms (id int);"),
            ("002_doors.sql", "CREATE TABLE doors (id int);"),
            ("003_keys.sql", "CREATE TABLE keys (id int);"),
        ],
    )
}

#[test]
fn a_program_of_ones_own_finds_the_rows_it_would_have_written() {
    let columns = "version text PRIMARY KEY, applied_at timestamptz NOT NULL";
    for (columns, first, then) in [
        (
            columns,
            "'001_rooms.sql', now()",
            ["001_rooms.sql", "002_doors.sql", "003_keys.sql"],
        ),
        (
            columns,
            "'001_rooms', now()",
            ["001_rooms", "002_doors", "003_keys"],
        ),
        ("version int", "1", ["1", "2", "3"]),
        (
            "id serial, filename text, success bool NOT NULL, hash text",
            "DEFAULT, '001_rooms.sql', true, repeat('0', 64)",
            ["001_rooms.sql", "002_doors.sql", "003_keys.sql"],
        ),
    ] {
        let database = database();
        let project = numbered(&database);
        database.execute(&format!(
            "CREATE TABLE rooms (id int); CREATE TABLE schema_migrations ({columns}); INSERT INTO \
             schema_migrations VALUES ({first})"
        ));
        project.ok(if columns.contains("hash") {
            "adopt --apply --mark-applied 001"
        } else {
            "adopt --apply"
        });
        project.ok("upgrade head");
        let key = columns.split_whitespace().next().unwrap();
        let key = if key == "id" { "filename" } else { key };
        let rows = format!("SELECT {key} FROM schema_migrations ORDER BY 1");
        assert_eq!(database.rows(&rows), then);
        project.ok("stamp 001");
        assert_eq!(database.rows(&rows), then[..1]);
    }
}

#[test]
fn a_table_that_is_missing_is_a_programs_own_to_make() {
    let database = database();
    let project = numbered(&database);
    assert_snapshot!(project.run("upgrade head"), @r#"
    ------- stderr -------
    error: there is no table `schema_migrations` to keep in step, and a program of your own makes it
    hint: let the program make it, name it with `table = "…"` in the [[source]] of `migrations`, or delete `mirror` there
    [exit status: 1]
    "#);
    let refused = project.run("upgrade head --format json");
    assert_eq!(refused.json_error()["error"]["code"], "no_tracking_table");
    assert_snapshot!(project.run("upgrade head --sql"), @r"
    ------- stderr -------
    error: the rows for `schema_migrations` cannot be written into a script: its columns are not known
    hint: run it on a database, or delete `mirror` in the [[source]] of `migrations`
    [exit status: 1]
    ");
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn the_first_migration_may_make_the_table_and_its_way_back_drop_it() {
    let database = database();
    let project = legacy_with(
        &database,
        "mirror = true\n",
        &[
            (
                "000_create_migrations_table.sql",
                "CREATE TABLE IF NOT EXISTS migrations (id serial PRIMARY KEY, name varchar(255) \
                 UNIQUE NOT NULL, executed_at timestamp NOT NULL);",
            ),
            ("001_users.sql", "CREATE TABLE users (id int);"),
            (
                "rollbacks/000_rollback_create_migrations_table.sql",
                "DROP TABLE migrations;",
            ),
            ("rollbacks/001_rollback_users.sql", "DROP TABLE users;"),
        ],
    );
    project.ok("upgrade head");
    let rows = "SELECT id, name FROM migrations ORDER BY id";
    assert_eq!(
        database.rows(rows),
        ["1 | 000_create_migrations_table.sql", "2 | 001_users.sql"]
    );
    project.ok("rollback");
    assert_eq!(database.rows(rows), ["1 | 000_create_migrations_table.sql"]);
    project.ok("redo");
    project.ok("downgrade base");
    assert!(!database.has("migrations"));
}

#[test]
fn a_stamp_tells_the_tool_as_well() {
    let database = database();
    let project = golang_migrate(&database);
    project.ok("stamp 000003");
    assert_eq!(database.rows(ROWS), ["3 | f"]);
    project.ok("stamp head");
    assert_eq!(database.rows(ROWS), ["4 | f"]);
    project.ok("stamp 000001");
    assert_eq!(database.rows(ROWS), ["1 | f"]);
    project.ok("stamp --purge base");
    assert_eq!(database.rows(ROWS), [""; 0]);
}

#[test]
fn every_way_of_running_tells_the_tool() {
    let database = database();
    let project = legacy_with(
        &database,
        "mirror = true\n",
        &[
            (
                "1_a.sql",
                "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;",
            ),
            (
                "2_b.sql",
                "-- migrate:up\nSET ROLE pg_monitor; SET standard_conforming_strings = off;\n\
                 -- migrate:down\nSET ROLE pg_monitor;",
            ),
        ],
    )
    .file(
        "versions/own.sql",
        "-- revision: own\n-- down_revision: 2\n\n-- limbeck: upgrade\nCREATE TABLE own ();\n\
         -- limbeck: downgrade\nDROP TABLE own;\n",
    )
    .env("LIMBECK_TRANSACTION", "all");
    for (command, rows) in [
        ("upgrade head", &["1", "2"][..]),
        ("redo 1", &["1", "2"]),
        ("rollback --steps 2", &["1"]),
        ("goto 2", &["1", "2"]),
        ("rollback --to base", &[]),
        ("upgrade own", &["1", "2"]),
    ] {
        project.ok(command);
        assert_eq!(database.rows(ROWS), rows, "{command}");
    }
    project.ok("downgrade base");
}

#[test]
fn what_became_of_a_half_done_one_is_told_as_well() {
    let database = database();
    let project = legacy_with(
        &database,
        "mirror = true\n",
        &[(
            "1_a.sql",
            "-- migrate:up transaction:false\nCREATE TABLE a (id int);\n\
             CREATE INDEX CONCURRENTLY a_id ON a (id);\nSELECT 1 / (SELECT count(*) FROM a);\n",
        )],
    );
    assert_eq!(project.run("upgrade head").code(), Some(3));
    assert_eq!(database.rows(ROWS), [""; 0]);
    project.ok("resolve 1 --applied");
    assert_eq!(database.rows(ROWS), ["1"]);
}

#[test]
fn a_row_that_the_tool_writes_meanwhile_takes_the_body_back() {
    let database = database();
    let project = legacy_with(
        &database,
        "mirror = true\n",
        &[
            ("1_a.sql", "-- migrate:up\nCREATE TABLE a ();"),
            ("2_b.sql", "-- migrate:up\nCREATE TABLE b ();"),
        ],
    );
    project.ok("upgrade 1");
    let mut other = database.client();
    let mut transaction = other.transaction().unwrap();
    transaction
        .batch_execute("INSERT INTO schema_migrations VALUES ('2')")
        .unwrap();
    let run = project.spawn("upgrade head");
    let waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = \
                 current_database()";
    while database.rows(waits).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    transaction.commit().unwrap();
    assert_snapshot!(run.wait(), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade 2, b
      23505 duplicate key value violates unique constraint "schema_migrations_pkey"
      detail: Key (version)=(2) already exists.
      while keeping the table of another tool in step
      done before it: nothing; the database stands at 1
    hint: `limbeck adopt` shows what the tool did meanwhile
    [exit status: 1]
    "#);
    assert!(!database.has("b"));
    assert_eq!(database.heads(), ["1"]);
}

#[test]
fn a_plan_says_so_and_a_script_has_it() {
    let database = database();
    let project = golang_migrate(&database);
    assert_snapshot!(project.run("plan upgrade +1"), @r"
    upgrade  -> 000001, users
    ------- stderr -------
    upgrade from <base> to 000001: 1 step
    `schema_migrations` of golang-migrate is kept in step
    ");
    assert_snapshot!(project.run("plan upgrade +1 --format json"), @r#"
    {"direction":"upgrade","from":[],"to":["000001"],"steps":[{"revision":"000001","direction":"upgrade","from":[],"to":["000001"],"message":"users","path":"migrations/000001_users.up.sql","mirror":{"format":"golang-migrate","table":"schema_migrations"}}],"repeat":[]}
    "#);
    assert_snapshot!(project.run("upgrade 000003 --sql --no-ledger"), @r#"
    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('alembic_version') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM alembic_version' INTO heads;
        END IF;
        IF heads <> ARRAY[]::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at <base>, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);

    -- Running upgrade  -> 000001

    CREATE TABLE users (id int);

    DELETE FROM schema_migrations WHERE version < 1 AND NOT dirty;

    INSERT INTO schema_migrations (version, dirty) SELECT 1, false WHERE NOT EXISTS (SELECT FROM schema_migrations);

    INSERT INTO alembic_version (version_num) VALUES ('000001') RETURNING alembic_version.version_num;

    COMMIT;

    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('alembic_version') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM alembic_version' INTO heads;
        END IF;
        IF heads <> ARRAY['000001']::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at 000001, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    -- Running upgrade 000001 -> 000003

    ALTER TABLE users ADD name text;

    DELETE FROM schema_migrations WHERE version < 3 AND NOT dirty;

    INSERT INTO schema_migrations (version, dirty) SELECT 3, false WHERE NOT EXISTS (SELECT FROM schema_migrations);

    UPDATE alembic_version SET version_num='000003' WHERE alembic_version.version_num = '000001';

    COMMIT;
    "#);
    assert_snapshot!(project.run("downgrade 000003:base --sql --no-ledger"), @r#"
    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('alembic_version') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM alembic_version' INTO heads;
        END IF;
        IF heads <> ARRAY['000003']::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at 000003, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    DELETE FROM schema_migrations WHERE version >= 3;

    INSERT INTO schema_migrations (version, dirty) SELECT 1, false WHERE NOT EXISTS (SELECT FROM schema_migrations);

    -- Running downgrade 000003 -> 000001

    ALTER TABLE users DROP name;

    UPDATE alembic_version SET version_num='000001' WHERE alembic_version.version_num = '000003';

    COMMIT;

    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('alembic_version') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM alembic_version' INTO heads;
        END IF;
        IF heads <> ARRAY['000001']::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at 000001, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    DELETE FROM schema_migrations WHERE version >= 1;

    -- Running downgrade 000001 -> 

    DROP TABLE users;

    DELETE FROM alembic_version WHERE alembic_version.version_num = '000001';

    COMMIT;
    "#);
    assert_snapshot!(project.run("stamp 000003 --sql --no-ledger"), @r#"
    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('alembic_version') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM alembic_version' INTO heads;
        END IF;
        IF heads <> ARRAY[]::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at <base>, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);

    -- Running stamp_revision  -> 000003

    INSERT INTO alembic_version (version_num) VALUES ('000003') RETURNING alembic_version.version_num;

    DELETE FROM schema_migrations WHERE version < 1 OR version = 1 AND dirty;

    INSERT INTO schema_migrations (version, dirty) SELECT 1, false WHERE NOT EXISTS (SELECT FROM schema_migrations);

    DELETE FROM schema_migrations WHERE version < 3 OR version = 3 AND dirty;

    INSERT INTO schema_migrations (version, dirty) SELECT 3, false WHERE NOT EXISTS (SELECT FROM schema_migrations);

    COMMIT;
    "#);
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn a_reset_begins_anew_in_the_other_table_too() {
    let database = database();
    let project = golang_migrate(&database);
    project.ok("upgrade +2");
    project.ok(&format!("reset --database-name {}", database.name()));
    assert_eq!(database.rows(ROWS), ["4 | f"]);
}

#[test]
fn what_a_table_has_not_is_said_before_anything_runs() {
    let source = |database: &Database, more: &str| {
        legacy_with(
            database,
            &format!("format = \"sqlx\"\nmirror = true\n{more}"),
            &[("001_a.sql", "CREATE TABLE a (id int);")],
        )
    };
    for table in [
        "version text",
        "version bigint, installed_on timestamptz, success bool, checksum bytea, description text",
        "version bigint, installed_on timestamptz DEFAULT now(), success bool, checksum bytea, \
         description text, execution_time bigint, who text NOT NULL",
    ] {
        let database = database();
        database.execute(&format!("CREATE TABLE _sqlx_migrations ({table})"));
        insta::allow_duplicates! {
            let output = source(&database, "").run("upgrade head").to_string();
            assert!(output.contains("is not as the table of the format `sqlx` is"), "{output}");
        }
        assert!(!database.has("a"));
    }
    let database = database();
    assert_snapshot!(source(&database, "table = \"nowhere.x\"\n").run("upgrade head"), @r"
    ------- stderr -------
    error: there is no schema for the table `nowhere.x`, which is to be kept in step
    hint: create the schema, or name the table with its schema
    [exit status: 1]
    ");
    assert_snapshot!(source(&database, "table = \"a.b.c\"\n").run("upgrade head"), @r#"
    ------- stderr -------
    error: 0A000 cross-database references are not implemented: "a.b.c"
    [exit status: 1]
    "#);
    database.execute("CREATE TABLE _sqlx_migrations (version bigint)");
    assert_snapshot!(source(&database, "").run("upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_a_tracking_table","message":"`public._sqlx_migrations` is not as the table of the format `sqlx` is: it has no column `installed_on`","candidates":[],"hints":["`table = \"…\"` in the [[source]] of `migrations` names another one, `format = \"…\"` another tool"],"details":["it looks like that of numbered or rollbacks"]}}
    [exit status: 1]
    "#);
}

#[test]
fn who_may_not_write_to_the_table_runs_nothing() {
    let database = database();
    let project = golang_migrate(&database);
    project.ok("upgrade +1");
    let role = database.role(None);
    database.execute(&format!(
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA \
         public TO {role}; REVOKE INSERT ON schema_migrations FROM {role}",
        role = role.name
    ));
    let project = project.env("DATABASE_URL", role.url);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: no right to write to `public.schema_migrations`, which is to be kept in step
    hint: `GRANT SELECT, INSERT, DELETE ON public.schema_migrations TO …` lets it write
    [exit status: 1]
    ");
    assert_eq!(database.heads(), ["000001"]);
}

#[test]
fn one_row_cannot_speak_for_two_folders() {
    let database = database();
    let project = project().database(&database).file(
        "limbeck.toml",
        "[[source]]\npath = \"a\"\nmirror = true\n\n[[source]]\npath = \"b\"\nmirror = true\n",
    );
    let project = project
        .file("a/1_x.up.sql", "CREATE TABLE x (id int);")
        .file("b/1_y.up.sql", "CREATE TABLE y (id int);");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: `public.schema_migrations` cannot be kept in step with two folders, `a` and `b`
    hint: give each folder a `table` of its own, or delete `mirror` in one [[source]]
    [exit status: 1]
    ");
    let refused = project.run("upgrade heads --format json");
    assert_eq!(
        refused.json_error()["error"]["code"],
        "shared_tracking_table"
    );
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn a_table_that_somebody_holds_takes_the_body_back() {
    let database = database();
    let project = golang_migrate(&database).env("LIMBECK_LOCK_TIMEOUT", "200ms");
    project.ok("upgrade +1");
    let mut holder = database.client();
    let mut transaction = holder.transaction().unwrap();
    transaction
        .batch_execute("LOCK schema_migrations IN SHARE MODE")
        .unwrap();
    assert_snapshot!(project.run("upgrade 000003"), @r"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade 000003, names
      55P03 canceling statement due to lock timeout
      while keeping the table of another tool in step
      done before it: nothing; the database stands at 000001
    hint: another session holds a lock on it; `lock_timeout` in limbeck.toml says how long to wait
    [exit status: 1]
    ");
    transaction.rollback().unwrap();
    assert_eq!(database.heads(), ["000001"]);
    assert_eq!(database.rows(ROWS), ["1 | f"]);
    project.ok("upgrade 000003");
}

#[test]
fn a_server_that_is_killed_leaves_row_and_body_together() {
    let server = Server::start_own();
    let database = server.database();
    let mut project = project().database(&database).file(
        "limbeck.toml",
        "[[source]]\npath = \"migrations\"\nformat = \"dbmate\"\nmirror = true\n",
    );
    for number in 1..=60 {
        project.write(
            &format!("migrations/{number:03}_t.sql"),
            format!("-- migrate:up\nCREATE TABLE t_{number:03} ();\nSELECT pg_sleep(0.01);\n"),
        );
    }
    let run = project.spawn("upgrade head");
    while database.heads().is_empty() || database.heads()[0].as_str() < "010" {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    server.kill();
    assert_ne!(run.wait().code(), Some(0));
    server.start_again();
    let heads = database.heads();
    let tables = database
        .rows("SELECT substr(tablename, 3) FROM pg_tables WHERE tablename LIKE 't\\_%' ORDER BY 1");
    assert_eq!(
        database.rows("SELECT version FROM schema_migrations ORDER BY 1"),
        tables
    );
    assert_eq!(tables.last(), heads.first());
    project.ok("upgrade head");
    assert_eq!(
        database.rows("SELECT count(*) FROM schema_migrations"),
        ["60"]
    );
}
