//! The names that scripts import from SQLAlchemy and Alembic, brought to one form.
//!
//! SQLAlchemy hands out the same things from many modules: `sqlalchemy.String`,
//! `sqlalchemy.types.String` and `sqlalchemy.sql.sqltypes.String` are one.

use std::fmt;

use crate::translate::value::{Kind, Value};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// A function of `alembic.op`.
    Op(String),
    /// Something of SQLAlchemy itself, such as `String` or `JSON.NULL`.
    Core(String),
    /// A function of the database, `func.a.b`.
    Function(Vec<String>),
    /// Something of a dialect, such as `("postgresql", "JSONB")`.
    Dialect(String, String),
    /// Anything else, under its full name.
    Other(String),
}

/// Modules that hand out what `sqlalchemy` does.
const MODULES: &[&str] = &[
    "types",
    "sql",
    "sqltypes",
    "schema",
    "expression",
    "elements",
    "selectable",
    "dml",
    "functions",
    "naming",
    "ddl",
    "type_api",
    "operators",
];

impl Symbol {
    /// Reads a full name.
    pub fn parse(path: &str) -> Self {
        let parts: Vec<&str> = path.split('.').collect();
        let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
        match parts.as_slice() {
            ["alembic", "op", rest @ ..] if !rest.is_empty() => Self::Op(rest.join(".")),
            ["sqlalchemy", "dialects", dialect, rest @ ..] if !rest.is_empty() => {
                let modules = rest.len() - 1;
                let lower = |part: &&str| part.chars().all(|c| !c.is_ascii_uppercase());
                let kept = rest[..modules]
                    .iter()
                    .take_while(|part| lower(part))
                    .count();
                Self::Dialect((*dialect).to_owned(), rest[kept..].join("."))
            }
            ["sqlalchemy", rest @ ..] if !rest.is_empty() => {
                let last = rest.len() - 1;
                let modules = rest[..last]
                    .iter()
                    .take_while(|part| MODULES.contains(part))
                    .count();
                match &rest[modules..] {
                    ["func", names @ ..] if !names.is_empty() => Self::Function(owned(names)),
                    [name]
                        if modules > 0 && rest[modules - 1] == "functions" && *name != "func" =>
                    {
                        Self::Function(vec![(*name).to_owned()])
                    }
                    [name] => Self::Core((*name).to_owned()),
                    [first, ..] if first.starts_with(|c: char| c.is_ascii_uppercase()) => {
                        Self::Core(rest[modules..].join("."))
                    }
                    _ => Self::Other(path.to_owned()),
                }
            }
            _ => Self::Other(path.to_owned()),
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Op(name) => write!(f, "op.{name}"),
            Self::Core(name) => write!(f, "sa.{name}"),
            Self::Function(names) => write!(f, "sa.func.{}", names.join(".")),
            Self::Dialect(dialect, name) => write!(f, "{dialect}.{name}"),
            Self::Other(path) => f.write_str(path),
        }
    }
}

/// Returns what a value stands for that is a name, or a chain of attributes that begins with one.
pub(super) fn symbol(value: &Value) -> Option<Symbol> {
    path(value).map(|path| Symbol::parse(&path))
}

fn path(value: &Value) -> Option<String> {
    let Value::Object(object) = value else {
        return None;
    };
    match &object.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Attribute { of, name } => Some(format!("{}.{name}", path(of)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_one_name() {
        for path in [
            "sqlalchemy.String",
            "sqlalchemy.types.String",
            "sqlalchemy.sql.sqltypes.String",
        ] {
            assert_eq!(Symbol::parse(path), Symbol::Core("String".to_owned()));
        }
        for (path, shown) in [
            ("alembic.op.f", "op.f"),
            ("sqlalchemy.sql.func.now", "sa.func.now"),
            ("sqlalchemy.sql.expression.func.a.b", "sa.func.a.b"),
            ("sqlalchemy.sql.functions.now", "sa.func.now"),
            ("sqlalchemy.sql.text", "sa.text"),
            ("sqlalchemy.types.JSON.NULL", "sa.JSON.NULL"),
            (
                "sqlalchemy.dialects.postgresql.json.JSONB",
                "postgresql.JSONB",
            ),
            (
                "sqlalchemy.dialects.postgresql.JSON.NULL",
                "postgresql.JSON.NULL",
            ),
            ("sqlalchemy.orm.Session", "sqlalchemy.orm.Session"),
            ("app.models.GUID", "app.models.GUID"),
        ] {
            assert_eq!(Symbol::parse(path).to_string(), shown);
        }
    }
}
