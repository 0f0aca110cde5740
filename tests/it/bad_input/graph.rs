//! Files that are each right and do not fit together.

use insta::assert_snapshot;

use super::Case;

fn case(revisions: &[(&str, &str, &str)]) -> Case {
    Case::new(|project| project.revisions(revisions))
}

#[test]
fn a_missing_parent() {
    let case = case(&[
        ("a1", "", ""),
        ("b1", "a1", ""),
        ("d1", "c1", ""),
        ("e1", "d1", ""),
    ]);
    assert_snapshot!(case.refused("upgrade head", "missing_parent"), @"
    ------- stderr -------
    error: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("plan upgrade head", "missing_parent"), @"
    ------- stderr -------
    error: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("history"), @"
    a1 -> b1 (head), add t_b1
    <base> -> a1, add t_a1
    ------- stderr -------
    warning: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    ");
    assert_snapshot!(case.project.run("heads"), @"
    b1 (head)
    ------- stderr -------
    warning: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    ");
    assert_snapshot!(case.project.run("show b1"), @"
    Rev: b1 (head)
    Parent: a1
    Path: versions/b1.sql

        add t_b1

        Create Date: [DATE]

    ------- stderr -------
    warning: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    ");
    assert_snapshot!(case.refused("show e1", "unknown_revision"), @"
    ------- stderr -------
    warning: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    error: there is no revision or branch label `e1`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("current"), @"
    ------- stderr -------
    warning: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    ");
    assert_snapshot!(case.project.run("status"), @"
    pending  a1  add t_a1
    pending  b1  add t_b1
    ------- stderr -------
    warning: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    0 applied, 2 pending; the database stands at <base>
    ");
    assert_snapshot!(case.refused("revision -m more", "missing_parent"), @"
    ------- stderr -------
    error: versions/d1.sql:2: the parent `c1` of revision `d1` does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("check"), @"
    versions/d1.sql:2: missing_parent: the parent `c1` of revision `d1` does not exist
    ------- stderr -------
    hint: its file may not be part of this checkout; what stands on it is left out
    1 finding in 4 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
}

#[test]
fn a_missing_parent_that_looks_like_another() {
    let case = case(&[("a1b2c3d4e5f6", "", ""), ("b1", "a1b2c3d4e5f7", "")]);
    assert_snapshot!(case.refused("upgrade head", "missing_parent"), @"
    ------- stderr -------
    error: versions/b1.sql:2: the parent `a1b2c3d4e5f7` of revision `b1` does not exist
      a1b2c3d4e5f6
    hint: did you mean `a1b2c3d4e5f6`?
    hint: its file may not be part of this checkout; what stands on it is left out
    [exit status: 1]
    ");
}

#[test]
fn one_id_in_two_files() {
    let case = Case::new(|project| {
        project.revisions(&[("a1", "", ""), ("b1", "a1", "")]).file(
            "versions/copy.sql",
            "-- revision: b1\n-- down_revision: a1\n-- limbeck: upgrade\n",
        )
    });
    assert_snapshot!(case.refused("upgrade head", "duplicate_revision"), @"
    ------- stderr -------
    error: revision `b1` is declared twice: in versions/b1.sql:1 and in versions/copy.sql:1
    hint: `limbeck revision` makes ids that differ; give one of the two another id than `b1`
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("history"), @"
    <base> -> a1 (head), add t_a1
    ------- stderr -------
    warning: revision `b1` is declared twice: in versions/b1.sql:1 and in versions/copy.sql:1
    hint: `limbeck revision` makes ids that differ; give one of the two another id than `b1`
    ");
}

#[test]
fn several_faults() {
    let case = case(&[
        ("a1", "", "branch_labels: x"),
        ("b1", "a1", "branch_labels: x"),
        ("c1", "zz", ""),
        ("d1", "b1", "depends_on: yy"),
    ]);
    assert_snapshot!(case.refused("upgrade head", "duplicate_label"), @"
    ------- stderr -------
    error: branch label `x` is declared twice: by revision `a1` in versions/a1.sql:3 and by revision `b1` in versions/b1.sql:3
      and 2 more faults
    hint: the label belongs to the revision with which its line begins
    hint: `limbeck check` shows all of them
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("check"), @"
    versions/b1.sql:3: duplicate_label: branch label `x` is declared twice: by revision `a1` in versions/a1.sql:3 and by revision `b1` in versions/b1.sql:3
    versions/c1.sql:2: missing_parent: the parent `zz` of revision `c1` does not exist
    versions/d1.sql:3: missing_dependency: revision `d1` depends on `yy`, which does not exist
    ------- stderr -------
    hint: the label belongs to the revision with which its line begins
    hint: its file may not be part of this checkout; what stands on it is left out
    3 findings in 4 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    [exit status: 4]
    ");
    assert_snapshot!(case.project.run("check --format json"), @r#"
    {"ok":false,"revisions":4,"findings":[{"code":"duplicate_label","message":"branch label `x` is declared twice: by revision `a1` in versions/a1.sql:3 and by revision `b1` in versions/b1.sql:3","revision":"b1","path":"versions/b1.sql","line":3,"object":null,"related":[{"revision":"a1","path":"versions/a1.sql","line":3}],"hints":["the label belongs to the revision with which its line begins"]},{"code":"missing_parent","message":"the parent `zz` of revision `c1` does not exist","revision":"c1","path":"versions/c1.sql","line":2,"object":null,"related":[],"hints":["its file may not be part of this checkout; what stands on it is left out"]},{"code":"missing_dependency","message":"revision `d1` depends on `yy`, which does not exist","revision":"d1","path":"versions/d1.sql","line":3,"object":null,"related":[],"hints":["its file may not be part of this checkout; what stands on it is left out"]}],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}
    [exit status: 4]
    "#);
}

#[test]
fn a_cycle_of_parents() {
    let case = case(&[
        ("a1", "", ""),
        ("b1", "d1", ""),
        ("c1", "b1", ""),
        ("d1", "c1", ""),
    ]);
    assert_snapshot!(case.refused("upgrade heads", "cycle"), @"
    ------- stderr -------
    error: versions/b1.sql:2: the references of down_revision form a circle: `b1` -> `d1` -> `c1` -> `b1`
      versions/b1.sql:2: `b1` names `d1`
      versions/d1.sql:2: `d1` names `c1`
      versions/c1.sql:2: `c1` names `b1`
    hint: one of these references has to go
    [exit status: 1]
    ");
}

#[test]
fn a_revision_that_is_its_own_parent() {
    let case = case(&[("a1", "", ""), ("b1", "b1", "")]);
    assert_snapshot!(case.refused("upgrade heads", "cycle"), @"
    ------- stderr -------
    error: versions/b1.sql:2: revision `b1` names itself in down_revision
    hint: one of these references has to go
    [exit status: 1]
    ");
}

#[test]
fn a_cycle_of_dependencies() {
    let case = case(&[
        ("a1", "", ""),
        ("b1", "a1", "depends_on: c1"),
        ("c1", "a1", "depends_on: b1"),
    ]);
    assert_snapshot!(case.refused("upgrade heads", "cycle"), @"
    ------- stderr -------
    error: versions/b1.sql:3: the references of depends_on form a circle: `b1` -> `c1` -> `b1`
      versions/b1.sql:3: `b1` names `c1`
      versions/c1.sql:3: `c1` names `b1`
    hint: one of these references has to go
    [exit status: 1]
    ");
}

#[test]
fn a_revision_that_depends_on_itself() {
    let case = case(&[("a1", "", ""), ("b1", "a1", "depends_on: b1")]);
    assert_snapshot!(case.refused("upgrade heads", "cycle"), @"
    ------- stderr -------
    error: versions/b1.sql:3: revision `b1` names itself in depends_on
    hint: one of these references has to go
    [exit status: 1]
    ");
}

#[test]
fn a_dependency_on_a_descendant() {
    let case = case(&[("a1", "", "depends_on: b1"), ("b1", "a1", "")]);
    assert_snapshot!(case.refused("upgrade heads", "cycle"), @"
    ------- stderr -------
    error: versions/a1.sql:3: the references of down_revision and depends_on form a circle: `a1` -> `b1` -> `a1`
      versions/a1.sql:3: `a1` names `b1`
      versions/b1.sql:2: `b1` names `a1`
    hint: one of these references has to go
    [exit status: 1]
    ");
}

#[test]
fn a_missing_dependency() {
    let case = case(&[("a1", "", ""), ("b1", "a1", "depends_on: zz")]);
    assert_snapshot!(case.refused("upgrade heads", "missing_dependency"), @"
    ------- stderr -------
    error: versions/b1.sql:3: revision `b1` depends on `zz`, which does not exist
    hint: its file may not be part of this checkout; what stands on it is left out
    [exit status: 1]
    ");
}

#[test]
fn one_label_in_two_files() {
    let case = case(&[
        ("a1", "", "branch_labels: x"),
        ("b1", "", "branch_labels: x"),
    ]);
    assert_snapshot!(case.refused("upgrade heads", "duplicate_label"), @"
    ------- stderr -------
    error: branch label `x` is declared twice: by revision `a1` in versions/a1.sql:3 and by revision `b1` in versions/b1.sql:3
    hint: the label belongs to the revision with which its line begins
    [exit status: 1]
    ");
}

#[test]
fn a_label_that_is_an_id() {
    let case = case(&[("a1", "", ""), ("b1", "a1", "branch_labels: a1")]);
    assert_snapshot!(case.refused("upgrade heads", "duplicate_label"), @"
    ------- stderr -------
    error: versions/b1.sql:3: branch label `a1` of revision `b1` is also the id of the revision in versions/a1.sql:1
    hint: the label belongs to the revision with which its line begins
    [exit status: 1]
    ");
}

#[test]
fn an_id_with_an_illegal_character() {
    let case = case(&[("a-1", "", "")]);
    assert_snapshot!(case.refused("upgrade heads", "illegal_id"), @"
    ------- stderr -------
    error: versions/a-1.sql:1: character '-' is not allowed in the name `a-1`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
}

#[test]
fn an_id_that_is_too_long() {
    let case = case(&[("a23456789012345678901234567890123", "", "")]);
    assert_snapshot!(case.refused("upgrade heads", "illegal_id"), @"
    ------- stderr -------
    error: versions/a23456789012345678901234567890123.sql:1: `a23456789012345678901234567890123` has 33 characters; the version table holds 32
    hint: choose a shorter one
    [exit status: 1]
    ");
}

#[test]
fn an_id_that_is_a_keyword() {
    let case = case(&[("head", "", "")]);
    assert_snapshot!(case.refused("upgrade heads", "illegal_id"), @"
    ------- stderr -------
    error: versions/head.sql:1: `head` has a meaning of its own in targets and cannot be a name
    hint: head, heads, base and current are such words
    [exit status: 1]
    ");
}

#[test]
fn an_id_with_a_space() {
    let case = case(&[("a b", "", "")]);
    assert_snapshot!(case.refused("upgrade heads", "illegal_id"), @"
    ------- stderr -------
    error: versions/a b.sql:1: character ' ' is not allowed in the name `a b`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
}

#[test]
fn a_label_with_an_illegal_character() {
    let case = case(&[("a1", "", "branch_labels: x@y")]);
    assert_snapshot!(case.refused("upgrade heads", "illegal_id"), @"
    ------- stderr -------
    error: versions/a1.sql:3: character '@' is not allowed in the name `x@y`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
}

#[test]
fn a_parent_with_an_illegal_name() {
    let case = case(&[("a1", "", ""), ("b1", "a-1", "")]);
    assert_snapshot!(case.refused("upgrade heads", "missing_parent"), @"
    ------- stderr -------
    error: versions/b1.sql:2: the parent `a-1` of revision `b1` does not exist
      a1
    hint: did you mean `a1`?
    hint: its file may not be part of this checkout; what stands on it is left out
    [exit status: 1]
    ");
}
