//! Names as a revision writes them: one identifier, or a schema and an identifier.
//!
//! A name is kept as written; quoting is done where it becomes SQL. A dot never separates anything:
//! `"app.chats"` is refused rather than split or quoted, because either could be meant.

use std::fmt;

/// A table, type, view, index or function, with its schema where one is given.
///
/// Made from `"chats"` or from `("app", "chats")`. Without a schema the name is looked up in the
/// connection's `search_path`, as in SQL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QualifiedName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) dots: bool,
}

impl QualifiedName {
    /// Makes a name without schema in which a dot is part of the name.
    pub fn exact(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
            dots: true,
        }
    }

    /// Returns the schema, where one is given.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Returns the name without its schema.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes the name of something else in the same schema.
    #[must_use]
    pub(crate) fn sibling(&self, name: &str) -> Self {
        Self {
            schema: self.schema.clone(),
            name: name.to_owned(),
            dots: true,
        }
    }
}

impl fmt::Display for QualifiedName {
    /// `chats` or `app.chats`, for a person: nothing is quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

impl From<&str> for QualifiedName {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl From<String> for QualifiedName {
    fn from(name: String) -> Self {
        Self {
            schema: None,
            name,
            dots: false,
        }
    }
}

impl From<(&str, &str)> for QualifiedName {
    fn from((schema, name): (&str, &str)) -> Self {
        Self {
            schema: Some(schema.to_owned()),
            name: name.to_owned(),
            dots: true,
        }
    }
}

impl From<(String, String)> for QualifiedName {
    fn from((schema, name): (String, String)) -> Self {
        Self {
            schema: Some(schema),
            name,
            dots: true,
        }
    }
}

impl From<&Self> for QualifiedName {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

/// One column name or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(pub(crate) Vec<String>);

impl From<&str> for Columns {
    fn from(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl From<String> for Columns {
    fn from(name: String) -> Self {
        Self(vec![name])
    }
}

impl<const N: usize> From<[&str; N]> for Columns {
    fn from(names: [&str; N]) -> Self {
        Self(names.map(str::to_owned).to_vec())
    }
}

impl From<&[&str]> for Columns {
    fn from(names: &[&str]) -> Self {
        Self(names.iter().map(|&name| name.to_owned()).collect())
    }
}

impl From<Vec<String>> for Columns {
    fn from(names: Vec<String>) -> Self {
        Self(names)
    }
}
