//! The header of a Rust-coded revision, and the entry that the compiler's table has for its file.

use super::OpFn;

/// The parents of a revision as its file names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// A base.
    None,
    /// One parent.
    One(&'static str),
    /// A merge.
    Many(&'static [&'static str]),
}

impl Parents {
    /// Returns the parents in the order written.
    #[must_use]
    pub const fn as_slice(&self) -> &[&'static str] {
        match self {
            Self::None => &[],
            Self::One(parent) => std::slice::from_ref(parent),
            Self::Many(parents) => parents,
        }
    }
}

/// What a Rust-coded revision says of itself, in Alembic's words.
///
/// Nothing is checked here: the graph does that for all formats alike.
///
/// ```
/// use limbeck::prelude::*;
///
/// pub const REVISION: Revision = Revision::new("0002")
///     .down_revision("0001")
///     .created("2025-01-15T00:02:00Z");
/// # assert_eq!(REVISION.down_revision.as_slice(), ["0001"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Revision {
    /// The revision's own id.
    pub revision: &'static str,
    /// The parents.
    pub down_revision: Parents,
    /// The labels of the line that begins here.
    pub branch_labels: &'static [&'static str],
    /// Revisions or labels that must be applied first without being parents.
    pub depends_on: &'static [&'static str],
    /// When the file was written, as RFC 3339.
    pub created: Option<&'static str>,
    /// The message, where it is not the first paragraph of the file's documentation.
    pub message: Option<&'static str>,
}

impl Revision {
    /// A base with that id, to be filled in.
    pub const fn new(revision: &'static str) -> Self {
        Self {
            revision,
            down_revision: Parents::None,
            branch_labels: &[],
            depends_on: &[],
            created: None,
            message: None,
        }
    }

    /// Sets the one parent.
    pub const fn down_revision(mut self, parent: &'static str) -> Self {
        self.down_revision = Parents::One(parent);
        self
    }

    /// Sets the parents of a merge.
    pub const fn down_revisions(mut self, parents: &'static [&'static str]) -> Self {
        self.down_revision = Parents::Many(parents);
        self
    }

    /// Names the line that begins here.
    pub const fn branch_labels(mut self, labels: &'static [&'static str]) -> Self {
        self.branch_labels = labels;
        self
    }

    /// Names revisions, or labels of lines, that must be applied first without being parents.
    pub const fn depends_on(mut self, revisions: &'static [&'static str]) -> Self {
        self.depends_on = revisions;
        self
    }

    /// Sets the time the file was written, as RFC 3339.
    pub const fn created(mut self, time: &'static str) -> Self {
        self.created = Some(time);
        self
    }

    /// Sets the message in place of the first paragraph of the file's documentation.
    pub const fn message(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }
}

/// One revision as compiled into a program; `limbeck::versions!()` makes a table of them.
#[derive(Clone, Copy, Debug)]
pub struct CompiledRevision {
    /// The file, as it should be shown to a person.
    pub path: &'static str,
    /// The text of the file.
    pub source: &'static str,
    /// What was compiled from it.
    pub code: CompiledCode,
}

/// What a revision file was compiled into.
#[derive(Clone, Copy, Debug)]
pub enum CompiledCode {
    /// A Rust-coded revision.
    Rust {
        /// The header.
        revision: Revision,
        /// From the parents to this revision.
        upgrade: OpFn,
        /// From this revision to the parents; none where it is to be derived.
        downgrade: Option<OpFn>,
    },
    /// A SQL revision: its text is all there is to it.
    Sql,
}
