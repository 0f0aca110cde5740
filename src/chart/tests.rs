//! Where lines go, and what is written of a graph in each form.

use super::lanes::{Lanes, Route, lay_out};
use super::*;
use crate::graph::picture::graph;
use crate::id::RevisionId;

const BRANCHED: &str = "
    a1
    b1 <- a1
    u1 (users) <- b1
    u2 <- u1
    o1 (orders) <- b1 ~ x1
    m1 <- u2, o1
    x1
";

fn chart(picture: &str, heads: Option<&[&str]>) -> Chart {
    let graph = graph(picture);
    let nodes: Vec<_> = graph.revisions().rev().collect();
    let ids = |ids: &[&str]| ids.iter().map(|id| RevisionId::from_database(id)).collect();
    Chart::new(&graph, &nodes, heads.map(ids).as_ref())
}

/// Each row with its lane, and the lines from it with the lanes that they go down in.
fn layout(chart: &Chart) -> String {
    let lanes = lay_out(chart);
    let mut text = String::new();
    for (index, row) in chart.rows.iter().enumerate() {
        text.push_str(&format!(
            "{}{}",
            " ".repeat(lanes.of_row[index] * 2),
            row.id
        ));
        let mut lines: Vec<_> = lanes.lines.iter().filter(|it| it.from.0 == index).collect();
        lines.sort_by_key(|line| (line.kind, line.lane));
        for Route {
            lane,
            to,
            kind,
            open,
            ..
        } in lines
        {
            let end = match open {
                true => "nothing".to_owned(),
                false if lanes.of_row[to.0] == to.1 => chart.rows[to.0].id.clone(),
                false => "a line".to_owned(),
            };
            text.push_str(&format!(", {kind:?} in {lane} to {end}"));
        }
        text.push('\n');
    }
    text
}

