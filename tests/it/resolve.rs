//! `resolve`: what became of a half-done revision is declared, and nothing runs.

use insta::assert_snapshot;

use crate::support::{Database, Project, database, project};

/// Where the database gives out what has no row, half of it is done.
const HALF: &str = "-- revision: x1\n-- down_revision: a1\n-- message: halve\n\n\
                    -- limbeck: upgrade no-transaction\nCREATE TABLE one (id int);\n\
                    SELECT 1 / count(*) FROM gate;\nCREATE TABLE two (id int);\n\n\
                    -- limbeck: downgrade no-transaction\nDROP TABLE two;\n\
                    SELECT 1 / count(*) FROM gate;\nDROP TABLE one;\n";

fn halves(database: &Database) -> Project {
    database.execute("CREATE TABLE gate (id int)");
    project()
        .database(database)
        .file("limbeck.toml", "")
        .revisions(&[("a1", "", "")])
        .file("versions/x1.sql", HALF)
}

/// The upgrade of `x1` stopped after its first statement.
fn half_applied(database: &Database) -> Project {
    let project = halves(database);
    assert_eq!(project.run("upgrade head").code(), Some(3));
    project
}

/// The downgrade of `x1` stopped after its first statement.
fn half_taken_back(database: &Database) -> Project {
    let project = halves(database);
    database.execute("INSERT INTO gate VALUES (1)");
    project.ok("upgrade head");
    database.execute("TRUNCATE gate");
    assert_eq!(project.run("downgrade -1").code(), Some(3));
    project
}

/// What the ledger says of `x1` last, and whether anything is half-done.
fn told(database: &Database) -> Vec<String> {
    let mut told = database.rows(
        "SELECT direction, applied, downgrade_sql IS NOT NULL FROM limbeck_ledger \
         WHERE revision = 'x1' ORDER BY id DESC LIMIT 1",
    );
    told.extend(database.rows("SELECT revision FROM limbeck_journal"));
    told
}

