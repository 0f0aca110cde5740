//! History taken over: what the table of another tool says of the revisions in its folder.
//!
//! Reads only. [`read`] reads the table of each folder's tool; [`settle`] compares its rows with the
//! files and says of each revision whether it is applied, pending, or for a person to decide. Where no
//! table says so, the schema may: which revisions make the same one is found out elsewhere. What is
//! settled is carried out as a stamp.

mod compare;
mod seen;
mod settle;
mod shared;
mod table;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};

use crate::declaration::Tool;
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::source::Legacy;
use crate::tracking::Row;

pub use settle::{Known, Marks, news, settle, standing, targets};
pub use shared::contested;
pub use table::{read, read_mirrored, unread};

/// A place in the graph where the database may stand, and how far its schema is from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The heads there.
    pub heads: Heads,
    /// The revision that leads to it; none where nothing was run.
    pub last: Option<RevisionId>,
    /// How many objects differ.
    pub different: usize,
}

/// A folder of another tool, and what the tool's table has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tracked {
    /// The label of its line.
    pub label: String,
    /// The folder.
    pub folder: PathBuf,
    /// The tool.
    pub tool: Tool,
    /// The table with its schema; none where there is none.
    pub table: Option<String>,
    /// The schema and the name of that table.
    pub path: Option<(String, String)>,
    /// The table's name as it was looked for.
    pub wanted: String,
    /// Its rows, in the order in which they were written where that is known.
    pub rows: Vec<Row>,
    /// The revisions of the folder, oldest first.
    pub revisions: Vec<(RevisionId, Legacy)>,
    /// Where the database may stand by its schema, which then counts instead of the table.
    pub places: Option<Vec<Place>>,
}

/// What is to become of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is applied.
    Applied,
    /// It is yet to run.
    Pending,
    /// A person decides.
    Conflict,
}

impl State {
    /// Returns its name for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Conflict => "conflict",
        }
    }
}

/// What was found out about a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What is to become of it.
    pub state: State,
    /// When the tool applied it, where its table says so.
    pub applied_at: Option<DateTime<FixedOffset>>,
    /// Why; empty where a row and its file say the same.
    pub reason: String,
    /// Whether it is the tool that is to be told what became of it.
    pub is_untold: bool,
}

impl Verdict {
    fn new(state: State, reason: impl Into<String>) -> Self {
        Self {
            state,
            applied_at: None,
            reason: reason.into(),
            is_untold: false,
        }
    }
}

/// A folder with what is to become of its revisions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Taken {
    /// The folder and its table.
    pub source: Tracked,
    /// One for each of its revisions.
    pub verdicts: Vec<Verdict>,
    /// The keys of rows that no file has.
    pub rows_without_file: Vec<String>,
    /// The labels of folders from which the table does not tell it apart.
    pub rivals: BTreeSet<String>,
}

impl Taken {
    /// Returns each revision with what is to become of it, oldest first.
    pub fn revisions(&self) -> impl Iterator<Item = (&RevisionId, &Verdict)> {
        let ids = self.source.revisions.iter().map(|(id, _)| id);
        ids.zip(&self.verdicts)
    }

    /// Returns whether the tool left something half-done.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.source.rows.iter().any(|row| row.is_dirty)
    }
}
