//! Drizzle, with its command `drizzle-kit migrate`: the journal up to 0.4x, and the folders of 1.0.

use std::path::Path;
use std::process::Command;

use super::{Peer, command};

const FIRST: &str = "CREATE TABLE a (id int);\n--> statement-breakpoint\nCREATE TABLE a2 (id int);";
const SECOND: &str = "CREATE TABLE b (id int);\r\n";
const THIRD: &str = "CREATE TABLE c (note text DEFAULT 'ä');\n";

/// It looks for the driver where the project is.
const CONFIG: &str = "module.exports = { dialect: 'postgresql', out: './migrations', \
                      dbCredentials: { url: process.env.DATABASE_URL } };\n";

fn of_journal() -> Peer {
    Peer {
        format: "drizzle",
        table: "drizzle.__drizzle_migrations",
        columns: "created_at, hash",
        migrations: [
            vec![("migrations/0000_the_first.sql", FIRST)],
            vec![("migrations/0001_second.sql", SECOND)],
            vec![("migrations/0002_third.sql", THIRD)],
        ],
        others: |count| {
            let tags = ["0000_the_first", "0001_second", "0002_third"];
            let entries: Vec<String> = tags[..count]
                .iter()
                .zip(0..)
                .map(|(tag, at)| {
                    let when = 1_736_935_200_123_i64 + at;
                    format!(
                        "{{\"idx\":{at},\"version\":\"7\",\"when\":{when},\"tag\":\"{tag}\",\
                         \"breakpoints\":true}}"
                    )
                })
                .collect();
            let journal = format!(
                "{{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{}]}}",
                entries.join(",")
            );
            vec![
                ("migrations/meta/_journal.json", journal),
                ("drizzle.config.cjs", CONFIG.to_owned()),
            ]
        },
        migrate: |tools| drizzle(tools),
        revert: None,
    }
}

fn of_folders() -> Peer {
    Peer {
        columns: "created_at, hash, name",
        migrations: [
            vec![("migrations/20250101000000_the_first/migration.sql", FIRST)],
            vec![("migrations/20250102000000_second/migration.sql", SECOND)],
            vec![("migrations/20250103000001_third/migration.sql", THIRD)],
        ],
        others: |_| vec![("drizzle.config.cjs", CONFIG.to_owned())],
        migrate: |tools| drizzle(&tools.join("drizzle-1")),
        ..of_journal()
    }
}

fn drizzle(packages: &Path) -> Command {
    let packages = packages.join("node_modules");
    let arguments = ["migrate", "--config", "drizzle.config.cjs"];
    let mut command = command(packages.join(".bin/drizzle-kit"), &arguments);
    command.env("NODE_PATH", packages);
    command
}

#[test]
fn drizzle_with_a_journal_hands_over() {
    of_journal().hands_over();
}

#[test]
fn drizzle_with_a_journal_is_told_from_the_beginning() {
    of_journal().is_told_from_the_beginning();
}

#[test]
fn drizzle_with_a_journal_does_again_what_was_taken_back() {
    of_journal().does_again_what_was_taken_back();
}

#[test]
fn drizzle_with_folders_hands_over() {
    of_folders().hands_over();
}

#[test]
fn drizzle_with_folders_is_told_from_the_beginning() {
    of_folders().is_told_from_the_beginning();
}

#[test]
fn drizzle_with_folders_does_again_what_was_taken_back() {
    of_folders().does_again_what_was_taken_back();
}
