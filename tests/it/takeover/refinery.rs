//! refinery: `V` and `U`, nested folders, and migrations in Rust that only refinery can run.

use insta::assert_snapshot;

use super::{legacy, tables};
use crate::support::database;

#[test]
fn files_run_and_rust_is_left_to_refinery() {
    let database = database();
    let project = legacy(
        &database,
        &[
            (
                "V1__initial.sql",
                "CREATE TABLE persons (id int, name varchar(255));\n",
            ),
            (
                "brands/V2__brands.sql",
                "CREATE TABLE brands (id int);\nCREATE TABLE cars (id int);\n",
            ),
            (
                "V3__fill.rs",
                "pub fn migration() -> String {\n    String::new()\n}\n",
            ),
            ("U4__late.sql", "ALTER TABLE cars ADD brand int;\n"),
            ("mod.rs", "refinery::embed_migrations!(\"migrations\");\n"),
        ],
    );
    assert_snapshot!(project.run("history"), @r"
    3 -> 4 (migrations) (head), late
    2 -> 3 (migrations), fill
    1 -> 2 (migrations), brands
    <base> -> 1 (migrations), initial
    ");
    assert_snapshot!(project.run("upgrade 2"), @r"
    ------- stderr -------
    upgrade  -> 1, initial  ([TIME])
    upgrade 1 -> 2, brands  ([TIME])
    2 applied, 0 already applied, 4 total ([TIME])
    ");
    assert_eq!(tables(&database), ["brands", "cars", "persons"]);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: revision `3` is written in Rust for refinery, which limbeck does not run
      migrations/V3__fill.rs:1
    hint: refinery runs it; `limbeck stamp` notes down what is applied by other means
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_translated","message":"revision `3` is written in Rust for refinery, which limbeck does not run","candidates":[],"hints":["refinery runs it; `limbeck stamp` notes down what is applied by other means"],"details":["migrations/V3__fill.rs:1"]}}
    [exit status: 1]
    "#);
    project.ok("stamp 3");
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `4` has no downgrade
      migrations/U4__late.sql
    hint: its tool has no way back: a new revision can undo what it did
    [exit status: 1]
    ");
}
