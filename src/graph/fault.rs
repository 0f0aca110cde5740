//! What can be wrong with a set of declarations, as data that names file and line.
//!
//! Building a graph never stops at the first fault: all of them are collected, and the healthy part
//! is still a graph. How a fault is shown, and which hint goes with it, is decided by who prints.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::id::{IdError, Label, RevisionId};

/// A line of a file; neither is known for a revision that only the ledger holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it should be shown.
    pub path: Option<Arc<Path>>,
    /// The line, 1-based; 0 where it is not known.
    pub line: u32,
}

impl fmt::Display for Place {
    /// `versions/a.sql:3`, without the line where it is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else {
            return f.write_str("the ledger");
        };
        write!(f, "{}", path.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        Ok(())
    }
}

/// Which references a cycle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CycleKind {
    /// Only `down_revision`.
    DownRevision,
    /// Only `depends_on`.
    DependsOn,
    /// Both.
    Mixed,
}

impl fmt::Display for CycleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DownRevision => "down_revision",
            Self::DependsOn => "depends_on",
            Self::Mixed => "down_revision and depends_on",
        })
    }
}

/// One member of a cycle, with the place of its reference to the next member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleMember {
    /// The revision.
    pub revision: RevisionId,
    /// Where it refers to the next member.
    pub place: Place,
}

/// Something that keeps declarations from being one graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Occurs when a revision id or branch label is no legal name.
    #[error("{place}: {error}")]
    IllegalId {
        /// What is wrong with it.
        error: IdError,
        /// Where it is written.
        place: Place,
    },
    /// Occurs when two files declare one id; neither is taken.
    #[error("revision `{revision}` is declared twice: in {first} and in {second}")]
    DuplicateRevision {
        /// The id.
        revision: RevisionId,
        /// The earlier declaration.
        first: Place,
        /// The later declaration.
        second: Place,
    },
    /// Occurs when a `down_revision` is no revision.
    #[error("{place}: the parent `{parent}` of revision `{revision}` does not exist")]
    MissingParent {
        /// The revision that refers to it.
        revision: RevisionId,
        /// What it refers to.
        parent: String,
        /// Where.
        place: Place,
        /// Names that look like it.
        similar: Vec<String>,
    },
    /// Occurs when a `depends_on` is neither a revision nor a branch label.
    #[error("{place}: revision `{revision}` depends on `{dependency}`, which does not exist")]
    MissingDependency {
        /// The revision that refers to it.
        revision: RevisionId,
        /// What it refers to.
        dependency: String,
        /// Where.
        place: Place,
        /// Names that look like it.
        similar: Vec<String>,
    },
    /// Occurs when revisions come before themselves.
    #[error("{}", cycle_text(*kind, members))]
    Cycle {
        /// Which references it is made of.
        kind: CycleKind,
        /// Its members, each referring to the next and the last to the first.
        members: Vec<CycleMember>,
    },
    /// Occurs when two revisions declare one branch label; the first keeps it.
    #[error(
        "branch label `{label}` is declared twice: by revision `{first}` in {first_place} and by \
         revision `{second}` in {second_place}"
    )]
    DuplicateLabel {
        /// The label.
        label: Label,
        /// The revision that keeps it.
        first: RevisionId,
        /// Where it declares it.
        first_place: Place,
        /// The revision that does not get it.
        second: RevisionId,
        /// Where it declares it.
        second_place: Place,
    },
    /// Occurs when a branch label is also the id of a revision; the id wins.
    #[error(
        "{place}: branch label `{label}` of revision `{revision}` is also the id of the revision \
         in {taken}"
    )]
    LabelIsRevision {
        /// The label.
        label: Label,
        /// The revision that declares it as a label.
        revision: RevisionId,
        /// Where.
        place: Place,
        /// Where the revision of that name is declared.
        taken: Place,
    },
}

impl Fault {
    /// Returns the kind of fault as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IllegalId { .. } => "illegal_id",
            Self::DuplicateRevision { .. } => "duplicate_revision",
            Self::MissingParent { .. } => "missing_parent",
            Self::MissingDependency { .. } => "missing_dependency",
            Self::Cycle { .. } => "cycle",
            Self::DuplicateLabel { .. } | Self::LabelIsRevision { .. } => "duplicate_label",
        }
    }

    /// Returns the place that a person should open first.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::IllegalId { place, .. }
            | Self::MissingParent { place, .. }
            | Self::MissingDependency { place, .. }
            | Self::LabelIsRevision { place, .. }
            | Self::DuplicateRevision { second: place, .. }
            | Self::DuplicateLabel {
                second_place: place,
                ..
            } => place,
            Self::Cycle { members, .. } => &members[0].place,
        }
    }

    /// Returns the revision at fault; none where it is one without a legal id.
    #[must_use]
    pub fn revision(&self) -> Option<&RevisionId> {
        match self {
            Self::IllegalId { .. } => None,
            Self::DuplicateRevision { revision, .. }
            | Self::MissingParent { revision, .. }
            | Self::MissingDependency { revision, .. }
            | Self::LabelIsRevision { revision, .. }
            | Self::DuplicateLabel {
                second: revision, ..
            } => Some(revision),
            Self::Cycle { members, .. } => members.first().map(|member| &member.revision),
        }
    }

    /// Returns what is wrong, without the place where the whole sentence begins with it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let whole = self.to_string();
        let place = format!("{}: ", self.place());
        let sentence = whole.strip_prefix(&place).map(str::to_owned);
        sentence.unwrap_or(whole)
    }

    /// Returns the names that the fault is about or that could have been meant.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::IllegalId { .. } => Vec::new(),
            Self::DuplicateRevision { revision, .. } | Self::LabelIsRevision { revision, .. } => {
                vec![revision.to_string()]
            }
            Self::MissingParent { similar, .. } | Self::MissingDependency { similar, .. } => {
                similar.clone()
            }
            Self::Cycle { members, .. } => members.iter().map(|m| m.revision.to_string()).collect(),
            Self::DuplicateLabel { first, second, .. } => {
                vec![first.to_string(), second.to_string()]
            }
        }
    }
}

fn cycle_text(kind: CycleKind, members: &[CycleMember]) -> String {
    let [first, rest @ ..] = members else {
        return format!("{kind}: a circle");
    };
    let (name, place) = (&first.revision, &first.place);
    if rest.is_empty() {
        return format!("{place}: revision `{name}` names itself in {kind}");
    }
    let mut text = format!("{place}: the references of {kind} form a circle: `{name}`");
    for member in rest {
        text.push_str(&format!(" -> `{}`", member.revision));
    }
    text.push_str(&format!(" -> `{name}`"));
    text
}
