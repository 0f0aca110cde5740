//! golang-migrate: pairs of files with a number, sent as they are.

use insta::assert_snapshot;

use super::{legacy, legacy_with, tables};
use crate::support::database;

/// A chat application's backend, with what its users write: own transactions, an index built
/// concurrently in a file of its own, a number that is passed over, a file without a way back.
const FILES: [(&str, &str); 10] = [
    ("README.md", "# Migrations\n"),
    (
        "000001_initial_schema.up.sql",
        "BEGIN;\n\nCREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);\n\
         CREATE TABLE conversations (id bigint PRIMARY KEY, user_id bigint REFERENCES users);\n\n\
         COMMIT;\n",
    ),
    (
        "000001_initial_schema.down.sql",
        "DROP TABLE conversations;\nDROP TABLE users;\n",
    ),
    (
        "000002_add_model_field.up.sql",
        "ALTER TABLE conversations ADD COLUMN model text;",
    ),
    (
        "000002_add_model.down.sql",
        "ALTER TABLE conversations DROP COLUMN model;",
    ),
    (
        "000004_index_model.up.sql",
        "-- A lone statement is in no transaction.\n\
         CREATE INDEX CONCURRENTLY conversations_model ON conversations (model);\n",
    ),
    (
        "000004_index_model.down.sql",
        "DROP INDEX CONCURRENTLY conversations_model;\n",
    ),
    (
        "000005_moods.up.sql",
        "BEGIN;\nCREATE TYPE mood AS ENUM ('good');\nCOMMIT;\nBEGIN;\n\
         ALTER TYPE mood ADD VALUE 'bad';\nCOMMIT;\n\
         CREATE TABLE moods AS SELECT 'bad'::mood AS mood;\n",
    ),
    ("000005_moods.down.sql", "DROP TABLE moods; DROP TYPE mood;"),
    ("000010_no_way_back.up.sql", "CREATE TABLE last (id int);\n"),
];

