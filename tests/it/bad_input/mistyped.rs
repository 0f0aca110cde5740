//! Names that differ by a letter: of labels, ids, commands, options, their values, and keys.
//!
//! Each answer says what was probably meant, in a form that can be typed.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::support::{Project, project};

fn two_lines() -> Project {
    project().file("limbeck.toml", "").revisions(&[
        ("ae1027a6acf1", "", ""),
        ("27c6a30d7c24", "ae1027a6acf1", "branch_labels: users"),
        ("1975ea83b712", "ae1027a6acf1", "branch_labels: shopcart"),
    ])
}

/// Runs refused commands, and returns the advice that each of them gets: to a person, and to a
/// program what is different there.
#[track_caller]
fn advice(project: &Project, lines: &[&str]) -> String {
    let mut advice = String::new();
    for line in lines {
        let told = project.run(line);
        assert!(matches!(told.code(), Some(1 | 2)), "{line}\n{told}");
        let of_person = |line: &&str| line.starts_with("hint: ") || line.starts_with("  tip: ");
        let hints: Vec<_> = told.stderr.lines().filter(of_person).collect();
        let _ = writeln!(advice, "{line}\n  {}", hints.join("\n  "));
        let error = &project.run(&format!("{line} --format json")).json_error()["error"];
        for hint in error["hints"].as_array().unwrap() {
            let hint = hint.as_str().unwrap();
            if !told.stderr.contains(&format!("hint: {hint}")) {
                let _ = writeln!(advice, "  {} {hint}", error["candidates"]);
            }
        }
    }
    advice
}

