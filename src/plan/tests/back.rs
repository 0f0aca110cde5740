//! Rollback, redo and goto: by time where the ledger knows it, and to exactly one place.

use super::heads_of;
use crate::graph::picture::graph;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::plan::{Extent, Plan, PlanError, Request};
use crate::target::Target;

fn request(command: &str) -> Request {
    let words: Vec<&str> = command.split(' ').collect();
    let target = |text: &str| Target::parse(text).unwrap();
    match words[..] {
        ["rollback", steps] => Request::Rollback(Extent::Steps(steps.parse().unwrap())),
        ["rollback", "to", kept] => Request::Rollback(Extent::To(target(kept))),
        ["goto", place] => Request::Goto(target(place)),
        ["redo"] => Request::Redo(None),
        ["redo", revision] => Request::Redo(Some(target(revision))),
        _ => panic!("no such command: {command}"),
    }
}

/// `-c -b +b +c | heads after`, or the code of the error and its candidates.
fn told(plan: Result<Plan, PlanError>) -> String {
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => return format!("{} {}", error.code(), error.candidates().join(" ")),
    };
    let last = plan.walk().last().map(|walked| Heads::clone(&walked.after));
    assert_eq!(last.unwrap_or(plan.from.clone()), plan.to);
    let steps = plan.steps.iter().map(|step| match step.direction {
        crate::script::Direction::Downgrade => format!("-{}", step.revision),
        _ => format!("+{}", step.revision),
    });
    let steps: Vec<_> = steps.collect();
    format!("{} {} | {}", plan.way, steps.join(" "), plan.to)
}

/// Cases of: the database's heads, the order of the ledger, the command, the plan.
#[track_caller]
fn check(picture: &str, cases: &[(&str, &str, &str, &str)]) {
    let graph = graph(picture);
    for &(current, order, command, expected) in cases {
        let order: Vec<_> = order
            .split_whitespace()
            .map(RevisionId::from_database)
            .collect();
        let plan = request(command).plan(&graph, &heads_of(current), &order);
        assert_eq!(told(plan), expected, "{command} at `{current}`");
    }
}

#[test]
fn a_line_needs_no_ledger() {
    // a - b - c - d
    check(
        "a\nb <- a\nc <- b\nd <- c",
        &[
            ("d", "", "rollback 1", "downgrade -d | c"),
            ("d", "", "rollback 3", "downgrade -d -c -b | a"),
            ("d", "", "rollback to b", "downgrade -d -c | b"),
            ("d", "", "rollback to -2", "downgrade -d -c | b"),
            ("d", "", "rollback to head", "downgrade  | d"),
            (
                "d",
                "",
                "rollback to base",
                "downgrade -d -c -b -a | <base>",
            ),
            ("b", "", "rollback 3", "walked_too_far "),
            ("b", "", "rollback to c", "not_applied b"),
            ("", "", "rollback 1", "not_applied "),
            ("", "", "rollback to base", "downgrade  | <base>"),
            ("zz", "", "rollback 1", "unknown_in_database zz"),
            ("b", "", "redo", "both -b +b | b"),
            ("d", "", "redo b", "both -d -c -b +b +c +d | d"),
            ("b", "", "redo c", "not_applied b"),
            ("d", "", "redo base", "invalid_target "),
            ("", "", "redo", "not_applied "),
            ("b", "", "goto d", "upgrade +c +d | d"),
            ("d", "", "goto b", "downgrade -d -c | b"),
            ("d", "", "goto -2", "downgrade -d -c | b"),
            ("b", "", "goto +1", "upgrade +c | c"),
            ("b", "", "goto b", "upgrade  | b"),
            ("b", "", "goto base", "downgrade -b -a | <base>"),
            ("zz", "", "goto a", "unknown_in_database zz"),
        ],
    );
}

/// ```text
/// a - b -+- c1 - d1
///        +- c2 - d2
/// ```
const BRANCHED: &str = "a\nb <- a\nc1 (one) <- b\nd1 <- c1\nc2 (two) <- b\nd2 <- c2";

#[test]
fn of_several_lines_the_last_applied_goes_first() {
    check(
        BRANCHED,
        &[
            (
                "d1 c2",
                "a b c2 c1 d1",
                "rollback 1",
                "downgrade -d1 | c1, c2",
            ),
            ("d1 c2", "a b c1 d1 c2", "rollback 1", "downgrade -c2 | d1"),
            (
                "d1 d2",
                "a b c1 c2 d1 d2",
                "rollback 3",
                "downgrade -d2 -d1 -c2 | c1",
            ),
            (
                "d1 d2",
                "a b c1 c2 d1 d2",
                "rollback to c2",
                "downgrade -d2 -d1 | c1, c2",
            ),
            (
                "d1 d2",
                "a b c1 c2 d1 d2",
                "rollback to b",
                "downgrade -d2 -d1 -c2 -c1 | b",
            ),
            ("d1 c2", "a b c1 d1 c2", "redo", "both -c2 +c2 | c2, d1"),
        ],
    );
}

