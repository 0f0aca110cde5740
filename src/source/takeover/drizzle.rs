//! Drizzle: up to 0.4x a journal, `meta/_journal.json`, that names the files in their order; from 1.0
//! on a folder for each migration, `20250101000000_name/migration.sql`.
//!
//! A file is sent piece by piece, as `--> statement-breakpoint` divides it, in one transaction. There
//! is no way back. Files that the journal does not name are none of Drizzle's either.

use chrono::NaiveDateTime;
use serde::Deserialize;

use super::line::{Draft, Order, digits};
use super::recognise::Claim;
use super::sending::of_messages;
use super::tree::{File, Tree};
use super::{Bodies, Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::{Body, Segment};
use crate::source::checksum;
use crate::source::error::SourceError;
use crate::source::sql::Fault;
use crate::sql::split::split;

const BREAKPOINT: &str = "--> statement-breakpoint";
const JOURNALS: [&str; 2] = ["meta/_journal.json", "_meta/_journal.json"];
const MIGRATION: &str = "migration.sql";
/// The digits of the time that a folder's name begins with.
const TIME: usize = 14;

pub(super) struct Drizzle;

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    tag: String,
    when: i64,
}

impl ToolFormat for Drizzle {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let is_ours = journal(tree).is_some() || folders(tree).next().is_some();
        is_ours.then_some(Claim::Marked)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        match journal(tree) {
            Some(file) => {
                let entries = match entries(file) {
                    Ok(entries) => entries,
                    Err(error) => {
                        errors.push(error);
                        return Vec::new();
                    }
                };
                of_journal(file, entries, tree, errors)
            }
            None => folders(tree)
                .map(|(folder, file)| {
                    let (time, title) = folder.split_once('_').unwrap_or((folder, ""));
                    Draft {
                        order: Some(Order::text(folder)),
                        number: time.to_owned(),
                        title: title.to_owned(),
                        version: folder.to_owned(),
                        name: folder.to_owned(),
                        when: milliseconds(time),
                        ..Draft::of(file, errors)
                    }
                })
                .collect(),
        }
    }

    fn bodies(&self, step: &Step) -> Bodies {
        let part = &step.draft.up;
        let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
        Bodies {
            up: pieces(part.plain()).map(Body::Sql).map_err(at),
            down: Ok(Body::Absent),
        }
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        Some(checksum(step.draft.up.text.written()))
    }

    fn table(&self) -> &'static str {
        "drizzle.__drizzle_migrations"
    }
}

/// Takes a file apart as it is sent.
fn pieces(text: &str) -> Result<Vec<Segment>, Fault> {
    let mut messages = Vec::new();
    let mut line = 1;
    for piece in text.split(BREAKPOINT) {
        messages.push(split(piece, line).map_err(split_fault)?);
        let ends = piece.matches('\n').count();
        line += u32::try_from(ends).unwrap_or(u32::MAX);
    }
    of_messages(messages, true, Tool::Drizzle)
}

fn journal(tree: &Tree) -> Option<&File> {
    JOURNALS.iter().find_map(|name| tree.get(name))
}

/// The folders that hold a migration.
fn folders(tree: &Tree) -> impl Iterator<Item = (&str, &File)> {
    tree.folders().filter_map(|(folder, files)| {
        let (time, rest) = digits(folder)?;
        let is_ours = time.len() == TIME && (rest.is_empty() || rest.starts_with('_'));
        let file = files.iter().find(|file| file.split().1 == MIGRATION)?;
        is_ours.then_some((folder, file))
    })
}

/// The time that stands in the table for a folder.
fn milliseconds(time: &str) -> Option<i64> {
    let time = NaiveDateTime::parse_from_str(time, "%Y%m%d%H%M%S").ok()?;
    Some(time.and_utc().timestamp_millis())
}

fn entries(file: &File) -> Result<Vec<Entry>, SourceError> {
    let part = file.part()?;
    let journal: Journal = serde_json::from_str(part.plain()).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
        let message = error.to_string();
        SourceError::new(
            &file.path,
            line,
            TakeoverProblem::Journal { message }.into(),
        )
    })?;
    Ok(journal.entries)
}

