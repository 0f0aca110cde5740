//! Plans over graphs drawn as pictures: the steps, their order and the heads after each.

mod back;
mod shapes;

use super::*;
use crate::graph::picture::graph;

fn heads_of(current: &str) -> Heads {
    current
        .split_whitespace()
        .map(RevisionId::from_database)
        .collect()
}

/// `steps | heads after`, or the code of the error.
fn ask(graph: &RevisionGraph, command: &str, current: &str) -> String {
    let (verb, targets) = command.split_once(' ').unwrap();
    let targets: Vec<Target> = targets
        .split_whitespace()
        .map(|t| Target::parse(t).unwrap())
        .collect();
    let heads = heads_of(current);
    let plan = match verb {
        "upgrade" => upgrade(graph, &heads, &targets),
        "downgrade" => downgrade(graph, &heads, &targets),
        "stamp" => stamp(graph, &heads, &targets, Purge::Keep),
        "purge" => stamp(graph, &heads, &targets, Purge::All),
        _ => panic!("no such command: {verb}"),
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => return format!("{} {:?}", error.code(), error.candidates()),
    };
    let last = plan.walk().last().map(|walked| Heads::clone(&walked.after));
    assert_eq!(last.unwrap_or(plan.from.clone()), plan.to);
    let steps: Vec<&str> = plan.steps.iter().map(|s| s.revision.as_str()).collect();
    format!("{} | {}", steps.join(" "), plan.to)
}

#[track_caller]
fn check(picture: &str, cases: &[(&str, &str, &str)]) {
    let graph = graph(picture);
    for &(current, command, expected) in cases {
        assert_eq!(
            ask(&graph, command, current),
            expected,
            "{command} at `{current}`"
        );
    }
}

#[track_caller]
fn edits(picture: &str, command: &str, current: &str) -> String {
    let graph = graph(picture);
    let targets = [Target::parse(command.split_once(' ').unwrap().1).unwrap()];
    let plan = match command.split_once(' ').unwrap().0 {
        "upgrade" => upgrade(&graph, &heads_of(current), &targets),
        _ => downgrade(&graph, &heads_of(current), &targets),
    };
    let edits: Vec<String> = plan
        .unwrap()
        .steps
        .iter()
        .map(|s| s.edit.to_string())
        .collect();
    edits.join("; ")
}

#[test]
fn a_line_is_walked_up_and_down() {
    // a - b - c - d
    check(
        "a\nb <- a\nc <- b\nd <- c",
        &[
            ("", "upgrade head", "a b c d | d"),
            ("", "upgrade b", "a b | b"),
            ("b", "upgrade +1", "c | c"),
            ("b", "upgrade a+2", "c | c"),
            ("b", "upgrade head-1", "c | c"),
            ("c", "upgrade b", " | c"),
            ("d", "upgrade heads", " | d"),
            ("d", "upgrade base", " | d"),
            ("c", "upgrade +2", "walked_too_far []"),
            ("c", "upgrade -1", "invalid_target []"),
            ("d", "downgrade b", "d c | b"),
            ("d", "downgrade -1", "d | c"),
            ("d", "downgrade -4", "d c b a | <base>"),
            ("d", "downgrade -5", "walked_too_far []"),
            ("d", "downgrade base", "d c b a | <base>"),
            ("d", "downgrade d", " | d"),
            ("b", "downgrade c", "not_ancestor [\"b\"]"),
            ("b", "downgrade +1", "invalid_target []"),
            ("d", "downgrade head-2", "d c | b"),
            ("c", "downgrade current", " | c"),
            ("zz", "upgrade head", "unknown_in_database [\"zz\"]"),
            ("zz", "downgrade base", "unknown_in_database [\"zz\"]"),
        ],
    );
}

/// ```text
/// a - b -+- c1 - d1
///        +- c2 - d2
/// ```
const BRANCHED: &str = "a\nb <- a\nc1 (one) <- b\nd1 <- c1\nc2 (two) <- b\nd2 <- c2";

