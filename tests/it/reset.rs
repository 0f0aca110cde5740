//! `reset`: what it drops, what it leaves, what it refuses, and how a failure leaves the database.

use insta::assert_snapshot;

use crate::support::{Database, Project, database, project};

const FIRST: &str = "-- revision: a1\n-- message: begin\n\n-- limbeck: upgrade\n\
    CREATE EXTENSION IF NOT EXISTS pgcrypto;\nCREATE EXTENSION citext;\n\
    CREATE TYPE mood AS ENUM ('good', 'bad');\nCREATE DOMAIN age AS int CHECK (VALUE > 0);\n\
    CREATE TABLE people (id serial PRIMARY KEY, mood mood, mail citext, age age);\n\
    CREATE TABLE log (at date, what text) PARTITION BY RANGE (at);\n\
    CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');\n\
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
    CREATE TRIGGER touch BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION touch();\n\
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);\n\
    CREATE STATISTICS stat ON id, mood FROM people;\n\
    CREATE SCHEMA app;\nCREATE TABLE app.item (person int REFERENCES people);\n\
    CREATE VIEW seen AS SELECT * FROM people JOIN app.item ON id = person;\n\
    CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one;\nCREATE SEQUENCE \"Odd name\";\n\
    CREATE COLLATION plain FROM \"C\";\n";
const SECOND: &str = "-- revision: a2\n-- down_revision: a1\n-- message: go on\n\n\
    -- limbeck: upgrade\nALTER TABLE people RENAME TO persons;\n\
    CREATE SCHEMA IF NOT EXISTS audit;\nCREATE TABLE audit.event (id int);\n\
    DO $$ BEGIN EXECUTE 'CREATE TABLE audit.made (id int)'; END $$;\n\
    -- limbeck: upgrade no-transaction\nCREATE INDEX CONCURRENTLY ON persons (mood);\n";

fn rich(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .file("versions/a1.sql", FIRST)
        .file("versions/a2.sql", SECOND)
}

fn line(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .line_of_revisions(2)
}

/// The command, confirmed as a script does it.
fn reset(database: &Database) -> String {
    format!("reset --database-name {}", database.name())
}

