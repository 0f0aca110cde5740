-- Functions whose bodies count on the search path, in each place where the server looks into them when it
-- makes something. From PostgreSQL 17 on, indexes and materialized views have no path to count on.
SET search_path = u, public;
CREATE SCHEMA u;
CREATE FUNCTION u.after(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION u.f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT after($1)';
CREATE FUNCTION u.p(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN after($1); END';
CREATE FUNCTION u.b(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT after($1) > 0';
CREATE EXTENSION btree_gist SCHEMA public;
CREATE TABLE u.t (a integer DEFAULT u.f(1), CHECK (u.b(a)));
CREATE INDEX ON u.t (u.f(a)); -- <17
CREATE INDEX ON u.t (a) WHERE u.b(a); -- <17
CREATE INDEX ON u.t (a) WHERE a > u.p(1); -- <17
ALTER TABLE u.t ADD CONSTRAINT not_valid CHECK (u.b(a)) NOT VALID;
CREATE STATISTICS u.s ON u.f(a), a FROM u.t; -- >=14
CREATE DOMAIN u.d AS integer DEFAULT u.f(1) CHECK (u.b(VALUE));
CREATE TABLE u.generated (a integer, b integer GENERATED ALWAYS AS (u.f(a)) STORED);
CREATE TABLE u.of_constant (a integer, b integer GENERATED ALWAYS AS (a + u.p(1)) STORED);
CREATE TABLE u.child () INHERITS (u.generated);
CREATE TABLE u.apart (a integer, EXCLUDE USING gist (u.f(a) WITH =)); -- <17
-- Its check comes after its child, which has its columns in an order of its own.
CREATE TABLE u.parent (a integer, z integer, CHECK (u.b(a)));
CREATE TABLE u.turned (z integer, a integer, CONSTRAINT parent_a_check CHECK (u.b(a)));
ALTER TABLE u.turned INHERIT u.parent;
-- The key is looked into for each partition, and a default partition for what is to go.
CREATE TABLE u.key (a integer) PARTITION BY RANGE (u.f(a));
CREATE TABLE u.key_0 PARTITION OF u.key DEFAULT;
CREATE TABLE u.key_1 PARTITION OF u.key FOR VALUES FROM (1) TO (9);
CREATE TABLE u.key_2 (z integer, a integer);
ALTER TABLE u.key_2 DROP COLUMN z;
ALTER TABLE u.key ATTACH PARTITION u.key_2 FOR VALUES FROM (10) TO (19);
CREATE TABLE u.list (a integer) PARTITION BY LIST (a);
CREATE TABLE u.list_0 PARTITION OF u.list (CHECK (u.b(a))) DEFAULT;
CREATE TABLE u.list_1 PARTITION OF u.list FOR VALUES IN (1);
CREATE INDEX ON u.list (u.f(a)); -- <17
CREATE VIEW u.v AS SELECT u.f(a) AS f FROM u.t WHERE u.b(a);
CREATE MATERIALIZED VIEW u.m AS SELECT f FROM u.v; -- <17
CREATE INDEX ON u.m (u.f(f)); -- <17
