//! What targets and ranges name in graphs drawn as pictures.

mod shapes;

use super::*;
use crate::graph::picture::graph;
use crate::target::Range;

const TREE: &str = "
    ae1027a6
    27c6a30d (shop) <- ae1027a6
    27c7b41e <- 27c6a30d
    1975ea83 (users) <- ae1027a6
    1976fb94 <- 1975ea83
    d1d1d1d1 (net)
    d2d2d2d2 <- d1d1d1d1 ~ 1975ea83";

fn heads_of(current: &str) -> Heads {
    current
        .split_whitespace()
        .map(RevisionId::from_database)
        .collect()
}

fn show(graph: &RevisionGraph, current: &str, target: &str) -> String {
    let target = Target::parse(target).unwrap();
    match revisions(graph, Some(&heads_of(current)), &target) {
        Ok(nodes) => ids(&nodes),
        Err(error) => format!("{}: {error} {:?}", error.code(), error.candidates()),
    }
}

fn ids(nodes: &[&Node]) -> String {
    let ids: Vec<&str> = nodes.iter().map(|n| n.id().as_str()).collect();
    ids.join(" ")
}

#[track_caller]
fn check(picture: &str, cases: &[(&str, &str, &str)]) {
    let graph = graph(picture);
    for &(current, target, expected) in cases {
        assert_eq!(
            show(&graph, current, target),
            expected,
            "{target} at `{current}`"
        );
    }
}

#[test]
fn names_are_ids_labels_or_unique_beginnings() {
    check(
        TREE,
        &[
            ("", "ae1027a6", "ae1027a6"),
            ("", "a", "ae1027a6"),
            ("", "users", "1975ea83"),
            ("", "us", "1975ea83"),
            ("", "27c7", "27c7b41e"),
            ("", "heads", "27c7b41e 1976fb94 d2d2d2d2"),
            ("", "base", ""),
            ("", "users@head", "1976fb94"),
            ("", "1975ea83@head", "1976fb94"),
            (
                "",
                "us@19",
                "ambiguous_revision: `19` is the beginning of 2 names [\"1975ea83\", \"1976fb94\"]",
            ),
            ("", "ae@heads", "27c7b41e 1976fb94"),
            ("", "users@ae", "ae1027a6"),
            ("", "shop@27c7", "27c7b41e"),
            ("", "users@base", ""),
            ("27c6a30d 1975ea83", "current", "1975ea83 27c6a30d"),
            ("27c6a30d 1975ea83", "users@current", "1975ea83"),
        ],
    );
}

#[test]
fn what_names_nothing_says_which_kind_of_nothing() {
    check(
        TREE,
        &[
            (
                "",
                "ae1028a6",
                "unknown_revision: there is no revision or branch label `ae1028a6` [\"ae1027a6\"]",
            ),
            (
                "",
                "27c",
                "ambiguous_revision: `27c` is the beginning of 2 names [\"27c6a30d\", \"27c7b41e\"]",
            ),
            (
                "",
                "user5@head",
                "unknown_branch: there is no branch `user5` [\"users\"]",
            ),
            (
                "",
                "zz@head",
                "unknown_branch: there is no branch `zz` [\"shop\", \"users\", \"net\"]",
            ),
            (
                "",
                "shop@1976fb94",
                "not_in_branch: revision `1976fb94` is not on branch `shop` [\"27c7b41e\"]",
            ),
            (
                "",
                "shop@1976",
                "not_in_branch: revision `1976fb94` is not on branch `shop` [\"27c7b41e\"]",
            ),
            (
                "",
                "head",
                "multiple_heads: `head` names one revision, but there are 3 heads [\"27c7b41e\", \"1976fb94\", \"d2d2d2d2\"]",
            ),
            (
                "",
                "ae@head",
                "multiple_heads: `ae@head` names one revision, but there are 2 heads [\"27c7b41e\", \"1976fb94\"]",
            ),
            (
                "zz",
                "current",
                "unknown_in_database: the database stands at `zz`, which is in no revision file [\"zz\"]",
            ),
            ("zz", "users", "1975ea83"),
            (
                "27c6a30d",
                "net@current",
                "not_applied: nothing of branch `net` is applied, so `net@current` has nowhere to begin [\"27c6a30d\"]",
            ),
        ],
    );
}

#[test]
fn a_name_of_up_to_three_characters_is_only_found_whole() {
    check(
        "abc\nabcd <- abc\nabcdef <- abcd",
        &[
            ("", "abc", "abc"),
            ("", "abcd", "abcd"),
            ("", "abcde", "abcdef"),
            (
                "",
                "ab",
                "ambiguous_revision: `ab` is the beginning of 2 names [\"abcd\", \"abcdef\"]",
            ),
        ],
    );
    check("abcd (abcx)", &[("", "abc", "abcd")]);
}

#[test]
fn steps_are_counted_from_anything() {
    check(
        TREE,
        &[
            ("27c7b41e", "-1", "27c6a30d"),
            ("27c7b41e", "-3", ""),
            ("27c7b41e", "current-1", "27c6a30d"),
            ("27c6a30d", "+1", "27c7b41e"),
            ("d1d1d1d1", "+1", "d2d2d2d2"),
            ("", "users@+1", "ae1027a6"),
            ("ae1027a6", "users@+2", "1976fb94"),
            ("27c7b41e", "users@+1", "1975ea83"),
            (
                "",
                "ae+1",
                "ambiguous_walk: `ae+1` is ambiguous: from `ae1027a6` there are 2 ways to go [\"27c6a30d\", \"1975ea83\"]",
            ),
            ("", "users@ae+2", "1976fb94"),
            (
                "",
                "ae+2",
                "ambiguous_walk: `ae+2` is ambiguous: from `ae1027a6` there are 2 ways to go [\"27c6a30d+1\", \"1975ea83+1\"]",
            ),
            ("", "users@head-1", "1975ea83"),
            ("", "users@head-3", ""),
            (
                "",
                "users@head-4",
                "walked_too_far: `users@head-4` goes too far: there are only 3 steps that way []",
            ),
            (
                "27c7b41e",
                "+1",
                "walked_too_far: `+1` goes too far: there is no revision that way []",
            ),
            (
                "",
                "-1",
                "walked_too_far: `-1` goes too far: there is no revision that way []",
            ),
            (
                "",
                "base+1",
                "ambiguous_walk: `base+1` is ambiguous: the walk can begin at 2 places [\"ae1027a6\", \"d1d1d1d1\"]",
            ),
        ],
    );
}