#[test]
fn each_line_has_a_lane_of_its_own_or_shares_one_with_its_equals() {
    insta::assert_snapshot!(layout(&chart(BRANCHED, None)), @"
    m1, Parent in 0 to u2, Parent in 1 to o1
    u2, Parent in 0 to u1
    u1, Parent in 0 to b1
      o1, Parent in 0 to a line, Dependency in 2 to x1
        x1
    b1, Parent in 0 to a1
    a1
    ");
    // Many that grow out of one share the way down to it.
    insta::assert_snapshot!(
        layout(&chart("a\nb <- a\nc <- a\nd <- a\ne <- a\n", None)), @"
    b, Parent in 0 to a
      c, Parent in 0 to a line
      d, Parent in 0 to a line
      e, Parent in 1 to a
    a
    "
    );
}

#[test]
fn a_part_shows_where_it_was_cut_out() {
    let graph = graph(BRANCHED);
    let nodes = ["m1", "u1", "a1"].map(|id| graph.get(id).unwrap());
    let chart = Chart::new(&graph, &nodes, None);
    insta::assert_snapshot!(layout(&chart), @"
    m1, Below in 0 to u1, Below in 1 to a1
    u1, Below in 0 to a1
    a1
    ");
    let nodes = [graph.get("u2").unwrap()];
    insta::assert_snapshot!(layout(&Chart::new(&graph, &nodes, None)), @"u2, Below in 0 to nothing");
}

/// A graph in which every revision has up to three parents among the ones shortly before it.
fn random(seed: u64, count: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut picture = String::new();
    for index in 0..count {
        let mut parents = std::collections::BTreeSet::new();
        if index > 0 {
            for _ in 0..[0, 1, 1, 1, 1, 1, 2, 3][next(8)] {
                parents.insert(index - 1 - next(index.min(9)));
            }
        }
        let names: Vec<_> = parents.iter().map(|it| format!("r{it}")).collect();
        picture.push_str(&format!("r{index} <- {}", names.join(", ")));
        if index > 0 && next(5) == 0 {
            picture.push_str(&format!(" ~ r{}", next(index)));
        }
        picture.push('\n');
    }
    picture
}

/// Follows a line to where it ends, through the lanes that it shares.
fn end(lanes: &Lanes, mut line: Route) -> usize {
    loop {
        if lanes.of_row[line.to.0] == line.to.1 {
            return line.to.0;
        }
        let (row, lane) = line.to;
        let goes_on = |it: &&Route| {
            let passes = it.lane == lane && it.from.0 < row && it.to.0 > row;
            it.kind == line.kind && passes && **it != line
        };
        line = *lanes
            .lines
            .iter()
            .find(goes_on)
            .expect("a line ends at a revision");
    }
}

#[test]
fn every_line_arrives_and_none_runs_through_another() {
    for seed in 1..60 {
        let chart = chart(&random(seed, 80), None);
        let lanes = lay_out(&chart);
        let mut drawn: Vec<(usize, usize, Kind)> = Vec::new();
        let mut who = std::collections::BTreeMap::new();
        for (row, lane) in lanes.of_row.iter().enumerate() {
            who.insert((row, *lane), (row, Kind::Parent));
        }
        for line in &lanes.lines {
            let target = end(&lanes, *line);
            drawn.push((target, line.from.0, line.kind));
            // Between its ends a lane belongs to the lines of one kind to one revision.
            for row in line.from.0 + 1..line.to.0 {
                let known = who.insert((row, line.lane), (target, line.kind));
                let same = known.is_none_or(|known| known == (target, line.kind));
                assert!(same, "seed {seed}: row {row}, lane {}", line.lane);
            }
        }
        let mut expected: Vec<_> = chart.lines().collect();
        expected.sort_unstable();
        drawn.sort_unstable();
        assert_eq!(drawn, expected, "seed {seed}");
    }
}

#[test]
fn thousands_of_revisions_are_laid_out_at_once() {
    let begun = std::time::Instant::now();
    let chart = chart(&random(7, 5000), None);
    let built = begun.elapsed();
    let lanes = lay_out(&chart);
    let laid_out = begun.elapsed() - built;
    assert_eq!(lanes.of_row.len(), 5000);
    // It takes some milliseconds, without optimisation some more.
    assert!(laid_out.as_millis() < 1000, "{laid_out:?}");
}

#[test]
fn graphviz_is_told_all_there_is_to_see() {
    let mut chart = chart(BRANCHED, Some(&["u1"]));
    chart.rows[0].message = "say \"hi\" \\ and\ngo".to_owned();
    insta::assert_snapshot!(dot(&chart), @r#"
    digraph revisions {
        rankdir=BT
        node [shape=box, style=rounded, fontname=monospace]
        "m1" [label="m1 (users, orders)\nsay \"hi\" \\ and go", style="rounded,bold"]
        "u2" [label="u2\nmake u2"]
        "u1" [label="u1 (users)\nmake u1", style="rounded,filled"]
        "o1" [label="o1 (orders)\nmake o1"]
        "x1" [label="x1\nmake x1", style="rounded,bold"]
        "b1" [label="b1\nmake b1", style="rounded,filled"]
        "a1" [label="a1\nmake a1", style="rounded,filled"]
        "u2" -> "m1"
        "o1" -> "m1"
        "u1" -> "u2"
        "b1" -> "u1"
        "b1" -> "o1"
        "x1" -> "o1" [style=dashed, constraint=false]
        "a1" -> "b1"
    }
    "#);
}

#[test]
fn mermaid_is_told_all_there_is_to_see() {
    let mut chart = chart(BRANCHED, Some(&["u1"]));
    chart.rows[0].message = "say \"hi\" <b> #1 & `go`".to_owned();
    insta::assert_snapshot!(mermaid(&chart), @r#"
    flowchart BT
        r0["m1 (users, orders)<br>say #quot;hi#quot; #60;b#62; #35;1 #38; #96;go#96;"]:::pending
        r1["u2<br>make u2"]:::pending
        r2["u1 (users)<br>make u1"]:::applied
        r3["o1 (orders)<br>make o1"]:::pending
        r4["x1<br>make x1"]:::pending
        r5["b1<br>make b1"]:::applied
        r6["a1<br>make a1"]:::applied
        r1 --> r0
        r3 --> r0
        r2 --> r1
        r5 --> r2
        r5 --> r3
        r4 -.-> r3
        r6 --> r5
        classDef applied stroke-width:3px
        classDef pending stroke-dasharray:4
    "#);
    assert_eq!(mermaid(&Chart::default()), "flowchart BT\n");
}

#[test]
fn an_image_has_a_title_for_everything() {
    let mut chart = chart("a (l) <- \nb <- a\n", Some(&["a"]));
    chart.rows[0].message = "<script> & \"more\"".to_owned();
    let image = svg(&chart);
    let style = image.find("<style>").unwrap()..image.find("</style>").unwrap();
    insta::assert_snapshot!(image.replace(&image[style], "<style>…"), @r#"
    <svg xmlns="http://www.w3.org/2000/svg" width="271" height="56" viewBox="0 0 271 56" role="img" aria-labelledby="title">
    <title id="title">2 revisions, newest first; heads: b</title>
    <style>…</style>
    <rect class="paper" width="100%" height="100%"/>
    <path class="line c0" d="M16 14V42"/>
    <g><title>b (l, head, pending): &lt;script&gt; &amp; &quot;more&quot;</title><circle class="dot c0" cx="16" cy="14" r="5"/><text class="id" x="32" y="18.5" textLength="7.8">b</text><rect class="pill" x="49.8" y="5" width="18.6" height="18" rx="9"/><text class="word" x="55.8" y="18" textLength="6.6">l</text><rect class="pill head" x="74.4" y="5" width="38.4" height="18" rx="9"/><text class="word" x="80.4" y="18" textLength="26.4">head</text><text x="118.8" y="18.5">&lt;script&gt; &amp; &quot;more&quot;</text></g>
    <g><title>a (l, current, applied): make a</title><circle class="dot c0 applied" cx="16" cy="42" r="5"/><text class="id" x="32" y="46.5" textLength="7.8">a</text><rect class="pill" x="49.8" y="33" width="18.6" height="18" rx="9"/><text class="word" x="55.8" y="46" textLength="6.6">l</text><rect class="pill current" x="74.4" y="33" width="58.2" height="18" rx="9"/><text class="word" x="80.4" y="46" textLength="46.2">current</text><text x="138.6" y="46.5">make a</text></g>
    </svg>
    "#);
}

#[test]
fn a_page_holds_any_text() {
    let mut chart = chart("a\n", None);
    chart.rows[0].message = "</script><!-- <b>".to_owned();
    let details = Details {
        blocks: vec![Block {
            title: "Upgrade".to_owned(),
            text: "SELECT '</script><!--<script>';".to_owned(),
            sql: true,
        }],
        ..Details::default()
    };
    let page = html(&chart, &[details]);
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("<!--").count(), 0);
    assert_eq!(page.matches("<b>").count(), 0);
    // Nothing in it asks for anything else.
    for word in ["http:", "https:", "src=", "@import", "url("] {
        assert_eq!(page.matches(word).count(), 0, "{word}");
    }
}