#[test]
fn half_applied_and_finished_by_hand() {
    let database = database();
    let project = half_applied(&database);
    assert_snapshot!(project.run("status"), @r"
    applied  a1  add t_a1  [DATE] in [TIME]
    pending  x1  halve
    stopped  x1  half-way through its upgrade, after 1 statement; `limbeck upgrade x1` goes on
    ------- stderr -------
    1 applied, 1 pending; the database stands at a1
    ");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `x1` stopped half-way through its upgrade
    hint: `limbeck upgrade x1` goes on with it
    hint: or finish or undo it by hand, then `limbeck resolve x1 --applied` or `--not-applied`
    [exit status: 1]
    ");
    database.execute("CREATE TABLE two (id int)");
    assert_snapshot!(project.run("resolve x1 --applied --tag by-hand"), @r"
    ------- stderr -------
    stamp a1 -> x1, halve
    x1 is noted down as applied; the database stands at x1
    ");
    assert_eq!(database.heads(), ["x1"]);
    assert_eq!(told(&database), ["stamp | t | t"]);
    let client = "SELECT client LIKE '%, by-hand' FROM limbeck_ledger WHERE direction = 'stamp'";
    assert_eq!(database.rows(client), ["t"]);
    database.execute("INSERT INTO gate VALUES (1)");
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    downgrade x1 -> a1, halve  ([TIME])
    1 step done in [TIME]; 1 of 2 revisions applied
    ");
    assert!(!database.has("one") && !database.has("two"));
}

#[test]
fn half_applied_and_undone_by_hand() {
    let database = database();
    let project = half_applied(&database);
    database.execute("DROP TABLE one; INSERT INTO gate VALUES (1)");
    assert_snapshot!(project.run("force x --not-applied"), @r"
    ------- stderr -------
    x1 is noted down as not applied; the database stands at a1
    ");
    assert_eq!(database.heads(), ["a1"]);
    assert_eq!(told(&database), ["stamp | f | f"]);
    project.ok("upgrade head");
    assert!(database.has("one") && database.has("two"));
}

#[test]
fn half_taken_back_and_put_back_by_hand() {
    let database = database();
    let project = half_taken_back(&database);
    database.execute("CREATE TABLE two (id int)");
    assert_snapshot!(project.run("resolve x1 --applied --format json"), @r#"{"revision":"x1","applied":true,"direction":"downgrade","statements_done":1,"from":["x1"],"to":["x1"]}"#);
    assert_eq!(database.heads(), ["x1"]);
    assert_eq!(told(&database), ["stamp | t | t"]);
    assert_snapshot!(project.run("status --exit-code"), @r"
    applied  a1  add t_a1  [DATE] in [TIME]
    applied  x1  halve     [DATE]
    ------- stderr -------
    2 applied, 0 pending; the database stands at x1
    ");
}

#[test]
fn half_taken_back_and_finished_by_hand() {
    let database = database();
    let project = half_taken_back(&database);
    database.execute("DROP TABLE one");
    assert_snapshot!(project.run("resolve x1 --not-applied --format json"), @r#"{"revision":"x1","applied":false,"direction":"downgrade","statements_done":1,"from":["x1"],"to":["a1"]}"#);
    assert_eq!(database.heads(), ["a1"]);
    assert_eq!(told(&database), ["stamp | f | f"]);
}

#[test]
fn what_is_not_half_done_is_not_resolved() {
    let fresh = database();
    let project = halves(&fresh);
    assert_snapshot!(project.run("resolve x1 --applied"), @r"
    ------- stderr -------
    error: no revision was left half-done
    hint: `limbeck stamp x1` notes down that the database stands at a revision
    [exit status: 1]
    ");
    assert!(!fresh.has("limbeck_ledger"));
    let database = database();
    let project = half_applied(&database);
    assert_snapshot!(project.run("resolve a1 --not-applied"), @r"
    ------- stderr -------
    error: `a1` was not left half-done
      x1  halve
    [exit status: 1]
    ");
    // What a variable without a value comes to.
    let mut empty = project.command();
    let empty = empty.args(["resolve", "", "--applied"]).output().unwrap();
    assert_eq!(empty.status.code(), Some(1), "{empty:?}");
    assert_eq!(database.heads(), ["a1"]);
    assert_snapshot!(project.run("resolve a1 --not-applied --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_half_done","message":"`a1` was not left half-done","candidates":["x1"],"hints":[]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("resolve x1"), @r"
    ------- stderr -------
    error: the following required arguments were not provided:
      <--applied|--not-applied>

    Usage: limbeck resolve <--applied|--not-applied> <REVISION>

    For more information, try '--help'.
    hint: `limbeck resolve 1975ea --applied` where all of it is there, `--not-applied` where nothing is
    [exit status: 2]
    ");
    assert_snapshot!(project.run("force 5"), @r"
    ------- stderr -------
    error: the following required arguments were not provided:
      <--applied|--not-applied>

    Usage: limbeck resolve <--applied|--not-applied> <REVISION>

    For more information, try '--help'.
    hint: `limbeck resolve 1975ea --applied` where all of it is there, `--not-applied` where nothing is
    [exit status: 2]
    ");
    assert_snapshot!(project.run("resolve x1 --applied --not-applied"), @r"
    ------- stderr -------
    error: the argument '--applied' cannot be used with '--not-applied'

    Usage: limbeck resolve <--applied|--not-applied> <REVISION>

    For more information, try '--help'.
    [exit status: 2]
    ");
    assert_eq!(told(&database), ["x1"]);
}

#[test]
fn a_file_that_is_gone_is_needed_only_to_know_where_its_row_stands() {
    let first = database();
    let project = half_applied(&first);
    std::fs::remove_file(project.path("versions/x1.sql")).unwrap();
    assert_snapshot!(project.run("resolve x1 --applied"), @r"
    ------- stderr -------
    error: there is no revision or branch label `x1`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(project.run("resolve x1 --not-applied"), @r"
    ------- stderr -------
    x1 is noted down as not applied; the database stands at a1
    ");
    assert_eq!(told(&first), ["stamp | f | f"]);
    for (outcome, heads) in [("--applied", "x1"), ("--not-applied", "a1")] {
        let database = database();
        let project = half_taken_back(&database);
        std::fs::remove_file(project.path("versions/x1.sql")).unwrap();
        project.ok(&format!("resolve x1 {outcome}"));
        assert_eq!(database.heads(), [heads]);
    }
}

#[test]
fn rows_that_another_program_moved_meanwhile_are_looked_at() {
    let database = database();
    let project = half_applied(&database).revisions(&[("y1", "x1", "")]);
    database.execute("UPDATE alembic_version SET version_num = 'y1'");
    let error = project.run("resolve x1 --not-applied --format json");
    assert_eq!(error.json_error()["error"]["code"], "still_needed");
    assert_snapshot!(project.run("resolve x1 --not-applied"), @r"
    ------- stderr -------
    error: `x1` counts as applied, because `y1` stands on it
      y1  add t_y1
    hint: `limbeck current` shows where the database stands; `limbeck stamp` moves it
    [exit status: 1]
    ");
    database.execute("DELETE FROM alembic_version");
    assert_snapshot!(project.run("resolve x1 --applied"), @r"
    ------- stderr -------
    error: `a1` is not applied
    hint: `limbeck status` shows what is applied
    [exit status: 1]
    ");
    database.execute("INSERT INTO alembic_version VALUES ('y1')");
    assert_snapshot!(project.run("resolve x1 --applied"), @r"
    ------- stderr -------
    x1 is noted down as applied; the database stands at y1
    ");
    assert_eq!(database.heads(), ["y1"]);
}

#[test]
fn a_half_done_revision_bars_the_way_but_a_redo_goes_on_with_one_that_is_half_taken_back() {
    let first = database();
    let project = half_applied(&first);
    for line in ["redo", "goto base", "rollback", "redo a1"] {
        let error = project.run(line).stderr;
        assert!(
            error.contains("`x1` stopped half-way through its upgrade"),
            "{line}: {error}"
        );
    }
    first.execute("INSERT INTO gate VALUES (1)");
    assert_snapshot!(project.run("goto x1"), @"
    ------- stderr -------
    x1 was stopped after 1 statement and goes on from there
    upgrade a1 -> x1, halve  ([TIME])
    1 applied, 1 already applied, 2 total ([TIME])
    ");
    let database = database();
    let project = half_taken_back(&database);
    assert!(
        project
            .run("goto head")
            .stderr
            .contains("half-way through its downgrade")
    );
    database.execute("INSERT INTO gate VALUES (1)");
    assert_snapshot!(project.run("redo"), @r"
    ------- stderr -------
    x1 was stopped after 1 statement and goes on from there
    downgrade x1 -> a1, halve  ([TIME])
    upgrade a1 -> x1, halve  ([TIME])
    2 steps done in [TIME]; 2 of 2 revisions applied
    ");
    assert!(database.has("one") && database.has("two"));
    assert!(database.rows("SELECT * FROM limbeck_journal").is_empty());
}
