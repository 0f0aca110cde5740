//! `limbeck graph`: the picture in each form, and the page in a real browser.

use insta::assert_snapshot;

use crate::support::browser::{Browser, DOWN, ENTER, ESCAPE};
use crate::support::limbeck::Project;
use crate::support::{database, project};

/// Two lines, a merge, a dependency, and a revision whose texts would like to be markup.
fn hostile() -> Project {
    project()
        .file("limbeck.toml", "")
        .revisions(&[
            ("a1", "", ""),
            ("u1", "a1", "branch_labels: users"),
            ("u2", "u1", ""),
            ("o1", "a1", "branch_labels: orders\ndepends_on: x1"),
            ("x1", "", ""),
        ])
        .file(
            "versions/m1.sql",
            "-- revision: m1\n-- down_revision: u2, o1\n-- message: </script><b>\"join\" & 'go'</b>\n\n\
             -- limbeck: upgrade\n-- why: <!-- <script>alert(1)</script>\n\
             SELECT '</script><script>alert(2)</script>';\n\n-- limbeck: downgrade\n",
        )
        .file(
            "versions/r1.rs",
            "//! add r1\npub const REVISION: Revision = Revision::new(\"r1\").down_revision(\"m1\");\n\
             pub fn upgrade(op: &mut Op) -> Result<()> {\n    op.execute(\"SELECT 'of rust'\")\n}\n",
        )
}

