//! Files that run again and again, with rivals and kills.

use super::{blocked, held_up, revision, until};
use crate::support::{Database, Project, database, project};

/// A project of one revision, with a folder of files that run again.
fn startup(database: &Database, repeat: &str, files: &[(&str, &str)]) -> Project {
    let table = "-- limbeck: upgrade\nCREATE TABLE log (file text);\n";
    let settings =
        format!("[[source]]\npath = \"startup\"\nmulti_statement = true\nrepeat = \"{repeat}\"\n");
    let project = project()
        .database(database)
        .file("limbeck.toml", settings)
        .file("versions/1.sql", revision("r1", "", table));
    files.iter().fold(project, |project, (name, text)| {
        project.file(&format!("startup/{name}"), *text)
    })
}

/// Three files, each of which notes that it ran; the second waits for the advisory lock 42.
const FILES: [(&str, &str); 3] = [
    ("1.sql", "INSERT INTO log VALUES ('1');\n"),
    (
        "2.sql",
        "INSERT INTO log VALUES ('2');\nSELECT pg_advisory_xact_lock(42);\n",
    ),
    ("3.sql", "INSERT INTO log VALUES ('3');\n"),
];

fn log(database: &Database) -> Vec<String> {
    database.rows("SELECT file FROM log ORDER BY ctid")
}

fn states(database: &Database) -> Vec<String> {
    database.rows("SELECT name || ' ' || state FROM limbeck_repeats ORDER BY name")
}

const RAN: [&str; 3] = [
    "startup/1.sql ran",
    "startup/2.sql ran",
    "startup/3.sql ran",
];

#[test]
fn two_upgrades_at_once_run_their_files_one_after_the_other() {
    for (repeat, ran) in [
        ("always", &["1", "2", "3", "1", "2", "3"][..]),
        ("on-change", &["1", "2", "3"]),
    ] {
        let database = database();
        let project = startup(&database, repeat, &FILES);
        let mut holder = database.client();
        holder.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
        let first = project.spawn("upgrade heads");
        until("the second file", || held_up(&database) == 1);
        let mut second = project.spawn("upgrade heads");
        second.wait_for("waiting for another run to end");
        assert_eq!(held_up(&database), 1);
        holder
            .batch_execute("SELECT pg_advisory_unlock(42)")
            .unwrap();
        for run in [first, second] {
            let output = run.wait();
            assert_eq!(output.code(), Some(0), "{output}");
        }
        assert_eq!(log(&database), ran, "{repeat}");
        assert_eq!(states(&database), RAN);
    }
}

#[test]
fn a_file_of_a_dead_run_is_waited_for_and_those_behind_it_run() {
    for (repeat, ran) in [
        ("always", &["1", "2", "1", "2", "3"][..]),
        // The server has finished the second one, note and all, for nobody.
        ("on-change", &["1", "2", "3"]),
    ] {
        let database = database();
        let project = startup(&database, repeat, &FILES);
        let mut holder = database.client();
        holder.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
        let mut first = project.spawn("upgrade heads");
        until("the second file", || held_up(&database) == 1);
        first.kill();
        let _ = first.wait();
        let mut second = project.spawn("upgrade heads");
        second.wait_for("waiting for another run to end: process");
        assert_eq!(log(&database), ["1"]);
        assert_eq!(states(&database), ["startup/1.sql ran"]);
        holder
            .batch_execute("SELECT pg_advisory_unlock(42)")
            .unwrap();
        let output = second.wait();
        assert_eq!(output.code(), Some(0), "{output}");
        assert_eq!(log(&database), ran, "{repeat}");
        assert_eq!(states(&database), RAN);
    }
}

const INDEX: (&str, &str) = (
    "index.sql",
    "CREATE UNIQUE INDEX CONCURRENTLY files ON log (file);\n",
);

fn is_valid(database: &Database) -> Vec<String> {
    database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('files')")
}

#[test]
fn an_index_that_the_server_still_builds_for_a_dead_run_is_waited_for() {
    let database = database();
    let project = startup(&database, "on-change", &[INDEX]);
    database.execute("CREATE TABLE log (file text)");
    let _ = project.ok("stamp r1");
    let mut writer = database.client();
    writer
        .batch_execute("BEGIN; INSERT INTO log VALUES ('once')")
        .unwrap();
    let mut first = project.spawn("upgrade heads");
    until("the index", || {
        blocked(&database, "CREATE UNIQUE INDEX CONCURRENTLY") == 1
    });
    first.kill();
    let _ = first.wait();
    let mut second = project.spawn("upgrade heads");
    second.wait_for("waiting for another run to end: process");
    writer.batch_execute("COMMIT").unwrap();
    let output = second.wait();
    assert_eq!(output.code(), Some(0), "{output}");
    assert_eq!(is_valid(&database), ["t"]);
    assert_eq!(states(&database), ["startup/index.sql already_there"]);
}

#[test]
fn an_index_that_an_earlier_run_left_invalid_is_built_again() {
    let database = database();
    let project = startup(&database, "on-change", &[INDEX]);
    database.execute("CREATE TABLE log (file text)");
    let _ = project.ok("stamp r1");
    database.execute("INSERT INTO log VALUES ('twice'), ('twice')");
    insta::assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    error: startup/index.sql failed and was rolled back
      startup/index.sql:1
      1 | CREATE UNIQUE INDEX CONCURRENTLY files ON log (file)
        |                                  ^^^^^ 23505 could not create unique index "files"
      detail: Key (file)=(twice) is duplicated.
      done before it: 0 steps, and 0 repeated files; the database stands at r1
    [exit status: 1]
    "#);
    assert_eq!(is_valid(&database), ["f"]);
    database.execute("DELETE FROM log");
    insta::assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    dropped the invalid index public.files of an earlier try
    repeat startup/index.sql  ([TIME])
    0 applied, 1 already applied, 1 total ([TIME])
    ");
    assert_eq!(is_valid(&database), ["t"]);
}