fn of_journal(
    journal: &File,
    entries: Vec<Entry>,
    tree: &Tree,
    errors: &mut Vec<SourceError>,
) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (place, Entry { tag, when }) in entries.into_iter().enumerate() {
        let lines = || journal.plain().lines().zip(1..);
        let named = || lines().filter(|(line, _)| line.contains(&format!("\"{tag}\"")));
        let Some(file) = tree.get(&format!("{tag}.sql")) else {
            let line = named().next().map_or(0, |(_, line)| line);
            let problem = TakeoverProblem::Missing { tag };
            errors.push(SourceError::new(&journal.path, line, problem.into()));
            continue;
        };
        if drafts.iter().any(|draft| draft.name == tag) {
            let line = named().last().map_or(0, |(_, line)| line);
            let message = format!("it names `{tag}` twice");
            let problem = TakeoverProblem::Journal { message };
            errors.push(SourceError::new(&journal.path, line, problem.into()));
            continue;
        }
        let (number, title) = digits(&tag).unwrap_or(("", &tag));
        drafts.push(Draft {
            order: Some(Order::number(place as u128)),
            number: number.to_owned(),
            title: title.trim_start_matches('_').to_owned(),
            version: when.to_string(),
            name: tag.clone(),
            when: Some(when),
            ..Draft::of(file, errors)
        });
    }
    drafts
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    const JOURNAL: &str = r#"{"version": "7", "dialect": "postgresql", "entries": [
        {"idx": 0, "version": "7", "when": 1736935200000, "tag": "0000_marvelous_nuke", "breakpoints": true},
        {"idx": 2, "version": "7", "when": 1736935300000, "tag": "0002_tense_fisk", "breakpoints": true},
        {"idx": 3, "version": "7", "when": 1736935400000, "tag": "0002_other", "breakpoints": true}
    ]}"#;

    #[test]
    fn the_journal_has_the_order() {
        let folder = folder(&[
            ("m/meta/_journal.json", JOURNAL),
            ("m/meta/0000_snapshot.json", "{"),
            (
                "m/0000_marvelous_nuke.sql",
                "CREATE TABLE \"a\" ();--> statement-breakpoint\nCREATE TABLE \"b\" ();\n",
            ),
            (
                "m/0002_tense_fisk.sql",
                "ALTER TABLE a ADD x int;--> statement-breakpoint\nCOMMIT;--> statement-breakpoint\n\
                 CREATE INDEX CONCURRENTLY i ON a (x);--> statement-breakpoint\n\nSELECT 1;\n",
            ),
            (
                "m/0002_other.sql",
                "SELECT 1;\nSELECT '--> statement-breakpoint",
            ),
            ("m/0009_not_in_the_journal.sql", "SELECT 'stray'"),
        ]);
        assert_snapshot!(folder.read(), @r#"
         > 0000 @m drizzle, marvelous nuke: [1:CREATE TABLE "a" (); 2:CREATE TABLE "b" ()] / none
        0000 > 0002 drizzle, tense fisk: [1:ALTER TABLE a ADD x int] (3:CREATE INDEX CONCURRENTLY i ON a (x); 5:SELECT 1) / none
        0002 > 0002_other drizzle, other: m/0002_other.sql:2: the string that begins here has no end;
        "#);
        let legacy = &folder.legacies(folder.source())[0];
        assert_eq!(
            (legacy.when, legacy.name.as_str()),
            (Some(1_736_935_200_000), "0000_marvelous_nuke")
        );
        assert_eq!(legacy.checksum.as_ref().map(String::len), Some(64));
    }

    #[test]
    fn a_folder_for_each_migration_needs_no_journal() {
        let folder = folder(&[
            ("m/20250101000000_first/migration.sql", "SELECT 1"),
            ("m/20250101000000_first/snapshot.json", "{}"),
            ("m/20250101000000_also/migration.sql", "SELECT 2;\nVACUUM;"),
            ("m/20250102000000_only_snapshot/snapshot.json", "{}"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 20250101000000 @m drizzle, also: m/20250101000000_also/migration.sql:2: VACUUM cannot run inside a transaction, in which drizzle runs it; write `COMMIT;` and `--> statement-breakpoint` above it, and a breakpoint below it
        20250101000000 > 20250101000000_first drizzle, first: [1:SELECT 1] / none
        ");
    }

    #[test]
    fn a_broken_journal_is_refused() {
        let journal = |text: &str| folder(&[("m/meta/_journal.json", text)]).read();
        assert_snapshot!(journal(JOURNAL), @r"
        m/meta/_journal.json:2: the journal names `0000_marvelous_nuke`, and there is no file `0000_marvelous_nuke.sql`
          restore the file, or take its entry out of the journal
        m/meta/_journal.json:3: the journal names `0002_tense_fisk`, and there is no file `0002_tense_fisk.sql`
          restore the file, or take its entry out of the journal
        m/meta/_journal.json:4: the journal names `0002_other`, and there is no file `0002_other.sql`
          restore the file, or take its entry out of the journal
        ");
        assert_snapshot!(journal("{\n\"entries\": [}"), @"m/meta/_journal.json:2: this is no journal of Drizzle: expected value at line 2 column 13");
        assert_snapshot!(journal("{\"version\": \"7\"}"), @"m/meta/_journal.json:1: this is no journal of Drizzle: missing field `entries` at line 1 column 16");
        let folder = folder(&[
            (
                "m/meta/_journal.json",
                r#"{"entries":[{"tag":"a","when":1},{"tag":"a","when":2}]}"#,
            ),
            ("m/a.sql", "SELECT 1"),
        ]);
        assert_snapshot!(folder.read(), @r"
         > a @m drizzle, a: [1:SELECT 1] / none
        m/meta/_journal.json:1: this is no journal of Drizzle: it names `a` twice
        ");
    }
}
