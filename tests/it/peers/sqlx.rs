//! sqlx, with its command `sqlx migrate`.

use super::{Peer, command, no_others};

fn peer() -> Peer {
    Peer {
        format: "sqlx",
        table: "_sqlx_migrations",
        columns: "version, description, success, checksum",
        migrations: [
            vec![
                (
                    "migrations/20250101000000_the_first.up.sql",
                    "CREATE TABLE a (id int, note text DEFAULT 'ä; --');\n",
                ),
                (
                    "migrations/20250101000000_the_first.down.sql",
                    "DROP TABLE a;",
                ),
            ],
            vec![
                (
                    "migrations/20250102000000_second.up.sql",
                    "CREATE TABLE b (id int);\r\nCREATE INDEX b_id ON b (id);\r\n",
                ),
                ("migrations/20250102000000_second.down.sql", "DROP TABLE b;"),
            ],
            vec![
                (
                    "migrations/20250103000000_third.up.sql",
                    "-- no-transaction\nCREATE TABLE c (id int);",
                ),
                (
                    "migrations/20250103000000_third.down.sql",
                    "-- no-transaction\nDROP TABLE c;",
                ),
            ],
        ],
        others: no_others,
        migrate: |tools| command(tools.join("bin/sqlx"), &["migrate", "run"]),
        revert: Some(|tools| command(tools.join("bin/sqlx"), &["migrate", "revert"])),
    }
}

#[test]
fn sqlx_hands_over() {
    peer().hands_over();
}

#[test]
fn sqlx_is_told_from_the_beginning() {
    peer().is_told_from_the_beginning();
}

#[test]
fn sqlx_does_again_what_was_taken_back() {
    peer().does_again_what_was_taken_back();
}

#[test]
fn sqlx_goes_back_and_limbeck_notices() {
    peer().goes_back();
}
