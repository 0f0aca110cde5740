//! `[verify] tables`: what must be there once no revision is pending, and what is said where it is
//! not.

use insta::assert_snapshot;
use limbeck::catalog::Catalog;
use limbeck::database::conninfo::Environment;
use limbeck::database::{Database as Reached, Location, Settings};
use limbeck::execute::{Options, Report, Request, RunError, Silent, Unverified, run};
use limbeck::script::Direction;
use limbeck::source::{Folders, Location as Versions};
use limbeck::target::Target;

use crate::support::{Database, Project, database, project};

fn line(database: &Database, tables: &str) -> Project {
    project()
        .database(database)
        .file("limbeck.toml", format!("[verify]\ntables = [{tables}]\n"))
        .line_of_revisions(2)
}

#[test]
fn tables_that_are_there_are_counted() {
    let database = database();
    database.execute("CREATE SCHEMA audit; CREATE VIEW audit.\"Log\" AS SELECT 1");
    let project = line(&database, "'t_r0001', 'public.t_r0002', 'audit.\"Log\"'");
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    upgrade r0001 -> r0002, add t_r0002  ([TIME])
    3 tables verified
    2 applied, 0 already applied, 2 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    {"direction":"upgrade","from":["r0002"],"to":["r0002"],"steps":[],"applied_before":2,"applied_after":2,"total":2,"repeated":[],"verified":["t_r0001","public.t_r0002","audit.\"Log\""],"duration_ms":[TIME]}
    "#);
    let project = project.env("LIMBECK_VERIFY_TABLES", "t_r0001");
    assert_snapshot!(project.run("redo"), @"
    ------- stderr -------
    downgrade r0002 -> r0001, add t_r0002  ([TIME])
    upgrade r0001 -> r0002, add t_r0002  ([TIME])
    1 table verified
    2 steps done in [TIME]; 2 of 2 revisions applied
    ");
}

#[test]
fn a_table_that_is_missing_fails_the_run_and_takes_nothing_back() {
    let database = database();
    let project = line(&database, "'t_r0001', 'contacts', 'audit.log'");
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    upgrade r0001 -> r0002, add t_r0002  ([TIME])
    error: the tables `contacts`, `audit.log` are missing
      done before it: 2 steps; the database stands at r0002
    hint: `tables` of `[verify]` in limbeck.toml names the tables
    [exit status: 3]
    ");
    assert_eq!(database.heads(), ["r0002"]);
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    error: the tables `contacts`, `audit.log` are missing
      done before it: nothing; the database stands at r0002
    hint: `tables` of `[verify]` in limbeck.toml names the tables
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade head --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"verify_failed","message":"the tables `contacts`, `audit.log` are missing","candidates":[],"hints":["`tables` of `[verify]` in limbeck.toml names the tables"],"details":["done before it: nothing; the database stands at r0002"]}}
    [exit status: 1]
    "#);
    // An index of that name is no table.
    database.execute("CREATE TABLE other (id int); CREATE INDEX contacts ON other (id)");
    assert_eq!(project.run("upgrade head").code(), Some(1));
}

#[test]
fn while_revisions_are_pending_nothing_is_expected() {
    let database = database();
    let project = line(&database, "'t_r0002'");
    assert_snapshot!(project.run("upgrade +1"), @"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    1 applied, 0 already applied, 2 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert_snapshot!(project.run("downgrade -1"), @"
    ------- stderr -------
    downgrade r0002 -> r0001, add t_r0002  ([TIME])
    1 step done in [TIME]; 1 of 2 revisions applied
    ");
    assert_snapshot!(project.run("stamp head"), @"
    ------- stderr -------
    stamp r0001 -> r0002, add t_r0002
    1 step done in [TIME]; 2 of 2 revisions applied
    ");
}

#[test]
fn what_is_no_name_of_a_table_is_told() {
    let database = database();
    let project = line(&database, "'a.b.c.d'");
    assert_snapshot!(project.run("upgrade head"), @r"
    ------- stderr -------
    upgrade  -> r0001, add t_r0001  ([TIME])
    upgrade r0001 -> r0002, add t_r0002  ([TIME])
    error: `a.b.c.d` is no name of a table: 42601 improper relation name (too many dotted names): a.b.c.d
      done before it: 2 steps; the database stands at r0002
    hint: `tables` of `[verify]` in limbeck.toml names the tables
    [exit status: 3]
    ");
    let project = line(&database, "1");
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    error: limbeck.toml:2: `verify.tables` takes a list of strings
    [exit status: 1]
    ");
}

/// Upgrades as an application does when it starts.
fn at_start(database: &Database, tables: &[&str]) -> Result<Report, RunError> {
    let location = Location::parse(&database.url(), &Environment::default()).unwrap();
    let mut database = Reached::connect(Settings::new(location)).unwrap();
    let versions = Versions::new("examples/at_start/versions");
    let catalog = Catalog::load(&[&Folders::new(vec![versions], &[])]).unwrap();
    let request = Request::new(Direction::Upgrade, vec![Target::parse("heads").unwrap()]);
    let options = Options {
        verify_tables: tables.iter().map(ToString::to_string).collect(),
        ..Options::default()
    };
    run(&mut database, &catalog, &request, &options, &mut Silent)
}

#[test]
fn a_program_that_upgrades_when_it_starts_gets_the_same_report() {
    let database = database();
    let report = at_start(&database, &["account"]).unwrap();
    let summary = report.summary().to_string();
    assert!(
        summary.starts_with("2 applied, 0 already applied, 2 total ("),
        "{summary}"
    );
    assert_eq!(report.verified, ["account"]);
    let report = at_start(&database, &[]).unwrap();
    let summary = report.summary().to_string();
    assert!(
        summary.starts_with("0 applied, 2 already applied, 2 total ("),
        "{summary}"
    );
    match at_start(&database, &["account", "order"]) {
        Err(RunError::Unverified {
            problem: Unverified::Missing(tables),
            report,
        }) => assert_eq!((tables, report.total), (vec!["order".to_owned()], 2)),
        other => panic!("{other:?}"),
    }
}
