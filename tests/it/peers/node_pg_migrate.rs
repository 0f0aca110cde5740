//! node-pg-migrate, with its command `node-pg-migrate up`.

use super::{Peer, command, no_others};

fn peer() -> Peer {
    Peer {
        format: "node-pg-migrate",
        table: "pgmigrations",
        columns: "name",
        migrations: [
            vec![(
                "migrations/1700000000000_the-first.sql",
                "-- Up Migration\nCREATE TABLE a (id int, note text DEFAULT 'ä; --');\n\n-- Down Migration\nDROP TABLE a;\n",
            )],
            vec![(
                "migrations/1700000000001_second.sql",
                "-- Up Migration\nCREATE TABLE b (id int);\r\nCREATE INDEX b_id ON b (id);\r\n\n-- Down Migration\nDROP TABLE b;\n",
            )],
            vec![(
                "migrations/20250103000000000_third.sql",
                "-- Up Migration\nCREATE TABLE c (id int);\n-- Down Migration\nDROP TABLE c;\n",
            )],
        ],
        others: no_others,
        migrate: |tools| command(tools.join("node_modules/.bin/node-pg-migrate"), &["up"]),
        revert: Some(|tools| command(tools.join("node_modules/.bin/node-pg-migrate"), &["down"])),
    }
}

#[test]
fn node_pg_migrate_hands_over() {
    peer().hands_over();
}

#[test]
fn node_pg_migrate_is_told_from_the_beginning() {
    peer().is_told_from_the_beginning();
}

#[test]
fn node_pg_migrate_does_again_what_was_taken_back() {
    peer().does_again_what_was_taken_back();
}

#[test]
fn node_pg_migrate_goes_back_and_limbeck_notices() {
    peer().goes_back();
}
