//! An Alembic project as it is: its files configure limbeck, and its revisions are part of the graph.

use std::process::Command;

use insta::assert_snapshot;

use crate::support::limbeck::Project;
use crate::support::{database, oracle, project};

const INI: &str = "[alembic]\nscript_location = %(here)s/db\n\
    file_template = %%(rev)s-%%(slug)s\ntruncate_slug_length = 20\n";

/// An env.py that Alembic needs for the commands that ask the database.
const ENV: &str = "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\
    url = 'postgresql+psycopg://' + os.environ['DATABASE_URL'].split('://', 1)[1]\n\
    with create_engine(url).connect() as connection:\n    \
    context.configure(connection=connection)\n    with context.begin_transaction():\n        \
    context.run_migrations()\n";

fn python(id: &str, down: &str, more: &str, body: &str) -> String {
    format!(
        "\"\"\"add {id}\n\nRevision ID: {id}\nRevises: \nCreate Date: 2025-01-15 10:00:00.123456\n\n\
         \"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision: str = '{id}'\n\
         down_revision: str | None = {down}\n{more}\n\ndef upgrade() -> None:\n    {body}\n\n\n\
         def downgrade() -> None:\n    {body}\n"
    )
}

/// A trunk, two lines of which one has a label and depends on a base of its own, and a merge that
/// does nothing. One label alone, for Alembic prints several in any order.
fn alembic() -> Project {
    let create = "op.execute('SELECT 1')";
    let depends = "branch_labels = ['orders']\ndepends_on = 'x1x1'";
    project()
        .file("alembic.ini", INI)
        .file("db/env.py", ENV)
        .file("db/versions/__init__.py", "")
        .file("db/versions/a1a1_.py", python("a1a1", "None", "", create))
        .file("db/versions/u1u1_.py", python("u1u1", "'a1a1'", "", "pass"))
        .file(
            "db/versions/o1o1_.py",
            python("o1o1", "'a1a1'", depends, create),
        )
        .file("db/versions/x1x1_.py", python("x1x1", "None", "", create))
        .file(
            "db/versions/m1m1_.py",
            python("m1m1", "('u1u1', 'o1o1')", "", "pass"),
        )
}

/// What Alembic prints on stdout for the same command line.
fn asked_of_alembic(project: &Project, line: &str) -> String {
    let mut command = project.command();
    let mut alembic = Command::new(oracle::python());
    alembic
        .arg("-m")
        .arg("alembic")
        .args(line.split_whitespace());
    alembic.current_dir(command.get_current_dir().unwrap());
    alembic.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            alembic.env(name, value);
        }
    }
    std::mem::swap(&mut command, &mut alembic);
    let output = project.start(command, line).wait();
    assert_eq!(output.code(), Some(0), "{output}");
    output.stdout
}

/// An answer without what differs on purpose or by chance: Alembic prints whole paths, and what it
/// keeps in sets in any order.
fn comparable(project: &Project, answer: &str) -> String {
    let folder = project.path("db").display().to_string();
    let answer = answer.replace(&folder, "db");
    // limbeck says why it shows what has no row.
    let answer = answer.replace(" (by dependency)", "");
    let mut lines: Vec<String> = Vec::new();
    let mut children: Vec<String> = Vec::new();
    for line in answer
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        if line.trim_start().starts_with("->") {
            children.push(line.to_owned());
            continue;
        }
        children.sort();
        lines.append(&mut children);
        lines.push(match line.strip_prefix("Branches into: ") {
            Some(list) => {
                let mut list: Vec<_> = list.split(", ").collect();
                list.sort_unstable();
                format!("Branches into: {}", list.join(", "))
            }
            None => line.to_owned(),
        });
    }
    children.sort();
    lines.append(&mut children);
    lines.join("\n")
}

fn code(project: &Project, line: &str) -> String {
    let error = project.run(&format!("{line} --format json")).json_error();
    let code = error["code"].as_str().or(error["error"]["code"].as_str());
    code.unwrap().to_owned()
}

#[test]
fn the_words_are_alembics() {
    let project = alembic();
    for line in [
        "history",
        "history -r a1a1:orders@head",
        "heads",
        "heads --resolve-dependencies",
        "branches",
        "branches -v",
        "history -v",
        "heads -v",
        "show m1m1",
        "show o1",
    ] {
        let theirs = asked_of_alembic(&project, line);
        let ours = project.ok(line).stdout;
        let (ours, theirs) = (comparable(&project, &ours), comparable(&project, &theirs));
        assert_eq!(ours, theirs, "{line}");
    }
}

