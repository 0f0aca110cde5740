//! A baseline makes of an empty database what the original is: as limbeck reads it, and as `pg_dump`
//! writes it.

use insta::assert_snapshot;

use super::{DESCENT, EVERYTHING, NAMES, ORDER, dump, load, major, without_fingerprints};
use crate::support::limbeck::Project;
use crate::support::{Database, database, project};

/// Writes a baseline of a schema, takes an empty database up with it, compares, and goes down again.
/// Returns the project, the original and the copy, which is empty again.
pub(super) fn round_trip(text: &str, options: &str) -> (Project, Database, Database) {
    let original = database();
    load(&original, text);
    let copy = original.server().database_from("template0");
    let project = project()
        .database(&original)
        .file("limbeck.toml", "")
        .file("versions/.keep", "");
    project.ok(&format!("introspect --rev-id base1 {options}"));
    project.ok(&format!("introspect --rev-id base1 {options} -o again.sql"));
    let files = project.files();
    let file = files.iter().find(|file| file.starts_with("versions/base1"));
    let written = project.read(file.unwrap());
    assert_eq!(written, project.read("again.sql"), "two runs differ");

    let empty = project
        .ok(&format!("fingerprint --url {}", copy.url()))
        .stdout;
    project.ok(&format!("upgrade head --url {}", copy.url()));
    project.ok(&format!("diff --against {}", copy.url()));
    project.ok(&format!(
        "introspect --rev-id base1 {options} -o copy.sql --url {}",
        copy.url()
    ));
    assert_eq!(
        written,
        project.read("copy.sql"),
        "the copy is written otherwise"
    );

    let dumps = (dump(&original), dump(&copy));
    project.ok(&format!("downgrade base --url {}", copy.url()));
    let after = project
        .ok(&format!("fingerprint --url {}", copy.url()))
        .stdout;
    assert_eq!(empty, after, "the way down leaves something behind");
    // A child that keeps its order has columns of its own, and `pg_dump` itself does not write the
    // casts of lists the same twice.
    if ![ORDER, SETTLING].contains(&text)
        && let (Some(original), Some(copy)) = dumps
    {
        assert_same(&original, &copy);
    }
    (project, original, copy)
}

/// Stops with the lines that differ.
#[track_caller]
fn assert_same(original: &str, copy: &str) {
    let lines = original.lines().zip(copy.lines());
    let first = lines.take_while(|(a, b)| a == b).count();
    let shown = |text: &str| {
        text.lines()
            .skip(first)
            .take(9)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        original == copy,
        "pg_dump sees a difference in line {first}\n{}\n--- copy ---\n{}",
        shown(original),
        shown(copy)
    );
}

#[test]
fn one_of_each_kind_comes_back_as_it_was() {
    let (project, original, _copy) = round_trip(EVERYTHING, "");
    let answer = project.ok("introspect -o - --format json").json();
    assert_eq!(answer["left_out"].as_array().map(Vec::len), Some(0));
    // Every kind that is written is in the fixture.
    let mut kinds: Vec<_> = answer["objects"].as_object().unwrap().keys().collect();
    kinds.sort();
    assert_snapshot!(kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join("\n"), @"
        aggregate
        cast
        collation
        column
        composite type
        constraint
        default privileges
        domain
        domain constraint
        enum
        event trigger
        extension
        foreign table
        function
        index
        materialized view
        operator
        policy
        procedure
        publication
        range type
        rule
        schema
        sequence
        server
        statistics
        table
        text search configuration
        text search dictionary
        trigger
        view
        ");
    assert!(major(&original) >= 12);
}

/// What the server prints otherwise once it has read it again.
const SETTLING: &str = "CREATE TABLE t (
        a varchar(9) DEFAULT 'x' CHECK (a IN ('x', 'y')),
        b varchar CHECK (b NOT IN ('k, ]', 'l')),
        c boolean GENERATED ALWAYS AS (upper(a) = ANY (ARRAY['a', 'b']::varchar[])) STORED,
        d integer CHECK (d BETWEEN 1 AND 5 AND d <> 3),
        CHECK (d NOT BETWEEN 7 AND 8 OR b IS NULL OR d BETWEEN 1 AND 2 AND a = 'x' AND c)
    );
    CREATE INDEX t_a ON t (a) WHERE a IN ('x', 'y');
    CREATE VIEW v AS SELECT a FROM t WHERE b IN ('k', 'l') AND a IN ('x', 'y');
    CREATE VIEW w AS SELECT CASE WHEN d BETWEEN 1 AND 2 AND c THEN 1 END FROM t WHERE d BETWEEN 3 AND 4 AND c;
    CREATE POLICY p ON t USING (a IN ('x', 'y')) WITH CHECK (b IN ('k', 'l'));
    CREATE DOMAIN d AS varchar CHECK (VALUE IN ('x', 'y'));";

