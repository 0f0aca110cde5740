//! Column types: what they are called in PostgreSQL, and what else SQLAlchemy makes of them.
//!
//! [`read`] takes them from a script, [`named`] holds the types that have a name of their own in the
//! database, [`known`] those of other packages and of the project.

mod known;
mod named;
mod read;
mod user;

use std::rc::Rc;

pub(super) use self::named::{Created, Domain, Enumeration, NamedType};

use super::refusal::{Result, refuse};

/// A column type.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// What it is by itself.
    pub sort: Sort,
    /// What it is in PostgreSQL instead, by `with_variant`.
    pub variant: Option<Rc<Type>>,
    /// Whether its values go through code that is not known here on their way to the database.
    pub coded: bool,
    /// Whether `None` is written as the JSON value `null`.
    pub json_null: bool,
}

/// What a type is.
#[derive(Clone, Debug)]
pub(super) enum Sort {
    /// No type at all.
    Null,
    /// A type whose name says everything, such as `INTEGER` or `TIMESTAMP(3) WITH TIME ZONE`.
    Plain {
        /// The name in PostgreSQL.
        sql: String,
        /// What its values are.
        class: Class,
    },
    /// Text of some kind.
    Text {
        /// `VARCHAR`, `TEXT` and so on.
        word: &'static str,
        length: Option<i64>,
        collation: Option<Rc<str>>,
    },
    Array {
        item: Rc<Type>,
        dimensions: Option<i64>,
    },
    /// A type that is created before it is used.
    Named(NamedType),
}

/// What the values of a type are, and what SQLAlchemy does with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Null,
    Text,
    SmallInteger,
    Integer,
    BigInteger,
    Numeric,
    Boolean,
    DateTime,
    Date,
    Time,
    Interval,
    Binary,
    Json,
    /// JSON whose keys can be subscripts.
    Jsonb,
    Uuid,
    /// A UUID kept as a text of 32 digits.
    UuidText,
    Array,
    Enumeration,
    /// Something that only PostgreSQL knows, whose values are texts here.
    Other,
}

impl Type {
    pub fn new(sort: Sort) -> Rc<Self> {
        Rc::new(Self {
            sort,
            variant: None,
            coded: false,
            json_null: false,
        })
    }

    pub fn plain(sql: impl Into<String>, class: Class) -> Rc<Self> {
        let sql = sql.into();
        Self::new(Sort::Plain { sql, class })
    }

    pub fn null() -> Rc<Self> {
        Self::new(Sort::Null)
    }

    pub fn boolean() -> Rc<Self> {
        Self::plain("BOOLEAN", Class::Boolean)
    }

    pub fn integer() -> Rc<Self> {
        Self::plain("INTEGER", Class::Integer)
    }

    pub fn text() -> Rc<Self> {
        Self::new(Sort::Text {
            word: "VARCHAR",
            length: None,
            collation: None,
        })
    }

    /// Returns what PostgreSQL makes of it.
    pub fn here(&self) -> &Self {
        self.variant.as_deref().unwrap_or(self)
    }

    /// Returns what its own values are, whatever its variant.
    pub fn class(&self) -> Class {
        match &self.sort {
            Sort::Null => Class::Null,
            Sort::Plain { class, .. } => *class,
            Sort::Text { .. } => Class::Text,
            Sort::Array { .. } => Class::Array,
            Sort::Named(NamedType::Enumeration(_)) => Class::Enumeration,
            Sort::Named(NamedType::Domain(_)) => Class::Other,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.sort, Sort::Null)
    }

    /// Writes the type as a column has it.
    pub fn sql(&self) -> Result<String> {
        match &self.here().sort {
            Sort::Null => refuse("leaves a column without a type"),
            Sort::Plain { sql, .. } => Ok(sql.clone()),
            Sort::Text {
                word,
                length,
                collation,
            } => {
                let mut sql = (*word).to_owned();
                if let Some(length) = length.filter(|length| *length != 0) {
                    sql.push_str(&format!("({length})"));
                }
                if let Some(collation) = collation.as_ref().filter(|it| !it.is_empty()) {
                    sql.push_str(&format!(" COLLATE \"{collation}\""));
                }
                Ok(sql)
            }
            Sort::Array { item, dimensions } => {
                let item = item.sql()?;
                let brackets = "[]".repeat(usize::try_from(dimensions.unwrap_or(1)).unwrap_or(0));
                Ok(match item.find(" COLLATE") {
                    Some(at) => format!("{}{brackets}{}", &item[..at], &item[at..]),
                    None => item + &brackets,
                })
            }
            Sort::Named(named) => named.sql(),
        }
    }

    /// Returns the types that are made with the table of the column: its own, or that of its items.
    pub fn made_with_table(&self) -> Option<&NamedType> {
        match &self.here().sort {
            Sort::Named(named) => Some(named),
            Sort::Array { item, .. } => item.made_with_table(),
            _ => None,
        }
    }
}

impl Class {
    /// Whether a primary key of such a column counts up by itself.
    pub fn counts(self) -> bool {
        matches!(
            self,
            Self::SmallInteger | Self::Integer | Self::BigInteger | Self::Numeric
        )
    }
}
