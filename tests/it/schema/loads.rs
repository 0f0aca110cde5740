//! What it takes for a baseline to load into an empty database.

use super::baseline::round_trip;
use super::major;

/// Functions whose bodies count on the search path.
const CALLS: &str = include_str!("calls.sql");

#[test]
fn functions_find_what_they_count_on() {
    let (project, original, _copy) = round_trip(CALLS, "");
    let written = project.read("versions/base1_baseline.sql");
    let generated = "CREATE TABLE u.generated (\n    a integer,\n    b integer GENERATED";
    let before = written.split(generated).next().unwrap();
    let path = before.rsplit("SET LOCAL search_path = ").next().unwrap();
    assert!(path.starts_with("\"$user\", public, u;\n"), "{path}");
    // A default is not looked into.
    let before = written.split("CREATE TABLE u.t (").next().unwrap();
    let path = before.rsplit("SET LOCAL search_path = ").next().unwrap();
    assert!(path.starts_with("'';\n"), "{path}");
    if major(&original) < 17 {
        let refresh = "public;\nREFRESH MATERIALIZED VIEW u.m;\n\n-- limbeck: downgrade";
        assert!(
            written.contains(&refresh.replace("public", "\"$user\", public, u")),
            "{written}"
        );
    }
}

#[test]
fn the_search_path_is_that_of_the_project_or_of_the_database() {
    let text = "SET search_path = app; CREATE SCHEMA app; CREATE SCHEMA \"A B\"; CREATE TABLE app.t (a integer);
        CREATE FUNCTION app.after(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
        CREATE FUNCTION \"A B\".f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT after($1)';
        CREATE TABLE app.g (a integer, b integer GENERATED ALWAYS AS (\"A B\".f(a)) STORED);";
    let (database, copy) = (crate::support::database(), crate::support::database());
    super::load(&database, text);
    let project = crate::support::project().database(&database);
    let project = project
        .file("versions/.keep", "")
        .file("limbeck.toml", "search_path = 'app'");
    let print = "introspect -o -";
    let written = project.ok(print).stdout;
    assert!(
        written.contains("SET LOCAL search_path = app, \"A B\";\nCREATE TABLE app.g"),
        "{written}"
    );
    let project = project.file("limbeck.toml", "");
    database.execute(&format!(
        "ALTER DATABASE {} SET search_path = ''",
        database.name()
    ));
    let written = project.ok(print).stdout;
    assert!(
        written.contains("SET LOCAL search_path = \"A B\";\nCREATE TABLE app.g"),
        "{written}"
    );
    database.execute(&format!(
        "ALTER DATABASE {} SET search_path = app, \"$user\"",
        database.name()
    ));
    project.ok("introspect --rev-id base1");
    let written = project.read("versions/base1_baseline.sql");
    assert!(
        written.contains("= app, \"$user\", \"A B\";\nCREATE TABLE app.g"),
        "{written}"
    );
    project.ok(&format!("upgrade head --url {}", copy.url()));
    project.ok(&format!("diff --against {}", copy.url()));
}

#[test]
fn names_are_kept_from_the_copies_of_foreign_keys() {
    // Partitions that came after the foreign keys have the numbers between theirs.
    let (project, ..) = round_trip(
        "CREATE TABLE one (a integer PRIMARY KEY) PARTITION BY LIST (a);
         CREATE TABLE two (a integer PRIMARY KEY) PARTITION BY LIST (a);
         CREATE TABLE plain (a integer REFERENCES one REFERENCES two REFERENCES one ON DELETE CASCADE);
         CREATE TABLE whole (a integer REFERENCES one, b integer REFERENCES two) PARTITION BY LIST (a);
         ALTER TABLE whole ADD FOREIGN KEY (a) REFERENCES two;
         ALTER TABLE whole ADD CONSTRAINT a_first FOREIGN KEY (a) REFERENCES one;
         CREATE TABLE one_1 PARTITION OF one FOR VALUES IN (1);
         CREATE TABLE one_2 PARTITION OF one FOR VALUES IN (2);
         CREATE TABLE two_1 PARTITION OF two FOR VALUES IN (1);
         CREATE TABLE whole_1 PARTITION OF whole FOR VALUES IN (1);
         CREATE TABLE own (a integer, b integer, CONSTRAINT whole_b_fkey FOREIGN KEY (a) REFERENCES one);
         ALTER TABLE whole ATTACH PARTITION own FOR VALUES IN (2);",
        "",
    );
    let written = project.read("versions/base1_baseline.sql");
    assert!(
        written
            .contains("ALTER TABLE public.plain\n    ADD CONSTRAINT plain_a_fkey1 CHECK (true);\n"),
        "{written}"
    );
    assert!(
        written.contains(
            "ALTER TABLE public.plain\n    DROP CONSTRAINT plain_a_fkey1,\n    ADD CONSTRAINT \
             plain_a_fkey1 FOREIGN KEY (a) REFERENCES public.two(a);\n"
        ),
        "{written}"
    );
    // The first one has its name, and no other one is about the column.
    assert!(!written.contains("plain_a_fkey CHECK"), "{written}");
    assert!(
        !written
            .contains("ADD CONSTRAINT whole_b_fkey CHECK (true);\n\nALTER TABLE public.whole\n"),
        "{written}"
    );
}

#[test]
fn privileges_on_what_is_the_servers_own_come_back() {
    let (project, original, _copy) = round_trip(
        "GRANT SELECT (rolname, rolsuper) ON pg_catalog.pg_authid TO ROLE_A WITH GRANT OPTION;
         REVOKE SELECT (subname) ON pg_catalog.pg_subscription FROM PUBLIC;
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC;
         REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
         GRANT USAGE ON LANGUAGE sql TO ROLE_A;
         CREATE EXTENSION postgres_fdw;
         GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO ROLE_A;
         CREATE EXTENSION pg_stat_statements;
         GRANT SELECT (query) ON pg_stat_statements TO ROLE_A;
         ALTER DEFAULT PRIVILEGES FOR ROLE ROLE_A IN SCHEMA public GRANT ALL ON TABLES TO ROLE_A;",
        "",
    );
    let written = project.read("versions/base1_baseline.sql");
    let role = format!("\"ROLE_A; {}\"", original.name());
    for text in [
        "GRANT SELECT (rolname) ON TABLE pg_catalog.pg_authid TO ROLE WITH GRANT OPTION;\n",
        "GRANT SELECT (query) ON TABLE public.pg_stat_statements TO ROLE;\n",
        "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO ROLE;\n",
        "GRANT USAGE ON LANGUAGE sql TO ROLE;\n",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;\n",
    ] {
        let text = text.replace("ROLE", &role);
        assert!(
            written.contains(&text),
            "{text}\n--- is not in ---\n{written}"
        );
    }
    if major(&original) >= 14 {
        let text = "REVOKE SELECT (subname) ON TABLE pg_catalog.pg_subscription FROM PUBLIC;\n";
        assert!(written.contains(text), "{written}");
    }
}
