//! `introspect`, `diff` and `stamp --verify`: what they say, what they refuse, what they leave behind.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::{EVERYTHING, load, without_fingerprints};
use crate::support::limbeck::Project;
use crate::support::{Database, Server, database, project};

/// A project whose three revisions make three tables.
fn line(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .line_of_revisions(3)
}

#[test]
fn a_legacy_database_gets_a_baseline_and_stands_at_it() {
    let database = database();
    database.execute("CREATE TABLE customers (id bigint PRIMARY KEY, name text)");
    let project = project().database(&database);
    project.ok("init");
    assert_snapshot!(project.run("introspect"), @"
    versions/da934500843b_baseline.sql
    ------- stderr -------
    Generating versions/da934500843b_baseline.sql ...  done
    written: 1 table, 1 constraint
    next: limbeck stamp [ID1]
    ");
    assert_snapshot!(project.run("introspect"), @"
    ------- stderr -------
    error: there is a revision already, and a baseline begins a line of its own
    hint: `--branch-label LABEL` gives its line a label beside theirs
    hint: `-o -` prints the baseline
    [exit status: 1]
    ");
    let refused = project.run("introspect --format json").json_error();
    assert_eq!(refused["error"]["code"], "has_revisions");
    assert_snapshot!(project.run("diff head"), @"
    ------- stderr -------
    the database is as revision [ID1]
    ");
    assert_snapshot!(project.run("stamp --verify head"), @"
    ------- stderr -------
    the database is as revision [ID1]
    stamp  -> [ID1], baseline
    1 step done in [TIME]; 1 of 1 revision applied
    ");
    assert_snapshot!(project.run("diff"), @"
    ------- stderr -------
    the database is as revision [ID1]
    ");
    assert_snapshot!(project.run("introspect --branch-label again --rev-id b2 -m again"), @"
    versions/b2_again.sql
    ------- stderr -------
    Generating versions/b2_again.sql ...  done
    written: 1 table, 1 constraint
    next: limbeck stamp b2
    ");
    assert_snapshot!(project.run("introspect --rev-id b2 --branch-label other"), @"
    ------- stderr -------
    error: there is a revision `b2` already
      b2  again  again
    hint: without `--rev-id` a revision gets an id of its own
    [exit status: 1]
    ");
    assert_eq!(project.run("check").code(), Some(4));
}

#[test]
fn a_baseline_can_go_anywhere() {
    let database = database();
    database.execute("CREATE TABLE customers (id bigint PRIMARY KEY, name text)");
    let project = line(&database);
    assert_snapshot!(project.run("introspect -o base.sql --rev-id b"), @"
    ------- stderr -------
    written: 1 table, 1 constraint
    ");
    assert_snapshot!(without_fingerprints(&project.run("introspect -o base.sql --rev-id b --format json")), @r#"{"revision":"b","path":"base.sql","fingerprint":"[FINGERPRINT]","objects":{"column":2,"constraint":1,"schema":1,"table":1},"left_out":[]}"#);
    assert!(
        project
            .read("base.sql")
            .contains("CREATE TABLE public.customers (")
    );
    assert_snapshot!(project.run("introspect -o gone/base.sql"), @"
    ------- stderr -------
    error: cannot write `gone/base.sql`: No such file or directory (os error 2)
    [exit status: 1]
    ");
    assert_snapshot!(project.run("introspect -o - --rev-id a+b"), @"
    ------- stderr -------
    error: character '+' is not allowed in the name `a+b`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
}

#[test]
fn a_part_of_a_database_is_told_where_it_leans_on_the_rest() {
    let database = database();
    database.execute(
        "CREATE SCHEMA shop; CREATE SCHEMA hr; CREATE EXTENSION citext; CREATE EXTENSION hstore;
         CREATE TYPE hr.grade AS ENUM ('a'); CREATE TABLE hr.people (id int PRIMARY KEY);
         CREATE TABLE shop.seats (id int REFERENCES hr.people, grade hr.grade, name citext);
         CREATE TABLE shop.schema_migrations (version bigint)",
    );
    let project = project().database(&database);
    assert_snapshot!(project.run("introspect -o - --rev-id b --schema shop --without schema_migrations"), @"
    -- revision: b
    -- message: baseline

    -- limbeck: upgrade
    SET LOCAL check_function_bodies = off;
    SET LOCAL search_path = '';

    CREATE SCHEMA shop;
    CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;

    CREATE TABLE shop.seats (
        id integer,
        grade hr.grade,
        name public.citext
    );

    ALTER TABLE shop.seats
        ADD CONSTRAINT seats_id_fkey FOREIGN KEY (id) REFERENCES hr.people(id);

    -- limbeck: downgrade
    DROP TABLE shop.seats;
    DROP EXTENSION citext;
    DROP SCHEMA shop;
    ------- stderr -------
    warning: what was written needs something that was not asked for
      column shop.seats.grade needs enum hr.grade
      constraint shop.seats.seats_id_fkey needs table hr.people
      constraint shop.seats.seats_id_fkey needs constraint hr.people.people_pkey
    written: 1 schema, 1 extension, 1 table, 1 constraint
    ");
    assert_snapshot!(project.run("introspect -o - --schema Shop"), @"
    ------- stderr -------
    error: there is no schema `Shop`
    hint: names stand as they are in the catalog, in upper and lower case
    [exit status: 1]
    ");
    database.execute("CREATE SCHEMA tool; CREATE TABLE tool.done (id serial); CREATE VIEW shop.done AS SELECT id FROM tool.done");
    assert_snapshot!(project.run("introspect -o - --rev-id b --without tool.done").stderr, @"
    warning: what was written needs something that was not asked for
      view shop.done needs table tool.done
    written: 2 schemas, 2 extensions, 1 enum, 3 tables, 1 view, 2 constraints
    ");
    database.execute("DROP VIEW shop.done");
    let without = project.ok("introspect -o - --rev-id b --without tool.done");
    assert!(!without.stdout.contains("tool"), "{without}");
    assert_snapshot!(project.run("introspect -o - --without shop."), @"
    ------- stderr -------
    error: invalid value 'shop.' for '--without <[SCHEMA.]TABLE>': a table is written `table` or `schema.table`

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn a_database_that_was_changed_by_hand_is_not_stamped() {
    // Its own: others make throw-away databases as well.
    let server = Server::start_own();
    let database = server.database();
    let project = line(&database);
    project.ok("upgrade head");
    assert_snapshot!(project.run("diff"), @"
    ------- stderr -------
    the database is as revision r0003
    ");
    database.execute("ALTER TABLE t_r0002 ADD COLUMN note text; DROP TABLE t_r0003");
    assert_snapshot!(project.run("diff"), @"
    -  table   public.t_r0003       1 column, 1 constraint
    +  column  public.t_r0002.note
    ------- stderr -------
    2 differences between revision r0003 and the database
    [exit status: 4]
    ");
    assert_snapshot!(project.run("diff r0002"), @"
    +  column  public.t_r0002.note
    ------- stderr -------
    1 difference between revision r0002 and the database
    [exit status: 4]
    ");
    assert_snapshot!(project.run("diff base"), @"
    +  table  public.t_r0001  1 column, 1 constraint
    +  table  public.t_r0002  2 columns, 1 constraint
    ------- stderr -------
    2 differences between an empty database and the database
    [exit status: 4]
    ");
    assert_snapshot!(project.run("stamp --verify r0002"), @"
    +  column  public.t_r0002.note
    ------- stderr -------
    1 difference between revision r0002 and the database
    nothing was stamped
    [exit status: 4]
    ");
    assert_eq!(database.heads(), ["r0003"]);
    assert_snapshot!(project.run("stamp r0002 --ignore grants"), @"
    ------- stderr -------
    error: `--scratch`, `--schema`, `--without`, `--ignore` and `--owners` go with `--verify`
    [exit status: 2]
    ");
    let answer = project.run("stamp --verify r0002 --format json");
    assert_eq!(answer.code(), Some(4));
    assert_snapshot!(without_fingerprints(&answer), @r#"{"equal":false,"expected":{"name":"revision r0002","fingerprint":"[FINGERPRINT]"},"actual":{"name":"the database","fingerprint":"[FINGERPRINT]"},"differences":[{"change":"added","kind":"column","name":"public.t_r0002.note","parts":{}}]}"#);
    database.execute("ALTER TABLE t_r0002 DROP COLUMN note");
    assert_snapshot!(project.run("stamp --verify r0002"), @"
    ------- stderr -------
    the database is as revision r0002
    stamp r0003 -> r0002, add t_r0002
    1 step done in [TIME]; 2 of 3 revisions applied
    ");
    assert_eq!(database.heads(), ["r0002"]);
    assert_eq!(server.scratches(), [""; 0]);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    // Its own: others make throw-away databases as well.
    let server = Server::start_own();
    let database = server.database();
    let mut project = line(&database);
    assert_snapshot!(project.run("diff nowhere"), @"
    ------- stderr -------
    error: there is no revision or branch label `nowhere`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(project.run("diff head --against postgres:///x"), @"
    ------- stderr -------
    error: the argument '[REVISION]...' cannot be used with '--against <URL>'

    Usage: limbeck diff <REVISION>...

    For more information, try '--help'.
    [exit status: 2]
    ");
    project.ok("upgrade head");
    std::fs::remove_file(project.path("versions/r0003.sql")).unwrap();
    assert_snapshot!(project.run("diff"), @"
    ------- stderr -------
    error: the database stands at `r0003`, which is in no file
    hint: `limbeck diff REVISION` compares with a revision of this checkout
    [exit status: 1]
    ");
    project.write(
        "versions/r0003.sql",
        "-- revision: r0003\n-- down_revision: r0002\n\n-- limbeck: upgrade\nSELECT no();\n",
    );
    assert_snapshot!(project.run("diff head"), @"
    ------- stderr -------
    error: on a throw-away database, step 3 of 3 failed and was rolled back: upgrade r0003
      versions/r0003.sql:5
      5 | SELECT no()
        |        ^^ 42883 function no() does not exist
    hint: No function matches the given name and argument types. You might need to add explicit type casts.
    [exit status: 1]
    ");
    assert_eq!(server.scratches(), [""; 0]);
}

#[test]
fn a_role_that_may_not_create_databases_is_told_who_may() {
    let database = database();
    let role = database.role(None);
    let project = line(&database).masked(&role.name, "[ROLE]");
    assert_snapshot!(project.run(&format!("diff base --url {}", role.url)), @"
    ------- stderr -------
    error: the role `[ROLE]` may not create a throw-away database
    hint: `ALTER ROLE [ROLE] CREATEDB` lets it
    hint: `--scratch URL` makes it on another server; `--scratch embedded:PATH` needs none, where limbeck was built with one
    [exit status: 1]
    ");
    // Another server will do, with a role that may.
    let other = Server::start_own();
    let diff = format!(
        "diff base --url {} --scratch {}",
        role.url,
        other.url("postgres")
    );
    assert_snapshot!(project.run(&diff), @"
    ------- stderr -------
    the database is as an empty database
    ");
    assert_eq!(other.scratches(), [""; 0]);
}

#[test]
fn a_standby_can_be_read_and_compared_elsewhere() {
    let primary = Server::start_own();
    let database = primary.database();
    database.execute("CREATE TABLE t_r0001 (id bigint PRIMARY KEY)");
    let standby = primary.start_replica();
    let project = line(&database).masked(standby.port().to_string(), "[STANDBY]");
    let url = standby.url(database.name());
    let read = |command: &str| project.ok(&format!("{command} --url {url}"));
    assert_eq!(read("fingerprint").stdout, project.ok("fingerprint").stdout);
    assert!(read("introspect -o -").stdout.contains("t_r0001"));
    assert_snapshot!(project.run(&format!("diff r0001 --url {url}")), @"
    ------- stderr -------
    error: the server takes no writes, so no throw-away database can be made on it
    hint: `--scratch URL` makes it on another server; `--scratch embedded:PATH` needs none, where limbeck was built with one
    [exit status: 1]
    ");
    let diff = format!("diff r0001 --url {url} --scratch {}", database.url());
    assert_snapshot!(project.run(&diff), @"
    ------- stderr -------
    the database is as revision r0001
    ");
}

#[test]
fn an_interrupted_comparison_leaves_no_database_behind() {
    let server = Server::start_own();
    let database = server.database();
    let project = project().database(&database).file("limbeck.toml", "").file(
        "versions/slow.sql",
        "-- revision: slow\n\n-- limbeck: upgrade\nSELECT pg_sleep(60);\n",
    );
    for command in ["diff slow", "detect"] {
        let running = project.spawn(command);
        let begun = Instant::now();
        let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND \
                      pid <> pg_backend_pid() AND wait_event = 'PgSleep'";
        while database.rows(sleeps) == ["0"] {
            assert!(begun.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(server.scratches().len(), 1);
        running.signal("INT");
        let answer = running.wait();
        assert_eq!(answer.code(), Some(1), "{answer}");
        assert!(answer.stderr.contains("interrupted"), "{answer}");
        assert_eq!(server.scratches(), [""; 0]);
    }
}

#[test]
fn a_session_that_somebody_ends_leaves_no_database_behind() {
    let server = Server::start_own();
    let database = server.database();
    let project = project().database(&database).file("limbeck.toml", "").file(
        "versions/slow.sql",
        "-- revision: slow\n\n-- limbeck: upgrade\nSELECT pg_sleep(60);\n",
    );
    let running = project.spawn("diff slow");
    let begun = Instant::now();
    let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while database.rows(sleeps) == ["0"] {
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.scratches().len(), 1);
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'limbeck%' AND \
         pid <> pg_backend_pid()",
    );
    assert_snapshot!(running.wait(), @"
    ------- stderr -------
    error: on a throw-away database, step 1 of 1 failed and was rolled back: upgrade slow
      the connection to the server was lost: terminating connection due to administrator command
    [exit status: 1]
    ");
    assert_eq!(server.scratches(), [""; 0]);
}

#[test]
fn reading_takes_one_turn_whatever_there_is() {
    let database = database();
    let proxy = database.proxy();
    let project = project().env("DATABASE_URL", database.url_through(&proxy));
    let turns = |project: &Project| {
        proxy.reset();
        project.ok("fingerprint");
        proxy.turns()
    };
    let empty = turns(&project);
    load(&database, EVERYTHING);
    assert_eq!(turns(&project), empty, "{}", proxy.story());
    // The question for TLS, the startup, and one message.
    assert_eq!(empty, 3, "{}", proxy.story());
}

#[test]
fn a_role_without_any_rights_reads_the_same() {
    let database = database();
    load(&database, EVERYTHING);
    let role = database.role(None);
    let project = project().database(&database);
    let by_role = format!("fingerprint --url {}", role.url);
    assert_eq!(
        project.ok("fingerprint").stdout,
        project.ok(&by_role).stdout
    );
    // Whatever the role or database has set.
    for setting in [
        "datestyle = 'SQL, DMY'",
        "search_path = shop",
        "intervalstyle = 'sql_standard'",
        "timezone = 'Asia/Tokyo'",
        "bytea_output = 'escape'",
        "quote_all_identifiers = on",
        "extra_float_digits = -5",
    ] {
        database.execute(&format!("ALTER ROLE {} SET {setting}", role.name));
    }
    assert_eq!(
        project.ok("fingerprint").stdout,
        project.ok(&by_role).stdout
    );
}

#[test]
fn many_tables_are_made_in_several_transactions() {
    let database = database();
    database.execute(
        "DO $$ BEGIN FOR i IN 1..1100 LOOP
             EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a text UNIQUE)', i);
         END LOOP; END $$",
    );
    let project = project().database(&database).file("versions/.keep", "");
    project.ok("introspect --rev-id b1");
    let text = project.read("versions/b1_baseline.sql");
    let sections: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("-- limbeck: "))
        .collect();
    assert_eq!(
        sections,
        [
            "-- limbeck: upgrade",
            "-- limbeck: upgrade new-transaction",
            "-- limbeck: downgrade",
            "-- limbeck: downgrade new-transaction",
            "-- limbeck: downgrade new-transaction",
        ]
    );
    project.ok("stamp --verify b1");
    let copy = database.server().database_from("template0");
    project.ok(&format!("upgrade head --url {}", copy.url()));
    project.ok(&format!("downgrade base --url {}", copy.url()));
    assert!(!copy.has("t1"));
}
