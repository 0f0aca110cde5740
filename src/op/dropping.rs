//! What a `drop_…` operation is given: a name, or the whole definition of what goes.
//!
//! With the definition the operation can be reversed; with the name alone it cannot.

use super::column::Column;
use super::constraint::{Check, Constraint, Exclude, ForeignKey, PrimaryKey, Unique};
use super::index::Index;
use super::name::QualifiedName;
use super::object::{EnumType, Extension, Function, Schema, Trigger, View};
use super::table::Table;

/// Something to drop.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Dropping<T> {
    pub(crate) name: QualifiedName,
    pub(crate) definition: Option<T>,
    pub(crate) if_exists: bool,
    pub(crate) cascade: bool,
    pub(crate) concurrently: bool,
}

/// Something to drop, to which options are added.
///
/// Names and definitions can be given to the `drop_…` methods as they are; this is for
/// `op.drop_table(dropping("chats").if_exists())`.
pub fn dropping<T>(what: impl Into<Dropping<T>>) -> Dropping<T> {
    what.into()
}

impl<T> Dropping<T> {
    pub(crate) fn new(name: QualifiedName, definition: Option<T>) -> Self {
        Self {
            name,
            definition,
            if_exists: false,
            cascade: false,
            concurrently: false,
        }
    }

    /// Does nothing where there is nothing of that name.
    pub fn if_exists(mut self) -> Self {
        self.if_exists = true;
        self
    }

    /// Drops all that depends on it too.
    pub fn cascade(mut self) -> Self {
        self.cascade = true;
        self
    }
}

impl Dropping<Index> {
    /// Drops the index without keeping readers and writers out; only inside of `no_transaction`.
    pub fn concurrently(mut self) -> Self {
        self.concurrently = true;
        self
    }
}

impl<T> From<&str> for Dropping<T> {
    fn from(name: &str) -> Self {
        Self::new(QualifiedName::from(name), None)
    }
}

impl<T> From<String> for Dropping<T> {
    fn from(name: String) -> Self {
        Self::new(QualifiedName::from(name), None)
    }
}

impl<T> From<(&str, &str)> for Dropping<T> {
    fn from(name: (&str, &str)) -> Self {
        Self::new(QualifiedName::from(name), None)
    }
}

impl<T> From<QualifiedName> for Dropping<T> {
    fn from(name: QualifiedName) -> Self {
        Self::new(name, None)
    }
}

macro_rules! from_definition {
    ($($type:ty: |$it:ident| $name:expr;)*) => {$(
        impl From<$type> for Dropping<$type> {
            fn from($it: $type) -> Self {
                Self::new($name, Some($it))
            }
        }
    )*};
}

from_definition! {
    Table: |it| it.name.clone();
    Column: |it| QualifiedName::exact(it.name.clone());
    EnumType: |it| it.name.clone();
    Schema: |it| QualifiedName::exact(it.name.clone());
    Extension: |it| QualifiedName::exact(it.name.clone());
    View: |it| it.name.clone();
    Function: |it| it.name.clone();
    Trigger: |it| QualifiedName::exact(it.name.clone());
    Constraint: |it| QualifiedName::exact(it.name().unwrap_or_default());
}

impl From<Index> for Dropping<Index> {
    fn from(index: Index) -> Self {
        let concurrently = index.concurrently;
        Self {
            concurrently,
            ..Self::new(index.table.sibling(&index.name), Some(index))
        }
    }
}

macro_rules! from_constraint {
    ($($type:ty),*) => {$(
        impl From<$type> for Dropping<Constraint> {
            fn from(constraint: $type) -> Self {
                Self::from(Constraint::from(constraint))
            }
        }
    )*};
}

from_constraint!(PrimaryKey, Unique, Check, ForeignKey, Exclude);