#[test]
fn a_text_that_the_server_does_not_print_twice_is_the_same() {
    round_trip(SETTLING, "");
}

#[test]
fn a_table_keeps_the_order_of_its_columns() {
    let (_, original, copy) = round_trip(ORDER, "");
    drop((original, copy));
}

#[test]
fn any_name_can_stand_anywhere() {
    let names = [
        "a\"b'c;d%e",
        "new\nline\ttab\rreturn",
        "back\\slash -- $1 $$",
        "/* limbeck: upgrade */",
        "select",
        " UPPER.dot ",
        "é:name {brace} @@",
        // As long as a name can be: 63 bytes.
        &("\u{1F600}".repeat(15) + "xyz"),
    ];
    let all = names.iter().map(|name| {
        let text = name.replace('\\', "\\\\").replace('\'', "''");
        let ident = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let statements = NAMES.lines().filter(|line| !line.starts_with("--"));
        let mut sql = statements.collect::<Vec<_>>().join("\n");
        sql = sql.replace("TEXT SEARCH", "text search");
        sql = sql.replace("TEXT", &format!("E'{text}'"));
        for letter in 'a'..='z' {
            let short: String = name.chars().take(14).collect();
            let other = ident(&format!("{letter}{short}"));
            sql = sql.replace(&format!("NAME_{letter}"), &other);
        }
        sql.replace("NAME", &ident(name))
    });
    round_trip(&all.collect::<String>(), "");
}

#[test]
fn what_a_table_has_from_its_parents_comes_back() {
    round_trip(DESCENT, "");
}

#[test]
fn what_grew_by_hand_comes_back_too() {
    let (project, ..) = round_trip(
        r"CREATE TABLE b (id serial PRIMARY KEY, name text UNIQUE);
          ALTER TABLE b ADD CONSTRAINT again UNIQUE (id);
          CREATE TABLE a (id bigserial PRIMARY KEY, b_id integer REFERENCES b, UNIQUE (b_id, id));
          ALTER TABLE b ADD COLUMN a_id bigint REFERENCES a DEFERRABLE;
          CREATE VIEW v AS SELECT 1::bigint AS id;
          CREATE OR REPLACE VIEW v AS SELECT id FROM a WHERE id NOT IN (SELECT id FROM v);
          COMMENT ON TABLE a IS E'with\r\ntwo lines';
          CREATE FUNCTION f() RETURNS text LANGUAGE sql AS E'SELECT ''x''\r\n';
          CREATE EXTENSION hstore;
          REVOKE ALL ON FUNCTION akeys(hstore) FROM PUBLIC;
          GRANT USAGE ON TYPE hstore TO ROLE_A;
          GRANT SELECT ON pg_catalog.pg_class TO ROLE_A;",
        "",
    );
    let written = project.read("versions/base1_baseline.sql");
    for text in [
        // Two of one table with the same index are made one after the other.
        "ALTER TABLE ONLY public.b\n    ADD CONSTRAINT again UNIQUE (id);\n",
        // A view that reads itself begins without its query.
        "CREATE VIEW public.v AS\nSELECT NULL::bigint AS id;\n",
        "CREATE OR REPLACE VIEW public.v AS\n",
        "COMMENT ON TABLE public.a IS E'with\\r\ntwo lines';\n",
        "REVOKE EXECUTE ON FUNCTION public.akeys(public.hstore) FROM PUBLIC;\n",
        "GRANT SELECT ON TABLE pg_catalog.pg_class TO \"ROLE_A; ",
    ] {
        assert!(
            written.contains(text),
            "{text}\n--- is not in ---\n{written}"
        );
    }
}

