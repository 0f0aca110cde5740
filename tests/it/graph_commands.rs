//! The commands that need no database: what they print for people, and what for programs.

use insta::assert_snapshot;

use crate::support::limbeck::Project;
use crate::support::project;

/// A trunk, two labelled lines, a merge, and a base of its own that a line depends on.
///
/// ```text
///   a1 ─ b1 ─┬─ u1 ─ u2 ─┐
///            └─ o1 ──────┴─ m1        x1 (o1 depends on it)
/// ```
fn branched() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("b1", "a1", ""),
        ("u1", "b1", "branch_labels: users"),
        ("u2", "u1", ""),
        ("o1", "b1", "branch_labels: orders\ndepends_on: x1"),
        ("m1", "u2, o1", ""),
        ("x1", "", ""),
    ])
}

/// The same without the merge.
fn two_heads() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("u1", "a1", "branch_labels: users"),
        ("o1", "a1", "branch_labels: orders"),
    ])
}

#[test]
fn history_prints_alembics_lines_newest_first() {
    assert_snapshot!(branched().run("history"), @r"
    u2, o1 -> m1 (orders, users) (head) (mergepoint), add t_m1
    u1 -> u2 (users), add t_u2
    b1 -> u1 (users), add t_u1
    b1 (x1) -> o1 (orders), add t_o1
    <base> -> x1 (effective head), add t_x1
    a1 -> b1 (branchpoint), add t_b1
    <base> -> a1, add t_a1
    ");
}

#[test]
fn history_can_be_drawn() {
    assert_snapshot!(branched().run("history --graph"), @r"
    ○    m1 (orders, users) (head) (mergepoint), add t_m1
    ├─╮
    ○ │  u2 (users), add t_u2
    ○ │  u1 (users), add t_u1
    │ ○  o1 (orders) (depends on x1), add t_o1
    ├─╯
    │ ○  x1 (effective head), add t_x1
    ○  b1 (branchpoint), add t_b1
    ○  a1, add t_a1
    ");
}

#[test]
fn a_drawn_part_of_the_history_ends_its_lines() {
    assert_snapshot!(branched().run("history --graph -r u1:m1"), @r"
    ○    m1 (orders, users) (head) (mergepoint), add t_m1
    ├─╮
    │ │
    │ ~
    │
    ○  u2 (users), add t_u2
    ○  u1 (users), add t_u1
    │
    ~
    ");
}

#[test]
fn a_part_of_the_history_is_a_range() {
    assert_snapshot!(branched().run("history -r b1:users@head"), @r"
    u2, o1 -> m1 (orders, users) (head) (mergepoint), add t_m1
    u1 -> u2 (users), add t_u2
    b1 -> u1 (users), add t_u1
    b1 (x1) -> o1 (orders), add t_o1
    a1 -> b1 (branchpoint), add t_b1
    ");
    assert_snapshot!(branched().run("history -r -2:"), @"
    ------- stderr -------
    error: `-2` is ambiguous: from `m1` there are 2 ways to go
      u2-1
      o1-1
    hint: `limbeck history -r u2-1:` takes one of the ways
    [exit status: 1]
    ");
    assert_snapshot!(branched().run("history -r b1"), @r"
    ------- stderr -------
    error: `b1` is no range; a range is written `start:end`, `start:` or `:end`
    hint: `limbeck history -r b1:` begins there
    [exit status: 1]
    ");
    assert_snapshot!(branched().run("history -r m1:a1"), @r"
    ------- stderr -------
    error: `m1` is not an ancestor of `a1`, so `m1:a1` is no range
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn heads_tell_a_head_that_others_depend_on() {
    assert_snapshot!(branched().run("heads"), @r"
    m1 (orders, users) (head)
    x1 (effective head)
    ");
    assert_snapshot!(branched().run("heads --resolve-dependencies"), @"m1 (orders, users) (head)");
    assert_snapshot!(branched().run("heads -v"), @r"
    Rev: m1 (head) (mergepoint)
    Merges: u2, o1
    Branch names: orders, users
    Path: versions/m1.sql

        add t_m1

        Create Date: [DATE]

    Rev: x1 (head)
    Parent: <base>
    Path: versions/x1.sql

        add t_x1

        Create Date: [DATE]
    ");
}

#[test]
fn branches_show_where_lines_part() {
    assert_snapshot!(branched().run("branches"), @r"
    b1 (branchpoint)
       -> o1 (orders)
       -> u1 (users)
    ");
    assert_snapshot!(branched().run("branches -v"), @r"
    Rev: b1 (branchpoint)
    Parent: a1
    Branches into: o1, u1
    Path: versions/b1.sql

        add t_b1

        Create Date: [DATE]

       -> o1 (orders), add t_o1
       -> u1 (users), add t_u1
    ");
}

#[test]
fn show_tells_all_of_a_revision() {
    assert_snapshot!(branched().run("show o1"), @r"
    Rev: o1
    Parent: b1
    Also depends on: x1
    Branch names: orders
    Path: versions/o1.sql

        add t_o1

        Create Date: [DATE]
    ");
    assert_snapshot!(branched().run("show users@head-1 --format json"), @r#"
    {"revisions":[{"revision":"u2","down_revision":["u1"],"depends_on":[],"branch_labels":[],"message":"add t_u2","created":"[DATE]","path":"versions/u2.sql","format":"sql","head":false,"base":false,"branch_point":false,"merge_point":false,"applied":null},{"revision":"o1","down_revision":["b1"],"depends_on":["x1"],"branch_labels":["orders"],"message":"add t_o1","created":"[DATE]","path":"versions/o1.sql","format":"sql","head":false,"base":false,"branch_point":false,"merge_point":false,"applied":null}]}
    "#);
    assert_snapshot!(branched().run("show base"), @"");
}

#[test]
fn programs_get_one_object() {
    assert_snapshot!(two_heads().run("heads --format json"), @r#"
    {"revisions":[{"revision":"o1","down_revision":["a1"],"depends_on":[],"branch_labels":["orders"],"message":"add t_o1","created":"[DATE]","path":"versions/o1.sql","format":"sql","head":true,"base":false,"branch_point":false,"merge_point":false,"applied":null},{"revision":"u1","down_revision":["a1"],"depends_on":[],"branch_labels":["users"],"message":"add t_u1","created":"[DATE]","path":"versions/u1.sql","format":"sql","head":true,"base":false,"branch_point":false,"merge_point":false,"applied":null}]}
    "#);
    assert_snapshot!(branched().run("branches --format json"), @r#"
    {"revisions":[{"revision":"b1","down_revision":["a1"],"depends_on":[],"branch_labels":[],"message":"add t_b1","created":"[DATE]","path":"versions/b1.sql","format":"sql","head":false,"base":false,"branch_point":true,"merge_point":false,"applied":null}]}
    "#);
    assert_snapshot!(project().file("limbeck.toml", "").revisions(&[]).file("versions/.keep", "").run("history --format json"), @r#"{"revisions":[]}"#);
}

#[test]
fn names_that_stand_for_nothing_or_too_much_are_told_apart() {
    let branched = branched();
    assert_snapshot!(branched.run("show zz"), @r"
    ------- stderr -------
    error: there is no revision or branch label `zz`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show nobody@head"), @r"
    ------- stderr -------
    error: there is no branch `nobody`
      orders
      users
    hint: `limbeck branches` and `limbeck heads` show the labels
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show users@x1"), @r"
    ------- stderr -------
    error: revision `x1` is not on branch `users`
      m1  add t_m1  orders, users
    hint: `limbeck history -r base:users@head` lists that branch
    [exit status: 1]
    ");
    assert_snapshot!(two_heads().run("show head"), @r"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      o1  add t_o1  orders
      u1  add t_u1  users
    hint: `limbeck show heads` means both; `limbeck show orders@head` one
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show a1+99"), @r"
    ------- stderr -------
    error: `a1+99` is ambiguous: from `b1` there are 2 ways to go
      o1+97
      u1+97
    hint: `limbeck show o1+97` takes one of the ways
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show b1+1"), @r"
    ------- stderr -------
    error: `b1+1` is ambiguous: from `b1` there are 2 ways to go
      o1  add t_o1  orders
      u1  add t_u1  users
    hint: `limbeck show o1` takes one of the ways
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show a1@"), @r"
    ------- stderr -------
    error: `a1@` names a branch but nothing on it
    hint: `limbeck show a1@head` means its head
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show ''"), @r"
    ------- stderr -------
    error: an empty target names no revision
    hint: `limbeck show head`, for example
    [exit status: 1]
    ");
    assert_snapshot!(branched.run("show users@head+1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"walked_too_far","message":"`users@head+1` goes too far: there is no revision that way","candidates":[],"hints":["`limbeck history` shows the order of the revisions"]}}
    [exit status: 1]
    "#);
}

#[test]
fn an_ambiguous_beginning_lists_what_it_may_be() {
    let project = project()
        .file("limbeck.toml", "")
        .revisions(&[("abcd1", "", ""), ("abcd2", "abcd1", "")]);
    assert_snapshot!(project.run("show abc"), @r"
    ------- stderr -------
    error: `abc` is the beginning of 2 names
      abcd1  add t_abcd1
      abcd2  add t_abcd2
    hint: type more of the one you mean
    [exit status: 1]
    ");
}

#[test]
fn a_plan_from_given_heads_needs_no_database() {
    let branched = branched();
    assert_snapshot!(branched.run("plan upgrade heads --from base"), @r"
    upgrade  -> a1, add t_a1
    upgrade a1 -> b1, add t_b1
    upgrade  -> x1, add t_x1
    upgrade b1 -> o1, add t_o1
    upgrade b1 -> u1, add t_u1
    upgrade u1 -> u2, add t_u2
    upgrade u2, o1 -> m1, add t_m1
    ------- stderr -------
    upgrade from <base> to m1: 7 steps
    ");
    assert_snapshot!(branched.run("plan upgrade m1 --from u1,x1"), @r"
    upgrade b1 -> o1, add t_o1
    upgrade u1 -> u2, add t_u2
    upgrade u2, o1 -> m1, add t_m1
    ------- stderr -------
    upgrade from u1, x1 to m1: 3 steps
    ");
    assert_snapshot!(branched.run("plan downgrade -1 --from m1 --format json"), @r#"
    {"direction":"downgrade","from":["m1"],"to":["o1","u2"],"steps":[{"revision":"m1","direction":"downgrade","from":["m1"],"to":["o1","u2"],"message":"add t_m1","path":"versions/m1.sql"}],"repeat":[]}
    "#);
    assert_snapshot!(branched.run("plan stamp o1 --from u1"), @r"
    stamp  -> o1, add t_o1
    ------- stderr -------
    stamp from u1 to o1, u1: 1 step
    ");
    assert_snapshot!(branched.run("plan upgrade current --from zz"), @r"
    ------- stderr -------
    error: there is no revision or branch label `zz`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(two_heads().run("plan upgrade head --from base"), @r#"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      o1  add t_o1  orders
      u1  add t_u1  users
    hint: `limbeck upgrade heads` goes to both; `limbeck upgrade orders@head` to one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
    assert_snapshot!(two_heads().run("plan upgrade head --from base --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"multiple_heads","message":"`head` names one revision, but there are 2 heads","candidates":["o1","u1"],"hints":["`limbeck upgrade heads` goes to both; `limbeck upgrade orders@head` to one","`limbeck merge heads -m \"…\"` joins them"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(branched.run("plan downgrade u2 --from u1"), @r"
    ------- stderr -------
    error: `u2` is not below the database's heads (u1), so no downgrade leads to it
      u1  add t_u1  users
    hint: `limbeck plan upgrade u2` shows whether it is above
    [exit status: 1]
    ");
}

#[test]
fn the_healthy_part_is_shown_and_the_rest_is_warned_of() {
    let project = project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("b1", "a1", ""),
        ("c1", "gone", ""),
        ("d1", "c1", ""),
        ("p1", "q1", ""),
        ("q1", "p1", ""),
    ]);
    assert_snapshot!(project.run("history"), @"
    a1 -> b1 (head), add t_b1
    <base> -> a1, add t_a1
    ------- stderr -------
    warning: versions/c1.sql:2: the parent `gone` of revision `c1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    warning: versions/p1.sql:2: the references of down_revision form a circle: `p1` -> `q1` -> `p1`
      versions/p1.sql:2: `p1` names `q1`
      versions/q1.sql:2: `q1` names `p1`
    hint: one of these references has to go
    ");
    assert_snapshot!(project.run("heads -q --format json"), @r#"
    {"revisions":[{"revision":"b1","down_revision":["a1"],"depends_on":[],"branch_labels":[],"message":"add t_b1","created":"[DATE]","path":"versions/b1.sql","format":"sql","head":true,"base":false,"branch_point":false,"merge_point":false,"applied":null}]}
    ------- stderr -------
    {"warning":{"code":"missing_parent","message":"versions/c1.sql:2: the parent `gone` of revision `c1` does not exist","candidates":[],"hints":["its file may not be part of this checkout; what stands on it is left out"]}}
    {"warning":{"code":"cycle","message":"versions/p1.sql:2: the references of down_revision form a circle: `p1` -> `q1` -> `p1`","candidates":["p1","q1"],"hints":["one of these references has to go"],"details":["versions/p1.sql:2: `p1` names `q1`","versions/q1.sql:2: `q1` names `p1`"]}}
    "#);
    assert_snapshot!(project.run("plan upgrade heads --from base"), @"
    ------- stderr -------
    error: versions/c1.sql:2: the parent `gone` of revision `c1` does not exist
      and 1 more fault
    hint: its file may not be part of this checkout; what stands on it is left out
    hint: `limbeck check` shows all of them
    [exit status: 1]
    ");
    assert_snapshot!(project.run("check"), @"
    versions/c1.sql:2: missing_parent: the parent `gone` of revision `c1` does not exist
    versions/p1.sql:2: cycle: the references of down_revision form a circle: `p1` -> `q1` -> `p1`
    ------- stderr -------
    hint: its file may not be part of this checkout; what stands on it is left out
    hint: one of these references has to go
    2 findings in 6 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
    assert_snapshot!(project.run("check --format json"), @r#"
    {"ok":false,"revisions":6,"findings":[{"code":"missing_parent","message":"the parent `gone` of revision `c1` does not exist","revision":"c1","path":"versions/c1.sql","line":2,"object":null,"related":[],"hints":["its file may not be part of this checkout; what stands on it is left out"]},{"code":"cycle","message":"the references of down_revision form a circle: `p1` -> `q1` -> `p1`","revision":"p1","path":"versions/p1.sql","line":2,"object":null,"related":[{"revision":"q1","path":"versions/q1.sql","line":2}],"hints":["one of these references has to go"]}],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}
    [exit status: 4]
    "#);
}

#[test]
fn check_is_content_with_one_head_and_no_fault() {
    let line = project().file("limbeck.toml", "").line_of_revisions(3);
    assert_snapshot!(line.run("check"), @"
    ------- stderr -------
    nothing found in 3 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    ");
    assert_snapshot!(two_heads().run("check"), @r#"
    versions/o1.sql:1: multiple_heads: there are 2 heads: `o1` and `u1`
    ------- stderr -------
    hint: `limbeck merge heads -m "…"` joins them
    hint: where the lines are to stay apart, `check.heads` in limbeck.toml lists their labels
    1 finding in 3 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
}

#[test]
fn without_a_project_there_is_a_hint() {
    assert_snapshot!(project().run("heads"), @r"
    ------- stderr -------
    error: there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here
    hint: `limbeck init` begins a project here
    [exit status: 1]
    ");
    assert_snapshot!(project().file("limbeck.toml", "version_locations = ['db']").run("heads"), @r"
    ------- stderr -------
    error: there is no folder `db`
    hint: `version_locations` in limbeck.toml names the folders of revisions
    [exit status: 1]
    ");
}

#[test]
fn the_settings_are_found_from_below() {
    let project = branched().within("some/where");
    assert_snapshot!(project.run("show a1"), @r"
    Rev: a1
    Parent: <base>
    Path: ../../versions/a1.sql

        add t_a1

        Create Date: [DATE]
    ");
}

#[test]
fn edit_opens_the_file() {
    let project = branched()
        .env("EDITOR", "echo edit --wait")
        .env("VISUAL", "");
    assert_snapshot!(project.run("edit u1"), @"edit --wait versions/u1.sql");
    assert_snapshot!(project.run("edit base"), @r"
    ------- stderr -------
    error: `base` names no revision that has a file
    [exit status: 1]
    ");
    let project = project.env("VISUAL", "/no/such/editor");
    assert_snapshot!(project.run("edit u1"), @r"
    ------- stderr -------
    error: cannot start the editor `/no/such/editor`: No such file or directory (os error 2)
    hint: set the variable `VISUAL` or `EDITOR` to the editor of your choice
    [exit status: 1]
    ");
}

#[test]
fn a_wrong_setting_is_told_with_its_line() {
    let wrong = |text: &str| project().file("limbeck.toml", text).run("heads");
    assert_snapshot!(wrong("\nversion_location = ['versions']"), @r"
    ------- stderr -------
    error: limbeck.toml:2: there is no key `version_location`
    hint: did you mean `version_locations`?
    [exit status: 1]
    ");
    assert_snapshot!(wrong("something = 1"), @r"
    ------- stderr -------
    error: limbeck.toml:1: there is no key `something`
    hint: docs/configuration.md lists the keys, and `limbeck init` writes them
    [exit status: 1]
    ");
    assert_snapshot!(wrong("url = 5"), @r"
    ------- stderr -------
    error: limbeck.toml:1: `url` takes a string
    [exit status: 1]
    ");
    assert_snapshot!(wrong("url = "), @r"
    ------- stderr -------
    error: limbeck.toml:1: string values must be quoted, expected literal string
    [exit status: 1]
    ");
    assert_snapshot!(wrong("timezone = 'Mars/Base'"), @r"
    ------- stderr -------
    error: limbeck.toml:1: `timezone`: there is no time zone `Mars/Base`
    hint: the names are those of the IANA database, such as `Europe/Berlin`
    [exit status: 1]
    ");
    assert_snapshot!(wrong("file_template = '{day}/{rev}'"), @r"
    ------- stderr -------
    error: limbeck.toml:1: `file_template`: `/` makes sub-folders, which are not read
    hint: `recursive_version_locations = true` has them read
    [exit status: 1]
    ");
    assert_snapshot!(wrong("file_template = '{rev}_{slag}'"), @"
    ------- stderr -------
    error: limbeck.toml:1: `file_template`: there is no token `slag`; there are rev, slug, epoch, year, month, day, hour, minute and second
    hint: tokens are written in braces, as in `{year}{month}{day}_{rev}_{slug}`
    [exit status: 1]
    ");
    assert_snapshot!(branched().run("-c none.toml heads"), @r"
    ------- stderr -------
    error: cannot read the configuration `none.toml`: No such file or directory (os error 2)
    hint: `--config` and `LIMBECK_CONFIG` name the file; `limbeck init` makes one
    [exit status: 1]
    ");
    assert_snapshot!(branched().run("-n staging heads"), @r"
    ------- stderr -------
    error: there is no section `[name.staging]` in limbeck.toml
    [exit status: 1]
    ");
    assert_snapshot!(branched().env("LIMBECK_TRANSACTION", "none").run("heads"), @r#"
    ------- stderr -------
    error: the variable `LIMBECK_TRANSACTION` takes "revision" or "all"
    [exit status: 1]
    "#);
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let project = branched();
    assert_snapshot!(project.run("upgrad head"), @"
    ------- stderr -------
    error: unrecognized subcommand 'upgrad'

      tip: a similar subcommand exists: 'upgrade'

    Usage: limbeck [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit status: 2]
    ");
    assert_snapshot!(project.run("upgrade"), @r"
    ------- stderr -------
    error: the following required arguments were not provided:
      <TARGET>...

    Usage: limbeck upgrade <TARGET>...

    For more information, try '--help'.
    hint: `limbeck upgrade head` goes to the newest revision
    [exit status: 2]
    ");
    assert_snapshot!(project.run("upgrade --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"usage","message":"the following required arguments were not provided: <TARGET>...","candidates":[],"hints":["`limbeck upgrade head` goes to the newest revision"]}}
    [exit status: 2]
    "#);
    assert_snapshot!(project.run("revision --autogenerate"), @r#"
    ------- stderr -------
    error: `--autogenerate` is not offered by this version of limbeck
    hint: `limbeck revision -m "…"` creates a file to fill in
    [exit status: 2]
    "#);
}
