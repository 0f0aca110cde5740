//! Revisions in Python that ask the database what to do, written in SQL with what they do on a
//! throw-away one.

use std::time::Duration;

use insta::assert_snapshot;

use crate::support::limbeck::Project;
use crate::support::{Database, Server, database, oracle, project};

/// A revision in Python; its functions have lines 8 and on.
fn python(id: &str, down: &str, up: &str, back: &str) -> String {
    format!(
        "'''add {id}'''\nimport uuid\nimport sqlalchemy as sa\nfrom alembic import op\n\
         revision = '{id}'\ndown_revision = {down}\n\ndef upgrade():\n    bind = op.get_bind()\n    \
         {}\n\ndef downgrade():\n    bind = op.get_bind()\n    {}\n",
        up.replace('\n', "\n    "),
        back.replace('\n', "\n    ")
    )
}

fn file(id: &str) -> String {
    format!("db/versions/{id}.py")
}

const USERS: (&str, &str) = (
    "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True))",
    "op.drop_table('users')",
);

/// It asks an inspector and the catalogs.
const NAMES: (&str, &str) = (
    "columns = [c['name'] for c in sa.inspect(bind).get_columns('users')]\n\
     for name in ['id', 'name']:\n    if name not in columns:\n        \
     op.add_column('users', sa.Column(name, sa.Text()))\n\
     if not bind.execute(sa.text(\"SELECT 1 FROM pg_type WHERE typname = 'mood'\")).scalar():\n    \
     op.execute(\"CREATE TYPE mood AS ENUM ('-- limbeck: upgrade')\")",
    "if sa.inspect(bind).has_table('users'):\n    op.drop_column('users', 'name')\n\
     op.execute('DROP TYPE mood')",
);

/// It asks for rows of the project's own.
const ROWS: (&str, &str) = (
    "for row in bind.execute(sa.text('SELECT id FROM users')):\n    \
     op.execute(f\"UPDATE users SET name = 'user {row[0]}' WHERE id = {row[0]}\")",
    "pass",
);

/// It asks before it leaves the transaction.
const INDEX: (&str, &str) = (
    "if 'users_name' not in [i['name'] for i in sa.inspect(bind).get_indexes('users')]:\n    \
     with op.get_context().autocommit_block():\n        \
     op.create_index('users_name', 'users', ['name'], postgresql_concurrently=True)",
    "if sa.inspect(bind).get_indexes('users'):\n    op.drop_index('users_name')",
);

fn tree(revisions: &[(&str, (&str, &str))]) -> Project {
    let mut project = project().file("alembic.ini", "[alembic]\nscript_location = %(here)s/db\n");
    let mut down = "None".to_owned();
    for (id, (up, back)) in revisions {
        project = project.file(&file(id), python(id, &down, up, back));
        down = format!("'{id}'");
    }
    project
}

fn eject(database: &Database) -> String {
    format!("alembic eject --all --scratch {}", database.url())
}

/// Forgets the files in Python that have one in SQL.
fn without_python(project: &Project) {
    for file in project.files() {
        let sql = file.replace(".py", ".sql");
        if file.ends_with(".py") && project.files().contains(&sql) {
            std::fs::remove_file(project.path(&file)).unwrap();
        }
    }
}

