//! `adopt --detect`: the schema says what is applied, where no table does.

use insta::assert_snapshot;

use super::{ledger, source};
use crate::support::limbeck::Project;
use crate::support::{Database, Server, database, project};

const FILES: [(&str, &str); 4] = [
    ("001_rooms.sql", "CREATE TABLE rooms (id bigint);"),
    ("002_doors.sql", "CREATE TABLE doors (id bigint);"),
    ("003_one_door.sql", "INSERT INTO doors VALUES (1);"),
    (
        "004_keys.sql",
        "CREATE TABLE keys (id bigint, name text CHECK (length(name) BETWEEN 1 AND 20 AND id > 0));",
    ),
];

/// Runs the first files as somebody without a tool would.
fn by_hand(database: &Database, files: &[(&str, &str)]) {
    for (_, text) in files {
        database.execute(text);
    }
}

#[track_caller]
fn assert_nothing_is_left(server: &Server) {
    let left = server.scratches();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_revision_with_the_same_schema_is_where_the_database_stands() {
    let database = Server::start_own().database();
    let project = source(&database, "", &FILES);
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (numbered), no table schema_migrations, by the schema
    PENDING   001  rooms: after it, 2 objects differ
    PENDING   002  doors: after it, 4 objects differ
    PENDING   003  one door: after it, 4 objects differ
    PENDING   004  keys: after it, 8 objects differ
    ------- stderr -------
    0 applied, 4 pending, 0 conflicts
    nothing to note down: the database stands at <base>
    ");
    by_hand(&database, &FILES[..1]);
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms: after it, the schema is the same
    PENDING   002  doors: after it, 2 objects differ
    PENDING   003  one door: after it, 2 objects differ
    PENDING   004  keys: after it, 6 objects differ
    ------- stderr -------
    1 applied, 3 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
    assert_eq!(
        database.tables(),
        ["public.rooms"],
        "nothing is written before --apply"
    );
    assert_snapshot!(project.run("adopt --detect --apply --tag 'by the schema'"), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms: after it, the schema is the same
    PENDING   002  doors: after it, 2 objects differ
    PENDING   003  one door: after it, 2 objects differ
    PENDING   004  keys: after it, 6 objects differ
    ------- stderr -------
    stamp  -> 001, rooms
    1 applied, 3 pending, 0 conflicts
    noted down 1 revision; the database stands at 001
    ");
    assert_eq!(ledger(&database), ["001 stamp t now"]);
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms
    PENDING   002  doors: after it, 2 objects differ
    PENDING   003  one door: after it, 2 objects differ
    PENDING   004  keys: after it, 6 objects differ
    ------- stderr -------
    1 applied, 3 pending, 0 conflicts
    nothing to note down: the database stands at 001
    ");
    assert_nothing_is_left(database.server());
}

#[test]
fn what_several_places_do_not_share_is_for_a_person_to_decide() {
    let database = database();
    let project = source(&database, "", &FILES);
    by_hand(&database, &FILES[..2]);
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms: after it, 2 objects differ
    APPLIED   002  doors: after it, the schema is the same
    CONFLICT  003  one door: the schema is the same with and without it
    PENDING   004  keys: after it, 4 objects differ
    ------- stderr -------
    2 applied, 1 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --detect --apply"), @"
    ------- stderr -------
    error: nothing was noted down: 1 revision cannot be decided from the schema
      003: the schema is the same with and without it
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 1]
    ");
    assert!(!database.has("alembic_version"));
    assert_snapshot!(project.run("adopt --detect --mark-pending 003 --apply"), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms: after it, 2 objects differ
    APPLIED   002  doors: after it, the schema is the same
    PENDING   003  one door: marked by hand
    PENDING   004  keys: after it, 4 objects differ
    ------- stderr -------
    stamp  -> 002, doors
    2 applied, 2 pending, 0 conflicts
    noted down 2 revisions; the database stands at 002
    ");
    assert_eq!(database.heads(), ["002"]);
}

#[test]
fn where_none_is_the_same_the_nearest_is_shown_and_all_is_to_be_decided() {
    let database = database();
    let project = source(&database, "", &FILES);
    by_hand(&database, &FILES);
    database.execute("ALTER TABLE keys ADD COLUMN note text; DROP TABLE rooms");
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (numbered), no table schema_migrations, by the schema
    CONFLICT  001  rooms: after it, 9 objects differ
    CONFLICT  002  doors: after it, 7 objects differ
    CONFLICT  003  one door: after it, 7 objects differ
    CONFLICT  004  keys: after it, 3 objects differ

    nearest: revision 004
    -  table   public.rooms      1 column
    +  column  public.keys.note
    ------- stderr -------
    2 differences between revision 004 and the database
    0 applied, 0 pending, 4 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --detect --apply"), @"
    ------- stderr -------
    error: nothing was noted down: 4 revisions cannot be decided from the schema
      001: after it, 9 objects differ
      002: after it, 7 objects differ
      003: after it, 7 objects differ
      004: after it, 3 objects differ
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 1]
    ");
    assert!(!database.has("alembic_version"));
    database.execute("CREATE TABLE rooms (id bigint)");
    let answer = project.run("adopt --detect --format json");
    assert_eq!(answer.code(), Some(4), "{answer}");
    let answer = answer.json();
    let states = answer["sources"][0]["revisions"].as_array().unwrap();
    assert!(
        states.iter().all(|it| it["state"] == "conflict"),
        "{answer}"
    );
    assert_snapshot!(answer["detection"]["nearest"].to_string(), @r#"{"heads":["004"],"differences":[{"change":"added","kind":"column","name":"public.keys.note","parts":{}}]}"#);
    assert_eq!(answer["detection"]["matches"], serde_json::json!([]));
    let marked = "adopt --detect --apply --mark-applied 001 002 003 004";
    assert_snapshot!(project.run(marked), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms: marked by hand
    APPLIED   002  doors: marked by hand
    APPLIED   003  one door: marked by hand
    APPLIED   004  keys: marked by hand

    nearest: revision 004
    +  column  public.keys.note
    ------- stderr -------
    stamp  -> 004, keys
    1 difference between revision 004 and the database
    4 applied, 0 pending, 0 conflicts
    noted down 4 revisions; the database stands at 004
    ");
}

#[test]
fn a_table_that_is_not_believed_is_left_out_of_the_comparison_with_its_schema() {
    let database = database();
    let project = source(&database, "table = \"tool.done\"", &FILES);
    by_hand(&database, &FILES);
    database.execute(
        "CREATE SCHEMA tool; CREATE TABLE tool.done (id serial, version text, applied_at timestamptz);
         INSERT INTO tool.done (version) VALUES ('001_rooms.sql'), ('009_gone.sql')",
    );
    assert_snapshot!(project.run("adopt"), @"
    migrations (numbered), table tool.done
    APPLIED   001  rooms
    PENDING   002  doors
    PENDING   003  one door
    PENDING   004  keys
    row without a file: 009_gone.sql
    ------- stderr -------
    1 applied, 3 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (numbered), table tool.done, by the schema
    APPLIED   001  rooms: after it, 6 objects differ
    APPLIED   002  doors: after it, 4 objects differ
    APPLIED   003  one door: after it, 4 objects differ
    APPLIED   004  keys: after it, the schema is the same
    row without a file: 009_gone.sql
    ------- stderr -------
    4 applied, 0 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --detect tool"), @"
    ------- stderr -------
    error: there is no folder `tool` of another tool
    hint: there are: migrations
    [exit status: 2]
    ");
    assert_snapshot!(project.run("adopt --scratch x"), @"
    ------- stderr -------
    error: `--scratch`, `--schema`, `--without`, `--ignore` and `--owners` go with `--detect`
    [exit status: 2]
    ");
    assert_snapshot!(project.run("adopt --detect --schema nowhere"), @"
    ------- stderr -------
    error: there is no schema `nowhere`
    hint: names stand as they are in the catalog, in upper and lower case
    [exit status: 1]
    ");
}

#[test]
fn what_limbeck_took_back_and_is_there_again_is_applied() {
    let database = database();
    let files = [
        ("1_a.up.sql", "CREATE TABLE a (id int);"),
        ("1_a.down.sql", "DROP TABLE a;"),
        ("2_b.up.sql", "CREATE TABLE b (id int);"),
        ("2_b.down.sql", "DROP TABLE b;"),
    ];
    let project = source(&database, "", &files);
    project.ok("upgrade heads");
    project.ok("rollback");
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (golang-migrate), no table schema_migrations, by the schema
    APPLIED   1  a
    PENDING   2  b: after it, 2 objects differ
    ------- stderr -------
    1 applied, 1 pending, 0 conflicts
    nothing to note down: the database stands at 1
    ");
    database.execute(files[2].1);
    assert_snapshot!(project.run("adopt --detect"), @"
    migrations (golang-migrate), no table schema_migrations, by the schema
    APPLIED   1  a
    APPLIED   2  b: after it, the schema is the same
    ------- stderr -------
    2 applied, 0 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
}

/// Two folders, of which the first has its table.
fn three(database: &Database) -> Project {
    project()
        .database(database)
        .file(
            "limbeck.toml",
            "[[source]]\npath = 'first'\ntable = 'first_done'\n\n[[source]]\npath = 'second'\ntable = 'second_done'\n",
        )
        .file("first/001_a.sql", "CREATE TABLE a (id int);")
        .file("first/002_b.sql", "CREATE TABLE b (id int);")
        .file("first/003_c.sql", "CREATE TABLE c (id int);")
        .file("second/001_x.sql", "CREATE TABLE x (a_id int);")
        .file("second/002_y.sql", "CREATE TABLE y (id int);")
}

#[test]
fn a_folder_without_a_table_is_looked_up_on_top_of_the_others() {
    let database = database();
    let project = three(&database);
    database.execute(
        "CREATE TABLE first_done (name text); INSERT INTO first_done VALUES ('001_a.sql'), ('002_b.sql');
         CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE x (a_id int)",
    );
    assert_snapshot!(project.run("adopt --detect"), @"
    first (numbered), table public.first_done
    APPLIED   001         a
    APPLIED   002         b
    PENDING   003         c

    second (numbered), no table second_done, by the schema
    APPLIED   second_001  x: after it, the schema is the same
    PENDING   second_002  y: after it, 2 objects differ
    ------- stderr -------
    3 applied, 2 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --detect first second"), @r"
    first (numbered), table public.first_done, by the schema
    APPLIED   001         a: after it, 4 objects differ
    APPLIED   002         b: after it, 2 objects differ
    PENDING   003         c: after it, 4 objects differ

    second (numbered), no table second_done, by the schema
    APPLIED   second_001  x: after it, the schema is the same
    PENDING   second_002  y: after it, 2 objects differ
    ------- stderr -------
    3 applied, 2 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --detect third"), @"
    ------- stderr -------
    error: there is no folder `third` of another tool
    hint: there are: first, second
    [exit status: 2]
    ");
    database.execute("CREATE TABLE second_done (name text)");
    assert_snapshot!(project.run("adopt --detect"), @"
    ------- stderr -------
    error: each folder has its table, and none is named
    hint: `--detect NAME` looks at the schema instead of that table: first, second
    [exit status: 2]
    ");
    assert_snapshot!(project.run("adopt --detect second --apply"), @"
    first (numbered), table public.first_done
    APPLIED   001         a
    APPLIED   002         b
    PENDING   003         c

    second (numbered), table public.second_done, by the schema
    APPLIED   second_001  x: after it, the schema is the same
    PENDING   second_002  y: after it, 2 objects differ
    ------- stderr -------
    stamp  -> 002, b
    stamp  -> second_001, x
    3 applied, 2 pending, 0 conflicts
    noted down 3 revisions; the database stands at 002, second_001
    ");
    assert_snapshot!(project.run("status"), @"
    applied  001         a  [DATE]
    applied  002         b  [DATE]
    applied  second_001  x  [DATE]
    pending  003         c
    pending  second_002  y
    ------- stderr -------
    3 applied, 2 pending; the database stands at 002, second_001
    ");
}

#[test]
fn files_that_do_not_run_on_an_empty_database_say_where() {
    let database = Server::start_own().database();
    let files = [
        ("001_late.sql", "ALTER TABLE older ADD COLUMN a int;"),
        FILES[1],
    ];
    let project = source(&database, "", &files);
    database.execute("CREATE TABLE older (a int)");
    assert_snapshot!(project.run("adopt --detect"), @r#"
    ------- stderr -------
    error: on a throw-away database, step 1 of 1 failed and was rolled back: upgrade 001, late
      migrations/001_late.sql:1
      1 | ALTER TABLE older ADD COLUMN a int
        |             ^^^^^ 42P01 relation "older" does not exist
    hint: without `--detect`, `--mark-applied` and `--mark-pending` decide
    [exit status: 1]
    "#);
    assert_nothing_is_left(database.server());
}

#[test]
fn a_role_that_may_not_create_databases_names_another_server() {
    let database = database();
    by_hand(&database, &FILES);
    let role = database.role(None);
    let project = source(&database, "", &FILES).masked(&role.name, "[ROLE]");
    let detect = format!("adopt --detect --url {}", role.url);
    assert_snapshot!(project.run(&detect), @"
    ------- stderr -------
    error: the role `[ROLE]` may not create a throw-away database
    hint: `ALTER ROLE [ROLE] CREATEDB` lets it
    hint: `--scratch URL` makes it on another server; `--scratch embedded:PATH` needs none, where limbeck was built with one
    hint: without `--detect`, `--mark-applied` and `--mark-pending` decide
    [exit status: 1]
    ");
    let other = format!("{detect} --scratch {}", database.url());
    assert_snapshot!(project.run(&other), @"
    migrations (numbered), no table schema_migrations, by the schema
    APPLIED   001  rooms: after it, 6 objects differ
    APPLIED   002  doors: after it, 4 objects differ
    APPLIED   003  one door: after it, 4 objects differ
    APPLIED   004  keys: after it, the schema is the same
    ------- stderr -------
    4 applied, 0 pending, 0 conflicts
    hint: `--apply` as well notes down what is applied
    ");
    assert_snapshot!(project.run(&format!("{detect} --scratch postgres://nobody@127.0.0.1:1/x")), @"
    ------- stderr -------
    error: nothing listens on 127.0.0.1:1 (database `x`, user `nobody`)
    hint: `pg_isready -h 127.0.0.1 -p 1` asks again
    [exit status: 1]
    ");
}
