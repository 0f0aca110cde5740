//! diesel: a folder for each migration, with `up.sql`, `down.sql` and perhaps `metadata.toml`.
//!
//! The version is what stands before the first `_`, without dashes; versions are compared as texts.
//! A file is sent whole, in a transaction unless the metadata say otherwise.

use std::path::Path;

use super::line::{Draft, Order};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{File, Tree};
use super::{Bodies, Step, Takeover, TakeoverProblem, ToolFormat};
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

    fn bodies(&self, step: &Step) -> Bodies {
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
    let table: toml::Table = part
        .plain()
        .parse()
        .map_err(|error: toml::de::Error| settings(&metadata.path, error.message().to_owned()))?;
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;

    #[test]
    fn each_folder_is_a_migration_and_versions_are_compared_as_texts() {
        let folder = folder(&[
            ("m/00000000000000_diesel_initial_setup/up.sql", "SELECT 0"),
            (
                "m/00000000000000_diesel_initial_setup/down.sql",
                "SELECT -0",
            ),
            (
                "m/2020-01-01-000000_users/up.sql",
                "SELECT 1;\nCOMMIT;\nSELECT 2;",
            ),
            (
                "m/2019-05-05-000000-0001_old/up.sql",
                "CREATE INDEX CONCURRENTLY i ON t (a)",
            ),
            (
                "m/2019-05-05-000000-0001_old/metadata.toml",
                "run_in_transaction = false\n",
            ),
            ("m/2021-01-01-000000_unsaid/up.sql", "VACUUM"),
            ("m/2021-01-01-000000_unsaid/metadata.toml", "# nothing\n"),
            ("m/2022-01-01-000000_says/up.sql", "VACUUM"),
            (
                "m/2022-01-01-000000_says/metadata.toml",
                "run_in_transaction = true",
            ),
            ("m/README.md", ""),
            ("m/data.sql", "SELECT 'stray'"),
            ("m/.hidden/up.sql", ""),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 00000000000000 @m diesel, diesel initial setup: [1:SELECT 0] / [1:SELECT -0]
        00000000000000 > 201905050000000001 diesel, old: (1:CREATE INDEX CONCURRENTLY i ON t (a)) / none
        201905050000000001 > 20200101000000 diesel, users: [1:SELECT 1] [3:SELECT 2] / none
        20200101000000 > 20210101000000 diesel, unsaid: (1:VACUUM) / none
        20210101000000 > 20220101000000 diesel, says: m/2022-01-01-000000_says/up.sql:1: VACUUM cannot run inside a transaction, in which diesel runs it; write `run_in_transaction = false` into the metadata.toml beside it
        ");
        let legacy = &folder.legacies(folder.source())[2];
        assert_eq!(legacy.version, "20200101000000");
        assert_eq!(legacy.table, "__diesel_schema_migrations");
    }

    #[test]
    fn what_is_beside_a_migration_must_make_sense() {
        let folder = folder(&[
            ("m/1_a/up.sql", ""),
            ("m/1_a/metadata.toml", "run_in_transaction = 'no'"),
            ("m/2_b/up.sql", ""),
            ("m/2_b/metadata.toml", "run_in"),
            ("m/3_c/down.sql", ""),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 1 @m diesel, a: nothing / none
        1 > 2 diesel, b: nothing / none
        m/1_a/metadata.toml: `run_in_transaction` takes true or false
        m/2_b/metadata.toml: key with no value, expected `=`
        m/3_c/down.sql: it leads down, and there is no file that leads up to it
          add the file that leads up, or delete this one
        ");
    }
}
