//! Rivals: other runs of the program at the same time, and other programs that move the heads.

use super::{LOCK, Line, blocked, held_up, revision, until};
use crate::support::{Database, Project, database, project};

#[test]
fn thirty_two_runs_at_once_run_each_revision_once() {
    const LINE: Line = Line {
        revisions: 30,
        concurrently: |number| number == 2 || number == 17 || number == 30,
    };
    let database = database();
    let project = LINE.project(&database);
    let outputs = project.run_at_once(32, "upgrade head");
    for output in &outputs {
        assert_eq!(output.code(), Some(0), "{output}");
    }
    LINE.finished(&database);
    let did =
        |output: &&crate::support::Output| !output.stderr.contains("0 applied, 30 already applied");
    assert_eq!(outputs.iter().filter(did).count(), 1, "one run did it all");
}

#[test]
fn two_indexes_are_built_concurrently_while_another_run_waits_for_the_lock() {
    let database = database();
    let index = |id: &str, parent: &str| {
        let table = format!("t_{id}");
        revision(
            id,
            parent,
            &format!(
                "-- limbeck: upgrade\nCREATE TABLE {table} (id int);\n\
                 -- limbeck: upgrade no-transaction\n\
                 CREATE INDEX CONCURRENTLY i_{id} ON first (id);\n\
                 CREATE INDEX CONCURRENTLY j_{id} ON first (id);\n"
            ),
        )
    };
    let project = project()
        .database(&database)
        .file(
            "versions/1.sql",
            revision(
                "r1",
                "",
                "-- limbeck: upgrade\nCREATE TABLE first (id int);\n",
            ),
        )
        .file("versions/2.sql", index("r2", "r1"))
        .file("versions/3.sql", index("r3", "r2"));
    let _ = project.ok("upgrade r1");
    // The first index is not built before this transaction ends: by then the other run waits.
    let mut writer = database.client();
    writer
        .batch_execute("BEGIN; INSERT INTO first VALUES (1)")
        .unwrap();
    let first = project.spawn("upgrade head");
    until("the index", || {
        blocked(&database, "CREATE INDEX CONCURRENTLY") == 1
    });
    let mut second = project.spawn("upgrade head");
    second.wait_for("waiting for another run to end");
    writer.batch_execute("COMMIT").unwrap();
    for run in [first, second] {
        let output = run.wait();
        assert_eq!(output.code(), Some(0), "{output}");
    }
    assert_eq!(database.heads(), ["r3"]);
    let valid = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE \
                 c.relname = 'first' AND i.indisvalid";
    assert_eq!(database.rows(valid), ["4"]);
}

#[test]
fn a_run_that_waits_for_the_lock_has_no_transaction_that_an_index_would_wait_for() {
    let database = database();
    let project = Line::plain(1).project(&database);
    let mut holder = database.client();
    holder.batch_execute(LOCK).unwrap();
    let mut run = project.spawn("upgrade head");
    run.wait_for("waiting for another run to end");
    // An open transaction would be there each time that is looked.
    until("a moment without a transaction", || {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND \
                    xact_start IS NOT NULL AND pid <> pg_backend_pid()";
        database.rows(open) == ["0"]
    });
    drop(holder);
    let output = run.wait();
    assert_eq!(output.code(), Some(0), "{output}");
}

/// A line of four of which one waits for the advisory lock 42, before or after its table.
fn held_at(database: &Database, held: usize) -> Project {
    (1..=4).fold(project().database(database), |project, number| {
        let parent = match number {
            1 => String::new(),
            _ => format!("r{}", number - 1),
        };
        let wait = if number == held {
            "SELECT pg_advisory_xact_lock(42);\n"
        } else {
            ""
        };
        let id = format!("r{number}");
        let text = format!("-- limbeck: upgrade\nCREATE TABLE t_{id} (id int);\n{wait}");
        project.file(
            &format!("versions/{number}.sql"),
            revision(&id, &parent, &text),
        )
    })
}

#[test]
fn an_update_of_the_version_row_between_plan_and_step_is_refused() {
    let database = database();
    let project = held_at(&database, 2);
    let _ = project.ok("upgrade r1");
    let mut rival = database.client();
    rival.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
    let run = project.spawn("upgrade head");
    until("the step", || held_up(&database) == 1);
    // What Alembic sends.
    rival
        .batch_execute("UPDATE alembic_version SET version_num='r3' WHERE version_num = 'r1'")
        .unwrap();
    rival
        .batch_execute("SELECT pg_advisory_unlock(42)")
        .unwrap();
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    error: step 1 of 3 failed and was rolled back: upgrade r2, step r2
      another program changed the version table meanwhile
      done before it: nothing; the database stands at r3
    hint: run the command again: it plans from where the database stands now
    [exit status: 1]
    ");
    assert_eq!(database.heads(), ["r3"]);
    assert!(!database.has("t_r2") && !database.has("t_r3") && !database.has("t_r4"));
    // From where the rival left it, the next run goes on.
    let _ = project.ok("upgrade head");
    assert_eq!(database.heads(), ["r4"]);
    assert!(!database.has("t_r2") && !database.has("t_r3") && database.has("t_r4"));
}

