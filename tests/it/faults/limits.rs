//! What a server or a role limits: connections, times, and how long a session may be idle.

use super::{LOCK, Line, held_up, revision, sleeping, until};
use crate::support::{Database, Project, Role, database};

/// A role that may create tables, with settings of its own.
fn role(database: &Database, settings: &[&str]) -> Role {
    let role = database.role(None);
    database.execute(&format!(
        "GRANT CREATE ON SCHEMA public TO {0}; GRANT {0} TO postgres",
        role.name
    ));
    for setting in settings {
        database.execute(&format!("ALTER ROLE {} {setting}", role.name));
    }
    role
}

fn as_role(project: Project, role: &Role) -> Project {
    project
        .masked(role.name.clone(), "[ROLE]")
        .env("DATABASE_URL", role.url.clone())
}

#[test]
fn a_role_with_one_connection_is_told_that_the_lock_needs_another() {
    let database = database();
    let role = role(&database, &["CONNECTION LIMIT 1"]);
    let project = as_role(Line::plain(2).project(&database), &role);
    let output = project.run("upgrade head");
    insta::assert_snapshot!(output, @r#"
    ------- stderr -------
    error: the lock needs a connection of its own: 127.0.0.1:[PORT] (database `[DATABASE]`, user `[ROLE]`) has too many connections: too many connections for role "[ROLE]"
    [exit status: 1]
    "#);
    assert!(database.tables().is_empty());
    database.execute(&format!("ALTER ROLE {} CONNECTION LIMIT 2", role.name));
    let _ = project.ok("upgrade head");
    Line::plain(2).finished(&database);
}

#[test]
fn a_statement_that_runs_too_long_is_told_of_with_its_limit() {
    let database = database();
    let project = Line::plain(2)
        .project(&database)
        .env("LIMBECK_STATEMENT_TIMEOUT", "200ms")
        .file(
            "versions/slow.sql",
            revision(
                "slow",
                "r0002",
                "-- limbeck: upgrade\nSELECT pg_sleep(600);\n",
            ),
        );
    let output = project.run("upgrade head");
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    upgrade  -> r0001, step 1  ([TIME])
    upgrade r0001 -> r0002, step 2
    error: step 3 of 3 failed and was rolled back: upgrade slow, step slow
      versions/slow.sql:6
      6 | SELECT pg_sleep(600)
        | 57014 canceling statement due to statement timeout
      done before it: 2 steps; the database stands at r0002
    hint: `statement_timeout` in limbeck.toml says how long a statement may take
    [exit status: 3]
    ");
    assert_eq!(Line::plain(2).agreed(&database), 2);
    assert_eq!(sleeping(&database), 0);
}

#[test]
fn a_table_that_stays_locked_too_long_is_told_of_with_its_limit() {
    let database = database();
    let project = Line::plain(2)
        .project(&database)
        .env("LIMBECK_LOCK_TIMEOUT", "200ms")
        .file(
            "versions/third.sql",
            revision(
                "r0003",
                "r0002",
                "-- limbeck: upgrade\nCREATE TABLE t_r0003 (id int);\n\
                 INSERT INTO ran VALUES ('r0003');\nDROP TABLE busy;\n",
            ),
        );
    database.execute("CREATE TABLE busy (id int)");
    let mut writer = database.client();
    writer
        .batch_execute("BEGIN; INSERT INTO busy VALUES (1)")
        .unwrap();
    let output = project.run("upgrade head");
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    upgrade  -> r0001, step 1  ([TIME])
    upgrade r0001 -> r0002, step 2
    error: step 3 of 3 failed and was rolled back: upgrade r0003, step r0003
      versions/third.sql:8
      8 | DROP TABLE busy
        | 55P03 canceling statement due to lock timeout
      done before it: 2 steps; the database stands at r0002
    hint: another session holds a lock on it; `lock_timeout` in limbeck.toml says how long to wait
    [exit status: 3]
    ");
    assert_eq!(Line::plain(3).agreed(&database), 2);
    drop(writer);
    let _ = project.ok("upgrade head");
    Line::plain(3).finished(&database);
}

#[test]
fn the_idle_timeouts_of_a_role_end_neither_the_lock_nor_the_run() {
    let database = database();
    let role = role(
        &database,
        &[
            "SET idle_in_transaction_session_timeout = '500ms'",
            "SET statement_timeout = '500ms'",
            "SET idle_session_timeout = '500ms'",
        ],
    );
    // While it sleeps the connection that holds the lock is idle.
    let slow = "-- limbeck: upgrade\nCREATE TABLE t_r0003 (id int);\n\
                INSERT INTO ran VALUES ('r0003');\nSELECT pg_sleep(2);\n";
    let project = Line::plain(2)
        .project(&database)
        .file("versions/slow.sql", revision("r0003", "r0002", slow));
    let project = as_role(project, &role);
    let output = project.run("upgrade head");
    assert_eq!(output.code(), Some(0), "{output}");
    Line::plain(3).finished(&database);
}

#[test]
fn a_session_that_was_idle_while_the_lock_was_waited_for_is_made_anew() {
    let database = database();
    let role = role(&database, &["SET idle_session_timeout = '300ms'"]);
    let project = as_role(Line::plain(2).project(&database), &role);
    let mut holder = database.client();
    holder.batch_execute(LOCK).unwrap();
    let mut run = project.spawn("upgrade head");
    run.wait_for("waiting for another run to end");
    let idle = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND query LIKE 'SELECT * FROM%'",
        role.name
    );
    until("the end of the session that read the heads", || {
        database.rows(&idle) == ["0"]
    });
    drop(holder);
    let output = run.wait();
    assert_eq!(output.code(), Some(0), "{output}");
    Line::plain(2).finished(&database);
}

#[test]
fn a_run_that_waits_too_long_for_the_lock_names_who_holds_it() {
    let database = database();
    let project = Line::plain(2)
        .project(&database)
        .env("LIMBECK_LOCK_WAIT", "100ms")
        .file(
            "versions/slow.sql",
            revision(
                "slow",
                "r0002",
                "-- limbeck: upgrade\nSELECT pg_advisory_xact_lock(42);\n",
            ),
        );
    let mut holder = database.client();
    holder.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
    let first = project.spawn("upgrade head");
    until("the statement", || held_up(&database) == 1);
    let output = project.run("upgrade head");
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(
        output
            .stderr
            .contains("error: another run holds the lock: process "),
        "{output}"
    );
    drop(holder);
    let output = first.wait();
    assert_eq!(output.code(), Some(0), "{output}");
}
