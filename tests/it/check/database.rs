//! What a database has of the files, which is asked only where it is asked for.

use insta::assert_snapshot;

use super::found;
use crate::support::limbeck::revision;
use crate::support::{Database, Project, database, project};

fn applied(database: &Database) -> Project {
    let project = project()
        .database(database)
        .file("limbeck.toml", "")
        .line_of_revisions(3);
    project.ok("upgrade r0002");
    project
}

#[test]
fn a_database_is_asked_only_when_it_is_asked_for() {
    let project = project()
        .file("limbeck.toml", "url = 'postgresql://127.0.0.1:1/x'")
        .line_of_revisions(1)
        .env("DATABASE_URL", "postgresql://u@127.0.0.1:1/y");
    assert_eq!(found(&project, ""), [""; 0]);
    assert_snapshot!(project.run("check --database"), @"
    ------- stderr -------
    error: nothing listens on 127.0.0.1:1 (database `y`, user `u`)
    hint: `pg_isready -h 127.0.0.1 -p 1` asks again
    [exit status: 1]
    ");
    let told = project.run("check --url postgresql://127.0.0.1:1/z --format json");
    assert_eq!(told.json_error()["error"]["code"], "connection");
    assert_eq!((told.stdout.as_str(), told.code()), ("", Some(1)));
}

#[test]
fn where_a_database_stands_is_no_finding() {
    let database = database();
    let project = applied(&database);
    assert_snapshot!(project.run("check --database"), @"
    ------- stderr -------
    nothing found in 3 revisions
    not checked: a merge (`--git-base REF`)
    ");
    let elsewhere = crate::support::database();
    let url = elsewhere.url();
    assert_eq!(found(&project, &format!("--url '{url}'")), [""; 0]);
    let tables = elsewhere.rows("SELECT relname FROM pg_class WHERE relname LIKE 'alembic%'");
    assert_eq!(tables, [""; 0], "a check writes nothing");
}

#[test]
fn what_does_not_fit_is_found() {
    let database = database();
    let mut project = applied(&database);
    project.write("versions/r0001.sql", revision("r0001", "", "depends_on: "));
    std::fs::remove_file(project.path("versions/r0003.sql")).unwrap();
    std::fs::remove_file(project.path("versions/r0002.sql")).unwrap();
    assert_snapshot!(project.run("check --database"), @"
    applied_without_file: revision `r0002` is applied, and its file is gone
    versions/r0001.sql:1: changed_since_applied: revision `r0001` has changed since it was applied, [DATE]
    ------- stderr -------
    hint: this checkout may be older than the database, or the file was deleted
    hint: `limbeck downgrade r0002@-1` takes it back with what the ledger kept of it
    hint: undo the edit; what is to be changed goes into a new revision
    2 findings in 1 revision
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
    database.execute("INSERT INTO alembic_version VALUES ('elsewhere')");
    assert_snapshot!(project.run("check --database --format json"), @r#"
    {"ok":false,"revisions":1,"findings":[{"code":"applied_without_file","message":"revision `r0002` is applied, and its file is gone","revision":"r0002","path":null,"line":null,"object":null,"related":[],"hints":["this checkout may be older than the database, or the file was deleted","`limbeck downgrade r0002@-1` takes it back with what the ledger kept of it"]},{"code":"unknown_in_database","message":"the database stands at `elsewhere`, of which neither a file nor the ledger knows","revision":"elsewhere","path":null,"line":null,"object":null,"related":[],"hints":["this checkout may be older than the database: update it","`limbeck status` shows what is known"]},{"code":"changed_since_applied","message":"revision `r0001` has changed since it was applied, [DATE]","revision":"r0001","path":"versions/r0001.sql","line":1,"object":null,"related":[],"hints":["undo the edit; what is to be changed goes into a new revision"]}],"not_checked":[{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}
    [exit status: 4]
    "#);
    project.write(
        "limbeck.toml",
        "check.ignore = ['applied_without_file:r0002', 'changed_since_applied', \
         'unknown_in_database:elsewhere']",
    );
    assert_eq!(found(&project, "--database"), [""; 0]);
}

#[test]
fn a_row_whose_file_is_at_fault_is_no_riddle() {
    let database = database();
    let mut project = applied(&database);
    database.execute("DROP TABLE limbeck_ledger, limbeck_journal");
    project.write("versions/r0002.sql", revision("r0002", "gone", ""));
    assert_eq!(
        found(&project, "--database"),
        ["versions/r0002.sql:2 missing_parent r0002"]
    );
}
