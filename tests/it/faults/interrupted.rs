//! Ctrl-C and SIGTERM: cancelled on the server, rolled back, told of; and the second one ends at once.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;

use super::{LOCK, Line, blocked, revision, running, sleeping, until};
use crate::support::{Database, Project, database, project};

/// Plain revisions and then one with this statement in its midst.
fn with_last(database: &Database, before: usize, statement: &str) -> Project {
    let line = Line::plain(before);
    let parent = match before {
        0 => String::new(),
        _ => Line::id(before),
    };
    let text = format!("-- limbeck: upgrade\nCREATE TABLE unfinished (id int);\n{statement};\n");
    line.project(database)
        .file("versions/slow.sql", revision("slow", &parent, &text))
}

#[test]
fn a_signal_cancels_the_statement_and_tells_what_was_done() {
    for signal in ["INT", "TERM"] {
        let database = database();
        let project = with_last(&database, 3, "SELECT pg_sleep(600)");
        let run = project.spawn("upgrade head");
        until("the statement", || sleeping(&database) == 1);
        run.signal(signal);
        let output = run.wait();
        insta::allow_duplicates! {
            insta::assert_snapshot!(output, @r"
            ------- stderr -------
            upgrade  -> r0001, step 1  ([TIME])
            upgrade r0001 -> r0002, step 2
            upgrade r0002 -> r0003, step 3
            error: step 4 of 4 was interrupted and rolled back: upgrade slow, step slow
              done before it: 3 steps; the database stands at r0003
            [exit status: 3]
            ");
        }
        until("the end on the server", || sleeping(&database) == 0);
        assert_eq!(Line::plain(3).agreed(&database), 3);
        assert!(!database.has("unfinished"));
    }
}

#[test]
fn a_signal_in_the_first_revision_leaves_nothing() {
    let database = database();
    let project = with_last(&database, 0, "SELECT pg_sleep(600)");
    let run = project.spawn("upgrade head");
    until("the statement", || sleeping(&database) == 1);
    run.signal("INT");
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    error: step 1 of 1 was interrupted and rolled back: upgrade slow, step slow
      done before it: nothing; the database stands at <base>
    [exit status: 1]
    ");
    until("the end on the server", || sleeping(&database) == 0);
    assert!(database.tables().is_empty(), "{:?}", database.tables());
}

#[test]
fn a_signal_under_json_is_one_line_of_it() {
    let database = database();
    let project = with_last(&database, 0, "SELECT pg_sleep(600)");
    let run = project.spawn("upgrade head --format json");
    until("the statement", || sleeping(&database) == 1);
    run.signal("INT");
    let output = run.wait();
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(
        output.json_error()["error"]["code"],
        "interrupted",
        "{output}"
    );
}

/// A statement that goes on when it is cancelled.
const STUBBORN: &str = "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN \
                        query_canceled THEN PERFORM nextval('cancels'); END; END LOOP; END $$";

#[test]
fn a_second_signal_ends_at_once_where_the_statement_will_not() {
    let database = database();
    database.execute("CREATE SEQUENCE cancels");
    let project = with_last(&database, 1, STUBBORN);
    let run = project.spawn("upgrade head");
    until("the statement", || sleeping(&database) == 1);
    run.signal("INT");
    // A sequence tells at once what a transaction would keep to itself.
    until("the first one", || {
        database.rows("SELECT is_called FROM cancels") == ["t"]
    });
    run.signal("INT");
    let output = run.wait();
    assert_eq!(output.status.signal(), Some(2), "{output}");
    assert_eq!(Line::plain(1).agreed(&database), 1);
}

#[test]
fn a_statement_that_cannot_be_cancelled_is_given_up_and_not_called_rolled_back() {
    let database = database();
    database.execute("CREATE SEQUENCE cancels");
    let project = with_last(&database, 1, STUBBORN);
    let run = project.spawn("upgrade head");
    until("the statement", || sleeping(&database) == 1);
    run.signal("TERM");
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    upgrade  -> r0001, step 1  ([TIME])
    error: step 2 of 2 was cut off: upgrade slow, step slow
      the connection to the server was lost: interrupted, and the server did not end the statement within [TIME]
      done before it: 1 step; the server does not say where the database stands
    hint: `limbeck status` shows what was done
    [exit status: 3]
    ");
    assert_eq!(Line::plain(1).agreed(&database), 1);
}

#[test]
fn a_signal_while_waiting_for_the_lock_ends_the_wait() {
    let database = database();
    let project = Line::plain(2).project(&database);
    let mut holder = database.client();
    holder.batch_execute(LOCK).unwrap();
    let mut run = project.spawn("upgrade head");
    run.wait_for("waiting for another run to end");
    run.signal("INT");
    let output = run.wait();
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(
        output
            .stderr
            .ends_with("error: interrupted; nothing was done\n"),
        "{output}"
    );
    drop(holder);
    let _ = project.ok("upgrade head");
    Line::plain(2).finished(&database);
}

#[test]
fn a_signal_while_connecting_to_a_server_that_does_not_answer_ends_the_attempt() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let project = project()
        .file(
            "versions/1.sql",
            revision("r1", "", "-- limbeck: upgrade\nSELECT 1;\n"),
        )
        .env(
            "DATABASE_URL",
            format!("postgres://postgres@127.0.0.1:{port}/x"),
        );
    for signal in ["INT", "TERM"] {
        let run = project.spawn("upgrade head");
        let connection = silent.accept().unwrap();
        run.signal(signal);
        let output = run.wait();
        insta::allow_duplicates! {
            insta::assert_snapshot!(output, @r"
            ------- stderr -------
            error: interrupted
            [exit status: 1]
            ");
        }
        drop(connection);
    }
}

#[test]
fn a_signal_while_a_server_that_is_not_there_is_tried_again_ends_the_waiting() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let project = project()
        .file(
            "versions/1.sql",
            revision("r1", "", "-- limbeck: upgrade\nSELECT 1;\n"),
        )
        .env("LIMBECK_CONNECT_RETRY", "10min")
        .env(
            "DATABASE_URL",
            format!("postgres://postgres@127.0.0.1:{port}/x"),
        );
    let mut run = project.spawn("upgrade head");
    run.wait_for("trying again");
    run.signal("TERM");
    let output = run.wait();
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.ends_with("error: interrupted\n"), "{output}");
}

#[test]
fn a_signal_while_an_index_is_built_concurrently_is_taken_up_by_the_next_run() {
    const LINE: Line = Line {
        revisions: 2,
        concurrently: |number| number == 2,
    };
    let database = database();
    let project = LINE.project(&database);
    let _ = project.ok("upgrade r0001");
    // The build waits for every transaction that may have an older view of things.
    let mut reader = database.client();
    reader
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        .unwrap();
    let run = project.spawn("upgrade head");
    until("the index", || {
        blocked(&database, "CREATE INDEX CONCURRENTLY") == 1
    });
    run.signal("INT");
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    error: step 1 of 1 was interrupted: upgrade r0002, step 2
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at r0001
    [exit status: 3]
    ");
    until("the end on the server", || {
        running(&database, "CREATE INDEX") == 0
    });
    assert_eq!(
        database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i_r0002'::regclass"),
        ["f"]
    );
    assert_eq!(LINE.agreed(&database), 1);
    drop(reader);
    let output = project.ok("upgrade head");
    assert!(
        output.stderr.contains("dropped the invalid index"),
        "{output}"
    );
    LINE.finished(&database);
}
