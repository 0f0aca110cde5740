//! dbmate: both ways in one file.

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
                "20250101000000_users.sql",
                "-- migrate:up\ncreate table users (id int);\n\n-- migrate:down\ndrop table users;\n",
            ),
            (
                "20250102000000_index.sql",
                "-- migrate:up transaction:false\ncreate index concurrently users_id on users (id);\n\n\
                 -- migrate:down transaction:false\ndrop index concurrently users_id;\n",
            ),
            (
                "20250103000000_several.sql",
                "-- migrate:up\ncreate table groups (id int);\n-- migrate:down\nselect 1;\n\
                 -- migrate:up transaction:false\ncreate index concurrently groups_id on groups (id);\n\
                 -- migrate:down\ndrop table groups;\n",
            ),
        ],
    );
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade  -> 20250101000000, users  ([TIME])
    upgrade 20250101000000 -> 20250102000000, index  ([TIME])
    upgrade 20250102000000 -> 20250103000000, several  ([TIME])
    3 applied, 0 already applied, 3 total ([TIME])
    ");
    assert!(database.has("users_id") && database.has("groups_id"));
    assert_snapshot!(project.run("downgrade base"), @r"
    ------- stderr -------
    downgrade 20250103000000 -> 20250102000000, several  ([TIME])
    downgrade 20250102000000 -> 20250101000000, index  ([TIME])
    downgrade 20250101000000 -> , users  ([TIME])
    3 steps done in [TIME]; 0 of 3 revisions applied
    ");
    assert_eq!(tables(&database), [""; 0]);
}

#[test]
fn a_file_without_marks_is_told_with_what_to_write() {
    let database = database();
    let project = legacy(
        &database,
        &[
            (
                "1_users.sql",
                "-- migrate:up\ncreate table users (id int);\n",
            ),
            ("2_groups.sql", "create table groups (id int);\n"),
        ],
    );
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    error: migrations/2_groups.sql:1: a statement stands before `-- migrate:up`
    hint: `-- migrate:up` stands above the statements, and `-- migrate:down` above those that lead back
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade 1 -q"), @"");
    assert_snapshot!(project.run("downgrade -1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"no_body","message":"revision `1` has no downgrade","candidates":[],"hints":["`-- migrate:down` begins that section, which may be empty"],"details":["migrations/1_users.sql"]}}
    [exit status: 1]
    "#);
}
