//! Flyway: versions with parts, undo and repeatable migrations.

use insta::assert_snapshot;

use super::{legacy, legacy_with, tables};
use crate::support::database;

const FILES: [(&str, &str); 6] = [
    (
        "V1__Create_person_table.sql",
        "CREATE TABLE person (id int, name text);\n",
    ),
    ("U1__Create_person_table.sql", "DROP TABLE person;\n"),
    (
        "V1.1__Add_people.sql",
        "INSERT INTO person VALUES (1, '${who}');\n",
    ),
    ("U1.1__Add_people.sql", "DELETE FROM person;\n"),
    (
        "V1.10__Index.sql",
        "CREATE INDEX CONCURRENTLY person_name ON person (name);\n",
    ),
    (
        "R__People_view.sql",
        "CREATE OR REPLACE VIEW people AS SELECT id FROM person;\n",
    ),
];

#[test]
fn versions_are_a_line_and_repeatable_migrations_stand_beside_it() {
    let database = database();
    let project = legacy_with(&database, "placeholders = { who = \"Axel\" }\n", &FILES);
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> 1, Create person table
    upgrade 1 -> 1.1, Add people
    upgrade 1.1 -> 1.10, Index
    upgrade  -> People_view, People view
    ------- stderr -------
    upgrade from <base> to 1.10, People_view: 4 steps
    ");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 1, Create person table  ([TIME])
    upgrade 1 -> 1.1, Add people  ([TIME])
    upgrade 1.1 -> 1.10, Index  ([TIME])
    upgrade  -> People_view, People view  ([TIME])
    4 applied, 0 already applied, 4 total ([TIME])
    ");
    assert_eq!(database.rows("SELECT name FROM person"), ["Axel"]);
    assert!(database.has("people") && database.has("person_name"));
    assert_snapshot!(project.run("downgrade migrations@-1"), @r"
    ------- stderr -------
    error: revision `1.10` has no downgrade
      migrations/V1.10__Index.sql
    hint: a file that begins with `U` and its version leads back
    [exit status: 1]
    ");
    project.ok("stamp 1.1 People_view");
    database.execute("DROP VIEW people");
    assert_snapshot!(project.run("downgrade migrations@base --format json"), @r#"
    {"direction":"downgrade","from":["1.1","People_view"],"to":["People_view"],"steps":[{"revision":"1.1","direction":"downgrade","duration_ms":[TIME]},{"revision":"1","direction":"downgrade","duration_ms":[TIME]}],"applied_before":3,"applied_after":1,"total":4,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), [""; 0]);
}

#[test]
fn a_placeholder_without_a_value_stops_before_anything_runs() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    error: migrations/V1.1__Add_people.sql:1: the placeholder `${who}` has no value
    hint: `placeholders = { who = "…" }` in its [[source]] gives it one; "${who}" leaves it as it is
    [exit status: 1]
    "#);
    assert_eq!(tables(&database), [""; 0]);
}