#[test]
fn branches_are_upgraded_apart_and_downgraded_apart() {
    check(
        BRANCHED,
        &[
            ("", "upgrade one@head", "a b c1 d1 | d1"),
            ("", "upgrade heads", "a b c2 d2 c1 d1 | d1, d2"),
            ("", "upgrade head", "multiple_heads [\"d1\", \"d2\"]"),
            ("d1", "upgrade two@+1", "c2 | c2, d1"),
            ("d1 c2", "upgrade two@+1", "d2 | d1, d2"),
            ("d1 c2", "upgrade +1", "ambiguous_walk [\"c2+1\", \"d1+1\"]"),
            ("b", "upgrade +1", "ambiguous_walk [\"c1\", \"c2\"]"),
            ("b", "upgrade one two", "c2 c1 | c1, c2"),
            ("d1 d2", "downgrade one@b", "d1 c1 | d2"),
            ("d1 d2", "downgrade b", "d1 c1 d2 c2 | b"),
            ("d1 d2", "downgrade one@-1", "d1 | c1, d2"),
            ("d1 d2", "downgrade one@-2", "d1 c1 | d2"),
            ("d1 d2", "downgrade d2@-1", "d2 | c2, d1"),
            (
                "d1 d2",
                "downgrade -1",
                "ambiguous_walk [\"one@-1\", \"two@-1\"]",
            ),
            ("d1 d2", "downgrade c1", "d1 | c1, d2"),
            ("d1 d2", "downgrade one@base", "d1 c1 d2 c2 b a | <base>"),
            ("d1 d2", "downgrade c1 c2", "d1 d2 | c1, c2"),
            ("d1 d2", "downgrade one@c2", "not_in_branch [\"d1\"]"),
            ("d2", "downgrade c1", "not_ancestor [\"d2\"]"),
        ],
    );
}

#[test]
fn a_branch_that_is_not_applied_has_no_step_down() {
    check(
        "a (one)\nb <- a\nx (two)\ny <- x",
        &[
            ("b", "downgrade two@-1", "not_applied [\"b\"]"),
            ("b y", "downgrade two@-1", "y | b, x"),
            ("b y", "downgrade two@base", "y x | b"),
        ],
    );
}

/// ```text
/// a -+- b -+- m - n
///    +- c -+
/// ```
const MERGED: &str = "a\nb <- a\nc <- a\nm <- b, c\nn <- m";

#[test]
fn a_merge_is_one_step_in_both_directions() {
    check(
        MERGED,
        &[
            ("", "upgrade head", "a c b m n | n"),
            ("b", "upgrade m", "c m | m"),
            ("b c", "upgrade m", "m | m"),
            ("n", "downgrade m", "n | m"),
            ("m", "downgrade -1", "m | b, c"),
            ("n", "downgrade -2", "n m | b, c"),
            ("n", "downgrade -3", "ambiguous_walk [\"b-1\", \"c-1\"]"),
            ("n", "downgrade b", "n m | b, c"),
            ("n", "downgrade a", "n m b c | a"),
            ("n", "downgrade b@a", "n m b | c"),
        ],
    );
    let graph = graph(MERGED);
    let plan = downgrade(&graph, &heads_of("m"), &[Target::parse("-1").unwrap()]).unwrap();
    assert_eq!(
        plan.display(&graph).to_string(),
        "from m\n\
         downgrade m -> b, c, make m\n\
         to b, c\n\
         note: `m` is a merge: one step down from it leads to `b` and `c`\n"
    );
}

#[test]
fn edits_replace_exactly_the_rows_that_change() {
    assert_eq!(
        edits(MERGED, "upgrade n", ""),
        " -> a; a -> c;  -> b; b, c -> m; m -> n"
    );
    assert_eq!(
        edits(MERGED, "downgrade base", "n"),
        "n -> m; m -> c, b; b -> ; c -> a; a -> "
    );
    assert_eq!(edits(MERGED, "upgrade m", "b c"), "b, c -> m");
    assert_eq!(
        edits(BRANCHED, "upgrade heads", "b"),
        "b -> c2; c2 -> d2;  -> c1; c1 -> d1"
    );
    assert_eq!(
        edits(BRANCHED, "downgrade b", "d1 d2"),
        "d1 -> c1; c1 -> ; d2 -> c2; c2 -> b"
    );
}

/// ```text
/// a1 - a2 - a3        b2 depends on a2
/// b1 - b2 - b3
/// ```
const DEPENDENT: &str = "a1 (a)\na2 <- a1\na3 <- a2\nb1 (b)\nb2 <- b1 ~ a2\nb3 <- b2";

#[test]
fn dependencies_come_along_and_go_along() {
    check(
        DEPENDENT,
        &[
            ("", "upgrade b@head", "a1 a2 b1 b2 b3 | b3"),
            ("", "upgrade heads", "a1 a2 b1 b2 b3 a3 | a3, b3"),
            ("b3", "upgrade a3", "a3 | a3, b3"),
            ("a3 b3", "downgrade a1", "a3 b3 b2 a2 | a1, b1"),
            ("a3 b3", "downgrade b1", "b3 b2 | a3, b1"),
            ("b3", "downgrade b1", "b3 b2 | a2, b1"),
            ("b3", "downgrade a@-1", "b3 b2 a2 | a1, b1"),
            ("b3", "downgrade a2", "not_ancestor [\"b3\"]"),
            ("a3 b3", "downgrade base", "a3 b3 b2 b1 a2 a1 | <base>"),
            ("a3 b3", "downgrade b@base", "b3 b2 b1 | a3"),
        ],
    );
    assert_eq!(
        edits(DEPENDENT, "upgrade b2", ""),
        " -> a1; a1 -> a2;  -> b1; b1, a2 -> b2"
    );
    assert_eq!(
        edits(DEPENDENT, "downgrade b1", "b3"),
        "b3 -> b2; b2 -> a2, b1"
    );
}

