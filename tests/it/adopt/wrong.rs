//! What `adopt` refuses, and how it says so.

use insta::assert_snapshot;

use super::source;
use crate::support::limbeck::revision;
use crate::support::{database, project};

const FILES: [(&str, &str); 2] = [
    ("001_a.sql", "CREATE TABLE a (id int);"),
    ("002_b.sql", "CREATE TABLE b (id int);"),
];

#[test]
fn a_project_without_such_a_folder_has_nothing_to_take_over() {
    let database = database();
    let project = project()
        .database(&database)
        .file("versions/a.sql", revision("a", "", ""));
    assert_snapshot!(project.run("adopt"), @r"
    ------- stderr -------
    error: there is no folder of another migration tool to take over
    hint: a [[source]] in limbeck.toml names one; a database of Alembic needs no taking over
    [exit status: 1]
    ");
    assert_snapshot!(project.run("adopt --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"nothing_to_adopt","message":"there is no folder of another migration tool to take over","candidates":[],"hints":["a [[source]] in limbeck.toml names one; a database of Alembic needs no taking over"]}}
    [exit status: 1]
    "#);
}

#[test]
fn marks_name_revisions_of_the_folders_and_not_twice() {
    let database = database();
    let project = source(&database, "", &FILES).file("versions/x.sql", revision("aa11", "", ""));
    assert_snapshot!(project.run("adopt --mark-applied 003"), @r"
    ------- stderr -------
    error: there is no revision or branch label `003`
      001  a  migrations
      002  b  migrations
    hint: did you mean one of these?
    [exit status: 1]
    ");
    assert_snapshot!(project.run("adopt --mark-pending aa11"), @r"
    ------- stderr -------
    error: revision `aa11` is in no folder of another tool
    hint: `limbeck stamp aa11` notes it down
    [exit status: 2]
    ");
    assert_snapshot!(project.run("adopt --mark-applied 001 --mark-pending 001"), @r"
    ------- stderr -------
    error: revision `001` cannot be marked as applied and as pending
    [exit status: 2]
    ");
    assert_snapshot!(project.run("adopt --tag x"), @r"
    ------- stderr -------
    error: the following required arguments were not provided:
      --apply

    Usage: limbeck adopt --apply --tag <TEXT>

    For more information, try '--help'.
    [exit status: 2]
    ");
}

#[test]
fn a_value_that_is_no_time_is_told_with_its_table() {
    let database = database();
    let files = [("V1__a.sql", "SELECT 1;")];
    let project = source(&database, "format = \"refinery\"\n", &files);
    database.execute(
        "CREATE TABLE refinery_schema_history (version int, name text, applied_on text, checksum \
         text); INSERT INTO refinery_schema_history VALUES (1, 'a', 'yesterday at noon or so', '1')",
    );
    assert_snapshot!(project.run("adopt"), @r#"
    ------- stderr -------
    error: `public.refinery_schema_history` is not as the table of the format `refinery` is: invalid input syntax for type timestamp with time zone: "yesterday at noon or so"
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]
    "#);
}

#[test]
fn a_time_before_our_era_is_none() {
    let database = database();
    let project = source(&database, "", &FILES[..1]);
    database.execute(
        "CREATE TABLE schema_migrations (name text, applied_at timestamptz); INSERT INTO \
         schema_migrations VALUES ('001_a.sql', '0001-01-01 BC')",
    );
    let adopted = project.ok("adopt --apply --format json").json();
    let revision = &adopted["sources"][0]["revisions"][0];
    assert_eq!(revision["state"], "applied", "{adopted}");
    assert_eq!(revision["applied_at"], serde_json::Value::Null);
}

#[test]
fn tables_of_other_tools_are_refused_by_name() {
    let database = database();
    let project = source(&database, "", &FILES);
    database.execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)");
    assert_snapshot!(project.run("adopt"), @r#"
    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `numbered` is: it has a column `dirty`
      it looks like that of golang-migrate
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]
    "#);
    assert_snapshot!(project.run("adopt --format json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_a_tracking_table","message":"`public.schema_migrations` is not as the table of the format `numbered` is: it has a column `dirty`","candidates":[],"hints":["`table = \"…\"` in the [[source]] of `migrations` names another one, `format = \"…\"` another tool"],"details":["it looks like that of golang-migrate"]}}
    [exit status: 1]
    "#);
    let mut answers = String::new();
    for (format, table) in [
        ("sqlx", "version text, success boolean"),
        ("drizzle", "hash text"),
        ("node-pg-migrate", "name text, run_on text"),
        ("rollbacks", "stamp timestamptz"),
    ] {
        database.execute("DROP TABLE schema_migrations");
        database.execute(&format!("CREATE TABLE schema_migrations ({table})"));
        let files = match format {
            "drizzle" => vec![("20250101000000_a/migration.sql", "SELECT 1;")],
            "sqlx" => vec![("20250101000000_a.sql", "SELECT 1;")],
            "node-pg-migrate" => vec![("1700000000000_a.sql", "-- Up Migration\n")],
            _ => FILES.to_vec(),
        };
        let more = format!("format = \"{format}\"\ntable = \"schema_migrations\"\n");
        let project = source(&database, &more, &files);
        answers.push_str(&project.run("adopt").to_string());
        answers.push('\n');
    }
    assert_snapshot!(answers, @r#"
    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `sqlx` is: its column `version` is not a number
      it looks like that of dbmate
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]

    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `drizzle` is: it has no column `created_at`
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]

    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `node-pg-migrate` is: its column `run_on` is not a time
      it looks like that of numbered or rollbacks
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]

    ------- stderr -------
    error: `public.schema_migrations` is not as the table of the format `rollbacks` is: it has no column `name` of text
    hint: `table = "…"` in the [[source]] of `migrations` names another one, `format = "…"` another tool
    [exit status: 1]
    "#);
}

#[test]
fn a_revision_that_stands_on_one_of_limbecks_own_waits_for_it() {
    let database = database();
    let project = source(&database, "depends_on = [\"aa11\"]\n", &FILES)
        .file("versions/x.sql", revision("aa11", "", ""));
    database.execute("CREATE TABLE schema_migrations (version text)");
    database.execute("INSERT INTO schema_migrations VALUES ('001_a.sql')");
    assert_snapshot!(project.run("adopt"), @r"
    migrations (numbered), table public.schema_migrations
    CONFLICT  001  a: it stands on `aa11`, which is not applied: upgrade to that first
    PENDING   002  b
    ------- stderr -------
    0 applied, 1 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    project.ok("upgrade aa11 -q");
    assert_snapshot!(project.run("adopt --apply"), @r"
    migrations (numbered), table public.schema_migrations
    APPLIED   001  a
    PENDING   002  b
    ------- stderr -------
    stamp aa11 -> 001, a
    1 applied, 1 pending, 0 conflicts
    noted down 1 revision; the database stands at 001
    ");
    assert_eq!(database.heads(), ["001"]);
}

#[test]
fn a_table_that_nobody_reads_is_told_of() {
    let database = database();
    let project = source(&database, "", &FILES);
    database.execute(
        "CREATE TABLE _sqlx_migrations (version bigint, installed_on timestamptz, success boolean, \
         checksum bytea); CREATE TABLE migrations (greeting point)",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (numbered), no table schema_migrations
    PENDING   001  a: there is no table `schema_migrations`
    PENDING   002  b: there is no table `schema_migrations`
    ------- stderr -------
    warning: `public._sqlx_migrations` looks like the table of sqlx, and no [[source]] is taken over with it
    hint: `table` and `format` in a [[source]] say which table is whose
    0 applied, 2 pending, 0 conflicts
    nothing to note down: the database stands at <base>
    ");
    assert_snapshot!(project.run("adopt --format json"), @r#"
    {"sources":[{"name":"migrations","path":"migrations","format":"numbered","table":null,"dirty":false,"revisions":[{"revision":"001","file":"migrations/001_a.sql","state":"pending","applied_at":null,"reason":"there is no table `schema_migrations`"},{"revision":"002","file":"migrations/002_b.sql","state":"pending","applied_at":null,"reason":"there is no table `schema_migrations`"}],"rows_without_file":[]}],"detection":null,"stamped":null}
    ------- stderr -------
    {"warning":{"code":"unread_tracking_table","message":"`public._sqlx_migrations` looks like the table of sqlx, and no [[source]] is taken over with it","candidates":[],"hints":["`table` and `format` in a [[source]] say which table is whose"]}}
    "#);
}