#[test]
fn both_stand_where_the_other_put_the_database() {
    let database = database();
    let project = alembic().database(&database);
    asked_of_alembic(&project, "upgrade heads");
    let agree = || {
        for line in ["current", "current -v"] {
            let lines = |text: String| {
                let text = comparable(&project, &text);
                let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
                // Who and where is told in the same words, apart from the driver's name.
                lines.retain(|line| !line.starts_with("Current revision(s) for "));
                lines.sort();
                lines
            };
            let theirs = lines(asked_of_alembic(&project, line));
            assert_eq!(lines(project.ok(line).stdout), theirs, "{line}");
        }
    };
    agree();
    project.ok("stamp u1u1 o1o1");
    agree();
    // What does nothing needs no Python, and SQL goes on top.
    assert_snapshot!(project.run("upgrade heads"), @"
    ------- stderr -------
    upgrade u1u1, o1o1 -> m1m1, add m1m1  ([TIME])
    1 applied, 4 already applied, 5 total ([TIME])
    ");
    project.ok("revision -m sql --rev-id s1s1 --head m1m1");
    assert_snapshot!(project.run("upgrade heads"), @"
    ------- stderr -------
    upgrade m1m1 -> s1s1, sql  ([TIME])
    1 applied, 5 already applied, 6 total ([TIME])
    ");
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    downgrade s1s1 -> m1m1, sql  ([TIME])
    downgrade m1m1 -> u1u1, o1o1, add m1m1
    downgrade u1u1 -> a1a1, add u1u1
    downgrade o1o1 -> a1a1, add o1o1
    downgrade x1x1 -> , add x1x1
    downgrade a1a1 -> , add a1a1
    6 steps done in [TIME]; 0 of 6 revisions applied
    ");
}

/// What only Python can do.
const ONLY_PYTHON: &str =
    "import uuid\n    op.execute(f\"INSERT INTO keys VALUES ('{uuid.uuid4()}')\")";

#[test]
fn what_is_not_known_is_refused_before_anything_runs() {
    let database = database();
    let project = alembic().database(&database).file(
        "db/versions/x1x1_.py",
        python("x1x1", "None", "", ONLY_PYTHON),
    );
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: revision `x1x1` calls `uuid4()`, whose result differs each time
      db/versions/x1x1_.py:17
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject x1x1` begins the file
    hint: `limbeck alembic report` lists all such revisions
    [exit status: 1]
    ");
    assert_eq!(code(&project, "upgrade heads"), "not_translated");
    assert_eq!(database.tables(), [""; 0]);
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> a1a1, add a1a1
    upgrade  -> x1x1, add x1x1
        not translated: db/versions/x1x1_.py:17: it calls `uuid4()`, whose result differs each time
    upgrade a1a1 -> o1o1, add o1o1
    upgrade a1a1 -> u1u1, add u1u1
    upgrade u1u1, o1o1 -> m1m1, add m1m1
    ------- stderr -------
    upgrade from <base> to m1m1: 5 steps
    ");
    let plan = project.ok("plan upgrade heads --format json").json();
    assert_eq!(plan["steps"][1]["untranslated"]["line"], 17);
    assert_eq!(plan["steps"][0].get("untranslated"), None);
}

#[test]
fn what_shows_only_after_a_look_at_the_database_is_rolled_back_and_told_alike() {
    let database = database();
    let body = format!(
        "if sa.inspect(op.get_bind()).has_table('keys'):\n        return\n    \
         op.execute('CREATE TABLE keys (k text)')\n    {ONLY_PYTHON}"
    );
    let project = alembic()
        .database(&database)
        .file("db/versions/x1x1_.py", python("x1x1", "None", "", &body));
    assert_snapshot!(project.run("upgrade x1x1"), @r"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade x1x1, add x1x1
      db/versions/x1x1_.py:20
      it calls `uuid4()`, whose result differs each time
      done before it: nothing; the database stands at <base>
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject REVISION` begins the file
    [exit status: 1]
    ");
    assert_eq!(code(&project, "upgrade x1x1"), "not_translated");
    assert!(!database.has("keys"));
    database.execute("CREATE TABLE keys ()");
    project.ok("upgrade x1x1");
    assert_eq!(database.heads(), ["x1x1"]);
}

#[test]
fn what_a_function_comes_to_behind_its_questions_is_known_before_anything_runs() {
    let database = database();
    let body = format!(
        "found = sa.inspect(op.get_bind()).get_table_names()\n    \
         if 'keys' not in found:\n        op.execute('CREATE TABLE keys (k text)')\n    \
         {ONLY_PYTHON}"
    );
    let project = alembic()
        .database(&database)
        .file("db/versions/x1x1_.py", python("x1x1", "None", "", &body));
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: revision `x1x1` calls `uuid4()`, whose result differs each time
      db/versions/x1x1_.py:20
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject x1x1` begins the file
    hint: `limbeck alembic report` lists all such revisions
    [exit status: 1]
    ");
    assert_eq!(code(&project, "upgrade heads"), "not_translated");
    assert_eq!(database.tables(), [""; 0]);

    let question = "if op.get_bind().execute(sa.text('SELECT 1')).scalar():";
    let outside = |question_first: bool| {
        let index = "op.execute('CREATE INDEX CONCURRENTLY i ON keys (k)')";
        let block = "with op.get_context().autocommit_block():\n        ";
        match question_first {
            true => format!("{block}{question}\n            {index}"),
            false => format!("{block}{index}\n    {question}\n        pass"),
        }
    };
    database.execute("CREATE TABLE keys (k text)");
    let behind = python("x1x1", "None", "", &outside(false));
    let project = project.file("db/versions/x1x1_.py", behind);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: revision `x1x1` goes on to ask the database after a block outside of transactions
      db/versions/x1x1_.py:17
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject x1x1` begins the file
    hint: `limbeck alembic report` lists all such revisions
    [exit status: 1]
    ");
    assert_eq!(database.tables(), ["public.keys"]);
    let before = python("x1x1", "None", "", &outside(true));
    project
        .file("db/versions/x1x1_.py", before)
        .ok("upgrade heads");
    assert!(database.has("i"));
}

#[test]
fn what_may_stop_behind_other_steps_is_refused_before_anything_runs() {
    let database = database();
    let body = format!(
        "if sa.inspect(op.get_bind()).has_table('keys'):\n        return\n    \
         op.execute('CREATE TABLE keys (k text)')\n    {ONLY_PYTHON}"
    );
    let project = alembic()
        .database(&database)
        .file("db/versions/x1x1_.py", python("x1x1", "None", "", &body));
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    error: revision `x1x1` may stop, depending on what the database holds: it calls `uuid4()`, whose result differs each time
      db/versions/x1x1_.py:20
    hint: `transaction = "all"` takes the whole run back where it comes to that; as the first step of a run it is carried out as it is
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject x1x1` begins the file
    [exit status: 1]
    "#);
    assert_eq!(code(&project, "upgrade heads"), "may_stop");
    assert_eq!(database.tables(), [""; 0]);
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> a1a1, add a1a1
    upgrade  -> x1x1, add x1x1
        may stop: db/versions/x1x1_.py:20: it calls `uuid4()`, whose result differs each time
    upgrade a1a1 -> o1o1, add o1o1
    upgrade a1a1 -> u1u1, add u1u1
    upgrade u1u1, o1o1 -> m1m1, add m1m1
    ------- stderr -------
    upgrade from <base> to m1m1: 5 steps
    ");
    assert_snapshot!(project.run("history -r x1x1:x1x1"), @r"
    <base> -> x1x1 (effective head) (may stop), add x1x1
    ");
    assert_snapshot!(project.run("show x1x1"), @r"
    Rev: x1x1 (head)
    Parent: <base>
    Path: db/versions/x1x1_.py
    May stop: upgrade, db/versions/x1x1_.py:20: it calls `uuid4()`, whose result differs each time
    May stop: downgrade, db/versions/x1x1_.py:28: it calls `uuid4()`, whose result differs each time

        add x1x1
        
        Revision ID: x1x1
        Revises: 
        Create Date: 2025-01-15 10:00:00.123456
    ");
    assert_snapshot!(project.run("alembic report"), @r"
    revisions   5 in Python, 5 in all
    heads       m1m1, x1x1
    upgrades    5 of 5 translated (100 %), 1 of them with a look at the database
    downgrades  5 of 5 translated (100 %), 1 of them with a look at the database

    2 functions may stop, depending on what the database holds:
    x1x1  upgrade
        db/versions/x1x1_.py:20: it calls `uuid4()`, whose result differs each time
    x1x1  downgrade
        db/versions/x1x1_.py:28: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    hint: `limbeck alembic eject REVISION` begins a file in SQL that takes the place of one
    ");
    assert_snapshot!(project.run("check"), @r#"
    db/versions/m1m1_.py:11: multiple_heads: there are 2 heads: `m1m1` and `x1x1`
    db/versions/x1x1_.py:20: may_stop: the upgrade of revision `x1x1` may stop, depending on what the database holds: it calls `uuid4()`, whose result differs each time
    db/versions/x1x1_.py:28: may_stop: the downgrade of revision `x1x1` may stop, depending on what the database holds: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    hint: `limbeck merge heads -m "…"` joins them
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject REVISION` begins the file
    hint: `check.ignore` in limbeck.toml names what is not to be reported
    3 findings in 5 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
    let report = project.ok("alembic report --format json").json();
    assert_eq!(report["untranslated"][0]["certain"], false);
    assert_eq!(report["upgrades_translated"], 5);

    let toml = "transaction = 'all'\n[alembic]\nconfig = 'alembic.ini'\n";
    let one = project.file("limbeck.toml", toml);
    assert_snapshot!(one.run("upgrade heads"), @r"
    ------- stderr -------
    error: step 2 of 5 failed and was rolled back: upgrade x1x1, add x1x1
      db/versions/x1x1_.py:20
      it calls `uuid4()`, whose result differs each time
      done before it: 1 step, rolled back as well; the database stands at <base>
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject REVISION` begins the file
    [exit status: 1]
    ");
    assert_eq!(database.tables(), [""; 0]);
    database.execute("CREATE TABLE keys ()");
    one.ok("upgrade heads");
    assert_eq!(database.heads(), ["m1m1"]);
}

#[test]
fn what_asks_the_database_and_stopped_half_way_goes_on_where_it_can() {
    let database = database();
    database.execute("CREATE TABLE t (n int)");
    let index = |id: &str, unless: &str, more: &str| {
        format!(
            "there = [i['name'] for i in sa.inspect(op.get_bind()).get_indexes('t')]\n    with \
             op.get_context().autocommit_block():\n        {unless}op.create_index('i_{id}', 't', \
             ['n'], postgresql_concurrently=True{more})\n"
        )
    };
    let both = |unless| {
        let unique =
            "        op.create_index('u', 't', ['n'], postgresql_concurrently=True, unique=True)";
        index("first", unless, "") + unique
    };
    let unless = "'i_first' in there or ";
    let mut project = project()
        .database(&database)
        .file("alembic.ini", INI)
        .file("db/env.py", ENV)
        .file("db/versions/x_.py", python("x1x1", "None", "", &both("")));
    let twice = "INSERT INTO t VALUES (1), (1)";
    // It asks, and sends the same whatever the answer.
    database.execute(twice);
    let output = project.run("upgrade head");
    assert_eq!(output.code(), Some(3), "{output}");
    database.execute("TRUNCATE t");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    x1x1 was stopped after 1 statement and goes on from there
    dropped the invalid index public.u of an earlier try
    upgrade  -> x1x1, add x1x1  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
    assert!(database.has("i_first") && database.has("u"));
    // It sends what is missing, which cannot be told from an edit.
    database.execute("DROP INDEX i_first, u");
    project.ok("stamp base");
    project.write(
        "db/versions/x_.py",
        python("x1x1", "None", "", &both(unless)),
    );
    database.execute(twice);
    let output = project.run("upgrade head");
    assert_eq!(output.code(), Some(3), "{output}");
    database.execute("TRUNCATE t");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade x1x1, add x1x1
      it stopped after 1 statement, and by what it now finds it would not begin with that
      done before it: nothing; the database stands at <base>
    hint: finish or undo it by hand, then `limbeck resolve x1x1 --applied` or `--not-applied`
    [exit status: 1]
    ");
    // It takes the index for there that it did not finish.
    project.ok("resolve x1x1 --not-applied");
    database.execute("DROP INDEX i_first, u");
    let one = index("first", unless, ", unique=True");
    project.write("db/versions/x_.py", python("x1x1", "None", "", &one));
    database.execute(twice);
    let output = project.run("upgrade head");
    assert_eq!(output.code(), Some(3), "{output}");
    database.execute("TRUNCATE t");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade x1x1, add x1x1
      it stopped in the midst of a statement, and the index i_first is invalid
      done before it: nothing; the database stands at <base>
    hint: `DROP INDEX CONCURRENTLY i_first`, and run the command again
    [exit status: 1]
    ");
    database.execute("DROP INDEX i_first");
    project.ok("upgrade head");
    assert!(database.has("i_first"));
    assert_eq!(database.rows("SELECT * FROM limbeck_journal"), [""; 0]);
}

#[test]
fn what_is_not_translated_is_marked_wherever_revisions_are_shown() {
    let one_way = python("s1s1", "'m1m1'", "", "op.execute('SELECT 1')");
    let (up, _) = one_way.rsplit_once("op.execute").unwrap();
    let project = alembic()
        .file(
            "db/versions/x1x1_.py",
            python("x1x1", "None", "", ONLY_PYTHON),
        )
        .file(
            "db/versions/s1s1_.py",
            format!("{up}op.execute(open('down.sql').read())\n"),
        );
    assert_snapshot!(project.run("history --no-graph"), @r"
    m1m1 -> s1s1 (orders) (head) (downgrade not translated), add s1s1
    u1u1, o1o1 -> m1m1 (orders) (mergepoint), add m1m1
    a1a1 -> u1u1, add u1u1
    a1a1 (x1x1) -> o1o1 (orders), add o1o1
    <base> -> x1x1 (effective head) (not translated), add x1x1
    <base> -> a1a1 (branchpoint), add a1a1
    ");
    let graph = project.ok("history --graph").stdout;
    assert!(graph.contains("(not translated), add x1x1"), "{graph}");
    assert_snapshot!(project.run("show x1x1"), @r"
    Rev: x1x1 (head)
    Parent: <base>
    Path: db/versions/x1x1_.py
    Not translated: upgrade, db/versions/x1x1_.py:17: it calls `uuid4()`, whose result differs each time
    Not translated: downgrade, db/versions/x1x1_.py:22: it calls `uuid4()`, whose result differs each time

        add x1x1
        
        Revision ID: x1x1
        Revises: 
        Create Date: 2025-01-15 10:00:00.123456
    ");
    let verbose = project.ok("history -v").stdout;
    assert_eq!(verbose.matches("Not translated: ").count(), 3, "{verbose}");
    let history = project.ok("history --format json").json();
    let of_head = &history["revisions"][0]["untranslated"];
    assert_eq!(of_head.as_array().unwrap().len(), 1);
    assert_eq!(of_head[0]["direction"], "downgrade");
    assert_eq!(of_head[0]["file"], "db/versions/s1s1_.py");
    assert_eq!(of_head[0]["line"], 20);
    assert_eq!(history["revisions"][1].get("untranslated"), None);
    // Without anything that runs it a database cannot be built, which a CI job has to hear.
    assert_snapshot!(project.run("check"), @r#"
    db/versions/s1s1_.py:11: multiple_heads: there are 2 heads: `s1s1` and `x1x1`
    db/versions/s1s1_.py:20: not_translated: the downgrade of revision `s1s1` is not translated: it calls `open()`, which reads a file
    db/versions/x1x1_.py:17: not_translated: the upgrade of revision `x1x1` is not translated: it calls `uuid4()`, whose result differs each time
    db/versions/x1x1_.py:22: not_translated: the downgrade of revision `x1x1` is not translated: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    hint: `limbeck merge heads -m "…"` joins them
    hint: `alembic.bridge` in limbeck.toml has the project's own Alembic run it; or write it in SQL: `limbeck alembic eject REVISION` begins the file
    hint: `check.ignore` in limbeck.toml names what is not to be reported
    4 findings in 6 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
    let ignored = project.env("LIMBECK_CHECK_IGNORE", "multiple_heads, not_translated");
    assert_eq!(ignored.run("check -q").code(), Some(0));
    let bridged = ignored
        .env("LIMBECK_CHECK_IGNORE", "multiple_heads")
        .env("LIMBECK_ALEMBIC_BRIDGE", "alembic");
    assert_snapshot!(bridged.run("check"), @r"
    ------- stderr -------
    nothing found in 6 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    not checked: what is not translated and the project's own Alembic runs (2 revisions): `limbeck alembic report` lists it
    ");
}

/// A table, a block of changes to it, rows, and a way that only the database knows.
const WORK: &str = "'''add work

Create Date: 2025-01-15 10:00:00
'''
from alembic import op
import sqlalchemy as sa

revision = 'w1w1'
down_revision = 'm1m1'


def upgrade():
    op.create_table(
        'work',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('state', sa.Enum('new', 'done', name='state'), nullable=False),
        sa.Column('name', sa.String(40), server_default='nobody'),
    )
    with op.batch_alter_table('work') as batch:
        batch.add_column(sa.Column('at', sa.DateTime(timezone=True), server_default=sa.func.now()))
        batch.alter_column('name', new_column_name='who', existing_type=sa.String(40))
    work = sa.table('work', sa.column('state'), sa.column('who'))
    op.bulk_insert(work, [{'state': 'new', 'who': \"o'brien\"}, {'state': 'done', 'who': None}])
    columns = [column['name'] for column in sa.inspect(op.get_bind()).get_columns('work')]
    if 'note' not in columns:
        op.add_column('work', sa.Column('note', sa.Text()))


def downgrade():
    op.drop_table('work')
    op.execute('DROP TYPE state')
";

/// An index outside of transactions, and no way back.
const INDEX: &str = "'''add an index'''
from alembic import op

revision = 'y1y1'
down_revision = 'w1w1'


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index('work_who', 'work', ['who'], postgresql_concurrently=True)


def downgrade():
    raise NotImplementedError('no way back')
";

#[test]
fn what_python_says_is_done_without_python() {
    let database = database();
    let project = alembic()
        .database(&database)
        .file("db/versions/w1w1_.py", WORK)
        .file("db/versions/y1y1_.py", INDEX);
    project.ok("upgrade heads");
    assert_eq!(
        database.rows("SELECT state || ' ' || coalesce(who, '-') FROM work ORDER BY id"),
        ["new o'brien", "done -"]
    );
    assert_eq!(
        database.rows(
            "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = \
             'work'::regclass AND attnum > 0"
        ),
        ["id state who at note"]
    );
    assert!(database.has("work_who"));
    let kept = "SELECT upgrade_sql FROM limbeck_ledger WHERE revision = 'w1w1'";
    let kept = database.rows(kept).concat();
    assert!(kept.contains("ADD COLUMN note TEXT"), "{kept}");
    assert_snapshot!(project.run("downgrade w1w1"), @r"
    ------- stderr -------
    error: revision `y1y1` refuses its downgrade: the function raises an exception
      db/versions/y1y1_.py:14
    hint: `limbeck alembic eject` writes the revision in SQL, to be given a way back
    [exit status: 1]
    ");
    project.ok("stamp w1w1");
    project.ok("downgrade base");
    assert!(!database.has("work"));
    assert_snapshot!(project.run("upgrade heads --sql"), @r"
    ------- stderr -------
    error: revision `w1w1`: line 24 reads rows with `query`, so the revision cannot be rendered offline
      db/versions/w1w1_.py
    hint: such a revision runs on a database only
    [exit status: 1]
    ");
    assert_eq!(code(&project, "upgrade heads --sql"), "not_offline");
}

#[test]
fn a_report_counts_what_is_translated_and_a_file_in_sql_takes_over() {
    let database = database();
    let mut project = alembic()
        .database(&database)
        .file("db/versions/w1w1_.py", WORK)
        .file(
            "db/versions/x1x1_.py",
            python("x1x1", "None", "", ONLY_PYTHON),
        );
    assert_snapshot!(project.run("alembic report"), @r"
    revisions   6 in Python, 6 in all
    heads       w1w1, x1x1
    upgrades    5 of 6 translated (83 %), 1 of them with a look at the database
    downgrades  5 of 6 translated (83 %)

    2 functions not translated:
    x1x1  upgrade
        db/versions/x1x1_.py:17: it calls `uuid4()`, whose result differs each time
    x1x1  downgrade
        db/versions/x1x1_.py:22: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    hint: `limbeck alembic eject REVISION` begins a file in SQL that takes the place of one
    ");
    let report = project.ok("alembic report --format json").json();
    assert_eq!(report["revisions"], 6);
    assert_eq!(report["upgrades_translated"], 5);
    assert_eq!(report["untranslated"][0]["revision"], "x1x1");
    assert_eq!(report["untranslated"][0]["line"], 17);
    assert_snapshot!(project.run("alembic eject x1x1 w1w1"), @r"
    db/versions/x1x1_.sql
        upgrade: x1x1_.py:17: it calls `uuid4()`, whose result differs each time
        downgrade: x1x1_.py:22: it calls `uuid4()`, whose result differs each time
    db/versions/w1w1_.sql
        upgrade: w1w1_.py:24: it depends on what the database holds
    ------- stderr -------
    Generating db/versions/x1x1_.sql ...  done
    Generating db/versions/w1w1_.sql ...  done
    hint: 1 function asks the database what to do: without these files, `--scratch URL` has a throw-away one asked
    hint: 2 files cannot run yet: each says what is left to be written by hand
    ");
    assert_snapshot!(project.read("db/versions/x1x1_.sql"), @r"
    -- revision: x1x1
    -- created: 2025-01-15T10:00:00.123456Z
    -- message: add x1x1

    -- limbeck: upgrade
    -- x1x1_.py:17: from here on it is for a person to write, since it
    -- calls `uuid4()`, whose result differs each time.
    DO $limbeck$ BEGIN RAISE EXCEPTION 'the rest of this upgrade is not written yet'; END $limbeck$;

    -- limbeck: downgrade
    -- x1x1_.py:22: from here on it is for a person to write, since it
    -- calls `uuid4()`, whose result differs each time.
    DO $limbeck$ BEGIN RAISE EXCEPTION 'the rest of this downgrade is not written yet'; END $limbeck$;
    ");
    assert_snapshot!(project.read("db/versions/w1w1_.sql"), @r"
    -- revision: w1w1
    -- down_revision: m1m1
    -- created: 2025-01-15T10:00:00Z
    -- message: add work

    -- limbeck: upgrade
    DO $check$
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'state' AND pg_catalog.pg_type_is_visible(t.oid) AND n.nspname <> 'pg_catalog') THEN
            CREATE TYPE state AS ENUM ('new', 'done');
        END IF;
    END
    $check$;
    CREATE TABLE work (
        id SERIAL NOT NULL,
        state state NOT NULL,
        name VARCHAR(40) DEFAULT 'nobody',
        PRIMARY KEY (id)
    );
    ALTER TABLE work ADD COLUMN at TIMESTAMP WITH TIME ZONE DEFAULT now();
    ALTER TABLE work RENAME name TO who;
    INSERT INTO work (state, who) VALUES ('new', 'o''brien');
    INSERT INTO work (state, who) VALUES ('done', NULL);
    -- w1w1_.py:24: from here on it is for a person to write, since it
    -- depends on what the database holds.
    DO $limbeck$ BEGIN RAISE EXCEPTION 'the rest of this upgrade is not written yet'; END $limbeck$;

    -- limbeck: downgrade
    DROP TABLE work;
    DROP TYPE state;
    ");
    assert_eq!(code(&project, "alembic eject x1x1"), "not_in_python");
    let output = project.run("upgrade x1x1");
    assert!(output.stderr.contains("is not written yet"), "{output}");
    let text = project.read("db/versions/x1x1_.sql");
    let (header, _) = text.split_once("\n-- limbeck").unwrap();
    let body = "-- limbeck: upgrade\nCREATE TABLE keys (k text);\n";
    project.write("db/versions/x1x1_.sql", format!("{header}\n{body}"));
    project.ok("upgrade x1x1");
    assert!(database.has("keys"));
    project.ok("alembic eject --all --version-path new");
    let files = project.files();
    assert_eq!(files.iter().filter(|it| it.starts_with("new/")).count(), 4);
}

#[test]
fn what_was_applied_in_python_has_not_changed_when_it_is_written_in_sql() {
    let database = database();
    let mut project = alembic().database(&database);
    project.ok("upgrade heads");
    project.ok("alembic eject --all");
    let changed = |project: &Project| {
        let status = project.ok("status --format json").json();
        let applied = status["applied"].as_array().unwrap();
        assert_eq!(applied.len(), 5);
        let changed = applied.iter().filter(|it| it["checksum_ok"] == false);
        let changed = changed.map(|it| it["revision"].as_str().unwrap().to_owned());
        changed.collect::<Vec<_>>()
    };
    assert_eq!(changed(&project), [""; 0]);
    let edited = project
        .read("db/versions/u1u1_.py")
        .replace("pass", "return");
    project.write("db/versions/u1u1_.py", edited);
    assert_eq!(changed(&project), ["u1u1"]);
    for file in project.files() {
        if file.ends_with(".py") {
            std::fs::remove_file(project.path(&file)).unwrap();
        }
    }
    assert_eq!(changed(&project).len(), 5);
    project.ok("stamp base");
    project.ok("stamp heads");
    assert_eq!(changed(&project), [""; 0]);
}

#[test]
fn new_revisions_are_named_as_alembic_would_and_hooks_run_on_them() {
    let ini = format!(
        "{INI}[post_write_hooks]\nhooks = mark, fail\nmark.type = exec\nmark.executable = sh\n\
         mark.options = -c 'echo \"-- by a hook\" >>\"$0\"; echo talk' REVISION_SCRIPT_FILENAME\n\
         fail.type = exec\nfail.executable = false\n"
    );
    let project = alembic().file("alembic.ini", ini);
    let output = project.run("revision -m Add-a-table-of-all-users --rev-id n1n1 --head m1m1");
    assert_snapshot!(output, @r"
    db/versions/n1n1-add_a_table_of_all_.sql
    ------- stderr -------
    Generating db/versions/n1n1-add_a_table_of_all_.sql ...  done
    Running post write hook 'mark' ...
    talk
      done
    Running post write hook 'fail' ...
      FAILED
    warning: the post write hook `fail` failed: exit status: 1
    ");
    let again = "revision -m again --rev-id n2n2 --head n1n1";
    let warned = project.run(&format!("{again} --format json")).stderr;
    let warning = warned.lines().find(|line| line.contains("\"warning\""));
    let warning: serde_json::Value = serde_json::from_str(warning.unwrap()).unwrap();
    assert_eq!(warning["warning"]["code"], "hook_failed");
    let file = output.stdout.trim().to_owned();
    let text = project.read(&file);
    assert!(text.ends_with("-- by a hook\n"), "{text}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let broken = alembic().file(
        "db/versions/z.py",
        "from x import Y\nrevision = 'z'\ndown_revision = Y\n",
    );
    assert_snapshot!(broken.run("upgrade heads"), @r#"
    ------- stderr -------
    error: db/versions/z.py:3: what `down_revision` is cannot be read without running Python: `Y` is imported from `x`
    hint: `"z.py.down_revision" = "…"` below `[alembic.declarations]` in limbeck.toml settles it
    [exit status: 1]
    "#);
    assert_snapshot!(broken.run("heads"), @r#"
    m1m1 (orders) (head)
    x1x1 (effective head)
    ------- stderr -------
    warning: db/versions/z.py:3: what `down_revision` is cannot be read without running Python: `Y` is imported from `x`
    hint: `"z.py.down_revision" = "…"` below `[alembic.declarations]` in limbeck.toml settles it
    "#);
    let settled = broken.env(
        "LIMBECK_ALEMBIC_DECLARATIONS",
        "{ 'z.py.down_revision' = 'm1m1' }",
    );
    let heads = settled.ok("heads").stdout;
    assert!(heads.contains("z (orders) (head)"), "{heads}");
    let own = format!("{INI}[post_write_hooks]\nhooks = own\nown.type = registered\n");
    let own = alembic().file("alembic.ini", own);
    assert_eq!(code(&own, "merge m1m1 x1x1 -m x"), "hook");
    let none = project().file("alembic.ini", "[alembic]\nscript_location = gone\n");
    assert_snapshot!(none.run("heads"), @r"
    ------- stderr -------
    error: there is no folder `gone/versions`
    hint: `script_location` in alembic.ini names the folders of revisions
    [exit status: 1]
    ");
    assert_snapshot!(none.run("-n other heads"), @r"
    ------- stderr -------
    error: there is no section `[other]` in alembic.ini
      alembic
    [exit status: 1]
    ");
    assert_snapshot!(none.run("--raiseerr -c other.ini heads"), @r"
    ------- stderr -------
    error: cannot read the configuration `other.ini`: No such file or directory (os error 2)
      code: config
      caused by: No such file or directory (os error 2)
    hint: `--config` and `LIMBECK_CONFIG` name the file; `limbeck init` makes one
    [exit status: 1]
    ");
}

#[test]
fn a_limbeck_toml_adds_what_alembics_file_lacks() {
    let database = database();
    let hook = "[[post_write_hooks]]\nname = 'lint'\ntype = 'console_scripts'\n\
                entrypoint = 'echo-path'\noptions = '--fix'\ncwd = 'db'\n";
    let settings = format!("version_table = 'other'\n{hook}[alembic]\nconfig = 'alembic.ini'\n");
    let project = alembic()
        .database(&database)
        .file("limbeck.toml", settings)
        .file(
            ".venv/bin/echo-path",
            "#!/bin/sh\necho \"$(basename \"$PWD\"): $*\"\n",
        );
    let script = project.path(".venv/bin/echo-path");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(script, executable).unwrap();
    assert_snapshot!(project.run("merge m1m1 x1x1 -m both --rev-id b1b1"), @r"
    db/versions/b1b1-both.sql
    ------- stderr -------
    Generating db/versions/b1b1-both.sql ...  done
    Running post write hook 'lint' ...
    db: [PROJECT]/db/versions/b1b1-both.sql --fix
      done
    ");
    project.ok("stamp a1a1");
    project.ok("stamp -x version_table=third u1u1");
    assert_eq!(database.rows("SELECT version_num FROM other"), ["a1a1"]);
    assert_snapshot!(project.run("current"), @r"
    a1a1 (branchpoint)
    ");
    assert_snapshot!(project.run("current -x version_table=third"), @r"
    u1u1
    ");
    assert_snapshot!(project.run("-c alembic.ini -c b.ini heads"), @r"
    ------- stderr -------
    error: `alembic.ini` and `b.ini` cannot both be read: one file of a kind
    [exit status: 1]
    ");
}

#[test]
fn a_pyproject_is_as_good_as_an_ini_file() {
    let toml = "[project]\nname = 'app'\n[tool.alembic]\nscript_location = 'app:db'\n\
                prepend_sys_path = ['lib']\n";
    let project = project()
        .file("pyproject.toml", toml)
        .file(
            "lib/app/db/versions/a.py",
            python("a1a1", "None", "", "pass"),
        )
        .file(
            "other.ini",
            "[alembic]\nscript_location = gone\n[live]\nscript_location = lib/app/db\n",
        );
    assert_snapshot!(project.run("heads"), @r"
    a1a1 (head)
    ");
    assert_snapshot!(project.run("-c other.ini -n live heads"), @r"
    a1a1 (head)
    ");
    assert_snapshot!(project.run("-n staging heads"), @r"
    a1a1 (head)
    ");
    let project = project.env("ALEMBIC_CONFIG", "other.ini");
    assert_snapshot!(project.run("heads"), @r"
    ------- stderr -------
    error: there is no folder `gone/versions`
    hint: `script_location` in other.ini names the folders of revisions
    [exit status: 1]
    ");
}

#[test]
fn a_revision_in_sql_stands_in_for_one_in_python_with_the_same_id() {
    let database = database();
    let body =
        "-- limbeck: upgrade\nCREATE TABLE o (n int);\n-- limbeck: downgrade\nDROP TABLE o;\n";
    let header = "-- revision: o1o1\n-- down_revision: a1a1\n-- branch_labels: orders\n";
    let whole = format!("{header}-- depends_on: x1x1\n{body}");
    let project = alembic()
        .database(&database)
        .file(
            "limbeck.toml",
            "version_locations = ['db/versions', 'own']\n",
        )
        .file("own/o1o1.sql", &whole);
    let shown = project.ok("show o1o1").stdout;
    assert!(shown.contains("own/o1o1.sql"), "{shown}");
    assert!(shown.contains("add o1o1"), "{shown}");
    let history = project.ok("history --no-graph").stdout;
    assert_eq!(history, alembic().ok("history --no-graph").stdout);
    let project = project.file("own/o1o1.sql", format!("{header}{body}"));
    let output = project.run("upgrade heads");
    assert_eq!(output.code(), Some(1));
    assert!(
        output.stderr.contains(
            "own/o1o1.sql:1: `depends_on` is not as in db/versions/o1o1_.py, which has the same id: \
             there it is `x1x1`"
        ),
        "{output}"
    );
}
