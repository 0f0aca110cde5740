//! What a merge would make of the revisions: real repositories, and the `git` there is.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use insta::assert_snapshot;

use super::{found, sql};
use crate::support::{Project, project};

/// Makes a repository of a project and commits what is there to `main`.
fn repository(project: Project) -> Project {
    git(&project, "init -q -b main");
    commit(&project);
    project
}

#[track_caller]
pub(super) fn git(project: &Project, line: &str) -> String {
    let mut command = Command::new("git");
    command
        .current_dir(project.path(""))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", project.home())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(["-c", "protocol.file.allow=always"])
        .args(shlex::split(line).unwrap());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {line}\n{said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[track_caller]
fn commit(project: &Project) {
    git(project, "add -A");
    git(project, "commit -q --allow-empty -m x");
}

/// Goes to a branch, a new one where there is none, and commits a file there.
#[track_caller]
pub(super) fn on_branch(project: &mut Project, branch: &str, files: &[(&str, String)]) {
    if git(project, "branch --format=%(refname:short)")
        .lines()
        .any(|name| name == branch)
    {
        git(project, &format!("checkout -q {branch}"));
    } else {
        git(project, &format!("checkout -q -b {branch}"));
    }
    for (path, text) in files {
        project.write(path, text);
    }
    commit(project);
}

/// ```text
/// a1 ── b1 ── t1 ── t2      topic
///        └─── m1            main
/// ```
fn parted() -> Project {
    let mut project = repository(
        project()
            .file("limbeck.toml", "")
            .file("versions/a1.sql", sql("a1", "", "CREATE TABLE users ();"))
            .file(
                "versions/b1.sql",
                sql("b1", "a1", "CREATE TABLE orders ();"),
            ),
    );
    let t1 = "CREATE TABLE carts ();\nALTER TABLE users ADD cart int;";
    on_branch(
        &mut project,
        "topic",
        &[
            ("versions/t1.sql", sql("t1", "b1", t1)),
            (
                "versions/t2.sql",
                sql("t2", "t1", "ALTER TABLE carts ADD n int;"),
            ),
        ],
    );
    let m1 = "CREATE TABLE tickets ();\nALTER TABLE public.users ADD ticket int;";
    on_branch(
        &mut project,
        "main",
        &[("versions/m1.sql", sql("m1", "b1", m1))],
    );
    git(&project, "checkout -q topic");
    project
}

#[test]
fn two_heads_and_what_both_sides_touch() {
    let project = parted();
    assert_eq!(found(&project, ""), [""; 0]);
    assert_snapshot!(project.run("check --git-base main"), @r#"
    versions/t1.sql:7: shared_object: table `users` is touched here by `t1`, and in `main` by `m1` (versions/m1.sql:7)
    versions/t2.sql:1: multiple_heads: a merge into `main` would make 2 heads: `t2` and `m1`
    ------- stderr -------
    hint: read both: nothing says which of them runs first, unless one stands on the other
    hint: take `main` in, then `limbeck rebase t1 --onto m1` puts this side on top
    hint: or `limbeck merge t2 m1 -m "…"` joins them
    2 findings in 4 revisions
    not checked: a database (`--database`)
    [exit status: 4]
    "#);
    let output = project.run("check --git-base main --format json");
    let answer = output.json();
    assert_snapshot!(answer["findings"], @r#"[{"code":"shared_object","message":"table `users` is touched here by `t1`, and in `main` by `m1` (versions/m1.sql:7)","revision":"t1","path":"versions/t1.sql","line":7,"object":"table `users`","related":[{"revision":"m1","path":"versions/m1.sql","line":7}],"hints":["read both: nothing says which of them runs first, unless one stands on the other"]},{"code":"multiple_heads","message":"a merge into `main` would make 2 heads: `t2` and `m1`","revision":"t2","path":"versions/t2.sql","line":1,"object":null,"related":[{"revision":"m1","path":"versions/m1.sql","line":1}],"hints":["take `main` in, then `limbeck rebase t1 --onto m1` puts this side on top","or `limbeck merge t2 m1 -m \"…\"` joins them"]}]"#);
    assert_snapshot!(answer["not_checked"], @r#"[{"what":"database","message":"a database (`--database`)"}]"#);
    let commits = &answer["git_base"];
    assert_eq!(commits["ref"], "main");
    assert_eq!(commits["commit"], git(&project, "rev-parse main"));
    assert_eq!(
        commits["merge_base"],
        git(&project, "merge-base main topic")
    );
    let project = project.file(
        "limbeck.toml",
        "check.ignore = ['shared_object', 'multiple_heads:t2']",
    );
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
}

#[test]
fn on_top_of_the_other_side_all_is_well() {
    let mut project = parted();
    git(&project, "merge -q main -m x");
    project.write(
        "versions/t1.sql",
        sql("t1", "m1", "ALTER TABLE users ADD cart int;"),
    );
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
}

#[test]
fn the_merge_that_a_server_makes_for_its_checks_is_looked_at_like_the_branch() {
    let project = parted();
    git(&project, "merge -q main -m x");
    assert_snapshot!(project.run("check --git-base main"), @r#"
    versions/t1.sql:7: shared_object: table `users` is touched here by `t1`, and in `main` by `m1` (versions/m1.sql:7)
    versions/t2.sql:1: multiple_heads: there are 2 heads: `t2` and `m1`
    ------- stderr -------
    hint: read both: nothing says which of them runs first, unless one stands on the other
    hint: `limbeck rebase t1 --onto m1` puts one line on top of the other
    hint: `limbeck merge heads -m "…"` joins them
    2 findings in 5 revisions
    not checked: a database (`--database`)
    [exit status: 4]
    "#);
}

#[test]
fn lines_that_may_have_a_head_each_may_have_it_after_a_merge() {
    let mut project = repository(
        project()
            .file("limbeck.toml", "check.heads = ['users', 'orders']")
            .revisions(&[
                ("u1", "", "branch_labels: users"),
                ("o1", "", "branch_labels: orders"),
            ]),
    );
    on_branch(
        &mut project,
        "topic",
        &[("versions/u2.sql", sql("u2", "u1", ""))],
    );
    on_branch(
        &mut project,
        "main",
        &[("versions/o2.sql", sql("o2", "o1", ""))],
    );
    git(&project, "checkout -q topic");
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
    on_branch(
        &mut project,
        "main",
        &[("versions/u3.sql", sql("u3", "u1", ""))],
    );
    git(&project, "checkout -q topic");
    assert_snapshot!(project.run("check -q --git-base main"), @"
    versions/u2.sql:1: multiple_heads: a merge into `main` would make 2 heads in branch `users`: `u2` and `u3`
    [exit status: 4]
    ");
}

#[test]
fn files_that_are_not_committed_are_of_this_side() {
    let mut project = repository(project().file("limbeck.toml", "").line_of_revisions(2));
    on_branch(&mut project, "topic", &[]);
    on_branch(
        &mut project,
        "main",
        &[("versions/m1.sql", sql("m1", "r0002", ""))],
    );
    git(&project, "checkout -q topic");
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
    project.write("versions/new.sql", sql("new", "r0002", ""));
    assert_eq!(
        found(&project, "--git-base main"),
        ["versions/new.sql:1 multiple_heads new"]
    );
}

#[test]
fn revisions_of_the_other_side_are_neither_changed_nor_deleted() {
    let mut project = parted();
    project.write("versions/a1.sql", sql("a1", "", "CREATE TABLE people ();"));
    fs::rename(
        project.path("versions/b1.sql"),
        project.path("versions/b1_renamed.sql"),
    )
    .unwrap();
    fs::remove_file(project.path("versions/t2.sql")).unwrap();
    fs::remove_file(project.path("versions/t1.sql")).unwrap();
    assert_snapshot!(project.run("check --git-base main"), @"
    versions/a1.sql:1: changed_revision: revision `a1` is in `main` already, and differs here
    ------- stderr -------
    hint: `git checkout main -- versions/a1.sql` brings it back
    hint: what is to be changed goes into a new revision
    1 finding in 2 revisions
    not checked: a database (`--database`)
    [exit status: 4]
    ");
    fs::remove_file(project.path("versions/b1_renamed.sql")).unwrap();
    let answer = project.run("check --git-base main --format json").json();
    assert_eq!(answer["findings"][0]["code"], "changed_revision");
    assert_eq!(answer["findings"][1]["code"], "deleted_revision");
    assert_snapshot!(project.run("check --git-base main"), @"
    versions/a1.sql:1: changed_revision: revision `a1` is in `main` already, and differs here
    versions/b1.sql:1: deleted_revision: revision `b1` is in `main` already, and is deleted here
    versions/m1.sql:2: missing_parent: after a merge into `main`: the parent `b1` of revision `m1` does not exist
    ------- stderr -------
    hint: `git checkout main -- versions/a1.sql` brings it back
    hint: what is to be changed goes into a new revision
    hint: `git checkout main -- versions/b1.sql` brings it back
    hint: one side builds on what the other deletes
    3 findings in 1 revision
    not checked: a database (`--database`)
    [exit status: 4]
    ");
}

#[test]
fn what_only_the_other_side_has_changed_or_deleted_is_its_own_affair() {
    let mut project = parted();
    git(&project, "checkout -q main");
    git(&project, "rm -q versions/m1.sql");
    on_branch(
        &mut project,
        "main",
        &[
            ("versions/a1.sql", sql("a1", "", "CREATE TABLE people ();")),
            ("versions/bad.sql", "nothing\n".to_owned()),
            ("versions/z1.sql", sql("z1", "gone", "")),
        ],
    );
    git(&project, "checkout -q topic");
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
    // The same change on both sides is no change.
    git(&project, "checkout -q main -- versions/a1.sql");
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
}

#[test]
fn what_both_sides_chose_alike_is_found() {
    let mut project = repository(project().file("limbeck.toml", "").line_of_revisions(1));
    let labelled = |id: &str, label: &str| {
        let text = sql(id, "r0001", "");
        text.replacen(
            "-- message",
            &format!("-- branch_labels: {label}\n-- message"),
            1,
        )
    };
    on_branch(
        &mut project,
        "topic",
        &[
            ("versions/0002_carts.sql", sql("0002", "r0001", "")),
            ("versions/x1.sql", labelled("x1", "shop")),
            ("versions/same.sql", sql("same", "r0001", "SELECT 1;")),
        ],
    );
    on_branch(
        &mut project,
        "main",
        &[
            ("versions/0002_tickets.sql", sql("0002", "r0001", "")),
            ("versions/y1.sql", labelled("y1", "shop")),
            ("versions/same.sql", sql("same", "r0001", "SELECT 2;")),
        ],
    );
    git(&project, "checkout -q topic");
    let project = project.file("limbeck.toml", "check.ignore = ['multiple_heads']");
    assert_snapshot!(project.run("check --git-base main"), @"
    versions/0002_tickets.sql:1: duplicate_revision: after a merge into `main`: revision `0002` is declared twice: in versions/0002_carts.sql:1 and in versions/0002_tickets.sql:1
    versions/same.sql:1: changed_revision: revision `same` is in `main` already, and differs here
    versions/y1.sql:3: duplicate_label: after a merge into `main`: branch label `shop` is declared twice: by revision `x1` in versions/x1.sql:3 and by revision `y1` in versions/y1.sql:3
    ------- stderr -------
    hint: `limbeck revision` makes ids that differ; give one of the two another id than `0002`
    hint: `git checkout main -- versions/same.sql` brings it back
    hint: what is to be changed goes into a new revision
    hint: the label belongs to the revision with which its line begins
    3 findings in 4 revisions
    not checked: a database (`--database`)
    [exit status: 4]
    ");
}

#[test]
fn a_parent_that_the_other_side_deletes_is_missed() {
    let mut project = repository(project().file("limbeck.toml", "").line_of_revisions(2));
    on_branch(
        &mut project,
        "topic",
        &[("versions/t1.sql", sql("t1", "r0002", ""))],
    );
    git(&project, "checkout -q main");
    git(&project, "rm -q versions/r0002.sql");
    commit(&project);
    git(&project, "checkout -q topic");
    assert_snapshot!(project.run("check -q --git-base main"), @"
    versions/t1.sql:2: missing_parent: after a merge into `main`: the parent `r0002` of revision `t1` does not exist
    [exit status: 4]
    ");
}

#[test]
fn a_project_may_be_anywhere_in_a_repository() {
    let mut project = repository(
        project()
            .file(
                "app/db/limbeck.toml",
                "version_locations = ['v', '../more']\nrecursive_version_locations = true\n",
            )
            .file("app/db/v/a1.sql", sql("a1", "", ""))
            .file("app/more/deep/er/b1.sql", sql("b1", "a1", ""))
            .file("app/more/.hidden/x.sql", "no revision")
            .file("app/v/a1.sql", sql("a1", "", "")),
    );
    on_branch(
        &mut project,
        "topic",
        &[("app/more/t1.sql", sql("t1", "b1", ""))],
    );
    on_branch(
        &mut project,
        "main",
        &[("app/more/deep/m1.sql", sql("m1", "b1", ""))],
    );
    git(&project, "checkout -q topic");
    let project = project.within("app/db/v");
    assert_snapshot!(project.run("check -q --git-base main"), @"
    ../../more/t1.sql:1: multiple_heads: a merge into `main` would make 2 heads: `t1` and `m1`
    [exit status: 4]
    ");
    // Without sub-folders, what lies in them is of neither side.
    let project = project.file("app/db/limbeck.toml", "version_locations = ['v']");
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
    // From elsewhere, and in a worktree.
    let project = project.file("elsewhere/x", "").within("elsewhere");
    assert_eq!(
        found(&project, "-c ../app/db/limbeck.toml --git-base main"),
        [""; 0]
    );
    git(&project, "worktree add -q ../tree topic~0");
    let mut command = project.command();
    command.current_dir(project.path("../tree/app/db/v"));
    command.args(["check", "-q", "--git-base", "main"]);
    let told = project.start(command, "check").wait();
    assert_eq!(told.code(), Some(4), "{told}");
}

#[test]
fn names_need_not_be_utf_8() {
    let mut project = repository(project().file("limbeck.toml", "").line_of_revisions(1));
    on_branch(
        &mut project,
        "topic",
        &[("versions/t1.sql", sql("t1", "caf1", ""))],
    );
    git(&project, "checkout -q main");
    let name = std::ffi::OsStr::from_bytes(b"versions/caf\xe9_caf1 \n\"x.sql");
    fs::write(project.path("").join(name), sql("caf1", "r0001", "")).unwrap();
    commit(&project);
    git(&project, "checkout -q topic");
    git(&project, "merge -q main -m x");
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
    fs::remove_file(project.path("").join(name)).unwrap();
    assert_snapshot!(project.run("check -q --git-base main"), @r#"
    versions/caf�_caf1 \n"x.sql:1: deleted_revision: revision `caf1` is in `main` already, and is deleted here
    versions/t1.sql:2: missing_parent: the parent `caf1` of revision `t1` does not exist
    [exit status: 4]
    "#);
}

#[test]
fn line_ends_and_links_are_not_taken_for_changes() {
    let mut project = repository(
        project()
            .file("limbeck.toml", "")
            .line_of_revisions(2)
            .file("shared/c1.sql", sql("c1", "r0002", "")),
    );
    std::os::unix::fs::symlink("../shared/c1.sql", project.path("versions/c1.sql")).unwrap();
    std::os::unix::fs::symlink("gone.sql", project.path("versions/nowhere.sql")).unwrap();
    commit(&project);
    fs::remove_file(project.path("versions/nowhere.sql")).unwrap();
    let text = project.read("versions/r0001.sql").replace('\n', "\r\n");
    project.write("versions/r0001.sql", text);
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
}

#[test]
fn thousands_of_files_are_read_in_one_go() {
    let mut project = repository(project().file("limbeck.toml", "").line_of_revisions(3000));
    on_branch(
        &mut project,
        "topic",
        &[("versions/t1.sql", sql("t1", "r3000", ""))],
    );
    on_branch(
        &mut project,
        "main",
        &[("versions/m1.sql", sql("m1", "r3000", ""))],
    );
    git(&project, "checkout -q topic");
    assert_eq!(
        found(&project, "--git-base main"),
        ["versions/t1.sql:1 multiple_heads t1"]
    );
}

#[test]
fn a_branch_that_git_does_not_know() {
    let project = parted();
    git(&project, "update-ref refs/remotes/origin/develop main");
    assert_snapshot!(project.run("check --git-base develop"), @"
    ------- stderr -------
    error: git knows no branch and no commit `develop`
      origin/develop
    hint: did you mean `origin/develop`?
    [exit status: 1]
    ");
    assert_snapshot!(project.run("check --git-base nothing"), @"
    ------- stderr -------
    error: git knows no branch and no commit `nothing`
    hint: `git fetch` brings the branches of a remote; `git branch -a` lists them
    [exit status: 1]
    ");
    assert_snapshot!(project.run("check --git-base=--all --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"unknown_git_base","message":"git knows no branch and no commit `--all`","candidates":[],"hints":["`git fetch` brings the branches of a remote; `git branch -a` lists them"]}}
    [exit status: 1]
    "#);
    assert_eq!(project.run("check --git-base ''").code(), Some(1));
    let tree = git(&project, "rev-parse HEAD^{tree}");
    assert_eq!(
        project.run(&format!("check --git-base {tree}")).code(),
        Some(1)
    );
}

#[test]
fn without_git_or_a_repository_it_is_said() {
    let project = project().file("limbeck.toml", "").line_of_revisions(1);
    assert_snapshot!(project.run("check --git-base main"), @"
    ------- stderr -------
    error: `[PROJECT]/versions` is in no git repository
    hint: `--git-base` compares with a branch of the repository that holds the revisions
    [exit status: 1]
    ");
    git(&project, "init -q -b main");
    // Nothing is committed yet.
    assert_eq!(project.run("check --git-base main").code(), Some(1));
    commit(&project);
    let project = project.file(
        "limbeck.toml",
        "version_locations = ['versions', '../home']",
    );
    assert_snapshot!(project.run("check --git-base main"), @"
    ------- stderr -------
    error: `../home` is not in the git repository `[PROJECT]`
    hint: all folders of revisions must be in the repository of the first
    [exit status: 1]
    ");
    let project = project.env("PATH", "/nowhere");
    assert_snapshot!(project.run("check --git-base main --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"git","message":"cannot start `git`: No such file or directory (os error 2)","candidates":[],"hints":["`--git-base` asks the program `git`"]}}
    [exit status: 1]
    "#);
}

#[test]
fn what_git_refuses_is_passed_on() {
    let project = repository(project().file("limbeck.toml", "").line_of_revisions(1));
    let project = project.env("GIT_CONFIG_COUNT", "x");
    assert_snapshot!(project.run("check --git-base main"), @"
    ------- stderr -------
    error: `git rev-parse` failed
      error: bogus count in GIT_CONFIG_COUNT
      fatal: unable to parse command-line config
    [exit status: 1]
    ");
}

#[test]
fn histories_that_do_not_meet() {
    let project = parted();
    let clone = |options: &str| {
        git(
            &project,
            &format!(
                "clone -q {options} file://{} ../clone",
                project.path("").display()
            ),
        );
    };
    clone("--depth 1 --branch topic");
    let in_clone = |line: &str| {
        let mut command = project.command();
        command.current_dir(project.path("../clone"));
        command.args(shlex::split(line).unwrap());
        project.start(command, line).wait()
    };
    assert_snapshot!(in_clone("check --git-base origin/main"), @"
    ------- stderr -------
    error: git knows no branch and no commit `origin/main`
    hint: this clone has only a part: `git fetch origin main`, or clone it whole
    [exit status: 1]
    ");
    git(
        &project,
        "-C ../clone fetch -q --depth 1 origin main:refs/remotes/origin/main",
    );
    // A file that was moved is not taken for another one of the same id.
    git(
        &project,
        "-C ../clone mv versions/a1.sql versions/a1_moved.sql",
    );
    assert_snapshot!(in_clone("check --git-base origin/main"), @r#"
    versions/t1.sql:7: shared_object: table `users` is touched here by `t1`, and in `origin/main` by `m1` (versions/m1.sql:7)
    versions/t2.sql:1: multiple_heads: a merge into `origin/main` would make 2 heads: `t2` and `m1`
    ------- stderr -------
    hint: read both: nothing says which of them runs first, unless one stands on the other
    hint: take `origin/main` in, then `limbeck rebase t1 --onto m1` puts this side on top
    hint: or `limbeck merge t2 m1 -m "…"` joins them
    2 findings in 4 revisions
    not checked: a database (`--database`)
    not checked: which revisions were changed or deleted: the histories of HEAD and `origin/main` do not meet here; `git fetch --unshallow` brings them
    [exit status: 4]
    "#);
    git(&project, "-C ../clone fetch -q --unshallow");
    git(
        &project,
        "-C ../clone fetch -q origin main:refs/remotes/origin/main",
    );
    assert_eq!(in_clone("check -q --git-base origin/main").stderr, "");
}

#[test]
fn a_revision_that_stands_in_for_one_in_python_changes_nothing() {
    let python = "revision = 'p1'\ndown_revision = 'r0001'\n\ndef upgrade():\n    f()\n\n\
                  def downgrade():\n    f()\n";
    let mut project = repository(
        project()
            .file("limbeck.toml", "")
            .line_of_revisions(1)
            .file("versions/p1.py", python),
    );
    on_branch(
        &mut project,
        "topic",
        &[("versions/p1.sql", sql("p1", "r0001", "SELECT 1;"))],
    );
    assert_eq!(found(&project, "--git-base main"), [""; 0]);
    fs::remove_file(project.path("versions/p1.py")).unwrap();
    assert_eq!(
        found(&project, "--git-base main"),
        ["versions/p1.sql:1 changed_revision p1"]
    );
}

#[test]
fn a_side_without_revisions_is_said_to_have_none() {
    let mut project = repository(project().file("limbeck.toml", "").line_of_revisions(1));
    git(&project, "checkout -q --orphan empty");
    git(&project, "rm -q -r --cached .");
    git(&project, "commit -q --allow-empty -m x");
    git(&project, "checkout -q -f main");
    on_branch(&mut project, "main", &[]);
    assert_snapshot!(project.run("check --git-base empty"), @"
    ------- stderr -------
    nothing found in 1 revision
    not checked: a database (`--database`)
    not checked: a merge: `empty` has no revision file in these folders
    ");
}

#[test]
fn a_hook_runs_it_as_a_person_does() {
    let project = parted();
    let hook = project.path(".git/hooks/pre-commit");
    let limbeck = env!("CARGO_BIN_EXE_limbeck");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\nexport GIT_DIR=.git\ncd versions/..\n{limbeck} check -q --git-base main > told\nexit 0\n")).unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    commit(&project);
    assert_eq!(
        project.read("told").lines().count(),
        2,
        "{}",
        project.read("told")
    );
}

#[test]
fn revisions_on_top_of_another_tools_folder_are_compared() {
    let mut project = repository(
        project()
            .file("limbeck.toml", "[[source]]\npath = \"backend\"\n")
            .file("backend/000001_a.up.sql", "CREATE TABLE a ();\n")
            .file("versions/.keep", ""),
    );
    let on_top = |id: &str| sql(id, "000001", "ALTER TABLE a ADD x int;");
    on_branch(&mut project, "topic", &[("versions/t1.sql", on_top("t1"))]);
    on_branch(&mut project, "main", &[("versions/m1.sql", on_top("m1"))]);
    git(&project, "checkout -q topic");
    assert_snapshot!(project.run("check --git-base main"), @r#"
    versions/t1.sql:1: multiple_heads: a merge into `main` would make 2 heads: `t1` and `m1`
    versions/t1.sql:6: shared_object: table `a` is touched here by `t1`, and in `main` by `m1` (versions/m1.sql:6)
    ------- stderr -------
    hint: take `main` in, then `limbeck rebase t1 --onto m1` puts this side on top
    hint: or `limbeck merge t1 m1 -m "…"` joins them
    hint: read both: nothing says which of them runs first, unless one stands on the other
    2 findings in 2 revisions
    not checked: a database (`--database`)
    [exit status: 4]
    "#);
}
