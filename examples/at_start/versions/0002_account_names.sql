-- revision: 0002
-- down_revision: 0001
-- created: 2026-01-12T09:00:00Z
-- message: account names

-- limbeck: upgrade
ALTER TABLE account ADD COLUMN name text;

-- limbeck: downgrade
ALTER TABLE account DROP COLUMN name;
