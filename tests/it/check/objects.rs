//! Which objects the revisions of both sides touch, in every format.

use insta::assert_snapshot;

use super::git::{git, on_branch};
use super::sql;
use crate::support::project;

#[test]
fn every_format_is_read() {
    let mut project = project()
        .file("limbeck.toml", "")
        .revisions(&[("a1", "", "")]);
    git(&project, "init -q -b main");
    on_branch(&mut project, "main", &[]);
    let rust = "//! x\nuse limbeck::prelude::*;\n\npub const REVISION: Revision = \
        Revision::new(\"t1\").down_revision(\"a1\");\n\npub fn upgrade(op: &mut Op) -> Result<()> {\n\
        \x20   op.add_column(\"users\", column(\"x\", \"text\"))?;\n\
        \x20   op.create_index(index(\"ix\", (\"app\", \"orders\")).on(\"x\"))?;\n\
        \x20   op.execute(format!(\"DROP TABLE {}\", \"x\"))\n}\n\n\
        pub fn downgrade(op: &mut Op) -> Result<()> {\n    op.drop_table(\"no\")\n}\n";
    let python = "from alembic import op\nimport sqlalchemy as sa\n\nrevision = 't2'\n\
        down_revision = 't1'\n\ndef upgrade():\n    op.alter_column('carts', 'a', nullable=False)\n\
        \x20   op.execute(\"UPDATE accounts SET a = 1\")\n\ndef downgrade():\n    pass\n";
    on_branch(
        &mut project,
        "topic",
        &[
            ("versions/t1.rs", rust.to_owned()),
            ("versions/t2.py", python.to_owned()),
        ],
    );
    let up = "ALTER TABLE users ADD y int;\nDO $$\nBEGIN\n  DELETE FROM app.orders;\nEND $$;\n\
        CREATE VIEW no AS SELECT * FROM t_a1;\nDROP TABLE carts, accounts;";
    on_branch(
        &mut project,
        "main",
        &[("versions/m1.sql", sql("m1", "a1", up))],
    );
    git(&project, "checkout -q topic");
    assert_snapshot!(project.run("check --git-base main"), @r#"
    versions/t1.rs:7: shared_object: table `users` is touched here by `t1`, and in `main` by `m1` (versions/m1.sql:6)
    versions/t1.rs:8: shared_object: table `app.orders` is touched here by `t1`, and in `main` by `m1` (versions/m1.sql:9)
    versions/t2.py:4: multiple_heads: a merge into `main` would make 2 heads: `t2` and `m1`
    versions/t2.py:8: shared_object: table `carts` is touched here by `t2`, and in `main` by `m1` (versions/m1.sql:12)
    versions/t2.py:9: shared_object: table `accounts` is touched here by `t2`, and in `main` by `m1` (versions/m1.sql:12)
    ------- stderr -------
    hint: read both: nothing says which of them runs first, unless one stands on the other
    hint: take `main` in, then `limbeck rebase t1 --onto m1` puts this side on top
    hint: or `limbeck merge t2 m1 -m "…"` joins them
    5 findings in 3 revisions
    not checked: a database (`--database`)
    not checked: all that revision `t1` touches: versions/t1.rs:9 makes its SQL when it runs
    [exit status: 4]
    "#);
}

#[test]
fn revisions_in_an_order_do_not_meet() {
    let mut project = project()
        .file("limbeck.toml", "")
        .revisions(&[("a1", "", "")]);
    git(&project, "init -q -b main");
    on_branch(&mut project, "main", &[]);
    git(&project, "checkout -q -b topic");
    on_branch(
        &mut project,
        "main",
        &[
            (
                "versions/m1.sql",
                sql("m1", "a1", "ALTER TABLE t ADD a int;"),
            ),
            (
                "versions/m2.sql",
                sql("m2", "m1", "ALTER TABLE t ADD b int;"),
            ),
        ],
    );
    // One that is to follow the other side's first, though that is not here yet.
    let text = sql("t1", "a1", "ALTER TABLE t ADD c int;");
    let text = text.replacen("-- message", "-- depends_on: m1\n-- message", 1);
    on_branch(&mut project, "topic", &[("versions/t1.sql", text)]);
    assert_snapshot!(project.run("check -q --git-base main"), @"
    versions/t1.sql:1: multiple_heads: a merge into `main` would make 2 heads: `t1` and `m2`
    versions/t1.sql:3: missing_dependency: revision `t1` depends on `m1`, which does not exist
    versions/t1.sql:7: shared_object: table `t` is touched here by `t1`, and in `main` by `m2` (versions/m2.sql:6)
    [exit status: 4]
    ");
}
