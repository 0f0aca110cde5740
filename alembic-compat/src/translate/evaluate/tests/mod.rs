//! Scripts, and what they do or why they are refused.

mod database;
mod language;
mod operations;
mod project;
mod show;
mod statements;

use crate::translate::{Direction, Settings, Untranslated};

use super::{Library, Source, evaluate};
use crate::translate::value::Action;

/// What every script begins with.
const HEAD: &str = "from alembic import context, op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
";

/// Follows the upgrade of a whole file.
fn follow(source: &str, settings: &Settings) -> String {
    let library = Library::default();
    told(match Source::parse("", false, source) {
        Ok(source) => evaluate(&source, Direction::Upgrade, (settings, &library), None),
        Err(refused) => (Vec::new(), Err(refused)),
    })
}

fn told((actions, followed): (Vec<Action>, Result<(), Untranslated>)) -> String {
    match followed.map(|()| actions) {
        Ok(actions) => show::actions(&actions),
        Err(Untranslated {
            line,
            reason,
            needs_database,
        }) => {
            let asks = if needs_database {
                " (needs the database)"
            } else {
                ""
            };
            format!("{line}: {reason}{asks}")
        }
    }
}

/// Follows a script: what stands before `---` at the module's level, and the body of `upgrade()`.
#[track_caller]
fn check(script: &str, expected: &str) {
    check_with(script, &Settings::default(), expected);
}

#[track_caller]
fn check_with(script: &str, settings: &Settings, expected: &str) {
    let found = follow(&source(script), settings);
    assert_eq!(found, unindented(expected), "{script}");
}

/// Puts a script together.
fn source(script: &str) -> String {
    let script = unindented(script);
    let (module, body) = match script.split_once("---\n") {
        Some((module, body)) => (module, body),
        None => ("", script.as_str()),
    };
    let mut source = format!("{HEAD}{module}def upgrade():\n");
    for line in body.lines() {
        source.push_str("    ");
        source.push_str(line);
        source.push('\n');
    }
    source
}

/// Takes the white space away with which a test indents its texts.
fn unindented(text: &str) -> String {
    let text = text.trim_matches('\n').trim_end();
    let margin = text.lines().filter(|line| !line.trim().is_empty());
    let margin = margin
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let lines = text
        .lines()
        .map(|line| line.get(margin..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}
