//! How often the program waits for the server: turns on the wire, counted and never timed.
//!
//! A turn costs whatever the line costs; their number is the same on every machine.

use crate::support::{Database, Project, Proxy, database, project};

/// A project of a hundred revisions in a line.
fn hundred() -> Project {
    project().line_of_revisions(100)
}

/// Runs the program over a line of its own, which is returned with what it saw.
fn counted(project: Project, database: &Database, line: &str) -> (Project, Proxy) {
    let proxy = database.proxy();
    let project = project.env("DATABASE_URL", database.url_through(&proxy));
    project.ok(line);
    (project, proxy)
}

fn queries(proxy: &Proxy) -> usize {
    proxy.story().matches(": Q ").count()
}

#[test]
fn with_nothing_to_do_an_upgrade_is_one_connection_and_one_query() {
    let database = database();
    let (project, _) = counted(hundred(), &database, "upgrade head");
    let (_, proxy) = counted(project, &database, "upgrade head");
    assert_eq!(proxy.turns_of_connections().len(), 1, "{}", proxy.story());
    assert_eq!(queries(&proxy), 1, "{}", proxy.story());
    // The others are the question for TLS and the startup.
    assert!(proxy.turns() <= 3, "{}", proxy.story());
}

#[test]
fn a_hundred_revisions_travel_together_on_an_empty_database() {
    let database = database();
    let (_, proxy) = counted(hundred(), &database, "upgrade head");
    assert_eq!(database.heads(), ["r0100"]);
    assert!(proxy.turns() <= 25, "{}", proxy.story());
}

#[test]
fn a_hundred_revisions_travel_together_beside_a_ledger() {
    let database = database();
    let (project, _) = counted(hundred(), &database, "upgrade head");
    let (project, down) = counted(project, &database, "downgrade base");
    assert_eq!(database.heads(), [""; 0]);
    assert!(down.turns() <= 25, "{}", down.story());
    let (_, up) = counted(project, &database, "upgrade head");
    assert_eq!(database.heads(), ["r0100"]);
    assert!(up.turns() <= 25, "{}", up.story());
}

#[test]
fn one_revision_more_is_at_most_one_turn_more() {
    let database = database();
    let (mut project, _) = counted(hundred(), &database, "upgrade +1");
    let mut turns = Vec::new();
    for steps in 1..=3 {
        let (same, proxy) = counted(project, &database, &format!("upgrade +{steps}"));
        project = same;
        turns.push(proxy.turns());
    }
    let sparing = turns.windows(2).all(|pair| pair[1] <= pair[0] + 1);
    assert!(sparing, "{turns:?}");
}

#[test]
fn another_tools_table_is_looked_at_once_and_written_on_the_way() {
    let turns = |mirror: bool| {
        let database = database();
        let source = format!("[[source]]\npath = \"m\"\nformat = \"dbmate\"\nmirror = {mirror}\n");
        let mut project = project().file("limbeck.toml", source);
        for number in 1..=100 {
            let file = format!("-- migrate:up\nCREATE TABLE t_{number:03} ();\n");
            project.write(&format!("m/{number:03}_t.sql"), file);
        }
        let (project, _) = counted(project, &database, "upgrade +1");
        let (_, proxy) = counted(project, &database, "upgrade head");
        assert_eq!(database.heads(), ["100"]);
        proxy.turns()
    };
    // Where it is and what it looks like; what is in it.
    assert_eq!(turns(true), turns(false) + 2);
}
