-- One of each kind of object that limbeck writes, and of each way they lean on each other. A line
-- that ends in `-- >=N` or `-- <N` is for such servers only; ROLE_A and ROLE_B are roles.

CREATE SCHEMA shop;
CREATE SCHEMA "Odd; ""schema"" 'of' %s ünïcode";
COMMENT ON SCHEMA shop IS 'what is sold; it''s a \ test %';
CREATE EXTENSION citext SCHEMA shop;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE EXTENSION postgres_fdw;

-- Types.
CREATE TYPE shop.state AS ENUM ('new', 'paid; sent', 'it''s "back"');
ALTER TYPE shop.state ADD VALUE 'lost' BEFORE 'paid; sent';
COMMENT ON TYPE shop.state IS 'where it is';
CREATE TYPE shop.size AS (width numeric(10, 2), height numeric(10, 2), note text COLLATE "C");
COMMENT ON COLUMN shop.size.note IS 'about it';
CREATE COLLATION shop.plain (provider = libc, locale = 'C');
CREATE TYPE shop.text_range AS RANGE (subtype = text, collation = shop.plain);
CREATE FUNCTION shop.float_gap(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a - b';
CREATE TYPE shop.float_range AS RANGE (subtype = float8, subtype_diff = shop.float_gap);
CREATE TYPE shop.named_range AS RANGE (subtype = int4, multirange_type_name = shop.named_ranges); -- >=14
CREATE FUNCTION shop.is_email(address text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT address LIKE '%@%' $$;
CREATE DOMAIN shop.email AS shop.citext NOT NULL DEFAULT 'a@b' CONSTRAINT looks_right CHECK (shop.is_email(VALUE::text));
CREATE DOMAIN shop.positive AS integer;
ALTER DOMAIN shop.positive ADD CONSTRAINT above_zero CHECK (VALUE > 0) NOT VALID;
COMMENT ON CONSTRAINT looks_right ON DOMAIN shop.email IS 'an @ at least';
CREATE DOMAIN shop.code AS varchar(8) COLLATE "C" CHECK (VALUE ~ '^[A-Z]+$') CHECK (length(VALUE) > 1);
REVOKE USAGE ON TYPE shop.code FROM PUBLIC;
GRANT USAGE ON TYPE shop.code TO ROLE_A;

-- Functions, in each language and form.
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = shop, pg_temp AS $touch$
BEGIN
    -- limbeck: downgrade
    NEW.changed_at := now(); -- ; $function$ '
    RETURN NEW;
END
$touch$;
COMMENT ON FUNCTION public.touch() IS 'keeps changed_at';
CREATE FUNCTION shop.total(VARIADIC amounts numeric[] DEFAULT '{}') RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE COST 7 AS 'SELECT sum(a) FROM unnest(amounts) a';
CREATE FUNCTION shop.split(name text, OUT first text, OUT last text) LANGUAGE sql LEAKPROOF IMMUTABLE AS $$ SELECT name, name $$;
CREATE FUNCTION shop.list(n int, label text = 'it''s') RETURNS TABLE (id int, label text) ROWS 5 LANGUAGE sql SECURITY DEFINER AS $$ SELECT n, label $$;
CREATE FUNCTION shop.of_missing() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM pg_catalog.pg_class';
CREATE PROCEDURE shop.clean(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;
CREATE PROCEDURE shop.twins(a int, b int) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE shop.twins(OUT a int, b int) LANGUAGE sql AS 'SELECT 2'; -- >=14
COMMENT ON PROCEDURE shop.twins(OUT int, int) IS 'the second'; -- >=14
REVOKE ALL ON PROCEDURE shop.twins(IN int, IN int) FROM PUBLIC;
REVOKE ALL ON FUNCTION shop.of_missing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.of_missing() TO ROLE_A WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE shop.clean(int) TO ROLE_B;
CREATE FUNCTION shop.join_step(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce($1 || ', ', '') || $2 $$;
CREATE AGGREGATE shop.join_all(text) (SFUNC = shop.join_step, STYPE = text, PARALLEL = SAFE);
CREATE AGGREGATE shop.count_all(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0', COMBINEFUNC = int8pl);
CREATE AGGREGATE shop.median(float8 ORDER BY float8) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
COMMENT ON AGGREGATE shop.join_all(text) IS 'with commas';
GRANT EXECUTE ON FUNCTION shop.join_all(text) TO ROLE_A;
CREATE FUNCTION shop.same_size(shop.size, shop.size) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).width = ($2).width';
CREATE FUNCTION shop.other_size(shop.size, shop.size) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).width <> ($2).width';
CREATE OPERATOR shop.=== (FUNCTION = shop.same_size, LEFTARG = shop.size, RIGHTARG = shop.size, COMMUTATOR = OPERATOR(shop.===), NEGATOR = OPERATOR(shop.!==), RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR shop.!== (FUNCTION = shop.other_size, LEFTARG = shop.size, RIGHTARG = shop.size, NEGATOR = OPERATOR(shop.===));
CREATE FUNCTION shop.negative(shop.size) RETURNS shop.size LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OPERATOR shop.-! (FUNCTION = shop.negative, RIGHTARG = shop.size);
COMMENT ON OPERATOR shop.-! (NONE, shop.size) IS 'upside down';
CREATE FUNCTION shop.to_text(shop.size) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'size' $$;
CREATE CAST (shop.size AS text) WITH FUNCTION shop.to_text(shop.size) AS ASSIGNMENT;
COMMENT ON CAST (shop.size AS text) IS 'for show';

-- Text search.
CREATE TEXT SEARCH DICTIONARY shop.simple_german (TEMPLATE = pg_catalog.simple, STOPWORDS = german, Accept = false);
CREATE TEXT SEARCH CONFIGURATION shop.german (COPY = pg_catalog.german);
ALTER TEXT SEARCH CONFIGURATION shop.german ALTER MAPPING FOR asciiword, word WITH shop.simple_german, german_stem;
COMMENT ON TEXT SEARCH CONFIGURATION shop.german IS 'for names';
COMMENT ON TEXT SEARCH DICTIONARY shop.simple_german IS 'plain';

-- Sequences.
CREATE SEQUENCE shop.ticket AS smallint START 100 INCREMENT -5 MINVALUE -20 MAXVALUE 100 CACHE 3 CYCLE;
COMMENT ON SEQUENCE shop.ticket IS 'counts down';
GRANT USAGE ON SEQUENCE shop.ticket TO ROLE_A;

-- Tables.
CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY,
    dropped text,
    email shop.email UNIQUE,
    state shop.state NOT NULL DEFAULT 'new',
    name text COLLATE "C" DEFAULT 'it''s ; "x" %' NOT NULL,
    born date DEFAULT '2000-01-31',
    asked interval DEFAULT '1 day 02:03:04',
    seen timestamptz DEFAULT '2020-02-03 04:05:06+00',
    height float8 DEFAULT 0.1::float8,
    raw bytea DEFAULT '\x00ff',
    tags text[] DEFAULT '{a,"b c"}' NOT NULL,
    place shop.size,
    lower_name text GENERATED ALWAYS AS (lower(name)) STORED,
    changed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT customers_key PRIMARY KEY (id) INCLUDE (name) WITH (fillfactor = 90),
    CONSTRAINT "born; late" CHECK (born > '1900-01-01'),
    CONSTRAINT no_child CHECK (height > 0) NO INHERIT
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE shop.customers DROP COLUMN dropped;
ALTER TABLE shop.customers ADD COLUMN later text;
ALTER TABLE shop.customers ALTER later SET STORAGE EXTERNAL, ALTER later SET STATISTICS 500, ALTER id SET (n_distinct = -0.5);
ALTER TABLE shop.customers ALTER later SET COMPRESSION pglz; -- >=14
ALTER TABLE shop.customers ADD CONSTRAINT later_is_short CHECK (length(later) < 9) NOT VALID;
ALTER TABLE shop.customers ADD COLUMN doubled float8 GENERATED ALWAYS AS (height * 2) VIRTUAL; -- >=18
ALTER TABLE shop.customers ADD CONSTRAINT later_there NOT NULL later NOT VALID; -- >=18
ALTER TABLE shop.customers RENAME CONSTRAINT customers_tags_not_null TO tags_there; -- >=18
COMMENT ON TABLE shop.customers IS 'who buys';
COMMENT ON COLUMN shop.customers.name IS E'two\nlines';
COMMENT ON CONSTRAINT "born; late" ON shop.customers IS 'not too old';
COMMENT ON INDEX shop.customers_key IS 'the key''s index';
CREATE INDEX customers_lower ON shop.customers (lower(name) text_pattern_ops DESC NULLS LAST, id) INCLUDE (state) WITH (fillfactor = 80) WHERE state <> 'lost';
CREATE INDEX customers_name_trgm ON shop.customers USING gin (name gin_trgm_ops);
CREATE INDEX customers_email ON shop.customers USING hash (email);
CREATE INDEX customers_own ON shop.customers ((shop.is_email(name)), (born + 1));
ALTER INDEX shop.customers_own ALTER COLUMN 2 SET STATISTICS 300;
CREATE UNIQUE INDEX customers_later ON shop.customers (later) NULLS NOT DISTINCT; -- >=15
CREATE INDEX "customers ""odd"" index" ON shop.customers (seen) WHERE name <> 'x;y';
COMMENT ON INDEX shop."customers ""odd"" index" IS 'odd';
CREATE STATISTICS shop.customers_stats (ndistinct, dependencies) ON state, born FROM shop.customers;
ALTER STATISTICS shop.customers_stats SET STATISTICS 200; -- >=13
CREATE STATISTICS shop.customers_expression ON lower(name), id FROM shop.customers; -- >=14
COMMENT ON STATISTICS shop.customers_stats IS 'they go together';
CLUSTER shop.customers USING customers_key;
ALTER TABLE shop.customers REPLICA IDENTITY FULL;

CREATE TABLE shop.orders (
    id serial PRIMARY KEY,
    number integer DEFAULT nextval('shop.ticket'),
    customer_id bigint NOT NULL REFERENCES shop.customers ON DELETE CASCADE ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    best_item integer,
    total numeric(12, 2) DEFAULT 0 CHECK (total >= 0),
    during tstzrange,
    amount shop.positive,
    changed_at timestamptz,
    CONSTRAINT once UNIQUE (customer_id, number) DEFERRABLE,
    CONSTRAINT no_overlap EXCLUDE USING gist (customer_id WITH =, during WITH &&) WHERE (total > 0)
);
CREATE TABLE shop.items (
    id integer GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME shop.item_numbers START WITH 1000 INCREMENT BY 10 CACHE 5),
    order_id integer REFERENCES shop.orders,
    parent_id integer,
    CONSTRAINT items_pk PRIMARY KEY (id),
    FOREIGN KEY (parent_id) REFERENCES shop.items (id) ON DELETE SET NULL
);
ALTER TABLE shop.orders ADD CONSTRAINT best FOREIGN KEY (best_item) REFERENCES shop.items NOT VALID;
ALTER TABLE shop.items REPLICA IDENTITY USING INDEX items_pk;
COMMENT ON CONSTRAINT best ON shop.orders IS 'a circle';
CREATE UNLOGGED TABLE shop.cache (key text PRIMARY KEY, value jsonb, id int GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE shop.cache_id_seq SET LOGGED; -- >=15
ALTER SEQUENCE shop.item_numbers SET UNLOGGED; -- >=15
CREATE TABLE shop.typed OF shop.size (width DEFAULT 1 NOT NULL, CHECK (height > 0));
CREATE TABLE shop.empty ();
CREATE TABLE shop.of_rows (one shop.orders, many shop.orders[]);
CREATE TABLE shop.second_owner (id integer DEFAULT nextval('shop.orders_id_seq'));

-- A circle of a table and a function, and of a view and a function.
CREATE TABLE shop.circle (id integer, name text);
CREATE FUNCTION shop.circle_ok(shop.circle) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.id > 0';
ALTER TABLE shop.circle ADD CONSTRAINT ok CHECK (shop.circle_ok(circle.*));
CREATE FUNCTION shop.next_circle(shop.circle DEFAULT NULL) RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER TABLE shop.circle ALTER id SET DEFAULT shop.next_circle();
CREATE INDEX circle_ok ON shop.circle (shop.circle_ok(circle.*));
CREATE VIEW shop.ring AS SELECT 1 AS id, 'a'::text AS name;
CREATE FUNCTION shop.of_ring(shop.ring) RETURNS integer LANGUAGE sql AS 'SELECT $1.id';
CREATE OR REPLACE VIEW shop.ring AS SELECT id, name FROM shop.circle WHERE shop.of_ring(NULL) IS NULL;
COMMENT ON VIEW shop.ring IS 'round';

-- Inheritance and partitions.
CREATE TABLE shop.animals (id integer NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''));
CREATE TABLE shop.dogs (bark text, CONSTRAINT loud CHECK (bark <> '')) INHERITS (shop.animals);
ALTER TABLE shop.dogs ALTER name SET DEFAULT 'rex';
CREATE TABLE shop.strays (found date) INHERITS (shop.animals);
CREATE TABLE shop.events (at timestamptz NOT NULL, kind text, id bigint, note text, CONSTRAINT kind_there CHECK (kind <> '')) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.events_2025 (id bigint, note text DEFAULT 'own', at timestamptz NOT NULL, kind text, CONSTRAINT kind_there CHECK (kind <> ''), CONSTRAINT own CHECK (id > 0));
ALTER TABLE shop.events ATTACH PARTITION shop.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT PARTITION BY LIST (kind);
CREATE TABLE shop.events_rest_a PARTITION OF shop.events_rest FOR VALUES IN ('a', 'b', NULL) WITH (fillfactor = 50);
CREATE TABLE shop.events_rest_b PARTITION OF shop.events_rest (id DEFAULT 7) DEFAULT;
ALTER TABLE shop.events_2024 ADD CONSTRAINT own_unique UNIQUE (id, at, kind);
ALTER TABLE shop.events ADD CONSTRAINT events_unique UNIQUE (id, at, kind);
CREATE INDEX own_kind ON shop.events_2025 (kind);
CREATE INDEX events_kind ON shop.events (kind);
CREATE INDEX only_parent ON ONLY shop.events (note);
ALTER TABLE shop.events ADD COLUMN customer_id bigint REFERENCES shop.customers;
CREATE TABLE shop.hashed (id integer, shard integer, PRIMARY KEY (id, shard)) PARTITION BY HASH (shard);
CREATE TABLE shop.hashed_0 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.hashed_1 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE shop.to_hashed (a integer, b integer, FOREIGN KEY (a, b) REFERENCES shop.hashed);
CREATE FUNCTION shop.by_year(date) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT extract(year FROM $1)::int';
CREATE TABLE shop.by_function (day date) PARTITION BY LIST (shop.by_year(day));
CREATE TABLE shop.counted (id integer GENERATED ALWAYS AS IDENTITY, k integer) PARTITION BY LIST (k); -- >=17
CREATE TABLE shop.counted_1 PARTITION OF shop.counted FOR VALUES IN (1); -- >=17

-- Views.
CREATE VIEW shop.big_orders WITH (security_barrier = true) AS SELECT * FROM shop.orders WHERE total > 100 WITH LOCAL CHECK OPTION;
ALTER VIEW shop.big_orders ALTER COLUMN total SET DEFAULT 200;
COMMENT ON COLUMN shop.big_orders.total IS 'over 100';
CREATE VIEW shop.per_customer AS SELECT c.id, c.name, c.email, count(*) AS orders FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id GROUP BY c.id;
CREATE RECURSIVE VIEW public.numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 9;
CREATE MATERIALIZED VIEW shop.a_summary WITH (fillfactor = 60) AS SELECT state, count(*) AS n FROM shop.customers GROUP BY state;
CREATE UNIQUE INDEX a_summary_state ON shop.a_summary (state);
COMMENT ON MATERIALIZED VIEW shop.a_summary IS 'by state';
CREATE MATERIALIZED VIEW shop."A twice" AS SELECT * FROM shop.a_summary UNION ALL SELECT * FROM shop.a_summary;
CREATE MATERIALIZED VIEW shop.unfilled AS SELECT 1 AS one WITH NO DATA;
CREATE FUNCTION shop.in_sql(n int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM shop.orders WHERE id > n; SELECT CASE WHEN n > 1 THEN 2 ELSE 3 END; END; -- >=14
CREATE FUNCTION shop.all_orders() RETURNS SETOF shop.orders LANGUAGE sql AS 'SELECT * FROM shop.orders';

-- Rules, triggers, policies.
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF name, email ON shop.customers FOR EACH ROW WHEN (NEW.name <> 'x;') EXECUTE FUNCTION public.touch();
COMMENT ON TRIGGER touch ON shop.customers IS 'touches';
CREATE CONSTRAINT TRIGGER check_later AFTER INSERT ON shop.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.touch('a', 'b''c');
CREATE TRIGGER with_tables AFTER UPDATE ON shop.orders REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.touch();
CREATE TRIGGER off BEFORE DELETE ON shop.orders FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE shop.orders DISABLE TRIGGER off;
CREATE TRIGGER replica AFTER TRUNCATE ON shop.orders FOR EACH STATEMENT EXECUTE FUNCTION public.touch();
ALTER TABLE shop.orders ENABLE REPLICA TRIGGER replica;
CREATE TRIGGER into_view INSTEAD OF INSERT ON shop.per_customer FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER on_events BEFORE INSERT ON shop.events FOR EACH ROW EXECUTE FUNCTION public.touch(); -- >=13
CREATE TRIGGER after_events AFTER INSERT ON shop.events FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE shop.events_2025 DISABLE TRIGGER after_events; -- >=13
CREATE RULE keep AS ON DELETE TO shop.customers WHERE old.name = 'x' DO INSTEAD (SELECT 1; UPDATE shop.customers SET name = 'y' WHERE id = old.id);
CREATE RULE off AS ON INSERT TO shop.cache DO ALSO NOTHING;
ALTER TABLE shop.cache DISABLE RULE off;
COMMENT ON RULE keep ON shop.customers IS 'kept';
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.customers AS RESTRICTIVE FOR UPDATE TO ROLE_A, ROLE_B USING (name = current_user) WITH CHECK (name <> '');
CREATE POLICY "all; of" ON shop.orders USING (EXISTS (SELECT FROM shop.customers c WHERE c.id = customer_id));
COMMENT ON POLICY own ON shop.customers IS 'own rows';

-- Foreign servers, publications, event triggers.
CREATE SERVER elsewhere TYPE 'pg' VERSION '9' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h''ost', dbname 'x');
CREATE FOREIGN TABLE shop.remote (id integer OPTIONS (column_name 'I;d') NOT NULL, name text DEFAULT 'n') SERVER elsewhere OPTIONS (schema_name 's', table_name 't''t');
GRANT USAGE ON FOREIGN SERVER elsewhere TO ROLE_A;
COMMENT ON SERVER elsewhere IS 'far';
CREATE PUBLICATION "some" FOR TABLE shop.orders, shop.items WITH (publish = 'insert, update');
CREATE PUBLICATION parents FOR TABLE ONLY shop.animals;
CREATE PUBLICATION part FOR TABLE shop.items (id, order_id) WHERE (id > 0); -- >=15
CREATE PUBLICATION whole FOR TABLES IN SCHEMA shop; -- >=15
CREATE PUBLICATION every FOR ALL TABLES;
COMMENT ON PUBLICATION every IS 'all of it';
CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_start WHEN TAG IN ('DROP TABLE', 'CREATE TABLE') EXECUTE FUNCTION public.on_ddl();
CREATE EVENT TRIGGER asleep ON sql_drop EXECUTE FUNCTION public.on_ddl();
ALTER EVENT TRIGGER asleep DISABLE;
COMMENT ON EVENT TRIGGER watch IS 'watches';

-- Names with everything in them.
CREATE TYPE "Odd; ""schema"" 'of' %s ünïcode"."E'n""u;m" AS ENUM ('a''b', '"', ';', '%');
CREATE TABLE "Odd; ""schema"" 'of' %s ünïcode"."T a""b;'c %s $1" (
    "select" integer PRIMARY KEY,
    "Ü b""c;'d" "Odd; ""schema"" 'of' %s ünïcode"."E'n""u;m" DEFAULT 'a''b',
    "a\b" text CHECK ("a\b" <> E'back\\slash')
);
CREATE INDEX ON "Odd; ""schema"" 'of' %s ünïcode"."T a""b;'c %s $1" ("Ü b""c;'d");
COMMENT ON COLUMN "Odd; ""schema"" 'of' %s ünïcode"."T a""b;'c %s $1"."a\b" IS E'a\\b''c';
CREATE VIEW "Odd; ""schema"" 'of' %s ünïcode"."View" AS SELECT * FROM "Odd; ""schema"" 'of' %s ünïcode"."T a""b;'c %s $1";
CREATE FUNCTION "Odd; ""schema"" 'of' %s ünïcode"."F;"("A" "Odd; ""schema"" 'of' %s ünïcode"."E'n""u;m") RETURNS text LANGUAGE sql AS $q$ SELECT '$$ ; $function$' $q$;
COMMENT ON FUNCTION "Odd; ""schema"" 'of' %s ünïcode"."F;"("Odd; ""schema"" 'of' %s ünïcode"."E'n""u;m") IS '%';

-- Grants.
GRANT USAGE, CREATE ON SCHEMA shop TO ROLE_A;
GRANT SELECT, INSERT ON shop.orders TO ROLE_A;
GRANT UPDATE ON shop.orders TO ROLE_A WITH GRANT OPTION;
GRANT SELECT ON shop.orders TO PUBLIC;
GRANT ALL ON shop.items TO ROLE_B;
GRANT SELECT (id, name), UPDATE (name) ON shop.customers TO ROLE_B;
GRANT SELECT ON shop.big_orders, shop.a_summary TO ROLE_A;
REVOKE TRUNCATE ON shop.cache FROM CURRENT_USER;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ROLE_A;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO ROLE_A;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO ROLE_B;
