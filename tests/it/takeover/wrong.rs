//! What is wrong with a folder or with what `limbeck.toml` says of it: told before anything runs.

use insta::assert_snapshot;

use super::{legacy, legacy_with};
use crate::support::{database, project};

#[test]
fn a_folder_that_two_tools_could_have_asks_for_its_format() {
    let database = database();
    let files = [("V1__init.sql", "SELECT 1;\n")];
    let project = legacy(&database, &files);
    assert_snapshot!(project.run("upgrade heads"), @r#"
    ------- stderr -------
    error: migrations: the files could be those of refinery or flyway
    hint: write `format = "refinery"` or `format = "flyway"` in its [[source]]
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("upgrade heads --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"unrecognised_source","message":"migrations: the files could be those of refinery or flyway","candidates":[],"hints":["write `format = \"refinery\"` or `format = \"flyway\"` in its [[source]]"]}}
    [exit status: 1]
    "#);
    let project = legacy_with(&database, "format = \"flyway\"\n", &files);
    assert_snapshot!(project.run("upgrade heads -q"), @"");
}

#[test]
fn a_folder_of_nothing_known_says_so() {
    let database = database();
    let project = legacy(&database, &[("README.md", "# nothing\n")]);
    assert_snapshot!(project.run("history"), @r"
    ------- stderr -------
    warning: migrations: no format is recognised: there are no files of a tool that limbeck knows
    hint: `format` in its [[source]] is one of golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate
    ");
    assert_snapshot!(project.run("check --format json"), @r#"
    {"ok":false,"revisions":0,"findings":[{"code":"unrecognised_source","message":"no format is recognised: there are no files of a tool that limbeck knows","revision":null,"path":"migrations","line":null,"object":null,"related":[],"hints":["`format` in its [[source]] is one of golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate"]}],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}
    [exit status: 4]
    "#);
    let project = legacy_with(&database, "format = \"goose\"\n", &[("001_a.sql.bak", "")]);
    assert_snapshot!(project.run("check"), @r"
    ------- stderr -------
    nothing found in 0 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    ");
    let project = legacy_with(&database, "format = \"goose\"\n", &[("a.sql", "")]);
    assert_snapshot!(project.run("check"), @r"
    migrations: invalid_revision_file: there are SQL files, and none of them is one of goose
    ------- stderr -------
    hint: `format` in its [[source]] is one of golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate
    1 finding in 0 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
}

#[test]
fn files_that_do_not_add_up_are_named() {
    let database = database();
    let mut project = legacy(
        &database,
        &[
            ("000001_a.up.sql", "CREATE TABLE a (id int);\n"),
            ("000001_b.up.sql", "CREATE TABLE b (id int);\n"),
            ("000002_c.down.sql", "DROP TABLE c;\n"),
        ],
    );
    project.write("migrations/000003_d.up.sql", b"SELECT 1;\nSELECT '\xe9';\n");
    assert_snapshot!(project.run("check"), @r"
    migrations/000001_b.up.sql: invalid_revision_file: the number 000001 is already that of `000001_a.up.sql`
    migrations/000002_c.down.sql: invalid_revision_file: it leads down, and there is no file that leads up to it
    migrations/000003_d.up.sql:2: invalid_revision_file: the file is not UTF-8: byte 18 begins no character
    ------- stderr -------
    hint: the order of two files with one number is not known: number one of them anew
    hint: add the file that leads up, or delete this one
    hint: save the file as UTF-8
    3 findings in 2 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/000003_d.up.sql:2: the file is not UTF-8: byte 18 begins no character
      and 2 more faults
    hint: save the file as UTF-8
    hint: `limbeck check` shows all of them
    [exit status: 1]
    ");
    assert_eq!(database.tables(), [""; 0]);
}

#[test]
fn what_the_settings_say_has_to_make_sense() {
    let configured = |text: &str| {
        let files = project().file("limbeck.toml", text).file("a/001_a.sql", "");
        files.run("history").to_string()
    };
    assert_snapshot!(configured("[[source]]\nformat = \"goose\"\n"), @r#"
    ------- stderr -------
    error: limbeck.toml:1: a [[source]] has no `path`
    hint: `path = "backend/migrations"`, for example
    [exit status: 1]
    "#);
    assert_snapshot!(configured("[[source]]\npath = \"a\"\nformat = \"gose\"\n"), @r"
    ------- stderr -------
    error: limbeck.toml:3: `source.format`: there is no format `gose`
    hint: did you mean `goose`?
    [exit status: 1]
    ");
    assert_snapshot!(configured("[[source]]\npath = \"a\"\nformat = \"liquibase\"\n"), @r"
    ------- stderr -------
    error: limbeck.toml:3: `source.format`: there is no format `liquibase`
    hint: the formats are auto, golang-migrate, drizzle, numbered, rollbacks, refinery, sqlx, diesel, dbmate, goose, flyway, node-pg-migrate
    [exit status: 1]
    ");
    assert_snapshot!(configured("[[source]]\npath = \"a\"\nlabel = \"x:y\"\n"), @r"
    ------- stderr -------
    error: limbeck.toml:3: `source.label`: character ':' is not allowed in the name `x:y`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
    assert_snapshot!(configured("[[source]]\npath = \"a\"\n\n[[source]]\npath = \"b/a\"\n"), @r#"
    ------- stderr -------
    error: limbeck.toml:4: another [[source]] has the label `a` already
    hint: `label = "…"` in one of them gives it another
    [exit status: 1]
    "#);
    assert_snapshot!(configured("version_locations = [\"a\"]\n\n[[source]]\npath = \"a\"\n"), @r#"
    ------- stderr -------
    error: limbeck.toml:3: `a` is among the `version_locations`, and cannot be a [[source]] as well
    hint: new revisions go to a folder of their own: `version_locations = ["versions"]`
    [exit status: 1]
    "#);
    assert_snapshot!(configured("[[source]]\npath = \"nowhere\"\n"), @r"
    ------- stderr -------
    warning: nowhere: there is no such folder to take over
    hint: the `path` of a [[source]] is relative to limbeck.toml, and `rollbacks` to that
    ");
    assert_snapshot!(configured("[[source]]\npath = \"a\"\nrollback = \"b\"\n"), @r"
    ------- stderr -------
    error: limbeck.toml:3: there is no key `source.rollback`
    hint: did you mean `source.rollbacks`?
    [exit status: 1]
    ");
    assert_snapshot!(configured("[source]\npath = \"a\"\n"), @r"
    ------- stderr -------
    error: limbeck.toml:1: `source` takes tables, each written `[[source]]` and with a `path`
    [exit status: 1]
    ");
    assert_snapshot!(configured("[[source]]\npath = \"a\"\ndepends_on = [\"x\"]\n"), @r"
    ------- stderr -------
    warning: a/001_a.sql: revision `001` depends on `x`, which does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    ");
    assert_snapshot!(configured("[[source]]\npath = \"a\"\nformat = \"rollbacks\"\nrollbacks = \"x\"\n"), @r"
    ------- stderr -------
    warning: a/x: there is no such folder to take over
    hint: the `path` of a [[source]] is relative to limbeck.toml, and `rollbacks` to that
    ");
}

#[test]
fn a_source_can_be_given_by_a_variable() {
    let variable = "[{ path = \"a\", label = \"old\" }]";
    let project = project()
        .env("LIMBECK_SOURCE", variable)
        .file("a/001_a.sql", "");
    assert_snapshot!(project.run("history"), @"<base> -> 001 (old) (head), a");
    let project = project.env("LIMBECK_SOURCE", "a");
    assert_snapshot!(project.run("history"), @r"
    ------- stderr -------
    error: the variable `LIMBECK_SOURCE` takes tables, each written `[[source]]` and with a `path`
    [exit status: 1]
    ");
}

#[test]
fn a_table_that_cannot_be_kept_in_step_is_told_to_programs() {
    let database = database();
    let missing = legacy_with(
        &database,
        "format = \"numbered\"\nmirror = true\n",
        &[("001_a.sql", "SELECT 1;\n")],
    );
    assert_snapshot!(missing.run("upgrade heads --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"no_tracking_table","message":"there is no table `schema_migrations` to keep in step, and a program of your own makes it","candidates":[],"hints":["let the program make it, name it with `table = \"…\"` in the [[source]] of `migrations`, or delete `mirror` there"]}}
    [exit status: 1]
    "#);
    let source = |path: &str| format!("[[source]]\npath = \"{path}\"\nmirror = true\n");
    let shared = project()
        .database(&database)
        .file("limbeck.toml", source("one") + &source("two"))
        .file("one/000001_a.up.sql", "SELECT 1;\n")
        .file("two/000001_b.up.sql", "SELECT 1;\n");
    assert_snapshot!(shared.run("upgrade heads --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"shared_tracking_table","message":"`public.schema_migrations` cannot be kept in step with two folders, `one` and `two`","candidates":[],"hints":["give each folder a `table` of its own, or delete `mirror` in one [[source]]"]}}
    [exit status: 1]
    "#);
}
