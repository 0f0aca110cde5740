//! The shapes that graphs of revisions have, and the ways through each.
//!
//! Every table was read off Alembic 1.20.1: where the database stands, what is asked, and each step
//! with the rows that it leaves. `c1/b2,c1` is a step of `c1` after which the rows are `b2` and `c1`.

use super::*;

/// Each step with the rows after it, or the code of the error.
fn way(graph: &RevisionGraph, command: &str, current: &str) -> String {
    let (verb, target) = command.split_once(' ').unwrap();
    let (heads, target) = (heads_of(current), [Target::parse(target).unwrap()]);
    let plan = match verb {
        "upgrade" => upgrade(graph, &heads, &target),
        _ => downgrade(graph, &heads, &target),
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => return error.code().to_owned(),
    };
    let steps = plan.walk().map(|Walked { step, after, .. }| {
        let rows: Vec<&str> = after.iter().map(RevisionId::as_str).collect();
        let rows = if rows.is_empty() {
            "-".to_owned()
        } else {
            rows.join(",")
        };
        format!("{}/{rows}", step.revision)
    });
    steps.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(picture: &str, cases: &[(&str, &str, &str)]) {
    let graph = graph(picture);
    for &(current, command, expected) in cases {
        assert_eq!(
            way(&graph, command, current),
            expected,
            "{command} at `{current}`"
        );
    }
}

/// ```text
/// a - b - c - d - e
/// ```
#[test]
fn a_line() {
    check(
        "
            a
            b <- a
            c <- b
            d <- c
            e <- d
        ",
        &[
            ("", "upgrade e", "a/a b/b c/c d/d e/e"),
            ("", "upgrade head", "a/a b/b c/c d/d e/e"),
            ("c", "upgrade +1", "d/d"),
            ("a", "upgrade +2", "b/b c/c"),
            ("c", "upgrade b+2", "d/d"),
            ("", "upgrade head-1", "a/a b/b c/c d/d"),
            ("e", "upgrade c", ""),
            ("e", "downgrade c", "e/d d/c"),
            ("e", "downgrade base", "e/d d/c c/b b/a a/-"),
            ("e", "downgrade -1", "e/d"),
            ("e", "downgrade -5", "e/d d/c c/b b/a a/-"),
            ("c", "downgrade b", "c/b"),
            ("c", "downgrade c", ""),
            ("e", "downgrade d-1", "e/d d/c"),
            ("a", "downgrade a-1", "a/-"),
            ("c", "downgrade d", "not_ancestor"),
            ("e", "upgrade +1", "walked_too_far"),
            ("e", "downgrade -6", "walked_too_far"),
            ("a", "downgrade +1", "invalid_target"),
        ],
    );
}

/// ```text
/// a - b -+- c1 - d1   (one)
///        +- c2 - d2   (two)
/// ```
#[test]
fn a_branched_path() {
    check(
        "
            a
            b <- a
            c1 (one) <- b
            d1 <- c1
            c2 (two) <- b
            d2 <- c2
        ",
        &[
            ("", "upgrade d1", "a/a b/b c1/c1 d1/d1"),
            ("b", "upgrade d2", "c2/c2 d2/d2"),
            ("d1", "upgrade d2", "c2/c2,d1 d2/d1,d2"),
            ("", "upgrade heads", "a/a b/b c2/c2 d2/d2 c1/c1,d2 d1/d1,d2"),
            ("d1", "upgrade heads", "c2/c2,d1 d2/d1,d2"),
            ("d1 d2", "downgrade b", "d1/c1,d2 c1/d2 d2/c2 c2/b"),
            ("d1 d2", "downgrade a", "d1/c1,d2 c1/d2 d2/c2 c2/b b/a"),
            ("d1 d2", "downgrade c1", "d1/c1,d2"),
            (
                "d1 d2",
                "downgrade base",
                "d1/c1,d2 c1/d2 d2/c2 c2/b b/a a/-",
            ),
            ("d1", "downgrade one@-1", "d1/c1"),
            ("c1 d2", "downgrade two@-2", "d2/c1,c2 c2/c1"),
            ("d1 c2", "upgrade two@+1", "d2/d1,d2"),
            ("d1", "upgrade two@+1", "c2/c2,d1"),
            ("d1 d2", "downgrade one@b", "d1/c1,d2 c1/d2"),
            ("", "upgrade head", "multiple_heads"),
            ("b", "upgrade +1", "ambiguous_walk"),
            ("d1", "downgrade d2", "not_ancestor"),
        ],
    );
}

/// ```text
/// a - b -+- c1 - d1 -+- e - f
///        +- c2 - d2 -+
/// ```
#[test]
fn a_path_that_branches_and_merges() {
    check(
        "
            a
            b <- a
            c1 <- b
            d1 <- c1
            c2 <- b
            d2 <- c2
            e <- d1, d2
            f <- e
        ",
        &[
            (
                "",
                "upgrade f",
                "a/a b/b c2/c2 d2/d2 c1/c1,d2 d1/d1,d2 e/e f/f",
            ),
            ("d1", "upgrade e", "c2/c2,d1 d2/d1,d2 e/e"),
            ("d2 c1", "upgrade e", "d1/d1,d2 e/e"),
            ("d1 d2", "upgrade head", "e/e f/f"),
            ("f", "downgrade e", "f/e"),
            ("e", "downgrade d1", "e/d1,d2"),
            ("f", "downgrade c2", "f/e e/d1,d2 d2/c2,d1"),
            ("f", "downgrade b", "f/e e/d1,d2 d1/c1,d2 c1/d2 d2/c2 c2/b"),
            (
                "f",
                "downgrade base",
                "f/e e/d1,d2 d1/c1,d2 c1/d2 d2/c2 c2/b b/a a/-",
            ),
            ("d1 d2", "downgrade c1", "d1/c1,d2"),
            ("e", "upgrade head-1", ""),
        ],
    );
}

/// ```text
/// a1 - b1 -+- m -+- c1   (one)
/// a2 - b2 -+     +- c2   (two)
/// ```
#[test]
fn a_branch_from_a_merge() {
    check(
        "
            a1
            b1 <- a1
            a2
            b2 <- a2
            m <- b1, b2
            c1 (one) <- m
            c2 (two) <- m
        ",
        &[
            ("", "upgrade one", "a2/a2 b2/b2 a1/a1,b2 b1/b1,b2 m/m c1/c1"),
            (
                "",
                "upgrade heads",
                "a2/a2 b2/b2 a1/a1,b2 b1/b1,b2 m/m c2/c2 c1/c1,c2",
            ),
            ("b1", "upgrade m", "a2/a2,b1 b2/b1,b2 m/m"),
            ("c1", "upgrade c2", "c2/c1,c2"),
            ("c1 c2", "downgrade m", "c1/c2 c2/m"),
            ("c1 c2", "downgrade one@m", "c1/c2"),
            ("c1 c2", "downgrade b1", "c1/c2 c2/m m/b1,b2"),
            ("m", "downgrade a1", "m/b1,b2 b1/a1,b2"),
            ("m", "downgrade base", "m/b1,b2 b1/a1,b2 a1/b2 b2/a2 a2/-"),
            (
                "c1",
                "downgrade base",
                "c1/m m/b1,b2 b1/a1,b2 a1/b2 b2/a2 a2/-",
            ),
        ],
    );
}

/// ```text
/// a1 -+     +- c1
/// a2 -+- m -+- c2
/// a3 -+     +- c3
/// ```
#[test]
fn a_branch_from_a_merge_of_three() {
    check(
        "
            a1
            a2
            a3
            m <- a1, a2, a3
            c1 <- m
            c2 <- m
            c3 <- m
        ",
        &[
            ("", "upgrade m", "a3/a3 a2/a2,a3 a1/a1,a2,a3 m/m"),
            ("a2", "upgrade m", "a3/a2,a3 a1/a1,a2,a3 m/m"),
            ("a1 a3", "upgrade c2", "a2/a1,a2,a3 m/m c2/c2"),
            (
                "a1 a2 a3",
                "upgrade heads",
                "m/m c3/c3 c2/c2,c3 c1/c1,c2,c3",
            ),
            ("c1 c2 c3", "downgrade m", "c1/c2,c3 c2/c3 c3/m"),
            ("c1 c2 c3", "downgrade a2", "c1/c2,c3 c2/c3 c3/m m/a1,a2,a3"),
            ("m", "downgrade base", "m/a1,a2,a3 a1/a2,a3 a2/a3 a3/-"),
            ("c1 c3", "downgrade c1", ""),
            ("m", "downgrade a2", "m/a1,a2,a3"),
        ],
    );
}

/// ```text
///    +- b1 -+
/// a -+- b2 -+- c1 - d1, and once more the three of them: c2 - d2
///    +- b3 -+
/// ```
#[test]
fn twin_merges() {
    check(
        "
            a
            b1 <- a
            b2 <- a
            b3 <- a
            c1 <- b1, b2, b3
            c2 <- b1, b2, b3
            d1 <- c1
            d2 <- c2
        ",
        &[
            ("", "upgrade c1", "a/a b3/b3 b2/b2,b3 b1/b1,b2,b3 c1/c1"),
            ("b1 b2 b3", "upgrade c1", "c1/c1"),
            ("c1", "upgrade c2", "c2/c1,c2"),
            ("d1", "upgrade d2", "c2/c2,d1 d2/d1,d2"),
            ("b1 b2 b3", "upgrade heads", "c2/c2 d2/d2 c1/c1,d2 d1/d1,d2"),
            ("d1", "downgrade c1", "d1/c1"),
            ("c1", "downgrade b1", "c1/b1,b2,b3"),
            ("c1 c2", "downgrade b2", "c1/c2 c2/b1,b2,b3"),
            ("d1 d2", "downgrade c1", "d1/c1,d2"),
            (
                "d1 d2",
                "downgrade a",
                "d1/c1,d2 c1/d2 d2/c2 c2/b1,b2,b3 b1/b2,b3 b2/b3 b3/a",
            ),
            (
                "d1",
                "downgrade base",
                "d1/c1 c1/b1,b2,b3 b1/b2,b3 b2/b3 b3/a a/-",
            ),
        ],
    );
}

/// ```text
///    +- b1 -+- c1 - d1
/// a -+- b2 -+
///    +- b3 -+- c2 - d2   (b2 is merged twice)
/// ```
#[test]
fn not_quite_twin_merges() {
    check(
        "
            a
            b1 <- a
            b2 <- a
            b3 <- a
            c1 <- b1, b2
            c2 <- b2, b3
            d1 <- c1
            d2 <- c2
        ",
        &[
            ("", "upgrade c1", "a/a b2/b2 b1/b1,b2 c1/c1"),
            (
                "",
                "upgrade heads",
                "a/a b2/b2 b3/b2,b3 c2/c2 d2/d2 b1/b1,d2 c1/c1,d2 d1/d1,d2",
            ),
            ("c1", "upgrade c2", "b3/b3,c1 c2/c1,c2"),
            ("b1 b2 b3", "upgrade c1", "c1/b3,c1"),
            ("c1 b3", "upgrade c2", "c2/c1,c2"),
            ("d1 d2", "downgrade c1", "d1/c1,d2"),
            ("c1 c2", "downgrade b1", "c1/b1,c2"),
            ("c1 c2", "downgrade b3", "c2/b3,c1"),
            ("c1 c2", "downgrade b2", "c1/b1,c2 c2/b1,b2,b3"),
            (
                "d1 d2",
                "downgrade a",
                "d1/c1,d2 c1/b1,d2 b1/d2 d2/c2 c2/b2,b3 b3/b2 b2/a",
            ),
            ("d2", "downgrade base", "d2/c2 c2/b2,b3 b2/b3 b3/a a/-"),
        ],
    );
}

/// ```text
/// a1 - b1
/// a2 - b2
/// ```
#[test]
fn a_forest() {
    check(
        "
            a1
            b1 <- a1
            a2
            b2 <- a2
        ",
        &[
            ("", "upgrade heads", "a2/a2 b2/b2 a1/a1,b2 b1/b1,b2"),
            ("", "upgrade b2", "a2/a2 b2/b2"),
            ("b1", "upgrade heads", "a2/a2,b1 b2/b1,b2"),
            ("b1 b2", "downgrade base", "b1/a1,b2 a1/b2 b2/a2 a2/-"),
            ("b1 b2", "downgrade a1", "b1/a1,b2"),
            ("b1 b2", "downgrade a2", "b2/a2,b1"),
            ("b1", "downgrade a2", "not_ancestor"),
            ("", "upgrade +1", "ambiguous_walk"),
            ("", "upgrade b1@+1", "a1/a1"),
        ],
    );
}

/// ```text
/// a1 - b1 - c1   (a)
///       :
/// a2 -- b2 - c2  (other)
/// ```
#[test]
fn a_dependency_on_another_branch() {
    check(
        "
            a1 (a)
            b1 <- a1
            c1 <- b1
            a2 (other)
            b2 <- a2 ~ b1
            c2 <- b2
        ",
        &[
            ("", "upgrade c2", "a1/a1 b1/b1 a2/a2,b1 b2/b2 c2/c2"),
            (
                "",
                "upgrade heads",
                "a1/a1 b1/b1 a2/a2,b1 b2/b2 c2/c2 c1/c1,c2",
            ),
            ("a2", "upgrade b2", "a1/a1,a2 b1/a2,b1 b2/b2"),
            ("b1 a2", "upgrade other@head", "b2/b2 c2/c2"),
            ("c1 a2", "upgrade b2", "b2/b2,c1"),
            ("c2", "upgrade c1", "c1/c1,c2"),
            ("c1 c2", "downgrade a2", "c2/b2,c1 b2/a2,c1"),
            ("c2", "downgrade a2", "c2/b2 b2/a2,b1"),
            ("c2", "downgrade a1", "c2/b2 b2/a2,b1 b1/a1,a2"),
            ("c1 c2", "downgrade a1", "c1/c2 c2/b2 b2/a2,b1 b1/a1,a2"),
            ("c1 c2", "downgrade b1", "c1/c2"),
            ("c1 c2", "downgrade other@-1", "c2/b2,c1"),
            ("c2", "downgrade other@base", "c2/b2 b2/a2,b1 a2/b1"),
            (
                "c1 c2",
                "downgrade base",
                "c1/c2 c2/b2 b2/a2,b1 a2/b1 b1/a1 a1/-",
            ),
            ("c2", "downgrade b1", "not_ancestor"),
        ],
    );
}

/// ```text
/// a1 -+- b1 -+- m
///     +- b2 -+  :
///        x1 --- x2 - x3   (x)
/// ```
#[test]
fn a_dependency_on_a_merge() {
    check(
        "
            a1
            b1 <- a1
            b2 <- a1
            m <- b1, b2
            x1 (x)
            x2 <- x1 ~ m
            x3 <- x2
        ",
        &[
            (
                "",
                "upgrade x3",
                "a1/a1 b2/b2 b1/b1,b2 m/m x1/m,x1 x2/x2 x3/x3",
            ),
            ("m", "upgrade x2", "x1/m,x1 x2/x2"),
            ("b1 b2", "upgrade x@head", "m/m x1/m,x1 x2/x2 x3/x3"),
            ("m x1", "upgrade x2", "x2/x2"),
            ("x3", "downgrade x1", "x3/x2 x2/m,x1"),
            ("x3", "downgrade m", "not_ancestor"),
            ("x2", "downgrade b1", "x2/m,x1 m/b1,b2,x1"),
            (
                "x3",
                "downgrade a1",
                "x3/x2 x2/m,x1 m/b1,b2,x1 b1/b2,x1 b2/a1,x1",
            ),
            (
                "x3",
                "downgrade base",
                "x3/x2 x2/m,x1 x1/m m/b1,b2 b1/b2 b2/a1 a1/-",
            ),
        ],
    );
}

/// ```text
/// a1 - a2 - a3   (a)   a3 needs b2
/// b1 - b2 - b3   (b)   b2 needs a1, b3 needs a2
/// ```
#[test]
fn dependencies_across_in_both_directions() {
    check(
        "
            a1 (a)
            a2 <- a1
            a3 <- a2 ~ b2
            b1 (b)
            b2 <- b1 ~ a1
            b3 <- b2 ~ a2
        ",
        &[
            ("", "upgrade a@head", "a1/a1 b1/a1,b1 b2/b2 a2/a2,b2 a3/a3"),
            ("", "upgrade b@head", "a1/a1 a2/a2 b1/a2,b1 b2/a2,b2 b3/b3"),
            (
                "",
                "upgrade heads",
                "a1/a1 b1/a1,b1 b2/b2 a2/a2,b2 b3/b3 a3/a3,b3",
            ),
            ("a1", "upgrade b2", "b1/a1,b1 b2/b2"),
            ("a1 b1", "upgrade b2", "b2/b2"),
            ("a3", "upgrade b3", "b3/a3,b3"),
            ("a3 b3", "downgrade a2", "a3/b3"),
            ("a3 b3", "downgrade b2", "b3/a3"),
            ("a3 b3", "downgrade a1", "a3/b3 b3/a2,b2 a2/b2"),
            ("a3 b3", "downgrade b1", "a3/b3 b3/a2,b2 b2/a2,b1"),
            ("a3", "downgrade b1", "a3/a2,b2 b2/a2,b1"),
            (
                "a3 b3",
                "downgrade base",
                "a3/b3 b3/a2,b2 a2/b2 b2/a1,b1 b1/a1 a1/-",
            ),
            ("b3", "downgrade a@-1", "b3/a2,b2 a2/b2"),
        ],
    );
}

/// ```text
/// a1   a2   a3
///  :    :    :
/// d1 - d2 - d3
/// ```
#[test]
fn several_branches_that_one_depends_on() {
    check(
        "
            a1
            a2
            a3
            d1 ~ a1
            d2 <- d1 ~ a2
            d3 <- d2 ~ a3
        ",
        &[
            ("", "upgrade d1", "a1/a1 d1/d1"),
            (
                "",
                "upgrade d3",
                "a2/a2 a3/a2,a3 a1/a1,a2,a3 d1/a2,a3,d1 d2/a3,d2 d3/d3",
            ),
            ("a2", "upgrade d2", "a1/a1,a2 d1/a2,d1 d2/d2"),
            ("d1", "upgrade d3", "a3/a3,d1 a2/a2,a3,d1 d2/a3,d2 d3/d3"),
            ("d3", "downgrade d2", "d3/a3,d2"),
            ("d3", "downgrade d1", "d3/a3,d2 d2/a2,a3,d1"),
            (
                "d3",
                "downgrade base",
                "d3/a3,d2 d2/a2,a3,d1 d1/a1,a2,a3 a1/a2,a3 a3/a2 a2/-",
            ),
            ("d2 a3", "downgrade d1", "d2/a2,a3,d1"),
        ],
    );
}

/// ```text
/// a = b - c - y   b also depends on a, y on b
///       x         x depends on b
/// ```
#[test]
fn a_dependency_on_the_own_parent() {
    check(
        "
            a
            b <- a ~ a
            c <- b
            x ~ b
            y <- c ~ b
        ",
        &[
            ("", "upgrade b", "a/a b/b"),
            ("", "upgrade c", "a/a b/b c/c"),
            ("", "upgrade heads", "a/a b/b c/c y/y x/x,y"),
            ("b", "downgrade a", "b/a"),
            ("c", "downgrade base", "c/b b/a a/-"),
            ("x y", "downgrade c", "y/c,x"),
            ("x c", "downgrade b", "c/x"),
            ("x c", "downgrade a", "c/x x/b b/a"),
        ],
    );
}

/// ```text
/// a1 - a2   (lib)
///  :
/// b1 - b2   (app)
///  :
/// c1
/// ```
#[test]
fn a_dependency_on_a_label() {
    check(
        "
            a1 (lib)
            a2 <- a1
            b1 (app) ~ lib
            b2 <- b1
            c1 ~ app
        ",
        &[
            ("", "upgrade app@head", "a1/a1 b1/b1 b2/b2"),
            ("", "upgrade c1", "a1/a1 b1/b1 c1/c1"),
            ("a2", "upgrade app", "b1/a2,b1"),
            ("a2 b2", "downgrade lib@base", "a2/b2 b2/b1 b1/a1 a1/-"),
            ("b2", "downgrade app@base", "b2/b1 b1/a1"),
            ("a2 c1", "downgrade b1", "not_ancestor"),
            ("c1", "downgrade app@-1", "c1/b1 b1/a1"),
        ],
    );
}

/// ```text
/// a - b -+- c1 - d1 - e1   (one)   e1 needs c2
///        +- c2 - d2 - e2   (two)   e2 needs d1
/// ```
#[test]
fn branches_that_depend_on_each_other() {
    check(
        "
            a
            b <- a
            c1 (one) <- b
            d1 <- c1
            e1 <- d1 ~ c2
            c2 (two) <- b
            d2 <- c2
            e2 <- d2 ~ d1
        ",
        &[
            (
                "",
                "upgrade one@head",
                "a/a b/b c2/c2 c1/c1,c2 d1/c2,d1 e1/e1",
            ),
            (
                "",
                "upgrade two@head",
                "a/a b/b c1/c1 d1/d1 c2/c2,d1 d2/d1,d2 e2/e2",
            ),
            (
                "",
                "upgrade heads",
                "a/a b/b c2/c2 c1/c1,c2 d1/c2,d1 d2/d1,d2 e2/e2 e1/e1,e2",
            ),
            ("d1", "upgrade e1", "c2/c2,d1 e1/e1"),
            ("d1 d2", "upgrade e1", "e1/d2,e1"),
            ("e1", "upgrade d2", "d2/d2,e1"),
            ("e1 e2", "downgrade c1", "e1/e2 e2/d1,d2 d1/c1,d2"),
            ("e1 e2", "downgrade c2", "e2/d2,e1 d2/e1"),
            ("e1", "downgrade two@b", "e1/c2,d1 c2/d1"),
            (
                "e1 e2",
                "downgrade b",
                "e1/e2 e2/d1,d2 d2/c2,d1 d1/c1,c2 c1/c2 c2/b",
            ),
            ("e1 e2", "downgrade one@b", "e1/e2 e2/d1,d2 d1/c1,d2 c1/d2"),
        ],
    );
}

/// ```text
/// a1 -+- m -+- n - o
/// b1 -+     |
/// c1 -------+
/// ```
#[test]
fn several_bases_on_one_merge() {
    check(
        "
            a1 (a)
            b1 (b)
            c1 (c)
            m <- a1, b1
            n <- m, c1
            o <- n
        ",
        &[
            ("", "upgrade o", "b1/b1 c1/b1,c1 a1/a1,b1,c1 m/c1,m n/n o/o"),
            ("", "upgrade m", "b1/b1 a1/a1,b1 m/m"),
            ("c1", "upgrade o", "b1/b1,c1 a1/a1,b1,c1 m/c1,m n/n o/o"),
            ("m", "upgrade o", "c1/c1,m n/n o/o"),
            ("o", "downgrade n", "o/n"),
            ("o", "downgrade m", "o/n n/c1,m"),
            ("n", "downgrade a1", "n/c1,m m/a1,b1,c1"),
            (
                "o",
                "downgrade base",
                "o/n n/c1,m m/a1,b1,c1 a1/b1,c1 c1/b1 b1/-",
            ),
            ("a1 b1 c1", "downgrade b@base", "b1/a1,c1"),
        ],
    );
}

/// ```text
/// a -+- b1 -----------+- m
///    +- b2 - c2 - d2 -+
/// ```
#[test]
fn a_long_and_a_short_branch() {
    check(
        "
            a
            b1 <- a
            b2 <- a
            c2 <- b2
            d2 <- c2
            m <- b1, d2
        ",
        &[
            ("", "upgrade m", "a/a b2/b2 c2/c2 d2/d2 b1/b1,d2 m/m"),
            ("b1", "upgrade m", "b2/b1,b2 c2/b1,c2 d2/b1,d2 m/m"),
            ("c2", "upgrade m", "d2/d2 b1/b1,d2 m/m"),
            ("b1 d2", "upgrade m", "m/m"),
            ("m", "downgrade b1", "m/b1,d2"),
            ("m", "downgrade c2", "m/b1,d2 d2/b1,c2"),
            ("m", "downgrade a", "m/b1,d2 b1/d2 d2/c2 c2/b2 b2/a"),
            ("b1 d2", "downgrade b2", "d2/b1,c2 c2/b1,b2"),
        ],
    );
}

/// ```text
/// a -+- b --------------+- g
///    +- c -+- d -+- f --+
///          +- e -+
/// ```
#[test]
fn a_diamond_within_a_diamond() {
    check(
        "
            a
            b <- a
            c <- a
            d <- c
            e <- c
            f <- d, e
            g <- b, f
        ",
        &[
            ("", "upgrade g", "a/a c/c e/e d/d,e f/f b/b,f g/g"),
            ("b", "upgrade g", "c/b,c e/b,e d/b,d,e f/b,f g/g"),
            ("b d", "upgrade g", "e/b,d,e f/b,f g/g"),
            ("b f", "upgrade g", "g/g"),
            ("g", "downgrade f", "g/b,f"),
            ("g", "downgrade c", "g/b,f f/b,d,e d/b,e e/b,c"),
            ("g", "downgrade b", "g/b,f"),
            ("g", "downgrade base", "g/b,f b/f f/d,e d/e e/c c/a a/-"),
        ],
    );
}

/// ```text
/// a - b - c   a and b both depend on x
/// ```
#[test]
fn a_dependency_that_a_parent_has_as_well() {
    check(
        "
            x
            a ~ x
            b <- a ~ x
            c <- b
        ",
        &[
            ("", "upgrade c", "x/x a/a b/b c/c"),
            ("x", "upgrade b", "a/a b/b"),
            ("a", "upgrade b", "b/b"),
            ("c", "downgrade a", "c/b b/a"),
            ("c", "downgrade base", "c/b b/a a/x x/-"),
            ("b", "downgrade x", "not_ancestor"),
        ],
    );
}
