//! Revision files that cannot be read, or not be run as they say; and some that only look so.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use super::Case;
use crate::support::{database, project};

/// A good revision, and a file on top of it.
fn file(text: impl AsRef<[u8]>) -> Case {
    Case::new(|project| {
        project
            .revisions(&[("a1", "", "")])
            .file("versions/b1.sql", text)
    })
}

/// The same with sections below a good header.
fn sections(text: &str) -> Case {
    file(format!(
        "-- revision: b1\n-- down_revision: a1\n-- message: do it\n\n{text}"
    ))
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_do_no_harm() {
    let text = "\u{feff}-- revision: b1\r\n-- down_revision: a1\r\n-- message: from afar\r\n\r\n\
                -- limbeck: upgrade\r\nCREATE TABLE b (id int);\r\nINSERT INTO b\r\nVALUES (1);\r\n\
                -- limbeck: downgrade\r\nDROP TABLE b;\r\n";
    let case = file(text);
    assert_snapshot!(case.project.run("upgrade head"), @"
    ------- stderr -------
    upgrade  -> a1, add t_a1  ([TIME])
    upgrade a1 -> b1, from afar  ([TIME])
    2 applied, 0 already applied, 2 total ([TIME])
    ");
    assert_snapshot!(case.project.run("downgrade base"), @"
    ------- stderr -------
    downgrade b1 -> a1, from afar  ([TIME])
    downgrade a1 -> , add t_a1  ([TIME])
    2 steps done in [TIME]; 0 of 2 revisions applied
    ");
}

#[test]
fn names_may_hold_quotes_and_semicolons() {
    let case = Case::new(|project| {
        project
            .file(
                "limbeck.toml",
                "version_table = 'ver\"sion; table'\nversion_table_schema = 'sche\"ma;'\n",
            )
            .file(
                "versions/a.sql",
                "-- revision: o'ne;\n-- branch_labels: \"l'abel\";\n-- message: it's; \"odd\"\n-- limbeck: upgrade\n\
                 CREATE TABLE t (id int);\n-- limbeck: downgrade\nDROP TABLE t;\n",
            )
            .file(
                "versions/b.sql",
                "-- revision: t\"wo\n-- down_revision: o'ne;\n-- limbeck: upgrade\nSELECT 1;\n",
            )
    })
    .after_sql("CREATE SCHEMA \"sche\"\"ma;\"");
    assert_snapshot!(case.project.run("upgrade head"), @r#"
    ------- stderr -------
    upgrade  -> o'ne;, it's; "odd"  ([TIME])
    upgrade o'ne; -> t"wo  ([TIME])
    2 applied, 0 already applied, 2 total ([TIME])
    "#);
    assert_snapshot!(case.project.run("current"), @r#"t"wo (head)"#);
    assert_snapshot!(case.project.run("history"), @r#"
    o'ne; -> t"wo ("l'abel";) (head), empty message
    <base> -> o'ne; ("l'abel";), it's; "odd"
    "#);
    assert_snapshot!(case.project.run("stamp \"o'ne;\""), @r#"
    ------- stderr -------
    stamp t"wo -> o'ne;, it's; "odd"
    1 step done in [TIME]; 1 of 2 revisions applied
    "#);
    assert_snapshot!(case.project.run("downgrade base"), @r#"
    ------- stderr -------
    downgrade o'ne; -> , it's; "odd"  ([TIME])
    1 step done in [TIME]; 0 of 2 revisions applied
    "#);
    assert_snapshot!(case.project.run("upgrade head --sql --no-ledger"), @r#"
    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('"sche""ma;"."ver""sion; table"') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM "sche""ma;"."ver""sion; table"' INTO heads;
        END IF;
        IF heads <> ARRAY[]::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at <base>, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    CREATE TABLE "sche""ma;"."ver""sion; table" (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT "ver""sion; table_pkc" PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> o'ne;

    CREATE TABLE t (id int);

    INSERT INTO "sche""ma;"."ver""sion; table" (version_num) VALUES ('o''ne;') RETURNING "sche""ma;"."ver""sion; table".version_num;

    COMMIT;

    BEGIN;

    DO $limbeck$
    DECLARE
        heads text[] := '{}';
    BEGIN
        IF pg_catalog.to_regclass('"sche""ma;"."ver""sion; table"') IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(pg_catalog.array_agg(version_num::text ORDER BY version_num::text COLLATE "C"), ''{}'') FROM "sche""ma;"."ver""sion; table"' INTO heads;
        END IF;
        IF heads <> ARRAY['o''ne;']::text[] THEN
            RAISE EXCEPTION 'limbeck: this script begins at o''ne;, the database stands at %', coalesce(nullif(pg_catalog.array_to_string(heads, ', '), ''), '<base>');
        END IF;
    END
    $limbeck$;

    -- Running upgrade o'ne; -> t"wo

    SELECT 1;

    UPDATE "sche""ma;"."ver""sion; table" SET version_num='t"wo' WHERE "sche""ma;"."ver""sion; table".version_num = 'o''ne;';

    COMMIT;
    "#);
    assert!(!case.database().has("t"));
}

#[test]
fn a_downgrade_section_that_is_missing() {
    let case = sections("-- limbeck: upgrade\nCREATE TABLE b (id int);\n").after("upgrade head");
    assert_snapshot!(case.refused("downgrade -1", "no_body"), @"
    ------- stderr -------
    error: revision `b1` has no downgrade
      versions/b1.sql
    hint: `-- limbeck: downgrade` begins that section, which may be empty
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("downgrade base", "no_body"), @"
    ------- stderr -------
    error: revision `b1` has no downgrade
      versions/b1.sql
    hint: `-- limbeck: downgrade` begins that section, which may be empty
    [exit status: 1]
    ");
    assert_snapshot!(case.refused("downgrade b1:base --sql", "no_body"), @"
    ------- stderr -------
    error: revision `b1` has no downgrade
      versions/b1.sql
    hint: `-- limbeck: downgrade` begins that section, which may be empty
    [exit status: 1]
    ");
}

#[test]
fn a_folder_that_is_missing() {
    let case = Case::alone(
        project()
            .file("limbeck.toml", "version_locations = ['versions', 'more']\n")
            .file("versions/.keep", ""),
    );
    assert_snapshot!(case.refused("heads", "no_version_location"), @"
    ------- stderr -------
    error: there is no folder `more`
    hint: `version_locations` in limbeck.toml names the folders of revisions
    [exit status: 1]
    ");
}

#[test]
fn a_folder_that_is_a_file() {
    let case = Case::alone(project().file("limbeck.toml", "").file("versions", ""));
    assert_snapshot!(case.refused("heads", "no_version_location"), @"
    ------- stderr -------
    error: `versions` is no folder
    hint: `version_locations` in limbeck.toml names the folders of revisions
    [exit status: 1]
    ");
}

#[test]
fn a_folder_with_the_name_of_a_revision() {
    let case = Case::alone(
        project()
            .file("limbeck.toml", "")
            .revisions(&[("a1", "", "")])
            .file("versions/b1.sql/readme", ""),
    );
    assert_snapshot!(case.project.run("check"), @"
    ------- stderr -------
    nothing found in 1 revision
    not checked: a database (`--database`)
    not checked: a merge (`--git-base REF`)
    ");
    assert_snapshot!(case.project.run("heads"), @"a1 (head)");
}

#[test]
fn a_link_that_leads_nowhere() {
    let case = Case::new(|project| project.revisions(&[("a1", "", "")]));
    std::os::unix::fs::symlink("gone.sql", case.project.path("versions/b1.sql")).unwrap();
    assert_snapshot!(case.refused("upgrade head", "unreadable_source"), @"
    ------- stderr -------
    error: versions/b1.sql: cannot be read: No such file or directory (os error 2)
    [exit status: 1]
    ");
}

#[test]
fn a_file_that_may_not_be_read() {
    let case = Case::new(|project| project.revisions(&[("a1", "", ""), ("b1", "a1", "")]));
    let path = case.project.path("versions/b1.sql");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        // For root there is no such file.
        return;
    }
    assert_snapshot!(case.refused("upgrade head", "unreadable_source"), @"
    ------- stderr -------
    error: versions/b1.sql: cannot be read: Permission denied (os error 13)
    [exit status: 1]
    ");
}

#[test]
fn a_rust_revision_in_a_program_without_it() {
    let case = Case::new(|project| {
        project
            .file("limbeck.toml", "rust.binary = 'target/migrate'\n")
            .file("versions/a1.rs", RUST)
    });
    assert_snapshot!(case.refused("upgrade head", "not_compiled"), @"
    ------- stderr -------
    error: cannot start `[PROJECT]/target/migrate`: No such file or directory (os error 2)
    hint: `rust.binary` and `rust.command` in limbeck.toml say what runs such revisions
    [exit status: 1]
    ");
    assert_snapshot!(case.project.run("history"), @"<base> -> a1 (head), begin");
    assert_snapshot!(case.refused("upgrade head --sql", "not_compiled"), @"
    ------- stderr -------
    error: cannot start `[PROJECT]/target/migrate`: No such file or directory (os error 2)
    hint: `rust.binary` and `rust.command` in limbeck.toml say what runs such revisions
    [exit status: 1]
    ");
}

#[test]
fn a_rust_revision_without_a_project_to_build() {
    let case = Case::new(|project| project.file("versions/a1.rs", RUST));
    assert_snapshot!(case.refused("upgrade head", "not_compiled"), @"
    ------- stderr -------
    error: some revisions are coded in Rust, and there is no Cargo.toml to build them with
    hint: `limbeck init -t rust` shows what a project needs; `rust.binary` in limbeck.toml names a built one
    [exit status: 1]
    ");
}

const RUST: &str = r#"//! begin
use limbeck::prelude::*;

pub const REVISION: Revision = Revision::new("a1");

pub fn upgrade(op: &mut Op) -> Result<()> {
    op.execute("SELECT 1")
}
"#;

fn rust(from: &str, to: &str) -> Case {
    Case::alone(
        project()
            .file("limbeck.toml", "")
            .file("versions/a1.rs", RUST.replace(from, to)),
    )
}

#[test]
fn a_sql_file_may_be_left_alone_by_any_name_but_sql() {
    let database = database();
    let project = project()
        .database(&database)
        .revisions(&[("a1", "", "")])
        .file("versions/readme.md", "no revision")
        .file("versions/b1.sql~", "no revision")
        .file("versions/.b1.sql.swp", "no revision")
        .file("versions/.b1.sql", "no revision");
    assert_snapshot!(project.run("upgrade head"), @"
    ------- stderr -------
    upgrade  -> a1, add t_a1  ([TIME])
    1 applied, 0 already applied, 1 total ([TIME])
    ");
}

#[test]
fn a_file_not_utf8() {
    let case = file(b"-- revision: b1\n-- message: caf\xe9\n-- limbeck: upgrade\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:2: the file is not UTF-8: byte 31 begins no character
    hint: save the file as UTF-8
    [exit status: 1]
    ");
}

#[test]
fn a_file_empty() {
    let case = file("");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/b1.sql: the file is empty
    hint: begin the file with a line such as `-- revision: [ID1]`; `limbeck revision --sql -m "…"` writes a whole file
    [exit status: 1]
    "#);
}

#[test]
fn a_file_nothing_but_white_space() {
    let case = file("\n  \n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/b1.sql: the file is empty
    hint: begin the file with a line such as `-- revision: [ID1]`; `limbeck revision --sql -m "…"` writes a whole file
    [exit status: 1]
    "#);
}

#[test]
fn a_file_without_a_header() {
    let case = file("CREATE TABLE b (id int);\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/b1.sql:1: the file has no header of a revision; it begins with `CREATE TABLE b (id int);`
    hint: begin the file with a line such as `-- revision: [ID1]`; `limbeck revision --sql -m "…"` writes a whole file
    [exit status: 1]
    "#);
}

#[test]
fn a_file_with_a_foreign_header() {
    let case = file("-- +goose Up\nCREATE TABLE b (id int);\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/b1.sql:1: the file has no header of a revision; it begins with `-- +goose Up`
    hint: begin the file with a line such as `-- revision: [ID1]`; `limbeck revision --sql -m "…"` writes a whole file
    [exit status: 1]
    "#);
}

#[test]
fn a_file_with_a_header_without_an_id() {
    let case = file("-- down_revision: a1\n-- limbeck: upgrade\nSELECT 1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/b1.sql:1: the header has no `revision`
    hint: begin the file with a line such as `-- revision: [ID1]`; `limbeck revision --sql -m "…"` writes a whole file
    [exit status: 1]
    "#);
}

#[test]
fn a_file_with_a_mistyped_key() {
    let case = file("-- revision: b1\n-- down_revison: a1\n-- limbeck: upgrade\nSELECT 1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:2: unknown header key `down_revison`
    hint: did you mean `down_revision`?
    [exit status: 1]
    ");
}

#[test]
fn a_file_with_an_unknown_key() {
    let case = file(
        "-- revision: b1\n-- down_revision: a1\n-- author: me\n-- limbeck: upgrade\nSELECT 1;\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:3: unknown header key `author`
    hint: the keys are revision, down_revision, branch_labels, depends_on, created, message
    [exit status: 1]
    ");
}

#[test]
fn a_file_with_a_key_twice() {
    let case = file(
        "-- revision: b1\n-- down_revision: a1\n-- down_revision: a1\n-- limbeck: upgrade\nSELECT 1;\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:3: header key `down_revision` is already given on line 2
    [exit status: 1]
    ");
}

#[test]
fn a_file_with_two_ids() {
    let case = file("-- revision: b1, b2\n-- down_revision: a1\n-- limbeck: upgrade\nSELECT 1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:1: `b1, b2` is not one revision id: it has a comma
    hint: parents are named by `-- down_revision:`
    [exit status: 1]
    ");
}

#[test]
fn a_file_with_a_bad_date() {
    let case = file(
        "-- revision: b1\n-- down_revision: a1\n-- created: yesterday\n-- limbeck: upgrade\nSELECT 1;\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:3: `yesterday` is no date and time with an offset
    hint: write it as [DATE]
    [exit status: 1]
    ");
}

#[test]
fn a_file_with_a_statement_above_the_sections() {
    let case = file(
        "-- revision: b1\n-- down_revision: a1\n\nCREATE TABLE b (id int);\n-- limbeck: upgrade\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:4: a statement stands before the first section
    hint: write `-- limbeck: upgrade` on a line above the statements
    [exit status: 1]
    ");
}

#[test]
fn a_file_without_sections() {
    let case = file("-- revision: b1\n-- down_revision: a1\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql: the file has no upgrade section
    hint: write `-- limbeck: upgrade` on a line above the statements
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_unknown_word() {
    let case = sections("-- limbeck: upgrad\nSELECT 1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:5: `upgrad` names no section
    hint: did you mean `upgrade`?
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_unknown_mode() {
    let case = sections("-- limbeck: upgrade outside\nSELECT 1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:5: `upgrade outside` names no section
    hint: the sections are upgrade and downgrade, each also with no-transaction or new-transaction, and verify
    [exit status: 1]
    ");
}

#[test]
fn sections_with_only_a_downgrade() {
    let case = sections("-- limbeck: downgrade\nSELECT 1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql: the file has no upgrade section
    hint: write `-- limbeck: upgrade` on a line above the statements
    [exit status: 1]
    ");
}

#[test]
fn sections_with_begin_and_commit() {
    let case = sections("-- limbeck: upgrade\nBEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:6: `BEGIN` interferes with the transaction that limbeck keeps
    hint: delete it; a section runs in one transaction, or without one after `-- limbeck: upgrade no-transaction`
    [exit status: 1]
    ");
}

#[test]
fn sections_with_a_rollback() {
    let case = sections("-- limbeck: upgrade\nCREATE TABLE b (id int);\nROLLBACK;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:7: `ROLLBACK` interferes with the transaction that limbeck keeps
    hint: delete it; a section runs in one transaction, or without one after `-- limbeck: upgrade no-transaction`
    [exit status: 1]
    ");
}

#[test]
fn sections_with_a_command_of_psql() {
    let case = sections("-- limbeck: upgrade\n\\connect other\nCREATE TABLE b (id int);\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r"
    ------- stderr -------
    error: versions/b1.sql:6: `\connect` is a command of psql, not SQL
    hint: delete the line; newer versions of pg_dump write it for psql alone
    [exit status: 1]
    ");
}

#[test]
fn sections_with_a_restricted_dump() {
    let case = sections(
        "-- limbeck: upgrade\n\\restrict abcdef\nCREATE TABLE b (id int);\n\\unrestrict abcdef\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @r"
    ------- stderr -------
    error: versions/b1.sql:6: `\restrict` is a command of psql, not SQL
    hint: delete the line; newer versions of pg_dump write it for psql alone
    [exit status: 1]
    ");
}

#[test]
fn sections_with_inline_data() {
    let case = sections(
        "-- limbeck: upgrade\nCREATE TABLE b (id int, t text);\nCOPY b (id, t) FROM stdin;\n1\tone's\n\\.\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:7: `COPY` from or to the client cannot be part of a revision
    hint: dump the data with `pg_dump --inserts`, or write `INSERT` statements
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_open_quote() {
    let case =
        sections("-- limbeck: upgrade\nSELECT 1;\nINSERT INTO b VALUES ('its);\nSELECT 2;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:7: the string that begins here has no end
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_apostrophe_in_a_text() {
    let case =
        sections("-- limbeck: upgrade\nSELECT 1;\nINSERT INTO b VALUES ('it's);\nSELECT 2;\n");
    let case = case.after("upgrade a1");
    assert_snapshot!(case.refused("upgrade head", "sql_failed"), @r#"
    ------- stderr -------
    error: step 1 of 1 failed and was rolled back: upgrade b1, do it
      versions/b1.sql:7
      7 | INSERT INTO b VALUES ('it's)
        |                           ^ 42601 syntax error at or near "s"
      done before it: nothing; the database stands at a1
    [exit status: 1]
    "#);
}

#[test]
fn sections_with_an_open_parenthesis() {
    let case = sections("-- limbeck: upgrade\nSELECT (1;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:6: the parenthesis that begins here has no end
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_open_dollar_quote() {
    let case = sections("-- limbeck: upgrade\nDO $body$\nBEGIN\nEND;\n$bdy$;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:6: the dollar-quoted text that begins here has no end
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_open_comment() {
    let case = sections("-- limbeck: upgrade\nSELECT 1; /* never\nclosed\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:6: the comment that begins here has no end
    [exit status: 1]
    ");
}

#[test]
fn sections_with_an_index_that_needs_no_transaction() {
    let case = sections(
        "-- limbeck: upgrade\nCREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY b_idx ON b (id);\n",
    );
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:7: CREATE INDEX CONCURRENTLY cannot run inside a transaction
    hint: write `-- limbeck: upgrade no-transaction` on a line above it
    [exit status: 1]
    ");
}

#[test]
fn sections_with_a_vacuum_in_the_downgrade() {
    let case = sections("-- limbeck: upgrade\nSELECT 1;\n-- limbeck: downgrade\nVACUUM b;\n");
    assert_snapshot!(case.refused("upgrade head", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/b1.sql:8: VACUUM cannot run inside a transaction
    hint: write `-- limbeck: downgrade no-transaction` on a line above it
    [exit status: 1]
    ");
}

#[test]
fn a_rust_file_without_its_header() {
    let case = rust("pub const REVISION: Revision = Revision::new(\"a1\");", "");
    assert_snapshot!(case.project.run("history"), @r#"
    ------- stderr -------
    warning: versions/a1.rs: the file has no `const REVISION`
    hint: write `pub const REVISION: Revision = Revision::new("…");`
    "#);
    assert_snapshot!(case.refused("plan upgrade head --from base", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/a1.rs: the file has no `const REVISION`
    hint: write `pub const REVISION: Revision = Revision::new("…");`
    [exit status: 1]
    "#);
}

#[test]
fn a_rust_file_without_an_upgrade() {
    let case = rust("pub fn upgrade", "pub fn upgrades");
    assert_snapshot!(case.project.run("history"), @"
    <base> -> a1 (head), begin
    ------- stderr -------
    warning: versions/a1.rs: the file has no `fn upgrade`
    hint: write `pub fn upgrade(op: &mut Op) -> Result<()> { Ok(()) }`
    ");
    assert_snapshot!(case.refused("plan upgrade head --from base", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/a1.rs: the file has no `fn upgrade`
    hint: write `pub fn upgrade(op: &mut Op) -> Result<()> { Ok(()) }`
    [exit status: 1]
    ");
}

#[test]
fn a_rust_file_with_a_computed_id() {
    let case = rust("new(\"a1\")", "new(ID)");
    assert_snapshot!(case.project.run("history"), @r#"
    ------- stderr -------
    warning: versions/a1.rs:4: the revision's id must be written out, so that it can be read without compiling
    hint: `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
    "#);
    assert_snapshot!(case.refused("plan upgrade head --from base", "invalid_revision_file"), @r#"
    ------- stderr -------
    error: versions/a1.rs:4: the revision's id must be written out, so that it can be read without compiling
    hint: `Revision::new("b").down_revision("a")`, with lists as `&["a", "b"]`
    [exit status: 1]
    "#);
}

#[test]
fn a_rust_file_with_an_unknown_word() {
    let case = rust("new(\"a1\")", "new(\"a1\").down_revison(\"b\")");
    assert_snapshot!(case.project.run("history"), @"
    <base> -> a1 (head), begin
    ------- stderr -------
    warning: versions/a1.rs:4: `Revision` has no word `down_revison`
    hint: did you mean `down_revision`?
    ");
    assert_snapshot!(case.refused("plan upgrade head --from base", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/a1.rs:4: `Revision` has no word `down_revison`
    hint: did you mean `down_revision`?
    [exit status: 1]
    ");
}

#[test]
fn a_rust_file_with_a_header_that_is_no_rust() {
    let case = rust("new(\"a1\")", "new(\"a1\"");
    assert_snapshot!(case.project.run("history"), @"
    ------- stderr -------
    warning: versions/a1.rs:4: this is not valid Rust: a bracket or a quote has no other half
    ");
    assert_snapshot!(case.refused("plan upgrade head --from base", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/a1.rs:4: this is not valid Rust: a bracket or a quote has no other half
    [exit status: 1]
    ");
}

#[test]
fn a_rust_file_with_a_bad_date() {
    let case = rust("new(\"a1\")", "new(\"a1\").created(\"yesterday\")");
    assert_snapshot!(case.project.run("history"), @"
    <base> -> a1 (head), begin
    ------- stderr -------
    warning: versions/a1.rs:4: `yesterday` is no date and time with an offset
    hint: write it as [DATE]
    ");
    assert_snapshot!(case.refused("plan upgrade head --from base", "invalid_revision_file"), @"
    ------- stderr -------
    error: versions/a1.rs:4: `yesterday` is no date and time with an offset
    hint: write it as [DATE]
    [exit status: 1]
    ");
}
