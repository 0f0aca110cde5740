//! `rollback`, `goto` and `redo`: what they do, what they refuse, and how a cut-off one is told.

use insta::assert_snapshot;

use crate::support::{Cut, Database, Output, Project, database, project};

/// ```text
/// a1 -+- b1 (one) - b2
///     +- c1 (two) - c2
/// ```
fn branched(database: &Database) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .revisions(&[
            ("a1", "", ""),
            ("b1", "a1", "branch_labels: one"),
            ("b2", "b1", ""),
            ("c1", "a1", "branch_labels: two"),
            ("c2", "c1", ""),
        ])
}

fn line(database: &Database, count: usize) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", "")
        .line_of_revisions(count)
}

#[test]
fn rollback_takes_back_what_was_applied_last() {
    let database = database();
    let project = branched(&database);
    project.ok("upgrade one@head");
    project.ok("upgrade c1");
    project.ok("downgrade one@-1");
    project.ok("upgrade one@head");
    project.ok("upgrade two@head");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: `-1` is ambiguous: the walk can begin at 2 places
      one@-1
      two@-1
    hint: `limbeck downgrade one@-1` takes one of the ways
    [exit status: 1]
    ");
    assert_snapshot!(project.run("plan rollback --steps 3"), @r"
    downgrade c2 -> c1, add t_c2
    downgrade b2 -> b1, add t_b2
    downgrade c1 -> a1, add t_c1
    ------- stderr -------
    downgrade from b2, c2 to b1: 3 steps
    ");
    assert_snapshot!(project.run("plan rollback --to a1"), @r"
    downgrade c2 -> c1, add t_c2
    downgrade b2 -> b1, add t_b2
    downgrade c1 -> a1, add t_c1
    downgrade b1 -> a1, add t_b1
    ------- stderr -------
    downgrade from b2, c2 to a1: 4 steps
    ");
    assert_snapshot!(project.run("plan rollback --to c1 --format json"), @r#"
    {"direction":"downgrade","from":["b2","c2"],"to":["b1","c1"],"steps":[{"revision":"c2","direction":"downgrade","from":["b2","c2"],"to":["b2","c1"],"message":"add t_c2","path":"versions/c2.sql"},{"revision":"b2","direction":"downgrade","from":["b2","c1"],"to":["b1","c1"],"message":"add t_b2","path":"versions/b2.sql"}],"repeat":[]}
    "#);
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    downgrade c2 -> c1, add t_c2  ([TIME])
    1 step done in [TIME]; 4 of 5 revisions applied
    ");
    assert_snapshot!(project.run("rollback --to b1 --format json"), @r#"
    {"direction":"downgrade","from":["b2","c1"],"to":["b1"],"steps":[{"revision":"b2","direction":"downgrade","duration_ms":[TIME]},{"revision":"c1","direction":"downgrade","duration_ms":[TIME]}],"applied_before":4,"applied_after":2,"total":5,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(database.heads(), ["b1"]);
    project.ok("upgrade c1");
    assert_snapshot!(project.run("rollback --to one -q"), @"");
    assert_eq!(database.heads(), ["b1"]);
    project.ok("rollback --to base");
    assert_eq!(database.heads(), [""; 0]);
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    error: nothing is applied, so there is nothing to take back
    [exit status: 1]
    ");
}

#[test]
fn rollback_refuses_what_it_cannot_know() {
    let database = database();
    let project = branched(&database);
    project.ok("upgrade heads");
    assert_snapshot!(project.run("rollback --steps 6"), @r"
    ------- stderr -------
    error: 6 steps back are too many: only 5 revisions are applied
    hint: `limbeck status` shows what is applied
    [exit status: 1]
    ");
    assert_snapshot!(project.run("rollback --to c3"), @r"
    ------- stderr -------
    error: there is no revision or branch label `c3`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    project.ok("downgrade two@-1");
    assert_snapshot!(project.run("rollback --to c2"), @r"
    ------- stderr -------
    error: `c2` is not applied
      b2  add t_b2  one
      c1  add t_c1  two
    hint: `limbeck status` shows what is applied
    [exit status: 1]
    ");
    assert_snapshot!(project.run("rollback --to two@base"), @r"
    ------- stderr -------
    error: `two@base` names no revision
    hint: `limbeck rollback --to head`, for example
    [exit status: 1]
    ");
    // As if Alembic had done it all.
    database.execute("DROP TABLE limbeck_ledger, limbeck_journal, limbeck_schema_history");
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    error: which of `b2` and `c1` was applied last is not known
      b2@-1
      c1@-1
    hint: `limbeck downgrade b2@-1` takes one of them back
    hint: only the ledger knows when a revision was applied, and only of what limbeck applied
    [exit status: 1]
    ");
    assert_snapshot!(project.run("rollback --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"ambiguous_walk","message":"which of `b2` and `c1` was applied last is not known","candidates":["b2@-1","c1@-1"],"hints":["`limbeck downgrade b2@-1` takes one of them back","only the ledger knows when a revision was applied, and only of what limbeck applied"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("plan rollback --from b2,c2"), @r"
    ------- stderr -------
    error: which of `b2` and `c2` was applied last is not known
      b2@-1
      c2@-1
    hint: `limbeck downgrade b2@-1` takes one of them back
    hint: only the ledger knows when a revision was applied, and only of what limbeck applied
    [exit status: 1]
    ");
    assert_eq!(database.heads(), ["b2", "c1"]);
    project.ok("downgrade a1");
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    downgrade a1 -> , add t_a1  ([TIME])
    1 step done in [TIME]; 0 of 5 revisions applied
    ");
}

#[test]
fn what_alembic_applied_is_older_than_what_the_ledger_knows() {
    let database = database();
    let project = branched(&database);
    project.ok("upgrade heads");
    database.execute("DROP TABLE limbeck_ledger, limbeck_journal, limbeck_schema_history");
    project.ok("downgrade two@-1");
    project.ok("upgrade two@head");
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    downgrade c2 -> c1, add t_c2  ([TIME])
    1 step done in [TIME]; 4 of 5 revisions applied
    ");
    assert_snapshot!(project.run("rollback"), @r"
    ------- stderr -------
    error: which of `b2` and `c1` was applied last is not known
      b2@-1
      c1@-1
    hint: `limbeck downgrade b2@-1` takes one of them back
    hint: only the ledger knows when a revision was applied, and only of what limbeck applied
    [exit status: 1]
    ");
}

#[test]
fn a_rollback_needs_no_file() {
    let database = database();
    let project = line(&database, 3);
    project.ok("upgrade head");
    for gone in ["r0003", "r0002"] {
        std::fs::remove_file(project.path(&format!("versions/{gone}.sql"))).unwrap();
    }
    assert_snapshot!(project.run("plan rollback"), @r"
    downgrade r0003 -> r0002, add t_r0003
    ------- stderr -------
    downgrade from r0003 to r0002: 1 step
    ");
    assert_snapshot!(project.run("rollback --to r0001"), @r"
    ------- stderr -------
    downgrade r0003 -> r0002  ([TIME])
    downgrade r0002 -> r0001  ([TIME])
    2 steps done in [TIME]; 1 of 1 revision applied
    ");
    assert!(!database.has("t_r0002"));
}

#[test]
fn a_redo_without_a_file_counts_what_stands_below_it() {
    let database = database();
    let project = line(&database, 3);
    project.ok("upgrade head");
    std::fs::remove_file(project.path("versions/r0003.sql")).unwrap();
    assert_snapshot!(project.run("redo"), @r"
    ------- stderr -------
    downgrade r0003 -> r0002  ([TIME])
    upgrade r0002 -> r0003  ([TIME])
    2 steps done in [TIME]; 2 of 2 revisions applied
    ");
    let report = project.ok("redo --format json").json();
    assert_eq!(report["applied_before"], 2);
    assert_eq!(report["applied_after"], 2);
}

#[test]
fn stamped_revisions_go_back_in_the_order_of_the_files() {
    let database = database();
    let project = project()
        .database(&database)
        .file("limbeck.toml", "")
        .revisions(&[("z1", "", ""), ("a1", "", "depends_on: z1"), ("m1", "", "")]);
    project.ok("stamp heads");
    let order = "SELECT revision FROM limbeck_ledger ORDER BY id";
    assert_eq!(database.rows(order), ["m1", "z1", "a1"]);
}

#[test]
fn goto_goes_up_and_down_and_across() {
    let database = database();
    let project = branched(&database);
    assert_snapshot!(project.run("goto one"), @"
    ------- stderr -------
    upgrade  -> a1, add t_a1  ([TIME])
    upgrade a1 -> b1, add t_b1  ([TIME])
    2 applied, 0 already applied, 5 total ([TIME])
    ");
    assert_snapshot!(project.run("goto +1"), @"
    ------- stderr -------
    upgrade b1 -> b2, add t_b2  ([TIME])
    1 applied, 2 already applied, 5 total ([TIME])
    ");
    assert_snapshot!(project.run("goto b2"), @"
    ------- stderr -------
    0 applied, 3 already applied, 5 total ([TIME])
    ");
    assert_snapshot!(project.run("plan goto two@head"), @r"
    downgrade b2 -> b1, add t_b2
    downgrade b1 -> a1, add t_b1
    upgrade a1 -> c1, add t_c1
    upgrade c1 -> c2, add t_c2
    ------- stderr -------
    down and up from b2 to c2: 4 steps
    ");
    assert_snapshot!(project.run("plan goto two@head --format json"), @r#"
    {"direction":"both","from":["b2"],"to":["c2"],"steps":[{"revision":"b2","direction":"downgrade","from":["b2"],"to":["b1"],"message":"add t_b2","path":"versions/b2.sql"},{"revision":"b1","direction":"downgrade","from":["b1"],"to":["a1"],"message":"add t_b1","path":"versions/b1.sql"},{"revision":"c1","direction":"upgrade","from":["a1"],"to":["c1"],"message":"add t_c1","path":"versions/c1.sql"},{"revision":"c2","direction":"upgrade","from":["c1"],"to":["c2"],"message":"add t_c2","path":"versions/c2.sql"}],"repeat":[]}
    "#);
    assert_snapshot!(project.run("goto two@head"), @r"
    ------- stderr -------
    downgrade b2 -> b1, add t_b2  ([TIME])
    downgrade b1 -> a1, add t_b1  ([TIME])
    upgrade a1 -> c1, add t_c1
    upgrade c1 -> c2, add t_c2
    4 steps done in [TIME]; 3 of 5 revisions applied
    ");
    assert_eq!(database.heads(), ["c2"]);
    assert!(!database.has("t_b1") && database.has("t_c2"));
    assert_snapshot!(project.run("goto one@head --format json"), @r#"
    {"direction":"both","from":["c2"],"to":["b2"],"steps":[{"revision":"c2","direction":"downgrade","duration_ms":[TIME]},{"revision":"c1","direction":"downgrade","duration_ms":[TIME]},{"revision":"b1","direction":"upgrade","duration_ms":null},{"revision":"b2","direction":"upgrade","duration_ms":null}],"applied_before":3,"applied_after":3,"total":5,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_snapshot!(project.run("goto a1"), @r"
    ------- stderr -------
    downgrade b2 -> b1, add t_b2  ([TIME])
    downgrade b1 -> a1, add t_b1  ([TIME])
    2 steps done in [TIME]; 1 of 5 revisions applied
    ");
    assert_snapshot!(project.run("goto base"), @r"
    ------- stderr -------
    downgrade a1 -> , add t_a1  ([TIME])
    1 step done in [TIME]; 0 of 5 revisions applied
    ");
}

#[test]
fn goto_refuses_to_take_other_lines_along() {
    let database = database();
    let project = branched(&database);
    project.ok("upgrade heads");
    assert_snapshot!(project.run("goto b1"), @r"
    ------- stderr -------
    error: going to exactly `b1` would take back `c1` and `c2`, which do not stand on it
      the plan would be
        downgrade b2 -> b1, add t_b2
        downgrade c2 -> c1, add t_c2
        downgrade c1 -> a1, add t_c1
      c1  add t_c1  two
      c2  add t_c2  two
    hint: `limbeck downgrade b1` goes there and leaves other lines as they are
    [exit status: 1]
    ");
    assert_snapshot!(project.run("goto b1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"other_lines","message":"going to exactly `b1` would take back `c1` and `c2`, which do not stand on it","candidates":["c1","c2"],"hints":["`limbeck downgrade b1` goes there and leaves other lines as they are"],"details":["the plan would be","  downgrade b2 -> b1, add t_b2","  downgrade c2 -> c1, add t_c2","  downgrade c1 -> a1, add t_c1"]}}
    [exit status: 1]
    "#);
    project.ok("downgrade one@-1");
    assert_snapshot!(project.run("goto b2"), @r"
    ------- stderr -------
    error: going to exactly `b2` would take back `c1` and `c2`, which do not stand on it
      the plan would be
        downgrade c2 -> c1, add t_c2
        downgrade c1 -> a1, add t_c1
        upgrade b1 -> b2, add t_b2
      c1  add t_c1  two
      c2  add t_c2  two
    hint: `limbeck upgrade b2` goes there and leaves other lines as they are
    [exit status: 1]
    ");
    assert_snapshot!(project.run("goto head"), @r"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      b2  add t_b2  one
      c2  add t_c2  two
    hint: `limbeck goto one@head` chooses one
    [exit status: 1]
    ");
    assert_snapshot!(project.run("goto nowhere"), @r"
    ------- stderr -------
    error: there is no revision or branch label `nowhere`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(project.run("goto"), @r"
    ------- stderr -------
    error: the following required arguments were not provided:
      <REVISION>

    Usage: limbeck goto <REVISION>

    For more information, try '--help'.
    hint: `limbeck goto 1975ea` goes up or down to that revision
    [exit status: 2]
    ");
    assert_eq!(database.heads(), ["b1", "c2"]);
}

#[test]
fn goto_leads_back_from_a_row_that_only_the_ledger_knows() {
    let database = database();
    let project = line(&database, 3);
    project.ok("upgrade head");
    std::fs::remove_file(project.path("versions/r0003.sql")).unwrap();
    assert_snapshot!(project.run("goto r0001"), @r"
    ------- stderr -------
    downgrade r0003 -> r0002  ([TIME])
    downgrade r0002 -> r0001, add t_r0002  ([TIME])
    2 steps done in [TIME]; 1 of 2 revisions applied
    ");
    assert!(!database.has("t_r0003"));
}

#[test]
fn redo_takes_back_and_applies_again() {
    let database = database();
    let mut project = line(&database, 3);
    project.ok("upgrade head");
    let text = project.read("versions/r0003.sql");
    let text = text.replace("id bigint", "number int");
    project.write("versions/r0003.sql", text);
    assert_snapshot!(project.run("plan redo"), @r"
    downgrade r0003 -> r0002, add t_r0003
    upgrade r0002 -> r0003, add t_r0003
    ------- stderr -------
    down and up from r0003 to r0003: 2 steps
    ");
    assert_snapshot!(project.run("redo"), @r"
    ------- stderr -------
    downgrade r0003 -> r0002, add t_r0003  ([TIME])
    upgrade r0002 -> r0003, add t_r0003  ([TIME])
    2 steps done in [TIME]; 3 of 3 revisions applied
    ");
    let columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 't_r0003'";
    assert_eq!(database.rows(columns), ["number"]);
    assert_snapshot!(project.run("redo r0002 --format json"), @r#"
    {"direction":"both","from":["r0003"],"to":["r0003"],"steps":[{"revision":"r0003","direction":"downgrade","duration_ms":[TIME]},{"revision":"r0002","direction":"downgrade","duration_ms":[TIME]},{"revision":"r0002","direction":"upgrade","duration_ms":null},{"revision":"r0003","direction":"upgrade","duration_ms":null}],"applied_before":3,"applied_after":3,"total":3,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_snapshot!(project.run("status"), @r"
    applied  r0001  add t_r0001  [DATE] in [TIME]
    applied  r0002  add t_r0002  [DATE] in [TIME]
    applied  r0003  add t_r0003  [DATE] in [TIME]
    ------- stderr -------
    3 applied, 0 pending; the database stands at r0003
    ");
    assert_eq!(database.heads(), ["r0003"]);
    assert_snapshot!(project.run("redo base"), @r"
    ------- stderr -------
    error: `base` names no revision
    hint: `limbeck redo head`, for example
    [exit status: 1]
    ");
    project.ok("downgrade -1");
    assert_snapshot!(project.run("redo head"), @r"
    ------- stderr -------
    error: `r0003` is not applied
      r0002  add t_r0002
    hint: `limbeck status` shows what is applied
    [exit status: 1]
    ");
    project.ok("downgrade base");
    assert_snapshot!(project.run("redo"), @r"
    ------- stderr -------
    error: nothing is applied, so there is nothing to take back
    [exit status: 1]
    ");
}

#[test]
fn a_redo_whose_way_up_fails_leaves_it_taken_back() {
    let database = database();
    let mut project = line(&database, 2);
    project.ok("upgrade head");
    let text = project.read("versions/r0002.sql");
    let text = text.replace("CREATE TABLE", "CREATE TABEL");
    project.write("versions/r0002.sql", text);
    assert_snapshot!(project.run("redo"), @r#"
    ------- stderr -------
    downgrade r0002 -> r0001, add t_r0002  ([TIME])
    error: step 2 of 2 failed and was rolled back: upgrade r0002, add t_r0002
      versions/r0002.sql:7
      7 | CREATE TABEL public."t_r0002" (id bigint PRIMARY KEY)
        |        ^^^^^ 42601 syntax error at or near "TABEL"
      done before it: 1 step; the database stands at r0001
    [exit status: 3]
    "#);
    assert_eq!(database.heads(), ["r0001"]);
}

#[test]
fn in_one_transaction_a_redo_whose_way_up_fails_changes_nothing() {
    let database = database();
    let mut project = line(&database, 2);
    project.ok("upgrade head");
    let text = project.read("versions/r0002.sql");
    let text = text.replace("CREATE TABLE", "CREATE TABEL");
    project.write("versions/r0002.sql", text);
    let project = project.env("LIMBECK_TRANSACTION", "all");
    assert_snapshot!(project.run("redo"), @r#"
    ------- stderr -------
    error: step 2 of 2 failed and was rolled back: upgrade r0002, add t_r0002
      versions/r0002.sql:7
      7 | CREATE TABEL public."t_r0002" (id bigint PRIMARY KEY)
        |        ^^^^^ 42601 syntax error at or near "TABEL"
      done before it: 1 step, rolled back as well; the database stands at r0002
    [exit status: 1]
    "#);
    assert_eq!(database.heads(), ["r0002"]);
    assert!(database.has("t_r0002"));
}

/// Redoes the last of two revisions over a line that is cut; returns the number of steps that the
/// ledger has of it, and the answer, while the line is long enough to be cut there.
fn cut_redo(cut: Cut, transaction: &str) -> Option<(usize, Output)> {
    let database = database();
    let proxy = database.proxy();
    let project = line(&database, 2);
    project.ok("upgrade head");
    let project = project
        .env("DATABASE_URL", database.url_through(&proxy))
        .env("LIMBECK_TRANSACTION", transaction);
    proxy.cut(cut);
    let output = project.run("redo");
    if !proxy.was_cut() {
        assert_eq!(output.code(), Some(0), "{output}");
        return None;
    }
    let steps = database.rows("SELECT 1 FROM limbeck_ledger WHERE id > 2");
    let stands = format!("the database stands at {}\n", database.heads().join(", "));
    let silent =
        !output.stderr.contains("done before it") || output.stderr.contains("does not say");
    assert!(silent || output.stderr.contains(&stands), "{output}");
    project.ok("upgrade head");
    Some((steps.len(), output))
}

#[test]
fn a_redo_whose_line_is_cut_tells_how_far_it_came_though_the_heads_come_again() {
    for cut in [Cut::BeforeRequest as fn(usize) -> Cut, Cut::BeforeAnswer] {
        let mut turn = 1;
        while let Some((steps, output)) = cut_redo(cut(turn), "revision") {
            let expected = [1, 3, 0][steps];
            assert_eq!(output.code(), Some(expected), "turn {turn}: {output}");
            turn += 1;
        }
        assert!(turn > 8, "{turn}");
    }
}

#[test]
fn a_redo_in_one_transaction_whose_line_is_cut_claims_nothing_that_it_cannot_know() {
    for cut in [Cut::BeforeRequest as fn(usize) -> Cut, Cut::BeforeAnswer] {
        let mut turn = 1;
        while let Some((steps, output)) = cut_redo(cut(turn), "all") {
            let nothing = output.code() == Some(1);
            let all = output.code() == Some(0);
            assert!(!nothing || steps == 0, "turn {turn}, {steps}: {output}");
            assert!(!all || steps == 2, "turn {turn}, {steps}: {output}");
            turn += 1;
        }
        assert!(turn > 8, "{turn}");
    }
}
