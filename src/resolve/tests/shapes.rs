//! The shapes that maps of revisions have: ranges of their history, and what targets name in them.
//!
//! Every table was read off Alembic 1.20.1; revisions are listed newest first.

use super::*;

#[track_caller]
fn check(picture: &str, cases: &[(&str, &str)]) {
    let graph = graph(picture);
    for &(question, expected) in cases {
        let found = match question.split_once(' ').unwrap() {
            ("history", text) => {
                let text = Range::parse(text).unwrap();
                range(&graph, None, &text)
            }
            (_, text) => revisions(&graph, None, &Target::parse(text).unwrap()),
        };
        let found = match found {
            Ok(nodes) => ids(&nodes),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(found, expected, "{question}");
    }
}

#[test]
fn an_empty_map() {
    check(
        "",
        &[("show heads", ""), ("show base", ""), ("history :", "")],
    );
}

/// ```text
/// a -+- b1 -+- c
///    +- b2 -+
/// ```
#[test]
fn a_diamond() {
    check(
        "
            a
            b1 <- a
            b2 <- a
            c <- b1, b2
        ",
        &[
            ("history :", "c b1 b2 a"),
            ("history b1:c", "c b1"),
            ("history b2:c", "c b2"),
            ("history :b1", "b1 a"),
            ("history a:b2", "b2 a"),
            ("history b1:b2", "not_ancestor"),
            ("history c:", "c"),
            ("history a:", "c b1 b2 a"),
            ("show heads", "c"),
        ],
    );
}

/// ```text
/// a - b -+- c1 - d1   (one)
///        +- c2 - d2   (two)
/// ```
#[test]
fn labelled_branches() {
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
            ("history :", "d1 c1 d2 c2 b a"),
            ("history one@base:", "d1 c1 b a"),
            ("history one@b:", "d1 c1 b"),
            ("history two@a:two@head", "d2 c2 b a"),
            ("history one:", "d1 c1"),
            ("history :one@head", "d1 c1 b a"),
            ("history c1:two@head", "not_ancestor"),
            ("history b:one@+1", "c1 b"),
            ("history b:one@+2", "d1 c1 b"),
            ("history :two@head-1", "c2 b a"),
            ("show one", "c1"),
            ("show one@head", "d1"),
            ("show one@heads", "d1"),
            ("show one@b", "b"),
            ("show d1@head", "d1"),
            ("show a@heads", "d1 d2"),
            ("show two@d2", "d2"),
            ("show one@base", ""),
        ],
    );
}

/// ```text
/// a - b -+- c1
///        +- c2 - d2
/// ```
#[test]
fn a_long_and_a_short_branch() {
    check(
        "
            a
            b <- a
            c1 <- b
            c2 <- b
            d2 <- c2
        ",
        &[
            ("history :", "c1 d2 c2 b a"),
            ("history b:", "c1 d2 c2 b"),
            ("history b:d2", "d2 c2 b"),
            ("history b:c1", "c1 b"),
            ("history :c1", "c1 b a"),
            ("history c2:", "d2 c2"),
        ],
    );
}

/// ```text
/// a - b1 -+- c1 -+- d1
///         |      +- d2
///         +- c2 ---- d3
/// ```
#[test]
fn branches_of_branches() {
    check(
        "
            a
            b1 <- a
            c1 <- b1
            c2 <- b1
            d1 <- c1
            d2 <- c1
            d3 <- c2
        ",
        &[
            ("history :", "d1 d2 c1 d3 c2 b1 a"),
            ("history b1:", "d1 d2 c1 d3 c2 b1"),
            ("history c1:", "d1 d2 c1"),
            ("history b1:d2", "d2 c1 b1"),
            ("history :d3", "d3 c2 b1 a"),
            ("history d1:d2", "not_ancestor"),
            ("show heads", "d1 d2 d3"),
            ("show c1@heads", "d1 d2"),
            ("show b1@heads", "d1 d2 d3"),
        ],
    );
}

/// ```text
/// a1 - b1 -+- m - n
/// a2 - b2 -+
/// a3 - b3
/// ```
#[test]
fn several_bases() {
    check(
        "
            a1
            b1 <- a1
            a2
            b2 <- a2
            a3
            b3 <- a3
            m <- b1, b2
            n <- m
        ",
        &[
            ("history :", "b3 a3 n m b1 a1 b2 a2"),
            ("history a1:", "n m b1 a1"),
            ("history a2:n", "n m b2 a2"),
            ("history :b3", "b3 a3"),
            ("history a3:", "b3 a3"),
            ("history m:", "n m"),
            ("history b3:n", "not_ancestor"),
            ("show heads", "b3 n"),
        ],
    );
}

/// ```text
/// a1 - b1   (a)
///      :
/// a2 - b2   (b)
/// ```
#[test]
fn a_branch_of_which_only_a_dependency_is_the_end() {
    check(
        "
            a1 (a)
            b1 <- a1
            a2 (b)
            b2 <- a2 ~ b1
        ",
        &[
            ("history :", "b2 a2 b1 a1"),
            ("history a1:b1", "b1 a1"),
            ("history :b2", "b2 a2 b1 a1"),
            ("history b@base:b@head", "b2 a2 b1 a1"),
            ("show heads", "b2"),
            ("show a@head", "b1"),
            ("show a@heads", "b1"),
            ("show b@heads", "b2"),
        ],
    );
}
