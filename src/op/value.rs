//! Values that a revision writes as literals: defaults, and the rows of `bulk_insert`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone};

use super::name::Columns;

/// A value, or an SQL expression in the place of one.
///
/// Texts, JSON, times and bytes become untyped literals, which take the type of the column they are
/// stored in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A text, or anything that PostgreSQL reads from one: a UUID, an enum value, a numeric.
    Text(String),
    /// JSON, for `json` and `jsonb`.
    Json(serde_json::Value),
    /// Bytes, for `bytea`.
    Bytes(Vec<u8>),
    /// An SQL expression, taken as written.
    Sql(String),
}

/// An SQL expression in the place of a value, such as `now()`.
pub fn raw(expression: impl Into<String>) -> Value {
    Value::Sql(expression.into())
}

macro_rules! value_from {
    ($($type:ty: |$it:ident| $value:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($it: $type) -> Self {
                $value
            }
        }
    )*};
}

value_from! {
    bool: |it| Self::Bool(it);
    i16: |it| Self::Int(it.into());
    i32: |it| Self::Int(it.into());
    i64: |it| Self::Int(it);
    u8: |it| Self::Int(it.into());
    u16: |it| Self::Int(it.into());
    u32: |it| Self::Int(it.into());
    f32: |it| Self::Float(it.into());
    f64: |it| Self::Float(it);
    &str: |it| Self::Text(it.to_owned());
    String: |it| Self::Text(it);
    &String: |it| Self::Text(it.clone());
    serde_json::Value: |it| Self::Json(it);
    Vec<u8>: |it| Self::Bytes(it);
    &[u8]: |it| Self::Bytes(it.to_vec());
    NaiveDate: |it| Self::Text(it.to_string());
    NaiveDateTime: |it| Self::Text(it.to_string());
}

impl<Z: TimeZone> From<DateTime<Z>> for Value {
    fn from(time: DateTime<Z>) -> Self {
        Self::Text(time.to_rfc3339())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What can be given as one row: a tuple of values, an array or a vector of them.
pub trait IntoRow {
    /// Turns it into values.
    fn into_row(self) -> Vec<Value>;
}

impl<T: Into<Value>> IntoRow for Vec<T> {
    fn into_row(self) -> Vec<Value> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Value>, const N: usize> IntoRow for [T; N] {
    fn into_row(self) -> Vec<Value> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! tuple_rows {
    ($($name:ident)+) => {
        impl<$($name: Into<Value>),+> IntoRow for ($($name,)+) {
            fn into_row(self) -> Vec<Value> {
                #[allow(non_snake_case)]
                let ($($name,)+) = self;
                vec![$($name.into()),+]
            }
        }
    };
}

tuple_rows!(A);
tuple_rows!(A B);
tuple_rows!(A B C);
tuple_rows!(A B C D);
tuple_rows!(A B C D E);
tuple_rows!(A B C D E F);
tuple_rows!(A B C D E F G);
tuple_rows!(A B C D E F G H);
tuple_rows!(A B C D E F G H I);
tuple_rows!(A B C D E F G H I J);
tuple_rows!(A B C D E F G H I J K);
tuple_rows!(A B C D E F G H I J K L);

/// Rows to insert into a table.
///
/// ```
/// use limbeck::prelude::*;
/// let _ = rows(["name", "enabled", "created_at"])
///     .row(("echo", true, raw("now()")))
///     .row(("weather", false, None::<&str>));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Rows {
    pub(crate) columns: Columns,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) key: Option<Columns>,
    pub(crate) on_conflict_do_nothing: bool,
}

/// Rows with values for these columns, none yet.
pub fn rows(columns: impl Into<Columns>) -> Rows {
    Rows {
        columns: columns.into(),
        rows: Vec::new(),
        key: None,
        on_conflict_do_nothing: false,
    }
}

impl Rows {
    /// Adds a row.
    pub fn row(mut self, values: impl IntoRow) -> Self {
        self.rows.push(values.into_row());
        self
    }

    /// Adds several rows.
    pub fn rows<R: IntoRow>(mut self, rows: impl IntoIterator<Item = R>) -> Self {
        self.rows.extend(rows.into_iter().map(IntoRow::into_row));
        self
    }

    /// Tells which of the columns find these rows again, so that the insert can be reversed.
    pub fn key(mut self, columns: impl Into<Columns>) -> Self {
        self.key = Some(columns.into());
        self
    }

    /// Leaves rows that are there as they are.
    pub fn on_conflict_do_nothing(mut self) -> Self {
        self.on_conflict_do_nothing = true;
        self
    }

    /// Returns, row by row, the key columns with their values; none where there is no usable key.
    pub(crate) fn keys(&self) -> Option<impl Iterator<Item = Vec<(&str, &Value)>>> {
        let key = self.key.as_ref().filter(|key| !key.0.is_empty())?;
        let positions = key
            .0
            .iter()
            .map(|name| self.columns.0.iter().position(|column| column == name))
            .collect::<Option<Vec<_>>>()?;
        // What an expression gave when the row was inserted is not known.
        let computed =
            |row: &Vec<Value>| positions.iter().any(|&at| matches!(row[at], Value::Sql(_)));
        if self.rows.iter().any(computed) {
            return None;
        }
        Some(self.rows.iter().map(move |row| {
            positions
                .iter()
                .map(|&at| (self.columns.0[at].as_str(), &row[at]))
                .collect()
        }))
    }
}
