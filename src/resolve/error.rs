//! Why a target names nothing in a graph, as data with the candidates that could have been meant.

use crate::id::RevisionId;

/// Why a target could not be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Occurs when no id or label is, or begins with, the name.
    #[error("there is no revision or branch label `{name}`")]
    UnknownRevision {
        /// The target as typed.
        target: String,
        /// The name in it.
        name: String,
        /// Names that look like it.
        similar: Vec<String>,
    },
    /// Occurs when several ids or labels begin with the name.
    #[error("`{name}` is the beginning of {} names", candidates.len())]
    AmbiguousRevision {
        /// The name as typed.
        name: String,
        /// The names that begin with it, in file order.
        candidates: Vec<String>,
    },
    /// Occurs when the part before `@` is neither a label nor a revision.
    #[error("there is no branch `{name}`")]
    UnknownBranch {
        /// The target as typed.
        target: String,
        /// The name in it.
        name: String,
        /// Names that look like it.
        similar: Vec<String>,
        /// All labels, where none looks like it.
        labels: Vec<String>,
    },
    /// Occurs when a revision is neither above nor below the branch named with it.
    #[error("revision `{revision}` is not on branch `{branch}`")]
    NotInBranch {
        /// The revision.
        revision: RevisionId,
        /// The branch as typed.
        branch: String,
        /// The heads of that branch.
        heads: Vec<RevisionId>,
    },
    /// Occurs when one head is asked for and there are several.
    #[error("`{target}` names one revision, but there are {} heads", heads.len())]
    MultipleHeads {
        /// The target as typed.
        target: String,
        /// The branch as typed, where there is one.
        branch: Option<String>,
        /// The heads, in file order.
        heads: Vec<RevisionId>,
    },
    /// Occurs when steps are counted and there are several ways to go.
    #[error(
        "`{target}` is ambiguous: {}",
        match at {
            Some(at) => format!("from `{at}` there are {} ways to go", candidates.len()),
            None => format!("the walk can begin at {} places", candidates.len()),
        }
    )]
    AmbiguousWalk {
        /// The target as typed.
        target: String,
        /// The revision at which the ways part; none where the beginning itself is not clear.
        at: Option<RevisionId>,
        /// Targets that say which way.
        candidates: Vec<String>,
    },
    /// Occurs when there are fewer revisions than steps.
    #[error(
        "`{target}` goes too far: {} that way",
        match possible {
            0 => "there is no revision".to_owned(),
            1 => "there is only 1 step".to_owned(),
            several => format!("there are only {several} steps"),
        }
    )]
    WalkedTooFar {
        /// The target as typed.
        target: String,
        /// The number of steps that can be made.
        possible: u32,
    },
    /// Occurs when steps are counted down a branch of which nothing is applied.
    #[error("nothing of branch `{branch}` is applied, so `{target}` has nowhere to begin")]
    NotApplied {
        /// The target as typed.
        target: String,
        /// The branch as typed.
        branch: String,
        /// The database's heads.
        heads: Vec<RevisionId>,
    },
    /// Occurs when a range's start is not below its end.
    #[error("`{start}` is not an ancestor of `{end}`, so `{start}:{end}` is no range")]
    NotAncestor {
        /// The older end as typed.
        start: String,
        /// The newer end as typed.
        end: String,
    },
    /// Occurs when a target depends on the database's heads and they are not known.
    #[error("`{target}` depends on where the database stands, which is not known here")]
    NeedsDatabase {
        /// The target as typed.
        target: String,
    },
    /// Occurs when the version table has rows that are in no file.
    #[error(
        "the database stands at {}, which is in no revision file",
        list(revisions)
    )]
    UnknownInDatabase {
        /// The rows.
        revisions: Vec<RevisionId>,
    },
}

impl ResolveError {
    /// Returns the kind of error as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownRevision { .. } => "unknown_revision",
            Self::AmbiguousRevision { .. } => "ambiguous_revision",
            Self::UnknownBranch { .. } => "unknown_branch",
            Self::NotInBranch { .. } => "not_in_branch",
            Self::MultipleHeads { .. } => "multiple_heads",
            Self::AmbiguousWalk { .. } => "ambiguous_walk",
            Self::WalkedTooFar { .. } => "walked_too_far",
            Self::NotApplied { .. } => "not_applied",
            Self::NotAncestor { .. } => "not_ancestor",
            Self::NeedsDatabase { .. } => "needs_database",
            Self::UnknownInDatabase { .. } => "unknown_in_database",
        }
    }

    /// Returns the names or targets that could have been meant, or that the error is about.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::UnknownRevision { similar, .. } => similar.clone(),
            Self::UnknownBranch {
                similar, labels, ..
            } => match similar.as_slice() {
                [] => labels.clone(),
                similar => similar.to_vec(),
            },
            Self::AmbiguousRevision { candidates, .. } | Self::AmbiguousWalk { candidates, .. } => {
                candidates.clone()
            }
            Self::NotInBranch { heads, .. }
            | Self::MultipleHeads { heads, .. }
            | Self::NotApplied { heads, .. }
            | Self::UnknownInDatabase { revisions: heads } => {
                heads.iter().map(ToString::to_string).collect()
            }
            Self::WalkedTooFar { .. } | Self::NotAncestor { .. } | Self::NeedsDatabase { .. } => {
                Vec::new()
            }
        }
    }
}

fn list(revisions: &[RevisionId]) -> String {
    let quoted: Vec<String> = revisions.iter().map(|r| format!("`{r}`")).collect();
    quoted.join(", ")
}
