//! Drizzle: a journal and its files, or a folder for each migration.

use insta::assert_snapshot;

use super::{legacy, tables};
use crate::support::database;

const JOURNAL: &str = r#"{
  "version": "7",
  "dialect": "postgresql",
  "entries": [
    { "idx": 0, "version": "7", "when": 1736935200000, "tag": "0000_marvelous_nuke", "breakpoints": true },
    { "idx": 1, "version": "7", "when": 1736935300000, "tag": "0001_tense_wilson_fisk", "breakpoints": true },
    { "idx": 3, "version": "7", "when": 1736935400000, "tag": "0003_fast_index", "breakpoints": true }
  ]
}
"#;

const FILES: [(&str, &str); 7] = [
    ("meta/_journal.json", JOURNAL),
    ("meta/0000_snapshot.json", "{}\n"),
    (
        "0000_marvelous_nuke.sql",
        "CREATE TABLE \"contacts\" (\n\t\"id\" serial PRIMARY KEY NOT NULL,\n\t\"name\" text\n);\n\
         --> statement-breakpoint\nCREATE TABLE \"groups\" (\n\t\"id\" serial PRIMARY KEY NOT NULL\n);\n",
    ),
    (
        "0001_tense_wilson_fisk.sql",
        "ALTER TABLE \"contacts\" ADD COLUMN \"group_id\" integer;--> statement-breakpoint\n\
         DO $$ BEGIN\n ALTER TABLE \"contacts\" ADD CONSTRAINT \"c\" FOREIGN KEY (\"group_id\") \
         REFERENCES \"groups\"(\"id\");\nEXCEPTION\n WHEN duplicate_object THEN null;\nEND $$;\n",
    ),
    (
        "0003_fast_index.sql",
        "UPDATE contacts SET name = 'x';--> statement-breakpoint\nCOMMIT;--> statement-breakpoint\n\
         SET lock_timeout = 0;--> statement-breakpoint\n\
         CREATE INDEX CONCURRENTLY contacts_name ON contacts (name);--> statement-breakpoint\n\
         SET lock_timeout = '5s';\n",
    ),
    ("0002_dropped_from_the_journal.sql", "SELECT 1/0;\n"),
    ("relations.ts", "export {};\n"),
];

#[test]
fn the_journal_is_followed_and_a_bare_commit_divides_a_file() {
    let database = database();
    let project = legacy(&database, &FILES);
    assert_snapshot!(project.run("history -v"), @r"
    Rev: 0003 (head)
    Parent: 0001
    Branch names: migrations
    Path: migrations/0003_fast_index.sql

        fast index

        Create Date: [DATE]

    Rev: 0001
    Parent: 0000
    Branch names: migrations
    Path: migrations/0001_tense_wilson_fisk.sql

        tense wilson fisk

        Create Date: [DATE]

    Rev: 0000
    Parent: <base>
    Branch names: migrations
    Path: migrations/0000_marvelous_nuke.sql

        marvelous nuke

        Create Date: [DATE]
    ");
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    upgrade  -> 0000, marvelous nuke  ([TIME])
    upgrade 0000 -> 0001, tense wilson fisk  ([TIME])
    upgrade 0001 -> 0003, fast index  ([TIME])
    3 applied, 0 already applied, 3 total ([TIME])
    ");
    assert_eq!(tables(&database), ["contacts", "groups"]);
    assert!(database.has("contacts_name"));
    assert_snapshot!(project.run("downgrade -1"), @r"
    ------- stderr -------
    error: revision `0003` has no downgrade
      migrations/0003_fast_index.sql
    hint: its tool has no way back: a new revision can undo what it did
    [exit status: 1]
    ");
    assert_snapshot!(project.run("downgrade -1 --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"no_body","message":"revision `0003` has no downgrade","candidates":[],"hints":["its tool has no way back: a new revision can undo what it did"],"details":["migrations/0003_fast_index.sql"]}}
    [exit status: 1]
    "#);
}

#[test]
fn an_index_without_a_commit_before_it_is_refused_before_anything_runs() {
    let database = database();
    let text = "CREATE TABLE a (id int);\n--> statement-breakpoint\n\
                CREATE INDEX CONCURRENTLY i ON a (id);\n";
    let project = legacy(&database, &[("20250101000000_a/migration.sql", text)]);
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/20250101000000_a/migration.sql:3: CREATE INDEX CONCURRENTLY cannot run inside a transaction, in which drizzle runs it
    hint: write `COMMIT;` and `--> statement-breakpoint` above it, and a breakpoint below it
    [exit status: 1]
    ");
    assert_eq!(tables(&database), [""; 0]);
}

#[test]
fn folders_of_drizzle_1_are_in_the_order_of_their_names() {
    let database = database();
    let project = legacy(
        &database,
        &[
            (
                "20250101000000_first/migration.sql",
                "CREATE TABLE a (id int);\n",
            ),
            (
                "20250101000000_first/snapshot.json",
                "{\"version\": \"8\"}\n",
            ),
            (
                "20250102000000_second/migration.sql",
                "ALTER TABLE a ADD x int;--> statement-breakpoint\nCREATE TABLE b (id int);\n",
            ),
            ("20250102000000_zweite/migration.sql", "DROP TABLE b;\n"),
        ],
    );
    assert_snapshot!(project.run("history"), @r"
    20250102000000 -> 20250102000000_zweite (migrations) (head), zweite
    20250101000000 -> 20250102000000 (migrations), second
    <base> -> 20250101000000 (migrations), first
    ");
    assert_snapshot!(project.run("upgrade head -q"), @"");
    assert_eq!(tables(&database), ["a"]);
}

#[test]
fn a_journal_that_names_a_missing_file_is_not_followed() {
    let database = database();
    let files = FILES.iter().filter(|(name, _)| !name.starts_with("0001"));
    let project = legacy(&database, &files.copied().collect::<Vec<_>>());
    assert_snapshot!(project.run("upgrade heads"), @r"
    ------- stderr -------
    error: migrations/meta/_journal.json:6: the journal names `0001_tense_wilson_fisk`, and there is no file `0001_tense_wilson_fisk.sql`
    hint: restore the file, or take its entry out of the journal
    [exit status: 1]
    ");
    assert_snapshot!(project.run("upgrade heads --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"invalid_revision_file","message":"migrations/meta/_journal.json:6: the journal names `0001_tense_wilson_fisk`, and there is no file `0001_tense_wilson_fisk.sql`","candidates":[],"hints":["restore the file, or take its entry out of the journal"]}}
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("history"), @r"
    0000 -> 0003 (migrations) (head), fast index
    <base> -> 0000 (migrations), marvelous nuke
    ------- stderr -------
    warning: migrations/meta/_journal.json:6: the journal names `0001_tense_wilson_fisk`, and there is no file `0001_tense_wilson_fisk.sql`
    hint: restore the file, or take its entry out of the journal
    ");
    assert_eq!(tables(&database), [""; 0]);
}
