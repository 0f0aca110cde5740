//! What operations become: a snapshot is a script that was run on a server, up and, after the line
//! `-- reverse`, down again.

use chrono::{TimeZone, Utc};
use serde_json::json;

use super::{quote, render, segments};
use crate::op::{Error, Offline, Op, Place, Recording};
use crate::prelude::*;

fn recorded(write: impl FnOnce(&mut Op<'_>) -> Result<()>) -> Result<Recording> {
    let mut runner = Offline::default();
    let mut op = Op::new(&mut runner);
    write(&mut op)?;
    Ok(op.recorded())
}

fn script(recording: &Recording) -> String {
    segments(recording)
        .unwrap()
        .into_iter()
        .flat_map(|segment| segment.statements)
        .map(|statement| statement.text + ";\n")
        .collect()
}

fn up(write: impl FnOnce(&mut Op<'_>) -> Result<()>) -> String {
    script(&recorded(write).unwrap())
}

/// The script up and down; what is reversed twice must be what it was.
fn up_and_down(write: impl FnOnce(&mut Op<'_>) -> Result<()>) -> String {
    let recording = recorded(write).unwrap();
    let reverse = recording.reverse().unwrap();
    for recorded in &recording {
        if let Some(reverse) = recorded.operation.reverse().unwrap() {
            let again = reverse.reverse().unwrap();
            // By their text, because NaN is not equal to itself.
            let (again, operation) = (again.unwrap(), &recorded.operation);
            assert_eq!(format!("{again:?}"), format!("{operation:?}"));
        }
    }
    format!("{}-- reverse\n{}", script(&recording), script(&reverse))
}

#[test]
fn tables_with_all_that_a_column_can_have() {
    insta::assert_snapshot!(up_and_down(|op| {
        op.create_schema("app")?;
        op.create_table(
            table(("app", "user"))
                .column(column("id", "bigint").identity_always().primary_key())
                .column(column("Email", "text").collate("C").not_null().unique())
                .column(column("motto", "text").default_value(r"it's C:\new"))
                .column(column("flags", "jsonb").default_value(json!({"a": [1, null]})))
                .comment("who's who"),
        )?;
        op.create_table(
            table("orders")
                .schema("app")
                .columns([column("id", "uuid").default("gen_random_uuid()").not_null()])
                .column(
                    column("user", "bigint")
                        .references(("app", "user"), "id")
                        .on_delete(Action::Cascade)
                        .on_update(Action::NoAction),
                )
                .column(column("net", "numeric(10, 2)").check("net >= 0"))
                .column(column("gross", "numeric").generated("net * 1.2").comment("with tax"))
                .primary_key(["id"])
                .with("fillfactor", "70")
                .unlogged(),
        )?;
        op.create_table(
            table(("app", "events"))
                .column(column("at", "timestamptz"))
                .partition_by("RANGE (at)"),
        )?;
        op.rename_table(("app", "orders"), "Orders 2")
    }), @r#"
    CREATE SCHEMA app;
    CREATE TABLE app."user" (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        "Email" text COLLATE "C" NOT NULL UNIQUE,
        motto text DEFAULT E'it''s C:\\new',
        flags jsonb DEFAULT '{"a":[1,null]}'
    );
    COMMENT ON TABLE app."user" IS 'who''s who';
    CREATE UNLOGGED TABLE app.orders (
        id uuid DEFAULT gen_random_uuid() NOT NULL,
        "user" bigint REFERENCES app."user" (id) ON DELETE CASCADE ON UPDATE NO ACTION,
        net numeric(10, 2) CHECK (net >= 0),
        gross numeric GENERATED ALWAYS AS (net * 1.2) STORED,
        PRIMARY KEY (id)
    ) WITH (fillfactor = 70);
    COMMENT ON COLUMN app.orders.gross IS 'with tax';
    CREATE TABLE app.events (
        at timestamptz
    ) PARTITION BY RANGE (at);
    ALTER TABLE app.orders RENAME TO "Orders 2";
    -- reverse
    ALTER TABLE app."Orders 2" RENAME TO orders;
    DROP TABLE app.events;
    DROP TABLE app.orders;
    DROP TABLE app."user";
    DROP SCHEMA app;
    "#);
}

#[test]
fn columns_added_dropped_and_changed() {
    insta::assert_snapshot!(up_and_down(|op| {
        op.create_table(table("t").column(column("a", "integer").comment("old")))?;
        op.add_column("t", column("b", "text").not_null().default("''").comment("b's"))?;
        op.alter_column(
            "t",
            alter("a")
                .set_type("text")
                .using("a::text || '!'")
                .existing_type("integer")
                .existing_using("rtrim(\"order\", '!')::integer")
                .set_not_null()
                .rename("order"),
        )?;
        op.alter_column("t", alter("order").set_default_value("x").existing_default(None))?;
        op.alter_column("t", alter("b").drop_default().existing_default(Some("''")))?;
        op.alter_column("t", alter("b").set_comment("new").existing_comment(Some("b's")))?;
        op.alter_column("t", alter("order").drop_not_null())?;
        op.drop_column("t", column("b", "text").not_null().default("''"))
    }), @r#"
    CREATE TABLE t (
        a integer
    );
    COMMENT ON COLUMN t.a IS 'old';
    ALTER TABLE t ADD COLUMN b text DEFAULT '' NOT NULL;
    COMMENT ON COLUMN t.b IS 'b''s';
    ALTER TABLE t ALTER COLUMN a TYPE text USING a::text || '!', ALTER COLUMN a SET NOT NULL;
    ALTER TABLE t RENAME COLUMN a TO "order";
    ALTER TABLE t ALTER COLUMN "order" SET DEFAULT 'x';
    ALTER TABLE t ALTER COLUMN b DROP DEFAULT;
    COMMENT ON COLUMN t.b IS 'new';
    ALTER TABLE t ALTER COLUMN "order" DROP NOT NULL;
    ALTER TABLE t DROP COLUMN b;
    -- reverse
    ALTER TABLE t ADD COLUMN b text DEFAULT '' NOT NULL;
    ALTER TABLE t ALTER COLUMN "order" SET NOT NULL;
    COMMENT ON COLUMN t.b IS 'b''s';
    ALTER TABLE t ALTER COLUMN b SET DEFAULT '';
    ALTER TABLE t ALTER COLUMN "order" DROP DEFAULT;
    ALTER TABLE t ALTER COLUMN "order" TYPE integer USING rtrim("order", '!')::integer, ALTER COLUMN "order" DROP NOT NULL;
    ALTER TABLE t RENAME COLUMN "order" TO a;
    ALTER TABLE t DROP COLUMN b;
    DROP TABLE t;
    "#);
}

#[test]
fn indexes() {
    insta::assert_snapshot!(up_and_down(|op| {
        op.create_schema("app")?;
        op.create_table(
            table(("app", "t"))
                .column(column("a", "integer"))
                .column(column("B", "text"))
                .column(column("doc", "jsonb")),
        )?;
        op.create_index(index("t_a_idx", ("app", "t")).columns(["a", "B"]))?;
        op.create_index(
            index("t_key", ("app", "t"))
                .unique()
                .on(key("B").collate("C").ops("text_pattern_ops").desc().nulls_last())
                .on(expression("lower(\"B\")").asc().nulls_first())
                .include("a")
                .nulls_not_distinct()
                .with("fillfactor", "70")
                .with("deduplicate_items", "off")
                .where_("a > 0 OR a IS NULL"),
        )?;
        op.create_index(
            index("t_doc_idx", ("app", "t")).using("gin").on(key("doc").ops("jsonb_path_ops")),
        )?;
        op.no_transaction(|op| {
            op.create_index(index("t_c_idx", ("app", "t")).on("a").concurrently())
        })?;
        op.rename_index(("app", "t_c_idx"), "T")?;
        op.drop_index(index("t_a_idx", ("app", "t")).columns(["a", "B"]))
    }), @r#"
    CREATE SCHEMA app;
    CREATE TABLE app.t (
        a integer,
        "B" text,
        doc jsonb
    );
    CREATE INDEX t_a_idx ON app.t (a, "B");
    CREATE UNIQUE INDEX t_key ON app.t ("B" COLLATE "C" text_pattern_ops DESC NULLS LAST, (lower("B")) ASC NULLS FIRST) INCLUDE (a) NULLS NOT DISTINCT WITH (fillfactor = 70, deduplicate_items = off) WHERE a > 0 OR a IS NULL;
    CREATE INDEX t_doc_idx ON app.t USING gin (doc jsonb_path_ops);
    CREATE INDEX CONCURRENTLY t_c_idx ON app.t (a);
    ALTER INDEX app.t_c_idx RENAME TO "T";
    DROP INDEX app.t_a_idx;
    -- reverse
    CREATE INDEX t_a_idx ON app.t (a, "B");
    ALTER INDEX app."T" RENAME TO t_c_idx;
    DROP INDEX CONCURRENTLY app.t_c_idx;
    DROP INDEX app.t_doc_idx;
    DROP INDEX app.t_key;
    DROP INDEX app.t_a_idx;
    DROP TABLE app.t;
    DROP SCHEMA app;
    "#);
}

#[test]
fn constraints() {
    insta::assert_snapshot!(up_and_down(|op| {
        op.create_table(table("a").column(column("x", "integer").not_null()).column(column("y", "integer").not_null()))?;
        op.create_table(
            table("b")
                .column(column("x", "integer"))
                .column(column("y", "integer"))
                .column(column("during", "tstzrange"))
                .constraint(unique("x").named("b_x_key").initially_deferred())
                .constraint(check("x > 0").named("b_x_check").no_inherit())
                .constraint(
                    exclude()
                        .with("during", "&&")
                        .with(expression("int4range(x, y)"), "&&")
                        .where_("x < y")
                        .named("b_excl"),
                ),
        )?;
        op.create_primary_key("a", primary_key(["x", "y"]).named("a_pkey"))?;
        op.create_unique_constraint(
            "a",
            unique("y").include("x").nulls_not_distinct().deferrable().named("a_y_key"),
        )?;
        op.create_check_constraint("a", check("x <> y").named("a_check").not_valid())?;
        op.validate_constraint("a", "a_check")?;
        op.create_foreign_key(
            "b",
            foreign_key(["x", "y"], "a", ["x", "y"])
                .named("b_a_fkey")
                .matching(Match::Full)
                .on_delete(Action::SetNull)
                .on_update(Action::Restrict)
                .deferrable()
                .not_valid(),
        )?;
        op.create_exclude_constraint(
            "a",
            exclude().using("btree").with("x", "=").named("a_excl"),
        )?;
        op.rename_constraint("b", "b_a_fkey", "to a")?;
        op.drop_constraint("b", check("x > 0").named("b_x_check").no_inherit())
    }), @r#"
    CREATE TABLE a (
        x integer NOT NULL,
        y integer NOT NULL
    );
    CREATE TABLE b (
        x integer,
        y integer,
        during tstzrange,
        CONSTRAINT b_x_key UNIQUE (x) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT b_x_check CHECK (x > 0) NO INHERIT,
        CONSTRAINT b_excl EXCLUDE USING gist (during WITH &&, (int4range(x, y)) WITH &&) WHERE (x < y)
    );
    ALTER TABLE a ADD CONSTRAINT a_pkey PRIMARY KEY (x, y);
    ALTER TABLE a ADD CONSTRAINT a_y_key UNIQUE NULLS NOT DISTINCT (y) INCLUDE (x) DEFERRABLE;
    ALTER TABLE a ADD CONSTRAINT a_check CHECK (x <> y) NOT VALID;
    ALTER TABLE a VALIDATE CONSTRAINT a_check;
    ALTER TABLE b ADD CONSTRAINT b_a_fkey FOREIGN KEY (x, y) REFERENCES a (x, y) MATCH FULL ON DELETE SET NULL ON UPDATE RESTRICT DEFERRABLE NOT VALID;
    ALTER TABLE a ADD CONSTRAINT a_excl EXCLUDE USING btree (x WITH =);
    ALTER TABLE b RENAME CONSTRAINT b_a_fkey TO "to a";
    ALTER TABLE b DROP CONSTRAINT b_x_check;
    -- reverse
    ALTER TABLE b ADD CONSTRAINT b_x_check CHECK (x > 0) NO INHERIT;
    ALTER TABLE b RENAME CONSTRAINT "to a" TO b_a_fkey;
    ALTER TABLE a DROP CONSTRAINT a_excl;
    ALTER TABLE b DROP CONSTRAINT b_a_fkey;
    ALTER TABLE a DROP CONSTRAINT a_check;
    ALTER TABLE a DROP CONSTRAINT a_y_key;
    ALTER TABLE a DROP CONSTRAINT a_pkey;
    DROP TABLE b;
    DROP TABLE a;
    "#);
}

#[test]
fn a_constraint_takes_over_an_index() {
    insta::assert_snapshot!(up(|op| {
        op.create_table(table("t").column(column("a", "integer").not_null()).column(column("b", "text")))?;
        op.no_transaction(|op| {
            op.create_index(index("t_a", "t").unique().on("a").concurrently())?;
            op.create_index(index("t_b", "t").unique().on("b").concurrently())
        })?;
        op.create_primary_key("t", PrimaryKey::using_index("t_a").named("t_pkey"))?;
        op.create_unique_constraint("t", Unique::using_index("t_b").named("t_b_key"))?;
        op.drop_table("t")
    }), @r"
    CREATE TABLE t (
        a integer NOT NULL,
        b text
    );
    CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);
    CREATE UNIQUE INDEX CONCURRENTLY t_b ON t (b);
    ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_a;
    ALTER TABLE t ADD CONSTRAINT t_b_key UNIQUE USING INDEX t_b;
    DROP TABLE t;
    ");
}

#[test]
fn types_views_functions_and_triggers() {
    insta::assert_snapshot!(up_and_down(|op| {
        op.create_schema(schema("app"))?;
        op.create_extension(extension("btree_gist").schema("app"))?;
        op.create_enum(enum_type(("app", "mood"), ["sad", "it's ok"]))?;
        op.rename_enum_value(("app", "mood"), "sad", "blue")?;
        op.rename_type(("app", "mood"), "Mood")?;
        op.create_table(
            table(("app", "t")).column(column("a", "integer")).column(column("at", "date")),
        )?;
        op.create_table_comment(("app", "t"), "a 'table'")?;
        op.create_column_comment(("app", "t"), "a", r"a \ column")?;
        op.create_view(
            view(("app", "v"), "SELECT a, at FROM app.t;").columns(["n", "day"]).with("security_barrier", "true"),
        )?;
        op.create_view(view("m", "SELECT a FROM app.t").materialized().no_data())?;
        op.create_function(
            function(("app", "twice"), "RETURNS integer LANGUAGE sql AS $$ SELECT 2 * n $$;")
                .arguments("n integer DEFAULT 1")
                .signature("integer"),
        )?;
        op.create_function(function(
            "touch",
            "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at := now(); RETURN NEW; END;'",
        ))?;
        op.create_trigger(
            trigger("t_touch", ("app", "t"))
                .fires("BEFORE INSERT OR UPDATE OF a")
                .executes("FOR EACH ROW EXECUTE FUNCTION touch()"),
        )?;
        op.execute(sql("CREATE SEQUENCE s;\n").reversed_by("DROP SEQUENCE s"))
    }), @r#"
    CREATE SCHEMA app;
    CREATE EXTENSION btree_gist SCHEMA app;
    CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok');
    ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue';
    ALTER TYPE app.mood RENAME TO "Mood";
    CREATE TABLE app.t (
        a integer,
        at date
    );
    COMMENT ON TABLE app.t IS 'a ''table''';
    COMMENT ON COLUMN app.t.a IS E'a \\ column';
    CREATE VIEW app.v (n, day) WITH (security_barrier = true) AS
    SELECT a, at FROM app.t;
    CREATE MATERIALIZED VIEW m AS
    SELECT a FROM app.t
    WITH NO DATA;
    CREATE FUNCTION app.twice(n integer DEFAULT 1)
    RETURNS integer LANGUAGE sql AS $$ SELECT 2 * n $$;
    CREATE FUNCTION touch()
    RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at := now(); RETURN NEW; END;';
    CREATE TRIGGER t_touch BEFORE INSERT OR UPDATE OF a ON app.t
    FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE SEQUENCE s;
    -- reverse
    DROP SEQUENCE s;
    DROP TRIGGER t_touch ON app.t;
    DROP FUNCTION touch();
    DROP FUNCTION app.twice(integer);
    DROP MATERIALIZED VIEW m;
    DROP VIEW app.v;
    COMMENT ON COLUMN app.t.a IS NULL;
    COMMENT ON TABLE app.t IS NULL;
    DROP TABLE app.t;
    ALTER TYPE app."Mood" RENAME TO mood;
    ALTER TYPE app.mood RENAME VALUE 'blue' TO 'sad';
    DROP TYPE app.mood;
    DROP EXTENSION btree_gist;
    DROP SCHEMA app;
    "#);
}

#[test]
fn what_replaces_or_may_do_nothing() {
    insta::assert_snapshot!(up(|op| {
        op.create_schema(schema("app").if_not_exists())?;
        op.create_extension(extension("plpgsql").if_not_exists())?;
        op.create_table(table("t").column(column("a", "integer")).if_not_exists())?;
        op.add_column("t", column("b", "text").if_not_exists())?;
        op.create_index(index("t_a_idx", "t").on("a").if_not_exists())?;
        op.create_enum(enum_type("e", ["b"]))?;
        op.add_enum_value("e", enum_value("a").before("b").if_not_exists())?;
        op.add_enum_value("e", enum_value("c").after("b"))?;
        op.add_enum_value("e", "d")?;
        op.create_view(view("v", "SELECT 1 AS one").or_replace())?;
        op.create_view(view("m", "SELECT 1 AS one").materialized())?;
        op.create_function(function("f", "RETURNS int LANGUAGE sql AS 'SELECT 1'").or_replace())?;
        op.create_table_comment("t", "x")?;
        op.drop_table_comment("t")?;
        op.drop_column_comment("t", "a")?;
        op.drop_trigger("t", dropping("no_trigger").if_exists())?;
        op.drop_constraint("t", dropping("no_check").if_exists().cascade())?;
        op.drop_column("t", dropping("b").if_exists().cascade())?;
        op.drop_index(dropping("t_b_idx").if_exists())?;
        op.no_transaction(|op| op.drop_index(dropping("t_a_idx").concurrently().if_exists()))?;
        op.drop_function("f")?;
        op.drop_materialized_view("m")?;
        op.drop_view(dropping("v").if_exists())?;
        op.drop_enum(dropping("e").cascade())?;
        op.drop_table(dropping(("public", "t")).cascade())?;
        op.drop_extension(dropping("no_extension").if_exists())?;
        op.drop_schema(dropping("app").cascade())
    }), @r"
    CREATE SCHEMA IF NOT EXISTS app;
    CREATE EXTENSION IF NOT EXISTS plpgsql;
    CREATE TABLE IF NOT EXISTS t (
        a integer
    );
    ALTER TABLE t ADD COLUMN IF NOT EXISTS b text;
    CREATE INDEX IF NOT EXISTS t_a_idx ON t (a);
    CREATE TYPE e AS ENUM ('b');
    ALTER TYPE e ADD VALUE IF NOT EXISTS 'a' BEFORE 'b';
    ALTER TYPE e ADD VALUE 'c' AFTER 'b';
    ALTER TYPE e ADD VALUE 'd';
    CREATE OR REPLACE VIEW v AS
    SELECT 1 AS one;
    CREATE MATERIALIZED VIEW m AS
    SELECT 1 AS one;
    CREATE OR REPLACE FUNCTION f()
    RETURNS int LANGUAGE sql AS 'SELECT 1';
    COMMENT ON TABLE t IS 'x';
    COMMENT ON TABLE t IS NULL;
    COMMENT ON COLUMN t.a IS NULL;
    DROP TRIGGER IF EXISTS no_trigger ON t;
    ALTER TABLE t DROP CONSTRAINT IF EXISTS no_check CASCADE;
    ALTER TABLE t DROP COLUMN IF EXISTS b CASCADE;
    DROP INDEX IF EXISTS t_b_idx;
    DROP INDEX CONCURRENTLY IF EXISTS t_a_idx;
    DROP FUNCTION f;
    DROP MATERIALIZED VIEW m;
    DROP VIEW IF EXISTS v;
    DROP TYPE e CASCADE;
    DROP TABLE public.t CASCADE;
    DROP EXTENSION IF EXISTS no_extension;
    DROP SCHEMA app CASCADE;
    ");
}

#[test]
fn rows_with_every_kind_of_literal() {
    let time = Utc.with_ymd_and_hms(2025, 1, 15, 0, 2, 0).unwrap();
    insta::assert_snapshot!(up_and_down(|op| {
        op.create_table(
            table("kinds")
                .column(column("id", "integer"))
                .column(column("on", "boolean"))
                .column(column("f", "double precision"))
                .column(column("t", "text"))
                .column(column("j", "json"))
                .column(column("jb", "jsonb"))
                .column(column("b", "bytea"))
                .column(column("at", "timestamptz"))
                .column(column("day", "date"))
                .column(column("n", "numeric")),
        )?;
        op.bulk_insert(
            "kinds",
            rows(["id", "on", "f", "t", "j", "jb", "b", "at", "day", "n"])
                .row((
                    1,
                    true,
                    1e300,
                    r"O'Brien \ C:\",
                    json!({"k": "it's"}),
                    json!("\\"),
                    vec![0u8, 255],
                    time,
                    time.date_naive(),
                    "0.10",
                ))
                .row((
                    -2,
                    false,
                    f64::NEG_INFINITY,
                    None::<&str>,
                    Value::Null,
                    json!(null),
                    Vec::<u8>::new(),
                    raw("now()"),
                    None::<String>,
                    0.5,
                ))
                .row((
                    None::<i64>,
                    None::<bool>,
                    f64::NAN,
                    "line\nbreak",
                    json!([]),
                    json!(1.5),
                    None::<Vec<u8>>,
                    time.naive_utc(),
                    raw("current_date"),
                    i64::MAX,
                ))
                .key(["id", "on"]),
        )
    }), @r#"
    CREATE TABLE kinds (
        id integer,
        "on" boolean,
        f double precision,
        t text,
        j json,
        jb jsonb,
        b bytea,
        at timestamptz,
        day date,
        n numeric
    );
    INSERT INTO kinds (id, "on", f, t, j, jb, b, at, day, n) VALUES
        (1, true, 1e300, E'O''Brien \\ C:\\', '{"k":"it''s"}', E'"\\\\"', E'\\x00ff', '2025-01-15T00:02:00+00:00', '2025-01-15', '0.10'),
        (-2, false, '-Infinity', NULL, NULL, 'null', E'\\x', now(), NULL, 0.5),
        (NULL, NULL, 'NaN', 'line
    break', '[]', '1.5', NULL, '2025-01-15 00:02:00', current_date, 9223372036854775807);
    -- reverse
    DELETE FROM kinds WHERE id = 1 AND "on" = true;
    DELETE FROM kinds WHERE id = -2 AND "on" = false;
    DELETE FROM kinds WHERE id IS NULL AND "on" IS NULL;
    DROP TABLE kinds;
    "#);
    assert_eq!(up(|op| op.bulk_insert("t", rows("a"))), "");
    assert_eq!(
        up(|op| op.bulk_insert(
            "t",
            rows("a")
                .rows((0..1001).map(|n| [n]))
                .on_conflict_do_nothing()
        ))
        .matches("\nON CONFLICT DO NOTHING;")
        .count(),
        3
    );
}

#[test]
fn names_are_quoted_where_they_need_it() {
    let quoted = |name: &str| quote::ident(name);
    assert_eq!(quoted("last_message_at"), "last_message_at");
    assert_eq!(quoted("_a1"), "_a1");
    for name in [
        "User", "user", "1a", "a-b", "a.b", "a b", "naïve", "values", "",
    ] {
        assert_eq!(quoted(name), format!("\"{name}\""));
    }
    assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    assert_eq!(quote::literal(r"a'\b"), r"E'a''\\b'");
}

#[test]
fn statements_know_their_line_and_neighbours_share_a_segment() {
    let first = line!() + 2;
    let recording = recorded(|op| {
        op.drop_table("a")?;
        op.drop_table("b")?;
        op.no_transaction(|op| {
            op.drop_index(dropping("c").concurrently())?;
            op.drop_index(dropping("d").concurrently())
        })?;
        op.create_table(table("e").comment("two statements, one line"))
    })
    .unwrap();
    let places: Vec<_> = recording.iter().map(|r| r.place).collect();
    assert_eq!(places[1..3], [Place::Transaction, Place::NoTransaction]);
    let lines: Vec<Vec<u32>> = segments(&recording)
        .unwrap()
        .iter()
        .map(|segment| segment.statements.iter().map(|s| s.line - first).collect())
        .collect();
    assert_eq!(lines, [vec![0, 1], vec![3, 4], vec![6, 6]]);
}

#[test]
fn what_cannot_be_reversed_says_why() {
    let reason = |write: fn(&mut Op<'_>) -> Result<()>| {
        let error = recorded(write).unwrap().reverse().unwrap_err();
        let Error::Irreversible { irreversible, .. } = error else {
            panic!("{error}");
        };
        format!("{}: {}\n", irreversible.operation, irreversible.reason)
    };
    let all = [
        reason(|op| op.drop_table("t")),
        reason(|op| op.drop_table(dropping(table("t")).cascade())),
        reason(|op| op.drop_table(dropping(table("t")).if_exists())),
        reason(|op| op.create_table(table("t").if_not_exists())),
        reason(|op| op.create_view(view("v", "SELECT 1").or_replace())),
        reason(|op| op.alter_column("t", alter("a").set_type("text"))),
        reason(|op| op.alter_column("t", alter("a").drop_default())),
        reason(|op| op.alter_column("t", alter("a").drop_comment())),
        reason(|op| op.create_constraint("t", check("a > 0"))),
        reason(|op| op.create_constraint("t", Unique::using_index("i").named("u"))),
        reason(|op| op.drop_table_comment("t")),
        reason(|op| op.add_enum_value("e", "v")),
        reason(|op| op.bulk_insert("t", rows("a").row((1,)))),
        reason(|op| op.bulk_insert("t", rows("a").key("a").on_conflict_do_nothing())),
        reason(|op| op.execute("VACUUM")),
    ];
    insta::assert_snapshot!(all.concat(), @r"
    drop_table t: it is given by name only, not by its definition
    drop_table t: what `cascade` dropped with it is not known
    drop_table t: with `if_exists` it may have done nothing
    create_table t: with `if_not_exists` it may have done nothing
    create_view v: what `or_replace` replaced is not known
    alter_column t.a: `existing_type` is not given
    alter_column t.a: `existing_default` is not given
    alter_column t.a: `existing_comment` is not given
    create_check_constraint t: the constraint has no name (`.named(…)`)
    create_unique_constraint t.u: the constraint owns the index it took over
    drop_table_comment t: the comment that was there is not known
    add_enum_value e: PostgreSQL cannot remove a value from an enum
    bulk_insert t: the rows have no `key` to find them by
    bulk_insert t: with `on_conflict_do_nothing` it may have inserted nothing
    execute: what undoes it is not given (`sql(…).reversed_by(…)`)
    ");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let reason = |write: fn(&mut Op<'_>) -> Result<()>| match recorded(write).unwrap_err() {
        Error::BadOperation {
            operation, reason, ..
        } => format!("{operation}: {reason}\n"),
        other => panic!("{other}"),
    };
    let all = [
        reason(|op| op.create_table(table(""))),
        reason(|op| op.create_table(table("app.t"))),
        reason(|op| op.drop_table("app.t")),
        reason(|op| op.drop_schema("x".repeat(64))),
        reason(|op| op.rename_table("t", "nul\0")),
        reason(|op| op.create_table(table("t").column(column("a", " ")))),
        reason(|op| op.create_table(table("t").column(column("a", "int").if_not_exists()))),
        reason(|op| op.add_column("t", column("a", "int").on_delete(Action::Cascade))),
        reason(|op| op.add_column("t", column("a", "int").identity().default("1"))),
        reason(|op| op.alter_column("t", alter("a"))),
        reason(|op| op.alter_column("t", alter("a").using("a::int"))),
        reason(|op| op.create_index(index("i", "t"))),
        reason(|op| op.create_index(index("i", "t").on("a").nulls_not_distinct())),
        reason(|op| op.drop_constraint("t", unique("a"))),
        reason(|op| op.create_foreign_key("t", foreign_key(["a", "b"], "u", "id"))),
        reason(|op| op.create_unique_constraint("t", unique([]))),
        reason(|op| op.create_exclude_constraint("t", exclude())),
        reason(|op| op.create_view(view("v", "SELECT 1").materialized().or_replace())),
        reason(|op| op.create_trigger(trigger("x", "t").fires("BEFORE UPDATE"))),
        reason(|op| op.bulk_insert("t", rows(["a", "b"]).row((1, 2)).row((3,)))),
        reason(|op| op.bulk_insert("t", rows("a").row((1,)).key("b"))),
        reason(|op| op.execute(" \n")),
    ];
    insta::assert_snapshot!(all.concat(), @r#"
    create_table : the table has no name
    create_table app.t: `app.t` holds a dot; write ("app", "t") for a schema and a name
    drop_table app.t: `app.t` holds a dot; write ("app", "t") for a schema and a name
    drop_schema xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: the schema `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` has 64 bytes; PostgreSQL keeps 63
    rename_table t: PostgreSQL cannot store the character NUL
    create_table t: column `a` has no type
    create_table t: `if_not_exists` of column `a` is for `add_column` only
    add_column t.a: column `a` has `on_delete` or `on_update`, but no `references`
    add_column t.a: column `a` takes one of `default`, `identity` and `generated`
    alter_column t.a: nothing is changed
    alter_column t.a: `using` needs `set_type`
    create_index i: the index has no keys (`.on(…)`)
    create_index i: `nulls_not_distinct` needs `unique`
    drop_constraint t.: the constraint has no name
    create_foreign_key t: 2 columns refer to 1
    create_unique_constraint t: the unique constraint has no columns
    create_exclude_constraint t: the exclusion has no elements (`.with(…)`)
    create_view v: PostgreSQL cannot replace a materialized view
    create_trigger t.x: the action (`.executes(…)`) is empty
    bulk_insert t: row 2 has 1 values for 2 columns
    bulk_insert t: the key `b` is not one of the columns
    execute: the SQL text is empty
    "#);
}

#[test]
fn rendering_an_operation_needs_no_handle() {
    let operation = crate::op::Operation::CreateSchema(schema("app"));
    assert_eq!(render(&operation), ["CREATE SCHEMA app"]);
}
