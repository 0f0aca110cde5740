//! Names that stand for no revision, for several, or for one that there is no way to.

use insta::assert_snapshot;

use super::Case;

/// Two labelled lines on one base:
///
/// ```text
/// aaaa1111 ─┬─ bbbb1111 (users) ── cccc1111
///           └─ bbbb2222 (carts) ── cccc2222
/// ```
fn two_lines() -> Case {
    Case::new(|project| {
        project.revisions(&[
            ("aaaa1111", "", ""),
            ("bbbb1111", "aaaa1111", "branch_labels: users"),
            ("bbbb2222", "aaaa1111", "branch_labels: carts"),
            ("cccc1111", "bbbb1111", ""),
            ("cccc2222", "bbbb2222", ""),
        ])
    })
}

#[test]
fn an_unknown_revision() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade zzzz", "unknown_revision"), @"
    ------- stderr -------
    error: there is no revision or branch label `zzzz`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
}

#[test]
fn a_mistyped_revision() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade cccc1112", "unknown_revision"), @"
    ------- stderr -------
    error: there is no revision or branch label `cccc1112`
      cccc1111  add t_cccc1111  users
    hint: did you mean `cccc1111`?
    [exit status: 1]
    ");
}

#[test]
fn a_mistyped_label() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade usres@head", "unknown_branch"), @"
    ------- stderr -------
    error: there is no branch `usres`
      users
    hint: did you mean `users@head`?
    [exit status: 1]
    ");
}

#[test]
fn a_mistyped_keyword() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade haed", "unknown_revision"), @"
    ------- stderr -------
    error: there is no revision or branch label `haed`
    hint: did you mean `head`?
    [exit status: 1]
    ");
}

#[test]
fn an_ambiguous_prefix() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade bbbb", "ambiguous_revision"), @"
    ------- stderr -------
    error: `bbbb` is the beginning of 2 names
      bbbb1111  add t_bbbb1111  users
      bbbb2222  add t_bbbb2222  carts
    hint: type more of the one you mean
    [exit status: 1]
    ");
}

#[test]
fn an_unknown_branch() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade nope@head", "unknown_branch"), @"
    ------- stderr -------
    error: there is no branch `nope`
      users
      carts
    hint: `limbeck branches` and `limbeck heads` show the labels
    [exit status: 1]
    ");
}

#[test]
fn a_revision_of_another_branch() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade users@cccc2222", "not_in_branch"), @"
    ------- stderr -------
    error: revision `cccc2222` is not on branch `users`
      cccc1111  add t_cccc1111  users
    hint: `limbeck history -r base:users@head` lists that branch
    [exit status: 1]
    ");
}

#[test]
fn several_heads_for_upgrade() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade head", "multiple_heads"), @r#"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck upgrade heads` goes to both; `limbeck upgrade users@head` to one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
}

#[test]
fn several_heads_for_show() {
    let case = two_lines();
    assert_snapshot!(case.refused("show head", "multiple_heads"), @"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck show heads` means both; `limbeck show users@head` one
    [exit status: 1]
    ");
}

