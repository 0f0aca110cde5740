//! diesel: a folder for each migration, with `up.sql`, `down.sql` and perhaps `metadata.toml`.
//!
//! The version is what stands before the first `_`, without dashes; versions are compared as texts.
//! A file is sent whole, in a transaction unless the metadata say otherwise.

use std::path::Path;

use super::line::{Draft, Order};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{File, Tree};
use super::{Step, Takeover, TakeoverProblem, ToolFormat};
use crate::script::Body;
use crate::source::error::SourceError;

const UP: &str = "up.sql";
const DOWN: &str = "down.sql";
const METADATA: &str = "metadata.toml";

pub(super) struct Diesel;

impl ToolFormat for Diesel {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let mut folders = tree.folders();
        folders
            .any(|(_, files)| own(files, UP).is_some())
            .then_some(Claim::Marked)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (folder, files) in tree.folders() {
            let down = own(files, DOWN);
            let Some(up) = own(files, UP) else {
                if let Some(down) = down {
                    let problem = TakeoverProblem::DownWithoutUp.into();
                    errors.push(SourceError::new(&down.path, 0, problem));
                }
                continue;
            };
            let (version, title) = folder.split_once('_').unwrap_or((folder, ""));
            let version = version.replace('-', "");
            let mut draft = Draft {
                order: Some(Order::text(&version)),
                number: version.clone(),
                title: title.to_owned(),
                version,
                name: folder.to_owned(),
                ..Draft::of(up, errors)
            };
            if let Some(down) = down {
                draft.lead_down(down, errors);
            }
            if let Some(metadata) = own(files, METADATA) {
                match in_transaction(metadata) {
                    Ok(transaction) => draft.transaction = Some(transaction),
                    Err(error) => errors.push(error),
                }
            }
            drafts.push(draft);
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Result<(Body, Body), SourceError> {
        let sending = match step.draft.transaction {
            Some(false) => Sending::Outside,
            Some(true) | None => Sending::Wrapped,
        };
        step.two_files(|_| sending)
    }

    fn table(&self) -> &'static str {
        "__diesel_schema_migrations"
    }
}

fn own<'t>(files: &'t [File], name: &str) -> Option<&'t File> {
    files.iter().find(|file| file.split().1 == name)
}

/// As diesel reads it, a file that does not say is one that says no.
fn in_transaction(metadata: &File) -> Result<bool, SourceError> {
    let part = metadata.part()?;
    let table: toml::Table = part.plain().parse().map_err(|error: toml::de::Error| {
        settings(&metadata.path, error.message().to_owned())
    })?;
    match table.get("run_in_transaction") {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| {
            let message = "`run_in_transaction` takes true or false".to_owned();
            settings(&metadata.path, message)
        }),
    }
}

fn settings(path: &Path, message: String) -> SourceError {
    SourceError::new(path, 0, TakeoverProblem::Settings { message }.into())
}