#[test]
fn a_baseline_is_written_for_people() {
    let (project, ..) = round_trip(
        "CREATE TABLE customers (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
             email text NOT NULL UNIQUE,
             state text DEFAULT 'new' NOT NULL CHECK (state <> '')
         );
         COMMENT ON TABLE customers IS 'who buys';
         COMMENT ON COLUMN customers.email IS 'lower case';
         CREATE INDEX customers_state ON customers (state) WHERE state <> 'new';
         CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             RAISE EXCEPTION 'no';
         END
         $$;
         CREATE TRIGGER keep BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
         GRANT SELECT ON orders TO PUBLIC;",
        "-m 'what was there'",
    );
    assert_snapshot!(project.read("versions/base1_what_was_there.sql"), @"
    -- revision: base1
    -- message: what was there

    -- limbeck: upgrade
    SET LOCAL check_function_bodies = off;
    SET LOCAL search_path = '';

    CREATE FUNCTION public.refuse()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
             BEGIN
                 RAISE EXCEPTION 'no';
             END
             $function$;

    CREATE SEQUENCE public.orders_id_seq AS integer;

    CREATE TABLE public.customers (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        email text NOT NULL,
        state text DEFAULT 'new'::text NOT NULL,
        CONSTRAINT customers_email_key UNIQUE (email),
        CONSTRAINT customers_pkey PRIMARY KEY (id),
        CONSTRAINT customers_state_check CHECK ((state <> ''::text))
    );
    COMMENT ON TABLE public.customers IS 'who buys';
    COMMENT ON COLUMN public.customers.email IS 'lower case';

    CREATE INDEX customers_state ON public.customers USING btree (state) WHERE (state <> 'new'::text);

    CREATE TABLE public.orders (
        id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
        customer_id bigint NOT NULL,
        CONSTRAINT orders_pkey PRIMARY KEY (id)
    );
    ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;

    ALTER TABLE public.orders
        ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);

    CREATE TRIGGER keep BEFORE DELETE ON public.orders FOR EACH ROW EXECUTE FUNCTION public.refuse();

    GRANT SELECT ON TABLE public.orders TO PUBLIC;

    -- limbeck: downgrade
    DROP TABLE public.orders;
    DROP TABLE public.customers;
    DROP FUNCTION public.refuse();
    ");
}

