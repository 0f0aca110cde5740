//! Schemas of live databases: read, compared, written down as a baseline and found again.

mod baseline;
mod changes;
mod commands;
mod found;
mod loads;

use std::io::Write;
use std::process::{Command, Stdio};

use regex::Regex;

use crate::support::{Database, Output, Server};

/// One of each kind of object.
const EVERYTHING: &str = include_str!("everything.sql");
/// A name in every position.
const NAMES: &str = include_str!("names.sql");
/// What tables have from their parents.
const DESCENT: &str = include_str!("descent.sql");
/// What keeps its columns in their order.
const ORDER: &str = include_str!("order.sql");

/// The server's major version.
fn major(database: &Database) -> u32 {
    let number = database.rows("SHOW server_version_num").join("");
    number.parse::<u32>().unwrap() / 10_000
}

/// Loads a fixture: the lines for this server's version, with roles that only this database has.
fn load(database: &Database, text: &str) {
    let major = major(database);
    let is_for = |line: &str| {
        let mark = line.rsplit_once(" -- ").map_or("", |(_, mark)| mark);
        let number = |text: &str| text.parse::<u32>().ok();
        let first = mark.strip_prefix(">=").and_then(number);
        let end = mark.strip_prefix('<').and_then(number);
        first.is_none_or(|first| major >= first) && end.is_none_or(|end| major < end)
    };
    let lines = text.lines().filter(|line| is_for(line));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    for role in ["ROLE_A", "ROLE_B"] {
        if text.contains(role) {
            let name = format!("\"{role}; {}\"", database.name());
            database.execute(&format!("CREATE ROLE {name}"));
            text = text.replace(role, &name);
        }
    }
    // One statement at a time: a new value of an enum can be used only after its transaction.
    let mut psql = Command::new(Server::program("psql"))
        .args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"])
        .args(["--dbname", &database.url()])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    psql.stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = psql.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// What `pg_dump` writes of a database's schema, limbeck's own tables left out; none where the
/// installed one is older than the server that `LIMBECK_PG_BIN` names.
fn dump(database: &Database) -> Option<String> {
    let output = Command::new(Server::program("pg_dump"))
        .args(["--schema-only", "--no-owner", "--dbname", &database.url()])
        .args(["--exclude-table", "alembic_version"])
        .args(["--exclude-table", "limbeck_*"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("server version mismatch") && std::env::var_os("LIMBECK_PG_BIN").is_some() {
        return None;
    }
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    // The key of `\restrict` is random, and the order of grants is that of their making.
    let lines = text.lines().filter(|line| !line.starts_with('\\'));
    let text = lines.collect::<Vec<_>>().join("\n");
    let blocks = text.split("\n\n\n").map(|block| {
        let mut lines: Vec<_> = block.lines().collect();
        if block.contains("GRANT ") {
            lines.sort_unstable();
        }
        lines.join("\n")
    });
    Some(blocks.collect::<Vec<_>>().join("\n\n"))
}

/// What a command printed, as JSON without what differs from one version of the server to the next.
fn without_fingerprints(answer: &Output) -> String {
    let fingerprint = Regex::new(r"\b[0-9a-f]{64}\b").unwrap();
    let text = answer.stdout.trim();
    assert!(fingerprint.is_match(text), "{answer}");
    fingerprint.replace_all(text, "[FINGERPRINT]").into_owned()
}
