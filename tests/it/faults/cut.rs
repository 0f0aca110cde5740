//! The line is cut at each turn of a run: never half-done, and no claim that is not so.

use super::{Line, revision};
use crate::support::{Cut, Database, Output, Project, Proxy, database, project};

const LINE: Line = Line {
    revisions: 6,
    concurrently: |number| number == 4,
};

fn through(proxy: &Proxy, database: &Database) -> Project {
    LINE.project(database)
        .masked(proxy.port().to_string(), "[PORT]")
        .env("DATABASE_URL", database.url_through(proxy))
}

/// Runs an upgrade whose line is cut, and asserts that what it says is so.
fn cut_upgrade(cut: Cut, from: usize) -> Option<Output> {
    let database = database();
    let proxy = database.proxy();
    let project = through(&proxy, &database);
    if from > 0 {
        let _ = project.ok(&format!("upgrade {}", Line::id(from)));
    }
    proxy.cut(cut);
    let output = project.run("upgrade head");
    if !proxy.was_cut() {
        assert_eq!(output.code(), Some(0), "{cut:?}\n{output}");
        return None;
    }
    let applied = LINE.agreed(&database);
    let half_done = database.has("limbeck_journal")
        && database.rows("SELECT count(*) FROM limbeck_journal") != ["0"];
    let changed = applied > from || half_done;
    let expected = match applied {
        6 => 0,
        _ if changed => 3,
        _ => 1,
    };
    assert_eq!(
        output.code(),
        Some(expected),
        "{cut:?}, {applied} applied\n{output}"
    );
    let stands = match applied {
        0 => "; the database stands at <base>\n".to_owned(),
        number => format!("; the database stands at {}\n", Line::id(number)),
    };
    if output.stderr.contains("done before it") {
        assert!(
            output.stderr.contains(&stands),
            "{cut:?}, {applied} applied\n{output}"
        );
    }
    let _ = project.ok("upgrade head");
    LINE.finished(&database);
    Some(output)
}

/// Cuts at the first turn, at the second, and so on to the end: from an empty database, and from one
/// where the first thing to do has a part outside of transactions.
#[track_caller]
fn cut_at_each(cut: fn(usize) -> Cut) {
    for from in [0, 3] {
        let mut turns = 0;
        while cut_upgrade(cut(turns + 1), from).is_some() {
            turns += 1;
        }
        assert!(turns >= 8, "{turns}");
    }
}

#[test]
fn a_line_that_is_cut_before_any_request_leaves_what_the_next_run_takes_up() {
    cut_at_each(Cut::BeforeRequest);
}

#[test]
fn a_line_that_is_cut_before_any_answer_leaves_what_the_next_run_takes_up() {
    cut_at_each(Cut::BeforeAnswer);
}

#[test]
fn a_line_that_is_cut_within_a_request_leaves_what_the_next_run_takes_up() {
    let mut bytes = 0;
    let mut cuts = 0;
    while cut_upgrade(Cut::AfterBytes(bytes), 0).is_some() {
        bytes += 997;
        cuts += 1;
    }
    assert!(cuts >= 8, "{cuts}");
}

#[test]
fn a_downgrade_and_a_stamp_whose_line_is_cut_do_all_or_nothing() {
    for (line, end) in [("downgrade base", 0), ("stamp r0002", 2)] {
        let mut turn = 0;
        loop {
            turn += 1;
            let database = database();
            let proxy = database.proxy();
            let project = Line::plain(4).project(&database);
            let _ = project.ok("upgrade head");
            let project = project.env("DATABASE_URL", database.url_through(&proxy));
            proxy.cut(Cut::BeforeAnswer(turn));
            let output = project.run(line);
            let cut = proxy.was_cut();
            let heads = database.heads();
            let there = match end {
                0 => heads.is_empty(),
                number => heads == [Line::id(number)],
            };
            assert_eq!(output.code() == Some(0), there, "{line}, {turn}\n{output}");
            assert_eq!(
                output.code() == Some(1),
                heads == ["r0004"],
                "{line}, {turn}\n{output}"
            );
            if line == "downgrade base" {
                let applied = heads.first().map_or(0, |head| head[1..].parse().unwrap());
                let tables = database
                    .rows("SELECT 1 FROM pg_class WHERE relname LIKE 't\\_r%' AND relkind = 'r'");
                assert_eq!(tables.len(), applied, "{line}, {turn}\n{output}");
            }
            if !cut {
                break;
            }
            let _ = project.ok(line);
        }
        assert!(turn >= 6, "{line}: {turn}");
    }
}

/// What runs no revision and moves no row is one transaction, too.
#[test]
fn a_line_that_is_cut_leaves_what_is_only_noted_down_told_as_it_is() {
    let index =
        "-- limbeck: upgrade no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY u ON t (n);\n";
    for (line, look) in [
        ("resolve r1 --not-applied", "SELECT * FROM limbeck_journal"),
        ("stamp base", "SELECT * FROM limbeck_journal"),
        (
            "ensure-version",
            "SELECT 1 FROM pg_class WHERE relname = 'alembic_version'",
        ),
    ] {
        let mut uncertain = 0;
        let mut turn = 0;
        loop {
            turn += 1;
            let database = database();
            let proxy = database.proxy();
            let project = project()
                .database(&database)
                .file("versions/1.sql", revision("r1", "", index));
            if line != "ensure-version" {
                database.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1)");
                assert_eq!(project.run("upgrade head").code(), Some(3));
            }
            let project = project.env("DATABASE_URL", database.url_through(&proxy));
            let before = database.rows(look);
            proxy.cut(Cut::BeforeAnswer(turn));
            let output = project.run(line);
            let changed = database.rows(look) != before;
            match output.code() {
                Some(0) => assert!(changed, "{line}, {turn}\n{output}"),
                Some(3) => uncertain += 1,
                code => assert!(code == Some(1) && !changed, "{line}, {turn}\n{output}"),
            }
            if !proxy.was_cut() {
                break;
            }
        }
        // Which turn it is may change from run to run, and with it whether one of them met it.
        assert!(uncertain <= 1 && turn >= 6, "{line}: {uncertain} of {turn}");
    }
}