#[test]
fn a_folder_is_a_branch_of_the_graph() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("history"), @r"
    000005 -> 000010 (migrations) (head), no way back
    000004 -> 000005 (migrations), moods
    000002 -> 000004 (migrations), index model
    000001 -> 000002 (migrations), add model field
    <base> -> 000001 (migrations), initial schema
    ");
    assert_snapshot!(project.run("heads --format json"), @r#"{"revisions":[{"revision":"000010","down_revision":["000005"],"depends_on":[],"branch_labels":[],"message":"no way back","created":null,"path":"migrations/000010_no_way_back.up.sql","format":"golang-migrate","head":true,"base":false,"branch_point":false,"merge_point":false,"applied":null}]}"#);
    assert_snapshot!(project.run("show 000002"), @r"
    Rev: 000002
    Parent: 000001
    Branch names: migrations
    Path: migrations/000002_add_model_field.up.sql

        add model field
    ");
    let project = project.env("EDITOR", "echo");
    assert_snapshot!(project.run("edit 000002"), @"migrations/000002_add_model_field.up.sql");
    assert_snapshot!(project.run("check"), @r"
    ------- stderr -------
    nothing found in 5 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    ");
}

#[test]
fn it_goes_up_and_down() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("plan upgrade head"), @r"
    upgrade  -> 000001, initial schema
    upgrade 000001 -> 000002, add model field
    upgrade 000002 -> 000004, index model
    upgrade 000004 -> 000005, moods
    upgrade 000005 -> 000010, no way back
    ------- stderr -------
    upgrade from <base> to 000010: 5 steps
    ");
    assert_snapshot!(project.run("upgrade 000005"), @r"
    ------- stderr -------
    upgrade  -> 000001, initial schema  ([TIME])
    upgrade 000001 -> 000002, add model field  ([TIME])
    upgrade 000002 -> 000004, index model  ([TIME])
    upgrade 000004 -> 000005, moods  ([TIME])
    4 applied, 0 already applied, 5 total ([TIME])
    ");
    assert_eq!(tables(&database), ["conversations", "moods", "users"]);
    assert!(database.has("conversations_model"));
    assert_snapshot!(project.run("upgrade migrations@head"), @r"
    ------- stderr -------
    upgrade 000005 -> 000010, no way back  ([TIME])
    1 applied, 4 already applied, 5 total ([TIME])
    ");
    assert_snapshot!(project.run("status"), @r"
    applied  000001  initial schema   [DATE] in [TIME]
    applied  000002  add model field  [DATE] in [TIME]
    applied  000004  index model      [DATE] in [TIME]
    applied  000005  moods            [DATE] in [TIME]
    applied  000010  no way back      [DATE] in [TIME]
    ------- stderr -------
    5 applied, 0 pending; the database stands at 000010
    ");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `000010` has no downgrade
      migrations/000010_no_way_back.up.sql
    hint: a file with its number that ends in `.down.sql` leads back; it may be empty
    [exit status: 1]
    ");
    project.ok("stamp 000005");
    assert_snapshot!(project.run("downgrade base --format json"), @r#"
    {"direction":"downgrade","from":["000005"],"to":[],"steps":[{"revision":"000005","direction":"downgrade","duration_ms":[TIME]},{"revision":"000004","direction":"downgrade","duration_ms":[TIME]},{"revision":"000002","direction":"downgrade","duration_ms":null},{"revision":"000001","direction":"downgrade","duration_ms":null}],"applied_before":4,"applied_after":0,"total":5,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), ["last"]);
}

#[test]
fn new_work_grows_on_its_head() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("revision -m 'our own' --rev-id aa11"), @r"
    versions/aa11_our_own.sql
    ------- stderr -------
    Generating versions/aa11_our_own.sql ...  done
    ");
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert_snapshot!(project.run("current"), @"aa11 (head)");
    assert_snapshot!(project.run("history -r -2:"), @r"
    000010 -> aa11 (migrations) (head), our own
    000005 -> 000010 (migrations), no way back
    000004 -> 000005 (migrations), moods
    ");
    assert_snapshot!(project.run("downgrade -1 -q"), @"");
}

#[test]
fn its_files_are_never_written() {
    let database = database();
    let project = legacy(&database, &FILES);
    project.ok("revision -m own --rev-id aa11");
    assert_snapshot!(project.run("rebase 000005 --onto 000001"), @r"
    ------- stderr -------
    error: migrations/000005_moods.up.sql: the parents cannot be rewritten: they follow from the numbers of the files
    hint: change them by hand
    [exit status: 1]
    ");
    assert_snapshot!(project.run("rebase aa11 --onto 000004"), @r"
    before
    ○  aa11 (migrations) (head), own
    ○  000010 (migrations), no way back
    ○  000005 (migrations), moods
    ○  000004 (migrations), index model
    │
    ~

    after
    ○  aa11 (migrations) (head), own
    │ ○  000010 (migrations) (head), no way back
    │ ○  000005 (migrations), moods
    ├─╯
    ○  000004 (migrations) (branchpoint), index model
    │
    ~
    ------- stderr -------
    note: `000010` is a head now
    aa11: 000010 -> 000004 in versions/aa11_own.sql
    ");
    for (name, text) in FILES {
        assert_eq!(project.read(&format!("migrations/{name}")), text, "{name}");
    }
}

#[test]
fn a_failure_names_the_file_and_line_of_the_way_it_went() {
    let database = database();
    let project = legacy(
        &database,
        &[
            (
                "1_a.up.sql",
                "CREATE TABLE a (id int);\n\nCREATE TABLE a (id int);\n",
            ),
            ("1_a.down.sql", "SELECT 1;\nDROP TABLE nothing;\n"),
        ],
    );
    assert_snapshot!(project.run("upgrade head"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade 1, a
      migrations/1_a.up.sql:3
      3 | CREATE TABLE a (id int)
        |              ^ 42P07 relation "a" already exists
      done before it: nothing; the database stands at <base>
    [exit status: 1]
    "#);
    project.ok("stamp head");
    assert_snapshot!(project.run("downgrade -1"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: downgrade 1, a
      migrations/1_a.down.sql:2
      2 | DROP TABLE nothing
        |            ^^^^^^^ 42P01 table "nothing" does not exist
      done before it: nothing; the database stands at 1
    [exit status: 1]
    "#);
}

#[test]
fn a_rollback_works_without_the_files() {
    let database = database();
    let project = legacy(&database, &FILES);
    project.ok("upgrade 000005");
    for (name, _) in FILES.iter().filter(|(name, _)| name.starts_with("000005")) {
        std::fs::remove_file(project.path(&format!("migrations/{name}"))).unwrap();
    }
    assert_snapshot!(project.run("downgrade 000004"), @r"
    ------- stderr -------
    downgrade 000005 -> 000004  ([TIME])
    1 step done in [TIME]; 3 of 4 revisions applied
    ");
    assert_eq!(tables(&database), ["conversations", "users"]);
}

#[test]
fn a_file_that_was_edited_since_is_told_of() {
    let database = database();
    let mut project = legacy(&database, &FILES);
    project.ok("upgrade 000002");
    project.write("migrations/000002_add_model.down.sql", "SELECT 1;");
    assert_snapshot!(project.run("status"), @r"
    applied  000001  initial schema   [DATE] in [TIME]
    applied  000002  add model field  [DATE] in [TIME]
    pending  000004  index model
    pending  000005  moods
    pending  000010  no way back
    ------- stderr -------
    2 applied, 3 pending; the database stands at 000002
    ");
    project.write("migrations/000002_add_model_field.up.sql", "SELECT 1;");
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  000001  initial schema   [DATE] in [TIME]
    applied  000002  add model field  [DATE] in [TIME]  changed since
    pending  000004  index model
    pending  000005  moods
    pending  000010  no way back
    ------- stderr -------
    2 applied, 3 pending; the database stands at 000002
    [exit status: 4]
    ");
}

#[test]
fn it_is_written_as_a_script() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("upgrade 000002:000005 --sql --no-guard --no-ledger"), @r"
    BEGIN;

    -- Running upgrade 000002 -> 000004

    COMMIT;

    CREATE INDEX CONCURRENTLY conversations_model ON conversations (model);

    BEGIN;

    UPDATE alembic_version SET version_num='000004' WHERE alembic_version.version_num = '000002';

    COMMIT;

    BEGIN;

    -- Running upgrade 000004 -> 000005

    CREATE TYPE mood AS ENUM ('good');

    COMMIT;

    BEGIN;

    ALTER TYPE mood ADD VALUE 'bad';

    COMMIT;

    BEGIN;

    CREATE TABLE moods AS SELECT 'bad'::mood AS mood;

    UPDATE alembic_version SET version_num='000005' WHERE alembic_version.version_num = '000004';

    COMMIT;
    ");
}

#[test]
fn a_file_sent_in_statements_may_hold_an_index_among_others() {
    let database = database();
    let file = (
        "1_a.up.sql",
        "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nSELECT 1;\n",
    );
    let project = legacy(&database, &[file]);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: migrations/1_a.up.sql:2: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which golang-migrate runs it
    hint: give the statement a file of its own, or set `multi_statement = true` in its [[source]]
    [exit status: 1]
    ");
    let project = legacy_with(&database, "multi_statement = true\n", &[file]);
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert!(database.has("i"));
}
