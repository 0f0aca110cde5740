//! diesel, with its command `diesel migration run`.

use super::{Peer, command, no_others};

fn peer() -> Peer {
    Peer {
        format: "diesel",
        table: "__diesel_schema_migrations",
        columns: "version",
        migrations: [
            vec![
                (
                    "migrations/2025-01-01-000000_the_first/up.sql",
                    "CREATE TABLE a (id int, note text DEFAULT 'ä; --');\n",
                ),
                (
                    "migrations/2025-01-01-000000_the_first/down.sql",
                    "DROP TABLE a;",
                ),
            ],
            vec![
                (
                    "migrations/2025-01-02-000000_second/up.sql",
                    "CREATE TABLE b (id int);\r\nCREATE INDEX b_id ON b (id);\r\n",
                ),
                (
                    "migrations/2025-01-02-000000_second/down.sql",
                    "DROP TABLE b;",
                ),
            ],
            vec![
                (
                    "migrations/2025-01-03-000000-0000_third/up.sql",
                    "CREATE TABLE c (id int);",
                ),
                (
                    "migrations/2025-01-03-000000-0000_third/down.sql",
                    "DROP TABLE c;",
                ),
            ],
        ],
        others: no_others,
        migrate: |tools| command(tools.join("bin/diesel"), &["migration", "run"]),
        revert: Some(|tools| command(tools.join("bin/diesel"), &["migration", "revert"])),
    }
}

#[test]
fn diesel_hands_over() {
    peer().hands_over();
}

#[test]
fn diesel_is_told_from_the_beginning() {
    peer().is_told_from_the_beginning();
}

#[test]
fn diesel_does_again_what_was_taken_back() {
    peer().does_again_what_was_taken_back();
}

#[test]
fn diesel_goes_back_and_limbeck_notices() {
    peer().goes_back();
}
