//! Drizzle: a row for each file, with its hash and the time that the journal has.

use insta::assert_snapshot;

use super::{ledger, source};
use crate::support::database;

const TABLE: &str = "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial \
                     PRIMARY KEY, hash text NOT NULL, created_at bigint);";

const JOURNAL: &str = r#"{"entries": [
    {"idx": 0, "when": 1736935200000, "tag": "0000_first", "breakpoints": true},
    {"idx": 1, "when": 1736935100000, "tag": "0001_merged_late", "breakpoints": true},
    {"idx": 2, "when": 1736935300000, "tag": "0002_third", "breakpoints": true},
    {"idx": 3, "when": 1736935400000, "tag": "0003_fourth", "breakpoints": true}
]}"#;

const FILES: [(&str, &str); 5] = [
    ("meta/_journal.json", JOURNAL),
    ("0000_first.sql", "CREATE TABLE a (id int);"),
    ("0001_merged_late.sql", "CREATE TABLE b (id int);"),
    ("0002_third.sql", "CREATE TABLE c (id int);"),
    ("0003_fourth.sql", "CREATE TABLE d (id int);"),
];

/// The row that Drizzle writes of a file; the server knows SHA-256, too.
fn row(text: &str, when: i64) -> String {
    format!(
        "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES \
         (encode(sha256('{text}'), 'hex'), {when})"
    )
}

#[test]
fn a_file_that_drizzle_skipped_is_for_a_person_to_decide() {
    let database = database();
    let project = source(&database, "", &FILES);
    database.execute(TABLE);
    database.execute(&row(FILES[1].1, 1_736_935_200_000));
    assert_snapshot!(project.run("adopt"), @r"
    migrations (drizzle), table drizzle.__drizzle_migrations
    APPLIED   0000  first
    PENDING   0001  merged late: Drizzle skipped it: its time is not after that of the newest row
    PENDING   0002  third
    PENDING   0003  fourth
    ------- stderr -------
    1 applied, 3 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
    database.execute(&row(FILES[3].1, 1_736_935_300_000));
    assert_snapshot!(project.run("adopt"), @r"
    migrations (drizzle), table drizzle.__drizzle_migrations
    APPLIED   0000  first
    CONFLICT  0001  merged late: not applied, yet `0002`, which stands on it, is; Drizzle skipped it: its time is not after that of the newest row
    APPLIED   0002  third
    PENDING   0003  fourth
    ------- stderr -------
    2 applied, 1 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --mark-pending 0001"), @r"
    migrations (drizzle), table drizzle.__drizzle_migrations
    APPLIED   0000  first
    CONFLICT  0001  merged late: not applied, yet `0002`, which stands on it, is; marked by hand
    APPLIED   0002  third
    PENDING   0003  fourth
    ------- stderr -------
    2 applied, 1 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --apply --mark-applied 0001"), @r"
    migrations (drizzle), table drizzle.__drizzle_migrations
    APPLIED   0000  first
    APPLIED   0001  merged late: marked by hand
    APPLIED   0002  third
    PENDING   0003  fourth
    ------- stderr -------
    stamp  -> 0002, third
    3 applied, 1 pending, 0 conflicts
    noted down 3 revisions; the database stands at 0002
    ");
    assert_eq!(database.heads(), ["0002"]);
    assert_snapshot!(project.run("adopt"), @r"
    migrations (drizzle), table drizzle.__drizzle_migrations
    APPLIED   0000  first
    APPLIED   0001  merged late: the version table has it already
    APPLIED   0002  third
    PENDING   0003  fourth
    ------- stderr -------
    3 applied, 1 pending, 0 conflicts
    nothing to note down: the database stands at 0002
    ");
}

#[test]
fn an_edited_file_and_a_row_without_a_file_are_told_of() {
    let database = database();
    let project = source(&database, "", &FILES);
    database.execute(TABLE);
    database.execute(&row(FILES[1].1, 1_736_935_200_000));
    database.execute(&row("what stood there then", 1_736_935_300_000));
    database.execute(&row(FILES[2].1, 1_736_935_111_111));
    database.execute(&row("gone", 5));
    assert_snapshot!(project.run("adopt --format json"), @r#"
    {"sources":[{"name":"migrations","path":"migrations","format":"drizzle","table":"drizzle.__drizzle_migrations","dirty":false,"revisions":[{"revision":"0000","file":"migrations/0000_first.sql","state":"applied","applied_at":null,"reason":""},{"revision":"0001","file":"migrations/0001_merged_late.sql","state":"applied","applied_at":null,"reason":""},{"revision":"0002","file":"migrations/0002_third.sql","state":"conflict","applied_at":null,"reason":"its file was edited after it ran: the table has another checksum"},{"revision":"0003","file":"migrations/0003_fourth.sql","state":"pending","applied_at":null,"reason":""}],"rows_without_file":["5"]}],"detection":null,"stamped":null}
    [exit status: 4]
    "#);
}

#[test]
fn the_newer_form_has_names_and_dates() {
    let database = database();
    let files = [
        ("20250101000000_a/migration.sql", "CREATE TABLE a (id int);"),
        ("20250101000000_b/migration.sql", "CREATE TABLE b (id int);"),
        ("20250102000000_c/migration.sql", "CREATE TABLE c (id int);"),
    ];
    let project = source(&database, "", &files);
    database.execute(TABLE);
    database.execute(
        "ALTER TABLE drizzle.__drizzle_migrations ADD name text, ADD applied_at timestamptz",
    );
    for (at, (name, text)) in files[..2].iter().enumerate() {
        database.execute(&row(text, 1_735_689_600_000));
        let name = name.split('/').next().unwrap();
        database.execute(&format!(
            "UPDATE drizzle.__drizzle_migrations SET name = '{name}', applied_at = \
             '2025-02-0{day} 12:00:00.25+01' WHERE name IS NULL",
            day = at + 1,
        ));
    }
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (drizzle), table drizzle.__drizzle_migrations
    APPLIED   20250101000000    a  [DATE]
    APPLIED   20250101000000_b  b  [DATE]
    PENDING   20250102000000    c
    ------- stderr -------
    stamp  -> 20250101000000_b, b
    2 applied, 1 pending, 0 conflicts
    noted down 2 revisions; the database stands at 20250101000000_b
    ");
    assert_eq!(ledger(&database).len(), 2);
    assert!(ledger(&database)[0].ends_with("stamp t 2025-02-01 11:00:00.250000"));
}