#[test]
fn an_update_in_the_midst_of_a_run_keeps_the_steps_before_it() {
    let database = database();
    let project = held_at(&database, 3);
    let mut rival = database.client();
    rival.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
    let run = project.spawn("upgrade head");
    until("the step", || held_up(&database) == 1);
    rival
        .batch_execute("UPDATE alembic_version SET version_num='r1' WHERE version_num = 'r2'")
        .unwrap();
    rival
        .batch_execute("SELECT pg_advisory_unlock(42)")
        .unwrap();
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    upgrade  -> r1, step r1  ([TIME])
    upgrade r1 -> r2, step r2
    error: step 3 of 4 failed and was rolled back: upgrade r3, step r3
      another program changed the version table meanwhile
      done before it: 2 steps; the database stands at r1
    hint: run the command again: it plans from where the database stands now
    [exit status: 3]
    ");
    assert_eq!(database.heads(), ["r1"]);
    assert!(database.has("t_r2") && !database.has("t_r3") && !database.has("t_r4"));
}

#[test]
fn an_update_that_is_not_committed_yet_is_waited_for() {
    for (end, code) in [("COMMIT", 1), ("ROLLBACK", 0)] {
        let database = database();
        let project = held_at(&database, 0);
        let _ = project.ok("upgrade r1");
        let mut rival = database.client();
        rival
            .batch_execute(
                "BEGIN; UPDATE alembic_version SET version_num='r2' WHERE version_num = 'r1'",
            )
            .unwrap();
        let run = project.spawn("upgrade head");
        until("the row edit", || {
            blocked(&database, "alembic_version") == 1
        });
        rival.batch_execute(end).unwrap();
        let output = run.wait();
        assert_eq!(output.code(), Some(code), "{end}\n{output}");
        let head = if code == 0 { "r4" } else { "r2" };
        assert_eq!(database.heads(), [head]);
        assert_eq!(database.has("t_r2"), code == 0);
    }
}

#[test]
fn an_update_during_a_part_outside_of_transactions_is_told_of_at_its_end() {
    let database = database();
    let project = project()
        .database(&database)
        .file(
            "versions/1.sql",
            revision(
                "r1",
                "",
                "-- limbeck: upgrade\nCREATE TABLE first (id int);\n",
            ),
        )
        .file(
            "versions/2.sql",
            revision(
                "r2",
                "r1",
                "-- limbeck: upgrade no-transaction\n\
                 CREATE INDEX CONCURRENTLY one ON first (id);\n",
            ),
        )
        .file(
            "versions/3.sql",
            revision(
                "r3",
                "r2",
                "-- limbeck: upgrade\nCREATE TABLE third (id int);\n",
            ),
        );
    let _ = project.ok("upgrade r1");
    let mut writer = database.client();
    writer
        .batch_execute("BEGIN; INSERT INTO first VALUES (1)")
        .unwrap();
    let run = project.spawn("upgrade head");
    until("the index", || {
        blocked(&database, "CREATE INDEX CONCURRENTLY") == 1
    });
    database.execute("UPDATE alembic_version SET version_num='r3' WHERE version_num = 'r1'");
    writer.batch_execute("COMMIT").unwrap();
    let output = run.wait();
    insta::assert_snapshot!(output, @r"
    ------- stderr -------
    error: step 1 of 2 failed: upgrade r2, step r2
      another program changed the version table meanwhile
      what ran outside of a transaction stays; the next run goes on after it
      done before it: nothing; the database stands at r3
    hint: run the command again: it plans from where the database stands now
    [exit status: 3]
    ");
    assert_eq!(database.heads(), ["r3"]);
    // The index stays, and the journal says so until a person declares what it is.
    assert_eq!(
        database.rows("SELECT revision, statements_done, running FROM limbeck_journal"),
        ["r2 | 1 | f"]
    );
    let _ = project.ok("stamp r2");
    assert!(database.rows("SELECT * FROM limbeck_journal").is_empty());
    let _ = project.ok("upgrade head");
    assert!(database.has("third"));
}
