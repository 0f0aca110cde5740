//! Graphs drawn as pictures: what is read from them, and in which order.

use super::picture::{built, declarations, graph};
use super::*;

fn ids<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> String {
    let ids: Vec<&str> = nodes.into_iter().map(|n| n.id().as_str()).collect();
    ids.join(" ")
}

/// Codes and sentences of the faults, then the history of what is healthy.
fn faults(picture: &str) -> String {
    let Built { graph, faults, .. } = built(picture);
    let lines: Vec<String> = faults
        .iter()
        .map(|f| format!("{}: {f}\n", f.code()))
        .collect();
    format!("{}{}", lines.concat(), ids(graph.revisions()))
}

/// Two lines over one trunk, merged, and a line of its own that depends on one of them.
const SHAPES: &str = "
    a
    b1 (left) <- a
    c1 (right) <- a
    b2 <- b1
    m <- b2, c1
    x1 (other)
    x2 <- x1 ~ c1
    n <- m";

#[test]
fn history_walks_each_line_down_before_the_next() {
    let graph = graph(SHAPES);
    assert_eq!(ids(graph.revisions().rev()), "x2 x1 n m b2 b1 c1 a");
    assert_eq!(ids(graph.heads()), "x2 n");
    assert_eq!(ids(graph.bases()), "a x1");
    assert_eq!(graph.len(), 8);
}

#[test]
fn file_order_decides_which_of_two_heads_comes_first() {
    assert_eq!(ids(graph("a\nb <- a\nc <- a").revisions().rev()), "b c a");
    assert_eq!(ids(graph("a\nc <- a\nb <- a").revisions().rev()), "c b a");
}

#[test]
fn nodes_know_their_shape() {
    let graph = graph(SHAPES);
    let node = |id| graph.get(id).unwrap();
    assert!(node("a").is_base() && node("a").is_branch_point());
    assert!(node("m").is_merge_point() && !node("m").is_head());
    assert!(node("n").is_head() && node("n").is_real_head());
    assert_eq!(ids(graph.children(node("a"))), "b1 c1");
    assert_eq!(ids(graph.parents(node("m"))), "b2 c1");
    assert_eq!(ids(graph.dependencies(node("x2"))), "c1");
    assert_eq!(ids(graph.dependents(node("c1"))), "x2");
    assert_eq!(ids(graph.requirements(node("x2"))), "x1 c1");
    assert_eq!(node("b2").path(), Some(Path::new("4.sql")));
    assert_eq!(node("b2").index(), 3);
    assert_eq!(node("b2").message(), "make b2");
    assert!(graph.get("left").is_none() && graph.label("left") == graph.get("b1"));
    assert_eq!(graph.named("left"), graph.get("b1"));
}

#[test]
fn a_head_that_others_depend_on_is_an_effective_head() {
    let graph = graph("a\nb\nc <- b ~ a");
    assert_eq!(ids(graph.heads()), "a c");
    assert_eq!(ids(graph.real_heads()), "c");
    assert!(graph.get("a").unwrap().is_effective_head());
}

#[test]
fn sets_follow_either_kind_of_edge() {
    let graph = graph(SHAPES);
    let node = |id| graph.get(id).unwrap();
    let list = |set: RevisionSet| ids(graph.members(&set));
    assert_eq!(list(graph.ancestors([node("x2")], Edges::Lineage)), "x1 x2");
    assert_eq!(
        list(graph.ancestors([node("x2")], Edges::All)),
        "a c1 x1 x2"
    );
    assert_eq!(
        list(graph.descendants([node("c1")], Edges::Lineage)),
        "c1 m n"
    );
    assert_eq!(
        list(graph.descendants([node("c1")], Edges::All)),
        "c1 m x2 n"
    );
    assert_eq!(list(graph.lineage(node("b1"))), "a b1 b2 m n");
}

#[test]
fn labels_hold_above_their_revision_and_on_the_plain_line_below() {
    let graph =
        graph("a\nb <- a\nc (top) <- b\nd <- c\ne <- a\nf <- e\ng (mid) <- f\nh <- g\ni <- g");
    let names = |id| {
        let names: Vec<&str> = graph
            .get(id)
            .unwrap()
            .branch_names()
            .iter()
            .map(Label::as_str)
            .collect();
        names.join(" ")
    };
    for id in ["b", "c", "d"] {
        assert_eq!(names(id), "top");
    }
    assert_eq!(names("a"), "", "the branch point is on no one's line");
    for id in ["g", "h", "i"] {
        assert_eq!(names(id), "mid");
    }
    assert_eq!(
        names("f"),
        "",
        "a line that branches above gives nothing below"
    );
}

#[test]
fn a_dependency_that_the_line_already_has_is_no_requirement_again() {
    let graph = graph("x\na ~ x\nb <- a ~ x");
    assert_eq!(ids(graph.requirements(graph.get("b").unwrap())), "a");
    assert_eq!(ids(graph.dependencies(graph.get("b").unwrap())), "x");
}

#[test]
fn two_files_with_one_id_are_both_left_out_with_all_above() {
    assert_eq!(
        faults("a\nb <- a\nb <- a\nc <- b\nd <- a"),
        "duplicate_revision: revision `b` is declared twice: in 2.sql:1 and in 3.sql:1\na d"
    );
}

