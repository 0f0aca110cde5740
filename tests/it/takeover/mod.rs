//! Folders of other migration tools, in place: what each holds is applied and taken back on a real
//! server, under the same planner, ledger and lock as limbeck's own revisions.
//!
//! The folders are laid out as the tools' users have them; every file of them was written for these
//! tests.

mod dbmate;
mod diesel;
mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod late;
mod mirror;
mod mixed;
mod node_pg_migrate;
mod numbered;
mod refinery;
mod repeat;
mod rollbacks;
mod sqlx;
mod wrong;

use crate::support::limbeck::Project;
use crate::support::{Database, project};

/// A project whose revisions are all in the folder `migrations` of another tool, which is named in
/// `limbeck.toml` and not said to be any tool's.
fn legacy(database: &Database, files: &[(&str, &str)]) -> Project {
    legacy_with(database, "", files)
}

/// As [`legacy`], with more lines for its `[[source]]`.
fn legacy_with(database: &Database, more: &str, files: &[(&str, &str)]) -> Project {
    let config = format!("[[source]]\npath = \"migrations\"\n{more}");
    let project = project().database(database).file("limbeck.toml", config);
    files.iter().fold(project, |project, (name, text)| {
        project.file(&format!("migrations/{name}"), text)
    })
}

/// The tables of a database that are not limbeck's, in the schema `public`.
fn tables(database: &Database) -> Vec<String> {
    let tables = database.tables().into_iter();
    let names = tables.filter_map(|name| Some(name.strip_prefix("public.")?.to_owned()));
    let own = |name: &String| !name.starts_with("limbeck_") && name != "alembic_version";
    names.filter(own).collect()
}
