//! Indexes and the keys they are made of.

use super::name::{Columns, QualifiedName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyPart {
    Column(String),
    Expression(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Asc,
    Desc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    First,
    Last,
}

/// One key of an index: a column or an expression, with its order and operator class.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Key {
    pub(crate) part: KeyPart,
    pub(crate) collation: Option<QualifiedName>,
    pub(crate) ops: Option<String>,
    pub(crate) order: Option<Order>,
    pub(crate) nulls: Option<Nulls>,
}

/// A column as the key of an index.
pub fn key(column: impl Into<String>) -> Key {
    Key::new(KeyPart::Column(column.into()))
}

/// An SQL expression, such as `lower(email)`, as the key of an index.
pub fn expression(sql: impl Into<String>) -> Key {
    Key::new(KeyPart::Expression(sql.into()))
}

impl Key {
    fn new(part: KeyPart) -> Self {
        Self {
            part,
            collation: None,
            ops: None,
            order: None,
            nulls: None,
        }
    }

    /// Sets the collation.
    pub fn collate(mut self, collation: impl Into<QualifiedName>) -> Self {
        self.collation = Some(collation.into());
        self
    }

    /// Sets the operator class, as SQL text: `gin_trgm_ops`, `jsonb_path_ops`.
    pub fn ops(mut self, class: impl Into<String>) -> Self {
        self.ops = Some(class.into());
        self
    }

    /// Sorts upwards, which is also what happens when nothing is said.
    pub fn asc(mut self) -> Self {
        self.order = Some(Order::Asc);
        self
    }

    /// Sorts downwards.
    pub fn desc(mut self) -> Self {
        self.order = Some(Order::Desc);
        self
    }

    /// Sorts NULL before all values.
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Some(Nulls::First);
        self
    }

    /// Sorts NULL after all values.
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Some(Nulls::Last);
        self
    }
}

impl From<&str> for Key {
    fn from(column: &str) -> Self {
        key(column)
    }
}

/// An index of a table; it lives in the schema of its table.
///
/// Given to `drop_index`, it makes the drop reversible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Index {
    pub(crate) name: String,
    pub(crate) table: QualifiedName,
    pub(crate) keys: Vec<Key>,
    pub(crate) unique: bool,
    pub(crate) concurrently: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) method: Option<String>,
    pub(crate) include: Columns,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) condition: Option<String>,
}

/// An index with a name on a table, without keys yet.
pub fn index(name: impl Into<String>, table: impl Into<QualifiedName>) -> Index {
    Index {
        name: name.into(),
        table: table.into(),
        keys: Vec::new(),
        unique: false,
        concurrently: false,
        if_not_exists: false,
        method: None,
        include: Columns::default(),
        nulls_not_distinct: false,
        with: Vec::new(),
        condition: None,
    }
}

impl Index {
    /// Adds a key: a column name, a [`key`] or an [`expression`].
    pub fn on(mut self, key: impl Into<Key>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Adds several columns as keys.
    pub fn columns(mut self, columns: impl Into<Columns>) -> Self {
        self.keys.extend(columns.into().0.into_iter().map(key));
        self
    }

    /// Refuses two rows with the same keys.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Lets a unique index treat NULL as a value like any other (PostgreSQL 15).
    pub fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Sets the access method: `gin`, `gist`, `brin`, `hash` …
    pub fn using(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Stores further columns in the index.
    pub fn include(mut self, columns: impl Into<Columns>) -> Self {
        self.include = columns.into();
        self
    }

    /// Indexes only rows for which the SQL condition holds.
    pub fn where_(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Sets a storage parameter, for example `fillfactor` to `70`.
    pub fn with(mut self, parameter: impl Into<String>, value: impl Into<String>) -> Self {
        self.with.push((parameter.into(), value.into()));
        self
    }

    /// Builds the index without keeping writers out; only inside of `no_transaction`.
    ///
    /// Its reverse drops it concurrently too.
    pub fn concurrently(mut self) -> Self {
        self.concurrently = true;
        self
    }

    /// Does nothing where something of that name exists, even an index that is not valid.
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}
