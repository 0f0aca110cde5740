//! Names as SQLAlchemy carries and quotes them.
//!
//! A name is written bare where PostgreSQL would read it back as it is. What SQLAlchemy calls settled
//! (`op.f`, `conv`, the result of a naming convention) is cut where it is too long; any other name of a
//! constraint or an index that is too long is an error there and refused here.

use std::rc::Rc;

use md5::{Digest, Md5};

use super::refusal::{Result, refuse};

/// How long the name of a constraint or an index may be, in characters.
const LONGEST: usize = 63;

/// Words that must be quoted: reserved in PostgreSQL or in some version of it, sorted.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "new",
    "not",
    "notnull",
    "null",
    "of",
    "off",
    "offset",
    "old",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// A name, and what its script says of its quoting.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub text: Rc<str>,
    /// `quoted_name(…, quote=…)`, `quote=` of a column or table.
    pub quote: Option<bool>,
    /// Whether it stands as it is: no naming convention applies, and it is cut where it is too long.
    pub settled: bool,
}

impl Name {
    pub fn new(text: impl Into<Rc<str>>) -> Self {
        Self {
            text: text.into(),
            quote: None,
            settled: false,
        }
    }

    pub fn settled(text: impl Into<Rc<str>>) -> Self {
        Self {
            settled: true,
            ..Self::new(text)
        }
    }

    /// Writes it as a table, column, schema or type.
    pub fn sql(&self) -> Result<String> {
        match self.quote {
            Some(true) => Ok(quoted(&self.text)),
            Some(false) => Ok(self.text.to_string()),
            None => ident(&self.text),
        }
    }

    /// Writes it as a constraint or an index, whose length is looked at.
    pub fn bounded(&self) -> Result<String> {
        let length = self.text.chars().count();
        if length <= LONGEST {
            return self.sql();
        }
        if !self.settled {
            return refuse(format!(
                "names something `{}`, which is longer than {LONGEST} characters",
                self.text
            ));
        }
        let kept: String = self.text.chars().take(LONGEST - 8).collect();
        let digest = Md5::digest(self.text.as_bytes());
        let [.., high, low] = digest[..] else {
            unreachable!("an MD5 digest has sixteen bytes");
        };
        ident(&format!("{kept}_{high:02x}{low:02x}"))
    }
}

/// Writes a name, quoted where it must be.
pub(super) fn ident(name: &str) -> Result<String> {
    let Some(first) = name.chars().next() else {
        return refuse("uses an empty name");
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$';
    let bare = name.chars().all(plain)
        && !first.is_ascii_digit()
        && first != '$'
        && RESERVED.binary_search(&name).is_err();
    Ok(if bare { name.to_owned() } else { quoted(name) })
}

/// Writes each part of a dotted name for itself, as Alembic does with the schemas of `ALTER TABLE`.
pub(super) fn dotted(name: &Name) -> Result<String> {
    if name.quote.is_some() {
        return name.sql();
    }
    let parts: Result<Vec<_>> = name.text.split('.').map(ident).collect();
    Ok(parts?.join("."))
}

/// Writes a text as a string literal.
pub(super) fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }
}
