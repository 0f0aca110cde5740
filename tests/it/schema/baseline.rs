//! A baseline makes of an empty database what the original is: as limbeck reads it, and as `pg_dump`
//! writes it.

use insta::assert_snapshot;

use super::{EVERYTHING, ORDER, dump, load, major};
use crate::support::limbeck::Project;
use crate::support::{Database, database, project};

/// Writes a baseline of a schema, takes an empty database up with it, compares, and goes down again.
/// Returns the project, the original and the copy, which is empty again.
fn round_trip(text: &str, options: &str) -> (Project, Database, Database) {
    let original = database();
    load(&original, text);
    let copy = original.server().database_from("template0");
    let project = project()
        .database(&original)
        .file("limbeck.toml", "")
        .file("versions/.keep", "");
    project.ok(&format!("introspect --rev-id base1 {options}"));
    project.ok(&format!("introspect --rev-id base1 {options} -o again.sql"));
    let written = project.read("versions/base1_baseline.sql");
    assert_eq!(written, project.read("again.sql"), "two runs differ");

    let empty = project
        .ok(&format!("fingerprint --url {}", copy.url()))
        .stdout;
    project.ok(&format!("upgrade head --url {}", copy.url()));
    project.ok(&format!("diff --against {}", copy.url()));
    project.ok(&format!(
        "introspect --rev-id base1 {options} -o copy.sql --url {}",
        copy.url()
    ));
    assert_eq!(
        written,
        project.read("copy.sql"),
        "the copy is written otherwise"
    );

    let dumps = (dump(&original), dump(&copy));
    project.ok(&format!("downgrade base --url {}", copy.url()));
    let after = project
        .ok(&format!("fingerprint --url {}", copy.url()))
        .stdout;
    assert_eq!(empty, after, "the way down leaves something behind");
    if text != ORDER
        && let (Some(original), Some(copy)) = dumps
    {
        assert_same(&original, &copy);
    }
    (project, original, copy)
}

/// Stops with the lines that differ.
#[track_caller]
fn assert_same(original: &str, copy: &str) {
    let lines = original.lines().zip(copy.lines());
    let first = lines.take_while(|(a, b)| a == b).count();
    let shown = |text: &str| {
        text.lines()
            .skip(first)
            .take(9)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        original == copy,
        "pg_dump sees a difference in line {first}\n{}\n--- copy ---\n{}",
        shown(original),
        shown(copy)
    );
}

#[test]
fn one_of_each_kind_comes_back_as_it_was() {
    let (project, original, _copy) = round_trip(EVERYTHING, "");
    let answer = project.ok("introspect -o - --format json").json();
    assert_eq!(answer["left_out"].as_array().map(Vec::len), Some(0));
    // Every kind that is written is in the fixture.
    let mut kinds: Vec<_> = answer["objects"].as_object().unwrap().keys().collect();
    kinds.sort();
    assert_snapshot!(kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join("\n"), @"");
    assert!(major(&original) >= 12);
}

#[test]
fn a_table_keeps_the_order_of_its_columns() {
    let (_, original, copy) = round_trip(ORDER, "");
    drop((original, copy));
}

#[test]
fn what_grew_by_hand_comes_back_too() {
    // Names that PostgreSQL makes, in the order of a program that grew.
    let (project, ..) = round_trip(
        "CREATE TABLE b (id serial PRIMARY KEY, name text UNIQUE, UNIQUE (id));
         CREATE TABLE a (id bigserial PRIMARY KEY, b_id integer REFERENCES b, UNIQUE (id), UNIQUE (b_id, id));
         ALTER TABLE b ADD COLUMN a_id bigint REFERENCES a DEFERRABLE;
         CREATE VIEW v AS SELECT 1::bigint AS id;
         CREATE OR REPLACE VIEW v AS SELECT id FROM a WHERE id NOT IN (SELECT id FROM v);
         COMMENT ON TABLE a IS E'with\r\ntwo lines';
         CREATE FUNCTION f() RETURNS text LANGUAGE sql AS E'SELECT ''x''\r\n';
         CREATE EXTENSION hstore;
         REVOKE ALL ON FUNCTION akeys(hstore) FROM PUBLIC;
         GRANT USAGE ON TYPE hstore TO ROLE_A;
         GRANT SELECT ON pg_catalog.pg_class TO ROLE_A;",
        "",
    );
    assert_snapshot!(project.read("versions/base1_baseline.sql").replace(&"x".repeat(80), ""), @"");
}
