//! Several folders and limbeck's own revisions in one graph.

use insta::assert_snapshot;

use super::tables;
use crate::support::limbeck::Project;
use crate::support::{Database, database, project};

/// A backend in Go, a service with Drizzle and further SQL files that build on its tables, and a
/// revision of limbeck's that joins what the first two have.
fn project_of_three(database: &Database) -> Project {
    project()
        .database(database)
        .file(
            "limbeck.toml",
            "[[source]]\npath = \"backend/migrations\"\nlabel = \"backend\"\n\n\
             [[source]]\npath = \"drizzle\"\n\n\
             [[source]]\npath = \"migrations\"\ndepends_on = [\"0001\"]\n",
        )
        .file("backend/migrations/001_users.up.sql", "CREATE TABLE users (id int);\n")
        .file("backend/migrations/001_users.down.sql", "DROP TABLE users;\n")
        .file("backend/migrations/002_names.up.sql", "ALTER TABLE users ADD name text;\n")
        .file("backend/migrations/002_names.down.sql", "ALTER TABLE users DROP name;\n")
        .file(
            "drizzle/meta/_journal.json",
            "{\"entries\":[{\"idx\":0,\"when\":1736935200000,\"tag\":\"0000_nuke\"},\
             {\"idx\":1,\"when\":1736935300000,\"tag\":\"0001_fisk\"}]}",
        )
        .file("drizzle/0000_nuke.sql", "CREATE TABLE contacts (id int);\n")
        .file("drizzle/0001_fisk.sql", "ALTER TABLE contacts ADD name text;\n")
        .file("migrations/001_lock.sql", "ALTER TABLE contacts ADD locked bool;\n")
        .file("migrations/create_queue.sql", "CREATE TABLE queue AS SELECT * FROM contacts;\n")
        .file(
            "versions/join.sql",
            "-- revision: join\n-- down_revision: 002\n-- depends_on: 0001\n-- message: join both\n\n\
             -- limbeck: upgrade\nCREATE VIEW everybody AS SELECT name FROM users UNION SELECT name \
             FROM contacts;\n\n-- limbeck: downgrade\nDROP VIEW everybody;\n",
        )
}

#[test]
fn they_stand_in_one_graph() {
    let database = database();
    let project = project_of_three(&database);
    assert_snapshot!(project.run("history"), @r"
    002 (0001) -> join (backend) (head), join both
    001 -> 002 (backend), names
    <base> -> 001 (backend), users
    <base> (0001) -> migrations_create_queue (head), create queue
    <base> (0001) -> migrations_001 (migrations) (head), lock
    0000 -> 0001 (drizzle) (effective head), fisk
    <base> -> 0000 (drizzle), nuke
    ");
    assert_snapshot!(project.run("heads"), @r"
    join (backend) (head)
    migrations_create_queue (head)
    migrations_001 (migrations) (head)
    0001 (drizzle) (effective head)
    ");
    assert_snapshot!(project.run("history --graph"), @r"
    ○  join (backend) (head) (depends on 0001), join both
    ○  002 (backend), names
    ○  001 (backend), users

    ○  migrations_create_queue (head) (depends on 0001), create queue

    ○  migrations_001 (migrations) (head) (depends on 0001), lock

    ○  0001 (drizzle) (effective head), fisk
    ○  0000 (drizzle), nuke
    ");
    assert_snapshot!(project.run("branches"), @"");
    assert_snapshot!(project.run("upgrade head"), @r#"
    ------- stderr -------
    error: `head` names one revision, but there are 4 heads
      join                     join both     backend
      migrations_create_queue  create queue
      migrations_001           lock          migrations
      0001                     fisk          drizzle
    hint: `limbeck upgrade heads` goes to all; `limbeck upgrade backend@head` to one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
}

#[test]
fn they_are_applied_in_an_order_that_fits() {
    let database = database();
    let project = project_of_three(&database);
    assert_snapshot!(project.run("plan upgrade heads"), @r"
    upgrade  -> 0000, nuke
    upgrade 0000 -> 0001, fisk
    upgrade  -> migrations_001, lock
    upgrade  -> migrations_create_queue, create queue
    upgrade  -> 001, users
    upgrade 001 -> 002, names
    upgrade 002 -> join, join both
    ------- stderr -------
    upgrade from <base> to join, migrations_001, migrations_create_queue: 7 steps
    ");
    assert_snapshot!(project.run("upgrade backend@head"), @r"
    ------- stderr -------
    upgrade  -> 0000, nuke  ([TIME])
    upgrade 0000 -> 0001, fisk
    upgrade  -> 001, users
    upgrade 001 -> 002, names
    upgrade 002 -> join, join both
    5 applied, 0 already applied, 7 total ([TIME])
    ");
    assert_snapshot!(project.run("upgrade heads --format json"), @r#"
    {"direction":"upgrade","from":["join"],"to":["join","migrations_001","migrations_create_queue"],"steps":[{"revision":"migrations_001","direction":"upgrade","duration_ms":[TIME]},{"revision":"migrations_create_queue","direction":"upgrade","duration_ms":[TIME]}],"applied_before":5,"applied_after":7,"total":7,"repeated":[],"verified":[],"duration_ms":[TIME]}
    "#);
    assert_eq!(tables(&database), ["contacts", "queue", "users"]);
    assert_snapshot!(project.run("current"), @r"
    join (head)
    migrations_001 (head)
    migrations_create_queue (head)
    0001 (effective head) (by dependency)
    ");
    assert_snapshot!(project.run("downgrade backend@base"), @r"
    ------- stderr -------
    downgrade join -> 002, join both  ([TIME])
    downgrade 002 -> 001, names
    downgrade 001 -> , users
    3 steps done in [TIME]; 4 of 7 revisions applied
    ");
    assert_eq!(tables(&database), ["contacts", "queue"]);
}

#[test]
fn they_can_be_joined_by_a_merge() {
    let database = database();
    let project = project_of_three(&database);
    assert_snapshot!(project.run("merge heads -m 'one line from here' --rev-id m1"), @r"
    versions/m1_one_line_from_here.sql
    ------- stderr -------
    Generating versions/m1_one_line_from_here.sql ...  done
    ");
    project.ok("upgrade heads");
    assert_eq!(database.heads(), ["m1"]);
}

#[test]
fn several_runners_at_once_do_the_work_once() {
    let database = database();
    let project = project_of_three(&database);
    for output in project.run_at_once(4, "upgrade heads -q") {
        assert_eq!(output.code(), Some(0), "{output}");
    }
    assert_eq!(tables(&database), ["contacts", "queue", "users"]);
}
