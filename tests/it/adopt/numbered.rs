//! Runners of a project's own: a table of file names, and folders with rollbacks.

use insta::assert_snapshot;

use super::{ledger, source};
use crate::support::database;

const TABLE: &str = "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY, applied_at \
                     timestamptz DEFAULT now());";

const FILES: [(&str, &str); 4] = [
    ("001_users.sql", "CREATE TABLE users (id int);"),
    ("002_names.sql", "ALTER TABLE users ADD name text;"),
    ("003_posts.sql", "CREATE TABLE posts (id int);"),
    ("create_queue.sql", "CREATE TABLE queue (id int);"),
];

#[test]
fn the_ledger_gets_the_dates_of_the_table() {
    let database = database();
    let project = source(&database, "", &FILES);
    database.execute(TABLE);
    database.execute(
        "INSERT INTO schema_migrations VALUES ('001_users.sql', '2024-03-01 10:00:00.123456+00'), \
         ('002_names.sql', '2024-03-02 10:00:00+02'), ('create_queue.sql', '2024-03-03Z')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    APPLIED   002           names  [DATE]
    PENDING   003           posts
    APPLIED   create_queue  create queue  [DATE]
    ------- stderr -------
    3 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --apply --format json"), @r#"{"sources":[{"name":"migrations","path":"migrations","format":"numbered","table":"public.schema_migrations","dirty":false,"revisions":[{"revision":"001","file":"migrations/001_users.sql","state":"applied","applied_at":"[DATE]","reason":""},{"revision":"002","file":"migrations/002_names.sql","state":"applied","applied_at":"[DATE]","reason":""},{"revision":"003","file":"migrations/003_posts.sql","state":"pending","applied_at":null,"reason":""},{"revision":"create_queue","file":"migrations/create_queue.sql","state":"applied","applied_at":"[DATE]","reason":""}],"rows_without_file":[]}],"detection":null,"stamped":{"from":[],"to":["002","create_queue"]}}"#);
    assert_eq!(database.heads(), ["002", "create_queue"]);
    assert_eq!(
        ledger(&database),
        [
            "001 stamp t 2024-03-01 10:00:00.123456",
            "002 stamp t 2024-03-02 08:00:00.000000",
            "create_queue stamp t 2024-03-03 00:00:00.000000",
        ]
    );
    assert_snapshot!(project.run("status"), @r"
    applied  001           users         [DATE]
    applied  002           names         [DATE]
    applied  create_queue  create queue  [DATE]
    pending  003           posts
    ------- stderr -------
    3 applied, 1 pending; the database stands at 002, create_queue
    ");
}

#[test]
fn a_gap_and_rows_without_files_are_told_of() {
    let database = database();
    let project = source(&database, "", &FILES);
    database.execute(TABLE);
    // Without the ending, by the number alone, and of files that are gone.
    database.execute(
        "INSERT INTO schema_migrations VALUES ('001_users'), ('3'), ('000_gone.sql'), ('x')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    CONFLICT  002           names: not applied, yet `003`, which stands on it, is
    APPLIED   003           posts  [DATE]
    PENDING   create_queue  create queue
    row without a file: 000_gone.sql
    row without a file: x
    ------- stderr -------
    2 applied, 1 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --apply"), @r"
    ------- stderr -------
    error: nothing was noted down: 1 revision cannot be decided from the table
      002: not applied, yet `003`, which stands on it, is
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 1]
    ");
    assert_snapshot!(project.run("adopt --mark-pending 003 002"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    PENDING   002           names: marked by hand
    PENDING   003           posts: marked by hand
    PENDING   create_queue  create queue
    row without a file: 000_gone.sql
    row without a file: x
    ------- stderr -------
    1 applied, 3 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
    assert_snapshot!(project.run("adopt --apply --mark-applied 002"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    APPLIED   002           names: marked by hand
    APPLIED   003           posts  [DATE]
    PENDING   create_queue  create queue
    row without a file: 000_gone.sql
    row without a file: x
    ------- stderr -------
    stamp  -> 003, posts
    3 applied, 1 pending, 0 conflicts
    noted down 3 revisions; the database stands at 003
    ");
    assert_eq!(database.heads(), ["003"]);
}

#[test]
fn rollbacks_and_a_table_with_checksums() {
    let database = database();
    let project = source(
        &database,
        "",
        &[
            FILES[0],
            FILES[1],
            FILES[2],
            ("rollbacks/001_rollback_users.sql", "DROP TABLE users;"),
        ],
    );
    database.execute(
        "CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) UNIQUE, checksum text, \
         created_at timestamptz)",
    );
    database.execute(
        "INSERT INTO migrations (name, checksum, created_at) VALUES ('001_users.sql', \
         encode(sha256('CREATE TABLE users (id int);'), 'hex'), '2024-01-01Z'), ('002_names.sql', \
         encode(sha256('as it was'), 'hex'), '2024-01-02Z'), ('003_posts.sql', \
         md5('of another kind'), '2024-01-03Z')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (rollbacks), table public.migrations
    APPLIED   001  users  [DATE]
    CONFLICT  002  names  [DATE]: its file was edited after it ran: the table has another checksum
    APPLIED   003  posts  [DATE]
    ------- stderr -------
    2 applied, 0 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
}

#[test]
fn several_folders_are_taken_over_together() {
    let database = database();
    let project = source(&database, "", &FILES)
        .file(
            "limbeck.toml",
            "[[source]]\npath = \"migrations\"\n\n[[source]]\npath = \"second\"\ndepends_on = \
             [\"002\"]\ntable = \"second_migrations\"\n",
        )
        .file("second/001_c.sql", "CREATE TABLE c (id int);");
    database.execute(TABLE);
    database.execute("CREATE TABLE second_migrations (name text)");
    database.execute("INSERT INTO schema_migrations (version) VALUES ('001_users.sql')");
    database.execute("INSERT INTO second_migrations VALUES ('001_c.sql')");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    CONFLICT  002           names: not applied, yet `second_001`, which stands on it, is
    PENDING   create_queue  create queue
    PENDING   003           posts

    second (numbered), table public.second_migrations
    APPLIED   second_001    c
    ------- stderr -------
    2 applied, 2 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    database.execute("INSERT INTO schema_migrations (version) VALUES ('002_names.sql')");
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    APPLIED   002           names  [DATE]
    PENDING   create_queue  create queue
    PENDING   003           posts

    second (numbered), table public.second_migrations
    APPLIED   second_001    c
    ------- stderr -------
    stamp  -> second_001, c
    3 applied, 2 pending, 0 conflicts
    noted down 3 revisions; the database stands at second_001
    ");
    assert_eq!(database.heads(), ["second_001"]);
    assert_snapshot!(project.run("adopt"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001           users  [DATE]
    APPLIED   002           names  [DATE]
    PENDING   create_queue  create queue
    PENDING   003           posts

    second (numbered), table public.second_migrations
    APPLIED   second_001    c
    ------- stderr -------
    3 applied, 2 pending, 0 conflicts
    nothing to note down: the database stands at second_001
    ");
}

#[test]
fn a_table_may_be_shared_by_two_folders() {
    let database = database();
    let project = source(&database, "", &FILES[..1])
        .file(
            "limbeck.toml",
            "[[source]]\npath = \"migrations\"\n\n[[source]]\npath = \"more\"\n",
        )
        .file("more/001_more.sql", "SELECT 1;");
    database.execute(TABLE);
    database.execute(
        "INSERT INTO schema_migrations (version) VALUES ('001_users.sql'), ('001_more.sql'), \
         ('gone')",
    );
    let answer = project.run("adopt --format json").json();
    for source in answer["sources"].as_array().unwrap() {
        assert_eq!(source["revisions"][0]["state"], "applied");
        assert_eq!(source["rows_without_file"], serde_json::json!(["gone"]));
    }
    project.ok("adopt --apply");
    assert_eq!(database.heads(), ["001", "more_001"]);
}
