-- Columns that a parent got after its children had their own: written as children, they would change
-- their order. ROLE_A and ROLE_B are roles.

CREATE TABLE animals (id integer NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''));
CREATE TABLE dogs (bark text, CONSTRAINT loud CHECK (bark <> '')) INHERITS (animals);
CREATE TABLE strays (found date) INHERITS (animals);
CREATE TABLE puppies (born date) INHERITS (dogs);
ALTER TABLE animals ADD COLUMN age integer DEFAULT 1 NOT NULL;
ALTER TABLE dogs ALTER name SET DEFAULT 'rex';
ALTER TABLE animals ADD CONSTRAINT not_old CHECK (age < 90);