#[test]
fn what_the_ledger_does_not_know_is_older_and_never_guessed() {
    check(
        BRANCHED,
        &[
            ("d1 d2", "d1", "rollback 1", "downgrade -d1 | c1, d2"),
            ("d1 d2", "d1", "rollback 2", "ambiguous_walk c1@-1 d2@-1"),
            ("d1 d2", "", "rollback 1", "ambiguous_walk d1@-1 d2@-1"),
            ("d1 d2", "", "redo", "ambiguous_walk d1@-1 d2@-1"),
            ("d1 d2", "", "redo d1", "both -d1 +d1 | d1, d2"),
            (
                "d1 d2",
                "",
                "rollback to base",
                "ambiguous_walk d1@-1 d2@-1",
            ),
            // What was taken back and is no part of the graph any more does not matter.
            ("d1", "a b c1 x d1 y", "rollback 1", "downgrade -d1 | c1"),
        ],
    );
}

#[test]
fn a_revision_goes_only_after_what_stands_on_it_or_depends_on_it() {
    // a - b ; x depends on b; m merges c1 and c2
    check(
        "a\nb <- a\nx ~ b",
        &[
            // A ledger that was written by hand may have any order.
            ("x", "x a b", "rollback 1", "downgrade -x | b"),
            ("x", "a b x", "redo b", "both -x -b +b +x | x"),
            ("x", "a b x", "goto a", "downgrade -x -b | a"),
        ],
    );
    let merged = format!("{BRANCHED}\nm <- d1, d2");
    check(
        &merged,
        &[
            (
                "m",
                "a b c1 c2 d1 d2 m",
                "rollback 1",
                "downgrade -m | d1, d2",
            ),
            (
                "m",
                "a b c1 c2 d1 d2 m",
                "rollback 2",
                "downgrade -m -d2 | c2, d1",
            ),
            ("m", "", "redo c1", "both -m -d1 -c1 +c1 +d1 +m | m"),
            ("m", "", "goto -1", "downgrade -m | d1, d2"),
        ],
    );
}

#[test]
fn goto_takes_the_only_line_back_and_no_other() {
    check(
        BRANCHED,
        &[
            ("d1", "", "goto c2", "both -d1 -c1 +c2 | c2"),
            ("d1", "", "goto two@head", "both -d1 -c1 +c2 +d2 | d2"),
            ("d1", "", "goto heads", "upgrade +c2 +d2 | d1, d2"),
            ("d1 c2", "", "goto heads", "upgrade +d2 | d1, d2"),
            ("d1 d2", "", "goto b", "downgrade -d1 -c1 -d2 -c2 | b"),
            // Two lines, and it is not clear whether the other one should go.
            ("d1 c2", "", "goto d2", "other_lines c1 d1"),
            ("d1 d2", "", "goto c1", "other_lines c2 d2"),
            ("d1 d2", "", "goto head", "multiple_heads d1 d2"),
        ],
    );
    check(
        &format!("{BRANCHED}\nm <- d1, d2"),
        &[("m", "", "goto c1", "other_lines c2 d2")],
    );
    check(
        "a\nb1 <- a\nb2 <- a\nb3 <- a",
        &[("b1 b2", "", "goto b3", "other_lines b1 b2")],
    );
}

#[test]
fn goto_leaves_lines_with_a_base_of_their_own() {
    check(
        "a1 (one)\na2 <- a1\nb1 (two)\nb2 <- b1\nc1 ~ a1\nd1 ~ b2",
        &[
            ("a2 b1", "", "goto one@a1", "downgrade -a2 | a1, b1"),
            ("a2 b1", "", "goto two@head", "upgrade +b2 | a2, b2"),
            ("a2", "", "goto b1", "upgrade +b1 | a2, b1"),
            // What it depends on comes with it, and what depends on what goes, goes.
            ("", "", "goto c1", "upgrade +a1 +c1 | c1"),
            ("a2", "", "goto c1", "upgrade +c1 | a2, c1"),
            ("a2 d1", "", "goto b1", "downgrade -d1 -b2 | a2, b1"),
            ("a2 b2", "", "goto two@base", "downgrade -b2 -b1 | a2"),
        ],
    );
}
