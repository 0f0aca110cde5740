//! diesel: a folder for each migration.

use insta::assert_snapshot;

use super::{legacy, tables};
use crate::support::database;

#[test]
fn a_way_down_that_cannot_be_gone_keeps_nobody_from_going_up() {
    let database = database();
    let project = legacy(
        &database,
        &[
            ("1_a/up.sql", "CREATE TABLE a (id int);\n"),
            (
                "1_a/down.sql",
                "DROP TABLE a;\nCREATE INDEX CONCURRENTLY i ON b (id);\n",
            ),
        ],
    );
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade  -> 1, a  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: migrations/1_a/down.sql:2: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which diesel runs it
    hint: write `run_in_transaction = false` into the metadata.toml beside it
    [exit status: 1]
    ");
    assert_snapshot!(project.run("downgrade -1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"invalid_revision_file","message":"migrations/1_a/down.sql:2: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which diesel runs it","candidates":[],"hints":["write `run_in_transaction = false` into the metadata.toml beside it"]}}
    [exit status: 1]
    "#);
    assert_eq!(tables(&database), ["a"]);
    assert_snapshot!(project.run("check"), @r"
    migrations/1_a/up.sql: missing_downgrade: revision `1` has no downgrade: migrations/1_a/down.sql:2: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which diesel runs it
    ------- stderr -------
    hint: mend what leads back; nobody is kept from going up
    hint: `check.ignore` in limbeck.toml names what is not to be reported
    1 finding in 1 revision
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
}

const FILES: [(&str, &str); 8] = [
    (
        "00000000000000_diesel_initial_setup/up.sql",
        "CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger AS $$\nBEGIN\n    \
         NEW.updated_at := current_timestamp;\n    RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql;\n",
    ),
    (
        "00000000000000_diesel_initial_setup/down.sql",
        "DROP FUNCTION IF EXISTS set_updated_at();\n",
    ),
    (
        "2025-01-01-000000_create_posts/up.sql",
        "CREATE TABLE posts (id int);\n",
    ),
    (
        "2025-01-01-000000_create_posts/down.sql",
        "DROP TABLE posts;\n",
    ),
    (
        "2025-01-02-000000_index/up.sql",
        "CREATE INDEX CONCURRENTLY posts_id ON posts (id);\n",
    ),
    (
        "2025-01-02-000000_index/down.sql",
        "DROP INDEX CONCURRENTLY posts_id;\n",
    ),
    (
        "2025-01-02-000000_index/metadata.toml",
        "run_in_transaction = false\n",
    ),
    ("README.md", "# About\n"),
];

#[test]
fn each_folder_goes_up_and_down() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("history"), @r"
    20250101000000 -> 20250102000000 (migrations) (head), index
    00000000000000 -> 20250101000000 (migrations), create posts
    <base> -> 00000000000000 (migrations), diesel initial setup
    ");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade  -> 00000000000000, diesel initial setup  ([TIME])
    upgrade 00000000000000 -> 20250101000000, create posts  ([TIME])
    upgrade 20250101000000 -> 20250102000000, index  ([TIME])
    3 applied, 0 already applied, 3 total ([TIME])
    ");
    assert!(database.has("posts_id"));
    assert_snapshot!(project.run("downgrade base --format json"), @r#"
    {"direction":"downgrade","from":["20250102000000"],"to":[],"steps":[{"revision":"20250102000000","direction":"downgrade","duration_ms":[TIME]},{"revision":"20250101000000","direction":"downgrade","duration_ms":[TIME]},{"revision":"00000000000000","direction":"downgrade","duration_ms":[TIME]}],"applied_before":3,"applied_after":0,"total":3,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), [""; 0]);
}
