-- revision: 0001
-- created: 2026-01-05T09:00:00Z
-- message: accounts

-- limbeck: upgrade
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE
);

-- limbeck: downgrade
DROP TABLE account;
