//! sqlx: simple and reversible migrations.

use insta::assert_snapshot;

use super::{legacy_with, tables};
use crate::support::database;

#[test]
fn reversible_migrations_go_up_and_down() {
    let database = database();
    let project = legacy_with(
        &database,
        "format = \"sqlx\"\n",
        &[
            (
                "20250101000000_users.up.sql",
                "CREATE TABLE users (id int);\nSELECT 1;\n",
            ),
            ("20250101000000_users.down.sql", "DROP TABLE users;\n"),
            (
                "20250102000000_index.up.sql",
                "-- no-transaction\nCREATE INDEX CONCURRENTLY users_id ON users (id);\n",
            ),
            (
                "20250102000000_index.down.sql",
                "-- no-transaction\nDROP INDEX CONCURRENTLY users_id;\n",
            ),
        ],
    );
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade  -> 20250101000000, users  ([TIME])
    upgrade 20250101000000 -> 20250102000000, index  ([TIME])
    2 applied, 0 already applied, 2 total ([TIME])
    ");
    assert!(database.has("users_id"));
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    downgrade 20250102000000 -> 20250101000000, index  ([TIME])
    downgrade 20250101000000 -> , users  ([TIME])
    2 steps done in [TIME]; 0 of 2 revisions applied
    ");
    assert_eq!(tables(&database), [""; 0]);
}

#[test]
fn simple_migrations_only_go_up() {
    let database = database();
    let project = legacy_with(
        &database,
        "format = \"sqlx\"\n",
        &[
            ("0001_users.sql", "CREATE TABLE users (id int);\n"),
            (
                "0002_index.sql",
                "CREATE INDEX CONCURRENTLY users_id ON users (id);\n",
            ),
        ],
    );
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"invalid_revision_file","message":"migrations/0002_index.sql:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which sqlx runs it","candidates":[],"hints":["write `-- no-transaction` on the first line of the file"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: migrations/0002_index.sql:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which sqlx runs it
    hint: write `-- no-transaction` on the first line of the file
    [exit status: 1]
    ");
    project.ok("upgrade 0001");
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    error: revision `0001` has no downgrade
      migrations/0001_users.sql
    hint: a file with its number that ends in `.down.sql` leads back, beside one that ends in `.up.sql`
    [exit status: 1]
    ");
}
