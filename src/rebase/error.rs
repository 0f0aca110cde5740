//! Why a revision keeps its parents, as data.

use crate::graph::Fault;
use crate::id::RevisionId;
use crate::source::SourceError;

/// Why a revision cannot be rebased.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RebaseError {
    /// Occurs when the new parent is the revision itself.
    #[error("revision `{revision}` cannot go onto itself")]
    Itself {
        /// The revision.
        revision: RevisionId,
    },
    /// Occurs when the new parent is above the revision.
    #[error("`{onto}` {}, so `{revision}` cannot go onto it", relation(*.by_dependency, revision))]
    Above {
        /// The revision.
        revision: RevisionId,
        /// The new parent.
        onto: RevisionId,
        /// Whether it is above because of a dependency, and not in the revision's own line.
        by_dependency: bool,
    },
    /// Occurs when a merge is rebased and any of its parents may be meant.
    #[error("`{revision}` is a merge, and it is not clear which parent `{onto}` is to replace")]
    WhichParent {
        /// The merge.
        revision: RevisionId,
        /// The new parent, or `base`.
        onto: String,
        /// The parents.
        parents: Vec<RevisionId>,
    },
    /// Occurs when a parent that is to be replaced is none.
    #[error("`{named}` is no parent of `{revision}`")]
    NoParent {
        /// The revision.
        revision: RevisionId,
        /// What was named.
        named: RevisionId,
        /// The parents.
        parents: Vec<RevisionId>,
    },
    /// Occurs when a merge would join a revision with one below it.
    #[error("`{lower}` is below `{upper}`, so `{revision}` would have nothing to join")]
    NothingToMerge {
        /// The merge.
        revision: RevisionId,
        /// The parent below.
        lower: RevisionId,
        /// The parent above.
        upper: RevisionId,
    },
    /// Occurs when a revision has no file.
    #[error("revision `{revision}` has no file")]
    NoFile {
        /// The revision.
        revision: RevisionId,
    },
    /// Occurs when the file cannot be read, rewritten or written.
    #[error(transparent)]
    File(#[from] SourceError),
    /// Occurs when the revisions would no longer be one graph.
    #[error("the revisions would no longer be one graph: {0}")]
    Fault(Box<Fault>),
    /// Occurs when a database has the revision.
    #[error(
        "revision `{revision}` is applied{}, so its parents stay as they are",
        as_are(above)
    )]
    Applied {
        /// The revision.
        revision: RevisionId,
        /// What is applied of the revisions above it.
        above: Vec<RevisionId>,
    },
    /// Occurs when a database has a part of the revision, or of one above it.
    #[error("revision `{revision}` is half-done in the database")]
    HalfDone {
        /// The half-done revision.
        revision: RevisionId,
    },
    /// Occurs when a database stands at a row that neither a file nor the ledger explains.
    #[error(
        "the database stands at `{row}`, which is in no revision file: what is below it is not known"
    )]
    UnknownRow {
        /// The row.
        row: RevisionId,
    },
}

fn relation(by_dependency: bool, revision: &RevisionId) -> String {
    match by_dependency {
        false => format!("stands on top of `{revision}`"),
        true => format!("depends on `{revision}`"),
    }
}

fn as_are(above: &[RevisionId]) -> String {
    match above.len() {
        0 => String::new(),
        1 => ", as is 1 on top of it".to_owned(),
        more => format!(", as are {more} on top of it"),
    }
}

impl RebaseError {
    /// Returns the kind of error as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Itself { .. } | Self::Above { .. } => "cycle",
            Self::WhichParent { .. } => "ambiguous_parent",
            Self::NoParent { .. } => "not_a_parent",
            Self::NothingToMerge { .. } => "nothing_to_merge",
            Self::NoFile { .. } => "no_file",
            Self::File(error) => error.code(),
            Self::Fault(fault) => fault.code(),
            Self::Applied { .. } => "already_applied",
            Self::HalfDone { .. } => "half_done",
            Self::UnknownRow { .. } => "unknown_in_database",
        }
    }

    /// Returns the revisions that the error is about or that could have been meant.
    #[must_use]
    pub fn candidates(&self) -> Vec<RevisionId> {
        match self {
            Self::WhichParent { parents, .. } | Self::NoParent { parents, .. } => parents.clone(),
            Self::NothingToMerge { lower, upper, .. } => vec![lower.clone(), upper.clone()],
            Self::Applied { above, .. } => above.clone(),
            Self::Itself { .. }
            | Self::Above { .. }
            | Self::NoFile { .. }
            | Self::File(_)
            | Self::Fault(_)
            | Self::HalfDone { .. }
            | Self::UnknownRow { .. } => Vec::new(),
        }
    }
}
