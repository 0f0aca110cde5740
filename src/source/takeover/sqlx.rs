//! sqlx: `20250101000000_name.sql`, or `.up.sql` and `.down.sql` for each.
//!
//! A file runs in a transaction unless its first line begins with `-- no-transaction`.

use sha2::{Digest, Sha384};

use super::golang_migrate::up_and_down;
use super::line::{Draft, Way, digits, direction};
use super::recognise::Claim;
use super::sending::Sending;
use super::tree::{Part, Tree};
use super::{Bodies, Step, Takeover, ToolFormat};
use crate::declaration::Tool;
use crate::source::error::SourceError;
use crate::source::hex;

const NO_TRANSACTION: &str = "-- no-transaction";
/// `sqlx migrate add` writes the time to the second, unless it is told to count.
const WRITTEN: usize = 14;

pub(super) struct Sqlx;

impl ToolFormat for Sqlx {
    fn claim(&self, tree: &Tree) -> Option<Claim> {
        let ours = || {
            tree.top()
                .filter_map(|(file, name)| Some((file, parts(name)?.0)))
        };
        if ours().any(|(file, _)| file.plain().starts_with(NO_TRANSACTION)) {
            return Some(Claim::Marked);
        }
        // What sqlx counts is as others count, and then only a manifest tells.
        let mut widths = ours().map(|(_, number)| number.len());
        widths.any(|width| width == WRITTEN).then_some(Claim::Named)
    }

    fn drafts(&self, _: &Takeover, tree: &Tree, errors: &mut Vec<SourceError>) -> Vec<Draft> {
        let mut drafts = up_and_down(Tool::Sqlx, tree, errors, parts);
        for draft in &mut drafts {
            draft.name = draft.title.replace('_', " ");
        }
        drafts
    }

    fn bodies(&self, step: &Step) -> Bodies {
        let sending = |part: &Part| match part.plain().starts_with(NO_TRANSACTION) {
            true => Sending::Outside,
            false => Sending::Wrapped,
        };
        step.two_files(sending)
    }

    fn checksum(&self, step: &Step) -> Option<String> {
        let digest = Sha384::digest(step.draft.up.text.written().as_bytes());
        Some(hex(&digest))
    }

    fn table(&self) -> &'static str {
        "_sqlx_migrations"
    }
}

fn parts(name: &str) -> Option<(&str, &str, Way)> {
    let stem = name.strip_suffix(".sql")?;
    let (number, rest) = digits(stem)?;
    let (title, way) = direction(rest.strip_prefix('_')?);
    Some((number, title, way.unwrap_or(Way::Up)))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::testing::folder;
    use super::*;

    #[test]
    fn simple_and_reversible_migrations_are_read() {
        let folder = folder(&[
            (
                "m/20250101000000_create_users.sql",
                "CREATE TABLE users (id int);\n",
            ),
            (
                "m/20250102000000_add_index.up.sql",
                "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON users (id);\n",
            ),
            ("m/20250102000000_add_index.down.sql", "DROP INDEX i;"),
            (
                "m/20250103000000_two.sql",
                "-- no-transaction\nSELECT 1; SELECT 2;",
            ),
            ("m/20250104000000_wrong.sql", "SELECT 1;\nVACUUM;"),
            ("m/notes.sql", ""),
        ]);
        assert_snapshot!(folder.read(), @r"
         > 20250101000000 @m sqlx, create users: [1:CREATE TABLE users (id int)] / none
        20250101000000 > 20250102000000 sqlx, add index: (2:CREATE INDEX CONCURRENTLY i ON users (id)) / [1:DROP INDEX i]
        20250102000000 > 20250103000000 sqlx, two: [2:SELECT 1; 2:SELECT 2] / none
        20250103000000 > 20250104000000 sqlx, wrong: m/20250104000000_wrong.sql:2: VACUUM cannot run inside a transaction, in which sqlx runs it; write `-- no-transaction` on the first line of the file
        ");
        let legacy = folder.legacies(folder.source());
        assert_eq!(legacy[0].version, "20250101000000");
        assert_eq!(legacy[0].name, "create users");
        // Of `sha384sum`.
        assert_eq!(
            legacy[0].checksum.as_deref(),
            Some(
                "6337697883ead93bde2c64aa4c89983e494facc84418dc07c69854725a0401e9abccd1b1a56f06b2871d89dd25d29d40"
            )
        );
    }

    #[test]
    fn a_checksum_is_made_of_what_was_written() {
        let folder = folder(&[(
            "m/20250101000000_a.sql",
            "-- no-transaction\r\nSELECT 1;\r\n",
        )]);
        let written = hex(&Sha384::digest(b"-- no-transaction\r\nSELECT 1;\r\n"));
        let legacy = &folder.legacies(folder.source())[0];
        assert_eq!(legacy.checksum, Some(written));
    }
}
