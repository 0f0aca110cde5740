//! `limbeck rebase`: what it writes, what it shows, and what it refuses.

use insta::assert_snapshot;

use crate::support::limbeck::{Project, revision};
use crate::support::{database, project};

/// What a developer has after pulling: two heads, of which one is their own.
///
/// ```text
///   a1 ─┬─ b1 ─ b2        (main)
///       └─ my1 ─ my2      (not applied anywhere)
/// ```
fn two_heads() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("b1", "a1", ""),
        ("b2", "b1", "branch_labels: main"),
        ("my1", "a1", ""),
        ("my2", "my1", "branch_labels: mine"),
    ])
}

/// Two lines with a merge, and a base of its own.
fn merged() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("b1", "a1", ""),
        ("b2", "b1", ""),
        ("c1", "a1", ""),
        ("m1", "b1, c1", ""),
        ("x1", "", "depends_on: m1"),
    ])
}

/// The files as they are, to be compared later.
fn texts(project: &Project) -> Vec<(String, String)> {
    let files = project.files();
    let read = |path: String| {
        let text = project.read(&path);
        (path, text)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn after_a_pull_one_command_makes_one_line_again() {
    let project = two_heads();
    let before = texts(&project);
    assert_snapshot!(project.run("rebase my1 --onto b2"), @"
    before
    ○  b2 (main) (head), add t_b2
    ○  b1 (main), add t_b1
    │ ○  my2 (mine) (head), add t_my2
    │ ○  my1 (mine), add t_my1
    ├─╯
    ○  a1 (branchpoint), add t_a1

    after
    ○  my2 (main, mine) (head), add t_my2
    ○  my1 (main, mine), add t_my1
    ○  b2 (main, mine), add t_b2
    ○  b1 (main, mine), add t_b1
    ○  a1 (main, mine), add t_a1
    ------- stderr -------
    note: no database was asked whether `my1` is applied; `--url` names one
    my1: a1 -> b2 in versions/my1.sql
    ");
    for (path, text) in before {
        let expected = match path.as_str() {
            "versions/my1.sql" => text.replace("down_revision: a1", "down_revision: b2"),
            _ => text,
        };
        assert_eq!(project.read(&path), expected, "{path}");
    }
    assert_snapshot!(project.run("heads"), @"my2 (main, mine) (head)");
    assert_snapshot!(project.run("rebase my1 --onto main"), @"
    ------- stderr -------
    nothing to do: `my1` is on top of b2
    ");
    assert_snapshot!(project.run("rebase my1 --onto main --format json"), @r#"
    {"revision":"my1","paths":[],"before":{"down_revision":["b2"],"heads":["my2"]},"after":{"down_revision":["b2"],"heads":["my2"]},"moved":[],"database_asked":false,"written":false}
    "#);
}

#[test]
fn every_way_to_name_one_revision_is_understood() {
    for (line, parent) in [
        ("my1 --onto main", "b2"),
        ("mine-1 --onto main@head", "b2"),
        ("a1@my1 --onto b2-1", "b1"),
        ("mine@base+2 --onto b1@head", "b2"),
        ("my1 --onto base", ""),
        ("my1 --onto main@base", ""),
    ] {
        let project = two_heads();
        let output = project.ok(&format!("rebase {line}"));
        let text = project.read("versions/my1.sql");
        let mut lines = text.lines();
        let written = lines.find_map(|line| line.strip_prefix("-- down_revision: "));
        assert_eq!(written.unwrap_or_default(), parent, "{line}\n{output}");
    }
    assert_snapshot!(two_heads().run("rebase heads --onto b1"), @"
    ------- stderr -------
    error: `heads` names 2 revisions, and one is wanted
      b2   add t_b2   main
      my2  add t_my2  mine
    [exit status: 1]
    ");
    assert_snapshot!(two_heads().run("rebase my1 --onto heads"), @"
    ------- stderr -------
    error: `heads` names 2 revisions, and one is wanted
      b2   add t_b2   main
      my2  add t_my2  mine
    [exit status: 1]
    ");
    assert_snapshot!(two_heads().run("rebase my1 --onto head"), @"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      b2   add t_b2   main
      my2  add t_my2  mine
    hint: `limbeck rebase … --onto main@head` chooses one
    [exit status: 1]
    ");
    assert_snapshot!(two_heads().run("rebase base --onto b1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_one_revision","message":"`base` names no revision, and one is wanted","candidates":[],"hints":[]}}
    [exit status: 1]
    "#);
    assert_snapshot!(two_heads().run("rebase myy --onto b1"), @"
    ------- stderr -------
    error: there is no revision or branch label `myy`
      my1  add t_my1  mine
      my2  add t_my2  mine
    hint: did you mean one of these?
    [exit status: 1]
    ");
    assert_snapshot!(two_heads().run("rebase my1"), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      --onto <REVISION>

    Usage: limbeck rebase [OPTIONS] <REVISION> --onto <REVISION>

    For more information, try '--help'.
    hint: `limbeck rebase 1975ea --onto 27c6a3` puts the one on top of the other
    [exit status: 2]
    ");
}

#[test]
fn what_would_be_no_graph_is_refused_and_nothing_is_written() {
    let project = two_heads();
    let before = texts(&project);
    assert_snapshot!(project.run("rebase my1 --onto my2"), @"
    ------- stderr -------
    error: `my2` stands on top of `my1`, so `my1` cannot go onto it
    hint: `limbeck history -r my1:` shows what stands on top of it
    [exit status: 1]
    ");
    assert_snapshot!(project.run("rebase my1 --onto my1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"cycle","message":"revision `my1` cannot go onto itself","candidates":[],"hints":[]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("rebase my1 --onto b2 --from b1"), @"
    ------- stderr -------
    error: `b1` is no parent of `my1`
      a1  add t_a1
    hint: `--from` names the parent that goes
    [exit status: 1]
    ");
    let error = project.run("rebase my1 --onto b2 --from b1 --format json");
    assert_eq!(error.json_error()["error"]["code"], "not_a_parent");
    assert_eq!(texts(&project), before);
    let project = merged();
    assert_snapshot!(project.run("rebase a1 --onto x1"), @"
    ------- stderr -------
    error: `x1` depends on `a1`, so `a1` cannot go onto it
    [exit status: 1]
    ");
}

#[test]
fn a_dry_run_shows_all_and_writes_nothing() {
    let project = two_heads();
    let before = texts(&project);
    assert_snapshot!(project.run("rebase my2 --onto b2 --dry-run"), @"
    before
    ○  b2 (main) (head), add t_b2
    ○  b1 (main), add t_b1
    │ ○  my2 (mine) (head), add t_my2
    │ ○  my1 (mine), add t_my1
    ├─╯
    ○  a1 (branchpoint), add t_a1

    after
    ○  my1 (head), add t_my1
    │ ○  my2 (main, mine) (head), add t_my2
    │ ○  b2 (main, mine), add t_b2
    │ ○  b1 (main, mine), add t_b1
    ├─╯
    ○  a1 (branchpoint), add t_a1
    ------- stderr -------
    note: no database was asked whether `my2` is applied; `--url` names one
    note: `my1` is a head now; `limbeck rebase my1 --onto b2` takes its line along
    my2: my1 -> b2 in versions/my2.sql (not written)
    ");
    assert_snapshot!(project.run("rebase my1 --onto b2 --dry-run --format json"), @r#"
    {"revision":"my1","paths":["versions/my1.sql"],"before":{"down_revision":["a1"],"heads":["b2","my2"]},"after":{"down_revision":["b2"],"heads":["my2"]},"moved":["my1","my2"],"database_asked":false,"written":false}
    "#);
    assert_eq!(texts(&project), before);
    assert_snapshot!(project.run("rebase my1 --onto b2 -q").stderr, @"");
}

#[test]
fn of_long_lines_only_what_matters_is_drawn() {
    let project = project()
        .file("limbeck.toml", "")
        .line_of_revisions(40)
        .revisions(&[("my1", "r0010", ""), ("my2", "my1", ""), ("my3", "my2", "")]);
    assert_snapshot!(project.run("rebase my1 --onto r0040 --dry-run"), @"
    before
    ○  my3 (head), add t_my3
    ╷
    ○  my1, add t_my1
    │ ○  r0040 (head), add t_r0040
    ├─╯
    ○  r0010 (branchpoint), add t_r0010
    │
    ~

    after
    ○  my3 (head), add t_my3
    ╷
    ○  my1, add t_my1
    ○  r0040, add t_r0040
    ╷
    ○  r0010, add t_r0010
    │
    ~
    ------- stderr -------
    note: no database was asked whether `my1` is applied; `--url` names one
    my1: r0010 -> r0040 in versions/my1.sql (not written)
    ");
    assert_snapshot!(project.run("rebase r0010 --onto base --dry-run"), @"
    before
    ○  my3 (head), add t_my3
    ╷
    ╷ ○  r0040 (head), add t_r0040
    ╭─╯
    ╷
    ○  r0010 (branchpoint), add t_r0010
    ○  r0009, add t_r0009
    │
    ~

    after
    ○  my3 (head), add t_my3
    ╷
    ╷ ○  r0040 (head), add t_r0040
    ╭─╯
    ╷
    ╷ ○  r0009 (head), add t_r0009
    ╷ │
    ╷ ~
    ╷
    ╷
    ○  r0010 (branchpoint), add t_r0010
    ------- stderr -------
    note: no database was asked whether `r0010` is applied; `--url` names one
    note: `r0009` is a head now
    r0010: r0009 -> <base> in versions/r0010.sql (not written)
    ");
}

#[test]
fn of_a_merge_one_parent_is_replaced() {
    let merge = |line: &str| {
        let project = merged();
        let output = project.run(line);
        let text = project.read("versions/m1.sql");
        format!("{}\n{}", text.lines().nth(1).unwrap(), output.stderr)
    };
    assert_snapshot!(merge("rebase m1 --onto b2"), @"
    -- down_revision: b2, c1
    note: no database was asked whether `m1` is applied; `--url` names one
    m1: b1, c1 -> b2, c1 in versions/m1.sql
    ");
    assert_snapshot!(merge("rebase m1 --onto b2 --from c1 --no-database"), @"
    -- down_revision: b1, c1
    error: `b1` is below `b2`, so `m1` would have nothing to join
      b1  add t_b1
      b2  add t_b2
    hint: `--from` may be repeated, to have several parents replaced by one
    ");
    assert_snapshot!(merge("rebase m1 --onto a1"), @"
    -- down_revision: b1, c1
    error: `m1` is a merge, and it is not clear which parent `a1` is to replace
      b1  add t_b1
      c1  add t_c1
    hint: `limbeck rebase m1 --onto a1 --from b1` replaces one of them; `--from` may be repeated
    ");
    assert_snapshot!(merge("rebase m1 --onto base --from c1 --format json"), @"-- down_revision: b1");
    assert_snapshot!(merge("rebase m1 --onto base --format json"), @r#"
    -- down_revision: b1, c1
    {"error":{"code":"ambiguous_parent","message":"`m1` is a merge, and it is not clear which parent `base` is to replace","candidates":["b1","c1"],"hints":["`limbeck rebase m1 --onto base --from b1` replaces one of them; `--from` may be repeated"]}}
    "#);
    assert_snapshot!(merge("rebase m1 --onto b1 --from c1"), @"
    -- down_revision: b1
    note: no database was asked whether `m1` is applied; `--url` names one
    note: `c1` is a head now; `limbeck rebase c1 --onto b1` takes its line along
    m1: b1, c1 -> b1 in versions/m1.sql
    ");
    // A merge above that has nothing left to join is told.
    assert_snapshot!(merge("rebase c1 --onto b1"), @"
    -- down_revision: b1, c1
    note: no database was asked whether `c1` is applied; `--url` names one
    note: `m1` joins `c1` with `b1`, which is below it now; `limbeck rebase m1 --onto c1 --from b1` leaves one
    c1: a1 -> b1 in versions/c1.sql
    ");
}

#[test]
fn what_the_database_has_stays_where_it_is() {
    let database = database();
    let project = two_heads().database(&database);
    project.ok("upgrade my1");
    let before = texts(&project);
    assert_snapshot!(project.run("rebase my1 --onto b2"), @r#"
    ------- stderr -------
    error: revision `my1` is applied, so its parents stay as they are
      asked: postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]
    hint: `limbeck downgrade my1@a1` takes it back first
    hint: `limbeck merge heads -m "…"` joins lines without moving any
    [exit status: 1]
    "#);
    project.ok("upgrade my2");
    assert_snapshot!(project.run("rebase my1 --onto b2"), @r#"
    ------- stderr -------
    error: revision `my1` is applied, as is 1 on top of it, so its parents stay as they are
      asked: postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]
      my2  add t_my2  mine
    hint: `limbeck downgrade my1@a1` takes it back first
    hint: `limbeck merge heads -m "…"` joins lines without moving any
    [exit status: 1]
    "#);
    let error = project
        .run("rebase my1 --onto b2 --format json")
        .json_error();
    assert_eq!(error["error"]["code"], "already_applied");
    assert_eq!(error["error"]["candidates"][0], "my2");
    assert_eq!(texts(&project), before);
    // Everything above what is applied is free, and the drawing says what is where.
    assert_snapshot!(project.run("rebase b1 --onto current"), @"
    before
    ○  b2 (main) (head), add t_b2
    ○  b1 (main), add t_b1
    │ ●  my2 (mine) (head) (current), add t_my2
    │ ●  my1 (mine), add t_my1
    ├─╯
    ●  a1 (branchpoint), add t_a1

    after
    ○  b2 (main, mine) (head), add t_b2
    ○  b1 (main, mine), add t_b1
    ●  my2 (main, mine) (current), add t_my2
    ●  my1 (main, mine), add t_my1
    ●  a1 (main, mine), add t_a1
    ------- stderr -------
    b1: a1 -> my2 in versions/b1.sql
    ");
    project.ok("downgrade base");
    project.ok("rebase b1 --onto base");
    assert_eq!(database.heads(), [""; 0]);
}

#[test]
fn a_row_that_only_the_ledger_explains_counts() {
    let database = database();
    let mut project = two_heads().database(&database);
    project.write("versions/top.sql", revision("top", "my2", ""));
    project.ok("upgrade top");
    std::fs::remove_file(project.path("versions/top.sql")).unwrap();
    assert_snapshot!(project.run("rebase my1 --onto b2"), @r#"
    ------- stderr -------
    error: revision `my1` is applied, as are 2 on top of it, so its parents stay as they are
      asked: postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]
      my2  add t_my2  mine
      top  add t_top  mine
    hint: `limbeck downgrade my1@a1` takes it back first
    hint: `limbeck merge heads -m "…"` joins lines without moving any
    [exit status: 1]
    "#);
    project.ok("rebase b1 --onto base --dry-run");
    // Where the ledger is gone, nobody knows what is below the row.
    database.execute("DROP TABLE limbeck_ledger");
    assert_snapshot!(project.run("rebase my1 --onto b2"), @"
    ------- stderr -------
    error: the database stands at `top`, which is in no revision file: what is below it is not known
      asked: postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]
    hint: this checkout may be older than the database: update it
    hint: `--no-database` asks no database
    [exit status: 1]
    ");
    project.ok("rebase my1 --onto b2 --no-database");
}

#[test]
fn a_half_done_revision_stays_where_it_is() {
    let database = database();
    let project = project()
        .file("limbeck.toml", "")
        .database(&database)
        .revisions(&[("a", "", ""), ("b", "", "")])
        .file("versions/c.sql",
        "-- revision: c\n-- down_revision: b\n-- limbeck: upgrade no-transaction\nCREATE TABLE one \
         (id int);\nSELECT 1 / 0;\n",
    );
    assert_eq!(project.run("upgrade c").code(), Some(3));
    let error = project.run("rebase c --onto a --format json").json_error();
    assert_eq!(error["error"]["code"], "half_done");
    assert_snapshot!(project.run("rebase c --onto a"), @"
    ------- stderr -------
    error: revision `c` is half-done in the database
      asked: postgresql://postgres@127.0.0.1:[PORT]/[DATABASE]
    hint: `limbeck status` shows how far it came and what goes on with it
    [exit status: 1]
    ");
}

#[test]
fn a_database_that_does_not_answer_stops_unless_it_need_not_be_asked() {
    let project = two_heads().env("DATABASE_URL", "postgresql://app@localhost:1/x");
    let before = texts(&project);
    assert_snapshot!(project.run("rebase my1 --onto b2"), @"
    ------- stderr -------
    error: nothing listens on localhost:1 (database `x`, user `app`)
    hint: `pg_isready -h localhost -p 1` asks again
    hint: `--no-database` goes on without asking one
    [exit status: 1]
    ");
    assert_eq!(texts(&project), before);
    let error = project.run("rebase my1 --onto current --no-database --format json");
    assert_eq!(error.json_error()["error"]["code"], "needs_database");
    project.ok("rebase my1 --onto b2 --no-database");
    // Wrong names are told without it, and what has nothing to do does not ask.
    assert_eq!(
        project
            .run("rebase my9 --onto b2 --format json")
            .json_error()["error"]["code"],
        "unknown_revision"
    );
    project.ok("rebase my1 --onto b2");
    // libpq's variables say which database is meant, too.
    let project = two_heads().env("PGHOST", "localhost").env("PGPORT", "1");
    assert_eq!(project.run("rebase my1 --onto b2").code(), Some(1));
}

#[test]
fn rust_and_python_files_keep_all_but_their_parents() {
    let rust = "//! add b\r\nuse limbeck::prelude::*;\r\n\r\n\
                pub const REVISION: Revision = Revision::new(\"b\") // \u{e9}\r\n    \
                .down_revision(\"a\")\r\n    .created(\"2025-01-15T00:02:00Z\");\r\n\r\n\
                pub fn upgrade(op: &mut Op) -> Result<()> {\r\n    op.execute(\"SELECT 'a'\")\r\n}\r\n";
    let python = "\u{feff}\"\"\"add c\n\nRevision ID: c\nRevises: a\n\"\"\"\nfrom typing import Union\n\n\
                  revision: str = 'c'\ndown_revision: Union[str, None] = 'a'  # the parent\n\n\n\
                  def upgrade() -> None:\n    pass\n";
    let project = project()
        .file("limbeck.toml", "")
        .revisions(&[("a", "", ""), ("z", "a", "")])
        .file("versions/b.rs", rust)
        .file("versions/c.py", python);
    project.ok("rebase b --onto z");
    project.ok("rebase c --onto b");
    let rust = rust.replace(".down_revision(\"a\")", ".down_revision(\"z\")");
    let python = python.replace("= 'a'", "= 'b'");
    assert_eq!(project.read("versions/b.rs"), rust);
    assert_eq!(project.read("versions/c.py"), python);
    assert_snapshot!(project.run("history --graph"), @"
    ○  c (head), add c
    ○  b, add b
    ○  z, add t_z
    ○  a, add t_a
    ");
    project.ok("rebase c --onto base");
    project.ok("rebase b --onto base");
    assert_eq!(
        project.read("versions/b.rs"),
        rust.replace("\r\n    .down_revision(\"z\")", "")
    );
    assert_eq!(
        project.read("versions/c.py"),
        python.replace("= 'b'", "= None")
    );
}

#[test]
fn a_revision_that_stands_in_for_one_in_python_moves_with_it() {
    let python = "revision = 'b'\ndown_revision = ('a',)\n\ndef upgrade():\n    pass\n";
    let mut project = project()
        .file("limbeck.toml", "")
        .revisions(&[("a", "", ""), ("b", "a", ""), ("z", "", "")])
        .file("versions/b.py", python);
    assert_snapshot!(project.run("rebase b --onto z -q --format json"), @r#"
    {"revision":"b","paths":["versions/b.sql","versions/b.py"],"before":{"down_revision":["a"],"heads":["b","z"]},"after":{"down_revision":["z"],"heads":["a","b"]},"moved":["b"],"database_asked":false,"written":true}
    "#);
    assert_snapshot!(project.run("rebase b --onto base").stderr, @"
    note: no database was asked whether `b` is applied; `--url` names one
    note: `z` is a head now
    b: z -> <base> in versions/b.sql and versions/b.py
    ");
    assert!(
        project
            .read("versions/b.py")
            .contains("down_revision = None\n")
    );
    assert!(
        project
            .read("versions/b.sql")
            .starts_with("-- revision: b\n-- created")
    );
    assert_eq!(project.ok("history").stderr, "");
    // Both or none.
    project.write(
        "versions/b.py",
        python.replace(
            "down_revision = ('a',)",
            "none = None\ndown_revision = none",
        ),
    );
    let before = texts(&project);
    let output = project.run("rebase b --onto z --format json");
    assert_eq!(output.json_error()["error"]["code"], "not_rewritable");
    assert_eq!(texts(&project), before);
}

#[test]
fn a_file_that_is_not_written_out_is_left_to_its_author() {
    let project = project()
        .file("limbeck.toml", "")
        .revisions(&[("a", "", ""), ("z", "", "")])
        .file(
            "versions/b.py",
            "revision = 'b'\nparent = 'a'\ndown_revision = parent\n\ndef upgrade():\n    pass\n",
        );
    assert_snapshot!(project.run("rebase b --onto z"), @"
    ------- stderr -------
    error: versions/b.py: the parents cannot be rewritten: `down_revision` is not written out as strings
    hint: change them by hand
    [exit status: 1]
    ");
    let error = project.run("rebase b --onto z --format json").json_error();
    assert_eq!(error["error"]["code"], "not_rewritable");
}

#[test]
fn a_file_that_changes_while_the_database_is_asked_is_not_touched() {
    let database = database();
    let project = two_heads().database(&database);
    project.ok("upgrade a1");
    let mut client = database.client();
    let mut holding = client.transaction().unwrap();
    holding
        .batch_execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let run = project.spawn("rebase my1 --onto b2 --format json");
    let waiting = "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database \
                   WHERE NOT granted AND datname = current_database()";
    while database.rows(waiting).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let changed = project.read("versions/my1.sql") + "\nSELECT 1;\n";
    std::fs::write(project.path("versions/my1.sql"), &changed).unwrap();
    holding.rollback().unwrap();
    let output = run.wait();
    assert_eq!(output.json_error()["error"]["code"], "file_changed");
    assert_eq!(project.read("versions/my1.sql"), changed);
    assert_eq!(project.files().len(), 6);
}

#[test]
fn where_nothing_can_be_written_the_old_file_stays() {
    let project = two_heads();
    let before = texts(&project);
    // No file of this process may grow, as on a full disk.
    let limbeck = project.command();
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(limbeck.get_program())
        .args(["rebase", "my1", "--onto", "b2", "--format", "json"])
        .current_dir(limbeck.get_current_dir().unwrap());
    let output = project.start(shell, "rebase").wait();
    assert_eq!(output.json_error()["error"]["code"], "io");
    assert_eq!(output.stdout, "");
    assert_eq!(texts(&project), before);
}
