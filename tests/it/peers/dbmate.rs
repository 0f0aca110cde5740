//! dbmate, with its command `dbmate migrate`.

use super::{Peer, command, no_others};

fn peer() -> Peer {
    Peer {
        format: "dbmate",
        table: "schema_migrations",
        columns: "version",
        migrations: [
            vec![(
                "migrations/20250101000000_the_first.sql",
                "-- migrate:up\nCREATE TABLE a (id int, note text DEFAULT 'ä; --');\n\n-- migrate:down\nDROP TABLE a;\n",
            )],
            vec![(
                "migrations/20250102000000_second.sql",
                "-- migrate:up\nCREATE TABLE b (id int);\r\nCREATE INDEX b_id ON b (id);\r\n\n-- migrate:down\nDROP TABLE b;\n",
            )],
            vec![(
                "migrations/20250103000000_third.sql",
                "-- migrate:up transaction:false\nCREATE TABLE c (id int);\n-- migrate:down\nDROP TABLE c;\n",
            )],
        ],
        others: no_others,
        migrate: |tools| {
            command(
                tools.join("node_modules/.bin/dbmate"),
                &[
                    "--migrations-dir",
                    "migrations",
                    "--no-dump-schema",
                    "migrate",
                ],
            )
        },
        revert: Some(|tools| {
            command(
                tools.join("node_modules/.bin/dbmate"),
                &[
                    "--migrations-dir",
                    "migrations",
                    "--no-dump-schema",
                    "rollback",
                ],
            )
        }),
    }
}

#[test]
fn dbmate_hands_over() {
    peer().hands_over();
}

#[test]
fn dbmate_is_told_from_the_beginning() {
    peer().is_told_from_the_beginning();
}

#[test]
fn dbmate_does_again_what_was_taken_back() {
    peer().does_again_what_was_taken_back();
}

#[test]
fn dbmate_goes_back_and_limbeck_notices() {
    peer().goes_back();
}
