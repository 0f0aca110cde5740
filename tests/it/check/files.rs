//! What is wrong with the files alone: no database and no git is needed.

use insta::assert_snapshot;

use super::{found, sql};
use crate::support::{Project, project};

fn line() -> Project {
    project().file("limbeck.toml", "").line_of_revisions(2)
}

#[test]
fn everything_wrong_is_one_line_each() {
    let project = line()
        .file(
            "versions/a.sql",
            "-- revision: r0001\n-- limbeck: upgrade\n-- limbeck: downgrade\n",
        )
        .file(
            "versions/b1.sql",
            "-- revision: b1\n-- tags: x\n-- limbeck: upgrade\nSELECT 'x;\n",
        )
        .file("versions/b2.sql", b"-- revision: b2\n-- message: caf\xe9\n")
        .file("versions/c.py", "revision = 'c1'\ndown_revision = f()\n")
        .file("versions/d.rs", "fn upgrade() {}\n")
        .file(
            "versions/e1.sql",
            sql("e1", "r0001, gone", "SELECT 1;\nCOMMIT;"),
        )
        .file("versions/f1.sql", sql("f1", "f2", "VACUUM;"))
        .file("versions/f2.sql", sql("f2", "f1", ""))
        .file(
            "versions/g1.sql",
            "-- revision: g1\n-- branch_labels: g-1\nSELECT 1;\n",
        );
    assert_snapshot!(project.run("check"), @r#"
    versions/a.sql:1: file_name: the name of the file does not have the id of its revision `r0001` in it
    versions/b1.sql:1: multiple_heads: there are 2 heads: `b1` and `g1`
    versions/b1.sql:2: invalid_revision_file: unknown header key `tags`
    versions/b1.sql:4: invalid_revision_file: the string that begins here has no end
    versions/b2.sql:2: invalid_revision_file: the file is not UTF-8: byte 31 begins no character
    versions/c.py:2: invalid_revision_file: what `down_revision` is cannot be read without running Python: a call has to be evaluated
    versions/d.rs: invalid_revision_file: the file has no `const REVISION`
    versions/e1.sql:2: missing_parent: the parent `gone` of revision `e1` does not exist
    versions/e1.sql:7: invalid_revision_file: `COMMIT` interferes with the transaction that limbeck keeps
    versions/f1.sql:2: cycle: the references of down_revision form a circle: `f1` -> `f2` -> `f1`
    versions/f1.sql:6: invalid_revision_file: VACUUM cannot run inside a transaction
    versions/g1.sql:2: illegal_id: character '-' is not allowed in the name `g-1`
    versions/g1.sql:3: invalid_revision_file: a statement stands before the first section
    versions/r0001.sql:1: duplicate_revision: revision `r0001` is declared twice: in versions/a.sql:1 and in versions/r0001.sql:1
    ------- stderr -------
    hint: `limbeck merge heads -m "…"` joins them
    hint: the keys are revision, down_revision, branch_labels, depends_on, created, message
    hint: save the file as UTF-8
    hint: `"c.py.down_revision" = "…"` below `[alembic.declarations]` in limbeck.toml settles it
    hint: write `pub const REVISION: Revision = Revision::new("…");`
    hint: its file may not be part of this checkout; what stands on it is left out
    hint: delete it; a section runs in one transaction, or without one after `-- limbeck: upgrade no-transaction`
    hint: one of these references has to go
    hint: write `-- limbeck: upgrade no-transaction` on a line above it
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    hint: write `-- limbeck: upgrade` on a line above the statements
    hint: `limbeck revision` makes ids that differ; give one of the two another id than `r0001`
    14 findings in 8 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
    let count = found(&project, "").len();
    assert_eq!(project.run("check -q").stdout.lines().count(), count);
    assert_eq!(project.run("check -q").stderr, "");
    let answer = project.run("check --format json").json();
    assert_eq!(answer["findings"][0]["code"], "file_name");
}

#[test]
fn nothing_wrong_is_exit_0() {
    assert_snapshot!(line().run("check"), @"
    ------- stderr -------
    nothing found in 2 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    ");
    assert_snapshot!(line().run("check --format json"), @r#"{"ok":true,"revisions":2,"findings":[],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}"#);
    let empty = project()
        .file("limbeck.toml", "")
        .file("versions/.keep", "");
    assert_snapshot!(empty.run("check -q --format json"), @r#"{"ok":true,"revisions":0,"findings":[],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}"#);
}

#[test]
fn what_cannot_be_looked_at_is_exit_1() {
    assert_snapshot!(project().run("check"), @"
    ------- stderr -------
    error: there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here
    hint: `limbeck init` begins a project here
    [exit status: 1]
    ");
    assert_snapshot!(project().file("limbeck.toml", "").run("check --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"no_version_location","message":"there is no folder `versions`","candidates":[],"hints":["`version_locations` in limbeck.toml names the folders of revisions"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(line().run("check --git-base"), @"
    ------- stderr -------
    error: a value is required for '--git-base <REF>' but none was supplied

    For more information, try '--help'.
    [exit status: 2]
    ");
}

/// ```text
/// a1 ── u1 ── u2      users
///  ├─── u3            users
///  ├─── o1            orders
///  └─── x1
/// ```
fn lines() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("a1", "", ""),
        ("u1", "a1", "branch_labels: users"),
        ("u2", "u1", ""),
        ("o1", "a1", "branch_labels: orders"),
    ])
}

#[test]
fn there_is_one_head_or_one_for_each_line_that_is_listed() {
    let project = lines();
    assert_snapshot!(project.run("check"), @r#"
    versions/o1.sql:1: multiple_heads: there are 2 heads: `o1` and `u2`
    ------- stderr -------
    hint: `limbeck merge heads -m "…"` joins them
    hint: where the lines are to stay apart, `check.heads` in limbeck.toml lists their labels
    1 finding in 4 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
    let mut project = project.file("limbeck.toml", "[check]\nheads = ['users', 'orders']\n");
    assert_eq!(found(&project, ""), [""; 0]);
    project.write("versions/u3.sql", sql("u3", "u1", ""));
    project.write("versions/x1.sql", sql("x1", "a1", ""));
    assert_snapshot!(project.run("check"), @r#"
    versions/u2.sql:1: multiple_heads: there are 2 heads in branch `users`: `u2` and `u3`
    versions/x1.sql:1: unexpected_head: `x1` is a head, and in none of the lines that may have one: `users` and `orders`
    ------- stderr -------
    hint: `limbeck merge users@heads -m "…"` joins them
    hint: `limbeck merge x1 … -m "…"` joins it with another
    hint: `check.heads` lists the lines that may have a head
    2 findings in 6 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
    let project = project.file(
        "limbeck.toml",
        "[check]\nheads = ['usrs', 'orders', 'nothing']\n",
    );
    assert_snapshot!(project.run("check"), @r#"
    limbeck.toml:2: unknown_branch: `check.heads` names `usrs`, which is no branch label and no revision
    limbeck.toml:2: unknown_branch: `check.heads` names `nothing`, which is no branch label and no revision
    versions/u2.sql:1: unexpected_head: `u2` is a head, and in none of the lines that may have one: `usrs`, `orders` and `nothing`
    versions/u3.sql:1: unexpected_head: `u3` is a head, and in none of the lines that may have one: `usrs`, `orders` and `nothing`
    versions/x1.sql:1: unexpected_head: `x1` is a head, and in none of the lines that may have one: `usrs`, `orders` and `nothing`
    ------- stderr -------
    hint: did you mean `users`?
    hint: did you mean one of these: orders, users?
    hint: `limbeck merge u2 … -m "…"` joins it with another
    hint: `check.heads` lists the lines that may have a head
    hint: `limbeck merge u3 … -m "…"` joins it with another
    hint: `limbeck merge x1 … -m "…"` joins it with another
    5 findings in 6 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
    let project = lines().env("LIMBECK_CHECK_HEADS", "users,oders");
    assert_snapshot!(project.run("check --format json"), @r#"
    {"ok":false,"revisions":4,"findings":[{"code":"unknown_branch","message":"`check.heads` names `oders`, which is no branch label and no revision","revision":null,"path":null,"line":null,"object":null,"related":[],"hints":["did you mean `orders`?"]},{"code":"unexpected_head","message":"`o1` is a head, and in none of the lines that may have one: `users` and `oders`","revision":"o1","path":"versions/o1.sql","line":1,"object":null,"related":[],"hints":["`limbeck merge o1 … -m \"…\"` joins it with another","`check.heads` lists the lines that may have a head"]}],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}
    [exit status: 4]
    "#);
}

#[test]
fn a_revision_with_a_fault_makes_no_heads_of_its_parents() {
    let project = lines().file("versions/m1.sql", sql("m1", "u2, o1, gone", ""));
    assert_eq!(found(&project, ""), ["versions/m1.sql:2 missing_parent m1"]);
    let project = lines()
        .file("versions/m1.sql", sql("m1", "u2, o1", ""))
        .file("versions/m1_copy.sql", sql("m1", "u2, o1", ""));
    assert_eq!(
        found(&project, ""),
        ["versions/m1_copy.sql:1 duplicate_revision m1"]
    );
}

#[test]
fn downgrades_are_missed() {
    let up = |id: &str, down: &str| {
        format!("-- revision: {id}\n-- down_revision: {down}\n-- limbeck: upgrade\nSELECT 1;\n")
    };
    let project = line()
        .file("versions/s3.sql", up("s3", "r0002"))
        .file("versions/s4.sql", up("s4", "s3"))
        .file(
            "versions/s5.py",
            "from alembic import op\nrevision = 's5'\ndown_revision = 's4'\n\ndef upgrade():\n    \
             op.drop_table('x')\n",
        )
        .file(
            "versions/s6.rs",
            "//! x\nuse limbeck::prelude::*;\n\npub const REVISION: Revision = \
             Revision::new(\"s6\").down_revision(\"s5\");\n\npub fn upgrade(op: &mut Op) -> \
             Result<()> {\n    Ok(())\n}\n",
        );
    assert_snapshot!(project.run("check"), @"
    versions/s3.sql:1: missing_downgrade: revision `s3` has no downgrade
    versions/s4.sql:1: missing_downgrade: revision `s4` has no downgrade
    versions/s5.py:2: missing_downgrade: revision `s5` has no downgrade
    ------- stderr -------
    hint: write a section `-- limbeck: downgrade`; it may be empty
    hint: `check.ignore` in limbeck.toml names what is not to be reported
    hint: write `def downgrade()`; it may do nothing
    3 findings in 6 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    not checked: derived downgrades of revisions in Rust (1), which the project's own program tries
    [exit status: 4]
    ");
    let ignoring = |ignored: &str| format!("[check]\nignore = ['{ignored}']\n");
    let project = project.file("limbeck.toml", ignoring("missing_downgrade:s3"));
    assert_eq!(
        found(&project, ""),
        [
            "versions/s4.sql:1 missing_downgrade s4",
            "versions/s5.py:2 missing_downgrade s5"
        ]
    );
    let project = project.file("limbeck.toml", ignoring("missing_downgrade"));
    assert_eq!(found(&project, ""), [""; 0]);
}

#[test]
fn only_what_nothing_stops_on_can_be_ignored() {
    let ignoring =
        |ignored: &str| line().file("limbeck.toml", format!("check.ignore = ['{ignored}']"));
    assert_snapshot!(ignoring("mising_downgrade:a").run("check"), @"
    ------- stderr -------
    error: limbeck.toml:1: `check.ignore`: there is no finding `mising_downgrade` that can be ignored
    hint: did you mean `missing_downgrade`?
    [exit status: 1]
    ");
    assert_snapshot!(ignoring("cycle").run("heads"), @r"
    ------- stderr -------
    error: limbeck.toml:1: `check.ignore`: there is no finding `cycle` that can be ignored
    hint: these can: applied_without_file, changed_revision, changed_since_applied, deleted_revision, file_name, may_stop, missing_downgrade, multiple_heads, not_translated, shared_object, unexpected_head, unknown_in_database
    [exit status: 1]
    ");
    let project = lines().env("LIMBECK_CHECK_IGNORE", "multiple_heads");
    assert_eq!(found(&project, ""), [""; 0]);
}

#[test]
fn names_of_files_have_the_id_in_them() {
    let project = project()
        .file("limbeck.toml", "")
        .file("versions/a1_first.sql", sql("a1", "", ""))
        .file("versions/20260102_b1.sql", sql("b1", "a1", ""))
        .file("versions/xc1.sql", sql("c1", "b1", ""))
        .file("versions/d12_d.sql", sql("d1", "c1", ""))
        .file("versions/e1.2-e.sql", sql("e1.2", "d1", ""))
        .file("versions/_f_1.sql", sql(".f/1", "e1.2", ""))
        .file("versions/1_g.sql", sql("g", ".f/1", ""));
    assert_snapshot!(project.run("check"), @"
    versions/d12_d.sql:1: file_name: the name of the file does not have the id of its revision `d1` in it
    versions/xc1.sql:1: file_name: the name of the file does not have the id of its revision `c1` in it
    ------- stderr -------
    hint: `versions/d1_d1.sql` would be its name
    hint: `versions/c1_c1.sql` would be its name
    2 findings in 7 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
    // Where new files are not named after their ids either, nothing is expected.
    let project = project.file("limbeck.toml", "file_template = '{year}_{slug}'");
    assert_eq!(found(&project, ""), [""; 0]);
}

#[test]
fn an_alembic_project_is_checked_as_it_is() {
    let revision = |id: &str, down: &str| {
        format!(
            "\"\"\"add {id}\n\nCreate Date: 2026-01-02 03:04:05\n\"\"\"\nrevision = '{id}'\n\
             down_revision = {down}\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    pass\n"
        )
    };
    let project = project()
        .file(
            "alembic.ini",
            "[alembic]\nscript_location = %(here)s/db\n\
             file_template = %%(year)d_%%(month).2d_%%(rev)s_%%(slug)s\n",
        )
        .file("db/versions/2026_01_a1_add_a1.py", revision("a1", "None"))
        .file("db/versions/2026_01_a2_add_b1.py", revision("b1", "'a1'"))
        .file("db/versions/c1.py", revision("c1", "'a1'"));
    assert_snapshot!(project.run("check"), @r#"
    db/versions/2026_01_a2_add_b1.py:5: multiple_heads: there are 2 heads: `b1` and `c1`
    ------- stderr -------
    hint: `limbeck merge heads -m "…"` joins them
    1 finding in 3 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    "#);
}