#[test]
fn several_heads_are_no_beginning_of_a_walk() {
    check(
        TREE,
        &[
            (
                "27c6a30d 1976fb94",
                "-1",
                "ambiguous_walk: `-1` is ambiguous: the walk can begin at 2 places [\"users@-1\", \"shop@-1\"]",
            ),
            (
                "27c6a30d 1976fb94",
                "+1",
                "ambiguous_walk: `+1` is ambiguous: the walk can begin at 2 places [\"1976fb94+1\", \"27c6a30d+1\"]",
            ),
            ("27c6a30d 1976fb94", "users@-1", "1975ea83"),
            ("27c6a30d 1976fb94", "shop@+1", "27c7b41e"),
            (
                "27c6a30d",
                "net@-1",
                "not_applied: nothing of branch `net` is applied, so `net@-1` has nowhere to begin [\"27c6a30d\"]",
            ),
            ("d2d2d2d2", "users@-1", "ae1027a6"),
        ],
    );
    check(
        "a\nb <- a\nc <- a",
        &[(
            "b c",
            "-1",
            "ambiguous_walk: `-1` is ambiguous: the walk can begin at 2 places [\"b@-1\", \"c@-1\"]",
        )],
    );
}

#[test]
fn one_step_below_a_merge_are_all_its_parents() {
    check(
        "a\nb <- a\nc <- a\nm <- b, c\nn <- m",
        &[
            ("m", "-1", "b c"),
            ("", "m-1", "b c"),
            ("", "head-2", "b c"),
            (
                "",
                "head-3",
                "ambiguous_walk: `head-3` is ambiguous: from `m` there are 2 ways to go [\"b-1\", \"c-1\"]",
            ),
        ],
    );
}

#[test]
fn without_a_database_only_what_needs_it_is_refused() {
    let graph = graph(TREE);
    let ask = |target| revisions(&graph, None, &Target::parse(target).unwrap());
    assert_eq!(ask("current").unwrap_err().code(), "needs_database");
    assert_eq!(ask("-1").unwrap_err().code(), "needs_database");
    assert_eq!(ids(&ask("users@head").unwrap()), "1976fb94");
    let from = [
        Target::parse("users").unwrap(),
        Target::parse("27c7").unwrap(),
    ];
    assert_eq!(
        heads(&graph, &from).unwrap().to_string(),
        "1975ea83, 27c7b41e"
    );
}

#[track_caller]
fn check_ranges(picture: &str, current: &str, cases: &[(&str, &str)]) {
    let graph = graph(picture);
    for &(text, expected) in cases {
        let found = match range(
            &graph,
            Some(&heads_of(current)),
            &Range::parse(text).unwrap(),
        ) {
            Ok(nodes) => ids(&nodes),
            Err(error) => format!("{}: {error}", error.code()),
        };
        assert_eq!(found, expected, "{text} at `{current}`");
    }
}

#[test]
fn ranges_include_both_ends_and_run_along_one_line() {
    check_ranges(
        "a1\na2 <- a1\nb1 (side) <- a2\na3 <- a2\na4 <- a3",
        "a3",
        &[
            (":", "b1 a4 a3 a2 a1"),
            ("a2:", "b1 a4 a3 a2"),
            ("a2:a4", "a4 a3 a2"),
            (":a2", "a2 a1"),
            ("base:a2", "a2 a1"),
            (
                "a4:a2",
                "not_ancestor: `a4` is not an ancestor of `a2`, so `a4:a2` is no range",
            ),
            (
                "b1:a4",
                "not_ancestor: `b1` is not an ancestor of `a4`, so `b1:a4` is no range",
            ),
            ("a3:+1", "a4 a3"),
            ("a3:+9", "a4 a3"),
            ("a2:side@+1", "b1 a2"),
            (":a4-1", "a3 a2 a1"),
            ("side@-1:", "b1 a2"),
            ("-1:current", "a3 a2"),
            ("current:", "a4 a3"),
            (":current", "a3 a2 a1"),
            ("side@base:", "b1 a2 a1"),
            (
                ":head",
                "multiple_heads: `head` names one revision, but there are 2 heads",
            ),
            (
                "a2:zz",
                "unknown_revision: there is no revision or branch label `zz`",
            ),
        ],
    );
}

#[test]
fn a_range_from_the_base_lists_dependencies_and_one_from_a_revision_does_not() {
    check_ranges(
        "a1\na2 <- a1\nd1 (net)\nd2 <- d1 ~ a2\nd3 <- d2",
        "",
        &[
            ("net@base:", "d3 d2 d1 a2 a1"),
            ("d1:", "d3 d2 d1"),
            (":current", ""),
            ("-1:d3", "d3 d2"),
            ("-1:current", ""),
            (
                "net@-1:current",
                "not_applied: nothing of branch `net` is applied, so `net@-1` has nowhere to begin",
            ),
        ],
    );
}
