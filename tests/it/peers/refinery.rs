//! refinery, with its command `refinery migrate`.

use super::{Peer, command, no_others};

fn peer() -> Peer {
    Peer {
        format: "refinery",
        table: "refinery_schema_history",
        columns: "version, name, checksum",
        migrations: [
            vec![(
                "migrations/V1__the_first.sql",
                "CREATE TABLE a (id int, note text DEFAULT 'ä; --');\n",
            )],
            vec![(
                "migrations/V2__second.sql",
                "CREATE TABLE b (id int);\r\nCREATE INDEX b_id ON b (id);\r\n",
            )],
            vec![("migrations/V3__third.sql", "CREATE TABLE c (id int);")],
        ],
        others: no_others,
        migrate: |tools| {
            command(
                tools.join("bin/refinery"),
                &["migrate", "-e", "DATABASE_URL", "-p", "migrations"],
            )
        },
        revert: None,
    }
}

#[test]
fn refinery_hands_over() {
    peer().hands_over();
}

#[test]
fn refinery_is_told_from_the_beginning() {
    peer().is_told_from_the_beginning();
}

#[test]
fn refinery_does_again_what_was_taken_back() {
    peer().does_again_what_was_taken_back();
}
