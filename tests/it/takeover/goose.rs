//! goose: annotations in comments, and migrations in Go that only goose can run.

use insta::assert_snapshot;

use super::{legacy, legacy_with, tables};
use crate::support::database;

#[test]
fn annotations_are_followed_up_and_down() {
    let database = database();
    let project = legacy(
        &database,
        &[
            (
                "00001_users.sql",
                "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE users (id int);\n\
                 CREATE FUNCTION one() RETURNS int AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$ LANGUAGE plpgsql;\n\
                 -- +goose StatementEnd\n\n-- +goose Down\nDROP FUNCTION one();\nDROP TABLE users;\n",
            ),
            (
                "00002_index.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\n\
                 CREATE INDEX CONCURRENTLY users_id ON users (id);\n\
                 -- +goose Down\nDROP INDEX CONCURRENTLY users_id;\n",
            ),
            ("00003_fill.go", "package migrations\n"),
            (
                "00004_groups.sql",
                "-- +goose Up\nCREATE TABLE groups (id int);\n",
            ),
        ],
    );
    assert_snapshot!(project.run("upgrade 00002"), @r"
    ------- stderr -------
    upgrade  -> 00001, users  ([TIME])
    upgrade 00001 -> 00002, index  ([TIME])
    2 applied, 0 already applied, 4 total ([TIME])
    ");
    assert!(database.has("users_id"));
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: revision `00003` is written in Go, which limbeck does not run
      migrations/00003_fill.go:1
    hint: goose runs it; `limbeck stamp` notes down what is applied by other means
    [exit status: 1]
    ");
    project.ok("stamp 00003");
    project.ok("upgrade head");
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `00004` has no downgrade
      migrations/00004_groups.sql
    hint: `-- +goose Down` begins that section, which may be empty
    [exit status: 1]
    ");
    project.ok("stamp 00002");
    assert_snapshot!(project.run("downgrade base --format json"), @r#"
    {"direction":"downgrade","from":["00002"],"to":[],"steps":[{"revision":"00002","direction":"downgrade","duration_ms":[TIME]},{"revision":"00001","direction":"downgrade","duration_ms":[TIME]}],"applied_before":2,"applied_after":0,"total":4,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), ["groups"]);
}

#[test]
fn a_migration_in_go_is_not_handed_to_another_tool() {
    let database = database();
    let project = legacy_with(
        &database,
        "\n[alembic]\nbridge = \"false\"\n",
        &[(
            "00001_fill.go",
            "package migrations // goose.AddMigration\n",
        )],
    );
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: revision `00001` is written in Go, which limbeck does not run
      migrations/00001_fill.go:1
    hint: goose runs it; `limbeck stamp` notes down what is applied by other means
    [exit status: 1]
    ");
}
