//! Several folders in one database, each with what its tool notes down or does not.

use insta::assert_snapshot;

use crate::support::limbeck::Project;
use crate::support::{Database, database, project};

/// Two folders of golang-migrate, with `toml` under the second one.
fn two_of_golang_migrate(database: &Database, toml: &str) -> Project {
    database.execute(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
         INSERT INTO schema_migrations VALUES (2, false);
         CREATE TABLE their_own (version bigint PRIMARY KEY, dirty boolean NOT NULL);
         INSERT INTO their_own VALUES (1, false);
         CREATE TABLE a1 (id int); CREATE TABLE a2 (id int); CREATE TABLE b1 (id int);
         CREATE TABLE documents (version bigint, dirty boolean, body text)",
    );
    let toml = format!("[[source]]\npath = 'a'\n\n[[source]]\npath = 'b'\n{toml}\n");
    let mut project = project().database(database).file("limbeck.toml", &toml);
    for name in ["a1", "a2", "a3", "b1", "b2"] {
        let (folder, number) = name.split_at(1);
        let file = format!("{folder}/00000{number}_{name}");
        project = project
            .file(
                &format!("{file}.up.sql"),
                format!("CREATE TABLE {name} (id int);"),
            )
            .file(&format!("{file}.down.sql"), format!("DROP TABLE {name};"));
    }
    project
}

