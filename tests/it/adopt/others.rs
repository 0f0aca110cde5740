//! Tools that keep a row for each migration: what was left half-done, edited, skipped or deleted.

use insta::assert_snapshot;

use super::{ledger, source};
use crate::support::database;

#[test]
fn sqlx() {
    let database = database();
    let files = [
        ("20250101000000_a.sql", "SELECT 1;"),
        ("20250102000000_b.sql", "SELECT 2;"),
        ("20250103000000_c.sql", "SELECT 3;"),
        ("20250104000000_d.sql", "SELECT 4;"),
    ];
    let project = source(&database, "format = \"sqlx\"\n", &files);
    database.execute(
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
         installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea \
         NOT NULL, execution_time bigint NOT NULL)",
    );
    database.execute(
        "INSERT INTO _sqlx_migrations VALUES (20250101000000, 'a', '2025-01-01Z', true, \
         sha384('SELECT 1;'), 1), (20250102000000, 'b', '2025-01-02Z', true, sha384('SELECT 0;'), \
         1), (20250103000000, 'c', '2025-01-03Z', false, sha384('SELECT 3;'), -1), \
         (20240101000000, 'gone', '2024-01-01Z', true, '', 1)",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (sqlx), table public._sqlx_migrations, dirty
    APPLIED   20250101000000  a  [DATE]
    CONFLICT  20250102000000  b  [DATE]: its file was edited after it ran: the table has another checksum
    CONFLICT  20250103000000  c  [DATE]: it did not finish: the table notes that it failed
    PENDING   20250104000000  d
    row without a file: 20240101000000
    ------- stderr -------
    1 applied, 1 pending, 2 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    let marks = "--mark-applied 20250102000000 --mark-pending 20250103000000";
    assert_snapshot!(project.run(&format!("adopt --apply {marks}")), @r"
    migrations (sqlx), table public._sqlx_migrations, dirty
    APPLIED   20250101000000  a  [DATE]
    APPLIED   20250102000000  b  [DATE]: marked by hand
    PENDING   20250103000000  c: marked by hand
    PENDING   20250104000000  d
    row without a file: 20240101000000
    ------- stderr -------
    stamp  -> 20250102000000, b
    2 applied, 2 pending, 0 conflicts
    noted down 2 revisions; the database stands at 20250102000000
    ");
    assert_eq!(
        ledger(&database),
        [
            "20250101000000 stamp t 2025-01-01 00:00:00.000000",
            "20250102000000 stamp t 2025-01-02 00:00:00.000000",
        ]
    );
}

#[test]
fn dbmate() {
    let database = database();
    let files = [
        (
            "20250101000000_a.sql",
            "-- migrate:up\nSELECT 1;\n-- migrate:down\n",
        ),
        (
            "20250102000000_b.sql",
            "-- migrate:up\nSELECT 2;\n-- migrate:down\n",
        ),
        (
            "20250103000000_c.sql",
            "-- migrate:up\nSELECT 3;\n-- migrate:down\n",
        ),
    ];
    let project = source(&database, "", &files);
    database.execute("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)");
    database.execute(
        "INSERT INTO schema_migrations VALUES ('20250101000000'), ('20250103000000'), ('1')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (dbmate), table public.schema_migrations
    APPLIED   20250101000000  a
    CONFLICT  20250102000000  b: not applied, yet `20250103000000`, which stands on it, is
    APPLIED   20250103000000  c
    row without a file: 1
    ------- stderr -------
    2 applied, 0 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
    assert_snapshot!(project.run("adopt --apply --mark-applied 20250102000000"), @r"
    migrations (dbmate), table public.schema_migrations
    APPLIED   20250101000000  a
    APPLIED   20250102000000  b: marked by hand
    APPLIED   20250103000000  c
    row without a file: 1
    ------- stderr -------
    stamp  -> 20250103000000, c
    3 applied, 0 pending, 0 conflicts
    noted down 3 revisions; the database stands at 20250103000000
    ");
}

#[test]
fn goose() {
    let database = database();
    let files = [
        ("00001_a.sql", "-- +goose Up\nSELECT 1;\n"),
        ("00002_b.sql", "-- +goose Up\nSELECT 2;\n"),
        ("00003_c.sql", "-- +goose Up\nSELECT 3;\n"),
    ];
    let project = source(&database, "", &files);
    database.execute(
        "CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, \
         is_applied boolean NOT NULL, tstamp timestamptz DEFAULT now())",
    );
    // The third was applied and taken back: a row for each event.
    database.execute(
        "INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (0, true, \
         '2024-01-01Z'), (1, true, '2024-01-02Z'), (1, false, '2024-01-03Z'), (1, true, \
         '2024-01-04Z'), (2, true, '2024-01-05Z'), (3, true, '2024-01-06Z'), (3, false, \
         '2024-01-07Z'), (9, true, '2024-01-08Z')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (goose), table public.goose_db_version
    APPLIED   00001  a  [DATE]
    APPLIED   00002  b  [DATE]
    PENDING   00003  c
    row without a file: 9
    ------- stderr -------
    2 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
}

#[test]
fn refinery() {
    let database = database();
    let files = [("V1__a.sql", "SELECT 1;"), ("V2__b.sql", "SELECT 2;")];
    let project = source(&database, "format = \"refinery\"\n", &files);
    database.execute(
        "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), \
         applied_on varchar(255), checksum varchar(255))",
    );
    let migration = refinery::Migration::unapplied("V1__a", "SELECT 1;").unwrap();
    database.execute(&format!(
        "INSERT INTO refinery_schema_history VALUES (1, 'a', '2024-05-01T10:00:00.5Z', '{}'), (2, \
         'b', '2024-05-02T10:00:00Z', '1')",
        migration.checksum()
    ));
    assert_snapshot!(project.run("adopt"), @r"
    migrations (refinery), table public.refinery_schema_history
    APPLIED   1  a  [DATE]
    CONFLICT  2  b  [DATE]: its file was edited after it ran: the table has another checksum
    ------- stderr -------
    1 applied, 0 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
}

#[test]
fn diesel() {
    let database = database();
    let files = [
        ("2025-01-01-000000_a/up.sql", "SELECT 1;"),
        ("2025-01-02-000000_b/up.sql", "SELECT 2;"),
    ];
    let project = source(&database, "", &files);
    database.execute(
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on \
         timestamp NOT NULL DEFAULT now())",
    );
    database.execute(
        "INSERT INTO __diesel_schema_migrations VALUES ('20250101000000', '2025-01-01 10:00'), \
         ('20230101000000', '2023-01-01')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (diesel), table public.__diesel_schema_migrations
    APPLIED   20250101000000  a  [DATE]
    PENDING   20250102000000  b
    row without a file: 20230101000000
    ------- stderr -------
    1 applied, 1 pending, 0 conflicts
    hint: `limbeck adopt --apply` notes down what is applied
    ");
}

#[test]
fn flyway() {
    let database = database();
    let files = [
        ("V1__a.sql", "SELECT 1;"),
        ("V1_1__b.sql", "SELECT 2;"),
        ("V2__c.sql", "SELECT 3;"),
        ("V3__d.sql", "SELECT 4;"),
        ("R__views.sql", "SELECT 5;"),
    ];
    let project = source(&database, "format = \"flyway\"\n", &files);
    database.execute(
        "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), \
         description varchar(200), type varchar(20), script varchar(1000), checksum int, \
         installed_by varchar(100), installed_on timestamp DEFAULT now(), execution_time int, \
         success boolean)",
    );
    // The checksums are CRC-32 of the lines; the second is another text's.
    database.execute(
        "INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', \
         NULL, 'me', '2024-01-01', 1, true), (2, '1.1', 'b', 'SQL', 'V1_1__b.sql', 1, 'me', \
         '2024-01-02', 1, true), (3, '2', 'c', 'SQL', 'V2__c.sql', NULL, 'me', '2024-01-03', 1, \
         false), (4, '3', 'd', 'SQL', 'V3__d.sql', NULL, 'me', '2024-01-04', 1, true), (5, '3', \
         'd', 'UNDO_SQL', 'U3__d.sql', NULL, 'me', '2024-01-05', 1, true), (6, NULL, 'views', \
         'SQL', 'R__views.sql', NULL, 'me', '2024-01-06', 1, true)",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (flyway), table public.flyway_schema_history, dirty
    APPLIED   1      a  [DATE]
    CONFLICT  1.1    b  [DATE]: its file was edited after it ran: the table has another checksum
    CONFLICT  2      c  [DATE]: it did not finish: the table notes that it failed
    PENDING   3      d
    APPLIED   views  views  [DATE]
    ------- stderr -------
    2 applied, 1 pending, 2 conflicts
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
}

#[test]
fn node_pg_migrate() {
    let database = database();
    let up = "-- Up Migration\nSELECT 1;\n-- Down Migration\n";
    let files = [
        ("1700000000000_a.sql", up),
        ("1700000000001_b.sql", up),
        ("1700000000002_c.sql", up),
    ];
    let project = source(&database, "", &files);
    database.execute(
        "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on \
         timestamp NOT NULL)",
    );
    database.execute(
        "INSERT INTO pgmigrations (name, run_on) VALUES ('1700000000000_a', '2024-01-01'), \
         ('1700000000002_c', '2024-01-02'), ('1600000000000_gone', '2023-01-01')",
    );
    assert_snapshot!(project.run("adopt"), @r"
    migrations (node-pg-migrate), table public.pgmigrations
    APPLIED   1700000000000  a  [DATE]
    CONFLICT  1700000000001  b: not applied, yet `1700000000002`, which stands on it, is
    APPLIED   1700000000002  c  [DATE]
    row without a file: 1600000000000_gone
    ------- stderr -------
    2 applied, 0 pending, 1 conflict
    hint: decide with `--mark-applied REVISION` or `--mark-pending REVISION`
    [exit status: 4]
    ");
}
