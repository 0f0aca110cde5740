//! History taken over: folders of other tools with the tables that these tools would have left.
//!
//! Each table is made as its tool makes it; what is in it was written for these tests.

mod detect;
mod drizzle;
mod golang_migrate;
mod numbered;
mod others;
mod several;
mod wrong;

use crate::support::limbeck::Project;
use crate::support::{Database, project};

/// A project whose revisions are in the folder `migrations`, with more lines for its `[[source]]`.
fn source(database: &Database, more: &str, files: &[(&str, &str)]) -> Project {
    let config = format!("[[source]]\npath = \"migrations\"\n{more}");
    let project = project().database(database).file("limbeck.toml", config);
    files.iter().fold(project, |project, (name, text)| {
        project.file(&format!("migrations/{name}"), text)
    })
}

/// What the ledger has of each revision: when it was done, in UTC, where that was not today.
fn ledger(database: &Database) -> Vec<String> {
    database.rows(
        "SELECT concat_ws(' ', revision, direction, applied, CASE WHEN done_at < now() - interval \
         '1 day' THEN to_char(done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') ELSE 'now' \
         END) FROM limbeck_ledger ORDER BY id",
    )
}