#[test]
fn owners_are_written_when_asked_for_and_grants_are_not_when_not() {
    let database = database();
    let role = database.role(None);
    database.execute(&format!(
        "CREATE SCHEMA app AUTHORIZATION {0}; CREATE TABLE app.t (); ALTER TABLE app.t OWNER TO {0};
         CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT SELECT ON app.t TO PUBLIC;
         ALTER FUNCTION app.f() OWNER TO {0}; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {0};",
        role.name
    ));
    let project = project().database(&database).masked(&role.name, "[ROLE]");
    assert_snapshot!(project.run("introspect -o - --rev-id b --owners --no-grants"), @"
    -- revision: b
    -- message: baseline

    -- limbeck: upgrade
    SET LOCAL check_function_bodies = off;
    SET LOCAL search_path = '';

    CREATE SCHEMA app;
    ALTER SCHEMA app OWNER TO [ROLE];

    CREATE FUNCTION app.f()
     RETURNS integer
     LANGUAGE sql
    AS $function$SELECT 1$function$;
    ALTER FUNCTION app.f() OWNER TO [ROLE];

    CREATE TABLE app.t ();
    ALTER TABLE app.t OWNER TO [ROLE];

    -- limbeck: downgrade
    DROP TABLE app.t;
    DROP FUNCTION app.f();
    DROP SCHEMA app;
    ------- stderr -------
    written: 1 schema, 1 function, 1 table
    ");
    database.execute(&format!("DROP OWNED BY {} CASCADE", role.name));
}

#[test]
fn what_is_not_written_is_told() {
    let database = database();
    database.execute(
        "CREATE OPERATOR CLASS odd FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=,
             OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
         CREATE TYPE shell;
         CREATE FUNCTION of_shell(shell) RETURNS int LANGUAGE internal IMMUTABLE AS 'int4up';
         CREATE TABLE t (a int, b int);
         CREATE INDEX oddly ON t (a odd);
         INSERT INTO t VALUES (1), (1);
         CREATE FUNCTION in_shell(cstring) RETURNS shelled LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
         CREATE FUNCTION out_shell(shelled) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
         CREATE TYPE shelled (INPUT = in_shell, OUTPUT = out_shell, LIKE = int4);
         CREATE CAST (shelled AS int) WITHOUT FUNCTION;
         CREATE TABLE of_shelled (id serial PRIMARY KEY, s shelled NOT NULL CHECK (s::int > 0));
         CREATE INDEX ON of_shelled (id);
         CREATE TABLE child () INHERITS (of_shelled);
         CREATE VIEW over AS SELECT id FROM of_shelled;
         CREATE VIEW over_that AS SELECT id FROM over;
         CREATE TABLE refers (id int REFERENCES of_shelled, n int DEFAULT '7'::shelled::int);
         CREATE PUBLICATION p FOR TABLE t, of_shelled;
         CREATE UNIQUE INDEX t_b ON t (b odd);
         ALTER TABLE t CLUSTER ON t_b;",
    );
    let built = database
        .client()
        .batch_execute("CREATE UNIQUE INDEX CONCURRENTLY twice ON t (a)");
    assert!(built.is_err());
    let project = project().database(&database);
    assert_snapshot!(project.run("introspect -o - --rev-id b"), @"
    -- revision: b
    -- message: baseline

    -- not in here: function public.in_shell(cstring): it needs type public.shelled
    -- not in here: function public.of_shell(public.shell): it needs type public.shell
    -- not in here: function public.out_shell(public.shelled): it needs type public.shelled
    -- not in here: cast (public.shelled AS integer): it needs type public.shelled
    -- not in here: table public.child: it needs type public.shelled
    -- not in here: table public.of_shelled: it needs type public.shelled
    -- not in here: view public.over: it needs table public.of_shelled
    -- not in here: view public.over_that: it needs view public.over
    -- not in here: column public.refers.n: its default, which needs type public.shelled
    -- not in here: constraint public.refers.refers_id_fkey: it needs table public.of_shelled
    -- not in here: index public.t.oddly: it needs operator class public.odd USING btree
    -- not in here: index public.t.t_b: it needs operator class public.odd USING btree
    -- not in here: index public.t.twice: it is invalid: its build failed; drop it, or `REINDEX` it
    -- not in here: publication p: it needs table public.child
    -- not in here: operator class public.odd USING btree: limbeck does not write objects of its kind
    -- not in here: type public.shell: limbeck does not write objects of its kind
    -- not in here: type public.shelled: limbeck does not write objects of its kind

    -- limbeck: upgrade
    SET LOCAL check_function_bodies = off;
    SET LOCAL search_path = '';

    CREATE TABLE public.refers (
        id integer,
        n integer
    );

    CREATE TABLE public.t (
        a integer,
        b integer
    );

    -- limbeck: downgrade
    DROP TABLE public.t;
    DROP TABLE public.refers;
    ------- stderr -------
    warning: 17 objects not written
      function public.in_shell(cstring): it needs type public.shelled
      function public.of_shell(public.shell): it needs type public.shell
      function public.out_shell(public.shelled): it needs type public.shelled
      cast (public.shelled AS integer): it needs type public.shelled
      table public.child: it needs type public.shelled
      table public.of_shelled: it needs type public.shelled
      view public.over: it needs table public.of_shelled
      view public.over_that: it needs view public.over
      column public.refers.n: its default, which needs type public.shelled
      constraint public.refers.refers_id_fkey: it needs table public.of_shelled
      index public.t.oddly: it needs operator class public.odd USING btree
      index public.t.t_b: it needs operator class public.odd USING btree
      index public.t.twice: it is invalid: its build failed; drop it, or `REINDEX` it
      publication p: it needs table public.child
      operator class public.odd USING btree: limbeck does not write objects of its kind
      type public.shell: limbeck does not write objects of its kind
      type public.shelled: limbeck does not write objects of its kind
    written: 2 tables
    ");
    let answer = project.ok("introspect -o - --rev-id b --format json");
    assert_snapshot!(without_fingerprints(&answer), @r#"{"revision":"b","path":null,"fingerprint":"[FINGERPRINT]","objects":{"cast":1,"column":10,"constraint":3,"function":3,"index":4,"operator class":1,"publication":1,"schema":1,"sequence":1,"table":4,"type":2,"view":2},"left_out":[{"kind":"function","name":"public.in_shell(cstring)","reason":"it needs type public.shelled"},{"kind":"function","name":"public.of_shell(public.shell)","reason":"it needs type public.shell"},{"kind":"function","name":"public.out_shell(public.shelled)","reason":"it needs type public.shelled"},{"kind":"cast","name":"(public.shelled AS integer)","reason":"it needs type public.shelled"},{"kind":"table","name":"public.child","reason":"it needs type public.shelled"},{"kind":"table","name":"public.of_shelled","reason":"it needs type public.shelled"},{"kind":"view","name":"public.over","reason":"it needs table public.of_shelled"},{"kind":"view","name":"public.over_that","reason":"it needs view public.over"},{"kind":"column","name":"public.refers.n","reason":"its default, which needs type public.shelled"},{"kind":"constraint","name":"public.refers.refers_id_fkey","reason":"it needs table public.of_shelled"},{"kind":"index","name":"public.t.oddly","reason":"it needs operator class public.odd USING btree"},{"kind":"index","name":"public.t.t_b","reason":"it needs operator class public.odd USING btree"},{"kind":"index","name":"public.t.twice","reason":"it is invalid: its build failed; drop it, or `REINDEX` it"},{"kind":"publication","name":"p","reason":"it needs table public.child"},{"kind":"operator class","name":"public.odd USING btree","reason":"limbeck does not write objects of its kind"},{"kind":"type","name":"public.shell","reason":"limbeck does not write objects of its kind"},{"kind":"type","name":"public.shelled","reason":"limbeck does not write objects of its kind"}],"text":"-- revision: b\n-- message: baseline\n\n-- not in here: function public.in_shell(cstring): it needs type public.shelled\n-- not in here: function public.of_shell(public.shell): it needs type public.shell\n-- not in here: function public.out_shell(public.shelled): it needs type public.shelled\n-- not in here: cast (public.shelled AS integer): it needs type public.shelled\n-- not in here: table public.child: it needs type public.shelled\n-- not in here: table public.of_shelled: it needs type public.shelled\n-- not in here: view public.over: it needs table public.of_shelled\n-- not in here: view public.over_that: it needs view public.over\n-- not in here: column public.refers.n: its default, which needs type public.shelled\n-- not in here: constraint public.refers.refers_id_fkey: it needs table public.of_shelled\n-- not in here: index public.t.oddly: it needs operator class public.odd USING btree\n-- not in here: index public.t.t_b: it needs operator class public.odd USING btree\n-- not in here: index public.t.twice: it is invalid: its build failed; drop it, or `REINDEX` it\n-- not in here: publication p: it needs table public.child\n-- not in here: operator class public.odd USING btree: limbeck does not write objects of its kind\n-- not in here: type public.shell: limbeck does not write objects of its kind\n-- not in here: type public.shelled: limbeck does not write objects of its kind\n\n-- limbeck: upgrade\nSET LOCAL check_function_bodies = off;\nSET LOCAL search_path = '';\n\nCREATE TABLE public.refers (\n    id integer,\n    n integer\n);\n\nCREATE TABLE public.t (\n    a integer,\n    b integer\n);\n\n-- limbeck: downgrade\nDROP TABLE public.t;\nDROP TABLE public.refers;\n"}"#);
}

#[test]
fn a_schema_that_is_kept_is_neither_made_nor_dropped() {
    let original = database();
    original.execute("CREATE SCHEMA app; CREATE TABLE app.t ()");
    let project = project()
        .database(&original)
        .file("limbeck.toml", "version_table_schema = 'app'")
        .file("versions/.keep", "");
    project.ok("introspect --rev-id b1");
    let copy = database();
    copy.execute("CREATE SCHEMA app");
    let url = copy.url();
    project.ok(&format!("upgrade head --url {url}"));
    assert!(copy.has("app.t") && copy.has("app.alembic_version"));
    project.ok("stamp --verify head");
    project.ok(&format!("diff --against {url}"));
    project.ok(&format!("downgrade base --url {url}"));
    assert!(!copy.has("app.t") && copy.has("app.alembic_version"));
}