#[test]
fn labels_and_ids() {
    let project = two_lines();
    assert_snapshot!(advice(&project, &[
        "plan upgrade usrs --from base",
        "plan upgrade usrs@head --from base",
        "plan upgrade usrs@+1 --from base",
        "plan upgrade users@heda --from base",
        "plan upgrade 1975ea83b721 --from base",
        "plan upgrade nothing@head --from base",
        "upgrade usrs@head --sql",
        "show shopcrt@head-1",
        "edit usrs",
        "history -r base:usrs@head",
        "history -r bse:users@head",
        "revision -m x --head usrs@head",
        "revision -m x --head users@head --depends-on shopcrt",
        "merge usrs shopcart@head -m x",
        "stamp usrs --sql",
        "stamp curent --sql",
    ]), @"
    plan upgrade usrs --from base
      hint: did you mean `users`?
    plan upgrade usrs@head --from base
      hint: did you mean `users@head`?
    plan upgrade usrs@+1 --from base
      hint: did you mean `users@+1`?
    plan upgrade users@heda --from base
      hint: did you mean `users@head`?
    plan upgrade 1975ea83b721 --from base
      hint: did you mean `1975ea83b712`?
    plan upgrade nothing@head --from base
      hint: `limbeck branches` and `limbeck heads` show the labels
    upgrade usrs@head --sql
      hint: did you mean `users@head`?
    show shopcrt@head-1
      hint: did you mean `shopcart@head-1`?
    edit usrs
      hint: did you mean `users`?
    history -r base:usrs@head
      hint: did you mean `users@head`?
    history -r bse:users@head
      hint: did you mean `base`?
    revision -m x --head usrs@head
      hint: did you mean `users@head`?
    revision -m x --head users@head --depends-on shopcrt
      hint: did you mean `shopcart`?
    merge usrs shopcart@head -m x
      hint: did you mean `users`?
    stamp usrs --sql
      hint: did you mean `users`?
    stamp curent --sql
      hint: did you mean `current`?
    ");
    let unlabelled = self::project()
        .file("limbeck.toml", "")
        .line_of_revisions(1);
    assert_snapshot!(advice(&unlabelled, &["plan upgrade usrs@head --from base"]), @"
    plan upgrade usrs@head --from base
      hint: no revision has a branch label
    ");
}

#[test]
fn labels_in_files() {
    let project = two_lines().file(
        "versions/b1.sql",
        "-- revision: b1\n-- depends_on: usrs\n-- limbeck: upgrade\n-- limbeck: downgrade\n",
    );
    assert_snapshot!(project.run("check -q --format json"), @r#"
    {"ok":false,"revisions":4,"findings":[{"code":"multiple_heads","message":"there are 2 heads: `1975ea83b712` and `27c6a30d7c24`","revision":"1975ea83b712","path":"versions/1975ea83b712.sql","line":1,"object":null,"related":[{"revision":"27c6a30d7c24","path":"versions/27c6a30d7c24.sql","line":1}],"hints":["`limbeck merge heads -m \"…\"` joins them","where the lines are to stay apart, `check.heads` in limbeck.toml lists their labels"]},{"code":"missing_dependency","message":"revision `b1` depends on `usrs`, which does not exist","revision":"b1","path":"versions/b1.sql","line":2,"object":null,"related":[],"hints":["did you mean `users`?","its file may not be part of this checkout; what stands on it is left out"]}],"not_checked":[{"what":"database","message":"a database (`--database`)"},{"what":"git_base","message":"a merge (`--git-base REF`)"}],"git_base":null}
    [exit status: 4]
    "#);
}

#[test]
fn commands_options_and_their_values() {
    assert_snapshot!(advice(&two_lines(), &[
        "upgrad head",
        "help chek",
        "hist",
        "ensure_versions",
        "upgrade head --sqll",
        "check --git-bse main",
        "heads --color alwys",
        "plan downgrad base",
        "init -t rst",
    ]), @r#"
    upgrad head
        tip: a similar subcommand exists: 'upgrade'
      ["upgrade"] did you mean `upgrade`?
    help chek
        tip: a similar subcommand exists: 'check'
      ["check"] did you mean `check`?
    hist
        tip: a similar subcommand exists: 'history'
      ["history"] did you mean `history`?
    ensure_versions
        tip: a similar subcommand exists: 'ensure-version'
      ["ensure-version"] did you mean `ensure-version`?
    upgrade head --sqll
        tip: a similar argument exists: '--sql'
      ["--sql"] did you mean `--sql`?
    check --git-bse main
        tip: a similar argument exists: '--git-base'
      ["--git-base"] did you mean `--git-base`?
    heads --color alwys
        tip: a similar value exists: 'always'
      ["always"] did you mean `always`?
    plan downgrad base
        tip: a similar subcommand exists: 'downgrade'
      ["downgrade"] did you mean `downgrade`?
    init -t rst
        tip: a similar value exists: 'rust'
      ["rust"] did you mean `rust`?
    "#);
}

#[test]
fn keys_and_their_values() {
    let mut told = String::new();
    for text in [
        "tranzaction = 'all'",
        "heads = ['users']",
        "check.head = ['users']",
        "check.ignore = ['file_names']",
        "timezone = 'Europe/Berln'",
        "transaction = 'al'",
        "[name.staging]",
    ] {
        let project = two_lines().file("limbeck.toml", text);
        let line = match text {
            "[name.staging]" => "-n stagin heads",
            _ => "heads",
        };
        let _ = writeln!(told, "{text}\n{}", project.run(line));
    }
    assert_snapshot!(told, @r#"
    tranzaction = 'all'
    ------- stderr -------
    error: limbeck.toml:1: there is no key `tranzaction`
    hint: did you mean `transaction`?
    [exit status: 1]

    heads = ['users']
    ------- stderr -------
    error: limbeck.toml:1: there is no key `heads`
    hint: did you mean `check.heads`?
    [exit status: 1]

    check.head = ['users']
    ------- stderr -------
    error: limbeck.toml:1: there is no key `check.head`
    hint: did you mean `check.heads`?
    [exit status: 1]

    check.ignore = ['file_names']
    ------- stderr -------
    error: limbeck.toml:1: `check.ignore`: there is no finding `file_names` that can be ignored
    hint: did you mean `file_name`?
    [exit status: 1]

    timezone = 'Europe/Berln'
    ------- stderr -------
    error: limbeck.toml:1: `timezone`: there is no time zone `Europe/Berln`
    hint: did you mean `Europe/Berlin`?
    hint: the names are those of the IANA database, such as `Europe/Berlin`
    [exit status: 1]

    transaction = 'al'
    ------- stderr -------
    error: limbeck.toml:1: `transaction` takes "revision" or "all"
    [exit status: 1]

    [name.staging]
    ------- stderr -------
    error: there is no section `[name.stagin]` in limbeck.toml
      staging
    hint: did you mean `--name staging`?
    [exit status: 1]
    "#);
}
