//! Numbered SQL files with a folder of rollbacks, as npm runners have them.

use insta::assert_snapshot;

use super::{legacy, tables};
use crate::support::{database, project};

const FILES: [(&str, &str); 6] = [
    (
        "000_create_migrations_table.sql",
        "-- Migration: 000_create_migrations_table.sql\n\
         CREATE TABLE IF NOT EXISTS migrations (id SERIAL PRIMARY KEY, name VARCHAR(255));\n",
    ),
    (
        "001_create_users_table.sql",
        "CREATE TABLE users (id SERIAL PRIMARY KEY);\n",
    ),
    (
        "002_create_groups_table.sql",
        "CREATE TABLE groups (id SERIAL PRIMARY KEY, owner int REFERENCES users);\n",
    ),
    (
        "rollbacks/001_rollback_users_table.sql",
        "DROP TABLE IF EXISTS users CASCADE;\n",
    ),
    (
        "rollbacks/002_rollback_groups_table.sql",
        "DROP TABLE IF EXISTS groups CASCADE;\n",
    ),
    ("rollbacks/README.md", "# Rollbacks\n"),
];

#[test]
fn the_last_one_is_taken_back_or_some_or_all_down_to_one() {
    let database = database();
    let project = legacy(&database, &FILES);
    project.ok("upgrade head");
    assert_eq!(tables(&database), ["groups", "migrations", "users"]);
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    downgrade 002 -> 001, create groups table  ([TIME])
    1 step done in [TIME]; 2 of 3 revisions applied
    ");
    project.ok("upgrade head");
    assert_snapshot!(project.run("downgrade 000"), @r"
    ------- stderr -------
    downgrade 002 -> 001, create groups table  ([TIME])
    downgrade 001 -> 000, create users table  ([TIME])
    2 steps done in [TIME]; 1 of 3 revisions applied
    ");
    assert_eq!(tables(&database), ["migrations"]);
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `000` has no downgrade
      migrations/000_create_migrations_table.sql
    hint: a file with its number in the folder of rollbacks leads back; it may be empty
    [exit status: 1]
    ");
}

#[test]
fn postgrate_has_its_rollbacks_beside_the_folder() {
    let database = database();
    let project = project()
        .database(&database)
        .file("limbeck.toml", "[[source]]\npath = \"db/migrations\"\n")
        .file(
            "db/migrations/1700000000001-users.sql",
            "CREATE TABLE users (id int);\n",
        )
        .file(
            "db/migrations/1700000000002-groups.sql",
            "CREATE TABLE groups (id int);\n",
        )
        .file(
            "db/rollbacks/rb-1700000000001-users.sql",
            "DROP TABLE users;\n",
        )
        .file(
            "db/rollbacks/rb-1700000000002-groups.sql",
            "DROP TABLE nothing;\n",
        );
    assert_snapshot!(project.run("history -v"), @r"
    Rev: 1700000000002 (head)
    Parent: 1700000000001
    Branch names: migrations
    Path: db/migrations/1700000000002-groups.sql

        groups

        Create Date: [DATE]

    Rev: 1700000000001
    Parent: <base>
    Branch names: migrations
    Path: db/migrations/1700000000001-users.sql

        users

        Create Date: [DATE]
    ");
    project.ok("upgrade head");
    // The place is that of the file that leads back.
    assert_snapshot!(project.run("downgrade -1"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: downgrade 1700000000002, groups
      db/rollbacks/rb-1700000000002-groups.sql:1
      1 | DROP TABLE nothing
        |            ^^^^^^^ 42P01 table "nothing" does not exist
      done before it: nothing; the database stands at 1700000000002
    [exit status: 1]
    "#);
}
