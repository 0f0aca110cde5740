//! The rows of the version table, and the edits that a step makes to them.
//!
//! Everything here is pure: applying a [`RowEdit`] to [`Heads`] gives other heads, and refuses when
//! a row that the edit needs is not there, or one that it makes already is.

use std::collections::BTreeSet;
use std::fmt;

use crate::id::RevisionId;

/// Why an edit does not fit the heads it is applied to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Occurs when the edit removes or changes a row that is not there.
    #[error("the version table has no row `{revision}`")]
    Missing {
        /// The row that was expected.
        revision: RevisionId,
    },
    /// Occurs when the edit makes a row that is there already.
    #[error("the version table already has a row `{revision}`")]
    Present {
        /// The row that was there.
        revision: RevisionId,
    },
}

/// The heads of a database: the set of rows of its version table, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Heads(BTreeSet<RevisionId>);

impl Heads {
    /// The heads of a database with nothing applied.
    #[must_use]
    pub fn base() -> Self {
        Self::default()
    }

    /// Returns true where nothing is applied.
    #[must_use]
    pub fn is_base(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true where there is no row; the same as [`Heads::is_base`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ids in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &RevisionId> + Clone {
        self.0.iter()
    }

    /// Returns true where the revision is a row.
    #[must_use]
    pub fn contains(&self, revision: &str) -> bool {
        self.0.contains(revision)
    }

    /// Applies an edit in place.
    ///
    /// # Errors
    /// Fails, leaving the heads as they were, when a row is missing or already present.
    pub fn apply(&mut self, edit: &RowEdit) -> Result<(), EditError> {
        for revision in edit.removed() {
            if !self.0.contains(revision) {
                let revision = revision.clone();
                return Err(EditError::Missing { revision });
            }
        }
        for revision in edit.added() {
            if self.0.contains(revision) && !edit.removed().any(|r| r == revision) {
                let revision = revision.clone();
                return Err(EditError::Present { revision });
            }
        }
        for revision in edit.removed() {
            self.0.remove(revision);
        }
        self.0.extend(edit.added().cloned());
        Ok(())
    }
}

impl FromIterator<RevisionId> for Heads {
    fn from_iter<I: IntoIterator<Item = RevisionId>>(ids: I) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl fmt::Display for Heads {
    /// `a, b`, or `<base>` where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("<base>");
        }
        write_list(f, self.0.iter())
    }
}

fn write_list<'a>(
    f: &mut fmt::Formatter<'_>,
    ids: impl Iterator<Item = &'a RevisionId>,
) -> fmt::Result {
    for (i, id) in ids.enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{id}")?;
    }
    Ok(())
}

/// What one step does to the version table's rows, decided while planning.
///
/// Alembic's five transitions. The order inside an edit is fixed, so that two runs of one plan
/// send the same statements: deletions first, then the update, then insertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowEdit {
    /// A new base or branch: one row more.
    Insert(RevisionId),
    /// A branch or base is gone: one row less.
    Delete(RevisionId),
    /// A line moves.
    Update {
        /// The row before.
        from: RevisionId,
        /// The row after.
        to: RevisionId,
    },
    /// Several rows become one: `delete` go, `from` becomes `to`.
    Merge {
        /// Rows that go.
        delete: Vec<RevisionId>,
        /// The row that is changed.
        from: RevisionId,
        /// What it becomes.
        to: RevisionId,
    },
    /// One row becomes several: `from` becomes `to`, `insert` come.
    Split {
        /// The row that is changed.
        from: RevisionId,
        /// What it becomes.
        to: RevisionId,
        /// Rows that come.
        insert: Vec<RevisionId>,
    },
}

impl RowEdit {
    /// The edit that replaces these rows by those, or none where neither has a row.
    ///
    /// Several rows on both sides do not occur in one step; where they would, split the step.
    #[must_use]
    pub fn replace(mut before: Vec<RevisionId>, mut after: Vec<RevisionId>) -> Option<Self> {
        match (before.len(), after.len()) {
            (0, 1) => Some(Self::Insert(after.remove(0))),
            (1, 0) => Some(Self::Delete(before.remove(0))),
            (1, 1) => Some(Self::Update {
                from: before.remove(0),
                to: after.remove(0),
            }),
            (2.., 1) => before.pop().map(|from| Self::Merge {
                delete: before,
                from,
                to: after.remove(0),
            }),
            (1, 2..) => after.pop().map(|to| Self::Split {
                from: before.remove(0),
                to,
                insert: after,
            }),
            _ => None,
        }
    }

    /// Returns the rows that are gone afterwards.
    pub fn removed(&self) -> impl Iterator<Item = &RevisionId> {
        let (many, one): (&[RevisionId], Option<&RevisionId>) = match self {
            Self::Insert(_) => (&[], None),
            Self::Delete(id) => (&[], Some(id)),
            Self::Update { from, .. } | Self::Split { from, .. } => (&[], Some(from)),
            Self::Merge { delete, from, .. } => (delete, Some(from)),
        };
        many.iter().chain(one)
    }

    /// Returns the rows that are new afterwards.
    pub fn added(&self) -> impl Iterator<Item = &RevisionId> {
        let (one, many): (Option<&RevisionId>, &[RevisionId]) = match self {
            Self::Insert(id) => (Some(id), &[]),
            Self::Delete(_) => (None, &[]),
            Self::Update { to, .. } | Self::Merge { to, .. } => (Some(to), &[]),
            Self::Split { to, insert, .. } => (Some(to), insert),
        };
        one.into_iter().chain(many)
    }
}

impl fmt::Display for RowEdit {
    /// `a, b -> c`, an empty side left empty, as Alembic's log prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, self.removed())?;
        f.write_str(" -> ")?;
        write_list(f, self.added())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<RevisionId> {
        names.iter().map(|n| RevisionId::from_database(n)).collect()
    }

    #[test]
    fn replacing_many_by_one_is_a_merge_and_one_by_many_a_split() {
        let mut heads: Heads = ids(&["a", "b", "z"]).into_iter().collect();
        let merge = RowEdit::replace(ids(&["a", "b"]), ids(&["m"])).unwrap();
        assert_eq!(merge.to_string(), "a, b -> m");
        heads.apply(&merge).unwrap();
        assert_eq!(heads.to_string(), "m, z");
        heads
            .apply(&RowEdit::replace(ids(&["m"]), ids(&["a", "b"])).unwrap())
            .unwrap();
        assert_eq!(heads.to_string(), "a, b, z");
    }

    #[test]
    fn a_row_that_is_not_there_refuses_the_edit_and_changes_nothing() {
        let mut heads: Heads = ids(&["a"]).into_iter().collect();
        let edit = RowEdit::replace(ids(&["a", "b"]), ids(&["m"])).unwrap();
        let missing = EditError::Missing {
            revision: RevisionId::from_database("b"),
        };
        assert_eq!(heads.apply(&edit), Err(missing));
        assert_eq!(heads.to_string(), "a");
        assert!(
            heads
                .apply(&RowEdit::Insert(ids(&["a"]).remove(0)))
                .is_err()
        );
    }
}