#[test]
fn rows_that_say_the_same_twice_are_tolerated() {
    check(
        "a\nb <- a\nc <- b",
        &[
            ("a b", "upgrade head", "c | a, c"),
            ("a c", "downgrade b", "c | a, b"),
            ("a b", "downgrade base", "b a | <base>"),
        ],
    );
}

#[test]
fn a_merge_of_a_line_with_itself_keeps_one_row() {
    let picture = "a\nb <- a\nm <- a, b\nz";
    check(
        picture,
        &[
            ("m z", "downgrade m-1", "m | b, z"),
            ("b z", "upgrade m", "m | m, z"),
        ],
    );
    assert_eq!(edits(picture, "downgrade b", "m"), "m -> b");
}

#[test]
fn a_stamp_moves_the_heads_of_its_own_line() {
    check(
        BRANCHED,
        &[
            ("", "stamp d1", "d1 | d1"),
            ("d1", "stamp b", "b | b"),
            ("d1 d2", "stamp b", "b | b"),
            ("b", "stamp d1", "d1 | d1"),
            ("d1", "stamp d1", " | d1"),
            ("d1", "stamp d2", "d2 | d1, d2"),
            ("d1 d2", "stamp c1", "c1 | c1, d2"),
            ("d1 d2", "stamp heads", " | d1, d2"),
            ("b", "stamp heads", "d1 d2 | d1, d2"),
            ("d1 d2", "stamp base", "d1 d2 | <base>"),
            ("d1", "stamp -1", "c1 | c1"),
            ("d1 c2", "stamp two@+1", "d2 | d1, d2"),
            ("d1 d2", "stamp c1 c2", "c1 c2 | c1, c2"),
            ("", "stamp c1 d1", "overlapping_targets [\"c1\", \"d1\"]"),
            ("zz", "stamp d1", "unknown_in_database [\"zz\"]"),
            ("", "stamp head", "multiple_heads [\"d1\", \"d2\"]"),
        ],
    );
}

#[test]
fn a_stamp_leaves_what_merely_depends_on_it() {
    check(
        DEPENDENT,
        &[
            ("b3", "stamp a1", "a1 | a1, b3"),
            ("b3 a3", "stamp a1", "a1 | a1, b3"),
            ("a2", "stamp b3", "b3 | b3"),
            ("a3", "stamp b3", "b3 | a3, b3"),
            ("a3 b3", "stamp a@base", "a3 | b3"),
        ],
    );
    let graph = graph(DEPENDENT);
    let plan = stamp(
        &graph,
        &heads_of("b3"),
        &[Target::parse("a1").unwrap()],
        Purge::Keep,
    );
    let plan = plan.unwrap();
    assert_eq!(
        plan.display(&graph).to_string(),
        "from b3\nstamp  -> a1, make a1\nto a1, b3\n\
         note: row `b3` depends on what is above `a1`, which therefore still counts as applied\n"
    );
}

#[test]
fn a_purge_forgets_every_row_even_unknown_ones() {
    check(
        BRANCHED,
        &[
            ("zz d2", "purge c1", "d2 zz c1 | c1"),
            ("zz c1", "purge c1", "zz | c1"),
            ("zz c1", "purge base", "c1 zz | <base>"),
            ("zz c1", "purge heads", "c1 zz d1 d2 | d1, d2"),
        ],
    );
}

#[test]
fn a_dry_run_shows_heads_steps_and_messages() {
    let graph = graph(MERGED);
    let plan = upgrade(&graph, &heads_of("b"), &[Target::parse("head").unwrap()]).unwrap();
    assert_eq!(
        plan.display(&graph).to_string(),
        "from b\n\
         upgrade a -> c, make c\n\
         upgrade b, c -> m, make m\n\
         upgrade m -> n, make n\n\
         to n\n"
    );
    let heads: Vec<String> = plan
        .walk()
        .map(|w| format!("{} / {}", w.before, w.after))
        .collect();
    assert_eq!(heads, ["b / b, c", "b, c / m", "m / n"]);
    let nothing = upgrade(&graph, &heads_of("n"), &[Target::parse("head").unwrap()]).unwrap();
    assert!(nothing.is_empty());
    assert_eq!(nothing.display(&graph).to_string(), "from n\nto n\n");
}
