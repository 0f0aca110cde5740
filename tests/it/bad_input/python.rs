//! Revisions in Python that cannot be read, or cannot be translated.

use insta::assert_snapshot;

use super::Case;

/// One revision whose `upgrade()` has these lines.
fn upgrade(lines: &[&str]) -> Case {
    whole(&format!(
        "'''x'''\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = 'a1'\n\
         down_revision = None\n\n\ndef upgrade():\n    {}\n\n\ndef downgrade():\n    pass\n",
        lines.join("\n    ")
    ))
}

fn whole(text: &str) -> Case {
    Case::new(|project| project.file("versions/a1_x.py", text))
}

/// The reason that is told of a function which is not translated, with its line.
#[track_caller]
fn reason(lines: &[&str]) -> String {
    let told = upgrade(lines)
        .refused("upgrade head", "not_translated")
        .stderr;
    let (said, rest) = told.split_once('\n').unwrap();
    let said = said.strip_prefix("error: revision `a1` ").unwrap();
    let place = rest.lines().next().unwrap().trim();
    format!("{place}: {said}")
}

#[test]
fn a_file_of_python_2() {
    let case = whole("revision = 'a1'\ndown_revision = None\n\ndef upgrade():\n    print 'x'\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r"
    ------- stderr -------
    error: versions/a1_x.py:5: this is not valid Python: Simple statements must be separated by newlines or semicolons
    hint: limbeck reads Python 3
    [exit status: 1]
    ");
}

#[test]
fn a_file_that_is_no_python() {
    let case = whole("revision = 'a1'\ndown_revision = None\n\ndef upgrade(:\n    pass\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r"
    ------- stderr -------
    error: versions/a1_x.py:4: this is not valid Python: Expected a parameter or the end of the parameter list
    hint: limbeck reads Python 3
    [exit status: 1]
    ");
}

#[test]
fn two_files_with_one_id() {
    let text = "revision = 'a1'\ndown_revision = None\ndef upgrade():\n    pass\n";
    let case = Case::new(|project| {
        let project = project.file("versions/a1_x.py", text);
        project.file("versions/a1_y.py", text)
    });
    assert_snapshot!(case.refused("upgrade head", "duplicate_revision"), @r"
    ------- stderr -------
    error: revision `a1` is declared twice: in versions/a1_x.py:1 and in versions/a1_y.py:1
    hint: `limbeck revision` makes ids that differ; give one of the two another id than `a1`
    [exit status: 1]
    ");
}

#[test]
fn a_broken_env_py_is_nobodys_concern() {
    let case = Case::new(|project| {
        let project = project.file("env.py", "import nothing_of_that_name (((\n");
        project.file(
            "versions/a1_x.py",
            "revision = 'a1'\ndown_revision = None\ndef upgrade():\n    pass\n",
        )
    });
    case.project.ok("upgrade head");
}

#[test]
fn what_only_running_python_could_tell() {
    let told = [
        reason(&[
            "from app.models import User",
            "op.drop_table(User.__tablename__)",
        ]),
        reason(&["sql = open('up.sql').read()", "op.execute(sql)"]),
        reason(&[
            "from pathlib import Path",
            "op.execute(Path('up.sql').read_text())",
        ]),
        reason(&["exec('op.drop_table(\"a\")')"]),
        reason(&["op.drop_table(eval('\"a\"'))"]),
        reason(&["import os", "op.drop_table(os.environ['TABLE'])"]),
        reason(&[
            "import uuid",
            "op.execute(f\"INSERT INTO a VALUES ('{uuid.uuid4()}')\")",
        ]),
        reason(&[
            "from datetime import datetime",
            "op.execute(f\"SELECT '{datetime.now()}'\")",
        ]),
        reason(&["import random", "op.drop_table(random.choice(['a', 'b']))"]),
        reason(&["op.create_table('a', sa.Column('b', app.types.GUID()))"]),
        reason(&[
            "from app.types import GUID",
            "op.add_column('a', sa.Column('b', GUID()))",
        ]),
        reason(&["op.no_such_operation('a')"]),
        reason(&["op.execute('SELECT 1; ROLLBACK')"]),
        reason(&["op.create_index('i', 'a', ['b'], postgresql_concurrently=True)"]),
        reason(&["while True:", "    op.execute('SELECT 1')"]),
    ];
    assert_snapshot!(told.join("\n"), @r"
    versions/a1_x.py:11: gives `op.drop_table` as `table_name` the name `app.models.User.__tablename__`, whose value is not known; `alembic.python_path` says where `app` is
    versions/a1_x.py:10: calls `open()`, which reads a file
    versions/a1_x.py:11: calls `Path()`, which works on files
    versions/a1_x.py:10: calls `exec()`, which runs a text as a program
    versions/a1_x.py:10: calls `eval()`, which runs a text as a program
    versions/a1_x.py:11: uses `os.environ`, which reads the environment
    versions/a1_x.py:11: calls `uuid4()`, whose result differs each time
    versions/a1_x.py:11: calls `now()`, whose result differs each time
    versions/a1_x.py:11: calls `choice()`, whose result differs each time
    versions/a1_x.py:10: raises `NameError`: name 'app' is not defined
    versions/a1_x.py:11: uses the type `app.types.GUID`, which is not known here; a line in `[alembic.types]` says what it is
    versions/a1_x.py:10: calls `op.no_such_operation()`, which is not known
    versions/a1_x.py:10: runs `ROLLBACK`, which interferes with the transaction that limbeck keeps
    versions/a1_x.py:10: runs CREATE INDEX CONCURRENTLY inside a transaction; `with op.get_context().autocommit_block():` is for that
    versions/a1_x.py:11: does not end within 2000000 steps
    ");
}

#[test]
fn what_an_import_inside_of_a_function_brings_is_known() {
    let case = upgrade(&[
        "from sqlalchemy.dialects import postgresql as pg",
        "op.create_table('a', sa.Column('b', pg.JSONB()))",
    ]);
    case.project.ok("upgrade head");
    assert!(case.database().has("a"));
}