#[test]
fn what_refers_to_nothing_is_named_with_its_line_and_what_looks_like_it() {
    let built = built("abcd\nb <- abce\nc <- b\nd <- abcd ~ users\nl (user) <- abcd\ne <- user");
    let lines: Vec<String> = built.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "2.sql:2: the parent `abce` of revision `b` does not exist",
            "4.sql:3: revision `d` depends on `users`, which does not exist",
            "6.sql:2: the parent `user` of revision `e` does not exist",
        ]
    );
    assert_eq!(built.faults[0].candidates(), ["abcd"]);
    assert_eq!(built.faults[0].place().line, 2);
    assert_eq!(ids(built.graph.revisions()), "abcd l");
}

#[test]
fn a_label_may_be_a_dependency() {
    let graph = graph("a (users)\nb ~ users");
    assert_eq!(ids(graph.dependencies(graph.get("b").unwrap())), "a");
}

#[test]
fn a_cycle_is_named_member_by_member_and_the_rest_lives_on() {
    assert_eq!(
        faults("a\nb <- a, d\nc <- b\nd <- c\ne <- d\nf <- a"),
        "cycle: 2.sql:2: the references of down_revision form a circle: `b` -> `d` -> `c` -> `b`\na f"
    );
    assert_eq!(
        faults("a ~ b\nb ~ a\nc"),
        "cycle: 1.sql:3: the references of depends_on form a circle: `a` -> `b` -> `a`\nc"
    );
    assert_eq!(
        faults("a ~ c\nb <- a\nc <- b"),
        "cycle: 1.sql:3: the references of down_revision and depends_on form a circle: `a` -> `c` -> `b` -> `a`\n"
    );
    assert_eq!(
        faults("a <- a\nb (me) ~ me\nc"),
        "cycle: 1.sql:2: revision `a` names itself in down_revision\n\
         cycle: 2.sql:3: revision `b` names itself in depends_on\nc"
    );
}

#[test]
fn every_cycle_is_named() {
    let built = built("a <- b\nb <- a\nc <- d\nd <- c, a\ne ~ f\nf ~ e");
    let cycles: Vec<String> = built
        .faults
        .iter()
        .map(|f| f.candidates().join(" "))
        .collect();
    assert_eq!(cycles, ["a b", "c d", "e f"]);
}

#[test]
fn the_first_of_two_labels_stays_and_an_id_beats_a_label() {
    assert_eq!(
        faults("a (x)\nb (x)\nc (a)"),
        "duplicate_label: branch label `x` is declared twice: by revision `a` in 1.sql:4 and by \
         revision `b` in 2.sql:4\n\
         duplicate_label: 3.sql:4: branch label `a` of revision `c` is also the id of the revision \
         in 1.sql:1\nc b a"
    );
    let graph = built("a (x)\nb (x)").graph;
    assert_eq!(graph.label("x"), graph.get("a"));
}

#[test]
fn an_illegal_id_is_a_fault_of_its_file() {
    let long = "a".repeat(33);
    let picture = format!("a\nb-c <- a\n{long}\nd (l@l)\nhead");
    let built = built(&picture);
    let codes: Vec<String> = built
        .faults
        .iter()
        .map(|f| format!("{} {}", f.code(), f.place()))
        .collect();
    assert_eq!(
        codes,
        [
            "illegal_id 2.sql:1",
            "illegal_id 3.sql:1",
            "illegal_id 5.sql:1",
            "illegal_id 4.sql:4"
        ]
    );
    assert_eq!(ids(built.graph.revisions()), "d a");
}

#[test]
fn nothing_is_a_graph_too() {
    let graph = graph("");
    assert!(graph.is_empty() && graph.heads().is_empty() && graph.revisions().next().is_none());
}

#[test]
fn ids_with_punctuation_and_other_scripts_are_ids() {
    let graph = graph("v2.4.0.a\no'brien <- v2.4.0.a\na;b <- o'brien\ngröße <- a;b");
    assert_eq!(ids(graph.revisions()), "v2.4.0.a o'brien a;b größe");
}

#[test]
fn names_that_look_alike_are_found_nearest_first() {
    let graph = graph("1975ea83b712\n27c6a30d7c24\nae1027a6 (users)");
    assert_eq!(graph.similar("ae1027a"), ["ae1027a6"]);
    assert_eq!(graph.similar("user"), ["users"]);
    assert_eq!(graph.similar("zzz"), [""; 0]);
    let found: Vec<&str> = graph.with_prefix("u").map(|(name, _)| name).collect();
    assert_eq!(found, ["users"]);
}

#[test]
fn a_cycle_of_twenty_thousand_does_not_exhaust_the_stack() {
    let size = 20_000;
    let lines = (0..size).map(|i| format!("r{i} <- r{}\n", (i + 1) % size));
    let built = RevisionGraph::build(declarations(&lines.collect::<String>()));
    assert_eq!(built.faults.len(), 1);
    assert_eq!(built.faults[0].candidates().len(), size);
    assert!(built.graph.is_empty());
}

#[test]
fn the_order_of_a_subset_never_puts_a_revision_before_what_needs_it() {
    let graph = graph(SHAPES);
    let tips = [graph.get("x2").unwrap(), graph.get("m").unwrap()];
    let set = graph.ancestors(tips, Edges::All);
    assert_eq!(ids(graph.newest_first(&set, &tips)), "m b2 b1 x2 x1 c1 a");
}

#[test]
fn a_set_that_no_tip_leads_to_is_still_listed_whole() {
    let graph = graph(SHAPES);
    let mut set = graph.nothing();
    for id in ["a", "c1", "n"] {
        set.insert(graph.get(id).unwrap());
    }
    assert_eq!(ids(graph.newest_first(&set, &[])), "n c1 a");
}