#[test]
fn what_asks_for_the_schema_alone_is_written_as_a_whole() {
    let server = Server::start_own();
    let (theirs, ours) = (server.database(), server.database());
    let tree = || tree(&[("a1a1", USERS), ("b1b1", NAMES), ("c1c1", INDEX)]);
    let (python, sql) = (tree().database(&theirs), tree().database(&ours));
    assert_snapshot!(sql.run(&eject(&ours)), @r"
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/c1c1.sql ...  done
    hint: the files in Python are not needed any more, once Alembic is not
    ");
    assert_snapshot!(sql.read("db/versions/b1b1.sql"), @r"
    -- revision: b1b1
    -- down_revision: a1a1
    -- message: add b1b1

    -- limbeck: upgrade
    -- b1b1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   10: columns = [c['name'] for c in sa.inspect(bind).get_columns('users')]
    --   14: SELECT 1 FROM pg_type WHERE typname = 'mood'
    ALTER TABLE users ADD COLUMN name TEXT;
    CREATE TYPE mood AS ENUM ('-- limbeck: upgrade');

    -- limbeck: downgrade
    -- b1b1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   19: if sa.inspect(bind).has_table('users'):
    ALTER TABLE users DROP COLUMN name;
    DROP TYPE mood;
    ");
    assert_snapshot!(sql.read("db/versions/c1c1.sql"), @r"
    -- revision: c1c1
    -- down_revision: b1b1
    -- message: add c1c1

    -- limbeck: upgrade no-transaction
    -- c1c1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   10: if 'users_name' not in [i['name'] for i in sa.inspect(bind).get_indexes('users')]:
    CREATE INDEX CONCURRENTLY users_name ON users (name);

    -- limbeck: downgrade
    -- c1c1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   16: if sa.inspect(bind).get_indexes('users'):
    DROP INDEX users_name;
    ");
    assert_eq!(server.scratches(), [""; 0]);
    assert_eq!(ours.tables(), [""; 0]);
    without_python(&sql);
    for way in ["upgrade heads", "downgrade a1a1"] {
        python.ok(way);
        sql.ok(way);
        sql.ok(&format!("diff --against {}", theirs.url()));
        assert_eq!(ours.heads(), theirs.heads());
    }
    assert_eq!(
        ours.rows("SELECT count(*) FROM limbeck_ledger WHERE format = 'sql'"),
        ["5"]
    );
}

#[test]
fn what_asks_for_rows_is_left_to_a_person() {
    let database = database();
    let project = tree(&[
        ("a1a1", USERS),
        ("b1b1", NAMES),
        ("d1d1", ROWS),
        ("c1c1", INDEX),
    ]);
    assert_snapshot!(project.run(&eject(&database)), @r"
    db/versions/d1d1.sql
        upgrade: d1d1.py:10: it decides by more than the schema, with `SELECT id FROM users`
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/d1d1.sql ...  done
    Generating db/versions/c1c1.sql ...  done
    hint: 1 file cannot run yet: each says what is left to be written by hand
    ");
    assert_snapshot!(project.read("db/versions/d1d1.sql"), @r"
    -- revision: d1d1
    -- down_revision: b1b1
    -- message: add d1d1

    -- limbeck: upgrade
    SELECT id FROM users;
    -- d1d1.py:10: from here on it is for a person to write, since it
    -- decides by more than the schema, with `SELECT id FROM users`.
    DO $limbeck$ BEGIN RAISE EXCEPTION 'the rest of this upgrade is not written yet'; END $limbeck$;

    -- limbeck: downgrade
    ");
    let without = tree(&[("a1a1", USERS), ("b1b1", NAMES), ("d1d1", ROWS)]);
    assert_snapshot!(without.run("alembic eject --all"), @r"
    db/versions/b1b1.sql
        upgrade: b1b1.py:10: it depends on what the database holds
        downgrade: b1b1.py:19: it depends on what the database holds
    db/versions/d1d1.sql
        upgrade: d1d1.py:10: it depends on what the database holds
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/d1d1.sql ...  done
    hint: 3 functions ask the database what to do: without these files, `--scratch URL` has a throw-away one asked
    hint: 2 files cannot run yet: each says what is left to be written by hand
    ");
}

#[test]
fn what_cannot_run_ends_the_way_until_a_person_wrote_it() {
    // Its own: others make throw-away databases as well.
    let server = Server::start_own();
    let database = server.database();
    let key = (
        "op.execute(f\"SELECT '{uuid.uuid4()}'\")",
        "op.execute('SELECT 1')",
    );
    let mut project = tree(&[
        ("a1a1", USERS),
        ("x1x1", key),
        ("b1b1", NAMES),
        ("c1c1", INDEX),
    ])
    .file(&file("e1e1"), python("e1e1", "'a1a1'", NAMES.0, NAMES.1))
    .file(
        &file("f1f1"),
        python("f1f1", "('c1c1', 'e1e1')", "pass", "pass"),
    );
    let line = eject(&database);
    assert_snapshot!(project.run(&line), @r"
    db/versions/x1x1.sql
        upgrade: x1x1.py:10: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/e1e1.sql ...  done
    Generating db/versions/x1x1.sql ...  done
    Generating db/versions/f1f1.sql ...  done
    not tried and not written: 2 revisions are behind `x1x1`, which cannot run on a throw-away database
    hint: finish it in SQL, with what else is left above, and eject the others again
    hint: 1 file cannot run yet: each says what is left to be written by hand
    ");
    let json = project.run(&format!("{line} --version-path other --format json"));
    assert_snapshot!(serde_json::to_string_pretty(&json.json()["not_tried"]).unwrap(), @r#"
    [
      {
        "revision": "b1b1",
        "path": "other/b1b1.sql",
        "finished": false,
        "tried": [],
        "left": [
          {
            "direction": "upgrade",
            "code": "not_tried",
            "line": 10,
            "reason": "asks the database, and was not tried, since `x1x1` cannot run on a throw-away one"
          },
          {
            "direction": "downgrade",
            "code": "not_tried",
            "line": 19,
            "reason": "asks the database, and was not tried, since `x1x1` cannot run on a throw-away one"
          }
        ]
      },
      {
        "revision": "c1c1",
        "path": "other/c1c1.sql",
        "finished": false,
        "tried": [],
        "left": [
          {
            "direction": "upgrade",
            "code": "not_tried",
            "line": 10,
            "reason": "asks the database, and was not tried, since `x1x1` cannot run on a throw-away one"
          },
          {
            "direction": "downgrade",
            "code": "not_tried",
            "line": 16,
            "reason": "asks the database, and was not tried, since `x1x1` cannot run on a throw-away one"
          }
        ]
      }
    ]
    "#);
    project.write(
        "db/versions/x1x1.sql",
        "-- revision: x1x1\n-- down_revision: a1a1\n-- message: add x1x1\n\n-- limbeck: upgrade\n\
         SELECT 1;\n\n-- limbeck: downgrade\n",
    );
    // What e1e1 made is there by now, and must be asked for again.
    assert_snapshot!(project.run(&line), @r"
    ------- stderr -------
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/c1c1.sql ...  done
    hint: the files in Python are not needed any more, once Alembic is not
    ");
    assert_snapshot!(project.read("db/versions/b1b1.sql"), @r"
    -- revision: b1b1
    -- down_revision: x1x1
    -- message: add b1b1

    -- limbeck: upgrade
    -- b1b1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   10: columns = [c['name'] for c in sa.inspect(bind).get_columns('users')]
    --   14: SELECT 1 FROM pg_type WHERE typname = 'mood'

    -- limbeck: downgrade
    -- b1b1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   19: if sa.inspect(bind).has_table('users'):
    ALTER TABLE users DROP COLUMN name;
    DROP TYPE mood;
    ");
    assert_eq!(server.scratches(), [""; 0]);
}

#[test]
fn the_way_down_begins_anew_below_what_does_not_lead_back() {
    // Its own: others make throw-away databases as well.
    let server = Server::start_own();
    let database = server.database();
    let stays = (
        "op.execute('SELECT 1')",
        "raise NotImplementedError('no way back')",
    );
    let breaks = ("op.execute('SELECT 1')", "op.execute('DROP TABLE nobody')");
    let asks = (
        "op.execute('SELECT 1')",
        "sa.inspect(bind).has_table('users')\nop.execute('DROP TABLE nobody')",
    );
    let project = tree(&[
        ("a1a1", USERS),
        ("b1b1", NAMES),
        ("s1s1", stays),
        ("c1c1", INDEX),
        ("k1k1", breaks),
        ("q1q1", asks),
    ]);
    assert_snapshot!(project.run(&eject(&database)), @r#"
    db/versions/s1s1.sql
        downgrade: s1s1.py:14: it raises `NotImplementedError`: no way back
    db/versions/q1q1.sql
        downgrade: q1q1.py:15: it fails on a database without rows: table "nobody" does not exist
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/s1s1.sql ...  done
    Generating db/versions/c1c1.sql ...  done
    Generating db/versions/k1k1.sql ...  done
    Generating db/versions/q1q1.sql ...  done
    hint: 2 files cannot run yet: each says what is left to be written by hand
    "#);
    let back = |id: &str| {
        let text = project.read(&format!("db/versions/{id}.sql"));
        text.split_once("-- limbeck: downgrade\n")
            .unwrap()
            .1
            .to_owned()
    };
    assert_snapshot!(back("c1c1"), @r"
    -- c1c1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   16: if sa.inspect(bind).get_indexes('users'):
    DROP INDEX users_name;
    ");
    assert_snapshot!(back("b1b1"), @r"
    -- b1b1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   19: if sa.inspect(bind).has_table('users'):
    ALTER TABLE users DROP COLUMN name;
    DROP TYPE mood;
    ");
    assert_eq!(server.scratches(), [""; 0]);
}

#[test]
fn nothing_is_written_where_there_is_no_throw_away_database() {
    let database = database();
    let role = database.role(None);
    let project = tree(&[("a1a1", USERS), ("b1b1", NAMES)]).masked(&role.name, "[ROLE]");
    assert_snapshot!(project.run(&format!("alembic eject --all --scratch {}", role.url)), @r"
    ------- stderr -------
    error: the role `[ROLE]` may not create a throw-away database
    hint: `ALTER ROLE [ROLE] CREATEDB` lets it
    hint: `--scratch URL` makes it on another server; `--scratch embedded:PATH` needs none, where limbeck was built with one
    [exit status: 1]
    ");
    assert_snapshot!(project.run("alembic eject b1b1 --scratch postgres://nobody@127.0.0.1:1/x"), @r"
    ------- stderr -------
    error: nothing listens on 127.0.0.1:1 (database `x`, user `nobody`)
    hint: `pg_isready -h 127.0.0.1 -p 1` asks again
    [exit status: 1]
    ");
    assert_snapshot!(project.run("alembic eject --all --scratch"), @r"
    ------- stderr -------
    error: a value is required for '--scratch <URL>' but none was supplied

    For more information, try '--help'.
    [exit status: 2]
    ");
    assert_eq!(
        project
            .files()
            .iter()
            .filter(|it| it.ends_with(".sql"))
            .count(),
        0
    );
    // Where nobody asks, nobody needs one.
    project.ok("alembic eject a1a1 --scratch postgres://nobody@127.0.0.1:1/x");
    let broken = project.file("db/versions/z1z1.py", "revision = 'z1z1'\ndef\n");
    assert_snapshot!(broken.run(&eject(&database)), @r#"
    ------- stderr -------
    error: db/versions/z1z1.py: the file does not set `down_revision`
      and 1 more fault
    hint: `revision = "b"` and `down_revision = "a"`, with several as `("a", "b")`
    hint: `limbeck check` shows all of them
    [exit status: 1]
    "#);
    assert_snapshot!(broken.run("alembic eject b1b1 a1a1"), @r#"
    ------- stderr -------
    error: db/versions/z1z1.py: the file does not set `down_revision`
      and 1 more fault
    hint: `revision = "b"` and `down_revision = "a"`, with several as `("a", "b")`
    hint: `limbeck check` shows all of them
    [exit status: 1]
    "#);
}

#[test]
fn an_interrupted_or_cut_off_trial_leaves_nothing_behind() {
    let server = Server::start_own();
    let database = server.database();
    let slow = (
        "sa.inspect(bind).has_table('t')\nop.execute('SELECT pg_sleep(60)')",
        "pass",
    );
    let project = tree(&[("a1a1", USERS), ("s1s1", slow)]);
    let sleeper = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let sleeping = || {
        while database.rows(sleeper).is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let running = project.spawn(&eject(&database));
    sleeping();
    running.signal("INT");
    assert_snapshot!(running.wait(), @r"
    ------- stderr -------
    error: interrupted; nothing was done
    [exit status: 1]
    ");
    assert_eq!(server.scratches(), [""; 0]);
    let running = project.spawn(&eject(&database));
    sleeping();
    database.execute(&sleeper.replace("pid", "pg_terminate_backend(pid)"));
    assert_snapshot!(running.wait(), @r"
    ------- stderr -------
    error: on a throw-away database, step 1 of 1 failed and was rolled back: upgrade s1s1, add s1s1
      the connection to the server was lost: terminating connection due to administrator command
    [exit status: 1]
    ");
    assert_eq!(server.scratches(), [""; 0]);
    assert_eq!(
        project
            .files()
            .iter()
            .filter(|it| it.ends_with(".sql"))
            .count(),
        0
    );
}

/// An env.py that connects where a variable says.
fn env(variable: &str) -> String {
    format!(
        "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\
         url = 'postgresql+psycopg://' + os.environ['{variable}'].split('://', 1)[1]\n\
         with create_engine(url).connect() as connection:\n    \
         context.configure(connection=connection)\n    with context.begin_transaction():\n        \
         context.run_migrations()\n"
    )
}

/// A tree of which limbeck cannot run one revision, and that Alembic can.
fn with_a_bridge(database: &Database) -> Project {
    let keys = (
        "op.execute(f'CREATE TABLE keys AS SELECT {uuid.uuid4().int % 7} AS k')",
        "op.execute(f'DROP TABLE keys -- {uuid.uuid4()}')",
    );
    let asks = (
        "if sa.inspect(bind).has_table('keys'):\n    op.add_column('keys', sa.Column('v', sa.Text()))",
        "if sa.inspect(bind).has_table('keys'):\n    op.drop_column('keys', 'v')",
    );
    let bridge = format!("'{}' -m alembic", oracle::python().display());
    tree(&[
        ("a1a1", USERS),
        ("b1b1", NAMES),
        ("x1x1", keys),
        ("q1q1", asks),
    ])
    .database(database)
    .env("LIMBECK_ALEMBIC_BRIDGE", bridge)
}

#[test]
fn the_projects_own_alembic_takes_part_where_it_follows() {
    let server = Server::start_own();
    let database = server.database();
    // `--scratch` is given the URL that this variable has.
    let followed = with_a_bridge(&database)
        .file("db/env.py", env("APP_URL"))
        .env("APP_URL", database.url())
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/x");
    assert_snapshot!(followed.run(&eject(&database)), @r"
    db/versions/x1x1.sql
        upgrade: x1x1.py:10: it calls `uuid4()`, whose result differs each time
        downgrade: x1x1.py:14: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/x1x1.sql ...  done
    Generating db/versions/q1q1.sql ...  done
    hint: 1 file cannot run yet: each says what is left to be written by hand
    ");
    assert_snapshot!(followed.read("db/versions/q1q1.sql"), @r"
    -- revision: q1q1
    -- down_revision: x1x1
    -- message: add q1q1

    -- limbeck: upgrade
    -- q1q1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   10: if sa.inspect(bind).has_table('keys'):
    ALTER TABLE keys ADD COLUMN v TEXT;

    -- limbeck: downgrade
    -- q1q1.py asks the database what to do. This is what it did in one made from the
    -- revisions alone, which it asked:
    --   15: if sa.inspect(bind).has_table('keys'):
    ALTER TABLE keys DROP COLUMN v;
    ");
    assert_eq!(database.tables(), [""; 0]);
    // One that always goes to the project's database has changed nothing there, and is told.
    let elsewhere = with_a_bridge(&database)
        .file("db/env.py", env("ELSEWHERE"))
        .env(
            "ELSEWHERE",
            format!("{}?application_name=x", database.url()),
        );
    assert_snapshot!(elsewhere.run(&eject(&database)), @r"
    db/versions/x1x1.sql
        upgrade: x1x1.py:10: it calls `uuid4()`, whose result differs each time
        downgrade: x1x1.py:14: it calls `uuid4()`, whose result differs each time
    ------- stderr -------
    Generating db/versions/a1a1.sql ...  done
    Generating db/versions/b1b1.sql ...  done
    Generating db/versions/x1x1.sql ...  done
    not tried and not written: 1 revision is behind `x1x1`, which cannot run on a throw-away database
    the bridge was not used there, for it did not follow
    hint: env.py has to connect as `DATABASE_URL` says, or as a variable does that has the URL of `--scratch`
    hint: finish it in SQL, with what else is left above, and eject the others again
    hint: 1 file cannot run yet: each says what is left to be written by hand
    ");
    assert_eq!(database.tables(), [""; 0]);
    assert_eq!(server.scratches(), [""; 0]);
}
