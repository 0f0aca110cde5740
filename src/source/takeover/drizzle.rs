//! Drizzle: up to 0.4x a journal, `meta/_journal.json`, that names the files in their order; from 1.0
//! on a folder for each migration, `20250101000000_name/migration.sql`.
//!
//! A file is sent piece by piece, as `--> statement-breakpoint` divides it, in one transaction. There
//! is no way back. Files that the journal does not name are none of Drizzle's either.

use serde::Deserialize;

use super::line::{Draft, Order, digits};
use super::recognise::Claim;
use super::sending::of_messages;
use super::tree::{File, Tree};
use super::{Step, Takeover, TakeoverProblem, ToolFormat, split_fault};
use crate::declaration::Tool;
use crate::script::Body;
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
                        ..Draft::of(file, errors)
                    }
                })
                .collect(),
        }
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        let part = &step.draft.up;
        let at = |Fault { line, problem }| SourceError::new(&part.path, line, problem);
        let mut messages = Vec::new();
        let mut line = 1;
        for piece in part.plain().split(BREAKPOINT) {
            let statements = split(piece, line).map_err(|error| at(split_fault(error)))?;
            messages.push(statements);
            let ends = piece.matches('\n').count();
            line += u32::try_from(ends).unwrap_or(u32::MAX);
        }
        let segments = of_messages(messages, true, Tool::Drizzle).map_err(at)?;
        Ok((Body::Sql(segments), Body::Absent))
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        Some(checksum(step.draft.up.text.written()))
    }

    fn table(&self) -> &'static str {
        "drizzle.__drizzle_migrations"
    }
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

fn entries(file: &File) -> Result<Vec<Entry>, SourceError> {
    let part = file.part()?;
    let journal: Journal = serde_json::from_str(part.plain()).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
        let message = error.to_string();
        SourceError::new(&file.path, line, TakeoverProblem::Journal { message }.into())
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
        let Some(file) = tree.get(&format!("{tag}.sql")) else {
            let problem = TakeoverProblem::Missing { tag };
            errors.push(SourceError::new(&journal.path, 0, problem.into()));
            continue;
        };
        if drafts.iter().any(|draft| draft.name == tag) {
            let message = format!("it names `{tag}` twice");
            let problem = TakeoverProblem::Journal { message };
            errors.push(SourceError::new(&journal.path, 0, problem.into()));
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
