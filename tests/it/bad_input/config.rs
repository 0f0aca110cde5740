//! Settings that make no sense.

use insta::assert_snapshot;

use super::Case;
use crate::support::project;

fn config(text: &str) -> Case {
    Case::alone(
        project()
            .file("limbeck.toml", text)
            .revisions(&[("a1", "", "")]),
    )
}

#[test]
fn a_mistyped_key() {
    assert_snapshot!(config("# where it is\nurl = 'postgres:///app'\nversion_location = ['v']\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:3: there is no key `version_location`
    hint: did you mean `version_locations`?
    [exit status: 1]
    ");
}

#[test]
fn a_key_unlike_any() {
    assert_snapshot!(config("colour = 'blue'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: there is no key `colour`
    hint: docs/configuration.md lists the keys, and `limbeck init` writes them
    [exit status: 1]
    ");
}

#[test]
fn a_mistyped_key_of_a_table() {
    assert_snapshot!(config("[rust]\nbinari = 'x'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:2: there is no key `rust.binari`
    hint: did you mean `rust.binary`?
    [exit status: 1]
    ");
}

#[test]
fn a_key_twice() {
    assert_snapshot!(config("url = 'a'\nurl = 'b'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:2: duplicate key
    [exit status: 1]
    ");
}

#[test]
fn no_toml() {
    assert_snapshot!(config("url = postgres:///app\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: string values must be quoted, expected literal string
    [exit status: 1]
    ");
}

#[test]
fn an_open_string() {
    assert_snapshot!(config("url = 'postgres:///app\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: invalid literal string, expected `'`
    [exit status: 1]
    ");
}

#[test]
fn a_text_for_a_list() {
    assert_snapshot!(config("version_locations = 'versions'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `version_locations` takes a list of strings
    [exit status: 1]
    ");
}

#[test]
fn a_text_for_a_switch() {
    assert_snapshot!(config("recursive_version_locations = 'yes'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `recursive_version_locations` takes true or false
    [exit status: 1]
    ");
}

#[test]
fn a_text_for_a_number() {
    assert_snapshot!(config("truncate_slug_length = 'long'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `truncate_slug_length` takes a whole number
    [exit status: 1]
    ");
}

#[test]
fn a_number_for_a_time() {
    assert_snapshot!(config("lock_wait = 5\n").refused("history", "config"), @r#"
    ------- stderr -------
    error: limbeck.toml:1: `lock_wait` takes a time such as "[TIME]", "[TIME]" or "[TIME]"
    [exit status: 1]
    "#);
}

#[test]
fn a_time_without_a_unit() {
    assert_snapshot!(config("lock_wait = '5'\n").refused("history", "config"), @r#"
    ------- stderr -------
    error: limbeck.toml:1: `lock_wait` takes a time such as "[TIME]", "[TIME]" or "[TIME]"
    [exit status: 1]
    "#);
}

#[test]
fn an_unknown_time_zone() {
    assert_snapshot!(config("timezone = 'Europe/Berln'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `timezone`: there is no time zone `Europe/Berln`
    hint: did you mean `Europe/Berlin`?
    hint: the names are those of the IANA database, such as `Europe/Berlin`
    [exit status: 1]
    ");
}

#[test]
fn an_unknown_token() {
    assert_snapshot!(config("file_template = '{rev}_{slag}'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `file_template`: there is no token `slag`; there are rev, slug, epoch, year, month, day, hour, minute and second
    hint: tokens are written in braces, as in `{year}{month}{day}_{rev}_{slug}`
    [exit status: 1]
    ");
}

#[test]
fn alembics_token() {
    assert_snapshot!(config("file_template = '%%(rev)s_%%(slug)s'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `file_template`: the name of a file needs the token `rev` or `slug`
    hint: tokens are written in braces, as in `{year}{month}{day}_{rev}_{slug}`
    [exit status: 1]
    ");
}

#[test]
fn a_template_with_folders() {
    assert_snapshot!(config("file_template = '{year}/{rev}'\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `file_template`: `/` makes sub-folders, which are not read
    hint: `recursive_version_locations = true` has them read
    [exit status: 1]
    ");
}

#[test]
fn an_unknown_choice() {
    assert_snapshot!(config("transaction = 'none'\n").refused("history", "config"), @r#"
    ------- stderr -------
    error: limbeck.toml:1: `transaction` takes "revision" or "all"
    [exit status: 1]
    "#);
}

#[test]
fn an_empty_command() {
    assert_snapshot!(config("rust.command = []\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `rust.command` takes at least the name of a program
    [exit status: 1]
    ");
}

#[test]
fn an_empty_version_table() {
    assert_snapshot!(config("version_table = ''\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `version_table` takes a name, and this one is empty
    [exit status: 1]
    ");
}

#[test]
fn no_version_locations() {
    assert_snapshot!(config("version_locations = []\n").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: `version_locations` takes at least one folder
    [exit status: 1]
    ");
}

#[test]
fn a_binary_file() {
    assert_snapshot!(config("\0\u{1}").refused("history", "config"), @"
    ------- stderr -------
    error: limbeck.toml:1: key with no value, expected `=`
    [exit status: 1]
    ");
}

#[test]
fn a_file_that_is_missing() {
    assert_snapshot!(config("").refused("-c other.toml history", "config"), @"
    ------- stderr -------
    error: cannot read the configuration `other.toml`: No such file or directory (os error 2)
    hint: `--config` and `LIMBECK_CONFIG` name the file; `limbeck init` makes one
    [exit status: 1]
    ");
    assert_snapshot!(config("").refused("-c . history", "config"), @"
    ------- stderr -------
    error: cannot read the configuration `.`: Is a directory (os error 21)
    [exit status: 1]
    ");
}

#[test]
fn a_file_that_is_not_utf8() {
    let case = Case::alone(project().file("limbeck.toml", b"url = '\xff'\n"));
    assert_snapshot!(case.refused("history", "config"), @"
    ------- stderr -------
    error: cannot read the configuration `limbeck.toml`: stream did not contain valid UTF-8
    [exit status: 1]
    ");
}

#[test]
fn a_section_that_is_missing() {
    let case = config("[name.staging]\nurl = 'a'\n[name.production]\nurl = 'b'\n");
    assert_snapshot!(case.refused("-n stagin history", "config"), @"
    ------- stderr -------
    error: there is no section `[name.stagin]` in limbeck.toml
      production
      staging
    hint: did you mean `--name staging`?
    [exit status: 1]
    ");
    assert_snapshot!(config("").refused("-n staging history", "config"), @"
    ------- stderr -------
    error: there is no section `[name.staging]` in limbeck.toml
    [exit status: 1]
    ");
}

#[test]
fn a_variable_of_the_wrong_kind() {
    let case = Case::alone(
        project()
            .file("limbeck.toml", "")
            .env("LIMBECK_TRUNCATE_SLUG_LENGTH", "x"),
    );
    assert_snapshot!(case.refused("history", "config"), @"
    ------- stderr -------
    error: the variable `LIMBECK_TRUNCATE_SLUG_LENGTH` takes a whole number
    [exit status: 1]
    ");
}

#[test]
fn a_variable_that_names_no_file() {
    let case = Case::alone(project().env("LIMBECK_CONFIG", "gone.toml"));
    assert_snapshot!(case.refused("history", "config"), @"
    ------- stderr -------
    error: cannot read the configuration `gone.toml`: No such file or directory (os error 2)
    hint: `--config` and `LIMBECK_CONFIG` name the file; `limbeck init` makes one
    [exit status: 1]
    ");
}
