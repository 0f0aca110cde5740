//! `init`, `revision` and `merge`: the files they write, and what they refuse to write.

use insta::assert_snapshot;

use crate::support::limbeck::Project;
use crate::support::project;

fn two_heads() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("u1", "a1", "branch_labels: users"),
        ("o1", "a1", "branch_labels: orders"),
    ])
}

fn line() -> Project {
    project().file("limbeck.toml", "").line_of_revisions(2)
}

/// The revisions of a project as lines, without what differs from run to run.
fn history(project: &Project) -> String {
    project.ok("history").to_string()
}

#[test]
fn init_makes_a_project_that_works() {
    let project = project();
    assert_snapshot!(project.run("init"), @r#"
    ------- stderr -------
    Creating directory versions ...  done
    Generating limbeck.toml ...  done
    next: limbeck revision -m "…"
    "#);
    assert_snapshot!(project.files().join("\n"), @"limbeck.toml");
    assert_snapshot!(project.run("heads"), @"");
    assert_snapshot!(project.run("init"), @r"
    ------- stderr -------
    error: `limbeck.toml` exists already
    hint: delete it first to begin anew; revision files are never touched
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m 'first steps' --rev-id one"), @r"
    versions/one_first_steps.sql
    ------- stderr -------
    Generating versions/one_first_steps.sql ...  done
    ");
    assert_snapshot!(history(&project), @"<base> -> one (head), first steps");
}

#[test]
fn init_makes_a_crate_for_revisions_in_rust() {
    let project = project();
    assert_snapshot!(project.run("init -t rust db"), @r#"
    ------- stderr -------
    Creating directory db/versions ...  done
    Creating directory db/src ...  done
    Generating db/limbeck.toml ...  done
    Generating db/Cargo.toml ...  done
    Generating db/build.rs ...  done
    Generating db/src/main.rs ...  done
    next: cd db
    next: limbeck revision -m "…"
    "#);
    assert_snapshot!(project.files().join("\n"), @r"
    db/Cargo.toml
    db/build.rs
    db/limbeck.toml
    db/src/main.rs
    ");
    assert_snapshot!(project.read("db/Cargo.toml"), @r#"
    [package]
    name = "db"
    version = "0.1.0"
    edition = "2024"
    publish = false

    [dependencies]
    limbeck = "0.1.0"

    [build-dependencies]
    limbeck-build = "0.1.0"
    "#);
    assert_snapshot!(project.read("db/build.rs"), @r#"
    fn main() {
        limbeck_build::versions("versions");
    }
    "#);
    assert_snapshot!(project.read("db/src/main.rs"), @r"
    use std::process::ExitCode;

    fn main() -> ExitCode {
        limbeck::cli::main(limbeck::versions!())
    }
    ");
    let project = project.within("db");
    assert_snapshot!(project.run("revision -m 'first steps' --rev-id one"), @r"
    versions/one_first_steps.rs
    ------- stderr -------
    Generating versions/one_first_steps.rs ...  done
    ");
    assert_snapshot!(history(&project), @"<base> -> one (head), first steps");
}

#[test]
fn init_leaves_alone_what_is_there() {
    let project = project()
        .file("Cargo.toml", "[package]\n")
        .file("src/main.rs", "fn main() {}\n");
    assert_snapshot!(project.run("init -t rust --format json"), @r#"{"created":["versions","limbeck.toml","build.rs"]}"#);
    assert_eq!(project.read("Cargo.toml"), "[package]\n");
    assert_eq!(project.read("src/main.rs"), "fn main() {}\n");
}

#[test]
fn init_says_what_the_files_need_that_were_there() {
    let project = project().file("Cargo.toml", "[package]\n");
    assert_snapshot!(project.run("init -t rust"), @r#"
    ------- stderr -------
    Creating directory versions ...  done
    Creating directory src ...  done
    Generating limbeck.toml ...  done
    Generating build.rs ...  done
    Generating src/main.rs ...  done
    Cargo.toml exists and was left as it is; it needs:
        limbeck = "0.1.0"
        limbeck-build = "0.1.0"
    next: limbeck revision -m "…"
    "#);
}

#[test]
fn templates_are_listed() {
    assert_snapshot!(project().run("list-templates"), @r"
    sql   revisions in SQL; nothing needs to be compiled
    rust  revisions in Rust or SQL, and a crate that compiles them into one binary
    ------- stderr -------
    `limbeck init DIR -t rust` uses one of them
    ");
    assert_snapshot!(project().run("list_templates --format json"), @r#"
    {"templates":[{"name":"sql","about":"revisions in SQL; nothing needs to be compiled"},{"name":"rust","about":"revisions in Rust or SQL, and a crate that compiles them into one binary"}]}
    "#);
}

#[test]
fn a_revision_goes_on_top_of_the_head() {
    let project = line();
    assert_snapshot!(project.run("revision -m 'Add  Invoices & more' --rev-id r0003"), @r"
    versions/r0003_add_invoices_more.sql
    ------- stderr -------
    Generating versions/r0003_add_invoices_more.sql ...  done
    ");
    assert_snapshot!(history(&project), @r"
    r0002 -> r0003 (head), Add Invoices & more
    r0001 -> r0002, add t_r0002
    <base> -> r0001, add t_r0001
    ");
    let text = project.read("versions/r0003_add_invoices_more.sql");
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("created"))
        .collect();
    assert_snapshot!(text.join("\n"), @r"
    -- revision: r0003
    -- down_revision: r0002
    -- message: Add Invoices & more

    -- limbeck: upgrade

    -- limbeck: downgrade
    ");
}

#[test]
fn a_revision_may_be_in_rust_have_labels_and_depend_on_others() {
    let project = two_heads();
    let line = "revision --rust -m 'read rows' --rev-id n1 --head users@head --branch-label new \
                --branch-label newer --depends-on o1 --depends-on orders";
    assert_snapshot!(project.run(line), @r"
    versions/n1_read_rows.rs
    ------- stderr -------
    Generating versions/n1_read_rows.rs ...  done
    ");
    assert_snapshot!(project.run("show n1"), @r"
    Rev: n1 (head)
    Parent: u1
    Also depends on: o1
    Branch names: new, newer, users
    Path: versions/n1_read_rows.rs

        read rows

        Create Date: [DATE]
    ");
    let text = project.read("versions/n1_read_rows.rs");
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("created"))
        .collect();
    assert_snapshot!(text.join("\n"), @r#"
    //! read rows
    use limbeck::prelude::*;

    pub const REVISION: Revision = Revision::new("n1")
        .down_revision("u1")
        .branch_labels(&["new", "newer"])
        .depends_on(&["o1", "orders"])

    pub fn upgrade(op: &mut Op) -> Result<()> {
        Ok(())
    }
    "#);
}

#[test]
fn a_new_line_begins_at_base_and_a_branch_with_splice() {
    let project = line();
    project.ok("revision -m base --rev-id n1 --head base");
    project.ok("revision -m branch --rev-id n2 --head r0001 --splice");
    assert_snapshot!(history(&project), @r"
    <base> -> n1 (head), base
    r0001 -> n2 (head), branch
    r0001 -> r0002 (head), add t_r0002
    <base> -> r0001 (branchpoint), add t_r0001
    ");
}

#[test]
fn an_id_is_12_hexadecimal_digits() {
    let project = line();
    let answer = project.ok("revision -m random --format json");
    let answer: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let id = answer["revision"].as_str().unwrap();
    assert!(
        id.len() == 12 && id.chars().all(|c| c.is_ascii_hexdigit()),
        "{id}"
    );
    let path = answer["path"].as_str().unwrap();
    assert_eq!(path, format!("versions/{id}_random.sql"));
    assert!(project.read(path).contains(id));
}

#[test]
fn the_name_and_the_date_follow_the_settings() {
    let project = project().file(
        "limbeck.toml",
        "version_locations = ['one', 'two']\nrecursive_version_locations = true\n\
         file_template = '%(year)d/{slug}-{rev}'\ntruncate_slug_length = 10\n\
         timezone = 'Asia/Kolkata'\nnew_revision = 'rust'",
    );
    let project = project.file("one/.keep", "").file("two/.keep", "");
    assert_snapshot!(project.run("revision -m first"), @r"
    ------- stderr -------
    error: there are 2 version_locations
      one
      two
    hint: `--version-path FOLDER` chooses one
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --version-path three"), @r"
    ------- stderr -------
    error: `three` is none of the version_locations
      one
      two
    hint: only revisions in version_locations are read
    [exit status: 1]
    ");
    let answer =
        project.ok("revision -m 'a rather long message' --rev-id r1 --version-path two -q");
    let path = answer.stdout.trim();
    assert!(
        path.starts_with("two/20") && path.ends_with("/a_rather_-r1.rs"),
        "{path}"
    );
    assert!(project.read(path).contains("+05:30"));
    let beside = project.ok("revision -m next --rev-id r2 -q").stdout;
    assert!(beside.starts_with("two/20"), "{beside}");
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_written() {
    let project = two_heads();
    let before = project.files();
    assert_snapshot!(project.run("revision -m x"), @r#"
    ------- stderr -------
    error: a new revision goes on top of one head, but there are 2
      o1  add t_o1  orders
      u1  add t_u1  users
    hint: `limbeck revision -m "…" --head orders@head` chooses one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("revision -m x --head a1"), @r"
    ------- stderr -------
    error: revision `a1` is no head: these follow it
      o1  add t_o1  orders
      u1  add t_u1  users
    hint: `--splice` begins a branch there
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --rev-id o1"), @"
    ------- stderr -------
    error: there is a revision `o1` already
      o1  add t_o1  orders
    hint: without `--rev-id` a revision gets an id of its own
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --rev-id users"), @"
    ------- stderr -------
    error: there is a branch label `users` already
      u1  add t_u1  users
    hint: without `--rev-id` a revision gets an id of its own
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --rev-id a-b"), @r"
    ------- stderr -------
    error: character '-' is not allowed in the name `a-b`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --rev-id abcdefghijklmnopqrstuvwxyz1234567"), @r"
    ------- stderr -------
    error: `abcdefghijklmnopqrstuvwxyz1234567` has 33 characters; the version table holds 32
    hint: choose a shorter one
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --branch-label orders"), @"
    ------- stderr -------
    error: the label `orders` is taken
      o1  add t_o1  orders
    hint: a label belongs to the revision with which its line begins; choose another
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --branch-label a1"), @"
    ------- stderr -------
    error: the label `a1` is the id of a revision
      a1  add t_a1
    hint: a label belongs to the revision with which its line begins; choose another
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --branch-label head"), @r"
    ------- stderr -------
    error: `head` has a meaning of its own in targets and cannot be a name
    hint: head, heads, base and current are such words
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head u1 --depends-on nothing"), @r"
    ------- stderr -------
    error: there is no revision or branch label `nothing`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(project.run("revision -m x --head nobody@head"), @r"
    ------- stderr -------
    error: there is no branch `nobody`
      orders
      users
    hint: `limbeck branches` and `limbeck heads` show the labels
    [exit status: 1]
    ");
    assert_eq!(project.files(), before);
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let project = line().file("limbeck.toml", "file_template = '{slug}'");
    project.ok("revision -m 'the same words' --rev-id n1");
    let first = project.read("versions/the_same_words.sql");
    assert_snapshot!(project.run("revision -m 'the same words' --rev-id n2"), @r"
    ------- stderr -------
    error: the file `versions/the_same_words.sql` exists already
    hint: another message gives it another name
    [exit status: 1]
    ");
    assert_eq!(project.read("versions/the_same_words.sql"), first);
}

#[test]
fn a_merge_joins_the_heads() {
    let project = two_heads();
    assert_snapshot!(project.run("merge heads -m 'join lines' --rev-id m1"), @r"
    versions/m1_join_lines.sql
    ------- stderr -------
    Generating versions/m1_join_lines.sql ...  done
    ");
    assert_snapshot!(history(&project), @r"
    o1, u1 -> m1 (orders, users) (head) (mergepoint), join lines
    a1 -> o1 (orders), add t_o1
    a1 -> u1 (users), add t_u1
    <base> -> a1 (branchpoint), add t_a1
    ");
    assert_snapshot!(project.run("check"), @"
    ------- stderr -------
    nothing found in 4 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    ");
}

#[test]
fn a_merge_needs_two_heads() {
    let project = two_heads();
    assert_snapshot!(project.run("merge u1 -m x"), @r"
    ------- stderr -------
    error: a merge joins two revisions or more, and `u1` is one
    hint: `limbeck heads` shows what there is to join
    [exit status: 1]
    ");
    assert_snapshot!(project.run("merge u1 users@head -m x"), @r"
    ------- stderr -------
    error: revision `u1` is named twice
    [exit status: 1]
    ");
    assert_snapshot!(project.run("merge u1 a1 -m x"), @"
    ------- stderr -------
    error: `a1` is below `u1` already, so there is nothing to join
    [exit status: 1]
    ");
    assert_snapshot!(project.run("merge base -m x"), @r"
    ------- stderr -------
    error: a merge joins two revisions or more, and none is named
    hint: `limbeck heads` shows what there is to join
    [exit status: 1]
    ");
}

#[test]
fn files_with_faults_have_no_children() {
    let project = line().file(
        "versions/bad.sql",
        "-- revision: r0002\n\n-- limbeck: upgrade\n",
    );
    assert_snapshot!(project.run("revision -m x"), @"
    ------- stderr -------
    error: revision `r0002` is declared twice: in versions/bad.sql:1 and in versions/r0002.sql:1
    hint: `limbeck revision` makes ids that differ; give one of the two another id than `r0002`
    [exit status: 1]
    ");
}
