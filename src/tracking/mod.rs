//! The tables in which other migration tools keep what is applied: found, read, and kept in step.
//!
//! [`find`] tells by a table's columns whether it is a tool's, [`rows`] reads what it has, and a
//! [`Mirror`] holds what a run writes to it, as the tool itself would.

mod keep;
mod make;
mod mirror;
mod shape;
mod table;

use chrono::{DateTime, FixedOffset};

use crate::database::session::SessionError;
use crate::declaration::Tool;
use crate::id::RevisionId;
use crate::source::Legacy;

pub use mirror::{Change, Maker, Mirror, Occasion, Way, look, offline};
pub use table::{Table, all, find, rows};

/// Why a tool's table cannot be taken over, or cannot be kept in step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackingError {
    /// Occurs when a table is not as its tool makes it.
    #[error("`{table}` is not as the table of the format `{tool}` is: {reason}")]
    Shape {
        /// The table.
        table: String,
        /// The tool whose folder it is read for.
        tool: Tool,
        /// The label of the folder.
        label: String,
        /// What is wrong with it.
        reason: String,
        /// The tools that make such a table.
        looks_like: Vec<Tool>,
    },
    /// Occurs when a table to keep in step is missing, and how its program makes it is not known.
    #[error("there is no table `{table}` to keep in step, and a program of your own makes it")]
    Missing {
        /// The table as it was looked for.
        table: String,
        /// The label of the folder.
        label: String,
    },
    /// Occurs when the schema of a table to keep in step does not exist.
    #[error("there is no schema for the table `{table}`, which is to be kept in step")]
    NoSchema {
        /// The table as it was looked for.
        table: String,
    },
    /// Occurs when the role may not write to a table that is to be kept in step.
    #[error("no right to write to `{table}`, which is to be kept in step")]
    Rights {
        /// The table.
        table: String,
    },
    /// Occurs when the tool left something half-done.
    #[error("`{table}` is dirty: {tool} stopped half-way at version {version}")]
    Dirty {
        /// The table.
        table: String,
        /// The tool.
        tool: Tool,
        /// The version as the table has it.
        version: String,
    },
    /// Occurs when the tool has applied a revision of which limbeck does not know.
    #[error("`{table}` has `{version}` already: {tool} applied revision `{revision}`")]
    Ahead {
        /// The table.
        table: String,
        /// The tool.
        tool: Tool,
        /// The revision that was to run.
        revision: RevisionId,
        /// What the table has of it.
        version: String,
    },
    /// Occurs when the table has nothing of a revision that is applied.
    #[error("`{table}` has nothing of revision `{revision}`, which is applied here")]
    Behind {
        /// The table.
        table: String,
        /// The revision.
        revision: RevisionId,
    },
    /// Occurs when two folders have a table of which only one can be kept in step.
    #[error("`{table}` cannot be kept in step with two folders, `{first}` and `{second}`")]
    Shared {
        /// The table.
        table: String,
        /// The label of one folder.
        first: String,
        /// The label of the other one.
        second: String,
    },
    /// Occurs when a script is to be written, and only the database knows what a table looks like.
    #[error("the rows for `{table}` cannot be written into a script: its columns are not known")]
    Offline {
        /// The table.
        table: String,
        /// The label of the folder.
        label: String,
    },
    /// Occurs when the server fails.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// A row of a tool's table, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What the tool tells migrations apart by.
    pub key: String,
    /// What it calls the migration beside that.
    pub name: Option<String>,
    /// When it was applied.
    pub applied_at: Option<DateTime<FixedOffset>>,
    /// The checksum of the file that was applied.
    pub checksum: Option<String>,
    /// Whether it was left half-done.
    pub is_dirty: bool,
}

impl Row {
    /// Tells whether the row is that of a migration, for tools with a row for each.
    #[must_use]
    pub fn is_of(&self, legacy: &Legacy) -> bool {
        let same = |a: &str, b: &str| match (a.parse::<u128>(), b.parse::<u128>()) {
            (Ok(a), Ok(b)) => a == b,
            _ => a == b,
        };
        match legacy.tool {
            // The name with its ending, the name without it, or the number alone.
            Tool::Numbered | Tool::Rollbacks => {
                let number = legacy.number();
                self.key == legacy.version
                    || self.key == legacy.name
                    || !number.is_empty() && same(&self.key, number)
            }
            Tool::Drizzle => {
                let named = self.name.as_deref() == Some(&legacy.name);
                let timed = || {
                    let time = legacy.when.map(|time| time.to_string());
                    self.name.is_none() && time.as_ref() == Some(&self.key)
                };
                named || timed()
            }
            // What has no version is told apart by its description.
            Tool::Flyway if legacy.version.is_empty() => {
                self.key.is_empty() && self.name.as_deref() == Some(&legacy.name)
            }
            // Leading zeros count in these.
            Tool::Dbmate | Tool::Diesel | Tool::Flyway | Tool::NodePgMigrate => {
                self.key == legacy.version
            }
            _ => same(&self.key, &legacy.version),
        }
    }
}
