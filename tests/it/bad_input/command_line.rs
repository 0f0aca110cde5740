//! Command lines that make no sense, and places where the program cannot work.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use insta::assert_snapshot;

use super::Case;
use crate::support::project;

fn case() -> Case {
    Case::alone(
        project()
            .file("limbeck.toml", "")
            .revisions(&[("a1", "", ""), ("b1", "a1", "")]),
    )
}

#[test]
fn an_unknown_command() {
    assert_snapshot!(case().refused("upgrad head", "usage"), @"
    ------- stderr -------
    error: unrecognized subcommand 'upgrad'

      tip: a similar subcommand exists: 'upgrade'

    Usage: limbeck [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn an_unknown_option() {
    assert_snapshot!(case().refused("upgrade head --sqll", "usage"), @"
    ------- stderr -------
    error: unexpected argument '--sqll' found

      tip: a similar argument exists: '--sql'

    Usage: limbeck upgrade --sql <TARGET>...

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn upgrade_without_a_target() {
    assert_snapshot!(case().refused("upgrade", "usage"), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <TARGET>...

    Usage: limbeck upgrade <TARGET>...

    For more information, try '--help'.
    hint: `limbeck upgrade head` goes to the newest revision
    [exit status: 2]
    ");
}

#[test]
fn downgrade_without_a_target() {
    assert_snapshot!(case().refused("downgrade", "usage"), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <TARGET>...

    Usage: limbeck downgrade <TARGET>...

    For more information, try '--help'.
    hint: `limbeck downgrade -1` takes the last revision back
    [exit status: 2]
    ");
}

#[test]
fn stamp_without_a_target() {
    assert_snapshot!(case().refused("stamp", "usage"), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <REVISION>...

    Usage: limbeck stamp <REVISION>...

    For more information, try '--help'.
    hint: `limbeck stamp head` notes down that all is applied
    [exit status: 2]
    ");
}

#[test]
fn show_without_a_revision() {
    assert_snapshot!(case().refused("show", "usage"), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <REVISION>

    Usage: limbeck show <REVISION>

    For more information, try '--help'.
    hint: `limbeck show head` is the newest revision
    [exit status: 2]
    ");
}

#[test]
fn a_second_target_for_show() {
    assert_snapshot!(case().refused("show a1 b1", "usage"), @"
    ------- stderr -------
    error: unexpected argument 'b1' found

    Usage: limbeck show [OPTIONS] <REVISION>

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn an_unknown_format() {
    assert_snapshot!(case().project.run("--format xml heads"), @"
    ------- stderr -------
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: human, json]

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn an_option_without_its_value() {
    assert_snapshot!(case().refused("heads -c", "usage"), @"
    ------- stderr -------
    error: a value is required for '--config <FILE>' but none was supplied

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn two_formats_of_files() {
    assert_snapshot!(case().refused("revision -m x --sql --rust", "usage"), @"
    ------- stderr -------
    error: the argument '--sql' cannot be used with '--rust'

    Usage: limbeck revision --message <TEXT> --sql

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn an_x_without_a_key() {
    assert_snapshot!(case().refused("-x =1 heads", "usage"), @"
    ------- stderr -------
    error: invalid value '=1' for '-x <KEY=VALUE>': the name in front of `=` is missing

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn a_plan_without_a_direction() {
    assert_snapshot!(case().refused("plan head", "usage"), @"
    ------- stderr -------
    error: unrecognized subcommand 'head'

    Usage: limbeck plan [OPTIONS] <COMMAND>

    For more information, try '--help'.
    hint: `limbeck plan upgrade head` shows what `limbeck upgrade head` would do
    [exit status: 2]
    ");
}

#[test]
fn a_plan_for_current() {
    assert_snapshot!(case().refused("plan current head", "usage"), @"
    ------- stderr -------
    error: unrecognized subcommand 'current'

    Usage: limbeck plan [OPTIONS] <COMMAND>

    For more information, try '--help'.
    hint: `limbeck plan upgrade head` shows what `limbeck upgrade head` would do
    [exit status: 2]
    ");
}

#[test]
fn an_unknown_template() {
    assert_snapshot!(case().refused("init -t generic", "usage"), @"
    ------- stderr -------
    error: invalid value 'generic' for '--template <TEMPLATE>'
      [possible values: sql, rust]

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn nothing_at_all() {
    assert_snapshot!(case().project.run(""), @r"
    ------- stderr -------
    Manage the revisions of a PostgreSQL database

    Usage: limbeck [OPTIONS] <COMMAND>

    Commands:
      init            Create limbeck.toml and a folder for revisions
      revision        Create a revision file
      merge           Create a revision that joins several heads
      rebase          Put a revision that is not applied yet on top of another one
      edit            Open a revision file in $VISUAL or $EDITOR
      upgrade         Take the database up to a revision
      downgrade       Take the database down to a revision
      rollback        Take back what was applied last, whatever line it stands in
      goto            Take the database to exactly this revision, up or down
      redo            Take a revision back and apply it again, with all that stands on it
      stamp           Note down that the database stands at a revision, and run nothing
      adopt           Take over what other migration tools have noted down in the database
      resolve         Declare what became of a revision that was left half-done, and run nothing
      plan            Show what a command would do, and do nothing
      current         Show where the database stands
      status          Show what is applied and what is pending
      history         Show the revisions, newest first
      graph           Show the revisions as a picture
      heads           Show the heads of the revision files
      branches        Show the branch points and what follows them
      show            Show a revision with its parents, message and path
      check           Check the revision files, for a CI job
      alembic         Look at revisions in Python, or write them in SQL
      introspect      Write the schema of the database down as a first revision
      diff            Compare the schema of the database with what its revisions make
      detect          Find out which revision made the schema of the database
      fingerprint     Print a number that two databases share if they have the same schema
      reset           Drop what the revisions have made, data included, and run all of them again
      db              Test, create, drop or wait for the database, and show how it is configured
      ensure-version  Create the version table where it is missing
      list-templates  Show the templates of `limbeck init`
      help            Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Global options:
      -c, --config <FILE>    Read the settings from this file instead of the nearest limbeck.toml
      -n, --name <NAME>      Use the settings of the file's section [name.NAME] on top of the others
      -x <KEY=VALUE>         Hand a value to the Rust-coded revisions, which read it with `op.argument`
          --url <URL>        Connect to this database: a URL or libpq's key=value form
      -q, --quiet            Say nothing but what was asked for
          --raiseerr         Say of an error all that led to it
          --format <FORMAT>  Print for people or for programs [default: human] [possible values: human,
                             json]
          --color <WHEN>     Use colours [default: auto] [possible values: auto, always, never]
    [exit status: 2]
    ");
}

#[test]
fn no_project() {
    let case = Case::alone(project());
    assert_snapshot!(case.refused("heads", "no_project"), @"
    ------- stderr -------
    error: there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here
    hint: `limbeck init` begins a project here
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("upgrade head", "no_project"), @"
    ------- stderr -------
    error: there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here
    hint: `limbeck init` begins a project here
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("revision -m x", "no_project"), @"
    ------- stderr -------
    error: there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here
    hint: `limbeck init` begins a project here
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("current", "no_project"), @"
    ------- stderr -------
    error: there is no limbeck.toml here or above, and neither an alembic.ini nor a folder `versions` here
    hint: `limbeck init` begins a project here
    [exit status: 1]
    ");
}

#[test]
fn a_project_without_revisions() {
    let case = Case::new(|project| project.file("versions/.keep", ""));
    assert_snapshot!(case.project.run("heads"), @"");
    assert_snapshot!(case.project.run("history"), @"");
    assert_snapshot!(case.project.run("upgrade heads"), @"
    ------- stderr -------
    0 applied, 0 already applied, 0 total ([TIME])
    ");
    assert_snapshot!(case.project.run("upgrade head"), @"
    ------- stderr -------
    0 applied, 0 already applied, 0 total ([TIME])
    ");
    assert_snapshot!(case.refused("show a1", "unknown_revision"), @r#"
    ------- stderr -------
    error: there is no revision or branch label `a1`
    hint: `limbeck revision -m "…"` creates the first one
    [exit status: 1]
    "#);
    assert_snapshot!(case.refused("merge heads", "nothing_to_merge"), @"
    ------- stderr -------
    error: a merge joins two revisions or more, and none is named
    hint: `limbeck heads` shows what there is to join
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("downgrade -1", "walked_too_far"), @"
    ------- stderr -------
    error: `-1` goes too far: there is no revision that way
    hint: `limbeck history` shows the order of the revisions
    [exit status: 1]
    ");
}

#[test]
fn a_project_that_is_there_already() {
    assert_snapshot!(case().refused("init", "already_initialised"), @"
    ------- stderr -------
    error: `limbeck.toml` exists already
    hint: delete it first to begin anew; revision files are never touched
    [exit status: 1]
    ");
}

#[test]
fn names_of_new_revisions() {
    let long = "x".repeat(33);
    assert_snapshot!(case().refused("revision -m x --rev-id a-b", "illegal_id"), @"
    ------- stderr -------
    error: character '-' is not allowed in the name `a-b`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
    assert_snapshot!(case().refused("revision -m x --rev-id head", "illegal_id"), @"
    ------- stderr -------
    error: `head` has a meaning of its own in targets and cannot be a name
    hint: head, heads, base and current are such words
    [exit status: 1]
    ");
    assert_snapshot!(case().refused("revision -m x --rev-id ''", "illegal_id"), @"
    ------- stderr -------
    error: a revision id or branch label cannot be empty
    [exit status: 1]
    ");
    assert_snapshot!(case().refused(&format!("revision -m x --rev-id {long}"), "illegal_id"), @"
    ------- stderr -------
    error: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` has 33 characters; the version table holds 32
    hint: choose a shorter one
    [exit status: 1]
    ");
    assert_snapshot!(case().refused("revision -m x --rev-id b1", "duplicate_revision"), @"
    ------- stderr -------
    error: there is a revision `b1` already
      b1  add t_b1
    hint: without `--rev-id` a revision gets an id of its own
    [exit status: 1]
    ");
    assert_snapshot!(case().refused("revision -m x --branch-label a:b", "illegal_id"), @"
    ------- stderr -------
    error: character ':' is not allowed in the name `a:b`
    hint: `@`, `+`, `-`, `:` and white space have a meaning in targets
    [exit status: 1]
    ");
}

#[test]
fn names_that_would_lead_elsewhere() {
    let case = case();
    assert_snapshot!(case.project.run("revision -m x --rev-id ../../a"), @"
    versions/_._.._a_x.sql
    ------- stderr -------
    Generating versions/_._.._a_x.sql ...  done
    ");
    assert_snapshot!(case.project.run("revision -m x --rev-id ."), @"
    versions/__x.sql
    ------- stderr -------
    Generating versions/__x.sql ...  done
    ");
    assert_snapshot!(case.project.run("history"), @"
    ../../a -> . (head), x
    b1 -> ../../a, x
    a1 -> b1, add t_b1
    <base> -> a1, add t_a1
    ");
}

#[test]
fn messages_of_new_revisions() {
    let case = case();
    let long = "word ".repeat(60);
    assert_snapshot!(case.project.run("revision --rev-id c1 -m 'two\nlines'"), @"
    versions/c1_two_lines.sql
    ------- stderr -------
    Generating versions/c1_two_lines.sql ...  done
    ");
    assert_snapshot!(case.project.run("revision --rev-id c2 -m \"it's \\\"quoted\\\"\""), @"
    versions/c2_it_s_quoted.sql
    ------- stderr -------
    Generating versions/c2_it_s_quoted.sql ...  done
    ");
    assert_snapshot!(case.project.run(&format!("revision --rev-id c3 -m '{long}'")), @"
    versions/c3_word_word_word_word_word_word_word_word_.sql
    ------- stderr -------
    Generating versions/c3_word_word_word_word_word_word_word_word_.sql ...  done
    ");
    assert_snapshot!(case.project.run("revision --rev-id c4 -m '🚀 start — ärger'"), @"
    versions/c4_start_ärger.sql
    ------- stderr -------
    Generating versions/c4_start_ärger.sql ...  done
    ");
    assert_snapshot!(case.project.run("revision --rev-id c5 --message='-- limbeck: upgrade'"), @"
    versions/c5_limbeck_upgrade.sql
    ------- stderr -------
    Generating versions/c5_limbeck_upgrade.sql ...  done
    ");
    assert_snapshot!(case.project.run("revision --rev-id c6 -m ''"), @"
    versions/c6.sql
    ------- stderr -------
    Generating versions/c6.sql ...  done
    ");
    assert_snapshot!(case.project.run("revision --rev-id c7 --rust -m '*/ \"#; two\nlines'"), @"
    versions/c7_two_lines.rs
    ------- stderr -------
    Generating versions/c7_two_lines.rs ...  done
    ");
    assert_snapshot!(case.project.run("history"), @r##"
    c6 -> c7 (head), */ "#; two lines
    c5 -> c6, empty message
    c4 -> c5, -- limbeck: upgrade
    c3 -> c4, 🚀 start — ärger
    c2 -> c3, word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word
    c1 -> c2, it's "quoted"
    b1 -> c1, two lines
    a1 -> b1, add t_b1
    <base> -> a1, add t_a1
    "##);
    assert_snapshot!(case.project.run("check"), @"
    ------- stderr -------
    nothing found in 9 revisions
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    not checked: derived downgrades of revisions in Rust (1), which the project's own program tries
    ");
}

#[test]
fn folders_for_new_revisions() {
    let case = Case::alone(
        project()
            .file("limbeck.toml", "version_locations = ['one', 'two']\n")
            .file("one/.keep", "")
            .file("two/.keep", ""),
    );
    assert_snapshot!(case.refused("revision -m x", "no_version_path"), @"
    ------- stderr -------
    error: there are 2 version_locations
      one
      two
    hint: `--version-path FOLDER` chooses one
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("revision -m x --version-path three", "unknown_version_path"), @"
    ------- stderr -------
    error: `three` is none of the version_locations
      one
      two
    hint: only revisions in version_locations are read
    [exit status: 1]
    ");
}

#[test]
fn a_file_that_is_there_already() {
    let case = Case::alone(
        project()
            .file("limbeck.toml", "")
            .revisions(&[("a1", "", "")])
            .file(
                "versions/c1_x.sql",
                "-- revision: c1\n-- down_revision: a1\n-- limbeck: upgrade\n",
            ),
    );
    fs::rename(
        case.project.path("versions/a1.sql"),
        case.project.path("versions/d1_x.sql"),
    )
    .unwrap();
    assert_snapshot!(case.refused("revision -m x --rev-id d1", "file_exists"), @"
    ------- stderr -------
    error: the file `versions/d1_x.sql` exists already
    hint: another message gives it another name
    [exit status: 1]
    ");
}

#[test]
fn a_folder_that_may_not_be_written() {
    let case = case();
    let versions = case.project.path("versions");
    fs::set_permissions(&versions, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(versions.join("x"), "").is_ok() {
        // For root there is no such folder.
        fs::remove_file(versions.join("x")).unwrap();
        return;
    }
    assert_snapshot!(case.refused("revision -m x --rev-id c1", "io"), @"
    ------- stderr -------
    error: cannot write `versions/c1_x.sql`: permission denied
    [exit status: 1]
    ");
    fs::set_permissions(&versions, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn editors() {
    let case = case();
    assert_snapshot!(case.refused("edit b1", "editor_failed"), @"
    ------- stderr -------
    error: no editor is named, and `vi` needs a terminal
    hint: set the variable `VISUAL` or `EDITOR` to the editor of your choice
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("edit base", "no_file"), @"
    ------- stderr -------
    error: `base` names no revision that has a file
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("edit zz", "unknown_revision"), @"
    ------- stderr -------
    error: there is no revision or branch label `zz`
    hint: `limbeck history` lists the revisions
    [exit status: 1]
    ");
    let with = |editor: &str| {
        Case::alone(
            project()
                .file("limbeck.toml", "")
                .revisions(&[("a1", "", "")])
                .env("EDITOR", editor),
        )
    };
    assert_snapshot!(with("no-such-editor").refused("edit a1", "editor_failed"), @"
    ------- stderr -------
    error: cannot start the editor `no-such-editor`: No such file or directory (os error 2)
    hint: set the variable `VISUAL` or `EDITOR` to the editor of your choice
    [exit status: 1]
    ");
    assert_snapshot!(with("false").refused("edit a1", "editor_failed"), @"
    ------- stderr -------
    error: the editor `false` failed: exit status: 1
    [exit status: 1]
    ");
    assert_snapshot!(with("vi 'open").refused("edit a1", "editor_failed"), @"
    ------- stderr -------
    error: the editor `vi 'open` is no command line
    hint: set the variable `VISUAL` or `EDITOR` to the editor of your choice
    [exit status: 1]
    ");
}

#[test]
fn folders_with_spaces_and_quotes() {
    let case = Case::new(|project| {
        project
            .within("it's a \"folder\"")
            .file(
                "it's a \"folder\"/limbeck.toml",
                "version_locations = ['my versions']\n",
            )
            .file(
                "it's a \"folder\"/my versions/a b.sql",
                "-- revision: a1\n-- limbeck: upgrade\nSELECT nothing;\n",
            )
    });
    assert_snapshot!(case.project.run("history"), @"<base> -> a1 (head), empty message");
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade a1
      my versions/a b.sql:3
      3 | SELECT nothing
        |        ^^^^^^^ 42703 column "nothing" does not exist
      done before it: nothing; the database stands at <base>
    [exit status: 1]
    "#);
}

#[test]
fn a_reader_that_goes_away() {
    let case = Case::alone(project().file("limbeck.toml", "").line_of_revisions(300));
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "\"$0\" history | head -1; \"$0\" history --format json | head -c 1; \"$0\" history >&-"])
        .arg(env!("CARGO_BIN_EXE_limbeck"))
        .current_dir(case.project.path(""))
        .stdin(Stdio::null());
    assert_snapshot!(case.project.start(command, "").wait(), @"
    r0299 -> r0300 (head), add t_r0300
    {
    ");
}
