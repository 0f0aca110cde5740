//! node-pg-migrate: SQL migrations, and those in JavaScript that only it can run.

use insta::assert_snapshot;

use super::{legacy, tables};
use crate::support::database;

#[test]
fn sections_go_up_and_down() {
    let database = database();
    let project = legacy(
        &database,
        &[
            (
                "1700000000001_users.sql",
                "-- Up Migration\nCREATE TABLE users (id int);\nCREATE TABLE groups (id int);\n\n\
                 -- Down Migration\nDROP TABLE groups;\nDROP TABLE users;\n",
            ),
            (
                "1700000000002_fill.js",
                "exports.up = (pgm) => { pgm.sql('SELECT 1'); };\n",
            ),
            (
                "1700000000003_more.sql",
                "-- Up Migration\nALTER TABLE users ADD x int;\n",
            ),
        ],
    );
    assert_snapshot!(project.run("history"), @r"
    1700000000002 -> 1700000000003 (migrations) (head), more
    1700000000001 -> 1700000000002 (migrations), fill
    <base> -> 1700000000001 (migrations), users
    ");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: revision `1700000000002` is written in JavaScript, which limbeck does not run
      migrations/1700000000002_fill.js:1
    hint: node-pg-migrate runs it; `limbeck stamp` notes down what is applied by other means
    [exit status: 1]
    ");
    project.ok("upgrade 1700000000001");
    project.ok("stamp 1700000000002");
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `1700000000003` has no downgrade
      migrations/1700000000003_more.sql
    hint: `-- Down Migration` begins that section, which may be empty
    [exit status: 1]
    ");
    project.ok("stamp 1700000000001");
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    downgrade 1700000000001 -> , users  ([TIME])
    1 step done in [TIME]; 0 of 3 revisions applied
    ");
    assert_eq!(tables(&database), [""; 0]);
}