#[test]
fn without_a_form_it_is_drawn_as_the_history_is() {
    let project = hostile();
    let drawn = project.ok("graph");
    assert_eq!(drawn.stdout, project.ok("history --graph").stdout);
    let programs = project.ok("graph --format json");
    assert_eq!(programs.stdout, project.ok("history --format json").stdout);
    assert_snapshot!(project.run("graph -r u1:m1 --format dot"), @r#"
    digraph revisions {
        rankdir=BT
        node [shape=box, style=rounded, fontname=monospace]
        "m1" [label="m1\n</script><b>\"join\" & 'go'</b>"]
        "u2" [label="u2\nadd t_u2"]
        "u1" [label="u1 (users)\nadd t_u1"]
        "u2" -> "m1"
        "u1" -> "u2"
    }
    "#);
    assert_snapshot!(project.run("graph -r o1: --format mermaid"), @r#"
    flowchart BT
        r0["r1 (orders, users)<br>add r1"]
        r1["m1<br>#60;/script#62;#60;b#62;#quot;join#quot; #38; 'go'#60;/b#62;"]
        r2["o1 (orders)<br>add t_o1"]
        r1 --> r0
        r2 --> r1
    "#);
    assert_snapshot!(project.run("graph --format png"), @"
    ------- stderr -------
    error: invalid value 'png' for '--format <FORMAT>'
      [possible values: human, json, dot, mermaid, svg, html]

    For more information, try '--help'.
    [exit status: 2]
    ");
    assert_snapshot!(project.run("heads --format svg"), @"
    ------- stderr -------
    error: invalid value 'svg' for '--format <FORMAT>'
      [possible values: human, json]

    For more information, try '--help'.
    [exit status: 2]
    ");
    assert_snapshot!(project.run("--format html graph"), @"
    ------- stderr -------
    error: invalid value 'html' for '--format <FORMAT>'
      [possible values: human, json]

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn a_files_ending_says_what_is_in_it() {
    let project = hostile();
    for (file, begins) in [
        ("a.dot", "digraph "),
        ("a.gv", "digraph "),
        ("a.mmd", "flowchart "),
        ("a.svg", "<svg "),
        ("a.html", "<!doctype html>"),
        ("a.json", "{\"revisions\""),
        ("a.txt", "○ "),
    ] {
        let output = project.ok(&format!("graph -o {file}"));
        assert_eq!(output.stdout, "", "{file}");
        assert_eq!(output.stderr, format!("{file}: 7 revisions\n"));
        assert!(project.read(file).starts_with(begins), "{file}");
    }
    project.ok("graph -o a.html --format dot");
    assert!(project.read("a.html").starts_with("digraph "));
    assert_snapshot!(project.run("graph -o nowhere/a.svg"), @"
    ------- stderr -------
    error: cannot write `nowhere/a.svg`: No such file or directory (os error 2)
    [exit status: 1]
    ");
    // What is wrong with the rest is told, as by all commands that look.
    let project = hostile().file(
        "versions/z.sql",
        "-- revision: z\n-- down_revision: q\n-- limbeck: upgrade\n",
    );
    assert!(
        project
            .ok("graph --format svg")
            .stderr
            .contains("does not exist")
    );
}

#[test]
fn an_image_is_sound_and_says_all() {
    let database = database();
    let project = hostile().database(&database);
    project.ok("stamp u1");
    project.ok("graph -i -o graph.svg");
    let browser = Browser::start();
    browser.open(&project.path("graph.svg"));
    let titles = browser.run(
        "if (document.querySelector('parsererror')) return 'broken';
         return [...document.querySelectorAll('g > title')].map((it) => it.textContent).join('\\n')",
    );
    assert_snapshot!(titles.as_str().unwrap(), @r#"
    r1 (orders, users, head, pending): add r1
    m1 (pending): </script><b>"join" & 'go'</b>
    u2 (pending): add t_u2
    u1 (users, current, applied): add t_u1
    o1 (orders, pending): add t_o1
    x1 (head, pending): add t_x1
    a1 (applied): add t_a1
    "#);
    let shown = browser.run(
        "const dots = [...document.querySelectorAll('circle')];
         return [document.querySelectorAll('.dot.applied').length, dots.length,
           document.querySelectorAll('.line').length, document.querySelectorAll('.dependency').length]",
    );
    assert_eq!(shown, serde_json::json!([2, 7, 7, 1]));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_click_on_a_revision_shows_its_sql() {
    let database = database();
    let project = hostile().database(&database);
    project.ok("stamp u2");
    project.ok("graph -i --format html -o graph.html");
    let browser = Browser::start();
    browser.open(&project.path("graph.html"));
    let visible = || {
        let script =
            "return [...document.querySelectorAll('li')].filter((it) => it.checkVisibility())
            .map((it) => it.querySelector('code').textContent).join(' ')";
        browser.run(script).as_str().unwrap().to_owned()
    };
    let shown = "article h2 code";
    let article = || browser.text("article");
    assert_eq!(visible(), "r1 m1 u2 u1 o1 x1 a1");
    let facts = browser.text("#facts");
    assert_eq!(facts, "7 revisions · 2 heads · 3 applied · 4 pending");

    // A click shows what the revision says and runs; nothing of it is markup.
    browser.find("li:nth-child(2) a").click();
    browser.wait_for(shown, "m1");
    assert_snapshot!(article(), @r#"
    m1 pending

    </script><b>"join" & 'go'</b>

    Parents
    u2 add t_u2
    o1 add t_o1
    Followed by
    r1 add r1
    Labels
    orders, users
    File
    versions/m1.sql
    Upgrade
    -- why: <!-- <script>alert(1)</script>
    SELECT '</script><script>alert(2)</script>';
    Downgrade
    -- nothing
    "#);
    assert!(
        browser.url().ends_with("graph.html#m1"),
        "{}",
        browser.url()
    );
    browser.find("dd a[href='#u2']").click();
    browser.wait_for(shown, "u2");
    assert_snapshot!(article(), @r#"
    u2 current applied

    add t_u2

    Parents
    u1 add t_u1
    Followed by
    m1 </script><b>"join" & 'go'</b>
    Labels
    users
    Created
    2026-01-02 03:04:05 +00:00
    File
    versions/u2.sql
    Upgrade
    CREATE TABLE public."t_u2" (id bigint PRIMARY KEY);
    Downgrade
    DROP TABLE public."t_u2";
    "#);
    // Of what this program was not compiled with, the file is shown.
    browser.find("a[href='#r1']").click();
    browser.wait_for(shown, "r1");
    let text = article();
    assert!(text.contains("op.execute(\"SELECT 'of rust'\")"), "{text}");

    // The search looks at ids, messages, labels, paths and SQL.
    let search = browser.find("#search");
    for (typed, found) in [
        ("o1", "o1"),
        ("add t_u", "u2 u1"),
        ("orders", "r1 m1 o1"),
        ("versions/u", "u2 u1"),
        ("CREATE table U1", "u1"),
        ("alert(2)", "m1"),
        ("no such thing", ""),
    ] {
        search.type_in(typed);
        assert_eq!(visible(), found, "{typed}");
        search.type_in(ESCAPE);
    }
    assert_eq!(visible(), "r1 m1 u2 u1 o1 x1 a1");

    // All of it without a mouse, too.
    search.type_in("add t_u");
    search.type_in(DOWN);
    browser.press(DOWN);
    browser.press(ENTER);
    browser.wait_for(shown, "u1");
    assert!(browser.text("a[aria-current]").starts_with("u1"));
    browser.press("/");
    browser.press(ESCAPE);
    assert_eq!(visible(), "r1 m1 u2 u1 o1 x1 a1");

    // A link leads to a revision, and nothing was ever fetched from anywhere.
    browser.go("about:blank");
    browser.go(&format!(
        "file://{}#x1",
        project.path("graph.html").display()
    ));
    browser.wait_for(shown, "x1");
    assert_eq!(browser.complaints(), [""; 0]);
    let requests = browser.requests();
    let page = format!("file://{}", project.path("graph.html").display());
    assert!(requests.contains(&page), "{requests:?}");
    let is_here =
        |url: &&String| **url == page || url.starts_with("data:") || *url == "about:blank";
    let others: Vec<_> = requests.iter().filter(|url| !is_here(url)).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_page_of_thousands_can_be_worked_with() {
    let project = project().file("limbeck.toml", "").line_of_revisions(5000);
    project.ok("graph -o graph.html");
    let browser = Browser::start();
    browser.open(&project.path("graph.html"));
    browser.find("#search").type_in("t_r2500");
    assert_eq!(browser.text("#found"), "1 found");
    browser.find("a[href='#r2500']").click();
    browser.wait_for("article h2 code", "r2500");
    let text = browser.text("article");
    assert!(text.contains("CREATE TABLE public.\"t_r2500\""), "{text}");
    // How long the page itself needs to search, in milliseconds.
    let took = browser.run(
        "const begun = performance.now();
         search.value = 'table t_r49'; search.dispatchEvent(new Event('input'));
         document.body.offsetHeight;
         return performance.now() - begun",
    );
    assert!(took.as_f64().unwrap() < 1000.0, "{took}");
    assert_eq!(browser.text("#found"), "100 found");
}
