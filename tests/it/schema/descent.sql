-- What tables have from their parents and say otherwise. A line that ends in `-- >=N` is for such
-- servers only.

-- A child has its parent's expression, and has to say its column again.
CREATE TABLE doubled (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE doubled_too (b integer) INHERITS (doubled);

-- What refuses NULL has a name from PostgreSQL 18 on, which a key must not choose.
CREATE TABLE parents (a integer PRIMARY KEY, b text);
CREATE TABLE keyed () INHERITS (parents);
ALTER TABLE keyed ADD CONSTRAINT keyed_key PRIMARY KEY (a);
CREATE TABLE named (a integer);
CREATE TABLE named_too () INHERITS (named);
CREATE TABLE named_last () INHERITS (named_too);
ALTER TABLE named_too ADD CONSTRAINT there NOT NULL a; -- >=18
ALTER TABLE named_too ALTER a SET NOT NULL; -- <18

-- The parent got what it did not look at its rows for after its child.
CREATE TABLE unseen (a integer, b integer);
CREATE TABLE unseen_too (b integer, a integer) INHERITS (unseen);
ALTER TABLE unseen ADD CONSTRAINT unseen_there NOT NULL b NOT VALID; -- >=18

-- Another table has the name that the server would choose.
CREATE TABLE z_first (a integer NOT NULL);
CREATE TABLE first (a integer CONSTRAINT z_first_a_not_null NOT NULL);

-- An exclusion constraint goes to each partition, and cannot be attached.
CREATE TABLE booked (room integer, at integer) PARTITION BY LIST (room); -- >=17
CREATE TABLE booked_1 PARTITION OF booked FOR VALUES IN (1); -- >=17
CREATE TABLE booked_more PARTITION OF booked DEFAULT PARTITION BY LIST (room); -- >=17
CREATE TABLE booked_2 PARTITION OF booked_more FOR VALUES IN (2); -- >=17
ALTER TABLE booked ADD CONSTRAINT once EXCLUDE USING btree (room WITH =, at WITH =); -- >=17
-- Up to PostgreSQL 17 a child may allow NULL where its parent does not.
CREATE TABLE strict_parent (a integer NOT NULL, b text NOT NULL); -- <18
CREATE TABLE lenient () INHERITS (strict_parent); -- <18
ALTER TABLE lenient ALTER a DROP NOT NULL; -- <18
CREATE TABLE lenient_itself (a integer) INHERITS (strict_parent); -- <18
ALTER TABLE lenient_itself ALTER a DROP NOT NULL; -- <18
CREATE TABLE lenient_child () INHERITS (lenient); -- <18