#[test]
fn one_row_does_not_speak_for_two_folders() {
    let database = database();
    let project = two_of_golang_migrate(&database, "");
    assert_snapshot!(project.run("adopt"), @r"
    a (golang-migrate), table public.schema_migrations
    CONFLICT  000001    a1: `public.schema_migrations` speaks for one folder only, and not for `b` as well
    CONFLICT  000002    a2: `public.schema_migrations` speaks for one folder only, and not for `b` as well
    CONFLICT  000003    a3: `public.schema_migrations` speaks for one folder only, and not for `b` as well

    b (golang-migrate), table public.schema_migrations
    CONFLICT  b_000001  b1: `public.schema_migrations` speaks for one folder only, and not for `a` as well
    CONFLICT  b_000002  b2: `public.schema_migrations` speaks for one folder only, and not for `a` as well
    ------- stderr -------
    warning: `public.their_own` looks like the table of golang-migrate, and no [[source]] is taken over with it
    hint: `table` and `format` in a [[source]] say which table is whose
    warning: `public.schema_migrations` is read for `a` and `b`, and does not say whose its rows are
    hint: `table` in a [[source]] names the table that its folder has of its own; `--detect NAME` asks the schema
    0 applied, 0 pending, 5 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --apply"), @r"
    ------- stderr -------
    warning: `public.their_own` looks like the table of golang-migrate, and no [[source]] is taken over with it
    hint: `table` and `format` in a [[source]] say which table is whose
    warning: `public.schema_migrations` is read for `a` and `b`, and does not say whose its rows are
    hint: `table` in a [[source]] names the table that its folder has of its own; `--detect NAME` asks the schema
    error: nothing was noted down: 5 revisions cannot be decided from the table
      000001: `public.schema_migrations` speaks for one folder only, and not for `b` as well
      000002: `public.schema_migrations` speaks for one folder only, and not for `b` as well
      000003: `public.schema_migrations` speaks for one folder only, and not for `b` as well
      b_000001: `public.schema_migrations` speaks for one folder only, and not for `a` as well
      b_000002: `public.schema_migrations` speaks for one folder only, and not for `a` as well
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 1]
    ");
    assert!(!database.has("alembic_version"));
    let project = project.file(
        "limbeck.toml",
        "[[source]]\npath = 'a'\n\n[[source]]\npath = 'b'\ntable = 'their_own'\n",
    );
    assert_snapshot!(project.run("adopt"), @r"
    a (golang-migrate), table public.schema_migrations
    APPLIED   000001    a1: below version 2; the table says no more of it
    APPLIED   000002    a2
    PENDING   000003    a3

    b (golang-migrate), table public.their_own
    APPLIED   b_000001  b1
    PENDING   b_000002  b2
    ------- stderr -------
    3 applied, 2 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
}

#[test]
fn a_row_that_fits_two_files_is_neither_s() {
    let database = database();
    let project = project()
        .database(&database)
        .file(
            "limbeck.toml",
            "[[source]]\npath = 'a'\n\n[[source]]\npath = 'b'\n",
        )
        .file("a/001_x.sql", "CREATE TABLE x (id int);")
        .file("a/002_y.sql", "CREATE TABLE y (id int);")
        .file("b/001_z.sql", "CREATE TABLE z (id int);");
    database.execute(
        "CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('001'), ('002')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    a (numbered), table public.schema_migrations
    CONFLICT  001    x: its row may be that of `b_001` as well
    APPLIED   002    y

    b (numbered), table public.schema_migrations
    CONFLICT  b_001  z: its row may be that of `001` as well
    ------- stderr -------
    warning: `public.schema_migrations` is read for `a` and `b`, and does not say whose its rows are
    hint: `table` in a [[source]] names the table that its folder has of its own; `--detect NAME` asks the schema
    1 applied, 0 pending, 2 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    database.execute("UPDATE schema_migrations SET version = '001_x.sql' WHERE version = '001'");
    assert_snapshot!(project.run("adopt"), @r"
    a (numbered), table public.schema_migrations
    APPLIED   001    x
    APPLIED   002    y

    b (numbered), table public.schema_migrations
    PENDING   b_001  z
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
}

#[test]
fn a_row_is_that_of_the_file_with_its_checksum() {
    let database = database();
    let project = project()
        .database(&database)
        .file(
            "limbeck.toml",
            "[[source]]\npath = 'a'\nformat = 'sqlx'\n\n[[source]]\npath = 'b'\nformat = 'sqlx'\n",
        )
        .file("a/1_x.sql", "CREATE TABLE x (id int);")
        .file("b/1_z.sql", "CREATE TABLE z (id int);");
    database.execute(
        "CREATE SCHEMA elsewhere;
         CREATE TABLE elsewhere._sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
             installed_on timestamptz NOT NULL DEFAULT '2024-05-01Z', success boolean NOT NULL,
             checksum bytea NOT NULL, execution_time bigint NOT NULL);
         INSERT INTO elsewhere._sqlx_migrations VALUES
             (1, 'z', DEFAULT, true, sha384('CREATE TABLE z (id int);'), 1)",
    );
    assert_snapshot!(project.run("adopt"), @r"
    a (sqlx), no table _sqlx_migrations
    PENDING   1    x: there is no table `_sqlx_migrations`

    b (sqlx), no table _sqlx_migrations
    PENDING   b_1  z: there is no table `_sqlx_migrations`
    ------- stderr -------
    warning: `elsewhere._sqlx_migrations` looks like the table of sqlx, and no [[source]] is taken over with it
    hint: `table` and `format` in a [[source]] say which table is whose
    0 applied, 2 pending, 0 conflicts
    nothing to note down: the database stands at <base>
    ");
    let elsewhere = "[[source]]\npath = 'a'\nformat = 'sqlx'\ntable = 'elsewhere._sqlx_migrations'\n\n\
                     [[source]]\npath = 'b'\nformat = 'sqlx'\ntable = 'elsewhere._sqlx_migrations'\n";
    let project = project.file("limbeck.toml", elsewhere);
    assert_snapshot!(project.run("adopt"), @r"
    a (sqlx), table elsewhere._sqlx_migrations
    PENDING   1    x: its row is that of `b_1`

    b (sqlx), table elsewhere._sqlx_migrations
    APPLIED   b_1  z  [DATE]
    ------- stderr -------
    1 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
}

/// Three folders without tables: the second one alters what the first one makes.
fn three(database: &Database) -> Project {
    let mut toml = String::new();
    for folder in ["a", "b", "c"] {
        toml.push_str(&format!(
            "[[source]]\npath = '{folder}'\ntable = '{folder}_done'\n\n"
        ));
    }
    project()
        .database(database)
        .file("limbeck.toml", &toml)
        .file("a/001_one.sql", "CREATE TABLE a1 (id int);")
        .file("a/002_two.sql", "CREATE TABLE a2 (id int);")
        .file("a/003_rows.sql", "INSERT INTO a2 VALUES (1);")
        .file("a/004_four.sql", "CREATE TABLE a4 (id int);")
        .file("b/001_alter.sql", "ALTER TABLE a1 ADD COLUMN b int;")
        .file("b/002_two.sql", "CREATE TABLE b2 (id int);")
        .file("b/003_alter.sql", "ALTER TABLE a4 ADD COLUMN b int;")
        .file("c/001_one.sql", "CREATE TABLE c1 (id int);")
        .file("c/002_drop.sql", "DROP TABLE a2;")
}

#[test]
fn each_folder_is_found_as_far_as_it_came() {
    let database = database();
    let project = three(&database);
    database.execute(
        "CREATE TABLE a1 (id int); CREATE TABLE a2 (id int); ALTER TABLE a1 ADD COLUMN b int; \
         CREATE TABLE c1 (id int)",
    );
    assert_snapshot!(project.run("adopt --detect"), @r"
    a (numbered), no table a_done, by the schema
    APPLIED   001    one: after it, 5 objects differ
    APPLIED   002    two: after it, 3 objects differ
    CONFLICT  003    rows: the schema is the same with and without it
    PENDING   004    four: after it, 5 objects differ

    b (numbered), no table b_done, by the schema
    APPLIED   b_001  alter: after it, 2 objects differ
    PENDING   b_002  two: after it, 4 objects differ
    PENDING   b_003  alter

    c (numbered), no table c_done, by the schema
    APPLIED   c_001  one: after it, the schema is the same
    PENDING   c_002  drop: after it, 2 objects differ
    ------- stderr -------
    4 applied, 4 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    let answer = project.run("adopt --detect --format json").json();
    let matches = &answer["detection"]["matches"];
    assert_eq!(
        *matches,
        serde_json::json!([["003", "b_001", "c_001"], ["002", "b_001", "c_001"]])
    );
    assert_snapshot!(project.run("adopt --detect --mark-applied 003 --apply"), @r"
    a (numbered), no table a_done, by the schema
    APPLIED   001    one: after it, 5 objects differ
    APPLIED   002    two: after it, 3 objects differ
    APPLIED   003    rows: marked by hand
    PENDING   004    four: after it, 5 objects differ

    b (numbered), no table b_done, by the schema
    APPLIED   b_001  alter: after it, 2 objects differ
    PENDING   b_002  two: after it, 4 objects differ
    PENDING   b_003  alter

    c (numbered), no table c_done, by the schema
    APPLIED   c_001  one: after it, the schema is the same
    PENDING   c_002  drop: after it, 2 objects differ
    ------- stderr -------
    stamp  -> 003, rows
    stamp  -> b_001, alter
    stamp  -> c_001, one
    5 applied, 4 pending, 0 conflicts
    noted down 5 revisions; the database stands at 003, b_001, c_001
    ");
    assert_eq!(database.heads(), ["003", "b_001", "c_001"]);
}

#[test]
fn what_one_folder_takes_from_another_is_found_where_all_of_it_ran() {
    let database = database();
    let project = three(&database);
    database.execute(
        "CREATE TABLE a1 (id int, b int); CREATE TABLE a4 (id int, b int); CREATE TABLE b2 (id int); \
         CREATE TABLE c1 (id int)",
    );
    assert_snapshot!(project.run("adopt --detect"), @r"
    a (numbered), no table a_done, by the schema
    APPLIED   001    one: after it, 8 objects differ
    APPLIED   002    two: after it, 10 objects differ
    APPLIED   003    rows: after it, 10 objects differ
    APPLIED   004    four: after it, 8 objects differ

    b (numbered), no table b_done, by the schema
    APPLIED   b_001  alter: after it, 7 objects differ
    APPLIED   b_002  two: after it, 5 objects differ
    APPLIED   b_003  alter: after it, 4 objects differ

    c (numbered), no table c_done, by the schema
    APPLIED   c_001  one: after it, 2 objects differ
    APPLIED   c_002  drop: after it, the schema is the same
    ------- stderr -------
    9 applied, 0 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
}

#[test]
fn where_no_combination_is_the_same_the_nearest_is_shown() {
    let database = database();
    let project = three(&database);
    database.execute("CREATE TABLE a1 (id int, b int); CREATE TABLE own (id int)");
    assert_snapshot!(project.run("adopt --detect"), @r"
    a (numbered), no table a_done, by the schema
    CONFLICT  001    one: after it, 3 objects differ
    CONFLICT  002    two: after it, 5 objects differ
    CONFLICT  003    rows: after it, 5 objects differ
    CONFLICT  004    four: after it, 7 objects differ

    b (numbered), no table b_done, by the schema
    CONFLICT  b_001  alter: after it, 2 objects differ
    CONFLICT  b_002  two: after it, 4 objects differ
    CONFLICT  b_003  alter: after it, 9 objects differ

    c (numbered), no table c_done, by the schema
    CONFLICT  c_001  one: after it, 4 objects differ
    CONFLICT  c_002  drop: after it, 9 objects differ

    nearest: revisions 001, b_001
    +  table  public.own  1 column
    ------- stderr -------
    1 difference between revisions 001, b_001 and the database
    0 applied, 0 pending, 9 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
}