#[test]
fn several_heads_for_edit() {
    let case = two_lines();
    assert_snapshot!(case.refused("edit head", "multiple_heads"), @"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck edit heads` means both; `limbeck edit users@head` one
    [exit status: 1]
    ");
}

#[test]
fn several_heads_for_history() {
    let case = two_lines();
    assert_snapshot!(case.refused("history -r base:head", "multiple_heads"), @"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck history -r :users@head` chooses one
    [exit status: 1]
    ");
}

#[test]
fn several_heads_for_revision() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more", "multiple_heads"), @r#"
    ------- stderr -------
    error: a new revision goes on top of one head, but there are 2
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck revision -m "…" --head users@head` chooses one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
}

#[test]
fn several_heads_for_revision_named() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more --head head", "multiple_heads"), @r#"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck revision -m "…" --head users@head` chooses one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
}

#[test]
fn several_heads_for_stamp() {
    let case = two_lines();
    assert_snapshot!(case.refused("stamp head", "multiple_heads"), @r#"
    ------- stderr -------
    error: `head` names one revision, but there are 2 heads
      cccc1111  add t_cccc1111  users
      cccc2222  add t_cccc2222  carts
    hint: `limbeck stamp heads` means both; `limbeck stamp users@head` one
    hint: `limbeck merge heads -m "…"` joins them
    [exit status: 1]
    "#);
}

#[test]
fn several_heads_of_the_database_for_plus() {
    let case = two_lines().after("upgrade heads");
    assert_snapshot!(case.refused("upgrade +1", "ambiguous_walk"), @"
    ------- stderr -------
    error: `+1` is ambiguous: the walk can begin at 2 places
      cccc1111+1
      cccc2222+1
    hint: `limbeck upgrade cccc1111+1` takes one of the ways
    [exit status: 1]
    ");
}

#[test]
fn several_heads_of_the_database_for_minus() {
    let case = two_lines().after("upgrade heads");
    assert_snapshot!(case.refused("downgrade -1", "ambiguous_walk"), @"
    ------- stderr -------
    error: `-1` is ambiguous: the walk can begin at 2 places
      users@-1
      carts@-1
    hint: `limbeck downgrade users@-1` takes one of the ways
    [exit status: 1]
    ");
}

#[test]
fn a_walk_up_that_meets_a_branch() {
    let case = two_lines().after("upgrade aaaa1111");
    assert_snapshot!(case.refused("upgrade +1", "ambiguous_walk"), @"
    ------- stderr -------
    error: `+1` is ambiguous: from `aaaa1111` there are 2 ways to go
      bbbb1111  add t_bbbb1111  users
      bbbb2222  add t_bbbb2222  carts
    hint: `limbeck upgrade bbbb1111` takes one of the ways
    [exit status: 1]
    ");
}

#[test]
fn a_walk_from_a_name_that_meets_a_branch() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade aaaa1111+1", "ambiguous_walk"), @"
    ------- stderr -------
    error: `aaaa1111+1` is ambiguous: from `aaaa1111` there are 2 ways to go
      bbbb1111  add t_bbbb1111  users
      bbbb2222  add t_bbbb2222  carts
    hint: `limbeck upgrade bbbb1111` takes one of the ways
    [exit status: 1]
    ");
}

#[test]
fn too_far_up() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade users@+99", "walked_too_far"), @"
    ------- stderr -------
    error: `users@+99` goes too far: there are only 3 steps that way
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn too_far_up_from_the_head() {
    let case = two_lines().after("upgrade cccc1111");
    assert_snapshot!(case.refused("upgrade users@head+1", "walked_too_far"), @"
    ------- stderr -------
    error: `users@head+1` goes too far: there is no revision that way
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn too_far_down() {
    let case = two_lines().after("upgrade cccc1111");
    assert_snapshot!(case.refused("downgrade -99", "walked_too_far"), @"
    ------- stderr -------
    error: `-99` goes too far: there are only 3 steps that way
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn down_from_nothing() {
    let case = two_lines();
    assert_snapshot!(case.refused("downgrade -1", "walked_too_far"), @"
    ------- stderr -------
    error: `-1` goes too far: there is no revision that way
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn down_to_what_is_above() {
    let case = two_lines().after("upgrade aaaa1111");
    assert_snapshot!(case.refused("downgrade cccc1111", "not_ancestor"), @"
    ------- stderr -------
    error: `cccc1111` is not below the database's heads (aaaa1111), so no downgrade leads to it
      aaaa1111  add t_aaaa1111
    hint: `limbeck plan upgrade cccc1111` shows whether it is above
    [exit status: 1]
    ");
}

#[test]
fn down_to_another_line() {
    let case = two_lines().after("upgrade cccc1111");
    assert_snapshot!(case.refused("downgrade cccc2222", "not_ancestor"), @"
    ------- stderr -------
    error: `cccc2222` is not below the database's heads (cccc1111), so no downgrade leads to it
      cccc1111  add t_cccc1111  users
    hint: `limbeck plan upgrade cccc2222` shows whether it is above
    [exit status: 1]
    ");
}

#[test]
fn counting_down_for_upgrade() {
    let case = two_lines().after("upgrade cccc1111");
    assert_snapshot!(case.refused("upgrade -1", "invalid_target"), @"
    ------- stderr -------
    error: `-1` counts down from the current heads, and `upgrade` only goes up
    hint: `limbeck downgrade -1` goes there
    [exit status: 1]
    ");
}

#[test]
fn counting_up_for_downgrade() {
    let case = two_lines().after("upgrade aaaa1111");
    assert_snapshot!(case.refused("downgrade users@+1", "invalid_target"), @"
    ------- stderr -------
    error: `users@+1` counts up from the current heads, and `downgrade` only goes down
    hint: `limbeck upgrade users@+1` goes there
    [exit status: 1]
    ");
}

#[test]
fn a_range_over_two_lines() {
    let case = two_lines();
    assert_snapshot!(case.refused("history -r cccc1111:cccc2222", "not_ancestor"), @"
    ------- stderr -------
    error: `cccc1111` is not an ancestor of `cccc2222`, so `cccc1111:cccc2222` is no range
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn a_range_from_current() {
    let case = two_lines().after("upgrade cccc1111");
    assert_snapshot!(case.refused("history -r current:cccc2222", "not_ancestor"), @"
    ------- stderr -------
    error: `current` is not an ancestor of `cccc2222`, so `current:cccc2222` is no range
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn a_range_with_two_colons() {
    let case = two_lines();
    assert_snapshot!(case.refused("history -r a:b:c", "invalid_target"), @"
    ------- stderr -------
    error: `a:b:c` has more than one `:`
    hint: a range is written `start:end`, `start:` or `:end`
    [exit status: 1]
    ");
}

#[test]
fn a_range_without_a_colon() {
    let case = two_lines();
    assert_snapshot!(case.refused("history -r cccc1111", "invalid_target"), @"
    ------- stderr -------
    error: `cccc1111` is no range; a range is written `start:end`, `start:` or `:end`
    hint: `limbeck history -r cccc1111:` begins there
    [exit status: 1]
    ");
}

#[test]
fn a_range_where_none_is_allowed() {
    let case = two_lines();
    assert_snapshot!(case.refused("show base:aaaa1111", "invalid_target"), @"
    ------- stderr -------
    error: `base:aaaa1111` is a range, but a single target is needed
    hint: `limbeck history -r` takes ranges
    [exit status: 1]
    ");
}

#[test]
fn a_range_for_a_database() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade base:users@head", "invalid_target"), @"
    ------- stderr -------
    error: `base:users@head` is a range, but a single target is needed
    hint: a range belongs to `limbeck upgrade --sql`
    [exit status: 1]
    ");
}

#[test]
fn a_revision_on_what_is_no_head() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more --head bbbb1111", "not_a_head"), @"
    ------- stderr -------
    error: revision `bbbb1111` is no head: these follow it
      cccc1111  add t_cccc1111  users
    hint: `--splice` begins a branch there
    [exit status: 1]
    ");
}

#[test]
fn a_merge_of_the_same_twice() {
    let case = two_lines();
    assert_snapshot!(case.refused("merge cccc1111 cccc1", "duplicate_heads"), @"
    ------- stderr -------
    error: revision `cccc1111` is named twice
    [exit status: 1]
    ");
}

#[test]
fn a_merge_of_one() {
    let case = two_lines();
    assert_snapshot!(case.refused("merge cccc1111", "nothing_to_merge"), @"
    ------- stderr -------
    error: a merge joins two revisions or more, and `cccc1111` is one
    hint: `limbeck heads` shows what there is to join
    [exit status: 1]
    ");
}

#[test]
fn a_merge_of_what_is_no_head() {
    let case = two_lines();
    assert_snapshot!(case.refused("merge bbbb1111 cccc2222", "not_a_head"), @"
    ------- stderr -------
    error: revision `bbbb1111` is no head: these follow it
      cccc1111  add t_cccc1111  users
    hint: `--splice` begins a branch there
    [exit status: 1]
    ");
}

#[test]
fn a_merge_of_relatives() {
    let case = two_lines();
    assert_snapshot!(case.refused("merge aaaa1111 cccc2222 --splice", "nothing_to_merge"), @"
    ------- stderr -------
    error: `aaaa1111` is below `cccc2222` already, so there is nothing to join
    [exit status: 1]
    ");
}

#[test]
fn a_label_that_is_taken() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more --head users@head --branch-label carts", "duplicate_label"), @"
    ------- stderr -------
    error: the label `carts` is taken
      bbbb2222  add t_bbbb2222  carts
    hint: a label belongs to the revision with which its line begins; choose another
    [exit status: 1]
    ");
}

#[test]
fn a_label_that_is_a_revision() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more --head users@head --branch-label aaaa1111", "duplicate_label"), @"
    ------- stderr -------
    error: the label `aaaa1111` is the id of a revision
      aaaa1111  add t_aaaa1111
    hint: a label belongs to the revision with which its line begins; choose another
    [exit status: 1]
    ");
}

#[test]
fn an_id_that_is_taken() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more --head users@head --rev-id aaaa1111", "duplicate_revision"), @"
    ------- stderr -------
    error: there is a revision `aaaa1111` already
      aaaa1111  add t_aaaa1111
    hint: without `--rev-id` a revision gets an id of its own
    [exit status: 1]
    ");
}

#[test]
fn a_line_that_is_not_applied() {
    let case = two_lines().after("upgrade cccc1111");
    assert_snapshot!(case.refused("downgrade carts@-1", "not_applied"), @"
    ------- stderr -------
    error: nothing of branch `carts` is applied, so `carts@-1` has nowhere to begin
      cccc1111  add t_cccc1111  users
    hint: `limbeck current` shows where the database stands
    [exit status: 1]
    ");
}

#[test]
fn an_empty_target() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade ''", "invalid_target"), @"
    ------- stderr -------
    error: an empty target names no revision
    hint: `limbeck upgrade head`, for example
    [exit status: 1]
    ");
}

#[test]
fn a_branch_without_a_name() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade @head", "invalid_target"), @"
    ------- stderr -------
    error: `@head` has no branch before its `@`
    hint: a target is written `branch@revision`, `branch@head` or `branch@+1`
    [exit status: 1]
    ");
}

#[test]
fn nothing_after_a_branch() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade users@ ", "invalid_target"), @"
    ------- stderr -------
    error: `users@` names a branch but nothing on it
    hint: `limbeck upgrade users@head` means its head
    [exit status: 1]
    ");
}

#[test]
fn two_branches() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade users@carts@head", "invalid_target"), @"
    ------- stderr -------
    error: `users@carts@head` has more than one `@`
    hint: a target is written `branch@revision`, `branch@head` or `branch@+1`
    [exit status: 1]
    ");
}

#[test]
fn steps_that_are_no_number() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade head+x", "invalid_target"), @"
    ------- stderr -------
    error: `head+x` has a sign that no whole number follows
    hint: steps are written `+1`, `-2` or `revision+1`
    [exit status: 1]
    ");
}

#[test]
fn a_lone_plus() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade +", "invalid_target"), @"
    ------- stderr -------
    error: `+` has a sign that no whole number follows
    hint: steps are written `+1`, `-2` or `revision+1`
    [exit status: 1]
    ");
}

#[test]
fn too_many_steps() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade +99999999999999999999", "invalid_target"), @"
    ------- stderr -------
    error: `+99999999999999999999` counts too many steps
    [exit status: 1]
    ");
}

#[test]
fn a_space_in_a_target() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade 'users head'", "invalid_target"), @"
    ------- stderr -------
    error: character ' ' cannot be part of the target `users head`
    [exit status: 1]
    ");
}

#[test]
fn a_stamp_of_two_on_one_line() {
    let case = two_lines();
    assert_snapshot!(case.refused("stamp aaaa1111 cccc1111", "overlapping_targets"), @"
    ------- stderr -------
    error: `aaaa1111` is below `cccc1111`; one line cannot be stamped at two revisions
      aaaa1111  add t_aaaa1111
      cccc1111  add t_cccc1111  users
    hint: `limbeck stamp cccc1111` says that everything below it is applied, too
    [exit status: 1]
    ");
}

#[test]
fn a_start_that_is_unknown() {
    let case = two_lines();
    assert_snapshot!(case.refused("plan upgrade heads --from zzzz", "unknown_revision"), @"
    ------- stderr -------
    error: there is no revision or branch label `zzzz`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
}

#[test]
fn a_start_that_is_malformed() {
    let case = two_lines();
    assert_snapshot!(case.refused("plan upgrade heads --from a@@b", "invalid_target"), @"
    ------- stderr -------
    error: `a@@b` has more than one `@`
    hint: a target is written `branch@revision`, `branch@head` or `branch@+1`
    [exit status: 1]
    ");
}

#[test]
fn purging_offline() {
    let case = two_lines();
    assert_snapshot!(case.refused("stamp --purge --sql cccc1111", "usage"), @"
    ------- stderr -------
    error: the argument '--purge' cannot be used with '--sql'

    Usage: limbeck stamp --purge <REVISION>...

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn an_offline_downgrade_without_a_start() {
    let case = two_lines();
    assert_snapshot!(case.refused("downgrade base --sql", "invalid_target"), @"
    ------- stderr -------
    error: without a database, a downgrade needs to be told where to begin
    hint: `limbeck downgrade heads:base --sql`
    [exit status: 1]
    ");
}

#[test]
fn an_offline_stamp_of_two_ranges() {
    let case = two_lines();
    assert_snapshot!(case.refused("stamp base:cccc1111 base:cccc2222 --sql", "invalid_target"), @"
    ------- stderr -------
    error: a script begins at one place, and several ranges are given
    [exit status: 1]
    ");
}

#[test]
fn an_offline_range_from_current() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade current:users@head --sql", "needs_database"), @"
    ------- stderr -------
    error: `current` depends on where the database stands, which is not known here
    hint: name a revision, or say where to begin: `FROM:TO`
    [exit status: 1]
    ");
}

#[test]
fn an_offline_downgrade_upwards() {
    let case = two_lines();
    assert_snapshot!(case.refused("downgrade aaaa1111:cccc1111 --sql", "not_ancestor"), @"
    ------- stderr -------
    error: `cccc1111` is not below the database's heads (aaaa1111), so no downgrade leads to it
      aaaa1111  add t_aaaa1111
    hint: `limbeck plan upgrade cccc1111` shows whether it is above
    [exit status: 1]
    ");
}

#[test]
fn an_offline_range_that_is_empty() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade : --sql", "invalid_target"), @"
    ------- stderr -------
    error: the range `:` has no end
    hint: `limbeck upgrade :heads --sql`
    [exit status: 1]
    ");
}

#[test]
fn no_guard_without_sql() {
    let case = two_lines();
    assert_snapshot!(case.refused("upgrade users@head --no-guard", "usage"), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      --sql

    Usage: limbeck upgrade --sql --no-guard <TARGET>...

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn a_dependency_that_is_unknown() {
    let case = two_lines();
    assert_snapshot!(case.refused("revision -m more --head users@head --depends-on zzzz", "unknown_revision"), @"
    ------- stderr -------
    error: there is no revision or branch label `zzzz`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
}

/// The database knows a revision that no file and no ledger has.
fn ahead() -> Case {
    two_lines().after("upgrade heads").after_sql(
        "UPDATE alembic_version SET version_num = 'ffff9999' WHERE version_num = 'cccc1111'",
    )
}

#[test]
fn ahead_of_the_files_is_shown() {
    let case = ahead();
    assert_snapshot!(case.project.run("current"), @"
    cccc2222 (head)
    ffff9999 (unknown)
    ");
    assert_snapshot!(case.project.run("status"), @"
    applied  aaaa1111  add t_aaaa1111  [DATE] in [TIME]
    applied  bbbb2222  add t_bbbb2222  [DATE] in [TIME]
    applied  cccc2222  add t_cccc2222  [DATE] in [TIME]
    unclear  bbbb1111  add t_bbbb1111  in the ledger since [DATE]
    unclear  cccc1111  add t_cccc1111  in the ledger since [DATE]
    unknown  ffff9999  in no file
    ------- stderr -------
    3 applied, 0 pending, 2 unclear; the database stands at cccc2222, ffff9999, 1 unknown
    ");
    assert_snapshot!(case.project.run("history -i"), @"
    bbbb1111 -> cccc1111 (users) (head), add t_cccc1111
    aaaa1111 -> bbbb1111 (users), add t_bbbb1111
    bbbb2222 -> cccc2222 (carts) (head) (current), add t_cccc2222
    aaaa1111 -> bbbb2222 (carts), add t_bbbb2222
    <base> -> aaaa1111 (branchpoint), add t_aaaa1111
    ------- stderr -------
    warning: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck status` shows what is known
    ");
    assert_snapshot!(case.project.run("current --check-heads --format json"), @r#"
    {"heads":[{"revision":"cccc2222","known":true,"head":true,"message":"add t_cccc2222"},{"revision":"ffff9999","known":false,"head":false,"message":null}]}
    [exit status: 4]
    "#);
}

#[test]
fn ahead_of_the_files_for_upgrade() {
    assert_snapshot!(ahead().refused("upgrade heads", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck downgrade ffff9999@-1` takes it back with what the ledger kept of it
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_upgrade_of_another_line() {
    assert_snapshot!(ahead().refused("upgrade carts@head", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck downgrade ffff9999@-1` takes it back with what the ledger kept of it
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_downgrade() {
    assert_snapshot!(ahead().refused("downgrade -1", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: the ledger does not have it either; `limbeck stamp --purge REVISION` notes down where the database really stands
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_downgrade_to_base() {
    assert_snapshot!(ahead().refused("downgrade base", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: the ledger does not have it either; `limbeck stamp --purge REVISION` notes down where the database really stands
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_downgrade_of_it() {
    assert_snapshot!(ahead().refused("downgrade ffff9999@-1", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: the ledger does not have it either; `limbeck stamp --purge REVISION` notes down where the database really stands
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_stamp() {
    assert_snapshot!(ahead().refused("stamp cccc1111", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck stamp --purge REVISION` replaces all rows, unknown ones as well
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_history() {
    assert_snapshot!(ahead().refused("history -r base:current", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck status` shows what is known
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_for_show() {
    assert_snapshot!(ahead().refused("show current", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `ffff9999`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck status` shows what is known
    [exit status: 1]
    ");
}

#[test]
fn ahead_of_the_files_is_left_by_purging() {
    let case = ahead();
    assert_snapshot!(case.project.run("stamp --purge heads"), @"
    ------- stderr -------
    stamp ffff9999 -> 
    stamp  -> cccc1111, add t_cccc1111
    2 steps done in [TIME]; 5 of 5 revisions applied
    ");
    assert_eq!(case.database().heads(), ["cccc1111", "cccc2222"]);
}

#[test]
fn ahead_of_the_files_but_in_the_ledger() {
    let case = two_lines().after("upgrade heads");
    std::fs::remove_file(case.project.path("versions/cccc1111.sql")).unwrap();
    assert_snapshot!(case.project.run("current"), @"
    cccc1111 (unknown)
    cccc2222 (head)
    ");
    assert_snapshot!(case.refused("upgrade heads", "unknown_in_database"), @"
    ------- stderr -------
    error: the database stands at `cccc1111`, which is in no revision file
    hint: this checkout may be older than the database: update it, or build from the newer one
    hint: `limbeck downgrade cccc1111@-1` takes it back with what the ledger kept of it
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("downgrade cccc1111@-1"), @"
    ------- stderr -------
    downgrade cccc1111 -> bbbb1111  ([TIME])
    1 step done in [TIME]; 4 of 4 revisions applied
    ");
    assert_eq!(case.database().heads(), ["bbbb1111", "cccc2222"]);
}

#[test]
fn a_database_behind_the_heads() {
    let case = two_lines().after("upgrade aaaa1111");
    assert_snapshot!(case.project.run("current --check-heads"), @"
    aaaa1111 (branchpoint)
    ------- stderr -------
    the database is not at all heads
    [exit status: 4]
    ");
    assert_snapshot!(case.project.run("current --check-heads --format json"), @r#"
    {"heads":[{"revision":"aaaa1111","known":true,"head":false,"message":"add t_aaaa1111"}]}
    [exit status: 4]
    "#);
}

#[test]
fn a_version_row_that_changes_on_the_way() {
    let case = Case::new(|project| {
        project.file(
            "versions/a.sql",
            "-- revision: a1\n\n-- limbeck: upgrade\nCREATE TABLE t (id int);\n\n-- limbeck: downgrade\nUPDATE alembic_version SET version_num = 'other';\nDROP TABLE t;\n",
        )
    })
    .after("upgrade head");
    assert_snapshot!(case.refused("downgrade base", "heads_moved"), @"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: downgrade a1
      another program changed the version table meanwhile
      done before it: nothing; the database stands at a1
    hint: run the command again: it plans from where the database stands now
    [exit status: 1]
    ");
}
