//! Numbered SQL files that an application runs when it starts.

use insta::assert_snapshot;

use super::{legacy, tables};
use crate::support::database;

/// Idempotent files, as such projects have them.
const FILES: [(&str, &str); 5] = [
    (
        "001_init_schema.sql",
        "CREATE TABLE IF NOT EXISTS tenants (id bigint PRIMARY KEY);\n\
         CREATE TABLE IF NOT EXISTS devices (id bigint PRIMARY KEY, tenant bigint);\n",
    ),
    (
        "002_tenant_names.sql",
        "\u{feff}ALTER TABLE tenants ADD COLUMN IF NOT EXISTS name VARCHAR(255);\r\n",
    ),
    (
        "010_report_status.sql",
        "ALTER TABLE report_queue ADD COLUMN IF NOT EXISTS status text;\n",
    ),
    (
        "003_report_queue.sql",
        "CREATE TABLE IF NOT EXISTS report_queue (id bigint);\n",
    ),
    (
        "create_indexes.sql",
        "CREATE INDEX IF NOT EXISTS devices_tenant ON devices (tenant);\n",
    ),
];

#[test]
fn everything_pending_is_applied_in_the_order_of_the_numbers() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> 001, init schema
    upgrade 001 -> 002, tenant names
    upgrade 002 -> 003, report queue
    upgrade 003 -> 010, report status
    upgrade  -> create_indexes, create indexes
    ------- stderr -------
    upgrade from <base> to 010, create_indexes: 5 steps
    ");
    assert_snapshot!(project.run("upgrade heads --format json"), @r#"
    {"direction":"upgrade","from":[],"to":["010","create_indexes"],"steps":[{"revision":"001","direction":"upgrade","duration_ms":[TIME]},{"revision":"002","direction":"upgrade","duration_ms":null},{"revision":"003","direction":"upgrade","duration_ms":null},{"revision":"010","direction":"upgrade","duration_ms":null},{"revision":"create_indexes","direction":"upgrade","duration_ms":null}],"applied_before":0,"applied_after":5,"total":5,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), ["devices", "report_queue", "tenants"]);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    0 applied, 5 already applied, 5 total ([TIME])
    ");
    assert_snapshot!(project.run("current"), @r"
    010 (head)
    create_indexes (head)
    ");
    assert_snapshot!(project.run("downgrade migrations@-1"), @r"
    ------- stderr -------
    error: revision `010` has no downgrade
      migrations/010_report_status.sql
    hint: a file with its number that ends in `.down.sql` leads back; it may be empty
    [exit status: 1]
    ");
}

#[test]
fn a_failure_leaves_nothing_half_done_to_clean_up_by_hand() {
    let database = database();
    let mut project = legacy(&database, &FILES[..2]);
    project.write(
        "migrations/003_wrong.sql",
        "CREATE TABLE x (id int);\nALTER TABLE nothing ADD y int;\n",
    );
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    upgrade  -> 001, init schema  ([TIME])
    upgrade 001 -> 002, tenant names
    error: step 3 of 3 failed and was rolled back: upgrade 003, wrong
      migrations/003_wrong.sql:2
      2 | ALTER TABLE nothing ADD y int
        |             ^^^^^^^ 42P01 relation "nothing" does not exist
      done before it: 2 steps; the database stands at 002
    [exit status: 3]
    "#);
    assert_eq!(tables(&database), ["devices", "tenants"]);
    project.write("migrations/003_wrong.sql", "CREATE TABLE x (id int);\n");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade 002 -> 003, wrong  ([TIME])
    1 applied, 2 already applied, 3 total ([TIME])
    ");
}

#[test]
fn a_file_that_is_added_without_a_number_is_pending_wherever_its_name_stands() {
    let database = database();
    let mut project = legacy(&database, &FILES);
    project.ok("upgrade heads");
    project.write("migrations/an_early_name.sql", "SELECT 1;\n");
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> an_early_name, an early name
    ------- stderr -------
    upgrade from 010, create_indexes to 010, an_early_name, create_indexes: 1 step
    ");
}
