//! Constraints: primary key, unique, check, foreign key, exclude.
//!
//! Each has a builder of its own and becomes a [`Constraint`] where one is taken. A constraint that
//! is not named gets the name PostgreSQL chooses; only named ones can be dropped or reversed.

use super::index::Key;
use super::name::{Columns, QualifiedName};

/// What happens to a row when the row it refers to goes or changes its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The change is refused at the end of the statement or, when deferred, of the transaction.
    NoAction,
    /// The change is refused at once.
    Restrict,
    /// This row goes, or changes, too.
    Cascade,
    /// The referring columns become NULL.
    SetNull,
    /// The referring columns take their default.
    SetDefault,
}

/// How a foreign key of several columns treats NULL in some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Any NULL lets the row pass.
    Simple,
    /// All must be NULL or none.
    Full,
}

/// When a constraint is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Deferrable {
    #[default]
    Not,
    InitiallyImmediate,
    InitiallyDeferred,
}

/// What a primary key or unique constraint stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Backing {
    Columns(Columns),
    Index(String),
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Constraint {
    /// A primary key.
    PrimaryKey(PrimaryKey),
    /// A unique constraint.
    Unique(Unique),
    /// A check constraint.
    Check(Check),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// An exclusion constraint.
    Exclude(Exclude),
}

impl Constraint {
    /// Returns the name, where one is given.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::PrimaryKey(PrimaryKey { name, .. })
            | Self::Unique(Unique { name, .. })
            | Self::Check(Check { name, .. })
            | Self::ForeignKey(ForeignKey { name, .. })
            | Self::Exclude(Exclude { name, .. }) => name.as_deref(),
        }
    }
}

macro_rules! common {
    ($type:ident) => {
        impl $type {
            /// Names the constraint.
            pub fn named(mut self, name: impl Into<String>) -> Self {
                self.name = Some(name.into());
                self
            }
        }

        impl From<$type> for Constraint {
            fn from(constraint: $type) -> Self {
                Self::$type(constraint)
            }
        }
    };
    ($type:ident, deferrable) => {
        common!($type);

        impl $type {
            /// Lets a transaction put the check off until it commits (`SET CONSTRAINTS`).
            pub fn deferrable(mut self) -> Self {
                self.deferrable = Deferrable::InitiallyImmediate;
                self
            }

            /// Checks only when the transaction commits.
            pub fn initially_deferred(mut self) -> Self {
                self.deferrable = Deferrable::InitiallyDeferred;
                self
            }
        }
    };
}

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PrimaryKey {
    pub(crate) name: Option<String>,
    pub(crate) backing: Backing,
    pub(crate) include: Columns,
    pub(crate) deferrable: Deferrable,
}

/// A primary key of these columns.
pub fn primary_key(columns: impl Into<Columns>) -> PrimaryKey {
    PrimaryKey {
        name: None,
        backing: Backing::Columns(columns.into()),
        include: Columns::default(),
        deferrable: Deferrable::Not,
    }
}

impl PrimaryKey {
    /// A primary key that takes over a unique index, for example one built concurrently.
    pub fn using_index(index: impl Into<String>) -> Self {
        Self {
            backing: Backing::Index(index.into()),
            ..primary_key([])
        }
    }

    /// Stores further columns in the index.
    pub fn include(mut self, columns: impl Into<Columns>) -> Self {
        self.include = columns.into();
        self
    }
}

common!(PrimaryKey, deferrable);

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Unique {
    pub(crate) name: Option<String>,
    pub(crate) backing: Backing,
    pub(crate) include: Columns,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) deferrable: Deferrable,
}

/// A constraint that refuses two rows with the same values in these columns.
pub fn unique(columns: impl Into<Columns>) -> Unique {
    Unique {
        name: None,
        backing: Backing::Columns(columns.into()),
        include: Columns::default(),
        nulls_not_distinct: false,
        deferrable: Deferrable::Not,
    }
}