#[test]
fn what_the_revisions_made_goes_and_comes_again() {
    let database = database();
    database.execute("CREATE SCHEMA other; CREATE TABLE other.stays (id int)");
    let project = rich(&database);
    project.ok("upgrade head");
    let role = database.role(None);
    database.execute(&format!(
        "INSERT INTO persons (age) VALUES (1); GRANT USAGE ON SCHEMA audit TO {}",
        role.name
    ));
    assert_snapshot!(project.run(&reset(&database)), @r#"
    ------- stderr -------
    dropped 2 tables in audit; 1 aggregate, 1 collation, 1 domain, 1 materialized view, 1 routine, 1 sequence, 2 tables, 1 type, 1 view in public; the schema app with 1 table; the extension citext
    notice: extension "pgcrypto" already exists, skipping
    upgrade  -> a1, begin  ([TIME])
    notice: schema "audit" already exists, skipping
    upgrade a1 -> a2, go on  ([TIME])
    2 applied, 0 already applied, 2 total ([TIME])
    "#);
    assert_eq!(database.rows("SELECT * FROM persons"), [""; 0]);
    assert!(database.has("other.stays") && database.has("audit.made"));
    assert_snapshot!(project.run("status --exit-code"), @"
    applied  a1  begin  [DATE] in [TIME]
    applied  a2  go on  [DATE] in [TIME]
    ------- stderr -------
    2 applied, 0 pending; the database stands at a2
    ");
    let history = "SELECT revision, direction, applied FROM limbeck_ledger ORDER BY id";
    assert_eq!(
        database.rows(history),
        [
            "a1 | upgrade | t",
            "a2 | upgrade | t",
            "a1 | stamp | f",
            "a2 | stamp | f",
            "a1 | upgrade | t",
            "a2 | upgrade | t"
        ]
    );
    // A schema that may have been there before is emptied, and keeps what was granted.
    let granted = format!(
        "SELECT has_schema_privilege('{}', 'audit', 'USAGE')",
        role.name
    );
    assert_eq!(database.rows(&granted), ["t"]);
    database.execute(&format!("DROP OWNED BY {}", role.name));
    let extensions = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1";
    assert_eq!(database.rows(extensions), ["citext", "pgcrypto"]);
}

#[test]
fn programs_are_told_what_was_dropped() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade head");
    assert_snapshot!(project.run(&format!("{} --format json", reset(&database))), @r#"
    {"direction":"upgrade","from":[],"to":["r0002"],"steps":[{"revision":"r0001","direction":"upgrade","duration_ms":[TIME]},{"revision":"r0002","direction":"upgrade","duration_ms":[TIME]}],"applied_before":0,"applied_after":2,"total":2,"repeated":[],"verified":[],"duration_ms":[TIME],"dropped":[{"kind":"table","name":"public.t_r0001"},{"kind":"table","name":"public.t_r0002"}],"dropped_schemas":[],"dropped_extensions":[]}
    "#);
}

#[test]
fn an_empty_database_is_simply_upgraded() {
    let database = database();
    let project = line(&database);
    assert_snapshot!(project.run("reset"), @"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    upgrade r0001 -> r0002, add t_r0002  ([TIME])
    2 applied, 0 already applied, 2 total ([TIME])
    ");
}

#[test]
fn it_has_to_be_confirmed() {
    let database = database();
    let project = rich(&database);
    project.ok("upgrade head");
    assert_snapshot!(project.run("reset"), @r#"
    ------- stderr -------
    error: not confirmed: this drops 2 tables in audit; 1 aggregate, 1 collation, 1 domain, 1 materialized view, 1 routine, 1 sequence, 2 tables, 1 type, 1 view in public; the schema app with 1 table; the extension citext, with all data, and runs 2 revisions again: postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]
      table app.item
      table audit.event
      table audit.made
      aggregate public.total(integer)
      collation public.plain
      domain public.age
      materialized view public.kept
      routine public.touch()
      sequence public."Odd name"
      table public.log
      table public.persons
      type public.mood
      view public.seen
    hint: `--database-name [DATABASE]` confirms it where nobody can be asked
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("reset --database-name shop"), @"
    ------- stderr -------
    error: `--database-name` says `shop`, and the connection leads to `[DATABASE]`
    hint: `limbeck db config` shows where it leads, and why
    [exit status: 1]
    ");
    let output = project.run("reset --format json");
    assert_eq!(output.json_error()["error"]["code"], "not_confirmed");
    assert_eq!(database.heads(), ["a2"]);
}

#[test]
fn what_no_revision_makes_is_not_dropped_unasked() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade head");
    database.execute(
        "CREATE TABLE stray (id int); CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    assert_snapshot!(project.run(&reset(&database)), @"
    ------- stderr -------
    error: no revision makes 2 of the objects there
      routine public.h()
      table public.stray
    hint: `limbeck reset --with-unknown` drops them as well
    hint: what is made by SQL that a function or a `DO` block puts together is not seen
    [exit status: 1]
    ");
    let output = project.run(&format!("{} --format json", reset(&database)));
    assert_eq!(output.json_error()["error"]["code"], "unknown_objects");
    assert!(database.has("stray") && database.has("t_r0002"));
    let output = project.ok(&format!("{} --with-unknown", reset(&database)));
    assert!(
        output
            .stderr
            .starts_with("dropped 1 routine, 3 tables in public\n"),
        "{output}"
    );
    assert!(!database.has("stray"));
}

#[test]
fn what_the_ledger_has_of_a_file_that_is_gone_is_known() {
    let database = database();
    let mut project = line(&database);
    project.ok("upgrade head");
    std::fs::remove_file(project.path("versions/r0002.sql")).unwrap();
    project.write(
        "versions/new.sql",
        "-- revision: new\n-- down_revision: r0001\n-- limbeck: upgrade\n",
    );
    let output = project.ok(&reset(&database));
    assert!(
        output.stderr.starts_with("dropped 2 tables in public\n"),
        "{output}"
    );
    assert_eq!(database.heads(), ["new"]);
    assert!(!database.has("t_r0002"));
}

#[test]
fn what_stays_is_not_dropped_along() {
    let database = database();
    let project = rich(&database);
    project.ok("upgrade head");
    database.execute(
        "CREATE SCHEMA other; CREATE TABLE other.feeling (id int, mood mood);
         CREATE VIEW other.seen AS SELECT * FROM persons;
         CREATE TABLE other.friend (id int CONSTRAINT of_person REFERENCES persons)",
    );
    assert_snapshot!(project.run(&reset(&database)), @"
    ------- stderr -------
    error: what is dropped would take along view other.seen, column mood of table other.feeling, constraint of_person on table other.friend
    hint: drop that first, or what it depends on by hand
    [exit status: 1]
    ");
    let output = project.run(&format!("{} --format json", reset(&database)));
    assert_eq!(output.json_error()["error"]["code"], "other_objects");
    assert!(database.has("persons") && database.has("other.seen"));
    assert_eq!(database.heads(), ["a2"]);
}

#[test]
fn what_stands_on_a_routine_is_not_dropped_along() {
    let routine = "-- limbeck: upgrade\nCREATE FUNCTION f(i int) RETURNS int IMMUTABLE LANGUAGE sql \
                   AS 'SELECT 1';\nCREATE TABLE t (i int);\n";
    for (made, told) in [
        (
            "TABLE other.y (i int DEFAULT public.f(1))",
            "default value for column i of table other.y",
        ),
        ("INDEX xi ON other.x (public.f(i))", "index other.xi"),
        (
            "STATISTICS other.s ON public.f(i), i FROM other.x",
            "statistics object other.s",
        ),
        (
            "RULE r AS ON INSERT TO other.x DO ALSO INSERT INTO public.t VALUES (1)",
            "rule r on table other.x",
        ),
        (
            "OPERATOR other.### (RIGHTARG = int, FUNCTION = public.f)",
            "operator other.###(NONE,integer)",
        ),
    ] {
        let database = database();
        let project = project()
            .database(&database)
            .file("versions/a.sql", format!("-- revision: a\n{routine}"));
        project.ok("upgrade head");
        database.execute(&format!(
            "CREATE SCHEMA other; CREATE TABLE other.x (i int); CREATE {made}"
        ));
        let output = project.run(&reset(&database));
        assert_eq!(output.code(), Some(1), "{output}");
        let message = format!("error: what is dropped would take along {told}\n");
        assert!(output.stderr.contains(&message), "{output}");
        database.execute("DROP SCHEMA other CASCADE");
        project.ok(&reset(&database));
    }
}

#[test]
fn what_cannot_all_be_run_again_is_not_dropped() {
    let database = database();
    let role = database.role(None);
    let mut project = line(&database);
    project.ok("upgrade head");
    project.write(
        "versions/r0002.sql",
        "-- revision: r0002\n-- down_revision: r0001\n-- limbeck: downgrade\n",
    );
    assert_snapshot!(project.run(&reset(&database)), @"
    ------- stderr -------
    error: versions/r0002.sql: the file has no upgrade section
    hint: write `-- limbeck: upgrade` on a line above the statements
    [exit status: 1]
    ");
    let text = format!(
        "-- revision: r0002\n-- down_revision: r0001\n-- limbeck: upgrade\nCREATE ROLE {};\n",
        role.name
    );
    project.write("versions/r0002.sql", text);
    let project = project.masked(&role.name, "[ROLE]");
    assert_snapshot!(project.run(&reset(&database)), @"
    ------- stderr -------
    error: revisions create the role `[ROLE]`, which is there
    hint: roles belong to all databases of a server: drop them by hand, or create them in a `DO` block that asks first
    [exit status: 1]
    ");
    let output = project.run(&format!("{} --format json", reset(&database)));
    assert_eq!(output.json_error()["error"]["code"], "role_exists");
    assert!(database.has("t_r0002"));
}

#[test]
fn a_role_without_the_right_drops_nothing() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade head");
    let role = database.role(None);
    database.execute(&format!(
        "ALTER TABLE t_r0001 OWNER TO {0}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {0}; \
         GRANT CREATE ON SCHEMA public TO {0}",
        role.name
    ));
    let project = project.env("DATABASE_URL", &role.url);
    assert_snapshot!(project.run(&reset(&database)), @"
    ------- stderr -------
    error: `DROP TABLE IF EXISTS public.t_r0002 CASCADE` is refused: 42501 must be owner of table t_r0002
    [exit status: 1]
    ");
    assert!(database.has("t_r0001") && database.has("t_r0002"));
    assert_eq!(database.heads(), ["r0002"]);
}

#[test]
fn a_revision_that_fails_the_second_time_leaves_those_before_it() {
    let database = database();
    let mut project = line(&database);
    project.ok("upgrade head");
    let text = project
        .read("versions/r0002.sql")
        .replace("bigint", "bigit");
    project.write("versions/r0002.sql", text);
    assert_snapshot!(project.run(&reset(&database)), @r#"
    ------- stderr -------
    dropped 2 tables in public
    upgrade  -> r0001, add t_r0001  ([TIME])
    error: step 2 of 2 failed and was rolled back: upgrade r0002, add t_r0002
      versions/r0002.sql:7
      7 | CREATE TABLE public."t_r0002" (id bigit PRIMARY KEY)
        |                                   ^^^^^ 42704 type "bigit" does not exist
      done before it: 1 step; the database stands at r0001
      before it: dropped 2 tables in public
    [exit status: 3]
    "#);
    assert_eq!(database.heads(), ["r0001"]);
}

#[test]
fn on_an_empty_database_a_revision_that_fails_changes_nothing() {
    let database = database();
    let project = project().database(&database).file("limbeck.toml", "").file(
        "versions/a.sql",
        "-- revision: a\n-- limbeck: upgrade\nSELECT 1/0;\n",
    );
    let output = project.run("reset");
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn a_signal_while_another_run_has_the_lock_leaves_everything() {
    let database = database();
    let project = line(&database);
    project.ok("upgrade head");
    let mut holder = database.client();
    holder
        .batch_execute("SELECT pg_advisory_lock(x'6c696d62'::int, hashtext('public'))")
        .unwrap();
    let mut running = project.spawn(&reset(&database));
    running.wait_for("waiting for another run to end");
    running.signal("INT");
    let output = running.wait();
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(database.heads(), ["r0002"]);
    assert!(database.has("t_r0002"));
}

#[test]
fn tables_of_limbeck_in_a_schema_of_their_own_stay_where_they_are() {
    let database = database();
    database.execute("CREATE SCHEMA meta");
    let project = line(&database).env("LIMBECK_VERSION_TABLE_SCHEMA", "meta");
    project.ok("upgrade head");
    let output = project.ok(&reset(&database));
    assert!(
        output.stderr.starts_with("dropped 2 tables in public\n"),
        "{output}"
    );
    assert_eq!(
        database.rows("SELECT count(*) FROM meta.limbeck_ledger"),
        ["6"]
    );
    assert_eq!(
        database.rows("SELECT * FROM meta.alembic_version"),
        ["r0002"]
    );
}
