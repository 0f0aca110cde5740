-- One row for each thing that was done to a revision, never changed afterwards.
CREATE TABLE limbeck_ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_table text NOT NULL,
    revision varchar(32) NOT NULL,
    direction text NOT NULL,
    applied boolean NOT NULL,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration interval,
    done_by text NOT NULL DEFAULT session_user,
    client text,
    checksum text,
    format text,
    message text,
    created text,
    down_revision text[] NOT NULL DEFAULT '{}',
    depends_on text[] NOT NULL DEFAULT '{}',
    branch_labels text[] NOT NULL DEFAULT '{}',
    upgrade_sql text,
    downgrade_sql text
);
COMMENT ON TABLE limbeck_ledger IS 'What limbeck did to each revision, by whom, when, and the SQL it needs to go back';

-- A revision that stopped between its non-transactional statements: how far it came.
CREATE TABLE limbeck_journal (
    version_table text NOT NULL,
    revision varchar(32) NOT NULL,
    direction text NOT NULL,
    statements_done integer NOT NULL,
    done_checksum text NOT NULL,
    running boolean NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (version_table, revision)
);
COMMENT ON TABLE limbeck_journal IS 'How far limbeck came in a revision whose non-transactional part was not finished';