impl Unique {
    /// A unique constraint that takes over a unique index, for example one built concurrently.
    pub fn using_index(index: impl Into<String>) -> Self {
        Self {
            backing: Backing::Index(index.into()),
            ..unique([])
        }
    }

    /// Stores further columns in the index.
    pub fn include(mut self, columns: impl Into<Columns>) -> Self {
        self.include = columns.into();
        self
    }

    /// Treats NULL as a value like any other (PostgreSQL 15).
    pub fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }
}

common!(Unique, deferrable);

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Check {
    pub(crate) name: Option<String>,
    pub(crate) condition: String,
    pub(crate) no_inherit: bool,
    pub(crate) not_valid: bool,
}

/// A constraint that refuses rows for which the SQL condition is false.
pub fn check(condition: impl Into<String>) -> Check {
    Check {
        name: None,
        condition: condition.into(),
        no_inherit: false,
        not_valid: false,
    }
}

impl Check {
    /// Does not hand the constraint down to child tables.
    pub fn no_inherit(mut self) -> Self {
        self.no_inherit = true;
        self
    }

    /// Leaves the rows that are there unchecked; `validate_constraint` checks them later.
    pub fn not_valid(mut self) -> Self {
        self.not_valid = true;
        self
    }
}

common!(Check);

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ForeignKey {
    pub(crate) name: Option<String>,
    pub(crate) columns: Columns,
    pub(crate) table: QualifiedName,
    pub(crate) referenced: Columns,
    pub(crate) matching: Option<Match>,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
    pub(crate) deferrable: Deferrable,
    pub(crate) not_valid: bool,
}

/// A foreign key from columns of this table to columns of another.
pub fn foreign_key(
    columns: impl Into<Columns>,
    table: impl Into<QualifiedName>,
    referenced: impl Into<Columns>,
) -> ForeignKey {
    ForeignKey {
        name: None,
        columns: columns.into(),
        table: table.into(),
        referenced: referenced.into(),
        matching: None,
        on_delete: None,
        on_update: None,
        deferrable: Deferrable::Not,
        not_valid: false,
    }
}

impl ForeignKey {
    /// Says what happens to this row when the row it refers to is deleted.
    pub fn on_delete(mut self, action: Action) -> Self {
        self.on_delete = Some(action);
        self
    }

    /// Says what happens to this row when the key it refers to changes.
    pub fn on_update(mut self, action: Action) -> Self {
        self.on_update = Some(action);
        self
    }

    /// Says how NULL in some of several columns is treated.
    pub fn matching(mut self, matching: Match) -> Self {
        self.matching = Some(matching);
        self
    }

    /// Leaves the rows that are there unchecked; `validate_constraint` checks them later.
    pub fn not_valid(mut self) -> Self {
        self.not_valid = true;
        self
    }
}

common!(ForeignKey, deferrable);

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Exclude {
    pub(crate) name: Option<String>,
    pub(crate) method: String,
    pub(crate) elements: Vec<(Key, String)>,
    pub(crate) condition: Option<String>,
    pub(crate) deferrable: Deferrable,
}

/// A constraint that refuses two rows for which all operators hold; uses `gist` if nothing is said.
///
/// ```
/// use limbeck::prelude::*;
/// let _ = exclude().with("room_id", "=").with(expression("tstzrange(starts_at, ends_at)"), "&&");
/// ```
pub fn exclude() -> Exclude {
    Exclude {
        name: None,
        method: "gist".to_owned(),
        elements: Vec::new(),
        condition: None,
        deferrable: Deferrable::Not,
    }
}

impl Exclude {
    /// Adds a column or expression and the operator that compares it.
    pub fn with(mut self, key: impl Into<Key>, operator: impl Into<String>) -> Self {
        self.elements.push((key.into(), operator.into()));
        self
    }

    /// Sets the access method.
    pub fn using(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Compares only rows for which the SQL condition holds.
    pub fn where_(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }
}

common!(Exclude, deferrable);
